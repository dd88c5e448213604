//! The recipe as it is being edited: texts and choices, unchecked.

use std::collections::BTreeSet;

use crate::project::{Project, Run, TableId};
use crate::stage::data::TableKind;
use crate::stage::predict::fit::{Costs, PredictRecipe};
use crate::stage::predict::model::{ModelKind, ModelRecipe};
use crate::stage::predict::split::SplitRecipe;
use crate::stage::predict::target::{Outcome, TargetRecipe, Task};
use crate::store::sources::FeatureChoice;
use crate::store::study::{self, StudyPlan};
use crate::ui::PageContext;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Buys,
    Spends,
    Quiet,
    Column,
}

impl Question {
    pub const ALL: [Self; 4] = [Self::Buys, Self::Spends, Self::Quiet, Self::Column];
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scheme {
    Folds(usize),
    /// Percent kept aside.
    Holdout(u32),
    ByTime,
}

impl Scheme {
    pub const ALL: [Self; 4] = [Self::Folds(5), Self::Folds(10), Self::Holdout(20), Self::ByTime];
}

#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The project's folder and name tell another project from this one.
    project: Option<std::path::PathBuf>,
    /// The run that the draft was filled from.
    from: Option<serde_json::Value>,
    pub question: Question,
    pub days: u32,
    pub cut: String,
    pub rows: FeatureChoice,
    pub column: String,
    pub scheme: Scheme,
    pub models: BTreeSet<ModelKind>,
    pub without: BTreeSet<String>,
    pub contact: String,
    pub sale: String,
    pub learning_rate: String,
    pub epochs: String,
    pub more_models: bool,
}

impl Draft {
    /// As the last run was, else as a project starts: who buys in the next 30 days, or its first table of features.
    pub fn of(cx: &PageContext<'_>, run: Option<&Run>) -> Self {
        let mut draft = Self::fresh(cx);
        let plan = run.and_then(|run| serde_json::from_value::<StudyPlan>(run.recipe.clone()).ok());
        let Some(plan) = plan else { return draft };
        draft.from = run.map(|run| run.recipe.clone());
        draft.rows = plan.rows.clone();
        match &plan.learn.target {
            TargetRecipe::Column { name, .. } => {
                draft.question = Question::Column;
                draft.column = name.clone();
            }
            TargetRecipe::Events { cut, outcome } => {
                draft.days = outcome.days();
                draft.cut = cut.map(|cut| cut.utc_text("%Y-%m-%d")).unwrap_or_default();
                draft.question = match outcome {
                    Outcome::Buys { .. } => Question::Buys,
                    Outcome::Spends { .. } => Question::Spends,
                    Outcome::GoesQuiet { .. } => Question::Quiet,
                };
            }
        }
        draft.scheme = match &plan.learn.split {
            SplitRecipe::KFold { folds, .. } => Scheme::Folds(*folds),
            SplitRecipe::Holdout { test_share, .. } => Scheme::Holdout((test_share * 100.0).round() as u32),
            SplitRecipe::ByTime { .. } => Scheme::ByTime,
            SplitRecipe::Given { .. } => Scheme::Folds(5),
        };
        draft.without = plan.learn.columns.without.iter().cloned().collect();
        if !plan.learn.models.is_empty() {
            draft.models = plan.learn.models.iter().map(ModelRecipe::kind).collect();
        }
        if let Some(costs) = plan.learn.costs {
            draft.contact = costs.contact.to_string();
            draft.sale = costs.sale.to_string();
        }
        draft
    }

    fn fresh(cx: &PageContext<'_>) -> Self {
        let rows = cx.project().map(study::usual_rows).unwrap_or_default();
        let question = if matches!(rows, FeatureChoice::Table(_)) { Question::Column } else { Question::Buys };
        let mut draft = Self {
            project: cx.open.map(|open| open.path.to_owned()),
            from: None,
            question,
            days: 30,
            cut: String::new(),
            rows,
            column: String::new(),
            scheme: Scheme::Folds(5),
            models: BTreeSet::new(),
            without: BTreeSet::new(),
            contact: String::new(),
            sale: String::new(),
            learning_rate: String::new(),
            epochs: String::new(),
            more_models: false,
        };
        draft.usual_models();
        draft
    }

    /// Another project was opened, or the last run is another's.
    pub fn is_of_another(&self, cx: &PageContext<'_>) -> bool {
        self.project.as_deref() != cx.open.map(|open| open.path)
    }

    /// A new question starts with the models that suit it.
    pub fn usual_models(&mut self) {
        let task = if self.question == Question::Spends { Task::Regression } else { Task::Classification };
        self.models = ModelKind::usual(task).iter().copied().filter(|kind| *kind != ModelKind::Svm).collect();
        if self.question == Question::Column {
            // Whether the column is a number is found out by the run; a line suits both.
            self.models.insert(ModelKind::Linear);
        }
    }

    /// Tables that a column can be predicted of: one row a customer or session.
    pub fn tables(project: &Project) -> Vec<(TableId, String)> {
        let usable = project.tables().filter(|(_, table)| matches!(table.kind, TableKind::Features | TableKind::Users));
        usable.map(|(id, table)| (id, table.name.clone())).collect()
    }

    pub fn table(&self) -> Option<TableId> {
        match self.rows {
            FeatureChoice::Table(id) => Some(id),
            FeatureChoice::Events(_) => None,
        }
    }

    /// A number of 0 or more, `Some(None)` when the field is empty, nothing when it is neither.
    pub fn money(text: &str) -> Option<Option<f64>> {
        let text = text.trim().replace(',', "");
        if text.is_empty() {
            return Some(None);
        }
        text.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0).map(Some)
    }

    pub fn cut_is_good(&self) -> bool {
        self.cut.trim().is_empty() || study::cut_of(&self.cut).is_some()
    }

    /// A column of times, for a split by time.
    pub fn time_column(&self, project: Option<&Project>) -> Option<String> {
        use crate::stage::data::schema::ColumnType;
        let table = project?.table(self.table()?)?;
        let found = table.columns.iter().find(|c| matches!(c.kind, ColumnType::Date | ColumnType::Time))?;
        Some(found.name.clone())
    }

    /// The recipe, when every field can be read.
    pub fn plan(&self, project: Option<&Project>) -> Option<StudyPlan> {
        let project = project?;
        if self.models.is_empty() || !self.cut_is_good() {
            return None;
        }
        let days = self.days;
        let cut = study::cut_of(&self.cut);
        let event = |outcome| TargetRecipe::Events { cut, outcome };
        let target = match self.question {
            Question::Buys => event(Outcome::Buys { days }),
            Question::Spends => event(Outcome::Spends { days }),
            Question::Quiet => event(Outcome::GoesQuiet { days }),
            Question::Column if self.column.is_empty() => return None,
            Question::Column => TargetRecipe::Column { name: self.column.clone(), task: None, positive: None },
        };
        let rows = match (self.question, &self.rows) {
            (Question::Column, rows) => rows.clone(),
            (_, FeatureChoice::Events(recipe)) => FeatureChoice::Events(recipe.clone()),
            (_, FeatureChoice::Table(_)) => FeatureChoice::default(),
        };
        let tables = rows.inputs(project);
        if tables.is_empty() {
            return None;
        }
        let mut learn = PredictRecipe { target, ..PredictRecipe::default() };
        let kinds: Vec<ModelKind> = self.models.iter().copied().collect();
        learn = learn.with_models(&kinds);
        for model in &mut learn.models {
            if let ModelRecipe::Gd(gd) = model {
                gd.learning_rate = Self::money(&self.learning_rate)?;
                if let Some(epochs) = Self::money(&self.epochs)? {
                    gd.epochs = epochs as usize;
                }
            }
        }
        learn.columns.without = self.without.iter().cloned().collect();
        learn.split = match self.scheme {
            Scheme::Folds(folds) => SplitRecipe::KFold { folds, stratified: true },
            Scheme::Holdout(share) => SplitRecipe::Holdout { test_share: f64::from(share) / 100.0, stratified: true },
            Scheme::ByTime => {
                SplitRecipe::ByTime { column: self.time_column(Some(project))?, test_share: 0.2, folds: 1 }
            }
        };
        if Self::money(&self.contact).is_none() || Self::money(&self.sale).is_none() {
            return None;
        }
        learn.costs = self.costs();
        Some(StudyPlan { rows, learn })
    }

    /// What a contact costs and a sale brings, when both are told.
    pub fn costs(&self) -> Option<Costs> {
        let (contact, sale) = (Self::money(&self.contact)??, Self::money(&self.sale)??);
        Some(Costs { contact, sale })
    }

    /// Whether the fields say something else than the run in sight. Costs only move the threshold, at once.
    pub fn differs(&self, project: Option<&Project>, run: &StudyPlan) -> bool {
        self.plan(project).is_some_and(|mut plan| {
            plan.learn.costs = run.learn.costs;
            plan != *run
        })
    }
}
