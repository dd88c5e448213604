//! Predict: runs, what the page looks at, scores on their way out, kept models on other rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::app::desk::Outcome;
use crate::app::desk::run::{RunRequest, RunResult, shown};
use crate::app::services::Ask;
use crate::base::{Fingerprint, Monitor};
use crate::jobs::{Slot, Worker};
use crate::project::{Input, RunId};
use crate::stage::Stage;
use crate::stage::predict::explain::{explain, partial_dependence};
use crate::stage::predict::fit::Partial;
use crate::stage::predict::model::ModelKind;
use crate::stage::segment::saved::{Origin, SavedSegment};
use crate::store::sources::FeatureChoice;
use crate::store::study::{self, KeptStudy, ScorePlan, StudyError, StudyPlan};
use crate::store::{StoreError, blob, export};
use crate::ui::page::predict::still::Still;
use crate::ui::page::predict::{KeptList, LIVE, LOOK, Live, Look, LookAt, PICTURE, PredictCommand};
use crate::ui::shown::{AnyResult, Selection};
use crate::ui::text::{error as error_words, number, predict as words};

impl App {
    pub(crate) fn predict_command(&mut self, command: PredictCommand) {
        match command {
            PredictCommand::Run(plan) => self.run_study(*plan),
            PredictCommand::Want(run) => {
                self.load_result(run, |run, reader, _| Ok(shown(Arc::new(study::load(run, reader)?))))
            }
            PredictCommand::Look(at) => self.look_at_study(at),
            PredictCommand::Export(run, model) => {
                let name = format!("scores-{}.csv", model.key());
                self.ask(Ask::Scores(run, model), &name);
            }
            PredictCommand::ExportTo(run, model, path) => self.export_scores(run, model, path),
            PredictCommand::KeepList(list) => self.keep_list(*list),
            PredictCommand::Apply(run, model, rows) => self.apply_study(run, model, rows),
            PredictCommand::AskPicture { is_left } => self.ask_picture(is_left),
            PredictCommand::PictureTo(path) => self.picture_of_study_to(path),
        }
    }

    fn study(&self, run: RunId) -> Option<Arc<KeptStudy>> {
        self.shown.result::<Arc<KeptStudy>>(run).cloned()
    }

    fn run_study(&mut self, plan: StudyPlan) {
        let Some(project) = self.project() else { return };
        let Ok(recipe) = serde_json::to_value(&plan) else { return };
        let request = RunRequest {
            stage: Stage::Predict,
            method: study::MODELS.to_owned(),
            recipe,
            seed: plan.learn.seed,
            inputs: plan.inputs(project),
        };
        self.start_run(request, move |desk, worker| {
            let mut telling = Telling::new(worker, plan.learn.models.len());
            let reader = desk.reader()?;
            let kept =
                study::make(&desk.project, &reader, &plan, &worker.monitor, &mut |partial| telling.hear(partial))?;
            let (summary, parts) = study::parts(&kept)?;
            Ok(RunResult { summary, parts, shown: shown(Arc::new(kept)) })
        });
    }

    fn look_at_study(&mut self, at: LookAt) {
        let Some(kept) = self.study(at.run) else { return };
        let before = self.shown.stale_extra::<Look>(LOOK).cloned();
        let slot = Slot::Load(Stage::Predict);
        self.make_extra(slot, LOOK, at.key(), move |_, worker| Ok(look(&kept, at, before, &worker.monitor)?));
    }

    fn export_scores(&mut self, run: RunId, model: ModelKind, path: PathBuf) {
        self.failures.remove(&Slot::Export);
        let Some(kept) = self.study(run) else { return };
        self.jobs.start(Slot::Export, move |worker| {
            let fitted = study::model_of(&kept.study, Some(model))?;
            let scores = fitted.score(&kept.frame, &worker.monitor)?;
            let frame = study::scored(&kept.customers, &fitted, &scores)?;
            let written = export::write(&frame, &path, &worker.monitor)?;
            let name = error_words::file_name(&written.path);
            Ok(Outcome::Said(Box::new(move |lang| words::exported(lang, name))))
        });
    }

    /// One list a name: kept again at the same threshold, it takes the place of the one before.
    fn keep_list(&mut self, list: KeptList) {
        let KeptList { name, customers, rule } = list;
        let Some(project) = self.project() else { return };
        let known: Vec<(u64, SavedSegment)> = project
            .items_of::<SavedSegment>()
            .into_iter()
            .filter_map(|(id, kept)| Some((id.parse().ok()?, kept)))
            .collect();
        let same = known.iter().find(|(_, kept)| kept.name == name).map(|(id, _)| *id);
        let id = same.unwrap_or_else(|| known.iter().map(|(id, _)| id + 1).max().unwrap_or(1));
        let made_at = (self.services.clock)();
        let count = customers.len() as u64;
        let origin = Origin::Customers { ids: customers.clone() };
        self.shown.selection = Some(Arc::new(Selection { label: name.clone(), customers }));
        self.segment_kept(id, SavedSegment { name, origin, rule, made_at, count });
    }

    /// What is in sight is what is saved, whatever happens while the dialog is open.
    fn ask_picture(&mut self, is_left: bool) {
        let Some((id, run)) = self.project().and_then(study::newest) else { return };
        let Ok(plan) = serde_json::from_value::<StudyPlan>(run.recipe.clone()) else { return };
        let Some(kept) = self.study(id) else { return };
        let look = self.shown.stale_extra::<Look>(LOOK).filter(|look| look.at.run == id).cloned();
        let dark = self.settings.theme == crate::store::settings::ThemeChoice::Dark;
        let (lang, view) = (self.lang(), self.views.predict.clone());
        let still = Still { id, kept, plan, look, view, is_left, lang, dark };
        let name = format!("{}.png", still.name());
        self.shown.put_extra(PICTURE, Fingerprint::default(), shown(still));
        self.ask(Ask::StudyPicture, &name);
    }

    fn picture_of_study_to(&mut self, path: PathBuf) {
        self.failures.remove(&Slot::Export);
        let Some(still) = self.shown.stale_extra::<Still>(PICTURE).cloned() else { return };
        self.jobs.start(Slot::Export, move |_| {
            let picture = still.draw();
            let [width, height] = picture.size;
            let pixels: Vec<u8> = picture.pixels.iter().flat_map(|colour| colour.to_srgba_unmultiplied()).collect();
            let (rgba, png) = (image::ColorType::Rgba8, image::ImageFormat::Png);
            image::save_buffer_with_format(&path, &pixels, width as u32, height as u32, rgba, png)
                .map_err(|error| StoreError::Io { path: path.clone(), what: error.to_string() })?;
            let name = error_words::file_name(&path);
            Ok(Outcome::Said(Box::new(move |lang| words::picture_saved(lang, name))))
        });
    }

    fn apply_study(&mut self, run: RunId, model: ModelKind, rows: FeatureChoice) {
        let (Some(kept), Some(project)) = (self.study(run), self.project()) else { return };
        let plan = ScorePlan { study: run, model, rows };
        let Ok(recipe) = serde_json::to_value(&plan) else { return };
        let mut inputs = plan.rows.inputs(project);
        inputs.extend(project.input(Input::Run(run)));
        let request = RunRequest { stage: Stage::Predict, method: study::SCORES.to_owned(), recipe, seed: 0, inputs };
        self.start_run(request, move |desk, worker| {
            let fitted = study::model_of(&kept.study, Some(model))?;
            let scored = study::apply(&desk.project, &desk.reader()?, fitted, &plan.rows, &worker.monitor)?;
            let mut frame = study::scored(&scored.customers, &scored.model, &scored.scores)?;
            let bytes = blob::parquet_bytes(&mut frame).map_err(StudyError::from)?;
            let target = &scored.model.target;
            let summary = serde_json::json!({
                "task": target.task, "target": target.name, "rows": scored.scores.len(), "check": scored.check,
            });
            let parts = vec![(study::SCORES_PART.to_owned(), bytes)];
            worker.partial(Outcome::Said(Box::new(applied(&scored))));
            Ok(RunResult { summary, parts, shown: shown(Arc::new(scored)) })
        });
    }
}

/// What applying a kept model came to, with what in the rows was new to it.
fn applied(scored: &study::Scored) -> impl FnOnce(crate::ui::text::Lang) -> String + Send + 'static {
    let rows = number::whole(scored.scores.len() as u64);
    let new = scored.check.unseen.first().cloned();
    move |lang| {
        let mut text = words::applied(lang, rows);
        if let Some(new) = new {
            text.push(' ');
            text.push_str(&words::applied_new(lang, new.feature, new.level, new.rows));
        }
        text
    }
}

/// Passes on what is known of a run under way, at most ten times a second.
struct Telling<'a> {
    worker: &'a Worker<Outcome>,
    live: Live,
    last: Instant,
}

impl<'a> Telling<'a> {
    fn new(worker: &'a Worker<Outcome>, models: usize) -> Self {
        let telling = Self { worker, live: Live { models, ..Live::default() }, last: Instant::now() };
        telling.tell();
        telling
    }

    fn tell(&self) {
        let value: AnyResult = shown(self.live.clone());
        self.worker.partial(Outcome::Extra(LIVE, Fingerprint::default(), value));
    }

    fn hear(&mut self, partial: Partial) {
        match partial {
            Partial::Loss(point) => {
                self.live.loss.push(point);
                if self.last.elapsed() < Duration::from_millis(100) {
                    return;
                }
            }
            Partial::Fitted(result) => {
                self.live.fitted.push((result.kind, result.metrics.clone()));
            }
        }
        self.last = Instant::now();
        self.tell();
    }
}

/// Scores of everybody by the model looked at, one feature's effect, one customer's explanation; what the last look
/// had already is not worked out again.
fn look(kept: &KeptStudy, at: LookAt, before: Option<Look>, monitor: &Monitor) -> Result<AnyResult, StudyError> {
    const ROWS: usize = 500;
    const ROWS_SVM: usize = 120;
    let fitted = study::model_of(&kept.study, Some(at.model))?;
    let before = before.filter(|look| (look.at.run, look.at.model) == (at.run, at.model));
    let (scores, order) = match &before {
        Some(look) => (look.scores.clone(), look.order.clone()),
        None => {
            let leads = kept.leader().is_some_and(|leader| leader.kind() == at.model);
            let scores = if leads { kept.scores.clone() } else { fitted.score(&kept.frame, monitor)? };
            let mut order: Vec<u32> = (0..scores.len() as u32).collect();
            order.sort_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b)));
            (Arc::new(scores), Arc::new(order))
        }
    };
    let known = before.as_ref().and_then(|look| look.effect.clone()).filter(|e| Some(e.feature) == at.feature);
    let effect = match (at.feature, known) {
        (_, Some(effect)) => Some(effect),
        (Some(feature), None) => {
            let rows = if at.model == ModelKind::Svm { ROWS_SVM } else { ROWS };
            Some(Arc::new(partial_dependence(&fitted, &kept.frame, feature, (rows, 30, 40), monitor)?))
        }
        // Kept for when the picture is turned back to.
        (None, None) => before.as_ref().and_then(|look| look.effect.clone()),
    };
    let known = before.and_then(|look| look.explanation).filter(|e| Some(e.row) == at.customer);
    let explanation = match (at.customer, known) {
        (Some(_), Some(known)) => Some(known),
        (Some(row), None) if row < kept.frame.rows => Some(explain(&fitted, &kept.frame, row, monitor)?),
        _ => None,
    };
    Ok(shown(Look { at, scores, order, effect, explanation }))
}
