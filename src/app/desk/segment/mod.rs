//! Segments: runs, loaded results, selections, rules, comparisons, exports.

mod work;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use super::Outcome;
use super::run::{RunRequest, RunResult, shown};
use crate::app::App;
use crate::app::services::Ask;
use crate::base::Fingerprint;
use crate::jobs::{Slot, Worker};
use crate::project::document::Label;
use crate::project::{Item, RunId};
use crate::stage::Stage;
use crate::stage::segment::SegmentError;
use crate::stage::segment::compare;
use crate::stage::segment::ground::{Ground, ids};
use crate::stage::segment::map::tsne::{self, TsneRecipe, tsne};
use crate::stage::segment::odd::{self, OddRecipe};
use crate::stage::segment::picture::{self, Picture, matrix_of};
use crate::stage::segment::rule::Rule;
use crate::stage::segment::saved::{Origin, SavedSegment};
use crate::store::segments::{self, SegmentPlan};
use crate::ui::Failure;
use crate::ui::page::segment::{
    CloseLook, Layout, RuleAnswer, SegmentCommand, count_key, extra, moves_key, pair_key, run_key,
};
use crate::ui::shown::{AnyResult, Selection};
use crate::ui::text::{error as error_words, segment_tools as words};
use crate::ui::widget::cloud;
use work::{Bench, ask, carry_names, customers, kept, next_id, periods, rows_of, write_out};

const SLOT: Slot = Slot::Load(Stage::Segment);
const RUN_SLOT: Slot = Slot::Stage(Stage::Segment);
/// Names of customers shown beside a count.
const PREVIEW: usize = 5;

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
        let picture = run.and_then(|run| Some((run, self.shown.shared::<Picture>(run)?)));
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
        if self.making.get(name) == Some(&(slot, key)) || self.failures.contains_key(&slot) {
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
        self.making.insert(name, (slot, key));
        self.jobs.start(slot, move |worker| Ok(Outcome::Extra(name, key, work(worker)?)));
    }

    fn find_segments(&mut self, plan: SegmentPlan) {
        let last = self.project().and_then(segments::latest).map(|(id, _)| id);
        let Some(bench) = self.bench_for(plan.clone(), last) else { return };
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
            let mut picture = picture::make(&ground, &plan.segment, &worker.monitor)?;
            carry_names(&bench, last, &mut picture)?;
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
            let rows = tsne::rows(values.nrows(), &recipe);
            let of = values.nrows();
            let mut show = |frame: tsne::Frame<'_>| {
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
