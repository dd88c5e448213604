//! A chart that the user keeps by name.

use serde::{Deserialize, Serialize};

use super::{Item, TableId};
use crate::stage::data::explore::ChartRecipe;

/// What a chart is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartSource {
    Table(TableId),
    /// One row a customer, of the newest features run.
    Customers,
}

/// Kept under its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptChart {
    pub source: ChartSource,
    pub recipe: ChartRecipe,
}

impl Item for KeptChart {
    const KIND: &'static str = "chart";
}
