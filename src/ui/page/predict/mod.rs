//! Predict: who will buy, how much, and why. Recipe left; headline, leaderboard and pictures in the middle; the chosen
//! model or customer right.

mod board;
mod customer;
mod draft;
mod left;
mod recipe;
mod right;
mod side;
pub mod still;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::page_head;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::{Project, RunId};
use crate::stage::Stage;
use crate::stage::predict::explain::{Explanation, PartialDependence};
use crate::stage::predict::fit::{ModelResult, Tested};
use crate::stage::predict::gd::LossPoint;
use crate::stage::predict::model::ModelKind;
use crate::stage::predict::target::{Outcome, TargetRecipe, Task};
use crate::stage::segment::rule::Rule;
use crate::store::sources::FeatureChoice;
use crate::store::study::{self, KeptStudy, StudyPlan};
use crate::ui::text::{feature, predict as words, predict_say as say};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, bars, card_in, icon};
use crate::ui::{Command, PageContext};
pub use draft::Draft;

/// What the Predict page asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictCommand {
    Run(Box<StudyPlan>),
    /// A run is in sight whose result is not loaded.
    Want(RunId),
    /// Something to draw that takes more than a frame to work out.
    Look(LookAt),
    /// Asks where to write the scores.
    Export(RunId, ModelKind),
    ExportTo(RunId, ModelKind, PathBuf),
    /// The customers of these rows become the selection, and a segment that the project keeps.
    KeepList(Box<KeptList>),
    /// Scores other rows with a kept model.
    Apply(RunId, ModelKind, FeatureChoice),
    /// Asks where to save the left (or right) picture.
    AskPicture {
        is_left: bool,
    },
    PictureTo(PathBuf),
}

/// Customers chosen by their score.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptList {
    pub name: String,
    pub customers: std::collections::BTreeSet<String>,
    /// The same as a rule over features, where other stages know the score.
    pub rule: Option<Rule>,
}

/// What the page looks at: a model, one of its features, one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct LookAt {
    pub run: RunId,
    pub model: ModelKind,
    pub feature: Option<usize>,
    pub customer: Option<usize>,
}

impl LookAt {
    pub fn key(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

/// Worked out for a [`LookAt`].
#[derive(Debug, Clone)]
pub struct Look {
    pub at: LookAt,
    /// One a customer, by the model looked at.
    pub scores: Arc<Vec<f64>>,
    /// Customers by falling score.
    pub order: Arc<Vec<u32>>,
    pub effect: Option<Arc<PartialDependence>>,
    pub explanation: Option<Explanation>,
}

/// What is known of a run that is under way.
#[derive(Debug, Clone, Default)]
pub struct Live {
    pub loss: Vec<LossPoint>,
    pub fitted: Vec<(ModelKind, crate::stage::predict::score::Metrics)>,
    pub models: usize,
}

/// The names under which jobs put things for this page.
pub const LOOK: &str = "predict look";
pub const LIVE: &str = "predict live";
pub const PICTURE: &str = "predict picture";

#[derive(Clone, Default)]
pub struct PredictView {
    draft: Option<Draft>,
    /// The project and run that the rest of the view belongs to.
    drawn: Option<RunId>,
    model: Option<ModelKind>,
    threshold: f64,
    feature: Option<String>,
    left: left::LeftPicture,
    right: right::RightPicture,
    side: side::Side,
    customer: Option<usize>,
    find: String,
    drawer_open: bool,
}

/// A kept study in sight, with what the page has chosen in it.
#[derive(Clone, Copy)]
struct Seen<'a> {
    id: RunId,
    plan: &'a StudyPlan,
    kept: &'a KeptStudy,
    model: &'a ModelResult,
    look: Option<&'a Look>,
}

impl Seen<'_> {
    fn task(&self) -> Task {
        self.kept.study.result.target.task
    }

    fn about(&self) -> say::About<'_> {
        let target = &self.kept.study.result.target;
        say::About { target: &self.plan.learn.target, task: target.task, classes: target.classes.as_ref() }
    }

    fn is_buying(&self) -> bool {
        is_buying(self.plan)
    }
}

/// Whether buyers are what is looked for, so that words of buying fit.
fn is_buying(plan: &StudyPlan) -> bool {
    matches!(plan.learn.target, TargetRecipe::Events { outcome: Outcome::Buys { .. }, .. })
}

pub fn predict_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView) {
    let newest = cx.project().and_then(study::newest);
    let kept = newest.and_then(|(id, _)| cx.shown.result::<Arc<KeptStudy>>(id)).cloned();
    if let (Some((id, _)), None) = (newest, &kept)
        && !cx.failures.contains_key(&Slot::Load(Stage::Predict))
    {
        cx.send(Command::Predict(PredictCommand::Want(id)));
    }
    if view.draft.is_none() || view.draft.as_ref().is_some_and(|draft| draft.is_of_another(cx)) {
        view.draft = Some(Draft::of(cx, newest.map(|(_, run)| run)));
        view.drawn = None;
    }
    let plan = newest.and_then(|(_, run)| serde_json::from_value::<StudyPlan>(run.recipe.clone()).ok());
    let seen = newest.zip(kept.as_deref()).zip(plan.as_ref()).and_then(|(((id, _), kept), plan)| {
        begin(view, id, kept);
        let model = view.model.and_then(|kind| kept.study.result.of(kind)).or_else(|| kept.study.result.best())?;
        let look = cx.shown.stale_extra::<Look>(LOOK).filter(|look| (look.at.run, look.at.model) == (id, model.kind));
        Some(Seen { id, plan, kept, model, look })
    });
    want_look(cx, view, seen.as_ref());
    let room = page_head(ui, &title(cx, seen.as_ref()), &lead(cx, seen.as_ref()), |ui| {
        primary(ui, cx, view, newest.is_some())
    });
    body(ui, cx, view, seen.as_ref(), room);
}

/// A run in sight for the first time: its own threshold, its leader.
fn begin(view: &mut PredictView, id: RunId, kept: &KeptStudy) {
    if view.drawn == Some(id) {
        return;
    }
    view.drawn = Some(id);
    view.customer = None;
    view.drawer_open = false;
    if view.model.is_none_or(|kind| kept.study.result.of(kind).is_none()) {
        let plain = kept.study.plain().filter(|_| kept.study.is_plain_level());
        view.model = plain.or_else(|| kept.study.result.best().map(|m| m.kind));
    }
    let moved = kept.study.headline().map(|(m, _)| m.name.clone());
    let known = |name: &String| kept.study.result.features.iter().any(|f| f.name == *name);
    if view.feature.as_ref().is_none_or(|name| !known(name)) {
        view.feature = moved.or_else(|| kept.study.result.features.first().map(|f| f.name.clone()));
    }
    view.threshold = match kept.study.result.best().map(|m| &m.tested) {
        Some(Tested::Classification { threshold, best_threshold, sweep, .. }) => {
            // Without costs: contact about as many as buy.
            let share = (sweep.yes as f64 / (sweep.yes + sweep.no).max(1) as f64).clamp(0.01, 0.99);
            best_threshold.map_or(if *threshold == 0.5 { share } else { *threshold }, |b| b.threshold.min(1.0))
        }
        _ => 0.5,
    };
}

fn want_look(cx: &PageContext<'_>, view: &PredictView, seen: Option<&Seen<'_>>) {
    let Some(seen) = seen else { return };
    let parts = &seen.model.model.encoder.parts;
    let feature = view.feature.as_ref().and_then(|name| parts.iter().position(|part| part.name == *name));
    let wants_effect = left::LeftPicture::shown(view, seen) == left::LeftPicture::Effect;
    let at = LookAt {
        run: seen.id,
        model: seen.model.kind,
        feature: feature.filter(|_| wants_effect),
        customer: view.customer,
    };
    if cx.shown.extra::<Look>(LOOK, at.key()).is_none() {
        cx.send(Command::Predict(PredictCommand::Look(at)));
    }
}

fn title(cx: &PageContext<'_>, seen: Option<&Seen<'_>>) -> String {
    match seen.map(|seen| &seen.plan.learn.target) {
        Some(TargetRecipe::Column { name, .. }) => words::title_column(cx.lang, feature::column(cx.lang, name)),
        Some(TargetRecipe::Events { outcome: Outcome::Spends { .. }, .. }) => words::title_spend(cx.lang).to_owned(),
        Some(TargetRecipe::Events { outcome: Outcome::GoesQuiet { .. }, .. }) => words::title_quiet(cx.lang).to_owned(),
        _ => words::title(cx.lang).to_owned(),
    }
}

fn lead(cx: &PageContext<'_>, seen: Option<&Seen<'_>>) -> String {
    let Some(seen) = seen else { return words::lead_none(cx.lang).to_owned() };
    let result = &seen.kept.study.result;
    let n = result.leaderboard.len();
    match result.winner {
        _ if n == 1 => words::lead_one(cx.lang).to_owned(),
        Some(kind) => words::lead_winner(cx.lang, n, say::model(cx.lang, kind)),
        None if seen.kept.study.is_plain_level() => words::lead_plain(cx.lang, n),
        None => words::lead_near(cx.lang, n),
    }
}

fn primary(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, any: bool) {
    let Some(draft) = &view.draft else { return };
    let slot = Slot::Stage(Stage::Predict);
    if cx.job(slot).is_some() {
        if ui.add(Button::primary(crate::ui::text::common::stop(cx.lang))).clicked() {
            cx.send(Command::Stop(slot));
        }
        return;
    }
    let plan = draft.plan(cx.project());
    let can = cx.can_write() && plan.is_some();
    let (name, glyph) = if any { (words::run_again(cx.lang), icon::AGAIN) } else { (words::run(cx.lang), icon::PLAY) };
    if ui.add(Button::primary(name).icon(glyph).enabled(can)).clicked()
        && let Some(plan) = plan
    {
        cx.send(Command::Predict(PredictCommand::Run(Box::new(plan))));
    }
}

fn has_data(project: Option<&Project>) -> bool {
    project.is_some_and(|project| project.tables().next().is_some())
}

fn body(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: Option<&Seen<'_>>, room: Rect) {
    let recipe = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE.min(room.width() * 0.3), room.bottom()));
    card_in(ui, recipe, |ui| recipe::recipe_card(ui, cx, view, seen));
    let rest = Rect::from_min_max(pos2(recipe.right() + size::S4, room.top()), room.max);
    let Some(seen) = seen else {
        card_in(ui, rest, |ui| nothing_yet(ui, cx));
        return;
    };
    let wide = rest.width() > size::SELECTION + 560.0;
    let side = if wide { size::SELECTION + size::S4 } else { 0.0 };
    let middle = Rect::from_min_max(rest.min, pos2(rest.right() - side, rest.bottom()));
    middle_column(ui, cx, view, seen, middle, !wide);
    if wide {
        let area = Rect::from_min_max(pos2(middle.right() + size::S4, rest.top()), rest.max);
        card_in(ui, area, |ui| side::side_card(ui, cx, view, seen));
    } else if view.drawer_open {
        let width = size::SELECTION.min(rest.width());
        let area = Rect::from_min_max(pos2(rest.right() - width, rest.top()), rest.max);
        card_in(ui, area, |ui| side::side_card(ui, cx, view, seen));
    }
}

/// Headline, board, two pictures; what does not fit the height is scrolled to.
fn middle_column(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>, area: Rect, narrow: bool) {
    let board = board::height(seen);
    let head = board::headline_height(ui, cx, seen, area.width());
    let needed = head + board + 280.0 + 2.0 * size::S4;
    let mut outer = ui.new_child(UiBuilder::new().id_salt("predict middle").max_rect(area));
    egui::ScrollArea::vertical().id_salt("predict middle").auto_shrink(false).show(&mut outer, |ui| {
        let (area, _) = ui.allocate_exact_size(vec2(area.width(), area.height().max(needed)), Sense::hover());
        let top = Rect::from_min_size(area.min, vec2(area.width(), head));
        card_in(ui, top, |ui| board::headline(ui, cx, view, seen, narrow));
        let table = Rect::from_min_size(pos2(area.left(), top.bottom() + size::S4), vec2(area.width(), board));
        board::board(ui, cx, view, seen, table);
        let low = table.bottom() + size::S4;
        let width = (area.width() - size::S4) / 2.0;
        let left = Rect::from_min_max(pos2(area.left(), low), pos2(area.left() + width, area.bottom()));
        let right = Rect::from_min_max(pos2(left.right() + size::S4, low), area.max);
        card_in(ui, left, |ui| left::left_card(ui, cx, view, seen));
        card_in(ui, right, |ui| right::right_card(ui, cx, view, seen));
        for (card, is_left) in [(left, true), (right, false)] {
            save_button(ui, cx, card, is_left);
        }
    });
}

/// At a picture's upper right corner.
fn save_button(ui: &mut Ui, cx: &PageContext<'_>, card: Rect, is_left: bool) {
    let corner = Rect::from_min_size(pos2(card.right() - 44.0, card.top() + 12.0), vec2(size::CONTROL, size::CONTROL));
    let mut corner = ui.new_child(UiBuilder::new().id_salt(("save picture", is_left)).max_rect(corner));
    let name = if is_left { words::save_left(cx.lang) } else { words::save_right(cx.lang) };
    if corner.add(Button::icon_only(icon::SAVE_PICTURE, name)).clicked() {
        cx.send(Command::Predict(PredictCommand::AskPicture { is_left }));
    }
}

fn nothing_yet(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    if let Some(job) = cx.job(Slot::Stage(Stage::Predict)) {
        running(ui, cx, job, true);
        return;
    }
    ui.add_space((ui.available_height() * 0.28).max(0.0));
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::PREDICT).size(40.0).color(tokens.text_3));
        widget::heading(ui, words::empty_title(cx.lang));
        let data = has_data(cx.project());
        widget::small(ui, if data { words::empty_text(cx.lang) } else { words::empty_no_data(cx.lang) });
        ui.add_space(size::S3);
        if !data {
            let action = if cx.open.is_some() { crate::ui::Action::ImportTable } else { crate::ui::Action::OpenSample };
            if ui.add(Button::suggested(action.name(cx.lang)).icon(icon::PLAY)).clicked() {
                cx.act(action);
            }
        }
    });
}

/// The first run under way: which model, how far, and the loss of a descent as it falls.
fn running(ui: &mut Ui, cx: &PageContext<'_>, job: &crate::jobs::JobStatus, whole: bool) {
    widget::heading(ui, crate::ui::text::common::step(cx.lang, job.progress.step));
    bars::progress(ui, job.progress.fraction());
    ui.add_space(size::S3);
    if let Some(live) = cx.shown.stale_extra::<Live>(LIVE) {
        live_lines(ui, cx, live, whole);
        if whole && live.loss.len() > 1 {
            left::loss_chart(ui, cx, &live.loss, 240.0);
        }
    }
}

fn live_lines(ui: &mut Ui, cx: &PageContext<'_>, live: &Live, whole: bool) {
    widget::small(ui, words::running_models(cx.lang, (live.fitted.len() + 1).min(live.models), live.models));
    for (kind, metrics) in live.fitted.iter().filter(|_| whole) {
        let shown = metrics.iter().find(|(m, _)| {
            use crate::stage::predict::score::Metric;
            matches!(m, Metric::Auc | Metric::Rmse)
        });
        let value = shown.map_or(String::new(), |(m, v)| format!("{} {v:.3}", say::metric(cx.lang, *m)));
        widget::small(ui, format!("{}  {value}", say::model(cx.lang, *kind)));
    }
}
