//! A result as other programs read it: what the `predict` verb prints and what a run keeps as its summary.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::coefficient::Coefficient;
use super::compare::Comparison;
use super::error::{SetAside, Warning};
use super::fit::{ModelResult, PredictResult, by_metric};
use super::model::{FittedModel, ModelKind};
use super::score::{Metric, Metrics};
use super::target::Task;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub task: Task,
    pub target: String,
    /// What 0 and 1 stand for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<[String; 2]>,
    pub rows: usize,
    pub features: Vec<String>,
    /// What the leaderboard is sorted by.
    pub metric: Metric,
    pub leaderboard: Vec<Line>,
    pub baseline: Metrics,
    /// The first of the leaderboard; whether it is proved to be better than the others stands in `winner`.
    pub best: ModelKind,
    pub winner: Option<ModelKind>,
    pub comparisons: Vec<Comparison>,
    /// Of the logistic or linear regression, else of the first model on the board that has a table of them.
    pub coefficients: Vec<CoefficientLine>,
    pub coefficients_of: Option<ModelKind>,
    pub set_aside: Vec<SetAside>,
    pub warnings: Vec<Warning>,
    /// Models that could not be fitted, and why in plain words.
    pub refused: BTreeMap<ModelKind, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub model: ModelKind,
    pub metrics: Metrics,
    pub per_fold: BTreeMap<Metric, Vec<f64>>,
    pub seconds: f64,
}

/// Statistics are null where the method gives none (penalised fits).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoefficientLine {
    pub name: String,
    pub estimate: f64,
    pub std_error: Option<f64>,
    pub p_value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The true one, where it is known: in the sample shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<f64>,
}

impl CoefficientLine {
    fn of(model: &FittedModel, c: &Coefficient) -> Self {
        let Coefficient { name, estimate, std_error, p_value, low, high, .. } = c.clone();
        let planted = model.planted().and_then(|all| all.iter().find(|(own, _)| *own == name)).map(|(_, value)| *value);
        Self { name, estimate, std_error, p_value, low, high, planted }
    }
}

impl Report {
    /// Nothing for a result without a model, which a run never gives.
    pub fn of(result: &PredictResult) -> Option<Self> {
        let line = |m: &ModelResult| Line {
            model: m.kind,
            metrics: m.metrics.clone(),
            per_fold: by_metric(&m.per_fold),
            seconds: m.seconds,
        };
        // Those with standard errors first.
        let plain = [ModelKind::Logistic, ModelKind::Linear].into_iter().find_map(|kind| result.of(kind));
        let spoken = plain.or_else(|| result.leaderboard.iter().find(|m| !m.model.coefficients().is_empty()));
        Some(Self {
            task: result.target.task,
            target: result.target.name.clone(),
            classes: result.target.classes.clone(),
            rows: result.rows,
            features: result.features.iter().map(|f| f.name.clone()).collect(),
            metric: result.metric,
            leaderboard: result.leaderboard.iter().map(line).collect(),
            baseline: result.baseline.metrics.clone(),
            best: result.best()?.kind,
            winner: result.winner,
            comparisons: result.comparisons.clone(),
            coefficients: spoken
                .map_or(vec![], |m| m.model.coefficients().iter().map(|c| CoefficientLine::of(&m.model, c)).collect()),
            coefficients_of: spoken.map(|m| m.kind),
            set_aside: result.set_aside.clone(),
            warnings: result.warnings.clone(),
            refused: result.refused.iter().map(|(kind, error)| (*kind, error.to_string())).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit::{PredictRecipe, fit};
    use super::super::testing::customers;
    use super::*;
    use crate::base::Monitor;

    #[test]
    fn the_report_has_the_contracts_keys_and_reads_back() {
        let mut recipe = PredictRecipe::of("bought").with_models(&[ModelKind::Tree, ModelKind::Logistic]);
        recipe.columns.without.push("spend".into());
        let result = fit(&customers(), &recipe, &Monitor::quiet()).expect("fits");
        let report = Report::of(&result).expect("a leader");
        let json = serde_json::to_value(&report).expect("writes");
        for key in ["task", "target", "rows", "features", "leaderboard", "baseline", "best", "coefficients"] {
            assert!(!json[key].is_null(), "{key}");
        }
        assert_eq!(json["task"], "classification");
        assert_eq!(json["leaderboard"][0]["per_fold"]["auc"].as_array().map(Vec::len), Some(5));
        assert_eq!(report.coefficients_of, Some(ModelKind::Logistic));
        assert_eq!(json["coefficients"][0]["name"], "(intercept)");
        assert_eq!(serde_json::from_value::<Report>(json).expect("reads"), report);
    }
}
