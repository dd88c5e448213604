//! The project's tables as the stages take them: cleaned as decided, with columns found by their roles. Shared by
//! both front doors.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::blob::Reader;
use crate::base::time::Moment;
use crate::base::{Cancelled, Monitor, Step};
use crate::project::{Input, InputRef, Item, Project, Table, TableId};
use crate::stage::data::clean::{CleanError, clean};
use crate::stage::data::features::{
    self, Definition, EventColumns, FeatureError, FeatureInput, FeatureRecipe, FeatureTable, ProductTable, ReviewTable,
    Skipped, USER,
};
use crate::stage::data::{Role, TableKind};

/// Why the tables give a stage nothing to work on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("table {table:?}: {why}")]
    Clean { table: String, why: CleanError },
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// No events and no orders.
    #[error("the project has no table of events or orders; import one")]
    NoEvents,
    #[error("table {table:?} has no column with the role {}; give one that role", .role.key())]
    NoRole { table: String, role: Role },
    #[error("there is no table {0} any more")]
    NoTable(i64),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("table engine: {0}")]
    Engine(#[from] PolarsError),
}

/// What "one row a customer" is taken from: the project's decision, kept as an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureChoice {
    /// Made from what customers did.
    Events(FeatureRecipe),
    /// A table that came with one row a customer or session.
    Table(TableId),
}

impl Default for FeatureChoice {
    fn default() -> Self {
        Self::Events(FeatureRecipe::default())
    }
}

impl Item for FeatureChoice {
    const KIND: &'static str = "features";
}

impl FeatureChoice {
    /// Under which the project keeps it.
    pub const ID: &'static str = "customers";

    /// The decision, or what a project without one starts with: its events, else its first feature table.
    pub fn of(project: &Project) -> Self {
        if let Some(choice) = project.item::<Self>(Self::ID) {
            return choice;
        }
        match project.tables().find(|(_, table)| table.kind == TableKind::Features) {
            Some((id, _)) if event_tables(project).is_empty() => Self::Table(id),
            _ => Self::default(),
        }
    }

    /// The tables that it is made from, as they are now.
    pub fn inputs(&self, project: &Project) -> Vec<InputRef> {
        let ids = match self {
            Self::Events(_) => shop_tables(project),
            Self::Table(id) => vec![*id],
        };
        ids.into_iter().filter_map(|id| project.input(Input::Table(id))).collect()
    }
}

/// One row a customer: [`USER`] first, then the features.
#[derive(Debug, Clone)]
pub struct FeatureSet {
    pub frame: DataFrame,
    /// Empty for a table that came as it is.
    pub definitions: Vec<Definition>,
    pub skipped: Vec<Skipped>,
    /// What the features look back from; nothing for a table that came as it is.
    pub today: Option<Moment>,
    pub last_event: Option<Moment>,
}

impl From<FeatureTable> for FeatureSet {
    fn from(table: FeatureTable) -> Self {
        let FeatureTable { frame, definitions, skipped, today, last_event, .. } = table;
        Self { frame, definitions, skipped, today: Some(today), last_event }
    }
}

/// The tables of what customers did: the events, or without any the order lines, so that no purchase counts twice.
pub fn event_tables(project: &Project) -> Vec<TableId> {
    let of = |kind| project.tables().filter(move |(_, table)| table.kind == kind).map(|(id, _)| id);
    let events: Vec<_> = of(TableKind::Events).collect();
    if events.is_empty() { of(TableKind::Orders).collect() } else { events }
}

/// Every table that features, lists and personas are made from.
pub fn shop_tables(project: &Project) -> Vec<TableId> {
    let mut ids = event_tables(project);
    ids.extend([TableKind::Products, TableKind::Reviews].into_iter().filter_map(|kind| newest(project, kind)));
    ids
}

/// [`shop_tables`] as a run keeps them.
pub fn shop_inputs(project: &Project) -> Vec<InputRef> {
    shop_tables(project).into_iter().filter_map(|id| project.input(Input::Table(id))).collect()
}

/// The newest table of a kind.
pub fn newest(project: &Project, kind: TableKind) -> Option<TableId> {
    project.tables().filter(|(_, table)| table.kind == kind).map(|(id, _)| id).max()
}

/// Reads tables of a project for the stages.
pub struct Sources<'a> {
    project: &'a Project,
    reader: &'a Reader,
}

impl<'a> Sources<'a> {
    pub fn new(project: &'a Project, reader: &'a Reader) -> Self {
        Self { project, reader }
    }

    fn table(&self, id: TableId) -> Result<&'a Table, SourceError> {
        self.project.table(id).ok_or(SourceError::NoTable(id.0))
    }

    /// The rows of a table after cleaning: all columns, or these (named as after cleaning).
    pub fn frame(&self, id: TableId, columns: Option<&[&str]>, monitor: &Monitor) -> Result<DataFrame, SourceError> {
        let table = self.table(id)?;
        monitor.check()?;
        if table.cleaning.is_empty() {
            return Ok(self.reader.frame(table, columns)?);
        }
        let whole = self.reader.frame(table, None)?;
        let cleaned = clean(&whole, &table.cleaning, monitor);
        let (frame, _) = cleaned.map_err(|why| match why {
            CleanError::Cancelled(cancelled) => SourceError::Cancelled(cancelled),
            why => SourceError::Clean { table: table.name.clone(), why },
        })?;
        Ok(match columns {
            Some(names) => frame.select(names.iter().copied())?,
            None => frame,
        })
    }

    /// The columns of a table that have one of these roles, named by the roles' keys, in the order asked for.
    pub fn by_role(&self, id: TableId, roles: &[Role], monitor: &Monitor) -> Result<DataFrame, SourceError> {
        let table = self.table(id)?;
        let found: Vec<(Role, String)> = roles.iter().filter_map(|role| Some((*role, table.name_of(*role)?))).collect();
        let names: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
        let frame = self.frame(id, Some(&names), monitor)?;
        let columns = found.iter().map(|(role, name)| Ok(frame.column(name)?.clone().with_name(role.key().into())));
        Ok(DataFrame::new(frame.height(), columns.collect::<PolarsResult<Vec<_>>>()?)?)
    }

    /// What customers did, from every table that tells it, columns named by their roles' keys.
    pub fn events(&self, monitor: &Monitor) -> Result<DataFrame, SourceError> {
        const ROLES: [Role; 10] = [
            Role::User,
            Role::Item,
            Role::Event,
            Role::Time,
            Role::Dwell,
            Role::Quantity,
            Role::Price,
            Role::Amount,
            Role::Order,
            Role::Category,
        ];
        let ids = event_tables(self.project);
        if ids.is_empty() {
            return Err(SourceError::NoEvents);
        }
        monitor.report(Step::Reading, 0, ids.len() as u64);
        let mut frames = Vec::with_capacity(ids.len());
        for (i, id) in ids.iter().enumerate() {
            let table = self.table(*id)?;
            for role in [Role::User, Role::Time] {
                if table.name_of(role).is_none() {
                    return Err(SourceError::NoRole { table: table.name.clone(), role });
                }
            }
            frames.push(priced(self.by_role(*id, &ROLES, monitor)?)?);
            monitor.report(Step::Reading, i as u64 + 1, ids.len() as u64);
        }
        match <[DataFrame; 1]>::try_from(frames) {
            Ok([one]) => Ok(one),
            Err(several) => joined(several),
        }
    }

    /// The catalogue: the newest table of products, else the names that stand in the order lines.
    pub fn products(&self, monitor: &Monitor) -> Result<Option<ProductTable>, SourceError> {
        if let Some(id) = newest(self.project, TableKind::Products) {
            let table = self.table(id)?;
            let Some(item) = table.name_of(Role::Item) else { return Ok(None) };
            let frame = self.frame(id, None, monitor)?;
            let title = table.name_of(Role::Name).or_else(|| table.name_of(Role::Title));
            return Ok(Some(ProductTable { frame, item, category: table.name_of(Role::Category), title }));
        }
        let named = |id: &TableId| {
            let table = self.project.table(*id)?;
            let name =
                [Role::Name, Role::Title, Role::Description].into_iter().find(|role| table.name_of(*role).is_some())?;
            table.name_of(Role::Item).map(|_| (*id, name))
        };
        let Some((id, role)) = event_tables(self.project).iter().find_map(named) else { return Ok(None) };
        let frame = self.by_role(id, &[Role::Item, role], monitor)?;
        let (item, name) = (Role::Item.key(), role.key());
        // The commonest spelling of each; of equals the first by the alphabet.
        let frame = frame
            .lazy()
            .filter(col(item).is_not_null().and(col(name).is_not_null()))
            .group_by([col(item), col(name)])
            .agg([len().alias("times")])
            .sort_by_exprs(
                [col(item), col("times"), col(name)],
                SortMultipleOptions::default().with_order_descending_multi([false, true, false]),
            )
            .group_by_stable([col(item)])
            .agg([col(name).first()])
            .collect()?;
        Ok(Some(ProductTable { frame, item: item.to_owned(), category: None, title: Some(name.to_owned()) }))
    }

    pub fn reviews(&self, monitor: &Monitor) -> Result<Option<ReviewTable>, SourceError> {
        let Some(id) = newest(self.project, TableKind::Reviews) else { return Ok(None) };
        let table = self.table(id)?;
        // Reviews without a customer say nothing about one.
        let Some(user) = table.name_of(Role::User) else { return Ok(None) };
        let named = |role| table.name_of(role);
        let (item, rating, time) = (named(Role::Item), named(Role::Rating), named(Role::Time));
        let columns: Vec<&str> = [Some(&user), item.as_ref(), rating.as_ref(), time.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let frame = self.frame(id, Some(&columns), monitor)?;
        Ok(Some(ReviewTable { frame, user, item, rating, mood: None, time }))
    }

    /// Everything that features and personas are made from.
    pub fn feature_input(&self, monitor: &Monitor) -> Result<FeatureInput, SourceError> {
        let events = self.events(monitor)?;
        let has = |role: Role| events.schema().contains(role.key()).then(|| role.key().to_owned());
        let columns = EventColumns {
            user: Role::User.key().to_owned(),
            item: has(Role::Item).unwrap_or_default(),
            event: has(Role::Event),
            time: Role::Time.key().to_owned(),
            dwell: has(Role::Dwell),
            quantity: has(Role::Quantity),
            price: has(Role::Price),
            order: has(Role::Order),
            category: has(Role::Category),
        };
        Ok(FeatureInput { columns, products: self.products(monitor)?, reviews: self.reviews(monitor)?, events })
    }

    /// One row a customer.
    pub fn features(&self, choice: &FeatureChoice, monitor: &Monitor) -> Result<FeatureSet, SourceError> {
        match choice {
            FeatureChoice::Events(recipe) => {
                recipe.check()?;
                Ok(features::compute(&self.feature_input(monitor)?, recipe, monitor)?.into())
            }
            FeatureChoice::Table(id) => {
                let mut frame = self.frame(*id, None, monitor)?;
                let table = self.table(*id)?;
                let ids = match table.name_of(Role::User).filter(|name| frame.schema().contains(name)) {
                    Some(name) => frame.drop_in_place(&name)?.with_name(USER.into()),
                    // Rows without an id are called by their number, from 1.
                    None => Column::new(USER.into(), (1..=frame.height() as u64).collect::<Vec<_>>()),
                };
                if frame.schema().contains(USER) {
                    frame.rename(USER, "user 2".into())?;
                }
                frame.insert_column(0, ids)?;
                Ok(FeatureSet { frame, definitions: vec![], skipped: vec![], today: None, last_event: None })
            }
        }
    }
}

/// Price a piece, where only the amount of the line is told.
fn priced(frame: DataFrame) -> PolarsResult<DataFrame> {
    let (price, amount, quantity) = (Role::Price.key(), Role::Amount.key(), Role::Quantity.key());
    let schema = frame.schema().clone();
    if !schema.contains(amount) {
        return Ok(frame);
    }
    let mut plan = frame.lazy();
    if !schema.contains(price) {
        let whole = col(amount).cast(DataType::Float64);
        let pieces = || col(quantity).cast(DataType::Float64);
        let each = if schema.contains(quantity) {
            when(pieces().eq(lit(0.0))).then(lit(NULL)).otherwise(whole / pieces())
        } else {
            whole
        };
        plan = plan.with_column(each.alias(price));
    }
    plan.drop(by_name([amount], true, false)).collect()
}

/// Rows of several tables under one another. Ids of different types become text; a table without a column of events
/// holds sales, and returns where the quantity is negative.
fn joined(frames: Vec<DataFrame>) -> Result<DataFrame, SourceError> {
    let (event, quantity) = (Role::Event.key(), Role::Quantity.key());
    let told = frames.iter().any(|frame| frame.schema().contains(event));
    let ids = [Role::User, Role::Item, Role::Order, Role::Category, Role::Event].map(Role::key);
    let plans = frames.into_iter().map(|frame| {
        let schema = frame.schema().clone();
        let texts: Vec<Expr> =
            ids.iter().filter(|id| schema.contains(id)).map(|id| col(*id).cast(DataType::String)).collect();
        let mut plan = frame.lazy().with_columns(texts);
        if told && !schema.contains(event) {
            let sold = if schema.contains(quantity) {
                when(col(quantity).lt(lit(0))).then(lit("return")).otherwise(lit("purchase"))
            } else {
                lit("purchase")
            };
            plan = plan.with_column(sold.alias(event));
        }
        plan
    });
    let how = UnionArgs { diagonal: true, to_supertypes: true, ..Default::default() };
    Ok(concat(plans.collect::<Vec<_>>(), how)?.collect()?)
}
