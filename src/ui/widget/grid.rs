//! A table of any length: only the rows in sight are asked for and drawn.
//!
//! The position is a row number in `f64`, not a pixel: at ten million rows of 32 points a pixel position in `f32`
//! would jump by 32 points at a time.

use egui::{Align2, CornerRadius, Key, Rect, Sense, Stroke, Ui, UiBuilder, pos2, vec2};

use crate::ui::theme::{Tokens, regular, semibold, size, text_size};

/// Where a table is scrolled to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GridView {
    /// The first row in sight, with its part above the edge.
    pub top: f64,
    /// Points scrolled to the right.
    pub left: f32,
}

/// A column as the grid shows it.
#[derive(Debug, Clone)]
pub struct GridColumn {
    pub name: String,
    /// Written small under the name: the role or the type.
    pub note: String,
    pub width: f32,
    pub right_aligned: bool,
}

/// The height of the names with their notes.
pub const HEAD: f32 = 48.0;
/// Where no column has a note.
const LOW_HEAD: f32 = 30.0;
/// What the scroll bars take at the right and below.
pub const BAR: f32 = 12.0;

/// Draws the table into what room there is; `cell(row, column)` gives a text, or `None` while it is being fetched.
/// Returns the rows in sight.
pub fn grid(
    ui: &mut Ui,
    view: &mut GridView,
    columns: &[GridColumn],
    rows: u64,
    cell: impl Fn(u64, usize) -> Option<String>,
) -> std::ops::Range<u64> {
    grid_marked(ui, view, columns, rows, cell, |_| false)
}

/// As [`grid`], with a soft ground under the rows that `marked` picks.
pub fn grid_marked(
    ui: &mut Ui,
    view: &mut GridView,
    columns: &[GridColumn],
    rows: u64,
    cell: impl Fn(u64, usize) -> Option<String>,
    marked: impl Fn(u64) -> bool,
) -> std::ops::Range<u64> {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size().max(vec2(80.0, 120.0)), Sense::click());
    let low = !columns.is_empty() && columns.iter().all(|column| column.note.is_empty());
    let high = if low { LOW_HEAD } else { HEAD };
    let body = Rect::from_min_max(pos2(rect.left(), rect.top() + high), pos2(rect.right() - BAR, rect.bottom() - BAR));
    let fit = f64::from((body.height() / size::ROW).max(1.0));
    let wide: f32 = columns.iter().map(|column| column.width).sum();

    scroll(ui, view, &response, rect, fit);
    view.top = view.top.clamp(0.0, (rows as f64 - fit).max(0.0));
    view.left = view.left.clamp(0.0, (wide - body.width()).max(0.0));
    scroll_bar(ui, Rect::from_min_max(pos2(body.right(), body.top()), body.right_bottom() + vec2(BAR, 0.0)), true, {
        let range = (rows as f64 - fit).max(0.0);
        Bar { share: (fit / rows.max(1) as f64).min(1.0), at: &mut view.top, range }
    });
    let mut left = f64::from(view.left);
    scroll_bar(ui, Rect::from_min_max(body.left_bottom(), body.right_bottom() + vec2(0.0, BAR)), false, {
        let range = f64::from((wide - body.width()).max(0.0));
        Bar { share: f64::from((body.width() / wide.max(1.0)).min(1.0)), at: &mut left, range }
    });
    view.left = left as f32;

    head(ui, view, columns, rect.with_max_y(body.top()), tokens);
    let first = view.top.floor() as u64;
    let last = ((view.top + fit).ceil() as u64).min(rows);
    let mut child = ui.new_child(UiBuilder::new().id_salt("grid body").max_rect(body));
    child.set_clip_rect(body.intersect(ui.clip_rect()));
    for row in first..last {
        let y = body.top() + ((row as f64 - view.top) * f64::from(size::ROW)) as f32;
        let line = Rect::from_min_size(pos2(body.left(), y), vec2(body.width(), size::ROW));
        if marked(row) {
            child.painter().rect_filled(line, 0.0, tokens.selected);
            child.painter().rect_filled(line.with_max_x(line.left() + 3.0), 0.0, tokens.accent);
        } else if child.rect_contains_pointer(line) {
            child.painter().rect_filled(line, 0.0, tokens.hover);
        }
        child.painter().hline(line.x_range(), line.bottom() - 0.5, Stroke::new(1.0, tokens.line));
        let mut x = body.left() - view.left;
        for (i, column) in columns.iter().enumerate() {
            let at = Rect::from_min_size(pos2(x, y), vec2(column.width, size::ROW));
            x += column.width;
            if at.right() < body.left() || at.left() > body.right() {
                continue;
            }
            match cell(row, i) {
                Some(text) => draw_cell(&mut child, at, &text, column.right_aligned, tokens),
                None => {
                    let bar = Rect::from_center_size(at.center(), vec2(column.width * 0.6, 8.0));
                    child.painter().rect_filled(bar, CornerRadius::same(4), tokens.sunken);
                }
            }
        }
    }
    first..last
}

fn draw_cell(ui: &mut Ui, at: Rect, text: &str, right: bool, tokens: &Tokens) {
    let inner = at.shrink2(vec2(8.0, 0.0));
    let line: String = text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut job = egui::text::LayoutJob::simple_singleline(line, regular(text_size::SMALL), tokens.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(inner.width());
    let galley = ui.painter().layout_job(job);
    let align = if right { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
    let anchor = if right { inner.right_center() } else { inner.left_center() };
    let placed = align.anchor_size(anchor, galley.size());
    let cut = galley.elided || text.chars().count() > 200;
    ui.painter().with_clip_rect(at.intersect(ui.clip_rect())).galley(placed.min, galley, tokens.text);
    if cut && ui.rect_contains_pointer(at) {
        let id = ui.scope_id().with(("cell", at.min.x as i32, at.min.y as i32));
        let shown: String = text.chars().take(1000).collect();
        let shown = egui::RichText::new(shown).font(regular(text_size::SMALL));
        ui.interact(at, id, Sense::hover()).on_hover_text(shown);
    }
}

fn head(ui: &mut Ui, view: &GridView, columns: &[GridColumn], head: Rect, tokens: &Tokens) {
    ui.painter().rect_filled(head, 0.0, tokens.sunken);
    let mut child = ui.new_child(UiBuilder::new().id_salt("grid head").max_rect(head));
    child.set_clip_rect(head.intersect(ui.clip_rect()));
    let mut x = head.left() - view.left;
    for column in columns {
        let at = Rect::from_min_size(pos2(x, head.top()), vec2(column.width, head.height())).shrink2(vec2(8.0, 5.0));
        x += column.width;
        if at.right() < head.left() || at.left() > head.right() {
            continue;
        }
        let align = if column.right_aligned { egui::Align::Max } else { egui::Align::Min };
        let layout = egui::Layout::top_down(align);
        let mut cell = child.new_child(UiBuilder::new().id_salt(("head", &column.name)).max_rect(at).layout(layout));
        cell.spacing_mut().item_spacing.y = 2.0;
        let name = egui::RichText::new(&column.name).font(semibold(text_size::SMALL)).color(tokens.text);
        cell.add(egui::Label::new(name).truncate());
        let note = egui::RichText::new(&column.note).font(regular(text_size::TINY)).color(tokens.text_3);
        cell.add(egui::Label::new(note).truncate());
    }
}

fn scroll(ui: &Ui, view: &mut GridView, response: &egui::Response, rect: Rect, fit: f64) {
    if response.clicked() {
        response.request_focus();
    }
    if ui.rect_contains_pointer(rect) {
        let delta = ui.input(|input| input.smooth_scroll_delta());
        view.top -= f64::from(delta.y / size::ROW);
        view.left -= delta.x;
    }
    if response.has_focus() {
        let page = (fit - 1.0).max(1.0);
        let keys: [(Key, f64); 6] = [
            (Key::ArrowDown, 1.0),
            (Key::ArrowUp, -1.0),
            (Key::PageDown, page),
            (Key::PageUp, -page),
            (Key::Home, f64::NEG_INFINITY),
            (Key::End, 1e18),
        ];
        for (key, rows) in keys {
            if ui.input(|input| input.key_pressed(key)) {
                view.top = (view.top.round() + rows).max(0.0);
            }
        }
    }
}

struct Bar<'a> {
    /// Length of the handle as a share of the track.
    share: f64,
    at: &'a mut f64,
    range: f64,
}

fn scroll_bar(ui: &Ui, track: Rect, vertical: bool, bar: Bar<'_>) {
    if bar.range <= 0.0 {
        return;
    }
    let tokens = Tokens::of(ui);
    let length = if vertical { track.height() } else { track.width() };
    let handle = (length * bar.share as f32).max(28.0).min(length);
    let free = f64::from((length - handle).max(1.0));
    let response = ui.interact(track, ui.scope_id().with(("scroll bar", vertical)), Sense::click_and_drag());
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let along = if vertical { pointer.y - track.top() } else { pointer.x - track.left() };
        *bar.at = (f64::from(along - handle / 2.0) / free).clamp(0.0, 1.0) * bar.range;
    }
    let from = (*bar.at / bar.range * free) as f32;
    let shown = if vertical {
        Rect::from_min_size(pos2(track.left() + 3.0, track.top() + from), vec2(6.0, handle))
    } else {
        Rect::from_min_size(pos2(track.left() + from, track.top() + 3.0), vec2(handle, 6.0))
    };
    let fill = if response.hovered() || response.dragged() { tokens.line_strong } else { tokens.line_input };
    ui.painter().rect_filled(shown, CornerRadius::same(3), fill);
}
