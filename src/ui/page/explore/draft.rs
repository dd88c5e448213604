//! The chart being made, as far as it is chosen: what kinds share stays when the kind changes.

use crate::project::{ChartSource, Column, ColumnType};
use crate::stage::data::Role;
use crate::stage::data::cell::Condition;
use crate::stage::data::explore::{
    BarOrder, BarsRecipe, BoxRecipe, ChartRecipe, CohortRecipe, CorrelationRecipe, FunnelRecipe, Grain, GroupBy,
    HeatRecipe, HistogramRecipe, LineRecipe, Measure, ScatterRecipe,
};
use crate::stage::data::profile::MOST_COLUMNS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChartKind {
    Scatter,
    #[default]
    Line,
    Bars,
    Histogram,
    Box,
    Heat,
    Funnel,
    Cohorts,
    Correlation,
}

impl ChartKind {
    pub const ALL: [Self; 9] = [
        Self::Line,
        Self::Bars,
        Self::Scatter,
        Self::Histogram,
        Self::Box,
        Self::Heat,
        Self::Funnel,
        Self::Cohorts,
        Self::Correlation,
    ];

    pub fn of(recipe: &ChartRecipe) -> Self {
        match recipe {
            ChartRecipe::Scatter(_) => Self::Scatter,
            ChartRecipe::Line(_) => Self::Line,
            ChartRecipe::Bars(_) => Self::Bars,
            ChartRecipe::Histogram(_) => Self::Histogram,
            ChartRecipe::Box(_) => Self::Box,
            ChartRecipe::Heat(_) => Self::Heat,
            ChartRecipe::Funnel(_) => Self::Funnel,
            ChartRecipe::Cohorts(_) => Self::Cohorts,
            ChartRecipe::Correlation(_) => Self::Correlation,
        }
    }

    pub fn has_group(self) -> bool {
        matches!(self, Self::Scatter | Self::Line | Self::Bars | Self::Histogram | Self::Box)
    }

    pub fn has_measure(self) -> bool {
        matches!(self, Self::Line | Self::Bars | Self::Heat)
    }
}

/// What a measure does, without its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sum {
    #[default]
    Count,
    Sum,
    Mean,
    Median,
    Distinct,
}

impl Sum {
    pub const ALL: [Self; 5] = [Self::Count, Self::Sum, Self::Mean, Self::Median, Self::Distinct];
}

#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub source: ChartSource,
    pub kind: ChartKind,
    pub x: String,
    pub y: String,
    pub log_x: bool,
    pub log_y: bool,
    /// Of histogram and box plot.
    pub number: String,
    pub bins: Option<u32>,
    pub category: String,
    pub most: u32,
    pub order: BarOrder,
    pub time: String,
    pub grain: Grain,
    pub cohort_grain: Grain,
    pub sum: Sum,
    pub measured: String,
    pub group: Option<GroupBy>,
    pub user: String,
    pub event: String,
    pub item: Option<String>,
    pub steps: Vec<String>,
    pub filters: Vec<Condition>,
    /// The columns that correlations are drawn of.
    measures: Vec<String>,
}

pub fn is_number(column: &Column) -> bool {
    matches!(column.kind, ColumnType::Integer | ColumnType::Decimal | ColumnType::YesNo)
}

pub fn is_time(column: &Column) -> bool {
    matches!(column.kind, ColumnType::Date | ColumnType::Time)
}

/// Numbers that say how much, not who.
fn is_measure(column: &Column) -> bool {
    let who = [Role::User, Role::Item, Role::Order, Role::Session];
    matches!(column.kind, ColumnType::Integer | ColumnType::Decimal) && !who.contains(&column.role)
}

impl Draft {
    /// A chart that says something about this table as it is: the first choices for every place.
    pub fn of(source: ChartSource, columns: &[Column]) -> Self {
        let with = |role: Role| columns.iter().find(|c| c.role == role).map(|c| c.name.clone());
        let first = |fits: &dyn Fn(&Column) -> bool| columns.iter().find(|c| fits(c)).map(|c| c.name.clone());
        let time = with(Role::Time).or_else(|| first(&is_time)).unwrap_or_default();
        let mut measures = columns.iter().filter(|c| is_measure(c)).map(|c| c.name.clone());
        // A running number or an id is no measure: without one the place stays open.
        let yes_no = |c: &Column| c.kind == ColumnType::YesNo;
        let number = measures.next().or_else(|| first(&yes_no)).unwrap_or_default();
        let second = measures.next().unwrap_or_else(|| number.clone());
        let words = |c: &Column| matches!(c.kind, ColumnType::Text | ColumnType::YesNo);
        let category = [Role::Event, Role::Category, Role::Channel, Role::City, Role::Country]
            .into_iter()
            .find_map(with)
            .or_else(|| first(&words))
            .unwrap_or_default();
        let user = with(Role::User).unwrap_or_default();
        let event = with(Role::Event).unwrap_or_default();
        let kind = match (time.is_empty(), number.is_empty()) {
            (false, _) => ChartKind::Line,
            (true, false) if source == ChartSource::Customers => ChartKind::Scatter,
            (true, false) => ChartKind::Histogram,
            _ => ChartKind::Bars,
        };
        let funnel = FunnelRecipe::default();
        let named = |name: &str| columns.iter().any(|c| c.name == name).then(|| name.to_owned());
        let customers =
            || (source == ChartSource::Customers).then(|| named("recency").zip(named("monetary"))).flatten();
        let (x, y) = match time.is_empty() {
            // Of customers, how long ago and how much say most.
            true => customers().unwrap_or_else(|| (number.clone(), second)),
            // Two measures of one table need not stand in the same rows; a time and a measure do.
            false => (time.clone(), number.clone()),
        };
        Self {
            source,
            kind,
            x,
            y,
            log_x: false,
            log_y: false,
            number: number.clone(),
            bins: None,
            category,
            most: 12,
            order: BarOrder::Value,
            time,
            grain: Grain::Day,
            cohort_grain: Grain::Month,
            sum: Sum::Count,
            measured: number,
            group: None,
            user,
            event,
            // Over months everybody buys something: what falls away shows along one product.
            item: with(Role::Item),
            steps: funnel.steps,
            filters: Vec::new(),
            measures: columns.iter().filter(|c| is_measure(c)).map(|c| c.name.clone()).take(MOST_COLUMNS).collect(),
        }
    }

    /// A kept chart, over what the draft knows of the table.
    pub fn load(&mut self, recipe: &ChartRecipe) {
        self.kind = ChartKind::of(recipe);
        self.filters = recipe.filters().to_vec();
        match recipe.clone() {
            ChartRecipe::Scatter(r) => {
                (self.x, self.y, self.log_x, self.log_y, self.group) = (r.x, r.y, r.log_x, r.log_y, r.group);
            }
            ChartRecipe::Line(r) => {
                (self.time, self.grain, self.group) = (r.time, r.grain, r.group);
                self.set_measure(&r.measure);
            }
            ChartRecipe::Bars(r) => {
                (self.category, self.most, self.order, self.group) = (r.category, r.most, r.order, r.group);
                self.set_measure(&r.measure);
            }
            ChartRecipe::Histogram(r) => (self.number, self.bins, self.group) = (r.column, r.bins, r.group),
            ChartRecipe::Box(r) => (self.number, self.group) = (r.column, r.group),
            ChartRecipe::Heat(r) => {
                self.time = r.time;
                self.set_measure(&r.measure);
            }
            ChartRecipe::Funnel(r) => {
                (self.user, self.event, self.time, self.item, self.steps) = (r.user, r.event, r.time, r.item, r.steps);
            }
            ChartRecipe::Cohorts(r) => (self.user, self.time, self.cohort_grain) = (r.user, r.time, r.grain),
            ChartRecipe::Correlation(_) => {}
        }
    }

    fn set_measure(&mut self, measure: &Measure) {
        self.sum = match measure {
            Measure::Count => Sum::Count,
            Measure::Sum(_) => Sum::Sum,
            Measure::Mean(_) => Sum::Mean,
            Measure::Median(_) => Sum::Median,
            Measure::Distinct(_) => Sum::Distinct,
        };
        if let Some(column) = measure.column() {
            self.measured = column.to_owned();
        }
    }

    pub fn measure(&self) -> Measure {
        let column = self.measured.clone();
        match self.sum {
            Sum::Count => Measure::Count,
            Sum::Sum => Measure::Sum(column),
            Sum::Mean => Measure::Mean(column),
            Sum::Median => Measure::Median(column),
            Sum::Distinct => Measure::Distinct(column),
        }
    }

    pub fn recipe(&self) -> ChartRecipe {
        let (filters, group, measure) = (self.filters.clone(), self.group.clone(), self.measure());
        let (time, user) = (self.time.clone(), self.user.clone());
        match self.kind {
            ChartKind::Scatter => ChartRecipe::Scatter(ScatterRecipe {
                x: self.x.clone(),
                y: self.y.clone(),
                log_x: self.log_x,
                log_y: self.log_y,
                group,
                filters,
                ..ScatterRecipe::default()
            }),
            ChartKind::Line => ChartRecipe::Line(LineRecipe { time, grain: self.grain, measure, group, filters }),
            ChartKind::Bars => {
                let (category, most, order) = (self.category.clone(), self.most, self.order);
                ChartRecipe::Bars(BarsRecipe { category, measure, most, order, group, filters })
            }
            ChartKind::Histogram => {
                let column = self.number.clone();
                ChartRecipe::Histogram(HistogramRecipe { column, bins: self.bins, group, filters })
            }
            ChartKind::Box => ChartRecipe::Box(BoxRecipe { column: self.number.clone(), group, filters }),
            ChartKind::Heat => ChartRecipe::Heat(HeatRecipe { time, measure, filters }),
            ChartKind::Funnel => {
                let (event, item, steps) = (self.event.clone(), self.item.clone(), self.steps.clone());
                ChartRecipe::Funnel(FunnelRecipe { user, event, time, item, steps, filters })
            }
            ChartKind::Cohorts => {
                let grain = self.cohort_grain;
                ChartRecipe::Cohorts(CohortRecipe { user, time, grain, filters, ..CohortRecipe::default() })
            }
            ChartKind::Correlation => {
                ChartRecipe::Correlation(CorrelationRecipe { columns: self.measures.clone(), filters })
            }
        }
    }
}

/// The columns that a chart reads; empty: all of them.
pub fn columns_read(recipe: &ChartRecipe) -> Vec<String> {
    let mut read: Vec<String> = match recipe {
        ChartRecipe::Scatter(r) => vec![r.x.clone(), r.y.clone()],
        ChartRecipe::Line(r) => vec![r.time.clone()],
        ChartRecipe::Bars(r) => vec![r.category.clone()],
        ChartRecipe::Histogram(r) => vec![r.column.clone()],
        ChartRecipe::Box(r) => vec![r.column.clone()],
        ChartRecipe::Heat(r) => vec![r.time.clone()],
        ChartRecipe::Funnel(r) => {
            let mut columns = vec![r.user.clone(), r.event.clone(), r.time.clone()];
            columns.extend(r.item.clone());
            columns
        }
        ChartRecipe::Cohorts(r) => vec![r.user.clone(), r.time.clone()],
        ChartRecipe::Correlation(r) if r.columns.is_empty() => return Vec::new(),
        ChartRecipe::Correlation(r) => r.columns.clone(),
    };
    let (measure, group) = match recipe {
        ChartRecipe::Scatter(r) => (None, r.group.as_ref()),
        ChartRecipe::Line(r) => (r.measure.column(), r.group.as_ref()),
        ChartRecipe::Bars(r) => (r.measure.column(), r.group.as_ref()),
        ChartRecipe::Heat(r) => (r.measure.column(), None),
        ChartRecipe::Histogram(r) => (None, r.group.as_ref()),
        ChartRecipe::Box(r) => (None, r.group.as_ref()),
        _ => (None, None),
    };
    read.extend(measure.map(str::to_owned));
    read.extend(group.map(|group| group.column.clone()));
    read.extend(recipe.filters().iter().map(|filter| filter.column.clone()));
    read.sort_unstable();
    read.dedup();
    read
}
