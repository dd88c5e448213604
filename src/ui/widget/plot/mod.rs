//! The frame of every chart: scales with round ticks, gridlines, axis names, legends. What stands inside it is drawn
//! by whoever knows the data.

mod scale;

pub use scale::{Scale, ScaleKind};

use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke, Vec2, pos2, vec2};

use crate::ui::text::Lang;
use crate::ui::theme::{Tokens, regular, text_size};

/// Room for tick texts and names around the picture.
pub const LEFT: f32 = 64.0;
const BOTTOM: f32 = 46.0;
const TOP: f32 = 24.0;

/// A picture with two scales.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Where marks are drawn.
    pub area: Rect,
    pub x: Scale,
    pub y: Scale,
}

impl Plot {
    /// The plot that fits `rect` with its ticks and names.
    pub fn in_rect(rect: Rect, x: Scale, y: Scale) -> Self {
        let area = Rect::from_min_max(
            pos2(rect.left() + LEFT, rect.top() + TOP),
            pos2((rect.right() - 16.0).max(rect.left() + LEFT + 20.0), (rect.bottom() - BOTTOM).max(rect.top() + 60.0)),
        );
        Self { area, x, y }
    }

    pub fn at(&self, x: f64, y: f64) -> Pos2 {
        pos2(self.across(x), self.up(y))
    }

    pub fn across(&self, x: f64) -> f32 {
        self.area.left() + (self.x.place(x) as f32).clamp(-8.0, 9.0) * self.area.width()
    }

    pub fn up(&self, y: f64) -> f32 {
        self.area.bottom() - (self.y.place(y) as f32).clamp(-8.0, 9.0) * self.area.height()
    }

    /// The numbers under a point of the screen.
    pub fn value(&self, at: Pos2) -> (f64, f64) {
        let x = f64::from((at.x - self.area.left()) / self.area.width().max(1.0));
        let y = f64::from((self.area.bottom() - at.y) / self.area.height().max(1.0));
        (self.x.value(x), self.y.value(y))
    }

    /// Gridlines, ticks of both axes and their names.
    pub fn frame(&self, painter: &Painter, t: &Tokens, lang: Lang, names: (&str, &str)) {
        self.rows(painter, t, lang, names.1);
        let fit = (self.area.width() / 90.0).clamp(2.0, 9.0) as usize;
        for (at, text) in self.x.ticks(lang, fit) {
            let x = self.across(at);
            painter.vline(x, self.area.bottom()..=self.area.bottom() + 4.0, Stroke::new(1.0, t.axis));
            self.tick_below(painter, t, x, &text);
        }
        self.name_below(painter, t, names.0);
    }

    /// Horizontal gridlines with their numbers, the base line, and the vertical axis' name above it.
    pub fn rows(&self, painter: &Painter, t: &Tokens, lang: Lang, name: &str) {
        let fit = (self.area.height() / 56.0).clamp(2.0, 6.0) as usize;
        for (at, text) in self.y.ticks(lang, fit) {
            let y = self.up(at);
            painter.hline(self.area.x_range(), y, Stroke::new(1.0, t.grid));
            let side = pos2(self.area.left() - 8.0, y);
            painter.text(side, Align2::RIGHT_CENTER, text, regular(text_size::TINY), t.text_3);
        }
        painter.hline(self.area.x_range(), self.area.bottom(), Stroke::new(1.0, t.axis));
        let above = pos2(self.area.left() - LEFT + 4.0, self.area.top() - 8.0);
        painter.text(above, Align2::LEFT_BOTTOM, name, regular(text_size::TINY), t.text_2);
    }

    /// A text under the base line; at the ends it stays inside the picture.
    pub fn tick_below(&self, painter: &Painter, t: &Tokens, x: f32, text: &str) {
        let galley = painter.layout_no_wrap(text.to_owned(), regular(text_size::TINY), t.text_3);
        let half = galley.size().x / 2.0;
        let x = x.clamp(self.area.left() - 20.0 + half, (self.area.right() + 12.0 - half).max(self.area.left() + half));
        painter.galley(pos2(x - half, self.area.bottom() + 7.0), galley, t.text_3);
    }

    pub fn name_below(&self, painter: &Painter, t: &Tokens, name: &str) {
        let below = pos2(self.area.center().x, self.area.bottom() + 26.0);
        painter.text(below, Align2::CENTER_TOP, name, regular(text_size::TINY), t.text_2);
    }
}

/// Names with their colours from `at`, in as many lines as they need. Returns the height taken.
pub fn legend(painter: &Painter, t: &Tokens, at: Pos2, width: f32, entries: &[(Color32, String)]) -> f32 {
    const LINE: f32 = 20.0;
    let (mut x, mut y) = (at.x, at.y);
    for (colour, name) in entries {
        let galley = painter.layout_no_wrap(shorten(name, 28), regular(text_size::TINY), t.text_2);
        let needed = 16.0 + galley.size().x;
        if x > at.x && x + needed > at.x + width {
            (x, y) = (at.x, y + LINE);
        }
        let dot = Rect::from_min_size(pos2(x, y + 3.0), Vec2::splat(10.0));
        painter.rect_filled(dot, 3.0, *colour);
        painter.galley(pos2(x + 15.0, y), galley, t.text_2);
        x += needed + 14.0;
    }
    y + LINE - at.y
}

/// A raised note beside a point, never over it and never outside `inside`: a name and lines of label and value.
pub fn tooltip(painter: &Painter, t: &Tokens, inside: Rect, at: Pos2, name: &str, lines: &[(String, String)]) {
    let font = regular(text_size::TINY);
    let head = painter.layout_no_wrap(name.to_owned(), crate::ui::theme::semibold(text_size::TINY), t.text);
    let rows: Vec<_> = lines
        .iter()
        .map(|(label, value)| {
            let label = painter.layout_no_wrap(label.clone(), font.clone(), t.text_2);
            (label, painter.layout_no_wrap(value.clone(), font.clone(), t.text))
        })
        .collect();
    let widest = rows.iter().map(|(label, value)| label.size().x + 18.0 + value.size().x);
    let width = widest.fold(head.size().x, f32::max) + 20.0;
    let height = 16.0 + 18.0 * (rows.len() as f32 + f32::from(u8::from(!name.is_empty())));
    let x = if at.x + 14.0 + width > inside.right() { at.x - 14.0 - width } else { at.x + 14.0 };
    let y = (at.y - height / 2.0).clamp(inside.top(), (inside.bottom() - height).max(inside.top()));
    let card = Rect::from_min_size(pos2(x.max(inside.left()), y), vec2(width, height));
    painter.rect(card, 6.0, t.raised, Stroke::new(1.0, t.line_input), egui::StrokeKind::Inside);
    let mut y = card.top() + 8.0;
    if !name.is_empty() {
        painter.galley(pos2(card.left() + 10.0, y), head, t.text);
        y += 18.0;
    }
    for (label, value) in rows {
        let right = card.right() - 10.0 - value.size().x;
        painter.galley(pos2(card.left() + 10.0, y), label, t.text_2);
        painter.galley(pos2(right, y), value, t.text);
        y += 18.0;
    }
}

/// At most `most` characters, the last of them an ellipsis when something was cut.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
