//! The buttons: primary (one a page), plain, suggested, quiet, and icon-only with a name for screen readers.

use egui::{Align2, Color32, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Widget, WidgetInfo, vec2};

use crate::ui::theme::{Tokens, regular, semibold, size, text_size};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Plain,
    Suggested,
    Quiet,
    Icon,
}

pub struct Button<'a> {
    kind: Kind,
    icon: Option<&'a str>,
    text: &'a str,
    enabled: bool,
    full_width: bool,
}

impl<'a> Button<'a> {
    fn new(kind: Kind, text: &'a str) -> Self {
        Self { kind, icon: None, text, enabled: true, full_width: false }
    }

    /// The one thing a page is for.
    pub fn primary(text: &'a str) -> Self {
        Self::new(Kind::Primary, text)
    }

    pub fn plain(text: &'a str) -> Self {
        Self::new(Kind::Plain, text)
    }

    pub fn suggested(text: &'a str) -> Self {
        Self::new(Kind::Suggested, text)
    }

    /// Reads as a link.
    pub fn quiet(text: &'a str) -> Self {
        Self::new(Kind::Quiet, text)
    }

    /// Shows the icon only; `name` is for hover and screen readers.
    pub fn icon_only(icon: &'a str, name: &'a str) -> Self {
        Self { icon: Some(icon), ..Self::new(Kind::Icon, name) }
    }

    pub fn icon(mut self, icon: &'a str) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    pub fn full_width(mut self) -> Self {
        self.full_width = true;
        self
    }
}

struct Look {
    fill: Color32,
    edge: Color32,
    ink: Color32,
}

fn look(kind: Kind, t: &Tokens, enabled: bool, hovered: bool, pressed: bool) -> Look {
    let none = Color32::TRANSPARENT;
    let by = |rest: Color32, hover: Color32, press: Color32| match (pressed, hovered) {
        (true, _) => press,
        (false, true) => hover,
        _ => rest,
    };
    match kind {
        _ if !enabled && kind == Kind::Primary => Look { fill: t.idle_soft, edge: t.line, ink: t.text_off },
        _ if !enabled => Look { fill: none, edge: if kind == Kind::Plain { t.line } else { none }, ink: t.text_off },
        Kind::Primary => Look { fill: by(t.accent, t.accent_hover, t.accent_press), edge: none, ink: t.on_accent },
        Kind::Plain => Look { fill: by(t.surface, t.hover, t.sunken), edge: t.line_input, ink: t.text },
        Kind::Suggested => Look { fill: by(t.accent_soft, t.band, t.band), edge: none, ink: t.accent_text },
        Kind::Quiet => Look { fill: by(none, t.accent_soft, t.accent_soft), edge: none, ink: t.accent_text },
        Kind::Icon => Look { fill: by(none, t.hover, t.sunken), edge: none, ink: t.text_2 },
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let tokens = Tokens::of(ui);
        let (height, padding, font) = match self.kind {
            Kind::Primary => (size::PRIMARY, 16.0, semibold(text_size::BODY)),
            Kind::Quiet => (24.0, 6.0, regular(text_size::SMALL)),
            Kind::Icon => (size::CONTROL, 6.0, regular(text_size::SMALL)),
            Kind::Plain | Kind::Suggested => (size::CONTROL, 12.0, regular(text_size::SMALL)),
        };
        let icon_font = regular(font.size + 3.0);
        let place = |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
        let label = (self.kind != Kind::Icon).then(|| place(self.text, font));
        let icon = self.icon.map(|icon| place(icon, icon_font));
        let gap = if label.is_some() && icon.is_some() { 6.0 } else { 0.0 };
        let content = label.as_ref().map_or(0.0, |g| g.size().x) + icon.as_ref().map_or(0.0, |g| g.size().x) + gap;
        let mut width = (content + 2.0 * padding).max(height);
        if self.full_width {
            width = width.max(ui.available_width());
        }
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), sense);
        let (enabled, name) = (self.enabled && ui.is_enabled(), self.text.to_owned());
        response.widget_info(move || WidgetInfo::labeled(Role::Button, enabled, &name));

        if ui.is_rect_visible(rect) {
            let look = look(self.kind, tokens, self.enabled, response.hovered(), response.is_pointer_button_down_on());
            let painter = ui.painter();
            let radius = CornerRadius::same(size::RADIUS_CONTROL);
            painter.rect(rect, radius, look.fill, Stroke::new(1.0, look.edge), StrokeKind::Inside);
            if response.has_focus() {
                painter.rect_stroke(rect.expand(2.0), radius, Stroke::new(2.0, tokens.focus), StrokeKind::Outside);
            }
            let mut x = rect.center().x - content / 2.0;
            for galley in [icon, label].into_iter().flatten() {
                let at = Align2::LEFT_CENTER.anchor_size(egui::pos2(x, rect.center().y), galley.size());
                x += galley.size().x + gap;
                painter.galley(at.min, galley, look.ink);
            }
        }
        match self.kind {
            Kind::Icon => response.on_hover_text(self.text),
            _ => response,
        }
    }
}
