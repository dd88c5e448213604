//! How everything looks: roles for colours, sizes, fonts, and egui's own style made from them.

mod fonts;
mod palette;
mod style;

pub use fonts::{SEMIBOLD, font_definitions};
pub use style::install;

use egui::{Color32, FontFamily, FontId, Ui};

/// Colours by role. Text roles except `text_off` measure above 4.5:1 on every surface they stand on (a test).
#[derive(Debug, Clone, Copy)]
pub struct Tokens {
    /// Behind everything.
    pub app: Color32,
    pub rail: Color32,
    /// Cards and header fields.
    pub surface: Color32,
    /// Wells: table heads, tracks, quiet panels.
    pub sunken: Color32,
    pub hover: Color32,
    pub selected: Color32,
    /// Menus, tooltips, popovers.
    pub raised: Color32,
    /// Card edges and dividers.
    pub line: Color32,
    /// Edges of inputs and buttons.
    pub line_input: Color32,
    /// Arrows and strong marks.
    pub line_strong: Color32,
    pub focus: Color32,
    pub text: Color32,
    pub text_2: Color32,
    pub text_3: Color32,
    /// Disabled only.
    pub text_off: Color32,
    pub on_accent: Color32,
    pub accent: Color32,
    pub accent_hover: Color32,
    pub accent_press: Color32,
    pub accent_soft: Color32,
    pub accent_text: Color32,
    pub ok: Color32,
    pub ok_soft: Color32,
    pub warn: Color32,
    pub warn_soft: Color32,
    /// Dots and dashes only.
    pub warn_mark: Color32,
    pub bad: Color32,
    pub bad_soft: Color32,
    pub idle: Color32,
    pub idle_soft: Color32,
    pub chart: [Color32; 8],
    pub grid: Color32,
    pub axis: Color32,
    pub band: Color32,
    shadow: Color32,
    shadow_alpha: u8,
}

impl Tokens {
    pub fn of(ui: &Ui) -> &'static Self {
        Self::for_mode(ui.visuals().dark_mode)
    }

    pub fn for_mode(dark: bool) -> &'static Self {
        if dark { &palette::DARK } else { &palette::LIGHT }
    }

    /// The colour of the n-th series; after eight they repeat, so give shapes too.
    pub fn series(&self, n: usize) -> Color32 {
        self.chart[n % self.chart.len()]
    }

    /// A colour laid thinly over a surface: `share` 0.14 for quiet, 0.20 for marked.
    pub fn tint(&self, colour: Color32, share: f32) -> Color32 {
        self.surface.lerp_to_gamma(colour, share)
    }
}

/// Spacing and sizes, in points, on a grid of 4.
pub mod size {
    pub const S1: f32 = 4.0;
    pub const S2: f32 = 8.0;
    pub const S3: f32 = 12.0;
    pub const S4: f32 = 16.0;
    pub const S5: f32 = 20.0;
    pub const S6: f32 = 24.0;
    pub const S8: f32 = 32.0;

    pub const RADIUS_KEY: u8 = 4;
    pub const RADIUS_CONTROL: u8 = 6;
    pub const RADIUS_CARD: u8 = 10;

    pub const RAIL: f32 = 84.0;
    pub const HEADER: f32 = 52.0;
    pub const PAGE_HEAD: f32 = 88.0;
    pub const RECIPE: f32 = 280.0;
    pub const SELECTION: f32 = 300.0;
    pub const CONTROL: f32 = 32.0;
    pub const PRIMARY: f32 = 36.0;
    pub const ROW: f32 = 32.0;
    pub const CHIP: f32 = 24.0;
}

/// Type sizes in points.
pub mod text_size {
    pub const TITLE: f32 = 24.0;
    pub const HEAD: f32 = 17.0;
    pub const BODY: f32 = 15.0;
    pub const SMALL: f32 = 13.0;
    pub const TINY: f32 = 12.0;
}

pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f32 {
        let linear = |byte: u8| {
            let c = f32::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    /// WCAG 2 contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_surface() {
        for t in [&palette::LIGHT, &palette::DARK] {
            for ground in [t.app, t.surface, t.sunken, t.hover, t.raised, t.rail] {
                for ink in [t.text, t.text_2, t.text_3, t.accent_text] {
                    assert!(contrast(ink, ground) >= 4.5, "{ink:?} on {ground:?}: {}", contrast(ink, ground));
                }
            }
            let pairs = [
                (t.ok, t.ok_soft),
                (t.warn, t.warn_soft),
                (t.bad, t.bad_soft),
                (t.idle, t.idle_soft),
                (t.accent_text, t.accent_soft),
                (t.on_accent, t.accent),
                (t.on_accent, t.accent_hover),
            ];
            for (ink, ground) in pairs {
                assert!(contrast(ink, ground) >= 4.5, "{ink:?} on {ground:?}: {}", contrast(ink, ground));
            }
        }
    }
}
