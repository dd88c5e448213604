//! The sample shop: a made-up, bilingual shop for the home, *Qinghe Home* (清禾家居), with a known truth in it.
//!
//! ```text
//! recipe → catalogue (goods)  ┐
//!        → people (customers) ┴→ events → reviews → behaviour → files | frames
//!                                  └→ dirty (files that are wrong on purpose)
//! ```
//!
//! Equal recipes give equal bytes on any machine and any number of threads. What was planted is told by `truth`.

mod behaviour;
mod calendar;
mod catalogue;
mod csv;
mod dirty;
mod events;
mod files;
mod frames;
mod number;
mod people;
mod recipe;
mod reviews;
mod truth;
mod variant;

pub use behaviour::planted;
pub use calendar::TODAY;
pub use files::{FileSummary, SampleSummary, write_files};
pub use frames::{SampleTable, tables};
pub use recipe::{SampleError, SampleRecipe};

use crate::base::Monitor;

/// The shop's name in English and Chinese.
pub const SHOP_NAME: (&str, &str) = ("Qinghe Home", "清禾家居");

/// Everything of a shop, in memory.
struct Shop {
    catalogue: catalogue::Catalogue,
    people: Vec<people::Person>,
    events: Vec<events::Event>,
    reviews: Vec<reviews::Review>,
    behaviour: Vec<behaviour::Behaviour>,
    coefficients: behaviour::Coefficients,
}

impl Shop {
    fn make(recipe: &SampleRecipe, monitor: &Monitor) -> Result<Self, SampleError> {
        recipe.check()?;
        monitor.check()?;
        let catalogue = catalogue::Catalogue::make(recipe.products, recipe.seed)?;
        let people = people::make(recipe.users, recipe.events, recipe.seed);
        let events = events::make(&people, &catalogue, recipe.seed, monitor)?;
        let reviews = reviews::make(recipe.reviews, &events, &people, &catalogue, recipe.seed, monitor)?;
        monitor.check()?;
        let (behaviour, coefficients) = behaviour::make(people.len(), &events, &reviews, recipe.seed);
        Ok(Self { catalogue, people, events, reviews, behaviour, coefficients })
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth_tests;
