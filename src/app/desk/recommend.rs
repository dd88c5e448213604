//! Recommend: fits, measures and searches as runs; previews and group lists as answers; lists as files.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::to_value;

use super::Outcome;
use super::run::{RunRequest, RunResult, shown};
use crate::app::App;
use crate::app::services::Ask as AskFile;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::Item;
use crate::project::RunId;
use crate::project::document::Label;
use crate::stage::Stage;
use crate::stage::copy::brief::{CopyBrief, Scope};
use crate::stage::copy::channel::CopyLang;
use crate::stage::recommend::RecommendError;
use crate::stage::recommend::counter::{Ask, Counter};
use crate::stage::recommend::evaluate::EvaluateRecipe;
use crate::stage::recommend::export::{self, ListsAsk};
use crate::stage::recommend::fit::FitRecipe;
use crate::stage::recommend::neural::Epoch;
use crate::stage::recommend::search::SearchRecipe;
use crate::store::copydesk;
use crate::store::recommend as shop;
use crate::ui::page::recommend::{
    Asked, CURVE, GROUP, GROUPS, GroupAsk, GroupShown, PICTURES, PREVIEW, RecommendCommand,
};
use crate::ui::text::{error as error_words, number, recommend as words};
use crate::ui::{Failure, Page};

impl App {
    pub(crate) fn recommend_command(&mut self, command: RecommendCommand) {
        match command {
            RecommendCommand::Fit(recipe) => self.fit_recommenders(*recipe),
            RecommendCommand::Measure(recipe) => self.measure_recommenders(*recipe),
            RecommendCommand::Tune(recipe) => self.tune_recommender(*recipe),
            RecommendCommand::Want(id) => self.want_counter(id),
            RecommendCommand::Preview(id, ask) => self.preview(id, *ask),
            RecommendCommand::Group(id, ask) => self.group_list(id, *ask),
            RecommendCommand::WantPictures(id, entries) => self.want_pictures(id, entries),
            RecommendCommand::WantGroups => self.want_groups(),
            RecommendCommand::Write { products, audience } => self.write_about(products, audience.as_deref()),
            RecommendCommand::AskExport => {
                let name = words::lists_name(self.lang());
                self.ask(AskFile::SaveLists, name);
            }
            RecommendCommand::ExportTo(path) => self.export_lists(path),
        }
    }

    fn recommend_request(&self, method: &str, recipe: serde_json::Value, seed: u64) -> Option<RunRequest> {
        let project = self.project()?;
        let (stage, inputs) = (Stage::Recommend, shop::inputs(project));
        Some(RunRequest { stage, method: method.to_owned(), recipe, seed, inputs })
    }

    fn fit_recommenders(&mut self, recipe: FitRecipe) {
        let Ok(value) = to_value(&recipe) else { return };
        let Some(request) = self.recommend_request(shop::FIT, value, recipe.seed) else { return };
        // The curve of the fit before is not this one's.
        self.shown.put_extra(CURVE, Fingerprint::of(&CURVE), shown(Vec::<Epoch>::new()));
        self.start_run(request, move |desk, worker| {
            let mut curve: Vec<Epoch> = Vec::new();
            let key = Fingerprint::of(&CURVE);
            let mut tell = |epoch: Epoch| {
                curve.push(epoch);
                worker.partial(Outcome::Extra(CURVE, key, shown(curve.clone())));
            };
            let made = shop::fit(&desk.project, &desk.reader()?, &recipe, &worker.monitor, &mut tell)?;
            let summary = to_value(&made.summary).unwrap_or_default();
            Ok(RunResult { summary, parts: made.parts, shown: shown(made.counter) })
        });
    }

    fn measure_recommenders(&mut self, recipe: EvaluateRecipe) {
        let Ok(value) = to_value(&recipe) else { return };
        let Some(request) = self.recommend_request(shop::EVALUATE, value, recipe.seed) else { return };
        self.start_run(request, move |desk, worker| {
            let found = shop::measure(&desk.project, &desk.reader()?, &recipe, &worker.monitor)?;
            Ok(RunResult { summary: to_value(&found).unwrap_or_default(), parts: Vec::new(), shown: shown(()) })
        });
    }

    fn tune_recommender(&mut self, recipe: SearchRecipe) {
        let Ok(value) = to_value(&recipe) else { return };
        let Some(request) = self.recommend_request(shop::SEARCH, value, recipe.seed) else { return };
        self.start_run(request, move |desk, worker| {
            let found = shop::tune(&desk.project, &desk.reader()?, &recipe, &worker.monitor)?;
            Ok(RunResult { summary: to_value(&found).unwrap_or_default(), parts: Vec::new(), shown: shown(()) })
        });
    }

    fn want_counter(&mut self, id: RunId) {
        let Some(project) = self.project().cloned() else { return };
        self.load_result(id, move |run, reader, monitor| Ok(shown(shop::open(&project, reader, run, monitor)?)));
    }

    fn preview(&mut self, id: RunId, ask: Ask) {
        let Some(counter) = self.shown.shared::<Counter>(id) else { return };
        let key = Fingerprint::of(&(id, counter.seen.to_string(), &ask));
        self.make_extra(Slot::Answer(Stage::Recommend), PREVIEW, key, move |_, _| {
            let preview = counter.preview(&ask);
            Ok(shown(Asked { run: id, ask, preview }))
        });
    }

    fn want_groups(&mut self) {
        let Some(key) = self.project().map(shop::groups_key) else { return };
        self.make_extra(Slot::Load(Stage::Recommend), GROUPS, key, |desk, worker| {
            Ok(shown(shop::groups(&desk.project, &desk.reader()?, &worker.monitor)?))
        });
    }

    fn want_pictures(&mut self, id: RunId, entries: Vec<(u32, String)>) {
        let key = Fingerprint::of(&(id, &entries));
        self.make_extra(Slot::Pictures, PICTURES, key, move |desk, worker| {
            let folder = desk.path.parent().unwrap_or(std::path::Path::new(""));
            Ok(shown(super::pictures::load(&entries, folder, &worker.monitor)?))
        });
    }

    fn group_list(&mut self, id: RunId, ask: GroupAsk) {
        let Some(counter) = self.shown.shared::<Counter>(id) else { return };
        let key = Fingerprint::of(&(id, counter.seen.to_string(), &ask));
        self.make_extra(Slot::Answer(Stage::Recommend), GROUP, key, move |_, worker| {
            let members = export::users_of(&counter, ask.customers.as_deref());
            let segment = ask.segment.as_deref();
            let list = counter.group(ask.algorithm, &members, segment, &ask.rules, ask.n, &worker.monitor);
            if let Err(RecommendError::Cancelled(cancelled)) = list {
                return Err(cancelled.into());
            }
            Ok(shown(GroupShown { run: id, ask, list }))
        });
    }

    /// What stands on a list becomes what the copy brief is about. Everything else of the brief stays.
    fn write_about(&mut self, products: Vec<String>, audience: Option<&str>) {
        let lang = self.lang();
        let Some(open) = &mut self.open else { return };
        let project = open.document.project();
        let fresh = || CopyBrief { lang: lang.pick(CopyLang::En, CopyLang::Zh), ..CopyBrief::default() };
        let mut brief = project.item::<CopyBrief>(copydesk::THE_ONE).unwrap_or_else(fresh);
        brief.scope = Scope::Products(products);
        brief.audience = audience.and_then(|name| copydesk::audience_named(project, name, brief.lang).ok());
        let Ok(edit) = brief.put(copydesk::THE_ONE) else { return };
        match open.edit(Label::Change("copy"), vec![edit], None) {
            Ok(()) => self.page = Page::Copy,
            Err(error) => self.notices.problem(error_words::edit(lang, &error)),
        }
    }

    /// The lists that the page asked for, into the file that was chosen.
    fn export_lists(&mut self, path: PathBuf) {
        let Some((id, ask)) = self.views.recommend.export.take() else { return };
        let Some(counter) = self.shown.shared::<Counter>(id) else { return };
        self.failures.remove(&Slot::Export);
        let Some(desk) = self.desk() else { return };
        self.jobs.start(Slot::Export, move |worker| {
            let groups = shop::groups(&desk.project, &desk.reader()?, &worker.monitor)?;
            write(&counter, &groups, &ask, path, &worker.monitor)
        });
    }
}

fn write(
    counter: &Arc<Counter>,
    groups: &shop::Groups,
    ask: &ListsAsk,
    path: PathBuf,
    monitor: &crate::base::Monitor,
) -> Result<Outcome, Failure> {
    let rows = export::lists(counter, ask, &|user| groups.ruling(counter.live.name(user), &ask.rules), monitor)?;
    let table = export::table(counter, &rows)?;
    let written = crate::store::export::write(&table, &path, monitor).map_err(words::NotWritten)?;
    let file = crate::ui::text::error::file_name(&path);
    Ok(Outcome::Said(Box::new(move |lang| words::exported(lang, number::whole(written.rows), file))))
}
