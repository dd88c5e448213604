//! What decides a sample shop, and what can be wrong with it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::Cancelled;

/// Everything that decides the sample shop: equal recipes give equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampleRecipe {
    pub users: u32,
    pub products: u32,
    pub events: u64,
    pub reviews: u32,
    pub seed: u64,
}

impl Default for SampleRecipe {
    fn default() -> Self {
        Self { users: 2000, products: 400, events: 120_000, reviews: 5000, seed: 42 }
    }
}

impl SampleRecipe {
    pub const MAX_USERS: u32 = 5_000_000;
    pub const MAX_PRODUCTS: u32 = 100_000;
    pub const MAX_EVENTS: u64 = 200_000_000;

    /// Every field within its limits; reviews cannot outnumber events, since each follows one.
    pub fn check(&self) -> Result<(), SampleError> {
        between("users", self.users.into(), 1, Self::MAX_USERS.into())?;
        between("products", self.products.into(), 1, Self::MAX_PRODUCTS.into())?;
        between("events", self.events, 1, Self::MAX_EVENTS)?;
        between("reviews", self.reviews.into(), 0, self.events.min(u64::from(u32::MAX)))
    }
}

fn between(field: &'static str, value: u64, low: u64, high: u64) -> Result<(), SampleError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(SampleError::Recipe { field, value, low, high }) }
}

#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{path}: {what}")]
    Io { path: PathBuf, what: String },
    /// A field of the recipe is outside low..=high.
    #[error("{field} is {value}, allowed are {low} to {high}")]
    Recipe { field: &'static str, value: u64, low: u64, high: u64 },
    /// The embedded catalogue or review texts don't read; a defect of the program, held off by a test.
    #[error("embedded {file}: {what}")]
    Asset { file: &'static str, what: String },
    #[error("table {table}: {what}")]
    Table { table: &'static str, what: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_by_field() {
        assert!(SampleRecipe::default().check().is_ok());
        let none = SampleRecipe { users: 0, ..SampleRecipe::default() };
        assert!(matches!(none.check(), Err(SampleError::Recipe { field: "users", low: 1, .. })));
        let many = SampleRecipe { events: 10, reviews: 11, ..SampleRecipe::default() };
        assert!(matches!(many.check(), Err(SampleError::Recipe { field: "reviews", high: 10, .. })));
    }

    #[test]
    fn json_names_only_what_differs() {
        let recipe: SampleRecipe = serde_json::from_str(r#"{"users":50}"#).unwrap();
        assert_eq!(recipe, SampleRecipe { users: 50, ..SampleRecipe::default() });
        assert!(serde_json::from_str::<SampleRecipe>(r#"{"userz":50}"#).is_err());
    }
}
