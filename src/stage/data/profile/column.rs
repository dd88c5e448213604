//! One column, chunk by chunk.

use super::counts::{Counts, Scale, Sorted, float_key, whole_key};
use super::days::Days;
use super::distinct::Distinct;
use super::histogram::histogram;
use super::moments::Sums;
use super::recipe::ProfileRecipe;
use super::result::{ColumnProfile, Moments, NumberProfile, Outliers, QUANTILES, TextProfile, TimeProfile, TopValue};
use super::words::{Told, Words};
use crate::stage::data::cell::{Cells, DAY_MS, Value};
use crate::stage::data::kind::Role;
use crate::stage::data::schema::ColumnType;

/// Bounds of one column's memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub values: usize,
    pub bytes: usize,
    pub top: usize,
    pub bins: usize,
    /// Days since 1970-01-01.
    pub today: Option<i32>,
}

impl Limits {
    pub fn of(recipe: &ProfileRecipe, columns: usize) -> Self {
        let share = 4 * recipe.exact_values as usize / columns.max(1);
        let values = share.clamp(256, recipe.exact_values as usize);
        Self {
            values,
            bytes: (values * 64).max(1 << 16),
            top: recipe.top_values as usize,
            bins: recipe.max_bins as usize,
            today: recipe.today.and_then(|today| i32::try_from(today.0.div_euclid(86_400)).ok()),
        }
    }
}

/// Whether numbers of this role are names of things, not amounts.
pub(super) fn is_key(role: Role) -> bool {
    use Role::*;
    matches!(role, User | Item | Order | Session | Event | Name | Category | Brand | City | Country | Channel | Gender)
}

/// The least and the greatest that there can be.
pub(super) fn range_of(role: Role) -> Option<(f64, f64)> {
    match role {
        Role::Rating => Some((0.0, 10.0)),
        Role::Age => Some((0.0, 120.0)),
        _ => None,
    }
}

#[derive(Debug)]
enum State {
    Texts(Words),
    Numbers { counts: Counts, sums: Sums, infinite: u64 },
    YesNo { yes: u64, no: u64 },
    Times { counts: Counts, days: Days },
    Foreign,
}

#[derive(Debug)]
pub(super) struct ColumnState {
    pub name: String,
    pub role: Role,
    pub column_type: Option<ColumnType>,
    limits: Limits,
    rows: u64,
    missing: u64,
    examples: Vec<Value>,
    state: State,
}

const EXAMPLES: usize = 5;
/// So many rows of a chunk are searched for examples.
const SEARCHED: usize = 1000;

impl ColumnState {
    pub fn new(name: &str, role: Role, column_type: Option<ColumnType>, limits: Limits) -> Self {
        let counts = |scale| Counts::new(scale, limits.values);
        let numbers = |scale| State::Numbers { counts: counts(scale), sums: Sums::default(), infinite: 0 };
        let state = match column_type {
            Some(ColumnType::Text) => State::Texts(Words::new(limits.values, limits.bytes)),
            Some(ColumnType::Integer) => numbers(Scale::Whole),
            Some(ColumnType::Decimal) => numbers(Scale::Float),
            Some(ColumnType::YesNo) => State::YesNo { yes: 0, no: 0 },
            Some(ColumnType::Date | ColumnType::Time) => {
                State::Times { counts: counts(Scale::Whole), days: Days::default() }
            }
            None => State::Foreign,
        };
        let name = name.to_owned();
        Self { name, role, column_type, limits, rows: 0, missing: 0, examples: Vec::new(), state }
    }

    /// The next chunk; of the type given at the start.
    pub fn add(&mut self, cells: &Cells) {
        self.rows += cells.len() as u64;
        self.missing += cells.null_count() as u64;
        self.collect_examples(cells);
        match (&mut self.state, cells) {
            (State::Texts(words), Cells::Text(c)) => words.add_all(c.iter().flatten()),
            (State::Numbers { counts, sums, .. }, Cells::Integer(c)) => {
                counts.add_all(c.iter().flatten().map(whole_key));
                sums.join(&Sums::of(&c.iter().flatten().map(|v| v as f64).collect::<Vec<_>>()));
            }
            (State::Numbers { counts, sums, infinite }, Cells::Decimal(c)) => {
                let mut finite = Vec::with_capacity(c.len());
                for v in c.iter().flatten() {
                    if v.is_finite() {
                        finite.push(v);
                    } else if v.is_nan() {
                        self.missing += 1;
                    } else {
                        *infinite += 1;
                    }
                }
                counts.add_all(finite.iter().map(|v| float_key(*v)));
                sums.join(&Sums::of(&finite));
            }
            (State::YesNo { yes, no }, Cells::YesNo(c)) => {
                let true_cells = u64::from(c.sum().unwrap_or(0));
                *yes += true_cells;
                *no += (c.len() - c.null_count()) as u64 - true_cells;
            }
            (State::Times { counts, days }, Cells::Date(c)) => {
                counts.add_all(c.iter().flatten().map(|v| whole_key(v.into())));
                days.add_all(c.iter().flatten().map(|v| i64::from(v) * DAY_MS));
            }
            (State::Times { counts, days }, Cells::Time(c)) => {
                counts.add_all(c.iter().flatten().map(whole_key));
                days.add_all(c.iter().flatten());
            }
            _ => {}
        }
    }

    /// A chunk of a type that tables do not have.
    pub fn add_foreign(&mut self, rows: u64, missing: u64) {
        self.rows += rows;
        self.missing += missing;
    }

    fn collect_examples(&mut self, cells: &Cells) {
        for row in 0..cells.len().min(SEARCHED) {
            if self.examples.len() >= EXAMPLES {
                break;
            }
            if let Some(value) = cells.get(row)
                && !self.examples.contains(&value)
            {
                self.examples.push(value);
            }
        }
    }

    pub fn finish(self) -> Finished {
        let (role, limits, column_type) = (self.role, self.limits, self.column_type);
        let mut profile = ColumnProfile {
            name: self.name,
            role,
            column_type,
            rows: self.rows,
            missing: self.missing,
            distinct: Distinct::default(),
            top: Vec::new(),
            top_exact: true,
            examples: self.examples,
            numbers: None,
            texts: None,
            times: None,
        };
        let mut told = None;
        let mut days = None;
        let mut out_of_range = 0;
        match self.state {
            State::Foreign => {}
            State::YesNo { yes, no } => {
                let both = [(true, yes), (false, no)].into_iter().filter(|(_, count)| *count > 0);
                profile.top = both.map(|(v, count)| TopValue { value: Value::YesNo(v), count }).collect();
                profile.top.sort_by_key(|top| std::cmp::Reverse(top.count));
                profile.distinct = Distinct { count: profile.top.len() as u64, exact: true };
            }
            State::Texts(words) => {
                let words = words.finish();
                text_profile(&mut profile, &words, limits.top);
                told = Some(words);
            }
            State::Numbers { counts, sums, infinite } => {
                let sorted = counts.finish();
                profile.distinct = counts.distinct();
                let whole = column_type == Some(ColumnType::Integer);
                let value = |key| {
                    if whole { Value::Integer(Sorted::whole_of(key)) } else { Value::Decimal(sorted.number_of(key)) }
                };
                top_numbers(&mut profile, &sorted, limits.top, value);
                if let Some((low, high)) = range_of(role) {
                    out_of_range = sorted.below(low) + sorted.above(high);
                }
                if !is_key(role) {
                    profile.numbers = numbers(&sorted, &sums, infinite, whole, limits.bins);
                }
            }
            State::Times { counts, days: seen } => {
                let sorted = counts.finish();
                profile.distinct = counts.distinct();
                let date = column_type == Some(ColumnType::Date);
                let value = |v: i64| if date { Value::Date(v as i32) } else { Value::Time(v) };
                top_numbers(&mut profile, &sorted, limits.top, |key| value(Sorted::whole_of(key)));
                let at = |q| sorted.whole_quantile(q).map(value);
                if let (Some(first), Some(last)) = (at(0.0), at(1.0)) {
                    let quantiles = QUANTILES.iter().filter_map(|q| at(*q)).collect();
                    let coverage = seen.coverage(limits.today);
                    profile.times = Some(TimeProfile { first, last, quantiles, coverage });
                }
                days = Some(seen);
            }
        }
        Finished { profile, told, days, out_of_range }
    }
}

/// A column's profile, and what only the search for problems needs.
#[derive(Debug)]
pub(super) struct Finished {
    pub profile: ColumnProfile,
    pub told: Option<Told>,
    pub days: Option<Days>,
    /// Numbers outside [`range_of`] the role.
    pub out_of_range: u64,
}

fn text_profile(profile: &mut ColumnProfile, words: &Told, top: usize) {
    let looks = &words.looks;
    profile.distinct = words.distinct;
    profile.top_exact = words.distinct.exact;
    let value = |text: &str| Value::Text(text.to_owned());
    profile.top = words.counted.iter().take(top).map(|(t, n)| TopValue { value: value(t), count: *n }).collect();
    if looks.rows > 0 {
        profile.texts = Some(TextProfile {
            shortest: looks.shortest,
            mean_length: looks.chars as f64 / looks.rows as f64,
            longest: looks.longest,
            blank: looks.blank,
        });
    }
}

fn top_numbers(profile: &mut ColumnProfile, sorted: &Sorted, top: usize, value: impl Fn(u64) -> Value) {
    profile.top_exact = sorted.exact;
    // A counter shared by neighbours says nothing of one value.
    if sorted.exact {
        let top = sorted.top(top).into_iter();
        profile.top = top.map(|(key, count)| TopValue { value: value(key), count }).collect();
    }
}

fn numbers(sorted: &Sorted, sums: &Sums, infinite: u64, whole: bool, bins: usize) -> Option<NumberProfile> {
    let inside = |v: f64| v.clamp(sums.least, sums.greatest);
    let mut quantiles = [0.0; 7];
    for (slot, q) in quantiles.iter_mut().zip(QUANTILES) {
        *slot = inside(sorted.quantile(q)?);
    }
    let (q1, q3) = (quantiles[2], quantiles[4]);
    let fence = |times: f64| (q1 - times * (q3 - q1), q3 + times * (q3 - q1));
    let ((low, high), (far_low, far_high)) = (fence(1.5), fence(3.0));
    let finite = |v: f64| v.clamp(f64::MIN, f64::MAX);
    Some(NumberProfile {
        count: sorted.total(),
        infinite,
        min: sums.least,
        max: sums.greatest,
        quantiles,
        exact: sorted.exact,
        moments: Moments {
            mean: Some(sums.mean).filter(|v| v.is_finite()),
            standard_deviation: sums.deviation(),
            skewness: sums.skewness(),
        },
        zeros: sums.zeros,
        negative: sums.negative,
        outliers: Outliers {
            low_fence: finite(low),
            high_fence: finite(high),
            below: sorted.below(low),
            above: sorted.above(high),
            far_below: sorted.below(far_low),
            far_above: sorted.above(far_high),
        },
        histogram: histogram(sorted, whole, bins),
    })
}
