//! Small charts made of bars: columns over time, shares of a whole, progress.

use egui::{Align2, Color32, CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::ui::text::number;
use crate::ui::theme::{Tokens, regular, text_size};

/// One column: its height, its label under the axis, its tooltip.
pub struct Column {
    pub value: f64,
    pub label: String,
    pub hover: String,
}

/// Columns with a named scale at the left; the last one stands out.
pub fn columns(ui: &mut Ui, height: f32, columns: &[Column]) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let top = nice_top(columns.iter().map(|column| column.value).fold(0.0, f64::max));
    let plot = Rect::from_min_max(pos2(rect.left() + 40.0, rect.top() + 6.0), pos2(rect.right(), rect.bottom() - 22.0));
    let axis_font = regular(text_size::TINY);
    for tick in 0..=3 {
        let share = f64::from(tick) / 3.0;
        let y = plot.bottom() - plot.height() * share as f32;
        let line = if tick == 0 { tokens.axis } else { tokens.grid };
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, line));
        let text = number::decimal(top * share);
        ui.painter().text(pos2(plot.left() - 8.0, y), Align2::RIGHT_CENTER, text, axis_font.clone(), tokens.text_3);
    }
    let step = plot.width() / columns.len().max(1) as f32;
    let every = columns.len().div_ceil(3).max(1);
    for (i, column) in columns.iter().enumerate() {
        let share = if top > 0.0 { (column.value / top) as f32 } else { 0.0 };
        let left = plot.left() + i as f32 * step;
        let bar = Rect::from_min_max(
            pos2(left + step * 0.14, plot.bottom() - plot.height() * share),
            pos2(left + step * 0.86, plot.bottom()),
        );
        let last = i + 1 == columns.len();
        let fill = if last { tokens.chart[0] } else { tokens.tint(tokens.chart[0], 0.6) };
        ui.painter().rect_filled(bar, CornerRadius { nw: 3, ne: 3, sw: 0, se: 0 }, fill);
        if (columns.len() - 1 - i).is_multiple_of(every) {
            let align = if last { Align2::RIGHT_TOP } else { Align2::CENTER_TOP };
            let x = if last { plot.right() } else { bar.center().x };
            ui.painter().text(pos2(x, plot.bottom() + 6.0), align, &column.label, axis_font.clone(), tokens.text_3);
        }
        let zone = Rect::from_min_max(pos2(left, plot.top()), pos2(left + step, plot.bottom()));
        let id = ui.scope_id().with(("column", i, rect.left() as i32, rect.top() as i32));
        ui.interact(zone, id, Sense::hover()).on_hover_text(&column.hover);
    }
}

/// The next round number at or above `x` that three steps divide evenly.
fn nice_top(x: f64) -> f64 {
    if x <= 3.0 {
        return 3.0;
    }
    let unit = 10f64.powf((x / 3.0).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.iter().map(|step| step * unit * 3.0).find(|top| *top >= x * 0.999).unwrap_or(x)
}

/// Shares of a whole in one bar.
pub fn stacked(ui: &mut Ui, shares: &[(f32, Color32)]) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let mut x = rect.left();
    for (share, colour) in shares {
        let right = x + rect.width() * share;
        let part = Rect::from_min_max(pos2(x, rect.top()), pos2((right - 1.5).max(x), rect.bottom()));
        ui.painter().rect_filled(part, CornerRadius::same(2), *colour);
        x = right;
    }
}

/// How far a job is; nothing known is drawn as an empty track.
pub fn progress(ui: &mut Ui, share: Option<f32>) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    progress_in(ui, rect, share, tokens);
}

pub fn progress_in(ui: &Ui, rect: Rect, share: Option<f32>, tokens: &Tokens) {
    ui.painter().rect_filled(rect, CornerRadius::same(2), tokens.idle_soft);
    let done = Rect::from_min_size(rect.min, vec2(rect.width() * share.unwrap_or(0.0), rect.height()));
    ui.painter().rect_filled(done, CornerRadius::same(2), tokens.accent);
}

#[cfg(test)]
mod tests {
    use super::nice_top;

    #[test]
    fn scales_end_on_round_numbers_above_the_data() {
        assert_eq!(nice_top(668.0), 750.0);
        assert_eq!(nice_top(0.0), 3.0);
        assert_eq!(nice_top(3.0), 3.0);
        for x in [4.0, 17.0, 99.0, 1234.0, 5.5e6] {
            let top = nice_top(x);
            assert!(top >= x * 0.999 && top <= x * 2.6, "{x} {top}");
        }
    }
}
