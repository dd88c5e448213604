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
            today: Some(today),
            utc_offset: recipe.utc_offset,
            events: Some(Events { index, places, source, recipe: recipe.clone() }),
        })
    }

    /// A table of features that came as it is, its customers in a column named [`USER`].
    pub fn from_table(frame: DataFrame) -> Self {
        Self { frame, events: None, products: None, properties: None, today: None, utc_offset: 0 }
    }

    /// The same customers as they were on another day; nothing without events.
    pub fn frame_at(&self, today: Moment, monitor: &Monitor) -> Result<Option<DataFrame>, SegmentError> {
        let Some(events) = &self.events else { return Ok(None) };
        let recipe = FeatureRecipe { today: Some(today), ..events.recipe.clone() };
        Ok(Some(compute_on(&events.index, &events.source, &recipe, monitor)?.frame))
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

/// Customer ids of a feature table as text, in row order.
pub fn ids(frame: &DataFrame) -> Result<Vec<String>, SegmentError> {
    let missing = |_| SegmentError::UnknownFeature(USER.to_owned());
    let column = frame.column(USER).map_err(missing)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|id| id.unwrap_or_default().to_owned()).collect())
}
