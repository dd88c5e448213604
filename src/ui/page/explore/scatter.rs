//! The scatter chart: pan, zoom, rectangle and lasso. What is drawn of the part in sight is made by jobs; until a new
//! part is there the old one is drawn where it belongs, stretched.

use egui::{Color32, ColorImage, Mesh, Painter, Pos2, Rect, Sense, Shape, Stroke, TextureHandle, TextureOptions, Ui};
use egui::{pos2, vec2};

use super::picture::{Drawing, shown};
use super::{ExploreCommand, ScatterShown};
use crate::base::Fingerprint;
use crate::stage::data::cell::Value;
use crate::stage::data::explore::{
    Axis, AxisKind, Density, Label, Point, PointCloud, ScatterData, ScatterView, Shape as Outline, Window,
};
use crate::ui::theme::Tokens;
use crate::ui::widget::plot::{Plot, Scale, ScaleKind};
use crate::ui::{Command, PageContext};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    #[default]
    Move,
    Rectangle,
    Lasso,
}

/// Where the user is in the picture.
#[derive(Default)]
pub struct Place {
    /// The chart that the rest belongs to.
    chart: Option<Fingerprint>,
    scales: Option<(Scale, Scale)>,
    pub tool: Tool,
    /// Being drawn, in points of the screen.
    drawing: Vec<Pos2>,
    /// Drawn, in the numbers of the axes.
    pub outline: Option<Outline>,
    texture: Option<(Fingerprint, bool, TextureHandle)>,
    disc: Option<TextureHandle>,
}

impl Place {
    pub fn show_all(&mut self) {
        self.scales = None;
    }

    pub fn is_zoomed(&self) -> bool {
        self.scales.is_some()
    }
}

/// All of an axis, with a little room at the ends.
fn whole(axis: &Axis) -> Scale {
    let kind = match (axis.kind, axis.log) {
        (AxisKind::Time, _) => ScaleKind::Time,
        (AxisKind::Number, true) => ScaleKind::Log,
        (AxisKind::Number, false) => ScaleKind::Number,
    };
    let scale = Scale::new(kind, axis.min, axis.max);
    Scale { from: scale.value(-0.02), to: scale.value(1.02), ..scale }
}

/// The scatter chart of a report or picture file: all of it, nothing to touch.
pub fn still(d: &Drawing<'_>, data: &ScatterData) {
    let rect = d.below_legend(&data.groups);
    let plot = Plot::in_rect(rect, whole(&data.x), whole(&data.y));
    plot.frame(d.painter, d.t, d.lang, (&(d.name)(&data.x.column), &(d.name)(&data.y.column)));
    let painter = d.painter.with_clip_rect(plot.area.intersect(d.painter.clip_rect()));
    match &data.view {
        ScatterView::Points(dots) => {
            let disc = disc(&painter);
            points(&painter, d, &plot, dots, &[], &data.groups, &disc);
        }
        ScatterView::Density(density) => {
            let image = density_image(density, d.t, &d.colours(&data.groups));
            let texture = painter.ctx().load_texture("density", image, TextureOptions::LINEAR);
            cells(&painter, &plot, density.window, &texture);
        }
    }
}

/// The chart on the page. `made_for` names it; `key` of what is shown of it comes from [`ScatterShown`].
pub fn live(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    place: &mut Place,
    d: &Drawing<'_>,
    cloud: &PointCloud,
    made_for: Fingerprint,
    can_choose: bool,
) {
    if place.chart != Some(made_for) {
        *place = Place { tool: place.tool, chart: Some(made_for), disc: place.disc.take(), ..Place::default() };
    }
    let rect = d.below_legend(cloud.groups());
    let (x, y) = cloud.axes();
    let (scale_x, scale_y) = place.scales.unwrap_or_else(|| (whole(x), whole(y)));
    let mut plot = Plot::in_rect(rect, scale_x, scale_y);
    let response = ui.interact(plot.area, ui.scope_id().with("scatter"), Sense::click_and_drag());
    touch(ui, cx, place, &mut plot, &response, can_choose);
    plot.frame(d.painter, d.t, d.lang, (&(d.name)(&x.column), &(d.name)(&y.column)));
    let painter = d.painter.with_clip_rect(plot.area.intersect(d.painter.clip_rect()));

    let shown_now: Option<&ScatterShown> = cx.shown.stale_extra("chart view");
    let shown_now = shown_now.filter(|shown| shown.chart == made_for);
    let window = Window { x: (plot.x.from, plot.x.to), y: (plot.y.from, plot.y.to) };
    let cells_wanted = ((plot.area.width() / 2.0) as u32, (plot.area.height() / 2.0) as u32);
    let fresh = shown_now.is_some_and(|s| s.window == window && s.selection == selected(cx));
    if !fresh && cx.job(crate::jobs::Slot::Explore).is_none() {
        cx.send(Command::Explore(ExploreCommand::Refine { chart: made_for, window, cells: cells_wanted }));
    }
    if let Some(shown_now) = shown_now {
        draw_view(&painter, place, d, &plot, shown_now, cloud.groups());
    }
    draw_outline(&painter, place, &plot, d.t);
    if let Some(shown_now) = shown_now.filter(|_| !response.dragged()) {
        hover(d, &plot, shown_now, cloud);
    }
}

/// The selection's own mark, so that points are marked anew when it changes.
pub fn selected(cx: &PageContext<'_>) -> usize {
    cx.shown.selection.as_ref().map_or(0, |selection| std::sync::Arc::as_ptr(selection) as usize)
}

fn draw_view(
    painter: &Painter,
    place: &mut Place,
    d: &Drawing<'_>,
    plot: &Plot,
    shown: &ScatterShown,
    groups: &[Label],
) {
    match &shown.view {
        ScatterView::Points(dots) => {
            let disc = place.disc.get_or_insert_with(|| disc(painter));
            points(painter, d, plot, dots, &shown.marked, groups, disc);
        }
        ScatterView::Density(density) => {
            let dark = std::ptr::eq(d.t, Tokens::for_mode(true));
            let known = place.texture.as_ref().is_some_and(|(key, mode, _)| *key == shown.key && *mode == dark);
            if !known {
                let image = density_image(density, d.t, &d.colours(groups));
                let texture = painter.ctx().load_texture("density", image, TextureOptions::LINEAR);
                place.texture = Some((shown.key, dark, texture));
            }
            if let Some((_, _, texture)) = &place.texture {
                cells(painter, plot, density.window, texture);
            }
        }
    }
}

fn touch(
    ui: &Ui,
    cx: &PageContext<'_>,
    place: &mut Place,
    plot: &mut Plot,
    response: &egui::Response,
    can_choose: bool,
) {
    let area = plot.area;
    if let Some(at) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = f64::from(1.0 / pinch) * (-f64::from(scroll) * 0.004).exp();
        if (factor - 1.0).abs() > 1e-6 {
            let factor = factor.clamp(0.2, 5.0);
            plot.x = plot.x.zoomed(f64::from((at.x - area.left()) / area.width()), factor);
            plot.y = plot.y.zoomed(f64::from((area.bottom() - at.y) / area.height()), factor);
            place.scales = Some((plot.x, plot.y));
        }
    }
    if response.double_clicked() {
        place.scales = None;
    }
    match place.tool {
        Tool::Move if response.dragged() => {
            let by = response.drag_delta();
            plot.x = plot.x.moved(-f64::from(by.x / area.width()));
            plot.y = plot.y.moved(f64::from(by.y / area.height()));
            place.scales = Some((plot.x, plot.y));
        }
        Tool::Move => {}
        Tool::Rectangle | Tool::Lasso if can_choose => draw_on(cx, place, plot, response),
        Tool::Rectangle | Tool::Lasso => {}
    }
}

fn draw_on(cx: &PageContext<'_>, place: &mut Place, plot: &Plot, response: &egui::Response) {
    let inside = |at: Pos2| at.clamp(plot.area.min, plot.area.max);
    if response.drag_started() {
        place.drawing.clear();
        place.outline = None;
    }
    if response.dragged()
        && let Some(at) = response.interact_pointer_pos().map(inside)
    {
        match (place.tool, place.drawing.as_mut_slice()) {
            (Tool::Rectangle, [_, last]) => *last = at,
            (_, [.., last]) if last.distance(at) < 3.0 => {}
            _ => place.drawing.push(at),
        }
    }
    if response.drag_stopped() {
        let drawn: Vec<(f64, f64)> = place.drawing.drain(..).map(|at| plot.value(at)).collect();
        let outline = match (place.tool, drawn.as_slice()) {
            (Tool::Rectangle, [a, b]) => {
                let ends = |a: f64, b: f64| (a.min(b), a.max(b));
                Some(Outline::Rectangle(Window { x: ends(a.0, b.0), y: ends(a.1, b.1) }))
            }
            (Tool::Lasso, [_, _, _, ..]) => Some(Outline::Lasso(drawn)),
            _ => None,
        };
        if let Some(outline) = outline {
            cx.send(Command::Explore(ExploreCommand::Choose(Box::new(outline.clone()))));
            place.outline = Some(outline);
        }
    }
}

fn draw_outline(painter: &Painter, place: &Place, plot: &Plot, t: &Tokens) {
    let line = Stroke::new(1.5, t.accent);
    let corners = |a: Pos2, b: Pos2| vec![a, pos2(b.x, a.y), b, pos2(a.x, b.y)];
    let path = match (place.drawing.as_slice(), &place.outline) {
        ([a, b], _) if place.tool == Tool::Rectangle => corners(*a, *b),
        ([_, _, ..], _) => place.drawing.clone(),
        (_, Some(Outline::Rectangle(window))) => {
            corners(plot.at(window.x.0, window.y.0), plot.at(window.x.1, window.y.1))
        }
        (_, Some(Outline::Lasso(points))) => points.iter().map(|(x, y)| plot.at(*x, *y)).collect(),
        _ => return,
    };
    if path.len() == 4 {
        painter.rect_filled(Rect::from_two_pos(path[0], path[2]), 0.0, t.tint(t.accent, 0.2).gamma_multiply(0.35));
    }
    painter.add(Shape::closed_line(path, line));
}

/// The point nearest to the pointer.
fn hover(d: &Drawing<'_>, plot: &Plot, shown_now: &ScatterShown, cloud: &PointCloud) {
    let (Some(pointer), ScatterView::Points(dots)) = (d.pointer.filter(|at| plot.area.contains(*at)), &shown_now.view)
    else {
        return;
    };
    let near = dots.iter().map(|dot| (plot.at(dot.x, dot.y).distance_sq(pointer), dot));
    let Some((_, dot)) = near.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(far, _)| *far < 144.0) else { return };
    let at = plot.at(dot.x, dot.y);
    d.painter.circle_stroke(at, 6.0, Stroke::new(1.5, d.t.text));
    let (x, y) = cloud.axes();
    let lines = [((d.name)(&x.column), on(x, dot.x)), ((d.name)(&y.column), on(y, dot.y))];
    let group = cloud.groups().get(usize::from(dot.group)).filter(|_| cloud.groups().len() > 1);
    d.tooltip(at, &group.map_or_else(String::new, |group| d.label(group)), &lines);
}

fn on(axis: &Axis, v: f64) -> String {
    match axis.kind {
        AxisKind::Number => shown(v),
        AxisKind::Time => Value::Time(v as i64).to_string(),
    }
}

/// A soft-edged white disc, coloured when it is drawn.
fn disc(painter: &Painter) -> TextureHandle {
    const SIDE: usize = 32;
    let middle = (SIDE as f32 - 1.0) / 2.0;
    let pixels = (0..SIDE * SIDE).map(|i| {
        let at = vec2((i % SIDE) as f32 - middle, (i / SIDE) as f32 - middle);
        let cover = (middle - 0.5 - at.length()).clamp(-0.5, 0.5) + 0.5;
        Color32::WHITE.gamma_multiply(cover)
    });
    let image = ColorImage::new([SIDE, SIDE], pixels.collect());
    painter.ctx().load_texture("disc", image, TextureOptions::LINEAR)
}

/// All points as one mesh: thousands of single shapes would cost more than a frame.
fn points(
    painter: &Painter,
    d: &Drawing<'_>,
    plot: &Plot,
    dots: &[Point],
    marked: &[bool],
    groups: &[Label],
    disc: &TextureHandle,
) {
    let radius = match dots.len() {
        0..1_000 => 3.6,
        1_000..6_000 => 2.8,
        _ => 2.1,
    };
    let colours = d.colours(groups);
    let mut mesh = Mesh::with_texture(disc.id());
    mesh.reserve_vertices(4 * dots.len());
    mesh.reserve_triangles(2 * dots.len());
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let any = marked.iter().any(|marked| *marked);
    let mut draw = |wanted: bool| {
        for (i, dot) in dots.iter().enumerate() {
            if any && marked.get(i).copied().unwrap_or(false) != wanted {
                continue;
            }
            let at = plot.at(dot.x, dot.y);
            if !plot.area.expand(radius).contains(at) {
                continue;
            }
            let colour = colours.get(usize::from(dot.group)).copied().unwrap_or(d.t.series(0));
            let colour = match (any, wanted) {
                (false, _) => colour.gamma_multiply(0.75),
                (true, false) => colour.gamma_multiply(0.28),
                (true, true) => colour,
            };
            mesh.add_rect_with_uv(Rect::from_center_size(at, vec2(2.0, 2.0) * radius), uv, colour);
        }
    };
    // The selected ones lie on top.
    draw(false);
    if any {
        draw(true);
    }
    painter.add(Shape::mesh(mesh));
}

fn cells(painter: &Painter, plot: &Plot, window: Window, texture: &TextureHandle) {
    let rect = Rect::from_two_pos(plot.at(window.x.0, window.y.0), plot.at(window.x.1, window.y.1));
    painter.image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
}

/// Cells as a picture: denser is stronger (by the logarithm), groups mix their colours.
fn density_image(density: &Density, t: &Tokens, colours: &[Color32]) -> ColorImage {
    let (width, height) = (density.columns as usize, density.rows as usize);
    let most = f64::from(density.most.max(1)).ln_1p();
    let mut pixels = Vec::with_capacity(width * height);
    for row in (0..density.rows).rev() {
        for column in 0..density.columns {
            let mut total = 0;
            let mut mixed = t.surface;
            for group in 0..density.groups {
                let count = density.count(group, row, column);
                if count > 0 {
                    total += count;
                    let colour = colours.get(group as usize).copied().unwrap_or(t.accent);
                    let share = f64::from(count) / f64::from(total);
                    mixed = if share >= 1.0 { colour } else { mixed.lerp_to_gamma(colour, share as f32) };
                }
            }
            pixels.push(match total {
                0 => Color32::TRANSPARENT,
                n => {
                    let strength = (f64::from(n).ln_1p() / most) as f32;
                    let ink = if strength > 0.7 { mixed.lerp_to_gamma(t.text, (strength - 0.7) * 0.9) } else { mixed };
                    ink.gamma_multiply(0.32 + 0.68 * strength)
                }
            });
        }
    }
    ColorImage::new([width, height], pixels)
}
