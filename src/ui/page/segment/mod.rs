//! Segments: recipe at the left, the picture in the middle, the chosen segment at the right.

mod compare;
mod curves;
mod definitions;
mod export;
mod map;
mod persona;
mod recipe;
mod rules;
mod tables;

use std::path::PathBuf;

use egui::{Color32, Rect, Ui, UiBuilder, pos2, vec2};

use super::page_head;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::{Project, Run, RunId};
use crate::stage::Stage;
use crate::stage::segment::compare::{Comparison, Moves};
use crate::stage::segment::map::tsne::Tsne;
use crate::stage::segment::odd::Odd;
use crate::stage::segment::persona::Persona;
use crate::stage::segment::picture::Picture;
use crate::stage::segment::rule::{Rule, RuleProblem, RuleResult};
use crate::stage::segment::run::Method;
use crate::stage::segment::saved::{AudienceFloor, SavedSegment, SegmentNames};
use crate::store::segments::{self, SegmentPlan};
use crate::ui::context::StageLook;
use crate::ui::text::{Lang, segment as words, segment_tools as tools, stage as stage_words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::chip::{Tone, chip};
use crate::ui::widget::{self, Button, bars, card_in, icon};
use crate::ui::{Action, Command, PageContext};

pub use export::ExportSpec;

/// Whose customers: a segment of a run, a kept one, or everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Whom {
    Everyone,
    Found(u32),
    Saved(u64),
}

/// How customers lie on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum Layout {
    #[default]
    Plane,
    Close,
}

/// What the page asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum SegmentCommand {
    Run(Box<SegmentPlan>),
    /// A run is in sight whose result is not loaded.
    Want(RunId),
    /// The customers behind the segments are needed: for rules, comparisons.
    WantGround(Box<SegmentPlan>),
    /// Customers inside a line drawn on the map become the selection.
    Drawn {
        run: RunId,
        layout: Layout,
        line: Vec<[f32; 2]>,
        label: String,
    },
    /// Customers of a segment become the selection.
    Select {
        run: RunId,
        whom: Whom,
        label: String,
    },
    /// Customers of one cell of the RFM table become the selection.
    SelectCell {
        run: RunId,
        recency: u8,
        frequency: u8,
        label: String,
    },
    CloseLook(RunId),
    Odd(RunId),
    Count(Box<Rule>),
    /// Keeps a rule as a live segment, or its customers as a fixed one.
    KeepRule {
        id: Option<u64>,
        name: String,
        rule: Box<Rule>,
        live: bool,
    },
    /// Keeps the selection as a fixed segment.
    KeepSelection {
        name: String,
    },
    Compare {
        run: RunId,
        left: Whom,
        right: Whom,
    },
    Moves {
        run: RunId,
        days: u32,
    },
    /// Asks for a file, then exports.
    AskExport(Box<ExportSpec>),
    ExportTo(PathBuf),
}

/// The answer to a rule: who meets it, or which condition cannot be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleAnswer {
    Met { result: RuleResult, of: u64, preview: Vec<String> },
    Problem { path: Vec<usize>, problem: RuleProblem },
}

/// Two periods: when the earlier was, and who moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Periods {
    pub before: Option<crate::base::time::Moment>,
    pub after: Option<crate::base::time::Moment>,
    pub moves: Moves,
}

/// Names under which jobs leave what this page draws.
pub mod extra {
    pub const GROUND: &str = "segment ground";
    pub const CLOSE: &str = "segment close look";
    pub const ODD: &str = "segment odd";
    pub const COUNT: &str = "segment count";
    pub const PAIR: &str = "segment pair";
    pub const MOVES: &str = "segment moves";
}

/// Key of a thing made for one run.
pub fn run_key(run: RunId) -> Fingerprint {
    Fingerprint::of(&run)
}

pub fn count_key(ground: Fingerprint, rule: &Rule) -> Fingerprint {
    Fingerprint::of(&(ground, rule))
}

pub fn pair_key(run: RunId, left: Whom, right: Whom) -> Fingerprint {
    Fingerprint::of(&(run, left, right))
}

pub fn moves_key(run: RunId, days: u32) -> Fingerprint {
    Fingerprint::of(&(run, days))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Map,
    Heat,
    Table,
    Profiles,
    Rules,
    Compare,
}

/// What the page remembers.
#[derive(Default)]
pub struct SegmentView {
    /// The recipe being edited; none: as the newest run had it.
    plan: Option<SegmentPlan>,
    /// The run in sight; none: the newest.
    run: Option<RunId>,
    tab: Tab,
    chosen: Option<u32>,
    /// Segments under the floor that the user wants to see all the same.
    shown_small: Vec<(RunId, u32)>,
    recipe: recipe::RecipeView,
    map: map::MapView,
    /// The RFM table is shaded by revenue instead of customers.
    heat_by_money: bool,
    persona: persona::PersonaView,
    rules: rules::RulesView,
    compare: compare::CompareView,
    export: export::ExportView,
    drawer: bool,
}

/// What every part of the page looks at.
pub(super) struct Sight<'a> {
    pub project: &'a Project,
    pub id: RunId,
    pub run: &'a Run,
    pub picture: &'a Picture,
    pub names: SegmentNames,
}

impl Sight<'_> {
    pub fn name(&self, lang: Lang, card: &Persona) -> String {
        let name = self.names.names.get(&card.segment).unwrap_or(&card.name);
        lang.pick(&name.en, &name.zh).clone()
    }

    pub fn name_of(&self, lang: Lang, segment: u32) -> String {
        let card = self.picture.found.personas.iter().find(|card| card.segment == segment);
        card.map_or_else(|| words::no_segment(lang).to_owned(), |card| self.name(lang, card))
    }

    pub fn sentence(&self, lang: Lang, card: &Persona) -> String {
        let sentence = self.names.sentences.get(&card.segment).unwrap_or(&card.sentence);
        lang.pick(&sentence.en, &sentence.zh).clone()
    }
}

/// The colour of a segment, the same on every part of the page.
pub(super) fn colour(tokens: &Tokens, segment: u32) -> Color32 {
    let series = tokens.series(segment as usize);
    // The ninth is not the first again.
    let again = segment as usize / tokens.chart.len();
    if again == 0 { series } else { series.lerp_to_gamma(tokens.text, (0.4 * again as f32).min(0.8)) }
}

pub(super) fn floor(project: &Project) -> u64 {
    project.item::<AudienceFloor>(segments::THE_ONE).unwrap_or_default().0
}

/// Kept segments by their number.
pub(super) fn saved(project: &Project) -> Vec<(u64, SavedSegment)> {
    let parsed = project.items_of::<SavedSegment>().into_iter();
    parsed.filter_map(|(id, segment)| Some((id.parse().ok()?, segment))).collect()
}

pub fn segment_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView) {
    let found = cx.project().and_then(|project| {
        let known = view.run.filter(|id| project.run(*id).is_some());
        let id = known.or_else(|| segments::latest(project).map(|(id, _)| id))?;
        Some((project, id, project.run(id)?))
    });
    let picture = found.and_then(|(_, id, _)| cx.shown.result::<Picture>(id));
    if let (Some((_, id, _)), None) = (found, picture) {
        cx.send(Command::Segment(SegmentCommand::Want(id)));
    }
    let sight = found.zip(picture).map(|((project, id, run), picture)| Sight {
        project,
        id,
        run,
        picture,
        names: project.item::<SegmentNames>(&id.0.to_string()).unwrap_or_default(),
    });
    let room = page_head(ui, words::title(cx.lang), &lead(cx, sight.as_ref()), |ui| {
        head_buttons(ui, cx, view, sight.as_ref())
    });
    let recipe_width = if room.width() < 900.0 { 236.0 } else { size::RECIPE };
    let left = Rect::from_min_max(room.min, pos2(room.left() + recipe_width, room.bottom()));
    card_in(ui, left, |ui| recipe::recipe_card(ui, cx, view, sight.as_ref()));
    let wide = room.width() > 1080.0;
    let side = if wide && sight.is_some() { size::SELECTION + size::S4 } else { 0.0 };
    let middle =
        Rect::from_min_max(pos2(left.right() + size::S4, room.top()), pos2(room.right() - side, room.bottom()));
    match &sight {
        Some(sight) => {
            picture_column(ui, cx, view, sight, middle);
            let card = Rect::from_min_max(pos2(room.right() - size::SELECTION, room.top()), room.max);
            if wide {
                card_in(ui, card, |ui| persona::persona_card(ui, cx, view, sight));
            } else if view.drawer {
                let tokens = Tokens::of(ui);
                ui.painter().rect_filled(card.expand(4.0), size::RADIUS_CARD, tokens.app);
                card_in(ui, card, |ui| persona::persona_card(ui, cx, view, sight));
            }
        }
        None => card_in(ui, middle, |ui| empty(ui, cx, view, found.is_some())),
    }
    if let Some(sight) = &sight {
        export::export_window(ui, cx, view, sight);
    }
}

fn lead(cx: &PageContext<'_>, sight: Option<&Sight<'_>>) -> String {
    use crate::stage::segment::choose_k::Verdict;
    let Some(sight) = sight else { return words::lead_none(cx.lang).to_owned() };
    let found = &sight.picture.found;
    match (found.method, found.verdict) {
        (Method::Rfm, _) => words::lead_rfm(cx.lang, found.personas.len()),
        (_, Some(Verdict::None)) => words::lead_pieces(cx.lang).to_owned(),
        _ => words::lead_found(cx.lang, found.personas.len()),
    }
}

fn head_buttons(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: Option<&Sight<'_>>) {
    let Some(project) = cx.project() else { return };
    // A close look may give way to a new run; a run may not.
    let running =
        cx.job(Slot::Stage(Stage::Segment)).is_some_and(|job| job.progress.step != crate::base::Step::Projecting);
    let plan = view.plan(project);
    let ready = recipe::problem(&plan, view).is_none() && !plan.inputs(project).is_empty();
    let find = Button::primary(words::find(cx.lang)).icon(icon::PLAY).enabled(cx.can_write() && !running && ready);
    if ui.add(find).clicked() {
        view.run = None;
        view.chosen = None;
        cx.send(Command::Segment(SegmentCommand::Run(Box::new(plan))));
    }
    ui.add_space(size::S2);
    let narrow = ui.ctx().content_rect().width() < 1230.0;
    if let Some(sight) = sight {
        if ui.add(Button::plain(words::export(cx.lang)).icon(icon::FILE)).clicked() {
            view.export.open(view.chosen.map_or(Whom::Everyone, Whom::Found), sight);
        }
        if narrow && ui.add(Button::icon_only(icon::INFO, tools::see_card(cx.lang))).clicked() {
            view.drawer = !view.drawer;
        }
    }
}

impl SegmentView {
    /// The recipe as it stands on the page.
    fn plan(&self, project: &Project) -> SegmentPlan {
        self.plan.clone().unwrap_or_else(|| SegmentPlan::of(project))
    }
}

fn empty(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, loading: bool) {
    let tokens = Tokens::of(ui);
    ui.add_space((ui.available_height() * 0.28).max(0.0));
    let running = cx.job(Slot::Stage(Stage::Segment)).or_else(|| cx.job(Slot::Load(Stage::Segment))).copied();
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::SEGMENT).size(40.0).color(tokens.text_3));
        if let Some(job) = running {
            widget::heading(ui, crate::ui::text::common::step(cx.lang, job.progress.step));
            ui.set_max_width(280.0);
            bars::progress(ui, job.progress.fraction());
            return;
        }
        if loading {
            return;
        }
        widget::heading(ui, tools::empty_title(cx.lang));
        let Some(project) = cx.project() else {
            widget::small(ui, tools::empty_project(cx.lang));
            if ui.add(Button::suggested(Action::OpenSample.name(cx.lang)).icon(icon::PLAY)).clicked() {
                cx.act(Action::OpenSample);
            }
            return;
        };
        let plan = view.plan(project);
        if plan.inputs(project).is_empty() {
            widget::small(ui, tools::empty_data(cx.lang));
            if ui.add(Button::suggested(Action::ImportTable.name(cx.lang)).icon(icon::IMPORT)).clicked() {
                cx.act(Action::ImportTable);
            }
            return;
        }
        widget::small(ui, tools::empty_ready(cx.lang));
        ui.add_space(size::S3);
        if ui.add(Button::suggested(words::find(cx.lang)).icon(icon::PLAY).enabled(cx.can_write())).clicked() {
            cx.send(Command::Segment(SegmentCommand::Run(Box::new(plan))));
        }
    });
}

fn picture_column(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>, area: Rect) {
    let found = &sight.picture.found;
    let below = match found.search.is_some() || found.mixture.is_some() {
        true if view.tab == Tab::Map && area.height() > 520.0 => {
            if curves::drawn(found) {
                224.0
            } else {
                150.0
            }
        }
        _ => 0.0,
    };
    let main = Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - below));
    card_in(ui, main, |ui| {
        let full = ui.available_rect_before_wrap();
        let head = Rect::from_min_size(full.min, vec2(full.width(), 68.0));
        let mut top = ui.new_child(UiBuilder::new().id_salt("picture head").max_rect(head));
        picture_head(&mut top, cx, view, sight);
        // The map has its own foot; elsewhere it is there as long as customers are selected.
        let foot = if cx.shown.selection.is_some() && view.tab != Tab::Map { 40.0 } else { 0.0 };
        let body = Rect::from_min_max(pos2(full.left(), head.bottom() + size::S2), full.max - vec2(0.0, foot));
        let mut child = ui.new_child(UiBuilder::new().id_salt(("picture", view.tab as u8)).max_rect(body));
        child.set_clip_rect(body.expand(2.0).intersect(ui.clip_rect()));
        match view.tab {
            Tab::Map => map::map(&mut child, cx, view, sight),
            Tab::Heat => tables::heat(&mut child, cx, view, sight),
            Tab::Table => tables::table(&mut child, cx, view, sight),
            Tab::Profiles => tables::profiles(&mut child, cx, view, sight),
            Tab::Rules => rules::rules(&mut child, cx, view, sight),
            Tab::Compare => compare::compare(&mut child, cx, view, sight),
        }
        if foot > 0.0 {
            let foot = Rect::from_min_max(pos2(full.left(), full.bottom() - 36.0), full.max);
            let row = egui::Layout::left_to_right(egui::Align::Center);
            let mut child = ui.new_child(UiBuilder::new().id_salt("selected").max_rect(foot).layout(row));
            child.set_clip_rect(foot.intersect(ui.clip_rect()));
            map::selected(&mut child, cx, view, sight);
        }
    });
    if below > 0.0 {
        let strip = Rect::from_min_max(pos2(area.left(), main.bottom() + size::S4), area.max);
        curves::curves(ui, cx, sight, strip);
    }
}

fn picture_head(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let rfm = sight.picture.found.rfm.is_some();
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.horizontal(|ui| {
        widget::heading(ui, tab_title(cx.lang, view.tab));
        state_chip(ui, cx, view, sight);
        if let Some(verdict) = sight.picture.found.verdict {
            verdict_chip(ui, cx.lang, verdict, sight.picture.found.k);
        }
        if view.tab == Tab::Map {
            let note = map::note(cx, view, sight);
            let text = egui::RichText::new(&note).size(12.0).color(Tokens::of(ui).text_3);
            ui.add(egui::Label::new(text).truncate()).on_hover_text(note);
        }
    });
    if view.tab == Tab::Heat && !rfm {
        view.tab = Tab::Map;
    }
    let mut tabs = vec![(Tab::Map, words::map(cx.lang))];
    if rfm {
        tabs.push((Tab::Heat, words::heat(cx.lang)));
    }
    tabs.extend([
        (Tab::Table, words::table(cx.lang)),
        (Tab::Profiles, words::profiles(cx.lang)),
        (Tab::Rules, words::rules(cx.lang)),
        (Tab::Compare, words::compare(cx.lang)),
    ]);
    ui.horizontal(|ui| {
        widget::toggle::segmented(ui, &mut view.tab, &tabs);
        if view.tab == Tab::Map {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| map::controls(ui, cx, view, sight));
        } else if view.tab == Tab::Heat {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let by = [(false, words::col_customers(cx.lang)), (true, words::col_revenue(cx.lang))];
                widget::toggle::segmented(ui, &mut view.heat_by_money, &by);
            });
        }
    });
}

fn tab_title(lang: Lang, tab: Tab) -> &'static str {
    match tab {
        Tab::Map => words::map_of(lang),
        Tab::Heat => words::heat(lang),
        Tab::Table => words::table_of(lang),
        Tab::Profiles => words::profiles_of(lang),
        Tab::Rules => words::rules_of(lang),
        Tab::Compare => words::compare_of(lang),
    }
}

fn state_chip(ui: &mut Ui, cx: &PageContext<'_>, view: &SegmentView, sight: &Sight<'_>) {
    if let StageLook::Running(job) = cx.look(Stage::Segment) {
        let share = job.progress.fraction().map_or_else(String::new, |share| format!(" {:.0} %", share * 100.0));
        chip(ui, Tone::Accent, &format!("{}{share}", crate::ui::text::common::step(cx.lang, job.progress.step)));
        return;
    }
    let changed = view.plan.as_ref().is_some_and(|plan| segments::plan_of(sight.run).as_ref() != Some(plan));
    if !sight.project.run_is_fresh(sight.run) {
        chip(ui, Tone::Warn, stage_words::out_of_date(cx.lang));
    } else if changed {
        chip(ui, Tone::Idle, words::changed(cx.lang));
    } else {
        chip(ui, Tone::Ok, stage_words::fresh(cx.lang));
    }
}

fn verdict_chip(ui: &mut Ui, lang: Lang, verdict: crate::stage::segment::choose_k::Verdict, k: usize) {
    use crate::stage::segment::choose_k::Verdict;
    let (tone, text) = match verdict {
        Verdict::Clear => (Tone::Ok, words::chip_clear(lang)),
        Verdict::Weak => (Tone::Idle, words::chip_weak(lang)),
        Verdict::None => (Tone::Warn, words::chip_none(lang)),
    };
    chip(ui, tone, text).on_hover_text(words::verdict_text(lang, verdict, k));
}

/// Typed extras of this page, for the app.
pub type CloseLook = Tsne;
pub type OddOnes = Odd;
pub type Pair = Comparison;
