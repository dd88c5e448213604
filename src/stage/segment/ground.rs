//! What segments stand on, held in memory: one row a customer, the events behind them, what is known of them besides.

use polars::prelude::*;

use super::SegmentError;
use super::persona::Habits;
use super::rule::align;
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::stage::data::features::index::EventIndex;
use crate::stage::data::features::{
    FeatureInput, FeatureRecipe, FeatureSource, FeatureTable, ProductTable, USER, compute_on,
};

/// The customers of a shop.
pub struct Ground {
    /// [`USER`], then a column a feature.
    pub frame: DataFrame,
    pub events: Option<Events>,
    pub products: Option<ProductTable>,
    /// Properties (city, channel, …), row for row with `frame`.
    pub properties: Option<DataFrame>,
    /// What was predicted of customers: tables of [`USER`] and one column of scores, which `frame` has too.
    pub scores: Vec<DataFrame>,
    /// Features look back from here; a table that came as it is has none.
    pub today: Option<Moment>,
    pub utc_offset: i32,
}

/// Events sorted by customer, and each row's place in them.
pub struct Events {
    pub index: EventIndex,
    pub places: Vec<u32>,
    /// Roles and reviews; the events themselves are in the index only.
    source: FeatureSource,
    recipe: FeatureRecipe,
}

impl Ground {
    /// Sorts the events and makes the features. `properties`: a table of customers and its id column.
    pub fn from_events(
        input: &FeatureInput,
        recipe: &FeatureRecipe,
        properties: Option<(&DataFrame, &str)>,
        monitor: &Monitor,
    ) -> Result<Self, SegmentError> {
        recipe.check()?;
        let mut source = FeatureSource::from(input);
        let index = EventIndex::build(&source, monitor)?;
        let table = compute_on(&index, &source, recipe, monitor)?;
        source.events = DataFrame::empty().lazy();
        let properties = properties.map(|(frame, user)| align(&table.frame, frame, user)).transpose()?;
        let FeatureTable { frame, places, today, .. } = table;
        Ok(Self {
            frame,
            products: input.products.clone(),
            properties,
            scores: Vec::new(),
            today: Some(today),
            utc_offset: recipe.utc_offset,
            events: Some(Events { index, places, source, recipe: recipe.clone() }),
        })
    }

    /// A table of features that came as it is, its customers in a column named [`USER`].
    pub fn from_table(frame: DataFrame) -> Self {
        let scores = Vec::new();
        Self { frame, events: None, products: None, properties: None, scores, today: None, utc_offset: 0 }
    }

    /// With what was predicted of the customers beside their features.
    pub fn with_scores(mut self, scores: Vec<DataFrame>) -> Self {
        self.frame = beside(&self.frame, &scores);
        self.scores = scores;
        self
    }

    /// The features without predictions that nobody chose: groups come from what customers did unless asked otherwise.
    pub fn chosen(&self, features: &[String]) -> DataFrame {
        let unasked = |table: &DataFrame| score_of(table).filter(|name| !features.contains(name));
        self.frame.drop_many(self.scores.iter().filter_map(unasked))
    }

    /// The same customers as they were on another day; nothing without events.
    pub fn frame_at(&self, today: Moment, monitor: &Monitor) -> Result<Option<DataFrame>, SegmentError> {
        let Some(events) = &self.events else { return Ok(None) };
        let recipe = FeatureRecipe { today: Some(today), ..events.recipe.clone() };
        // Scores are of today's customers only: what was predicted then is not known.
        Ok(Some(beside(&compute_on(&events.index, &events.source, &recipe, monitor)?.frame, &self.scores)))
    }

    pub fn habits(&self) -> Option<Habits<'_>> {
        let events = self.events.as_ref()?;
        Some(Habits { index: &events.index, places: &events.places, products: self.products.as_ref() })
    }

    /// Customer ids as text, in row order.
    pub fn ids(&self) -> Result<Vec<String>, SegmentError> {
        ids(&self.frame)
    }

    /// Names of the columns that can be computed with.
    pub fn numeric(&self) -> Vec<String> {
        let numeric = |column: &&Column| column.dtype().is_primitive_numeric() && column.name() != USER;
        self.frame.columns().iter().filter(numeric).map(|column| column.name().to_string()).collect()
    }
}

fn score_of(table: &DataFrame) -> Option<String> {
    table.columns().iter().map(|column| column.name().to_string()).find(|name| name != USER)
}

/// A feature table with scores beside its features; customers without a score have a gap. Scores that name none of
/// these customers, or a feature that there is already, are left out.
pub fn beside(features: &DataFrame, scores: &[DataFrame]) -> DataFrame {
    let mut whole = features.clone();
    for table in scores {
        // Ids of another kind than these customers' are other people's.
        let Ok(aligned) = align(features, table, USER) else { continue };
        let Some(column) = aligned.columns().first() else { continue };
        let is_new = !whole.schema().contains(column.name());
        if is_new && column.null_count() < column.len() && whole.with_column(column.clone()).is_err() {
            continue;
        }
    }
    whole
}

/// Customer ids of a feature table as text, in row order.
pub fn ids(frame: &DataFrame) -> Result<Vec<String>, SegmentError> {
    let missing = |_| SegmentError::UnknownFeature(USER.to_owned());
    let column = frame.column(USER).map_err(missing)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|id| id.unwrap_or_default().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::*;

    #[test]
    fn scores_stand_beside_the_features_of_their_customers_only() {
        let features = df![USER => ["a", "b", "c"], "orders" => [1.0, 2.0, 3.0]].unwrap();
        let chances = df![USER => ["c", "a", "x"], "chance_buys" => [0.3, 0.1, 0.9]].unwrap();
        let strangers = df![USER => [1u64, 2], "expected_spend" => [5.0, 6.0]].unwrap();
        let ground = Ground::from_table(features).with_scores(vec![chances, strangers]);
        assert_eq!(ground.numeric(), ["orders", "chance_buys"]);
        let column = ground.frame.column("chance_buys").unwrap().f64().unwrap();
        assert_eq!(column.iter().collect::<Vec<_>>(), [Some(0.1), None, Some(0.3)]);
        assert_eq!(ground.chosen(&[]).get_column_names(), [USER, "orders"]);
        assert_eq!(ground.chosen(&["chance_buys".to_owned()]).width(), 3);
        // Numbers as ids are no texts as ids, whichever side has them.
        let numbered = df![USER => [1i64, 2], "orders" => [1.0, 2.0]].unwrap();
        let texts = df![USER => ["a", "b"], "chance_buys" => [0.5, 0.5]].unwrap();
        assert_eq!(beside(&numbered, &[texts]).width(), 2);
    }
}
