//! A study: the whole run with what a page tells of it, kept and read back as one piece; and scores for a table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::drivers::{self, FitLine, Move};
use super::error::{PredictError, Result, Warning};
use super::fit::{Partial, PredictRecipe, PredictResult, fit_watched};
use super::frame::Frame;
use super::model::{FitCheck, FittedModel, ModelKind};
use super::target::{TargetRecipe, Task, resolve};
use crate::base::monitor::Monitor;
use crate::stage::data::features::{Feature, Formula};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    pub result: PredictResult,
    /// One step of every feature, for each model.
    pub moves: BTreeMap<ModelKind, Vec<Move>>,
    /// Along each number, for each model that has a band.
    pub lines: BTreeMap<ModelKind, Vec<FitLine>>,
}

impl Study {
    /// Compares and fits the models, then looks at what drives each.
    pub fn make(
        frame: &Frame,
        recipe: &PredictRecipe,
        monitor: &Monitor,
        watch: &mut dyn FnMut(Partial),
    ) -> Result<Self> {
        let result = fit_watched(frame, recipe, monitor, watch)?;
        let (task, positive) = match &recipe.target {
            TargetRecipe::Column { task, positive, .. } => (*task, positive.as_deref()),
            TargetRecipe::Events { outcome, .. } => (Some(outcome.task()), None),
        };
        let labels = resolve(frame.column(&result.target.name)?, task, positive)?;
        let known = frame.take_rows(&labels.rows);
        let mut moves = BTreeMap::new();
        let mut lines = BTreeMap::new();
        for entry in &result.leaderboard {
            moves.insert(entry.kind, drivers::moves(&entry.model, &known, monitor)?);
            let found = drivers::fit_lines(&entry.model, &known, &labels.values, monitor)?;
            if !found.is_empty() {
                lines.insert(entry.kind, found);
            }
        }
        Ok(Self { result, moves, lines })
    }

    /// Says that the data ends before the days asked about are over.
    pub fn with_coverage(mut self, days: u32, covered: f64) -> Self {
        // A fraction of the last day is missing in every export.
        if covered + 1.0 < f64::from(days) {
            self.result.warnings.push(Warning::NotCovered { days, covered });
        }
        self
    }

    /// The model that speaks in coefficients: a linear or logistic regression without penalty, else any with a table.
    pub fn plain(&self) -> Option<ModelKind> {
        let usual = [ModelKind::Logistic, ModelKind::Linear, ModelKind::Gd];
        let has_table = || self.result.leaderboard.iter().filter(|m| !m.model.coefficients().is_empty());
        let first = usual.into_iter().find(|kind| self.result.of(*kind).is_some());
        first.or_else(|| has_table().map(|m| m.kind).next())
    }

    /// Whether the plain model leads, or is behind by no more than luck.
    pub fn is_plain_level(&self) -> bool {
        let Some(plain) = self.plain() else { return false };
        let leads = self.result.best().is_some_and(|best| best.kind == plain);
        leads || self.result.comparisons.iter().any(|c| c.other == plain && c.p_value >= 0.05)
    }

    /// What a first look tells: of the plain model where it is level, else of the leader.
    pub fn headline(&self) -> Option<(&Move, ModelKind)> {
        let leader = self.result.best()?.kind;
        let kind = self.plain().filter(|_| self.is_plain_level()).unwrap_or(leader);
        self.headline_of(kind).map(|m| (m, kind))
    }

    /// The largest step of a model that luck is unlikely to explain and that the leader sees the same way. Shares of a
    /// whole, of which one can't rise alone, come last, unless they move it twice as much.
    pub fn headline_of(&self, kind: ModelKind) -> Option<&Move> {
        let leading = self.moves.get(&self.result.best()?.kind)?;
        let agrees = |m: &&Move| {
            let same = leading.iter().find(|other| other.name == m.name && other.to == m.to);
            same.is_none_or(|other| other.change() * m.change() > 0.0)
        };
        let of = |parts: bool| {
            let moves = self.moves.get(&kind).into_iter().flatten();
            let fit = |m: &&Move| m.is_sure() && m.change() != 0.0 && (parts || !is_part_of_whole(&m.name));
            moves.filter(fit).find(agrees)
        };
        match (of(false), of(true)) {
            (Some(own), Some(part)) if part.change().abs() >= 2.0 * own.change().abs() => Some(part),
            (own, part) => own.or(part),
        }
    }

    /// As JSON, compressed: what a project keeps.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        let stored = |message: String| PredictError::Stored { message };
        serde_json::to_writer(&mut writer, self).map_err(|e| stored(e.to_string()))?;
        writer.finish().map_err(|e| stored(e.to_string()))
    }

    /// # Errors
    /// [`PredictError::Stored`] when the bytes are not a study, or hold a model that would point outside of itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(bytes), &mut text)
            .map_err(|e| PredictError::Stored { message: e.to_string() })?;
        let study: Self = serde_json::from_slice(&text).map_err(|e| PredictError::Stored { message: e.to_string() })?;
        match study.result.leaderboard.iter().all(|m| m.model.is_sound()) {
            true => Ok(study),
            false => Err(PredictError::Stored { message: "its parts do not fit together".into() }),
        }
    }
}

/// Hours of the day and days of the week add up to 1.
fn is_part_of_whole(name: &str) -> bool {
    let formula = Feature::from_key(name).map(|feature| feature.definition().formula);
    matches!(formula, Some(Formula::HourShare { .. } | Formula::WeekdayShare { .. }))
}

/// What a score is called as a column: other stages read it as a feature.
pub fn score_name(task: Task, target: &str) -> String {
    match task {
        Task::Classification => format!("chance_{target}"),
        Task::Regression => format!("expected_{target}"),
    }
}

/// Checks that a table fits, then scores every row of it. The check also tells what in it is new to the model.
///
/// # Errors
/// [`PredictError::DoesNotFit`] when a feature is absent or of another type.
pub fn score_table(model: &FittedModel, frame: &Frame, monitor: &Monitor) -> Result<(Vec<f64>, FitCheck)> {
    let check = model.check(frame);
    Ok((model.score(frame, monitor)?, check))
}

#[cfg(test)]
mod tests {
    use super::super::testing::customers;
    use super::*;

    fn study() -> Study {
        let kinds = [ModelKind::Logistic, ModelKind::Tree];
        let mut recipe = PredictRecipe::of("bought").with_models(&kinds);
        recipe.columns.without.push("spend".into());
        Study::make(&customers(), &recipe, &Monitor::quiet(), &mut |_| {}).expect("a study")
    }

    #[test]
    fn a_study_reads_back_as_it_was_and_nonsense_is_refused() {
        let study = study();
        let bytes = study.to_bytes().expect("writes");
        assert_eq!(Study::from_bytes(&bytes), Ok(study));
        for bytes in [&b"nonsense"[..], &[], &bytes[..60]] {
            assert!(matches!(Study::from_bytes(bytes), Err(PredictError::Stored { .. })));
        }
    }

    #[test]
    fn the_headline_is_the_plain_models_surest_step() {
        let study = study();
        let (first, kind) = study.headline().expect("a step");
        assert_eq!(kind, ModelKind::Logistic);
        assert!(first.is_sure() && study.is_plain_level());
        let leading = &study.moves[&study.result.leaderboard[0].kind];
        let same = leading.iter().find(|m| m.name == first.name && m.to == first.to);
        assert!(same.is_none_or(|m| m.change() * first.change() > 0.0), "the leader says the contrary");
        assert!(study.lines.contains_key(&ModelKind::Logistic) && !study.lines.contains_key(&ModelKind::Tree));
        assert_eq!(study.result.leaderboard[0].importance.len(), study.result.features.len());
    }

    #[test]
    fn a_short_look_ahead_is_told() {
        let days = |covered| study().with_coverage(30, covered).result.warnings.len();
        assert_eq!(days(12.0), days(29.7) + 1);
    }

    #[test]
    fn a_kept_model_scores_another_table_or_says_what_it_lacks() {
        let study = study();
        let model = &study.result.leaderboard[0].model;
        let (scores, check) = score_table(model, &customers(), &Monitor::quiet()).expect("fits");
        assert!(scores.len() == 240 && check.fits());
        assert_eq!(score_name(model.target.task, &model.target.name), "chance_bought");
        let mut other = customers();
        other.columns.retain(|c| c.name != "minutes");
        let refused = score_table(model, &other, &Monitor::quiet());
        assert!(matches!(refused, Err(PredictError::DoesNotFit { check }) if check.missing == ["minutes"]));
    }
}
