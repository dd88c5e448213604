//! Kind and roles, each with a confidence and a reason that `ui/text` puts into words.

use super::types::ColumnType;
use super::value::{decimal, integer, is_missing};
use super::when::{DateOrder, when};
use super::words::{self, NameMatch};
use crate::stage::data::kind::{Role, TableKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why a column seems to have its role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum RoleReason {
    /// The user said so.
    Given,
    /// The name is a known word for it.
    NameIs { word: String },
    /// The name holds a known word for it.
    NameHolds { word: String },
    /// This share of the values are known event words, such as `example`.
    EventWords { share: f32, example: String },
    /// Every value is a time, such as `example`.
    Times { example: String },
    /// Whole numbers from `low` to `high`, few of them distinct.
    SmallScale { low: i64, high: i64 },
    /// A table without names: whole numbers in this place are usually it.
    Place { place: u32 },
    /// Yes or no in the last column of a table of measures.
    LastYesNo,
    /// Long texts.
    LongTexts { mean_length: u32 },
    /// Made by the reader.
    Added,
    /// Nothing speaks for a role.
    NoSign,
}

/// Why a table seems to be of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum KindReason {
    /// The user said so.
    Given,
    /// It has these roles, which together make the kind.
    HasRoles { roles: Vec<Role> },
    /// Most columns are measures and none of the other kinds fits.
    MostlyMeasures { measures: u32, columns: u32 },
    /// Nothing fits better.
    NothingElse,
}

/// What one column seems to mean. `confidence` is in 0..=1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleGuess {
    pub role: Role,
    pub confidence: f32,
    pub reason: RoleReason,
}

/// What a table seems to be. `roles` has one entry a column, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    pub kind: TableKind,
    pub kind_confidence: f32,
    pub kind_reason: KindReason,
    pub roles: Vec<RoleGuess>,
}

/// A column as the guess sees it: its name, or nothing if the file has none; its type; some of its cells.
#[derive(Debug, Clone)]
pub struct ColumnSample<'a> {
    pub name: Option<&'a str>,
    pub column_type: ColumnType,
    pub cells: Vec<Option<&'a str>>,
}

/// What a column's cells tell, all in one place.
struct Facts<'a> {
    name: Option<&'a str>,
    column_type: ColumnType,
    filled: usize,
    numbers: f32,
    times: f32,
    /// Share of the filled cells that are known event words, and the first of them.
    events: f32,
    example: Option<&'a str>,
    /// Only 1 to 4 occur.
    codes: bool,
    distinct: usize,
    mean_length: usize,
    range: Option<(i64, i64)>,
}

impl<'a> Facts<'a> {
    fn of(sample: &ColumnSample<'a>) -> Self {
        let filled: Vec<&str> = sample.cells.iter().flatten().copied().filter(|c| !is_missing(c)).collect();
        let share =
            |test: &dyn Fn(&str) -> bool| filled.iter().filter(|c| test(c)).count() as f32 / filled.len().max(1) as f32;
        let whole: Vec<i64> = filled.iter().filter_map(|c| integer(c)).collect();
        let range = whole.iter().min().copied().zip(whole.iter().max().copied());
        Self {
            name: sample.name,
            column_type: sample.column_type,
            filled: filled.len(),
            numbers: share(&|c| decimal(c, false).is_some() || decimal(c, true).is_some()),
            times: share(&|c| when(c, DateOrder::DayFirst).is_some() || when(c, DateOrder::MonthFirst).is_some()),
            events: share(&|c| words::known_event(c).is_some()),
            example: filled.first().copied(),
            codes: !filled.is_empty() && filled.iter().all(|c| words::event_code(c).is_some()),
            distinct: filled.iter().collect::<BTreeSet<_>>().len(),
            mean_length: filled.iter().map(|c| c.chars().count()).sum::<usize>() / filled.len().max(1),
            range: range.filter(|_| whole.len() == filled.len()),
        }
    }

    /// Whether the cells can be what the role says. An empty column can be anything.
    fn can_be(&self, role: Role) -> bool {
        if self.filled == 0 {
            return true;
        }
        let is_measure = matches!(self.column_type, ColumnType::Decimal | ColumnType::YesNo);
        match role {
            Role::Quantity | Role::Price | Role::Amount | Role::Rating | Role::Dwell | Role::Stock => {
                self.numbers >= 0.5
            }
            Role::Time | Role::Registered => self.times >= 0.5,
            Role::Event => self.events >= 0.5 || self.codes || self.distinct <= 30 && self.numbers < 0.5,
            Role::Label => self.distinct <= 20 && self.column_type != ColumnType::Decimal,
            Role::Text | Role::Title | Role::Description | Role::Name | Role::City | Role::Language | Role::Brand => {
                self.numbers < 0.5 || role == Role::Brand
            }
            Role::Country | Role::Channel => self.numbers < 0.5 || self.column_type == ColumnType::Integer,
            // A float id, 17850.0, has the type of a decimal.
            Role::User | Role::Item | Role::Order | Role::Session => {
                self.column_type != ColumnType::YesNo && self.times < 0.9 || self.range.is_some()
            }
            Role::Gender | Role::Category => !is_measure || self.distinct <= 20,
            Role::Age | Role::Attributes | Role::Picture | Role::Other => true,
        }
    }
}

/// What the user has already said: the kind, and the role of some columns, in their order.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub kind: Option<TableKind>,
    pub roles: Vec<Option<Role>>,
}

/// Guesses the kind of a table and the role of each column, around what is given.
pub fn guess(samples: &[ColumnSample<'_>], given: &Given) -> Guess {
    let facts: Vec<Facts<'_>> = samples.iter().map(Facts::of).collect();
    let given_role = |column: usize| given.roles.get(column).copied().flatten();
    let mut candidates: Vec<(usize, RoleGuess)> = Vec::new();
    for (column, facts) in facts.iter().enumerate().filter(|(column, _)| given_role(*column).is_none()) {
        candidates.extend(of_column(facts).into_iter().map(|guess| (column, guess)));
    }
    // The surest first; of equals the leftmost, since exports begin with what matters.
    candidates.sort_by(|a, b| b.1.confidence.total_cmp(&a.1.confidence).then(a.0.cmp(&b.0)));
    let mut roles: Vec<RoleGuess> = (0..samples.len()).map(|i| given_role(i).map_or_else(nothing, said)).collect();
    for (column, guess) in candidates {
        let free = roles[column].role == Role::Other && roles.iter().all(|r| r.role != guess.role);
        if free {
            roles[column] = guess;
        }
    }
    if facts.iter().all(|f| f.name.is_none()) {
        by_place(&facts, &mut roles);
    }
    let (kind, kind_confidence, kind_reason) = match given.kind {
        Some(kind) => (kind, 1.0, KindReason::Given),
        None => kind_of(&facts, &roles),
    };
    fit_to_kind(kind, &facts, &mut roles);
    Guess { kind, kind_confidence, kind_reason, roles }
}

fn nothing() -> RoleGuess {
    RoleGuess { role: Role::Other, confidence: 0.0, reason: RoleReason::NoSign }
}

fn said(role: Role) -> RoleGuess {
    RoleGuess { role, confidence: 1.0, reason: RoleReason::Given }
}

/// Every role that a column could have, by itself.
fn of_column(facts: &Facts<'_>) -> Vec<RoleGuess> {
    let mut found = Vec::new();
    for matched in facts.name.map(words::roles_of).unwrap_or_default() {
        let (role, confidence, reason) = match matched {
            NameMatch::Is(role, word) => (role, 0.95, RoleReason::NameIs { word }),
            NameMatch::Holds(role, word) => (role, 0.7, RoleReason::NameHolds { word }),
        };
        if facts.can_be(role) {
            // A name like "type" needs values that agree.
            let confidence = if role == Role::Event && facts.events < 0.5 && !facts.codes { 0.5 } else { confidence };
            found.push(RoleGuess { role, confidence, reason });
        }
    }
    if facts.filled > 0 && facts.events >= 0.5 && facts.distinct <= 30 {
        let example = facts.example.unwrap_or_default().to_owned();
        let reason = RoleReason::EventWords { share: facts.events, example };
        found.push(RoleGuess { role: Role::Event, confidence: 0.6 + 0.3 * facts.events, reason });
    }
    let dated = matches!(facts.column_type, ColumnType::Date | ColumnType::Time);
    let epochs = facts.name.is_none() && facts.times >= 0.99 && facts.filled > 0;
    if (dated || epochs) && facts.times >= 0.9 {
        let example = facts.example.unwrap_or_default().to_owned();
        found.push(RoleGuess { role: Role::Time, confidence: 0.6, reason: RoleReason::Times { example } });
    }
    if facts.column_type == ColumnType::Text && facts.mean_length >= 60 && facts.numbers < 0.1 {
        let reason = RoleReason::LongTexts { mean_length: facts.mean_length as u32 };
        found.push(RoleGuess { role: Role::Text, confidence: 0.4, reason });
    }
    found
}

/// Without names, a log is usually user, item, category from left to right, and a small scale is a rating.
fn by_place(facts: &[Facts<'_>], roles: &mut [RoleGuess]) {
    let has = |roles: &[RoleGuess], role| roles.iter().any(|r| r.role == role);
    if !has(roles, Role::Event) && !has(roles, Role::Time) {
        return;
    }
    let scale = facts.iter().zip(roles.iter()).position(|(f, r)| {
        *r == nothing()
            && f.distinct <= 11
            && f.filled >= 20
            && f.range.is_some_and(|(low, high)| low >= 0 && high <= 10)
    });
    if let Some(column) = scale.filter(|_| !has(roles, Role::Event)) {
        let (low, high) = facts[column].range.unwrap_or_default();
        roles[column] = RoleGuess { role: Role::Rating, confidence: 0.5, reason: RoleReason::SmallScale { low, high } };
    }
    let taken: Vec<Role> = roles.iter().map(|r| r.role).collect();
    let mut order = [Role::User, Role::Item, Role::Category].into_iter();
    for (place, (facts, guess)) in facts.iter().zip(roles.iter_mut()).enumerate() {
        let id_like = matches!(facts.column_type, ColumnType::Integer | ColumnType::Text) && facts.mean_length <= 40;
        if guess.role != Role::Other || guess.reason == RoleReason::Given || !id_like || facts.filled == 0 {
            continue;
        }
        let Some(role) = order.find(|role| !taken.contains(role)) else { break };
        *guess = RoleGuess { role, confidence: 0.45, reason: RoleReason::Place { place: place as u32 + 1 } };
    }
}

/// The kind that the roles make, how sure it is and why.
fn kind_of(facts: &[Facts<'_>], roles: &[RoleGuess]) -> (TableKind, f32, KindReason) {
    let has = |role: Role| roles.iter().any(|r| r.role == role);
    let of = |wanted: &[Role]| KindReason::HasRoles { roles: wanted.iter().copied().filter(|r| has(*r)).collect() };
    let numeric =
        |f: &Facts<'_>| matches!(f.column_type, ColumnType::Integer | ColumnType::Decimal | ColumnType::YesNo);
    let names = |r: &RoleGuess| matches!(r.role, Role::User | Role::Item | Role::Order | Role::Session);
    let measures = facts.iter().zip(roles).filter(|(f, r)| numeric(f) && !names(r)).count();
    let other = facts.iter().zip(roles).filter(|(f, r)| numeric(f) && r.role == Role::Other).count();
    let columns = facts.len();
    let money = has(Role::Quantity) || has(Role::Price) || has(Role::Amount);
    let (somebody, something) = (has(Role::User) || has(Role::Session), has(Role::Item));
    let sure_event = roles.iter().any(|r| r.role == Role::Event && r.confidence >= 0.6);
    if sure_event && (has(Role::Time) || something || somebody) {
        let sure = if somebody && has(Role::Time) { 0.95 } else { 0.7 };
        return (TableKind::Events, sure, of(&[Role::User, Role::Item, Role::Event, Role::Time]));
    }
    if has(Role::Text) && (has(Role::Rating) || has(Role::Title) || something && !money) {
        return (TableKind::Reviews, 0.9, of(&[Role::Rating, Role::Title, Role::Text]));
    }
    if has(Role::Order) && (money || something || has(Role::Time))
        || money && has(Role::Time) && somebody
        || something && has(Role::Time) && (has(Role::Quantity) || has(Role::Amount))
    {
        let sure = if has(Role::Order) && money { 0.95 } else { 0.75 };
        return (
            TableKind::Orders,
            sure,
            of(&[Role::Order, Role::User, Role::Item, Role::Quantity, Role::Price, Role::Amount]),
        );
    }
    if somebody && something && has(Role::Rating) {
        return (TableKind::Reviews, 0.6, of(&[Role::User, Role::Item, Role::Rating]));
    }
    if somebody && something && has(Role::Time) {
        return (TableKind::Events, 0.6, of(&[Role::User, Role::Item, Role::Time]));
    }
    if somebody && something && columns <= 3 {
        return (TableKind::Events, 0.4, of(&[Role::User, Role::Item]));
    }
    let of_product = [
        Role::Name,
        Role::Category,
        Role::Brand,
        Role::Price,
        Role::Stock,
        Role::Description,
        Role::Picture,
        Role::Title,
    ];
    let bare_id = facts.iter().any(|f| f.name.is_some_and(words::is_bare_id));
    let product = of_product.iter().filter(|r| has(**r)).count();
    if !has(Role::User)
        && (something && product >= 1 || bare_id && product >= 2 || product >= 3)
        && other * 2 < columns.max(4)
    {
        return (TableKind::Products, 0.85, of(&of_product));
    }
    let of_user = [Role::Registered, Role::Gender, Role::Age, Role::City, Role::Country, Role::Name, Role::Channel];
    let person = of_user.iter().filter(|r| has(**r)).count();
    let label = has(Role::Label);
    if !something && !label && (has(Role::User) && person >= 1 || bare_id && person >= 2) && other * 2 < columns {
        return (TableKind::Users, 0.85, of(&of_user));
    }
    if measures * 2 >= columns && columns > 1 {
        let reason = KindReason::MostlyMeasures { measures: measures as u32, columns: columns as u32 };
        return (TableKind::Features, if label { 0.9 } else { 0.7 }, reason);
    }
    (TableKind::Features, 0.2, KindReason::NothingElse)
}

/// Settles what only the kind can tell: whose id "id" is, whether a title is a name, which column is the label.
fn fit_to_kind(kind: TableKind, facts: &[Facts<'_>], roles: &mut [RoleGuess]) {
    let lacks = |roles: &[RoleGuess], role| roles.iter().all(|r| r.role != role);
    let whose = match kind {
        TableKind::Products => Some(Role::Item),
        TableKind::Users => Some(Role::User),
        _ => None,
    };
    if let Some(role) = whose.filter(|role| lacks(roles, *role))
        && let Some(column) = facts.iter().position(|f| f.name.is_some_and(words::is_bare_id))
        && roles[column].reason != RoleReason::Given
    {
        let word = facts[column].name.unwrap_or_default().to_owned();
        roles[column] = RoleGuess { role, confidence: 0.8, reason: RoleReason::NameIs { word } };
    }
    if matches!(kind, TableKind::Products) && lacks(roles, Role::Name) {
        for guess in roles.iter_mut().filter(|g| g.role == Role::Title && g.reason != RoleReason::Given) {
            guess.role = Role::Name;
        }
    }
    // What is described on an order line is the product: its name.
    if matches!(kind, TableKind::Orders | TableKind::Events) && lacks(roles, Role::Name) {
        for guess in roles.iter_mut().filter(|g| g.role == Role::Description && g.reason != RoleReason::Given) {
            guess.role = Role::Name;
        }
    }
    if kind == TableKind::Features && lacks(roles, Role::Label) {
        let last = facts.len().checked_sub(1).filter(|&i| facts[i].column_type == ColumnType::YesNo);
        if let Some(last) = last.filter(|&i| roles[i] == nothing()) {
            roles[last] = RoleGuess { role: Role::Label, confidence: 0.6, reason: RoleReason::LastYesNo };
        }
    }
    if kind != TableKind::Features {
        for guess in roles.iter_mut().filter(|g| g.role == Role::Label && g.reason != RoleReason::Given) {
            *guess = nothing();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColumnType::{Date, Decimal, Integer, Text, Time, YesNo};

    /// Column name, type, and cells that are repeated to twenty rows with a running number for `#`.
    type Plain<'a> = (&'a str, ColumnType, &'a [&'a str]);

    fn of_named(columns: &[Plain<'_>], named: bool, given: &Given) -> (TableKind, Vec<Role>) {
        let cells: Vec<Vec<String>> = columns
            .iter()
            .map(|(_, _, cells)| (0..24).map(|i| cells[i % cells.len()].replace('#', &i.to_string())).collect())
            .collect();
        let samples: Vec<ColumnSample<'_>> = columns
            .iter()
            .zip(&cells)
            .map(|((name, column_type, _), cells)| ColumnSample {
                name: named.then_some(*name),
                column_type: *column_type,
                cells: cells.iter().map(|c| Some(c.as_str())).collect(),
            })
            .collect();
        let guess = guess(&samples, given);
        assert!(guess.roles.iter().all(|r| (0.0..=1.0).contains(&r.confidence)));
        (guess.kind, guess.roles.iter().map(|r| r.role).collect())
    }

    fn of(columns: &[Plain<'_>]) -> (TableKind, Vec<Role>) {
        of_named(columns, true, &Given::default())
    }

    #[test]
    fn public_event_logs() {
        let (kind, roles) = of(&[
            ("timestamp", Integer, &["143322#", "1433221332117"]),
            ("visitorid", Integer, &["25#"]),
            ("event", Text, &["view", "addtocart", "transaction"]),
            ("itemid", Integer, &["35#"]),
            ("transactionid", Integer, &["4000", ""]),
        ]);
        assert_eq!(kind, TableKind::Events);
        assert_eq!(roles, [Role::Time, Role::User, Role::Event, Role::Item, Role::Order]);
        let (kind, roles) = of(&[
            ("event_time", Time, &["2019-10-01 00:00:00 UTC"]),
            ("event_type", Text, &["view", "cart", "purchase"]),
            ("product_id", Integer, &["44600062"]),
            ("category_id", Integer, &["2103807459595387724"]),
            ("category_code", Text, &["appliances.water_heater", ""]),
            ("brand", Text, &["shiseido", "aqua"]),
            ("price", Decimal, &["35.79"]),
            ("user_id", Integer, &["541312#"]),
            ("user_session", Text, &["72d76fde-8bb3-4e00-8c23-a032dfed738c"]),
        ]);
        assert_eq!(kind, TableKind::Events);
        let expected = [
            Role::Time,
            Role::Event,
            Role::Item,
            Role::Category,
            Role::Other,
            Role::Brand,
            Role::Price,
            Role::User,
            Role::Session,
        ];
        assert_eq!(roles, expected);
    }

    #[test]
    fn logs_without_names() {
        let none = Given::default();
        let columns: [Plain<'_>; 4] = [
            ("", Integer, &["1#"]),
            ("", Integer, &["119#"]),
            ("", Integer, &["5", "3", "4"]),
            ("", Integer, &["978300760"]),
        ];
        let (kind, roles) = of_named(&columns, false, &none);
        assert_eq!((kind, roles), (TableKind::Reviews, vec![Role::User, Role::Item, Role::Rating, Role::Time]));
    }

    #[test]
    fn orders_products_users_and_measures() {
        let (kind, roles) = of(&[
            ("order_id", Text, &["e481f51cbdc5467#"]),
            ("customer_id", Text, &["9ef432eb625129730#"]),
            ("order_status", Text, &["delivered", "shipped"]),
            ("order_purchase_timestamp", Time, &["2017-10-02 10:56:33"]),
            ("payment_value", Decimal, &["99.33"]),
        ]);
        assert_eq!(kind, TableKind::Orders);
        assert_eq!(roles, [Role::Order, Role::User, Role::Other, Role::Time, Role::Amount]);
        let (kind, roles) = of(&[
            ("id", Integer, &["#"]),
            ("title", Text, &["tea"]),
            ("price", Decimal, &["2.5"]),
            ("created_at", Date, &["2024-01-01"]),
        ]);
        assert_eq!((kind, roles), (TableKind::Products, vec![Role::Item, Role::Name, Role::Price, Role::Time]));
        let (kind, roles) = of(&[
            ("id", Integer, &["#"]),
            ("name", Text, &["Anna"]),
            ("gender", Text, &["f"]),
            ("city", Text, &["Bonn"]),
        ]);
        assert_eq!((kind, roles), (TableKind::Users, vec![Role::User, Role::Name, Role::Gender, Role::City]));
        let (kind, roles) = of(&[
            ("CustomerID", Integer, &["1#"]),
            ("Tenure", Integer, &["4", "9"]),
            ("CashbackAmount", Decimal, &["159.93"]),
            ("Complain", Integer, &["0", "1"]),
            ("Churn", Integer, &["0", "1"]),
        ]);
        assert_eq!(kind, TableKind::Features);
        assert_eq!((roles[0], roles[4]), (Role::User, Role::Label));
        let (kind, roles) = of(&[("x1", Decimal, &["0.5"]), ("x2", Decimal, &["1.5"]), ("y", YesNo, &["yes", "no"])]);
        assert_eq!((kind, roles), (TableKind::Features, vec![Role::Other, Role::Other, Role::Label]));
    }

    #[test]
    fn a_name_whose_values_disagree_tells_nothing() {
        let (_, roles) = of(&[
            ("price", Text, &["on request"]),
            ("date", Text, &["soon"]),
            ("amount", Decimal, &["1.5"]),
            ("rating", Text, &["good"]),
        ]);
        assert_eq!(roles, [Role::Other, Role::Other, Role::Amount, Role::Other]);
    }

    #[test]
    fn what_is_given_stays() {
        let given = Given { kind: Some(TableKind::Users), roles: vec![None, Some(Role::Other), Some(Role::City)] };
        let columns: [Plain<'_>; 3] = [("id", Integer, &["#"]), ("user_id", Integer, &["#"]), ("gender", Text, &["f"])];
        let (kind, roles) = of_named(&columns, true, &given);
        assert_eq!((kind, roles), (TableKind::Users, vec![Role::User, Role::Other, Role::City]));
    }
}
