//! From figures to named problems with their repairs.

use super::column::{Finished, is_key, range_of};
use super::duplicates::Duplicates;
use super::names::Names;
use super::problem::{Finding, NamePair, Problem, VariantGroup};
use super::result::{ColumnProfile, NumberProfile};
use super::words::{Looks, PLACEHOLDERS, Told, is_placeholder};
use crate::stage::data::cell::{Condition, DAY_MS, Test, Value};
use crate::stage::data::clean::{CleanAction, Fence, Fill, Keep, SpellingGroup, spelling};
use crate::stage::data::features::EventKind;
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::ColumnType;

/// The table around a column.
pub(super) struct Table<'a> {
    pub kind: TableKind,
    pub rows: u64,
    pub today: Option<i32>,
    pub columns: &'a [Finished],
}

/// From this share of missing cells on a column says little.
const MOSTLY: f64 = 0.5;
/// From this share of readable texts on a column is meant to be numbers or dates.
const READABLE: f64 = 0.8;
/// Whole numbers of no role with at most so many values are taken for codes.
const MOST_CODES: u64 = 20;
/// Columns with more distinct texts are free text.
const MOST_SPELLINGS: usize = 10_000;
const GROUPS_SHOWN: usize = 50;

pub(super) fn find(table: &Table<'_>, duplicates: Duplicates, names: &[Names]) -> Vec<Finding> {
    let mut found = Found { rows: table.rows, list: Vec::new() };
    if table.rows == 0 {
        found.add(Problem::NoRows, 0, vec![]);
        return found.list;
    }
    if duplicates.rows > 0 {
        let drop = CleanAction::DropDuplicates { columns: vec![], keep: Keep::First };
        found.add(Problem::ExactDuplicates { exact: duplicates.exact }, duplicates.rows, vec![drop]);
    }
    let returns = returns(table.columns);
    for column in table.columns {
        let profile = &column.profile;
        missing(profile, table.kind, &mut found);
        sameness(profile, table.kind, &mut found);
        if let Some(told) = &column.told {
            texts(profile, told, &mut found);
        }
        if let Some(numbers) = &profile.numbers {
            amounts(profile, numbers, column.out_of_range, returns, &mut found);
        }
        times(column, table.today, &mut found);
    }
    for names in names {
        many_names(names, &mut found);
    }
    found.list.sort_by(|a, b| b.severity.total_cmp(&a.severity));
    found.list
}

struct Found {
    rows: u64,
    list: Vec<Finding>,
}

impl Found {
    fn add(&mut self, problem: Problem, rows: u64, repair: Vec<CleanAction>) {
        let share = (rows as f32 / self.rows.max(1) as f32).min(1.0);
        let severity = problem.weight() * if self.rows == 0 { 1.0 } else { 0.3 + 0.7 * share.sqrt() };
        self.list.push(Finding { problem, rows, severity, repair });
    }
}

/// Roles without which a row of this kind says little.
fn is_needed(role: Role, kind: TableKind) -> bool {
    use Role::*;
    match kind {
        TableKind::Events => matches!(role, Item | Event | Time),
        TableKind::Orders => matches!(role, Item | Order | Time | Quantity | Price | Amount),
        TableKind::Products => matches!(role, Item | Name | Category | Price | Stock | Description),
        TableKind::Users => matches!(role, Registered),
        TableKind::Reviews => matches!(role, Item | Rating | Text | Time),
        TableKind::Features => matches!(role, Label | Other),
    }
}

/// Columns that only some rows of this kind can have: a view has no price.
fn is_partial(role: Role, kind: TableKind) -> bool {
    use Role::*;
    kind == TableKind::Events && matches!(role, Order | Quantity | Price | Amount | Dwell | Session | Channel)
}

fn missing(profile: &ColumnProfile, kind: TableKind, found: &mut Found) {
    let column = profile.name.clone();
    if profile.missing == 0 || profile.rows == 0 {
        return;
    }
    let share = profile.missing as f64 / profile.rows as f64;
    if profile.role == Role::User && share < 1.0 {
        let drop = CleanAction::DropMissing { columns: vec![column.clone()] };
        found.add(Problem::MissingUser { column }, profile.missing, vec![drop]);
    } else if share >= MOSTLY && !is_partial(profile.role, kind) {
        let repair = vec![CleanAction::DropColumn { column: column.clone() }];
        found.add(Problem::MostlyMissing { column, share }, profile.missing, repair);
    } else if is_needed(profile.role, kind) && share < 1.0 {
        let repair = if profile.numbers.is_some() {
            CleanAction::FillMissing { column: column.clone(), with: Fill::Median }
        } else if kind == TableKind::Features {
            CleanAction::FillMissing { column: column.clone(), with: Fill::Mode }
        } else {
            CleanAction::DropMissing { columns: vec![column.clone()] }
        };
        found.add(Problem::MissingValues { column, role: profile.role }, profile.missing, vec![repair]);
    }
}

fn sameness(profile: &ColumnProfile, kind: TableKind, found: &mut Found) {
    let column = profile.name.clone();
    let filled = profile.rows - profile.missing;
    if profile.distinct.exact
        && profile.distinct.count == 1
        && profile.missing == 0
        && profile.rows > 1
        && let Some(only) = profile.top.first()
    {
        let repair = vec![CleanAction::DropColumn { column: column.clone() }];
        // A table of one shop or one day is no mistake, so the columns that others build on stay.
        let repair = if is_key(profile.role) || profile.role == Role::Time { vec![] } else { repair };
        found.add(Problem::ConstantColumn { column, value: only.value.clone() }, profile.rows, repair);
        return;
    }
    let one_each = matches!((kind, profile.role), (TableKind::Products, Role::Item) | (TableKind::Users, Role::User));
    if one_each && profile.distinct.exact && profile.distinct.count < filled {
        let drop = CleanAction::DropDuplicates { columns: vec![column.clone()], keep: Keep::Last };
        found.add(Problem::RepeatedId { column }, filled - profile.distinct.count, vec![drop]);
    }
}

fn texts(profile: &ColumnProfile, told: &Told, found: &mut Found) {
    let looks = &told.looks;
    let column = profile.name.clone();
    // Counts over the rows looked at stand for all.
    let filled = profile.rows - profile.missing;
    let of_all = |rows: u64| (rows as f64 / looks.read.max(1) as f64 * filled as f64).round() as u64;
    if looks.untidy + looks.blank > 0 {
        let trim = CleanAction::Trim { columns: vec![column.clone()] };
        found.add(Problem::UntidySpaces { column: column.clone() }, of_all(looks.untidy + looks.blank), vec![trim]);
    }
    if looks.placeholders > 0 && !is_free_text(profile.role) {
        let seen = told.counted.iter().map(|(text, _)| text.to_string()).filter(|text| is_placeholder(text));
        let words: Vec<String> = seen.take(PLACEHOLDERS.len()).collect();
        let map = words.iter().map(|word| (Value::Text(word.clone()), None)).collect();
        let repair = vec![CleanAction::MapValues { column: column.clone(), map }];
        let problem = Problem::PlaceholderWords { column: column.clone(), words };
        found.add(problem, of_all(looks.placeholders), repair);
    }
    if !as_text(profile, looks, &of_all, found) {
        spellings(profile, told, found);
        languages(profile, looks, &of_all, found);
    }
}

fn is_free_text(role: Role) -> bool {
    use Role::*;
    matches!(role, Description | Attributes | Picture | Title | Text)
}

/// Numbers or dates that were read as text. False when the column is text indeed.
fn as_text(profile: &ColumnProfile, looks: &Looks, of_all: &impl Fn(u64) -> u64, found: &mut Found) -> bool {
    use Role::*;
    let dated = matches!(profile.role, Time | Registered);
    if is_free_text(profile.role) || is_key(profile.role) || profile.role == Language {
        return false;
    }
    let nothing = looks.blank + looks.placeholders;
    let meant = looks.read.saturating_sub(nothing);
    let enough = |readable: u64| readable > 0 && readable as f64 >= READABLE * meant as f64;
    let column = profile.name.clone();
    // Digits alone can be seconds since 1970 or 20260601 where a time is meant.
    let dates = looks.dates + if dated { looks.wholes } else { 0 };
    if enough(dates) {
        let to = if looks.times_of_day > 0 || looks.dates == 0 { ColumnType::Time } else { ColumnType::Date };
        let unreadable = of_all(meant - dates);
        let repair = fix(&column, to);
        found.add(Problem::DatesAsText { column, to, unreadable }, profile.rows - profile.missing, repair);
        return true;
    }
    if enough(looks.numbers) && !dated {
        let to = if looks.wholes == looks.numbers { ColumnType::Integer } else { ColumnType::Decimal };
        let unreadable = of_all(meant - looks.numbers);
        let repair = fix(&column, to);
        found.add(Problem::NumbersAsText { column, to, unreadable }, profile.rows - profile.missing, repair);
        return true;
    }
    false
}

fn fix(column: &str, to: ColumnType) -> Vec<CleanAction> {
    vec![CleanAction::FixType { column: column.to_owned(), to, day_first: None, decimal_comma: false }]
}

fn spellings(profile: &ColumnProfile, told: &Told, found: &mut Found) {
    use Role::*;
    let of_things = matches!(profile.role, Event | Name | Category | Brand | City | Country | Channel | Gender | Other);
    if !of_things || !told.distinct.exact || told.counted.len() > MOST_SPELLINGS {
        return;
    }
    let places = matches!(profile.role, City | Country);
    let counted: Vec<(&str, u64)> = told
        .counted
        .iter()
        .map(|(text, count)| (&**text, *count))
        .filter(|(text, _)| !text.trim().is_empty() && !is_placeholder(text))
        .collect();
    let all = spelling::find(&counted, places);
    if all.is_empty() {
        return;
    }
    let rows = all.iter().map(spelling::Found::rows).sum();
    let groups = all
        .iter()
        .map(|group| SpellingGroup {
            keep: group.keep.0.clone(),
            variants: group.variants.iter().map(|(variant, _)| variant.clone()).collect(),
        })
        .collect();
    let column = profile.name.clone();
    let repair = vec![CleanAction::MergeSpellings { column: column.clone(), groups, places }];
    let count = all.len() as u64;
    let shown = all.into_iter().take(GROUPS_SHOWN).map(|group| VariantGroup {
        keep: group.keep.0,
        keep_rows: group.keep.1,
        variants: group.variants,
    });
    found.add(Problem::SpellingVariants { column, groups: shown.collect(), count }, rows, repair);
}

/// A note where both languages have a fair share.
fn languages(profile: &ColumnProfile, looks: &Looks, of_all: &impl Fn(u64) -> u64, found: &mut Found) {
    use Role::*;
    let one_language = matches!(profile.role, Name | Category | Brand | City | Country | Channel | Event);
    let fewer = looks.han.min(looks.latin);
    if one_language && fewer * 10 >= looks.han + looks.latin && fewer > 0 {
        let column = profile.name.clone();
        let (chinese, latin) = (of_all(looks.han), of_all(looks.latin));
        found.add(Problem::MixedLanguages { column, chinese, latin }, of_all(fewer), vec![]);
    }
}

fn only(column: &str, test: Test) -> Vec<CleanAction> {
    vec![CleanAction::FilterRows { keep: vec![Condition::new(column, test)] }]
}

/// Rows without the value stay.
fn without(column: &str, values: Vec<Value>) -> Vec<CleanAction> {
    only(column, Test::IsNot(values))
}

/// Rows that a column of events calls returns: their quantity may be below zero.
fn returns(columns: &[Finished]) -> u64 {
    let events = columns.iter().filter(|column| column.profile.role == Role::Event);
    let word = Value::Text(EventKind::Return.key().to_owned());
    events.flat_map(|column| &column.profile.top).filter(|top| top.value == word).map(|top| top.count).sum()
}

fn amounts(profile: &ColumnProfile, numbers: &NumberProfile, out_of_range: u64, returns: u64, found: &mut Found) {
    let column = profile.name.clone();
    let role = profile.role;
    let positive = || only(&column, Test::Above(Value::Integer(0)));
    if numbers.infinite > 0 {
        let whole_range = Test::Between { from: Value::Decimal(f64::MIN), to: Value::Decimal(f64::MAX) };
        found.add(Problem::InfiniteNumbers { column: column.clone() }, numbers.infinite, only(&column, whole_range));
    }
    if numbers.negative > 0 {
        match role {
            Role::Quantity if numbers.negative > returns => {
                // Leaving out all of them would leave out the returns too.
                let repair = if returns == 0 { positive() } else { vec![] };
                let problem = Problem::NegativeQuantity { column: column.clone() };
                found.add(problem, numbers.negative - returns, repair);
            }
            Role::Price => found.add(Problem::NegativePrice { column: column.clone() }, numbers.negative, positive()),
            _ => {}
        }
    }
    if role == Role::Price && numbers.zeros > 0 {
        let repair = without(&column, vec![Value::Integer(0)]);
        found.add(Problem::ZeroPrice { column: column.clone() }, numbers.zeros, repair);
    }
    let range = range_of(role);
    if let Some((low, high)) = range.filter(|_| out_of_range > 0) {
        let repair = only(&column, Test::Between { from: Value::Decimal(low), to: Value::Decimal(high) });
        found.add(Problem::OutOfRange { column: column.clone(), low, high }, out_of_range, repair);
    }
    let out = &numbers.outliers;
    let (below, above) = (out.far_below, out.far_above);
    // Without a spread between the quartiles everything else would be far.
    let spread = numbers.quantiles[4] > numbers.quantiles[2];
    // A few whole numbers are codes (a browser, a region), of which none lies far from another.
    let codes =
        profile.column_type == Some(ColumnType::Integer) && role == Role::Other && profile.distinct.count <= MOST_CODES;
    let spread = spread && !codes;
    if range.is_none() && role != Role::Label && spread && below + above > 0 {
        let iqr = numbers.quantiles[4] - numbers.quantiles[2];
        let (low, high) = (numbers.quantiles[2] - 3.0 * iqr, numbers.quantiles[4] + 3.0 * iqr);
        let (low, high) = (low.max(f64::MIN), high.min(f64::MAX));
        let clip = CleanAction::ClipOutliers { column: column.clone(), fence: Fence::Iqr { times: 3.0 } };
        found.add(Problem::FarOutliers { column, low, high, below, above }, below + above, vec![clip]);
    }
}

fn times(column: &Finished, today: Option<i32>, found: &mut Found) {
    let (Some(days), Some(times)) = (&column.days, &column.profile.times) else { return };
    let name = column.profile.name.clone();
    let date = column.profile.column_type == Some(ColumnType::Date);
    let value = |day: i32| if date { Value::Date(day) } else { Value::Time(i64::from(day) * DAY_MS) };
    if let Some(today) = today {
        let future = days.after(today);
        if future > 0 {
            let repair = only(&name, Test::Below(value(today.saturating_add(1))));
            found.add(Problem::FutureDates { column: name.clone(), last: times.last.clone() }, future, repair);
        }
    }
    if days.unset() > 0 {
        // Earlier times cannot be right either.
        let repair = only(&name, Test::AtLeast(value(1)));
        found.add(Problem::UnsetDates { column: name.clone() }, days.unset(), repair);
    }
    if column.profile.role == Role::Time
        && let Some(coverage) = &times.coverage
        && let Some(longest) = coverage.gaps.first()
    {
        let problem = Problem::TimeGaps {
            column: name,
            days: coverage.days_without_rows,
            longest_from: value(longest.from),
            longest_to: value(longest.to),
        };
        found.add(problem, 0, vec![]);
    }
}

fn many_names(names: &Names, found: &mut Found) {
    let (ids, checked) = names.counts();
    if ids == 0 {
        return;
    }
    let examples = names.examples.iter().map(|(id, names)| NamePair { id: id.clone(), names: names.clone() }).collect();
    let repair = vec![CleanAction::UnifyByKey { key: names.key.clone(), column: names.column.clone() }];
    let (id, column) = (names.key.clone(), names.column.clone());
    let share = ids as f64 / checked.max(1) as f64;
    let rows = (share * found.rows as f64).round() as u64;
    found.add(Problem::IdWithManyNames { id, column, ids, checked, examples }, rows, repair);
}
