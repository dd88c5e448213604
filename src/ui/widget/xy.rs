//! A chart of two numbers: lines, bands, dots and marks over named axes with round ticks.

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::ui::text::number;
use crate::ui::theme::{Tokens, regular, semibold, text_size};

/// How a tick is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Number,
    /// 0.25 as 25 %.
    Percent,
    /// The axis holds logarithms to base 10.
    Log,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub name: String,
    pub low: f64,
    pub high: f64,
    pub scale: Scale,
}

impl Axis {
    pub fn new(name: impl Into<String>, low: f64, high: f64, scale: Scale) -> Self {
        Self { name: name.into(), low, high, scale }
    }

    /// From 0 to 100 %.
    pub fn share(name: impl Into<String>) -> Self {
        Self::new(name, 0.0, 1.0, Scale::Percent)
    }

    /// Ends that hold every finite value, rounded outwards to ticks.
    pub fn around(name: impl Into<String>, values: impl IntoIterator<Item = f64>, scale: Scale) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for v in values.into_iter().filter(|v| v.is_finite()) {
            low = low.min(v);
            high = high.max(v);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.5 };
            (low, high) = (low - room, high + room);
        }
        if scale == Scale::Log {
            let below = round_logs(low - 1.0, low + 1e-9).last().copied().unwrap_or(low);
            let above = round_logs(high - 1e-9, high + 1.0).first().copied().unwrap_or(high);
            return Self::new(name, below, above, scale);
        }
        let step = tick_step(high - low, 5);
        // A range that nearly begins at 0 begins there.
        let low = if low > 0.0 && low < 0.3 * high { 0.0 } else { low };
        Self::new(name, (low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step, scale)
    }

    fn ticks(&self, most: usize) -> Vec<f64> {
        if self.scale == Scale::Log {
            let fine = round_logs(self.low - 1e-9, self.high + 1e-9);
            if fine.len() <= most + 1 {
                return fine;
            }
            let whole: Vec<f64> = fine.into_iter().filter(|v| (v - v.round()).abs() < 1e-9).collect();
            let every = whole.len().div_ceil(most.max(1)).max(1);
            return whole.into_iter().step_by(every).collect();
        }
        let step = tick_step(self.high - self.low, most);
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        let count = (last - first).clamp(0.0, 50.0) as usize;
        (0..=count).map(|i| (first + i as f64) * step).collect()
    }

    fn text(&self, v: f64) -> String {
        // Rounding leaves dust where 0 should be.
        let v = if v.abs() < (self.high - self.low).abs() * 1e-9 { 0.0 } else { v };
        match self.scale {
            Scale::Number => number::decimal(v),
            Scale::Percent => format!("{} %", number::decimal((v * 1e4).round() / 100.0)),
            Scale::Log => log_text(v),
        }
    }
}

/// The number behind a logarithm; very small and very large ones as powers of ten.
fn log_text(v: f64) -> String {
    if (-4.000_001..6.0).contains(&v) {
        return number::decimal(10f64.powf(v));
    }
    let power = (v + 1e-9).floor();
    let lead = 10f64.powf(v - power).round();
    let digit = |c: char| match c {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32(0x2070 + c as u32 - '0' as u32).unwrap_or(c),
    };
    let power: String = format!("{power:.0}").chars().map(digit).collect();
    if lead == 1.0 { format!("10{power}") } else { format!("{lead}·10{power}") }
}

/// The logarithms of 1, 2 and 5 times every power of ten between two logarithms.
fn round_logs(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.floor().max(-320.0) as i32, high.ceil().min(320.0) as i32);
    let marks = (first..=last).flat_map(|power| [1.0f64, 2.0, 5.0].map(|k| k.log10() + f64::from(power)));
    marks.filter(|mark| (low..=high).contains(mark)).collect()
}

/// 1, 2 or 5 times a power of ten, so that at most about `most` steps fit the range.
fn tick_step(range: f64, most: usize) -> f64 {
    let rough = (range / most.max(1) as f64).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(rough.log10().floor());
    let lead = rough / power;
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|r| *r >= lead * 0.999).unwrap_or(10.0);
    round * power
}

/// What is drawn on: points in the axes' units.
pub struct Canvas<'a> {
    pub rect: Rect,
    pub painter: Painter,
    pub tokens: &'static Tokens,
    x: &'a Axis,
    y: &'a Axis,
}

impl Canvas<'_> {
    pub fn at(&self, x: f64, y: f64) -> Pos2 {
        let share = |axis: &Axis, v: f64| ((v - axis.low) / (axis.high - axis.low)) as f32;
        pos2(
            self.rect.left() + self.rect.width() * share(self.x, x),
            self.rect.bottom() - self.rect.height() * share(self.y, y),
        )
    }

    pub fn line(&self, points: impl IntoIterator<Item = (f64, f64)>, width: f32, colour: Color32) {
        let points: Vec<Pos2> = points.into_iter().map(|(x, y)| self.at(x, y)).filter(|p| p.is_finite()).collect();
        self.painter.add(Shape::line(points, Stroke::new(width, colour)));
    }

    pub fn dashed(&self, points: &[(f64, f64)], colour: Color32) {
        let points: Vec<Pos2> = points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        self.painter.extend(Shape::dashed_line(&points, Stroke::new(1.0, colour), 4.0, 4.0));
    }

    /// Filled between two lines: `(x, low, high)` from left to right.
    pub fn band(&self, points: &[(f64, f64, f64)], colour: Color32) {
        let mut mesh = Mesh::default();
        for (i, (x, low, high)) in points.iter().enumerate() {
            mesh.colored_vertex(self.at(*x, *low), colour);
            mesh.colored_vertex(self.at(*x, *high), colour);
            if i > 0 {
                let k = 2 * i as u32;
                mesh.add_triangle(k - 2, k - 1, k);
                mesh.add_triangle(k - 1, k, k + 1);
            }
        }
        self.painter.add(Shape::mesh(mesh));
    }

    pub fn dot(&self, x: f64, y: f64, radius: f32, colour: Color32) {
        self.painter.circle_filled(self.at(x, y), radius, colour);
    }

    /// The chosen value: a dot with a ring of the ground around it.
    pub fn mark(&self, x: f64, y: f64) {
        let at = self.at(x, y);
        self.painter.circle(at, 5.5, self.tokens.accent, Stroke::new(2.0, self.tokens.surface));
    }

    pub fn label(&self, x: f64, y: f64, align: Align2, text: &str, strong: bool) {
        let (font, ink) = if strong {
            (semibold(text_size::SMALL), self.tokens.text)
        } else {
            (regular(text_size::TINY), self.tokens.text_3)
        };
        let galley = self.painter.layout_no_wrap(text.to_owned(), font, ink);
        let mut rect = align.anchor_size(self.at(x, y), galley.size());
        // Kept inside the plot, whatever the point.
        let left = rect.left().clamp(self.rect.left(), (self.rect.right() - rect.width()).max(self.rect.left()));
        let top = rect.top().clamp(self.rect.top(), (self.rect.bottom() - rect.height()).max(self.rect.top()));
        rect = Rect::from_min_size(pos2(left, top), rect.size());
        self.painter.rect_filled(rect.expand(2.0), 3.0, self.tokens.surface.gamma_multiply(0.8));
        self.painter.galley(rect.min, galley, ink);
    }
}

/// A legend's entry.
pub enum Key {
    Line(Color32),
    Dot(Color32),
    Band(Color32),
    Dash(Color32),
}

const LEFT: f32 = 46.0;
const BELOW: f32 = 38.0;

/// Draws axes in the room that is left (less `legend` rows of 18) and hands the canvas on; `hover` says what stands
/// where the pointer is, in the axes' units.
pub fn xy(
    ui: &mut Ui,
    name: &str,
    (x, y): (&Axis, &Axis),
    height: f32,
    draw: impl FnOnce(&Canvas<'_>),
    hover: impl FnOnce(f64, f64) -> Option<String>,
) -> Response {
    let tokens = Tokens::of(ui);
    let (whole, response) = ui.allocate_exact_size(vec2(ui.available_width(), height.max(90.0)), Sense::hover());
    let label = name.to_owned();
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
    let font = regular(text_size::TINY);
    ui.painter().text(whole.left_top(), Align2::LEFT_TOP, &y.name, font.clone(), tokens.text_2);
    let rect = Rect::from_min_max(whole.min + vec2(LEFT, 24.0), whole.max - vec2(10.0, BELOW));
    let canvas = Canvas { rect, painter: ui.painter().with_clip_rect(ui.clip_rect()), tokens, x, y };
    for tick in y.ticks(5) {
        let at = canvas.at(x.low, tick);
        ui.painter().hline(rect.x_range(), at.y, Stroke::new(1.0, tokens.grid));
        ui.painter().text(at - vec2(8.0, 0.0), Align2::RIGHT_CENTER, y.text(tick), font.clone(), tokens.text_3);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, tokens.axis));
    let most = ((rect.width() / 64.0) as usize).clamp(2, 6);
    // Two ticks at least, where round steps leave room for only one.
    let few = x.ticks(most);
    for tick in if few.len() > 2 { few } else { x.ticks(most + 2) } {
        let at = canvas.at(tick, y.low);
        ui.painter().text(at + vec2(0.0, 5.0), Align2::CENTER_TOP, x.text(tick), font.clone(), tokens.text_3);
    }
    let under = pos2(rect.center().x, whole.bottom() - 1.0);
    ui.painter().text(under, Align2::CENTER_BOTTOM, &x.name, font, tokens.text_2);
    let inside = Canvas { painter: ui.painter().with_clip_rect(rect.expand(6.0).intersect(ui.clip_rect())), ..canvas };
    draw(&inside);
    let pointed = response.hover_pos().filter(|at| rect.expand(4.0).contains(*at));
    let told = pointed.and_then(|at| {
        let share = |low: f32, high: f32, v: f32| f64::from(((v - low) / (high - low)).clamp(0.0, 1.0));
        let (a, b) = (share(rect.left(), rect.right(), at.x), share(rect.bottom(), rect.top(), at.y));
        hover(x.low + a * (x.high - x.low), y.low + b * (y.high - y.low))
    });
    match told {
        Some(text) => response.on_hover_text_at_pointer(text),
        None => response,
    }
}

/// What the colours mean, in one or two rows under a chart.
pub fn legend(ui: &mut Ui, keys: &[(Key, String)]) {
    let tokens = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 2.0);
        for (key, text) in keys {
            // A key and its words stay on one line.
            let words = ui.painter().layout_no_wrap(text.clone(), regular(text_size::TINY), tokens.text_2).size().x;
            if ui.cursor().left() > ui.max_rect().left() && words + 20.0 > ui.available_size_before_wrap().x {
                ui.end_row();
            }
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            let (left, right) = (rect.left_center(), rect.right_center());
            match key {
                Key::Line(colour) => drop(ui.painter().line_segment([left, right], Stroke::new(2.0, *colour))),
                Key::Dot(colour) => drop(ui.painter().circle_filled(rect.center(), 4.0, *colour)),
                Key::Band(colour) => drop(ui.painter().rect_filled(rect.shrink2(vec2(0.0, 3.0)), 2.0, *colour)),
                Key::Dash(colour) => {
                    let stroke = Stroke::new(1.0, *colour);
                    ui.painter().extend(Shape::dashed_line(&[left, right], stroke, 3.0, 3.0));
                }
            }
            ui.label(egui::RichText::new(text).font(regular(text_size::TINY)).color(tokens.text_2));
            ui.add_space(6.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_ticks_and_hold_their_values() {
        let axis = Axis::around("x", [3.2, 48.9, f64::NAN], Scale::Number);
        assert_eq!((axis.low, axis.high), (0.0, 50.0));
        assert_eq!(axis.ticks(5), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        let axis = Axis::around("x", [-0.31, 0.07], Scale::Number);
        assert!(axis.low <= -0.31 && axis.high >= 0.07 && axis.ticks(5).len() <= 7);
        assert_eq!(Axis::around("x", [], Scale::Number).ticks(5).len(), 6);
        let flat = Axis::around("x", [4.0, 4.0], Scale::Number);
        assert!(flat.low < 4.0 && flat.high > 4.0);
        assert_eq!(Axis::share("x").text(0.25), "25 %");
        assert_eq!(Axis::new("x", -2.0, 2.0, Scale::Log).text(2.0), "100");
        // 0.0034 to 0.04: from 0.002 to 0.05 with round ticks.
        let loss = Axis::around("x", [0.0034f64.log10(), 0.04f64.log10()], Scale::Log);
        assert_eq!((loss.text(loss.low).as_str(), loss.text(loss.high).as_str()), ("0.002", "0.05"));
        let texts: Vec<String> = loss.ticks(5).into_iter().map(|v| loss.text(v)).collect();
        assert_eq!(texts, ["0.002", "0.005", "0.01", "0.02", "0.05"]);
        assert_eq!((log_text(-6.0).as_str(), log_text(-15.0 + 2.0f64.log10()).as_str()), ("10⁻⁶", "2·10⁻¹⁵"));
        let wide = Axis::around("x", [-9.0, 3.2], Scale::Log);
        assert!((2..=6).contains(&wide.ticks(5).len()), "{:?}", wide.ticks(5));
    }
}
