//! Segments: runs, loaded results, selections, rules, comparisons, exports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Outcome;
use super::run::{Desk, RunRequest, RunResult, shown};
use crate::app::App;
use crate::app::services::Ask;
use crate::base::{Fingerprint, Monitor};
use crate::jobs::{Slot, Worker};
use crate::project::document::Label;
use crate::project::{Item, Project, RunId};
use crate::stage::Stage;
use crate::stage::data::features::USER;
use crate::stage::segment::apply::apply;
use crate::stage::segment::compare::{self, Period};
use crate::stage::segment::ground::{Ground, ids};
use crate::stage::segment::map::tsne::{TsneRecipe, tsne};
use crate::stage::segment::odd::{self, OddRecipe};
use crate::stage::segment::picture::{self, Picture, matrix_of};
use crate::stage::segment::rfm::{RfmRecipe, score};
use crate::stage::segment::rule::{self, Rule, RuleData};
use crate::stage::segment::saved::{Origin, SavedSegment};
use crate::stage::segment::sets::UserSet;
use crate::stage::segment::{NO_SEGMENT, SegmentError};
use crate::store::export;
use crate::store::segments::{self, SegmentPlan};
use crate::ui::Failure;
use crate::ui::page::segment::{
    CloseLook, ExportSpec, Layout, Periods, RuleAnswer, SegmentCommand, Whom, count_key, extra, moves_key, pair_key,
    run_key,
};
use crate::ui::shown::{AnyResult, Selection};
use crate::ui::text::{error as error_words, segment_tools as words};
use crate::ui::widget::cloud;

const SLOT: Slot = Slot::Load(Stage::Segment);
const RUN_SLOT: Slot = Slot::Stage(Stage::Segment);
/// Names of customers shown beside a count.
const PREVIEW: usize = 5;

/// What jobs of this page work with.
struct Bench {
    desk: Desk,
    plan: SegmentPlan,
    key: Fingerprint,
    ground: Option<Arc<Ground>>,
    picture: Option<(RunId, Arc<Picture>)>,
}

impl Bench {
    /// The customers: as loaded, or read now and left for the next.
    fn ground(&self, worker: &Worker<Outcome>) -> Result<Arc<Ground>, Failure> {
        if let Some(ground) = &self.ground {
            return Ok(ground.clone());
        }
        let made = segments::ground(&self.desk.project, &self.desk.reader()?, &self.plan.customers, &worker.monitor)?;
        let made = Arc::new(made);
        worker.partial(Outcome::Extra(extra::GROUND, self.key, made.clone()));
        Ok(made)
    }

    fn picture(&self) -> Result<&(RunId, Arc<Picture>), Failure> {
        let gone = || SegmentError::Unaligned { have: 0, need: 0 };
        Ok(self.picture.as_ref().ok_or_else(gone)?)
    }
}

impl App {
    pub(crate) fn segment_command(&mut self, command: SegmentCommand) {
        match command {
            SegmentCommand::Run(plan) => self.find_segments(*plan),
            SegmentCommand::Want(run) => {
                if !self.failures.contains_key(&SLOT) {
                    self.load_result(run, |run, reader, _| Ok(shown(segments::load(run, reader)?)));
                }
            }
            SegmentCommand::WantGround(plan) => {
                let Some(bench) = self.bench_for(*plan, None) else { return };
                let key = bench.key;
                self.segment_extra(SLOT, extra::GROUND, key, move |worker| Ok(bench.ground(worker)? as AnyResult));
            }
            SegmentCommand::Drawn { run, layout, line, label } => self.select_drawn(run, layout, line, label),
            SegmentCommand::Select { run, whom, label } => {
                let Some(bench) = self.bench(run) else { return };
                self.select(label, move |worker| customers(&bench, whom, worker));
            }
            SegmentCommand::SelectCell { run, recency, frequency, label } => {
                let Some(bench) = self.bench(run) else { return };
                self.select(label, move |_| {
                    let (_, picture) = bench.picture()?;
                    let rows = picture.found.rfm.as_ref().map(|rfm| rfm.in_cell(recency, frequency));
                    Ok(rows.unwrap_or_default().into_iter().map(|row| picture.ids[row as usize].clone()).collect())
                });
            }
            SegmentCommand::CloseLook(run) => self.close_look(run),
            SegmentCommand::Odd(run) => {
                let Some(bench) = self.bench(run) else { return };
                self.segment_extra(SLOT, extra::ODD, run_key(run), move |worker| {
                    let (_, picture) = bench.picture()?;
                    let ground = bench.ground(worker)?;
                    let (_, values) = matrix_of(&ground, &picture.found, &picture.recipe)?;
                    Ok(shown(odd::find(values.view(), &OddRecipe::default(), &worker.monitor)?))
                });
            }
            SegmentCommand::Count(rule) => self.count(*rule),
            SegmentCommand::KeepRule { id, name, rule, live } => self.keep_rule(id, name, *rule, live),
            SegmentCommand::KeepSelection { name } => self.keep_selection(name),
            SegmentCommand::Compare { run, left, right } => {
                let Some(bench) = self.bench(run) else { return };
                self.segment_extra(SLOT, extra::PAIR, pair_key(run, left, right), move |worker| {
                    let ground = bench.ground(worker)?;
                    let all = ids(&ground.frame)?;
                    let set = |whom| Ok::<_, Failure>(rows_of(&all, &customers(&bench, whom, worker)?));
                    let features: Vec<String> = bench.picture()?.1.columns.keys().cloned().collect();
                    Ok(shown(compare::compare(&ground.frame, &set(left)?, &set(right)?, &features)?))
                });
            }
            SegmentCommand::Moves { run, days } => {
                let Some(bench) = self.bench(run) else { return };
                self.segment_extra(SLOT, extra::MOVES, moves_key(run, days), move |worker| {
                    Ok(shown(periods(&bench, days, worker)?))
                });
            }
            SegmentCommand::AskExport(spec) => {
                let name = format!("{}.xlsx", spec.name);
                self.segment_export = Some(*spec);
                self.ask(Ask::ExportSegment, &name);
            }
            SegmentCommand::ExportTo(path) => self.export_segment(path),
        }
    }

    /// The run's plan, result and customers, as far as they are loaded.
    fn bench(&mut self, run: RunId) -> Option<Bench> {
        let plan = segments::plan_of(self.project()?.run(run)?)?;
        self.bench_for(plan, Some(run))
    }

    fn bench_for(&mut self, plan: SegmentPlan, run: Option<RunId>) -> Option<Bench> {
        let desk = self.desk()?;
        let key = plan.ground_key(&desk.project);
        let ground = self.shown.shared_extra::<Ground>(extra::GROUND, key);
        let picture = run.and_then(|run| Some((run, self.shown.shared_result::<Picture>(run)?)));
        Some(Bench { desk, plan, key, ground, picture })
    }

    /// As `make_extra`, but what was under way in the slot is not waited for: it was stopped and is asked for again.
    fn segment_extra(
        &mut self,
        slot: Slot,
        name: &'static str,
        key: Fingerprint,
        work: impl FnOnce(&Worker<Outcome>) -> Result<AnyResult, Failure> + Send + 'static,
    ) {
        if self.making.get(name) == Some(&key) || self.failures.contains_key(&slot) {
            return;
        }
        let mine = [extra::GROUND, extra::ODD, extra::COUNT, extra::PAIR, extra::MOVES];
        // Reading the customers is not stopped half-way by a question that needs them too.
        if slot == SLOT && self.making.contains_key(extra::GROUND) && self.jobs.is_running(slot) {
            return;
        }
        if slot == SLOT {
            self.making.retain(|name, _| !mine.contains(name));
            self.loading.clear();
        }
        self.making.insert(name, key);
        self.jobs.start(slot, move |worker| Ok(Outcome::Extra(name, key, work(worker)?)));
    }

    fn find_segments(&mut self, plan: SegmentPlan) {
        let Some(bench) = self.bench_for(plan.clone(), None) else { return };
        let request = RunRequest {
            stage: Stage::Segment,
            method: plan.method().to_owned(),
            recipe: serde_json::to_value(&plan).unwrap_or_default(),
            seed: plan.segment.seed,
            inputs: plan.inputs(&bench.desk.project),
        };
        self.failures.remove(&SLOT);
        self.start_run(request, move |_, worker| {
            let began = Instant::now();
            let ground = bench.ground(worker)?;
            let picture = picture::make(&ground, &plan.segment, &worker.monitor)?;
            let summary = segments::summary(&picture, began.elapsed().as_secs_f64());
            Ok(RunResult { summary, parts: segments::parts(&picture)?, shown: shown(picture) })
        });
    }

    /// Finds customers in the background; they become the selection of every page.
    fn select(
        &mut self,
        label: String,
        work: impl FnOnce(&Worker<Outcome>) -> Result<BTreeSet<String>, Failure> + Send + 'static,
    ) {
        self.failures.remove(&SLOT);
        self.jobs.start(Slot::Rows, move |worker| {
            let customers = work(worker)?;
            Ok(Outcome::Select(Selection { label, customers }))
        });
    }

    fn select_drawn(&mut self, run: RunId, layout: Layout, line: Vec<[f32; 2]>, label: String) {
        let close = self.shown.shared_extra::<CloseLook>(extra::CLOSE, run_key(run));
        let Some(bench) = self.bench(run) else { return };
        self.select(label, move |_| {
            let (_, picture) = bench.picture()?;
            let id = |row: u32| picture.ids[row as usize].clone();
            Ok(match close.filter(|_| layout == Layout::Close) {
                Some(look) => {
                    cloud::inside(&look.points, &line).into_iter().map(|at| id(look.rows[at as usize])).collect()
                }
                None => cloud::inside(&picture.points, &line).into_iter().map(id).collect(),
            })
        });
    }

    fn close_look(&mut self, run: RunId) {
        let Some(bench) = self.bench(run) else { return };
        let key = run_key(run);
        self.segment_extra(RUN_SLOT, extra::CLOSE, key, move |worker| {
            let (_, picture) = bench.picture()?;
            let ground = bench.ground(worker)?;
            let (_, values) = matrix_of(&ground, &picture.found, &picture.recipe)?;
            let recipe = TsneRecipe::default();
            let rows = crate::stage::segment::map::tsne::rows(values.nrows(), &recipe);
            let of = values.nrows();
            let mut show = |frame: crate::stage::segment::map::tsne::Frame<'_>| {
                let look = CloseLook { rows: rows.clone(), points: frame.points.to_vec(), of, divergence: f64::NAN };
                worker.partial(Outcome::Extra(extra::CLOSE, key, shown(look)));
            };
            Ok(shown(tsne(values.view(), &recipe, &worker.monitor, &mut show)?))
        });
    }

    fn count(&mut self, rule: Rule) {
        let Some(run) = self.project().and_then(segments::latest).map(|(id, _)| id) else { return };
        let Some(bench) = self.bench(run) else { return };
        let kept: Vec<(u64, SavedSegment)> = kept(&bench.desk.project);
        let key = count_key(Fingerprint::of(&(bench.key, run, &kept)), &rule);
        self.segment_extra(SLOT, extra::COUNT, key, move |worker| {
            let ground = bench.ground(worker)?;
            let answer = match ask(&bench, &ground, &rule, worker) {
                Ok(result) => {
                    let all = ids(&ground.frame)?;
                    let preview = result.set.iter().take(PREVIEW).map(|row| all[row as usize].clone()).collect();
                    RuleAnswer::Met { result, of: all.len() as u64, preview }
                }
                Err(SegmentError::Rule { path, problem }) => RuleAnswer::Problem { path, problem },
                Err(error) => return Err(error.into()),
            };
            Ok(shown(answer))
        });
    }

    fn keep_rule(&mut self, id: Option<u64>, name: String, rule: Rule, live: bool) {
        let Some(run) = self.project().and_then(segments::latest).map(|(id, _)| id) else { return };
        let Some(bench) = self.bench(run) else { return };
        let id = id.unwrap_or_else(|| next_id(&bench.desk.project));
        let made_at = (self.services.clock)();
        self.jobs.start(Slot::Rows, move |worker| {
            let ground = bench.ground(worker)?;
            let result = ask(&bench, &ground, &rule, worker)?;
            let (origin, count) = if live {
                (Origin::Rule { rule: rule.clone() }, result.count)
            } else {
                let all = ids(&ground.frame)?;
                let ids = result.set.iter().map(|row| all[row as usize].clone()).collect();
                (Origin::Customers { ids }, result.count)
            };
            let segment = SavedSegment { name: name.clone(), origin, rule: Some(rule), made_at, count };
            Ok(Outcome::KeepSegment(id, Box::new(segment)))
        });
    }

    fn keep_selection(&mut self, name: String) {
        let Some(selection) = self.shown.selection.clone() else { return };
        let Some(project) = self.project() else { return };
        let id = next_id(project);
        let made_at = (self.services.clock)();
        let (ids, count) = (selection.customers.clone(), selection.customers.len() as u64);
        let segment = SavedSegment { name, origin: Origin::Customers { ids }, rule: None, made_at, count };
        self.segment_kept(id, segment);
    }

    pub(crate) fn segment_kept(&mut self, id: u64, segment: SavedSegment) {
        let lang = self.lang();
        let Some(open) = &mut self.open else { return };
        let name = segment.name.clone();
        let Ok(edit) = segment.put(&id.to_string()) else { return };
        match open.edit(Label::Change("segment"), vec![edit], None) {
            Ok(()) => self.notices.done(words::rule_saved(lang, name)),
            Err(error) => self.notices.problem(error_words::edit(lang, &error)),
        }
    }

    fn export_segment(&mut self, path: PathBuf) {
        let Some(spec) = self.segment_export.take() else { return };
        let Some(bench) = self.bench(spec.run) else { return };
        let (salt, edit) = segments::salt(&bench.desk.project);
        if spec.hashed
            && let Some(edit) = edit
            && let Some(open) = &mut self.open
            && let Err(error) = open.edit(Label::Change("segment"), vec![edit], None)
        {
            let text = error_words::edit(self.lang(), &error);
            self.notices.problem(text);
            return;
        }
        self.failures.remove(&Slot::Export);
        self.jobs.start(Slot::Export, move |worker| write_out(&bench, &spec, &salt, &path, worker));
    }
}

fn write_out(
    bench: &Bench,
    spec: &ExportSpec,
    salt: &str,
    path: &std::path::Path,
    worker: &Worker<Outcome>,
) -> Result<Outcome, Failure> {
    let (_, picture) = bench.picture()?;
    let rows: Vec<u32> = match spec.whom {
        Whom::Everyone => (0..picture.len() as u32).collect(),
        Whom::Found(segment) => picture.rows_of(segment),
        Whom::Saved(_) => rows_of(&picture.ids, &customers(bench, spec.whom, worker)?).iter().collect(),
    };
    let names: BTreeMap<u32, String> = {
        let own = bench
            .desk
            .project
            .item::<crate::stage::segment::saved::SegmentNames>(&spec.run.0.to_string())
            .unwrap_or_default();
        let cards = picture.found.personas.iter();
        cards
            .map(|card| {
                let name = own.names.get(&card.segment).unwrap_or(&card.name);
                (card.segment, spec.lang.pick(&name.en, &name.zh).clone())
            })
            .collect()
    };
    let mut frame = segments::export_frame(picture, &rows, &spec.columns, &names)?;
    if spec.hashed {
        frame = export::hashed(&frame, USER, salt)?;
    }
    let done = export::write(&frame, path, &worker.monitor)?;
    Ok(Outcome::Said(Box::new(move |lang| {
        let count = crate::ui::text::number::whole(done.rows);
        words::exported(lang, count, error_words::file_name(&done.path))
    })))
}

fn kept(project: &Project) -> Vec<(u64, SavedSegment)> {
    let parsed = project.items_of::<SavedSegment>().into_iter();
    parsed.filter_map(|(id, segment)| Some((id.parse().ok()?, segment))).collect()
}

fn next_id(project: &Project) -> u64 {
    kept(project).iter().map(|(id, _)| id + 1).max().unwrap_or(1)
}

/// The rows of these customers.
fn rows_of(all: &[String], wanted: &BTreeSet<String>) -> UserSet {
    UserSet::from_fn(all.len(), |row| wanted.contains(&all[row]))
}

/// Ids of whoever is meant.
fn customers(bench: &Bench, whom: Whom, worker: &Worker<Outcome>) -> Result<BTreeSet<String>, Failure> {
    let (_, picture) = bench.picture()?;
    Ok(match whom {
        Whom::Everyone => picture.ids.iter().cloned().collect(),
        Whom::Found(segment) => picture.ids_of(segment).into_iter().map(str::to_owned).collect(),
        Whom::Saved(id) => match bench.desk.project.item::<SavedSegment>(&id.to_string()).map(|kept| kept.origin) {
            None => BTreeSet::new(),
            Some(Origin::Customers { ids }) => ids,
            Some(Origin::Rule { rule }) => {
                let ground = bench.ground(worker)?;
                let result = ask(bench, &ground, &rule, worker)?;
                let all = ids(&ground.frame)?;
                result.set.iter().map(|row| all[row as usize].clone()).collect()
            }
        },
    })
}

/// Asks a rule with everything that is known: other segments by name, RFM groups, properties, events.
fn ask(
    bench: &Bench,
    ground: &Ground,
    rule: &Rule,
    worker: &Worker<Outcome>,
) -> Result<rule::RuleResult, SegmentError> {
    let monitor = &worker.monitor;
    let all = ids(&ground.frame)?;
    let mut named: Vec<(String, UserSet)> = Vec::new();
    if let Some((run, picture)) = &bench.picture {
        named.extend(found_sets(bench, *run, picture, &all));
    }
    let wanted = names_in(rule);
    let kept = kept(&bench.desk.project);
    let scored = needs_rfm(rule) || kept.iter().any(|(_, kept)| kept.rule.as_ref().is_some_and(needs_rfm));
    let rfm = if scored { Some(score(&ground.frame, &RfmRecipe::default(), monitor)?) } else { None };
    let mut pending: Vec<&SavedSegment> = kept.iter().map(|(_, kept)| kept).collect();
    // A live segment may ask for another; each round answers those whose parts are known.
    while !pending.is_empty() && !wanted.is_empty() {
        let before = pending.len();
        pending.retain(|segment| {
            let set = match &segment.origin {
                Origin::Customers { ids } => Some(rows_of(&all, ids)),
                Origin::Rule { rule } => {
                    let known = names_in(rule).iter().all(|name| named.iter().any(|(known, _)| known == name));
                    known
                        .then(|| one(ground, rule, rfm.as_ref(), &named, monitor).ok().map(|result| result.set))
                        .flatten()
                }
            };
            match set {
                Some(set) => {
                    named.push((segment.name.clone(), set));
                    false
                }
                None => true,
            }
        });
        if pending.len() == before {
            break;
        }
    }
    one(ground, rule, rfm.as_ref(), &named, monitor)
}

fn one(
    ground: &Ground,
    rule: &Rule,
    rfm: Option<&crate::stage::segment::rfm::Rfm>,
    named: &[(String, UserSet)],
    monitor: &Monitor,
) -> Result<rule::RuleResult, SegmentError> {
    let data = RuleData {
        features: &ground.frame,
        events: ground.events.as_ref().map(|events| (&events.index, events.places.as_slice())),
        properties: ground.properties.as_ref(),
        rfm,
        segments: named,
        today: ground.today.unwrap_or_default(),
    };
    rule::run(rule, &data, monitor)
}

/// The run's segments under the names they have in either language.
fn found_sets(bench: &Bench, run: RunId, picture: &Picture, all: &[String]) -> Vec<(String, UserSet)> {
    let own =
        bench.desk.project.item::<crate::stage::segment::saved::SegmentNames>(&run.0.to_string()).unwrap_or_default();
    let same = picture.ids.len() == all.len() && picture.ids == all;
    let mut sets = Vec::new();
    for card in &picture.found.personas {
        let set = if same {
            UserSet::from_labels(&picture.found.labels, &[card.segment])
        } else {
            rows_of(all, &picture.ids_of(card.segment).into_iter().map(str::to_owned).collect())
        };
        let name = own.names.get(&card.segment).unwrap_or(&card.name);
        sets.push((name.en.clone(), set.clone()));
        if name.zh != name.en {
            sets.push((name.zh.clone(), set));
        }
    }
    sets
}

fn names_in(rule: &Rule) -> Vec<String> {
    match rule {
        Rule::Segment { name } => vec![name.clone()],
        group => group.parts().iter().flat_map(names_in).collect(),
    }
}

fn needs_rfm(rule: &Rule) -> bool {
    matches!(rule, Rule::Rfm { .. }) || rule.parts().iter().any(needs_rfm)
}

/// The same customers some days earlier, asked by the same cut points and centres.
fn periods(bench: &Bench, days: u32, worker: &Worker<Outcome>) -> Result<Periods, Failure> {
    let (_, picture) = bench.picture()?;
    let ground = bench.ground(worker)?;
    let after = ground.today.or(picture.today);
    let before = after.map(|today| crate::base::time::Moment(today.0 - i64::from(days) * 86_400));
    let earlier = match before {
        Some(before) => ground.frame_at(before, &worker.monitor)?,
        None => None,
    };
    let Some(earlier) = earlier else { return Err(SegmentError::NothingChosen.into()) };
    let labels = apply(&picture.found, &picture.recipe, &earlier, &worker.monitor)?;
    let now = apply(&picture.found, &picture.recipe, &ground.frame, &worker.monitor)?;
    let segments = picture.found.k;
    debug_assert!(now.iter().all(|label| *label == NO_SEGMENT || (*label as usize) < segments));
    let moves = compare::moves(
        Period { frame: &earlier, labels: &labels, segments },
        Period { frame: &ground.frame, labels: &now, segments },
    )?;
    Ok(Periods { before, after, moves })
}
