//! A cloud of points, up to a million, drawn smoothly: the points are stamped into a picture a few ten thousand a
//! frame, and the picture is drawn until something changes. Hover finds the nearest point, a drawn line the points
//! inside, the wheel goes closer.

use egui::{
    Align2, Color32, ColorImage, CornerRadius, PointerButton, Pos2, Rect, Sense, Shape, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, Vec2, pos2, vec2,
};

use crate::ui::text::number;
use crate::ui::theme::{Tokens, regular, text_size};

/// Points stamped in one frame.
const A_FRAME: usize = 40_000;
const LEFT: f32 = 52.0;
const BOTTOM: f32 = 44.0;

/// What is drawn.
pub struct CloudData<'a> {
    /// Changes when points or colours change.
    pub key: u64,
    pub points: &'a [[f32; 2]],
    pub colour: &'a dyn Fn(usize) -> Option<Color32>,
    /// Names of the axes, right and up; without them there is no scale either.
    pub axes: Option<(&'a str, &'a str)>,
    /// For screen readers.
    pub name: &'a str,
}

/// What the user did.
#[derive(Debug, Clone, PartialEq)]
pub enum CloudEvent {
    Clicked(usize),
    /// The line drawn, in the points' own numbers.
    Drawn(Vec<[f32; 2]>),
}

/// What was drawn where, for marks on top.
pub struct CloudShown {
    pub plot: Rect,
    pub hovered: Option<usize>,
    pub event: Option<CloudEvent>,
    /// Points outside the view as it opens; none where the user has moved it.
    pub beyond: usize,
    window: Window,
}

/// The part of the plane in sight.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    x: (f32, f32),
    y: (f32, f32),
}

impl Window {
    /// All points, with a little air; but a few far away must not press the rest flat.
    fn around(points: &[[f32; 2]]) -> Self {
        let mut x = (f32::INFINITY, f32::NEG_INFINITY);
        let mut y = x;
        for [px, py] in points.iter().filter(|[x, y]| x.is_finite() && y.is_finite()) {
            x = (x.0.min(*px), x.1.max(*px));
            y = (y.0.min(*py), y.1.max(*py));
        }
        let (x, y) = (within(points, 0, x), within(points, 1, y));
        let air = |(low, high): (f32, f32)| {
            if low > high {
                return (-1.0, 1.0);
            }
            let pad = ((high - low) * 0.04).max(1e-3);
            (low - pad, high + pad)
        };
        Self { x: air(x), y: air(y) }
    }

    /// What is not a number stands nowhere, and so not outside either.
    fn holds(self, [x, y]: [f32; 2]) -> bool {
        let in_it = |v: f32, (low, high): (f32, f32)| !v.is_finite() || (low..=high).contains(&v);
        in_it(x, self.x) && in_it(y, self.y)
    }

    fn to_screen(self, plot: Rect, [x, y]: [f32; 2]) -> Pos2 {
        let share = |v: f32, (low, high): (f32, f32)| (v - low) / (high - low);
        pos2(egui::lerp(plot.x_range(), share(x, self.x)), egui::lerp(plot.bottom()..=plot.top(), share(y, self.y)))
    }

    fn to_plane(self, plot: Rect, at: Pos2) -> [f32; 2] {
        let (x, y) = ((at.x - plot.left()) / plot.width(), (plot.bottom() - at.y) / plot.height());
        [egui::lerp(self.x.0..=self.x.1, x), egui::lerp(self.y.0..=self.y.1, y)]
    }

    fn zoomed(self, around: [f32; 2], by: f32) -> Self {
        let one = |(low, high): (f32, f32), at: f32| (at + (low - at) * by, at + (high - at) * by);
        Self { x: one(self.x, around[0]), y: one(self.y, around[1]) }
    }

    fn moved(self, by: [f32; 2]) -> Self {
        Self { x: (self.x.0 + by[0], self.x.1 + by[0]), y: (self.y.0 + by[1], self.y.1 + by[1]) }
    }
}

/// The ends along one axis, cut where nearly everyone lies within far less.
fn within(points: &[[f32; 2]], axis: usize, (low, high): (f32, f32)) -> (f32, f32) {
    let step = points.len().div_ceil(20_000).max(1);
    let mut some: Vec<f32> = points.iter().step_by(step).map(|point| point[axis]).filter(|v| v.is_finite()).collect();
    if some.len() < 200 {
        return (low, high);
    }
    let rare = some.len() / 200;
    let last = some.len() - 1 - rare;
    let (_, near, _) = some.select_nth_unstable_by(rare, f32::total_cmp);
    let near = *near;
    let (_, far, _) = some.select_nth_unstable_by(last, f32::total_cmp);
    let far = *far;
    let reach = (far - near) * 0.75;
    if reach <= 0.0 { (low, high) } else { (low.max(near - reach), high.min(far + reach)) }
}

/// Where the picture is and how far it is drawn.
#[derive(Default)]
pub struct Cloud {
    key: Option<u64>,
    /// Everything, or nearly so, and how many points lie beyond.
    whole: Option<(u64, Window, usize)>,
    /// The user's own part of the plane; none: everything.
    window: Option<Window>,
    drawn: Option<(u64, Window, [usize; 2], bool)>,
    image: Option<ColorImage>,
    texture: Option<TextureHandle>,
    next: usize,
    line: Vec<Pos2>,
    hovered: Option<(Pos2, Option<usize>)>,
}

impl CloudShown {
    pub fn place(&self, point: [f32; 2]) -> Pos2 {
        self.window.to_screen(self.plot, point)
    }
}

impl Cloud {
    pub fn is_zoomed(&self) -> bool {
        self.window.is_some()
    }

    pub fn show_all(&mut self) {
        self.window = None;
    }

    /// Draws into all the room there is. `part`: a number that changes only when the points move to other places, so
    /// that a change of colours leaves the view where it is.
    pub fn show(&mut self, ui: &mut Ui, data: &CloudData<'_>, part: u64) -> CloudShown {
        let tokens = Tokens::of(ui);
        let (rect, _) = ui.allocate_exact_size(ui.available_size().max(vec2(160.0, 140.0)), Sense::hover());
        let (left, bottom) = if data.axes.is_some() { (LEFT, BOTTOM) } else { (0.0, 0.0) };
        let plot = Rect::from_min_max(rect.min + vec2(left, 4.0), rect.max - vec2(4.0, bottom));
        if self.key != Some(part) {
            self.key = Some(part);
            self.window = None;
        }
        if self.whole.is_none_or(|(known, ..)| known != data.key) {
            let window = Window::around(data.points);
            let outside = data.points.iter().filter(|point| !window.holds(**point)).count();
            self.whole = Some((data.key, window, outside));
        }
        let nothing = (0, Window { x: (-1.0, 1.0), y: (-1.0, 1.0) }, 0);
        let (_, whole, outside) = self.whole.unwrap_or(nothing);
        let beyond = if self.window.is_some() { 0 } else { outside };
        let response = ui.interact(plot, ui.scope_id().with(("cloud", data.name)), Sense::click_and_drag());
        let name = data.name.to_owned();
        response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
        let window = self.steer(ui, &response, plot, whole);
        if let Some((right, up)) = data.axes {
            axes(ui, rect, plot, window, (right, up), tokens);
        }
        self.paint(ui, data, plot, window, tokens.surface.r() < 128);
        let hovered = self.nearest(&response, data, plot, window);
        let event = self.lasso(ui, &response, plot, window, hovered, tokens);
        CloudShown { plot, hovered: hovered.filter(|_| self.line.is_empty()), event, beyond, window }
    }

    /// Wheel and the other buttons move the view.
    fn steer(&mut self, ui: &Ui, response: &egui::Response, plot: Rect, whole: Window) -> Window {
        let mut window = self.window.unwrap_or(whole);
        if let Some(pointer) = response.hover_pos() {
            let turned = ui.input(|input| input.smooth_scroll_delta().y);
            let pinched = ui.input(|input| input.zoom_delta());
            let by = (-turned * 0.004).exp() / pinched;
            if (by - 1.0).abs() > 1e-4 {
                let next = window.zoomed(window.to_plane(plot, pointer), by);
                let share = (next.x.1 - next.x.0) / (whole.x.1 - whole.x.0);
                if (1e-3..=30.0).contains(&share) {
                    window = next;
                    self.window = Some(window);
                }
            }
        }
        let pulled = response.dragged_by(PointerButton::Secondary) || response.dragged_by(PointerButton::Middle);
        if pulled {
            let by: Vec2 = response.drag_delta();
            let (wide, high) = (window.x.1 - window.x.0, window.y.1 - window.y.0);
            window = window.moved([-by.x / plot.width() * wide, by.y / plot.height() * high]);
            self.window = Some(window);
        }
        if response.double_clicked() {
            self.window = None;
            window = whole;
        }
        window
    }

    /// Stamps the next points and draws the picture as far as it is.
    fn paint(&mut self, ui: &Ui, data: &CloudData<'_>, plot: Rect, window: Window, dark: bool) {
        let scale = ui.ctx().pixels_per_point();
        let size = [(plot.width() * scale).max(1.0) as usize, (plot.height() * scale).max(1.0) as usize];
        let wanted = (data.key, window, size, dark);
        if self.drawn != Some(wanted) || self.image.is_none() {
            self.drawn = Some(wanted);
            self.image = Some(ColorImage::filled(size, Color32::TRANSPARENT));
            self.next = 0;
        }
        let Some(image) = &mut self.image else { return };
        if self.next < data.points.len() || self.texture.is_none() {
            let until = (self.next + A_FRAME).min(data.points.len());
            let stamp = Stamp::new(radius(data.points.len()) * scale);
            let area = Rect::from_min_size(Pos2::ZERO, vec2(size[0] as f32, size[1] as f32));
            for row in self.next..until {
                if let Some(colour) = (data.colour)(row) {
                    stamp.press(image, window.to_screen(area, data.points[row]), colour);
                }
            }
            self.next = until;
            let options = TextureOptions::NEAREST;
            match &mut self.texture {
                Some(texture) => texture.set(image.clone(), options),
                None => self.texture = Some(ui.ctx().load_texture("cloud", image.clone(), options)),
            }
            if self.next < data.points.len() {
                ui.ctx().request_repaint();
            }
        }
        if let Some(texture) = &self.texture {
            let all = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
            ui.painter().image(texture.id(), plot, all, Color32::WHITE);
        }
    }

    fn nearest(
        &mut self,
        response: &egui::Response,
        data: &CloudData<'_>,
        plot: Rect,
        window: Window,
    ) -> Option<usize> {
        let pointer = response.hover_pos()?;
        if let Some((at, found)) = self.hovered
            && at == pointer
        {
            return found;
        }
        let centre = window.to_plane(plot, pointer);
        let unit = [(window.x.1 - window.x.0) / plot.width(), (window.y.1 - window.y.0) / plot.height()];
        let mut best = (100.0_f32, None);
        for (row, [x, y]) in data.points.iter().enumerate() {
            let (dx, dy) = ((x - centre[0]) / unit[0], (y - centre[1]) / unit[1]);
            let square = dx * dx + dy * dy;
            if square < best.0 && (data.colour)(row).is_some() {
                best = (square, Some(row));
            }
        }
        self.hovered = Some((pointer, best.1));
        best.1
    }

    fn lasso(
        &mut self,
        ui: &Ui,
        response: &egui::Response,
        plot: Rect,
        window: Window,
        hovered: Option<usize>,
        tokens: &Tokens,
    ) -> Option<CloudEvent> {
        if response.drag_started_by(PointerButton::Primary) {
            self.line.clear();
        }
        if response.dragged_by(PointerButton::Primary)
            && let Some(at) = response.interact_pointer_pos()
            && self.line.last().is_none_or(|last| last.distance(at) > 3.0)
        {
            self.line.push(plot.clamp(at));
        }
        if self.line.len() > 1 {
            let mut closed = self.line.clone();
            closed.push(self.line[0]);
            ui.painter().extend(Shape::dashed_line(&closed, Stroke::new(1.5, tokens.accent), 5.0, 3.0));
        }
        if response.drag_stopped_by(PointerButton::Primary) && !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            let plane: Vec<[f32; 2]> = line.iter().map(|at| window.to_plane(plot, *at)).collect();
            return (plane.len() > 2).then_some(CloudEvent::Drawn(plane));
        }
        if response.clicked() { hovered.map(CloudEvent::Clicked) } else { None }
    }
}

/// Fewer points are drawn larger.
fn radius(points: usize) -> f32 {
    match points {
        0..=6_000 => 2.3,
        6_001..=40_000 => 1.7,
        40_001..=200_000 => 1.2,
        _ => 0.8,
    }
}

/// A small disc with soft edges.
struct Stamp {
    reach: i32,
    radius: f32,
}

impl Stamp {
    fn new(radius: f32) -> Self {
        Self { reach: radius.ceil() as i32, radius }
    }

    fn press(&self, image: &mut ColorImage, at: Pos2, colour: Color32) {
        let (w, h) = (image.size[0] as i32, image.size[1] as i32);
        let (cx, cy) = (at.x.floor() as i32, at.y.floor() as i32);
        if !at.x.is_finite() || !at.y.is_finite() || cx < -8 || cy < -8 || cx > w + 8 || cy > h + 8 {
            return;
        }
        for y in (cy - self.reach).max(0)..=(cy + self.reach).min(h - 1) {
            for x in (cx - self.reach).max(0)..=(cx + self.reach).min(w - 1) {
                let (dx, dy) = (x as f32 + 0.5 - at.x, y as f32 + 0.5 - at.y);
                let cover = (self.radius + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let pixel = &mut image.pixels[(y * w + x) as usize];
                    *pixel = pixel.blend(colour.gamma_multiply(cover * 0.8));
                }
            }
        }
    }
}

fn axes(ui: &Ui, rect: Rect, plot: Rect, window: Window, (right, up): (&str, &str), t: &Tokens) {
    let painter = ui.painter();
    let font = regular(text_size::TINY);
    for tick in ticks(window.x, plot.width() / 110.0) {
        let x = window.to_screen(plot, [tick, window.y.0]).x;
        painter.vline(x, plot.y_range(), Stroke::new(1.0, t.grid));
        let text = number::decimal(f64::from(tick));
        painter.text(pos2(x, plot.bottom() + 6.0), Align2::CENTER_TOP, text, font.clone(), t.text_3);
    }
    for tick in ticks(window.y, plot.height() / 80.0) {
        let y = window.to_screen(plot, [window.x.0, tick]).y;
        painter.hline(plot.x_range(), y, Stroke::new(1.0, t.grid));
        let text = number::decimal(f64::from(tick));
        painter.text(pos2(plot.left() - 6.0, y), Align2::RIGHT_CENTER, text, font.clone(), t.text_3);
    }
    painter.hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, t.axis));
    let line = |text: &str, room: f32| {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font.clone(), t.text_2);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        painter.layout_job(job)
    };
    let galley = line(right, plot.width());
    let at = pos2(plot.center().x - galley.size().x / 2.0, rect.bottom() - galley.size().y - 2.0);
    painter.galley(at, galley, t.text_2);
    let galley = line(up, plot.height());
    let at = pos2(rect.left(), plot.center().y + galley.size().x / 2.0);
    let mut shape = egui::epaint::TextShape::new(at, galley, t.text_2);
    shape.angle = -std::f32::consts::FRAC_PI_2;
    painter.add(shape);
}

/// About `wanted` round numbers between the ends.
pub fn ticks((low, high): (f32, f32), wanted: f32) -> Vec<f32> {
    let (low, high) = (f64::from(low), f64::from(high));
    let rough = (high - low) / f64::from(wanted.max(2.0));
    if !(rough > 0.0 && rough.is_finite()) {
        return Vec::new();
    }
    let unit = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * unit).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    (first..).map(|i| i as f64 * step).take_while(|tick| *tick <= high).take(30).map(|tick| tick as f32).collect()
}

/// The rows of the points inside a closed line (even–odd rule).
pub fn inside(points: &[[f32; 2]], line: &[[f32; 2]]) -> Vec<u32> {
    let whole = Window {
        x: line.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), p| (a.min(p[0]), b.max(p[0]))),
        y: line.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), p| (a.min(p[1]), b.max(p[1]))),
    };
    let within = |[x, y]: [f32; 2]| {
        if x < whole.x.0 || x > whole.x.1 || y < whole.y.0 || y > whole.y.1 {
            return false;
        }
        let mut odd = false;
        for (place, [ax, ay]) in line.iter().copied().enumerate() {
            let [bx, by] = line[(place + 1) % line.len()];
            if (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax {
                odd = !odd;
            }
        }
        odd
    };
    (0..points.len() as u32).filter(|row| within(points[*row as usize])).collect()
}

/// A name beside its colour on a small raised ground; true when it was pressed.
pub fn tag(ui: &Ui, centre: Pos2, area: Rect, name: &str, colour: Color32, chosen: bool) -> (Rect, bool) {
    let t = Tokens::of(ui);
    let galley = ui.painter().layout_no_wrap(name.to_owned(), regular(text_size::SMALL), t.text);
    let size = vec2(galley.size().x + 30.0, 24.0);
    let mut rect = Rect::from_center_size(centre, size);
    let shift = |low: f32, high: f32, from: f32, to: f32| (from - low).max(0.0) - (high - to).max(0.0);
    rect = rect.translate(vec2(
        shift(rect.left(), rect.right(), area.left() + 2.0, area.right() - 2.0),
        shift(rect.top(), rect.bottom(), area.top() + 2.0, area.bottom() - 2.0),
    ));
    let response = ui.interact(rect, ui.scope_id().with(("tag", name)), Sense::click());
    let label = name.to_owned();
    response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &label));
    let edge = if chosen { Stroke::new(1.5, colour) } else { Stroke::new(1.0, t.line_input) };
    let ground = if response.hovered() { t.hover } else { t.raised };
    ui.painter().rect(rect, CornerRadius::same(6), ground, edge, StrokeKind::Inside);
    ui.painter().rect_filled(
        Rect::from_center_size(pos2(rect.left() + 12.0, rect.center().y), vec2(8.0, 8.0)),
        CornerRadius::same(3),
        colour,
    );
    let at = pos2(rect.left() + 22.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, t.text);
    (rect, response.clicked())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_inside_a_drawn_line() {
        // An L of three unit squares: the corner square at (1, 1) is outside.
        let line = [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [1.0, 1.0], [1.0, 2.0], [0.0, 2.0]];
        let points = [[0.5, 0.5], [1.5, 0.5], [0.5, 1.5], [1.5, 1.5], [3.0, 0.5]];
        assert_eq!(inside(&points, &line), [0, 1, 2]);
        assert!(inside(&points, &[]).is_empty());
    }

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks((-4.1, 4.2), 5.0), [-4.0, -2.0, 0.0, 2.0, 4.0]);
        assert!(ticks((1.0, 1.0), 5.0).is_empty() && ticks((f32::NAN, 1.0), 5.0).is_empty());
    }
}
