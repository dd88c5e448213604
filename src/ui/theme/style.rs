//! egui's own style, made from the tokens, for both themes.

use egui::epaint::Shadow;
use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{Color32, Context, CornerRadius, Margin, Stroke, Style, TextStyle, Theme, Visuals, vec2};

use super::{Tokens, regular, semibold, size, text_size};

/// Fonts and style; once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(super::font_definitions());
    // A system that says nothing gets the light one.
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_style_of(theme, style(theme == Theme::Dark));
    }
}

fn style(dark: bool) -> Style {
    let tokens = Tokens::for_mode(dark);
    let mut style = Style { visuals: visuals(dark, tokens), ..Style::default() };
    style.text_styles = [
        (TextStyle::Heading, semibold(text_size::HEAD)),
        (TextStyle::Body, regular(text_size::BODY)),
        (TextStyle::Button, regular(text_size::SMALL)),
        (TextStyle::Small, regular(text_size::TINY)),
        (TextStyle::Monospace, regular(text_size::SMALL)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(size::S2, size::S2);
    spacing.button_padding = vec2(size::S3, 6.0);
    spacing.interact_size = vec2(size::CONTROL, size::CONTROL);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.combo_width = 120.0;
    spacing.icon_width = 18.0;
    spacing.tooltip_width = 320.0;
    spacing.scroll = egui::style::ScrollStyle { bar_width: 8.0, floating: true, ..egui::style::ScrollStyle::thin() };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals(dark: bool, t: &Tokens) -> Visuals {
    let base = if dark { Visuals::dark() } else { Visuals::light() };
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    let widget = |fill: Color32, edge: Color32, ink: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, ink),
        expansion: 0.0,
    };
    let shadow =
        |blur: u8, y: i8| Shadow { offset: [0, y], blur, spread: 0, color: t.shadow.gamma_multiply_u8(t.shadow_alpha) };
    Visuals {
        dark_mode: dark,
        override_text_color: None,
        weak_text_color: Some(t.text_3),
        widgets: Widgets {
            noninteractive: widget(t.surface, t.line, t.text),
            inactive: widget(t.surface, t.line_input, t.text),
            hovered: widget(t.hover, t.line_strong, t.text),
            active: widget(t.sunken, t.line_strong, t.text),
            open: widget(t.hover, t.line_strong, t.text),
        },
        selection: Selection { bg_fill: t.selected, stroke: Stroke::new(2.0, t.focus) },
        hyperlink_color: t.accent_text,
        faint_bg_color: t.hover,
        extreme_bg_color: t.surface,
        text_edit_bg_color: Some(t.surface),
        code_bg_color: t.sunken,
        warn_fg_color: t.warn,
        error_fg_color: t.bad,
        window_corner_radius: CornerRadius::same(size::RADIUS_CARD),
        window_shadow: shadow(24, 8),
        window_fill: t.raised,
        window_stroke: Stroke::new(1.0, t.line),
        menu_corner_radius: CornerRadius::same(size::RADIUS_CARD),
        panel_fill: t.app,
        popup_shadow: shadow(16, 4),
        slider_trailing_fill: true,
        ..base
    }
}
