//! What the page remembers of its own, and what it asks the app for.

use std::cell::RefCell;
use std::path::PathBuf;

use serde::Serialize;

use super::Desk;
use crate::base::Fingerprint;
use crate::project::document::Label;
use crate::project::{Item, RunId};
use crate::stage::Stage;
use crate::stage::recommend::counter::{Ask, Counter, Off, Preview, Who};
use crate::stage::recommend::evaluate::{EvaluateRecipe, Evaluation};
use crate::stage::recommend::export::ListsAsk;
use crate::stage::recommend::fit::FitRecipe;
use crate::stage::recommend::group::GroupList;
use crate::stage::recommend::rules::Rules;
use crate::stage::recommend::search::{SearchRecipe, SearchResult};
use crate::stage::recommend::{Algorithm, EventKind, RecommendError};
use crate::store::recommend::{self as shop, Groups};
use crate::ui::{Command, PageContext};

/// What the Recommend page asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum RecommendCommand {
    Fit(Box<FitRecipe>),
    Measure(Box<EvaluateRecipe>),
    Tune(Box<SearchRecipe>),
    /// A kept fit is in sight and not loaded.
    Want(RunId),
    /// What somebody would be shown, by this fit.
    Preview(RunId, Box<Ask>),
    Group(RunId, Box<GroupAsk>),
    /// Products with pictures are in sight: item numbers and what the catalogue says of their pictures.
    WantPictures(RunId, Vec<(u32, String)>),
    /// The project's segments are in sight and not loaded.
    WantGroups,
    /// These products become those of the copy brief, for customers of this segment, and the Copy page opens.
    Write {
        products: Vec<String>,
        audience: Option<String>,
    },
    /// Where to write the lists that the view holds.
    AskExport,
    ExportTo(PathBuf),
}

/// A group's list: whose, by which recommender.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupAsk {
    pub label: String,
    /// Its name in rules.
    pub segment: Option<String>,
    /// Nothing: everybody.
    pub customers: Option<Vec<String>>,
    pub algorithm: Algorithm,
    pub rules: Rules,
    pub n: usize,
}

/// An answered preview, with what was asked of which fit; an error stands in the lists' place.
pub struct Asked {
    pub run: RunId,
    pub ask: Ask,
    pub preview: Result<Preview, RecommendError>,
}

pub struct GroupShown {
    pub run: RunId,
    pub ask: GroupAsk,
    pub list: Result<GroupList, RecommendError>,
}

/// The names under which jobs' answers are kept for drawing.
pub const PREVIEW: &str = "recommend preview";
pub const GROUP: &str = "recommend group";
pub const GROUPS: &str = "recommend groups";
pub const PICTURES: &str = "recommend pictures";
pub const CURVE: &str = "recommend curve";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Face {
    #[default]
    Customer,
    Visitor,
    Group,
    Product,
    Worth,
}

/// Which customers the list at the left holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Show {
    #[default]
    All,
    Selection,
    Newer,
    Bought,
    Looked,
}

/// Whose lists are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Whom {
    #[default]
    Everybody,
    Selection,
    /// A segment's own name.
    Segment(String),
}

/// Rows of the left list as they were found, and what for.
#[derive(Default)]
pub struct Found {
    pub key: Option<(RunId, Fingerprint, String, Show, usize)>,
    pub rows: Vec<u32>,
}

pub struct RecommendView {
    pub face: Face,
    /// The left card shows how it learns.
    pub settings: bool,
    pub show: Show,
    pub query: String,
    pub found: Found,
    /// Products found, and by what.
    pub products: Option<((RunId, String), Vec<u32>)>,
    pub customer: Option<String>,
    /// The lists side by side; empty: the first three.
    pub algorithms: Vec<Algorithm>,
    pub off: Vec<Off>,
    pub added: Vec<(String, EventKind)>,
    pub visitor: Vec<(String, EventKind)>,
    /// A place on a list: by which recommender, which item.
    pub chosen: Option<(Algorithm, u32)>,
    pub product: Option<u32>,
    pub group_way: Option<Algorithm>,
    pub group: Option<String>,
    pub export_way: Option<Algorithm>,
    pub export_length: usize,
    pub export_whom: Whom,
    /// Waiting for a file name.
    pub export: Option<(RunId, ListsAsk)>,
    pub tune: Option<Algorithm>,
    /// The length of list whose measures are shown, by its place.
    pub worth_at: usize,
    evaluation: Option<(RunId, Evaluation)>,
    search: Option<(RunId, SearchResult)>,
    seen_run: Option<RunId>,
    /// The project's revision, its file, and the key of its groups then.
    groups_seen: RefCell<Option<(u64, PathBuf, Fingerprint)>>,
    /// The right card has a place of its own.
    pub wide: bool,
    /// The pictures that the tiles have.
    pictures: Option<Fingerprint>,
    pub rule_category: String,
    pub rule_brand: String,
    pub rule_segment: String,
    pub rule_price: f64,
}

impl Default for RecommendView {
    fn default() -> Self {
        Self {
            face: Face::default(),
            settings: false,
            show: Show::default(),
            query: String::new(),
            found: Found::default(),
            products: None,
            customer: None,
            algorithms: Vec::new(),
            off: Vec::new(),
            added: Vec::new(),
            visitor: Vec::new(),
            chosen: None,
            product: None,
            group_way: None,
            group: None,
            export_way: None,
            export_length: 10,
            export_whom: Whom::default(),
            export: None,
            tune: None,
            worth_at: 0,
            evaluation: None,
            search: None,
            seen_run: None,
            groups_seen: RefCell::default(),
            wide: true,
            pictures: None,
            rule_category: String::new(),
            rule_brand: String::new(),
            rule_segment: String::new(),
            rule_price: 0.0,
        }
    }
}

/// Places on each list.
pub const PLACES: usize = 20;
/// Lists side by side.
pub const MOST_LISTS: usize = 4;

impl RecommendView {
    pub fn shown_algorithms(&self, counter: &Counter) -> Vec<Algorithm> {
        let fitted: Vec<Algorithm> = counter.fit.models.iter().map(|fitted| fitted.algorithm()).collect();
        let chosen: Vec<Algorithm> = fitted.iter().copied().filter(|one| self.algorithms.contains(one)).collect();
        if !chosen.is_empty() {
            return chosen;
        }
        // Three that differ most: by customers, by tastes, by goods; others where these were not learned.
        const FIRST: [Algorithm; 3] = [Algorithm::Neighbours, Algorithm::Als, Algorithm::Content];
        let others = fitted.iter().filter(|one| !FIRST.contains(one));
        let wanted = FIRST.iter().filter(|one| fitted.contains(one)).chain(others);
        wanted.take(3).copied().collect()
    }

    /// Item numbers are a fit's own: with another fit, what is chosen by number is chosen no more.
    pub fn keep_up(&mut self, cx: &PageContext<'_>, desk: &Desk<'_>) {
        if self.seen_run != Some(desk.id) {
            self.seen_run = Some(desk.id);
            self.chosen = None;
            self.product = None;
            self.found.key = None;
        }
        let latest = |method| desk.project.latest_run_of(Stage::Recommend, method);
        if let Some((id, run)) = latest(shop::EVALUATE)
            && self.evaluation.as_ref().is_none_or(|(seen, _)| *seen != id)
        {
            self.evaluation = serde_json::from_value(run.summary.clone()).ok().map(|found| (id, found));
        }
        if let Some((id, run)) = latest(shop::SEARCH)
            && self.search.as_ref().is_none_or(|(seen, _)| *seen != id)
        {
            self.search = serde_json::from_value(run.summary.clone()).ok().map(|found| (id, found));
        }
        // Undo may have taken them away.
        self.evaluation.take_if(|(id, _)| desk.project.run(*id).is_none());
        self.search.take_if(|(id, _)| desk.project.run(*id).is_none());
        if self.customer.is_none() {
            let first = cx.shown.selection.as_ref().and_then(|selection| selection.customers.first().cloned());
            let newest = || super::who::newest_customer(desk.counter);
            self.customer = first.filter(|id| desk.counter.live.find(id).is_some()).or_else(newest);
        }
    }

    pub fn evaluation(&self) -> Option<&(RunId, Evaluation)> {
        self.evaluation.as_ref()
    }

    pub fn search(&self) -> Option<&(RunId, SearchResult)> {
        self.search.as_ref()
    }

    /// Customers in 100 whose list of the first length held something they then chose.
    pub fn right_in_100(&self, algorithm: Algorithm) -> Option<f64> {
        let (_, evaluation) = self.evaluation.as_ref()?;
        let worth = evaluation.algos.iter().find(|worth| worth.algo == algorithm && worth.failed.is_none())?;
        Some(worth.at.first()?.hit.mean * 100.0)
    }

    pub fn edited(&self) -> bool {
        self.face == Face::Customer && !(self.off.is_empty() && self.added.is_empty())
    }

    pub fn choose_customer(&mut self, id: &str) {
        if self.customer.as_deref() != Some(id) {
            self.customer = Some(id.to_owned());
            self.off.clear();
            self.added.clear();
            self.chosen = None;
        }
    }

    pub fn rules(&self, desk: &Desk<'_>) -> Rules {
        desk.project.item(shop::ID).unwrap_or_default()
    }

    /// The project's segments, once they are loaded.
    pub fn groups<'a>(&self, cx: &PageContext<'a>, desk: &Desk<'_>) -> Option<&'a Groups> {
        let found = cx.shown.extra::<Groups>(GROUPS, self.groups_key(cx, desk));
        if found.is_none() {
            cx.send(Command::Recommend(RecommendCommand::WantGroups));
        }
        found.or_else(|| cx.shown.stale_extra::<Groups>(GROUPS))
    }

    /// Reading every kept segment is too much for a frame: once a revision of the project is enough.
    fn groups_key(&self, cx: &PageContext<'_>, desk: &Desk<'_>) -> Fingerprint {
        let Some(open) = &cx.open else { return shop::groups_key(desk.project) };
        let mut seen = self.groups_seen.borrow_mut();
        match &*seen {
            Some((revision, path, key)) if *revision == open.revision && path == open.path => *key,
            _ => {
                let key = shop::groups_key(desk.project);
                *seen = Some((open.revision, open.path.to_owned(), key));
                key
            }
        }
    }

    /// The question that the page now stands on.
    pub fn ask(&self, cx: &PageContext<'_>, desk: &Desk<'_>) -> Option<Ask> {
        let customer = self.customer.as_deref().filter(|_| self.face != Face::Visitor);
        let rules = self.rules(desk);
        let segment = customer.and_then(|id| self.groups(cx, desk)?.ruling(id, &rules));
        let (who, added, off) = match self.face {
            Face::Visitor => (Who::Visitor, self.visitor.clone(), Vec::new()),
            _ => (Who::Customer(self.customer.clone()?), self.added.clone(), self.off.clone()),
        };
        Some(Ask { who, off, added, algorithms: self.shown_algorithms(desk.counter), n: PLACES, rules, segment })
    }

    /// The answer to what is asked now, or the last one of the same fit while that is on its way.
    pub fn answer<'a>(&self, cx: &PageContext<'a>, desk: &Desk<'_>) -> Option<&'a Asked> {
        let ask = self.ask(cx, desk)?;
        let key = Fingerprint::of(&(desk.id, desk.counter.seen.to_string(), &ask));
        if let Some(asked) = cx.shown.extra::<Asked>(PREVIEW, key) {
            return Some(asked);
        }
        cx.send(Command::Recommend(RecommendCommand::Preview(desk.id, Box::new(ask.clone()))));
        // An older answer stays only as long as it is about the same person.
        cx.shown.stale_extra::<Asked>(PREVIEW).filter(|asked| asked.run == desk.id && asked.ask.who == ask.who)
    }

    /// Has the pictures of these items read, and hands them to the tiles. A catalogue without pictures costs nothing.
    pub fn show_pictures(
        &mut self,
        ui: &egui::Ui,
        cx: &PageContext<'_>,
        desk: &Desk<'_>,
        items: impl Iterator<Item = u32>,
    ) {
        let entry = |item: u32| Some((item, desk.counter.catalogue.get(item)?.picture.clone()?));
        let mut entries: Vec<(u32, String)> = items.filter_map(entry).collect();
        entries.sort();
        entries.dedup();
        if entries.is_empty() {
            return;
        }
        let key = Fingerprint::of(&(desk.id, &entries));
        if self.pictures == Some(key) {
            return;
        }
        match cx.shown.extra::<std::collections::HashMap<u32, egui::ColorImage>>(PICTURES, key) {
            Some(found) => {
                super::tile::put_pictures(ui.ctx(), found);
                self.pictures = Some(key);
            }
            None => cx.send(Command::Recommend(RecommendCommand::WantPictures(desk.id, entries))),
        }
    }

    pub fn lists_ask(&self, algorithm: Algorithm, customers: Option<Vec<String>>, desk: &Desk<'_>) -> ListsAsk {
        ListsAsk { algorithm, customers, rules: self.rules(desk), n: self.export_length }
    }
}

/// Puts a decision of this stage into the project as one labelled step.
pub fn decide<T: Item>(cx: &PageContext<'_>, value: &T, merge: Option<&'static str>) {
    if let Ok(edit) = value.put(shop::ID) {
        cx.send(Command::Edit { label: Label::Decide(Stage::Recommend), edits: vec![edit], merge });
    }
}
