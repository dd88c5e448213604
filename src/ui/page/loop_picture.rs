//! The loop drawn live: a node a stage, with how it stands.

use egui::{Align2, Color32, CornerRadius, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::Page;
use crate::stage::Stage;
use crate::ui::context::StageLook;
use crate::ui::text::{common, home as words, number, stage as stage_words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{Tone, bars, chip, icon};
use crate::ui::{Action, PageContext};

const HEAD: f32 = 64.0;

pub fn draw(ui: &mut Ui, cx: &PageContext<'_>, area: Rect) {
    let t = Tokens::of(ui);
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect(area, radius, t.app, Stroke::new(1.0, t.line_input), StrokeKind::Inside);
    let title = area.min + vec2(size::S6, 32.0);
    ui.painter().text(title, Align2::LEFT_CENTER, words::the_loop(cx.lang), semibold(text_size::HEAD), t.text);
    legend(ui, cx, area, t);

    let inner = Rect::from_min_max(area.min + vec2(size::S6, HEAD), area.max - vec2(size::S6, size::S6));
    let nodes = Nodes::place(inner);
    arrows(ui, cx, &nodes, t);
    for stage in Stage::ALL {
        node(ui, cx, stage, nodes.of(stage), t);
    }
}

fn legend(ui: &Ui, cx: &PageContext<'_>, area: Rect, t: &Tokens) {
    let entries = [
        (stage_words::not_run(cx.lang), None),
        (stage_words::running(cx.lang), Some(t.accent)),
        (stage_words::out_of_date(cx.lang), Some(t.warn_mark)),
        (stage_words::fresh(cx.lang), Some(t.ok)),
    ];
    let mut x = area.right() - size::S6;
    let y = area.top() + 32.0;
    for (text, colour) in entries {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), regular(text_size::SMALL), t.text_2);
        x -= galley.size().x;
        let at = pos2(x, y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, t.text_2);
        x -= 14.0;
        let dot = Rect::from_center_size(pos2(x + 4.0, y), vec2(8.0, 8.0));
        match colour {
            Some(colour) => ui.painter().rect_filled(dot, 2.0, colour),
            None => ui.painter().rect_stroke(dot, 2.0, Stroke::new(1.0, t.line_strong), StrokeKind::Inside),
        };
        x -= 18.0;
    }
}

/// Where the nodes stand: three columns, three rows, the middle row for Voice alone.
struct Nodes {
    columns: [f32; 3],
    rows: [f32; 3],
    node: egui::Vec2,
    middle: egui::Vec2,
}

impl Nodes {
    fn place(inner: Rect) -> Self {
        let width = (inner.width() * 0.263).min(240.0);
        let gap = (inner.width() - 3.0 * width) / 2.0;
        let height = (inner.height() * 0.308).clamp(84.0, 118.0);
        let middle = (height * 0.58).max(56.0);
        let columns = [0.0, 1.0, 2.0].map(|i| inner.left() + i * (width + gap));
        let centre = inner.center().y;
        let rows = [inner.top(), centre - middle / 2.0, inner.bottom() - height];
        Self { columns, rows, node: vec2(width, height), middle: vec2(width, middle) }
    }

    fn of(&self, stage: Stage) -> Rect {
        let (column, row) = match stage {
            Stage::Data => (0, 0),
            Stage::Segment => (1, 0),
            Stage::Predict => (2, 0),
            Stage::Voice => (1, 1),
            Stage::Recommend => (2, 2),
            Stage::Copy => (1, 2),
            Stage::Campaign => (0, 2),
        };
        let extent = if row == 1 { self.middle } else { self.node };
        Rect::from_min_size(pos2(self.columns[column], self.rows[row]), extent)
    }
}

fn arrows(ui: &Ui, cx: &PageContext<'_>, nodes: &Nodes, t: &Tokens) {
    let of = |stage| nodes.of(stage);
    let (data, voice) = (of(Stage::Data), of(Stage::Voice));
    let right = |a: Rect, b: Rect| vec![a.right_center() + vec2(4.0, 0.0), b.left_center() - vec2(4.0, 0.0)];
    let left = |a: Rect, b: Rect| vec![a.left_center() - vec2(4.0, 0.0), b.right_center() + vec2(4.0, 0.0)];
    let bend = data.left() + data.width() * 0.82;
    let paths = [
        (Stage::Data, Stage::Segment, right(data, of(Stage::Segment))),
        (Stage::Segment, Stage::Predict, right(of(Stage::Segment), of(Stage::Predict))),
        (
            Stage::Predict,
            Stage::Recommend,
            vec![
                of(Stage::Predict).center_bottom() + vec2(0.0, 4.0),
                of(Stage::Recommend).center_top() - vec2(0.0, 4.0),
            ],
        ),
        (Stage::Recommend, Stage::Copy, left(of(Stage::Recommend), of(Stage::Copy))),
        (Stage::Copy, Stage::Campaign, left(of(Stage::Copy), of(Stage::Campaign))),
        (
            Stage::Campaign,
            Stage::Data,
            vec![
                pos2(data.left() + data.width() * 0.3, of(Stage::Campaign).top() - 4.0),
                pos2(data.left() + data.width() * 0.3, data.bottom() + 4.0),
            ],
        ),
        (
            Stage::Data,
            Stage::Voice,
            vec![pos2(bend, data.bottom() + 4.0), pos2(bend, voice.center().y), voice.left_center() - vec2(4.0, 0.0)],
        ),
        (
            Stage::Voice,
            Stage::Copy,
            vec![voice.center_bottom() + vec2(0.0, 4.0), of(Stage::Copy).center_top() - vec2(0.0, 4.0)],
        ),
    ];
    for (_, to, points) in paths {
        let (colour, dashed) = match cx.look(to) {
            StageLook::Running(_) => (t.accent, false),
            StageLook::OutOfDate => (t.warn_mark, true),
            StageLook::Fresh => (t.line_strong, false),
            StageLook::NotRun => (t.line_strong, true),
        };
        // Data is where the loop begins; feedback comes round only once a campaign has run.
        let dashed = dashed || (to == Stage::Data && cx.look(Stage::Campaign) == StageLook::NotRun);
        arrow(ui, &points, colour, dashed);
    }
    let note = |at: Pos2, align, text: &str, width: f32| {
        let mut job =
            egui::text::LayoutJob::simple(text.to_owned(), regular(text_size::TINY), t.text_3, width.max(40.0));
        job.halign = egui::Align::Min;
        let galley = ui.painter().layout_job(job);
        let placed = Align2::anchor_size(align, at, galley.size());
        ui.painter().galley(placed.min, galley, t.text_3);
    };
    let between = (data.bottom() + of(Stage::Campaign).top()) / 2.0;
    let feedback = data.left() + data.width() * 0.3 + 10.0;
    note(
        pos2(feedback, (voice.center().y + of(Stage::Campaign).top()) / 2.0),
        Align2::LEFT_CENTER,
        words::arrow_feedback(cx.lang),
        (voice.left() - feedback - 40.0).min(130.0),
    );
    note(
        pos2((bend + voice.left()) / 2.0, voice.center().y - 12.0),
        Align2::CENTER_CENTER,
        words::arrow_reviews(cx.lang),
        200.0,
    );
    let under = (voice.bottom() + of(Stage::Copy).top()) / 2.0;
    note(pos2(voice.center().x + 12.0, under), Align2::LEFT_CENTER, words::arrow_words(cx.lang), 150.0);
    let recommend = of(Stage::Recommend);
    let room = recommend.right() - recommend.center().x - 12.0;
    note(
        pos2(recommend.center().x + 12.0, between),
        Align2::LEFT_CENTER,
        words::arrow_likely(cx.lang),
        room.min(130.0),
    );
}

fn arrow(ui: &Ui, points: &[Pos2], colour: Color32, dashed: bool) {
    let [.., before, tip] = points else { return };
    let direction = (*tip - *before).normalized();
    let base = *tip - direction * 9.0;
    let stroke = Stroke::new(2.0, colour);
    let mut line = points.to_vec();
    if let Some(last) = line.last_mut() {
        *last = base;
    }
    if dashed {
        ui.painter().extend(Shape::dashed_line(&line, stroke, 6.0, 4.0));
    } else {
        ui.painter().add(Shape::line(line, stroke));
    }
    let side = direction.rot90() * 4.5;
    ui.painter().add(Shape::convex_polygon(vec![*tip, base + side, base - side], colour, Stroke::NONE));
}

fn node(ui: &mut Ui, cx: &PageContext<'_>, stage: Stage, rect: Rect, t: &Tokens) {
    let look = cx.look(stage);
    let page = Page::of_stage(stage);
    let sense = if page.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("node", stage)), sense);
    let name = stage_words::name(cx.lang, stage);
    let label = format!("{}: {name}", words::the_loop(cx.lang));
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Button, page.is_some(), &label));
    if let Some(page) = page.filter(|_| response.clicked()) {
        cx.act(Action::Go(page));
    }
    let radius = CornerRadius::same(size::RADIUS_CARD);
    let fill = if response.hovered() && page.is_some() { t.hover } else { t.surface };
    match look {
        StageLook::NotRun => {
            ui.painter().rect_filled(rect, radius, if stage == Stage::Data { t.surface } else { t.app });
            dashed_frame(ui, rect, t.line_strong);
        }
        StageLook::Running(_) => {
            ui.painter().rect(rect, radius, fill, Stroke::new(1.5, t.accent), StrokeKind::Inside);
        }
        StageLook::Fresh | StageLook::OutOfDate => {
            ui.painter().rect(rect, radius, fill, Stroke::new(1.0, t.line), StrokeKind::Inside);
        }
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect.expand(2.0), radius, Stroke::new(2.0, t.focus), StrokeKind::Outside);
    }
    let mut child = ui.new_child(UiBuilder::new().id_salt(("node", stage)).max_rect(rect.shrink2(vec2(13.0, 11.0))));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    child.spacing_mut().item_spacing = vec2(6.0, 2.0);
    child.horizontal(|ui| {
        let glyph = if look == StageLook::NotRun { t.text_2 } else { t.accent };
        ui.label(egui::RichText::new(icon::of_stage(stage)).size(18.0).color(glyph));
        ui.label(egui::RichText::new(name).font(semibold(text_size::BODY)).color(t.text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| state_chip(ui, cx, look));
    });
    if rect.height() > 80.0 {
        let (first, second) = node_words(cx, stage, look);
        let ink = if look == StageLook::NotRun { t.text_3 } else { t.text };
        let first = egui::RichText::new(first).font(regular(text_size::BODY)).color(ink);
        child.add(egui::Label::new(first).truncate());
        let second = egui::RichText::new(second).font(regular(text_size::TINY)).color(t.text_3);
        child.add(egui::Label::new(second).truncate());
    }
    if let StageLook::Running(job) = look {
        let track = Rect::from_min_size(rect.left_bottom() + vec2(16.0, -13.0), vec2(rect.width() - 32.0, 4.0));
        bars::progress_in(ui, track, job.progress.fraction(), t);
    }
}

fn dashed_frame(ui: &Ui, rect: Rect, colour: Color32) {
    let r = f32::from(size::RADIUS_CARD);
    let mut points = Vec::new();
    let corners = [
        (rect.right_top() + vec2(-r, r), -90.0_f32),
        (rect.right_bottom() + vec2(-r, -r), 0.0),
        (rect.left_bottom() + vec2(r, -r), 90.0),
        (rect.left_top() + vec2(r, r), 180.0),
    ];
    for (centre, from) in corners {
        for step in 0..=4 {
            let angle = (from + 22.5 * step as f32).to_radians();
            points.push(centre + r * vec2(angle.cos(), angle.sin()));
        }
    }
    points.extend(points.first().copied());
    ui.painter().extend(Shape::dashed_line(&points, Stroke::new(1.0, colour), 4.0, 3.0));
}

fn state_chip(ui: &mut Ui, cx: &PageContext<'_>, look: StageLook) {
    match look {
        StageLook::Fresh => chip::chip(ui, Tone::Ok, stage_words::fresh(cx.lang)),
        StageLook::OutOfDate => chip::chip(ui, Tone::Warn, stage_words::out_of_date(cx.lang)),
        StageLook::NotRun => chip::chip(ui, Tone::Idle, stage_words::not_run(cx.lang)),
        StageLook::Running(job) => {
            let text = match job.progress.fraction() {
                Some(share) => common::percent(cx.lang, format!("{:.0}", share * 100.0)),
                None => stage_words::running(cx.lang).to_owned(),
            };
            chip::chip(ui, Tone::Accent, &text)
        }
    };
}

fn node_words(cx: &PageContext<'_>, stage: Stage, look: StageLook) -> (String, String) {
    if let StageLook::Running(job) = look {
        let left = job.time_left.map(|left| common::about_left(cx.lang, number::span(cx.lang, left)));
        return (common::step(cx.lang, job.progress.step).to_owned(), left.unwrap_or_default());
    }
    if stage == Stage::Data {
        return data_words(cx);
    }
    if let Some((_, run)) = cx.project().and_then(|project| project.latest_run(stage)) {
        let took = number::span(cx.lang, std::time::Duration::from_secs_f64(run.seconds.clamp(0.0, 1e9)));
        let when = number::moment(cx.lang, run.made_at, cx.now);
        let groups = run.summary.get("segments").and_then(|segments| segments.as_array()).map(Vec::len);
        let what = match groups.filter(|_| stage == Stage::Segment) {
            Some(groups) => crate::ui::text::segment::groups_n(cx.lang, groups),
            None => run.method.clone(),
        };
        return (what, words::node_ran(cx.lang, when, took));
    }
    let nothing = match stage {
        Stage::Segment => words::node_segment_none(cx.lang),
        Stage::Predict => words::node_predict_none(cx.lang),
        Stage::Recommend => words::node_recommend_none(cx.lang),
        Stage::Voice => words::node_voice_none(cx.lang),
        Stage::Copy => words::node_copy_none(cx.lang),
        Stage::Campaign => words::node_campaign_none(cx.lang),
        Stage::Data => "",
    };
    (nothing.to_owned(), String::new())
}

fn data_words(cx: &PageContext<'_>) -> (String, String) {
    let Some(project) = cx.project().filter(|project| project.tables().next().is_some()) else {
        return (words::node_data_none(cx.lang).to_owned(), words::node_data_hint(cx.lang).to_owned());
    };
    let rows: u64 = project.tables().map(|(_, table)| table.rows()).sum();
    let newest = project.tables().map(|(_, table)| table.made_at).max().unwrap_or_default();
    let when = number::moment(cx.lang, newest, cx.now);
    let first = match cx.shown.overview.as_ref().and_then(|(_, overview)| overview.customers) {
        Some(customers) => words::node_customers(cx.lang, number::whole(customers)),
        None => words::node_rows(cx.lang, number::whole(rows)),
    };
    (first, words::node_tables(cx.lang, project.tables().count(), when))
}
