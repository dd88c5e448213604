//! What becomes of each column: decided from the counts over the whole file, the roles and the recipe.

use super::stats::ColumnStats;
use super::zone::WallClock;
use super::{AsideReason, ReadError, ReadRecipe};
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::when::DateOrder;
use crate::stage::data::schema::{ColumnType, EventWord, event_code, known_event};
use std::collections::BTreeMap;

/// How a cell becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convert {
    Text,
    /// Trimmed text, where the usual words for "nothing" are nothing.
    Id,
    /// `17850.0` is the text `17850`.
    FloatIdText,
    /// A whole number, or one written as `17850.0`.
    IdInteger,
    Integer,
    Decimal {
        comma: bool,
    },
    YesNo,
    Date(DateOrder),
    Time(DateOrder),
    /// A shop's event word becomes the usual one.
    Event,
}

/// One column of the table to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanColumn {
    pub name: String,
    /// Its place in the file.
    pub source: usize,
    pub role: Role,
    pub convert: Convert,
    /// Why a row is set aside when this cell is empty.
    pub if_empty: Option<AsideReason>,
    /// Why a row is set aside when this cell cannot be converted.
    pub if_bad: AsideReason,
}

/// What becomes of a file.
#[derive(Debug, Clone)]
pub struct Plan {
    pub file: String,
    pub kind: TableKind,
    pub columns: Vec<PlanColumn>,
    pub event_words: BTreeMap<String, EventWord>,
    /// The name of an event column to be made: purchase or return by the sign of the quantity or amount.
    pub add_event: Option<String>,
    /// The made event is always a view, since nothing of money is known.
    pub only_views: bool,
    /// The name of a column of row numbers to be made.
    pub add_number: Option<String>,
    pub clock: WallClock,
    /// Choices for the whole file that the counts made.
    pub decimal_comma: bool,
    pub day_first: Option<bool>,
}

/// Roles that only one column may have.
pub fn is_single(role: Role) -> bool {
    !matches!(role, Role::Other | Role::Attributes)
}

/// Roles whose cells must be numbers.
pub fn is_number(role: Role) -> bool {
    matches!(role, Role::Quantity | Role::Price | Role::Amount | Role::Rating | Role::Dwell | Role::Stock)
}

/// Roles that name something: equal text, equal thing.
pub fn is_id(role: Role) -> bool {
    matches!(role, Role::User | Role::Item | Role::Order | Role::Session)
}

impl Convert {
    pub fn column_type(self) -> ColumnType {
        match self {
            Self::Text | Self::Id | Self::FloatIdText | Self::Event => ColumnType::Text,
            Self::IdInteger | Self::Integer => ColumnType::Integer,
            Self::Decimal { .. } => ColumnType::Decimal,
            Self::YesNo => ColumnType::YesNo,
            Self::Date(_) => ColumnType::Date,
            Self::Time(_) => ColumnType::Time,
        }
    }
}

/// Whether the file writes decimals with a comma: some column needs it and none needs the point.
pub fn decimal_comma(stats: &[ColumnStats]) -> bool {
    let all = |s: &&ColumnStats| s.filled > 0 && s.numbers() * 10 >= s.filled * 9;
    let needs_comma = stats.iter().filter(all).any(|s| s.comma > s.point);
    let needs_point = stats.iter().filter(all).any(|s| s.point > s.comma);
    needs_comma && !needs_point
}

/// Whether the file writes the day first; nothing if no date tells.
pub fn day_first(stats: &[ColumnStats]) -> Option<bool> {
    let dates = stats.iter().filter(|s| s.filled > 0 && s.times() * 10 >= s.filled * 9);
    let (day, month) = dates.fold((0, 0), |(d, m), s| (d + s.day_first, m + s.month_first));
    (day != month).then_some(day > month)
}

/// The conversion that the cells allow when no role asks for one.
pub fn natural(stats: &ColumnStats, comma: bool, day_first: Option<bool>) -> Convert {
    let all = |n: u64| n == stats.filled;
    if stats.filled == 0 {
        return Convert::Text;
    }
    if all(stats.whole) {
        return if stats.padded == 0 { Convert::Integer } else { Convert::Text };
    }
    if all(if comma { stats.comma } else { stats.point }) {
        return Convert::Decimal { comma };
    }
    if all(stats.yes_no) {
        return Convert::YesNo;
    }
    match date_order(stats, day_first) {
        Some(order) if all(in_order(stats, order)) => dated(stats, order),
        _ => Convert::Text,
    }
}

fn dated(stats: &ColumnStats, order: DateOrder) -> Convert {
    if stats.clocks == 0 { Convert::Date(order) } else { Convert::Time(order) }
}

fn in_order(stats: &ColumnStats, order: DateOrder) -> u64 {
    match order {
        DateOrder::DayFirst => stats.day_first,
        DateOrder::MonthFirst => stats.month_first,
    }
}

/// The order of day and month in a column; nothing if the dates are different ones in both orders.
fn date_order(stats: &ColumnStats, day_first: Option<bool>) -> Option<DateOrder> {
    let by_file = day_first.map(|d| if d { DateOrder::DayFirst } else { DateOrder::MonthFirst });
    match stats.day_first.cmp(&stats.month_first) {
        _ if by_file.is_some() => by_file,
        std::cmp::Ordering::Greater => Some(DateOrder::DayFirst),
        std::cmp::Ordering::Less => Some(DateOrder::MonthFirst),
        std::cmp::Ordering::Equal if stats.ambiguous == 0 => Some(DateOrder::DayFirst),
        std::cmp::Ordering::Equal => None,
    }
}

/// The conversion of an id column.
fn id(stats: &ColumnStats) -> Convert {
    if stats.filled > 0 && stats.ids + stats.float_ids == stats.filled { Convert::IdInteger } else { Convert::Id }
}

/// Everything known about the columns of a file before its plan is made.
pub struct Columns<'a> {
    pub names: &'a [String],
    pub roles: &'a [Role],
    pub stats: &'a [ColumnStats],
}

impl Plan {
    /// Decides every column. Errors say which role is missing, double, or cannot be decided.
    pub fn new(file: &str, kind: TableKind, columns: &Columns<'_>, recipe: &ReadRecipe) -> Result<Self, ReadError> {
        check_roles(file, kind, columns)?;
        let zone = recipe.time_zone.as_deref().unwrap_or("UTC");
        let bad =
            |setting, value: &str| ReadError::BadSetting { file: file.to_owned(), setting, value: value.to_owned() };
        let clock = WallClock::parse(zone).ok_or_else(|| bad("time_zone", zone))?;
        let comma = recipe.decimal_comma.unwrap_or_else(|| decimal_comma(columns.stats));
        let order = recipe.day_first.or_else(|| day_first(columns.stats));
        let mut made = Vec::with_capacity(columns.names.len());
        for (source, name) in columns.names.iter().enumerate() {
            let (role, stats) = (columns.roles[source], &columns.stats[source]);
            let wanted = recipe.types.get(name).copied();
            let convert = convert(file, name, role, stats, wanted, comma, order)?;
            let if_bad = match convert {
                Convert::Date(_) | Convert::Time(_) => AsideReason::BadTime,
                Convert::YesNo => AsideReason::BadYesNo,
                _ => AsideReason::BadNumber,
            };
            made.push(PlanColumn { name: name.clone(), source, role, convert, if_empty: if_empty(kind, role), if_bad });
        }
        let has = |role| columns.roles.contains(&role);
        let free = |name: &str| free_name(name, columns.names);
        let log = matches!(kind, TableKind::Events | TableKind::Orders);
        let add_event = (log && !has(Role::Event)).then(|| free("event"));
        let money = [Role::Order, Role::Quantity, Role::Price, Role::Amount].into_iter().any(has);
        let add_number = (kind == TableKind::Features && !columns.roles.iter().any(|r| is_id(*r))).then(|| free("row"));
        let mut event_words = recipe.event_words.clone();
        let words = columns.roles.iter().position(|r| *r == Role::Event).map(|i| &columns.stats[i].words);
        let codes = words.is_some_and(|w| w.keys().all(|word| event_code(word).is_some()));
        for word in words.into_iter().flat_map(|w| w.keys()) {
            let word = word.to_lowercase();
            let meaning = if codes { event_code(&word) } else { known_event(&word) }.unwrap_or(EventWord::Other);
            event_words.entry(word).or_insert(meaning);
        }
        Ok(Self {
            file: file.to_owned(),
            kind,
            columns: made,
            event_words,
            add_event,
            only_views: kind == TableKind::Events && !money,
            add_number,
            clock,
            decimal_comma: comma,
            day_first: order,
        })
    }
}

fn convert(
    file: &str,
    name: &str,
    role: Role,
    stats: &ColumnStats,
    wanted: Option<ColumnType>,
    comma: bool,
    day_first: Option<bool>,
) -> Result<Convert, ReadError> {
    let decimal = Convert::Decimal { comma };
    // A column of dates that could be either is asked about only if a stage will rely on it.
    let order = date_order(stats, day_first);
    let ask = || {
        let seen = stats.first_ambiguous.clone();
        let (line, example) = seen.map(|e| (e.line, e.text)).unwrap_or_default();
        ReadError::AmbiguousDates { file: file.to_owned(), line, column: name.to_owned(), example }
    };
    let whole = stats.numbers() > 0 && stats.whole == stats.numbers();
    let suits = match wanted {
        None => true,
        Some(t) if is_number(role) => matches!(t, ColumnType::Integer | ColumnType::Decimal),
        Some(t) if role == Role::Time => matches!(t, ColumnType::Date | ColumnType::Time),
        Some(t) if is_id(role) => matches!(t, ColumnType::Integer | ColumnType::Text),
        Some(t) if role == Role::Event => t == ColumnType::Text,
        Some(_) => true,
    };
    if !suits {
        let value = format!("{name}={}", wanted.map_or("", ColumnType::key));
        return Err(ReadError::BadSetting { file: file.to_owned(), setting: "types", value });
    }
    Ok(match wanted {
        Some(ColumnType::Text) if role == Role::Event => Convert::Event,
        Some(ColumnType::Text) if is_id(role) && stats.float_ids > 0 && id(stats) == Convert::IdInteger => {
            Convert::FloatIdText
        }
        Some(ColumnType::Text) if is_id(role) => Convert::Id,
        Some(ColumnType::Text) => Convert::Text,
        Some(ColumnType::Integer) if is_id(role) => Convert::IdInteger,
        Some(ColumnType::Integer) => Convert::Integer,
        Some(ColumnType::Decimal) => decimal,
        Some(ColumnType::YesNo) => Convert::YesNo,
        Some(ColumnType::Date) => Convert::Date(order.ok_or_else(ask)?),
        Some(ColumnType::Time) => Convert::Time(order.ok_or_else(ask)?),
        None if role == Role::Event => Convert::Event,
        None if role == Role::Time => Convert::Time(order.ok_or_else(ask)?),
        None if role == Role::Registered && stats.times() * 10 >= stats.filled * 9 && stats.filled > 0 => {
            dated(stats, order.ok_or_else(ask)?)
        }
        None if matches!(role, Role::Price | Role::Amount) => decimal,
        None if is_number(role) => {
            if whole {
                Convert::Integer
            } else {
                decimal
            }
        }
        None if is_id(role) => id(stats),
        None => natural(stats, comma, day_first),
    })
}

fn if_empty(kind: TableKind, role: Role) -> Option<AsideReason> {
    let log = matches!(kind, TableKind::Events | TableKind::Orders);
    match role {
        Role::User if log || kind == TableKind::Users => Some(AsideReason::NoUser),
        Role::Item if log || kind == TableKind::Products => Some(AsideReason::NoItem),
        Role::Event if log => Some(AsideReason::NoEvent),
        Role::Time if log => Some(AsideReason::NoTime),
        _ => None,
    }
}

/// The roles without which a table of a kind is of no use.
fn needed(kind: TableKind) -> &'static [Role] {
    match kind {
        TableKind::Events | TableKind::Orders | TableKind::Users => &[Role::User],
        TableKind::Products => &[Role::Item],
        TableKind::Reviews | TableKind::Features => &[],
    }
}

fn check_roles(file: &str, kind: TableKind, columns: &Columns<'_>) -> Result<(), ReadError> {
    let file = || file.to_owned();
    for &role in needed(kind) {
        if !columns.roles.contains(&role) {
            return Err(ReadError::MissingRole { file: file(), kind, role });
        }
    }
    if kind == TableKind::Reviews && !columns.roles.iter().any(|r| matches!(r, Role::Text | Role::Rating)) {
        return Err(ReadError::MissingRole { file: file(), kind, role: Role::Text });
    }
    for (i, &role) in columns.roles.iter().enumerate() {
        let before = columns.roles[..i].iter().position(|r| *r == role && is_single(role));
        if let Some(before) = before {
            let (first, second) = (columns.names[before].clone(), columns.names[i].clone());
            return Err(ReadError::DoubleRole { file: file(), role, first, second });
        }
    }
    Ok(())
}

/// `name`, or the first of `name_2`, `name_3`, … that no column has.
pub fn free_name(name: &str, taken: &[String]) -> String {
    let mut free = name.to_owned();
    let mut n = 2;
    while taken.contains(&free) {
        free = format!("{name}_{n}");
        n += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(filled: u64) -> ColumnStats {
        ColumnStats { filled, ..ColumnStats::default() }
    }

    #[test]
    fn the_cells_decide_the_type() {
        let whole = ColumnStats { whole: 3, point: 3, comma: 3, ..stats(3) };
        assert_eq!(natural(&whole, false, None), Convert::Integer);
        assert_eq!(natural(&ColumnStats { padded: 1, ..whole.clone() }, false, None), Convert::Text);
        assert_eq!(natural(&ColumnStats { filled: 4, ..whole.clone() }, false, None), Convert::Text);
        let comma = ColumnStats { whole: 1, point: 1, ..whole };
        assert_eq!(natural(&comma, true, None), Convert::Decimal { comma: true });
        assert!(decimal_comma(&[comma.clone(), stats(5)]));
        let point = ColumnStats { point: 3, comma: 0, ..stats(3) };
        assert!(!decimal_comma(&[comma, point]));
        assert_eq!(natural(&ColumnStats { yes_no: 2, ..stats(2) }, false, None), Convert::YesNo);
        assert_eq!(natural(&stats(0), false, None), Convert::Text);
    }

    #[test]
    fn dates_that_could_be_either_stay_text_until_the_file_tells() {
        let either = ColumnStats { day_first: 2, month_first: 2, ambiguous: 2, ..stats(2) };
        assert_eq!(natural(&either, false, None), Convert::Text);
        assert_eq!(natural(&either, false, Some(true)), Convert::Date(DateOrder::DayFirst));
        let clear = ColumnStats { day_first: 3, month_first: 2, ambiguous: 2, ..stats(3) };
        assert_eq!(day_first(&[either, clear]), Some(true));
        assert_eq!(day_first(&[]), None);
    }

    #[test]
    fn made_up_names_are_free() {
        let taken = ["event".to_owned(), "event_2".to_owned()];
        assert_eq!(free_name("event", &taken), "event_3");
        assert_eq!(free_name("row", &taken), "row");
    }
}
