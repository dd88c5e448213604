//! What each feature is: a key, a unit, a kind and a formula as typed data, so that the window can word it.

use serde::{Deserialize, Serialize};

/// A feature of one customer. The serialised name is the column's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Events,
    Views,
    Carts,
    Favourites,
    Purchases,
    Orders,
    Returns,
    Units,
    BrowsingTime,
    MeanBrowsingTime,
    Recency,
    LastSeen,
    Tenure,
    PurchaseFrequency,
    Monetary,
    AverageBasket,
    CartRate,
    PurchaseRate,
    ReturnRate,
    DistinctProducts,
    DistinctCategories,
    ActiveDays,
    ShareNight,
    ShareMorning,
    ShareAfternoon,
    ShareEvening,
    ShareMonday,
    ShareTuesday,
    ShareWednesday,
    ShareThursday,
    ShareFriday,
    ShareSaturday,
    ShareSunday,
    TopCategory,
    ReviewCount,
    ReviewSentiment,
}

/// What a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Times,
    Pieces,
    Seconds,
    Days,
    PerMonth,
    Money,
    /// 0 to 1, shown as percent.
    Share,
    /// −1 (bad) to 1 (good).
    Mood,
    /// A word, not a number.
    Name,
}

/// How a value behaves: decides scaling, charts and the digits shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// Whole and never negative.
    Count,
    /// Any size, usually with a long tail.
    Amount,
    /// Between two fixed ends.
    Bounded,
    Category,
}

/// The canonical events of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    View,
    Cart,
    Favourite,
    Purchase,
    Return,
}

impl EventKind {
    pub const ALL: [Self; 5] = [Self::View, Self::Cart, Self::Favourite, Self::Purchase, Self::Return];

    /// The word that stands in the event column.
    pub fn key(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "cart",
            Self::Favourite => "favourite",
            Self::Purchase => "purchase",
            Self::Return => "return",
        }
    }
}

/// What a formula adds up or counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    Dwell,
    Pieces,
    /// Pieces × price of purchases, less that of returns.
    NetValue,
    Product,
    Category,
    /// A calendar day of the shop's clock.
    Day,
    /// An order number; without one, a day with a purchase.
    Order,
    Rating,
}

/// How a feature is made, from the events inside the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum Formula {
    /// Number of events, of one kind or of all.
    Count {
        of: Option<EventKind>,
    },
    Sum {
        what: Quantity,
        of: Option<EventKind>,
    },
    Mean {
        what: Quantity,
        of: Option<EventKind>,
    },
    Distinct {
        what: Quantity,
        of: Option<EventKind>,
    },
    /// Days from the last event (of the kind) to today.
    DaysSinceLast {
        of: Option<EventKind>,
    },
    /// Days from the very first event, also before the window, to today.
    DaysSinceFirst,
    /// `top` ÷ `bottom`; empty when `bottom` is 0.
    Ratio {
        top: Feature,
        bottom: Feature,
    },
    /// `top` ÷ months observed: the window or the tenure, whichever is shorter, at least one month of 30.4375 days.
    PerMonth {
        top: Feature,
    },
    /// Share of events from hour `from` up to, not including, hour `to`.
    HourShare {
        from: u8,
        to: u8,
    },
    /// Share of events on this weekday, Monday 0.
    WeekdayShare {
        day: u8,
    },
    /// The value with most events; of equals, the first by name.
    MostFrequent {
        what: Quantity,
    },
    Reviews,
    /// Mean of (rating − middle) ÷ half the scale, or of a mood column where there is one.
    ReviewMood,
}

/// What a table must have before a feature can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Event,
    Item,
    Dwell,
    Price,
    Category,
    Reviews,
    Ratings,
}

/// A feature's whole definition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    pub feature: Feature,
    pub unit: Unit,
    pub kind: ValueKind,
    pub formula: Formula,
}

impl Feature {
    pub const ALL: [Self; 36] = [
        Self::Events,
        Self::Views,
        Self::Carts,
        Self::Favourites,
        Self::Purchases,
        Self::Orders,
        Self::Returns,
        Self::Units,
        Self::BrowsingTime,
        Self::MeanBrowsingTime,
        Self::Recency,
        Self::LastSeen,
        Self::Tenure,
        Self::PurchaseFrequency,
        Self::Monetary,
        Self::AverageBasket,
        Self::CartRate,
        Self::PurchaseRate,
        Self::ReturnRate,
        Self::DistinctProducts,
        Self::DistinctCategories,
        Self::ActiveDays,
        Self::ShareNight,
        Self::ShareMorning,
        Self::ShareAfternoon,
        Self::ShareEvening,
        Self::ShareMonday,
        Self::ShareTuesday,
        Self::ShareWednesday,
        Self::ShareThursday,
        Self::ShareFriday,
        Self::ShareSaturday,
        Self::ShareSunday,
        Self::TopCategory,
        Self::ReviewCount,
        Self::ReviewSentiment,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Views => "views",
            Self::Carts => "carts",
            Self::Favourites => "favourites",
            Self::Purchases => "purchases",
            Self::Orders => "orders",
            Self::Returns => "returns",
            Self::Units => "units",
            Self::BrowsingTime => "browsing_time",
            Self::MeanBrowsingTime => "mean_browsing_time",
            Self::Recency => "recency",
            Self::LastSeen => "last_seen",
            Self::Tenure => "tenure",
            Self::PurchaseFrequency => "purchase_frequency",
            Self::Monetary => "monetary",
            Self::AverageBasket => "average_basket",
            Self::CartRate => "cart_rate",
            Self::PurchaseRate => "purchase_rate",
            Self::ReturnRate => "return_rate",
            Self::DistinctProducts => "distinct_products",
            Self::DistinctCategories => "distinct_categories",
            Self::ActiveDays => "active_days",
            Self::ShareNight => "share_night",
            Self::ShareMorning => "share_morning",
            Self::ShareAfternoon => "share_afternoon",
            Self::ShareEvening => "share_evening",
            Self::ShareMonday => "share_monday",
            Self::ShareTuesday => "share_tuesday",
            Self::ShareWednesday => "share_wednesday",
            Self::ShareThursday => "share_thursday",
            Self::ShareFriday => "share_friday",
            Self::ShareSaturday => "share_saturday",
            Self::ShareSunday => "share_sunday",
            Self::TopCategory => "top_category",
            Self::ReviewCount => "review_count",
            Self::ReviewSentiment => "review_sentiment",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.key() == key)
    }

    pub fn definition(self) -> Definition {
        let formula = self.formula();
        let (unit, kind) = match formula {
            Formula::Count { .. } | Formula::Distinct { .. } | Formula::Reviews => (Unit::Times, ValueKind::Count),
            Formula::Sum { what: Quantity::Pieces, .. } => (Unit::Pieces, ValueKind::Count),
            Formula::Sum { what: Quantity::NetValue, .. } => (Unit::Money, ValueKind::Amount),
            Formula::Sum { .. } | Formula::Mean { .. } => (Unit::Seconds, ValueKind::Amount),
            Formula::DaysSinceLast { .. } | Formula::DaysSinceFirst => (Unit::Days, ValueKind::Amount),
            Formula::PerMonth { .. } => (Unit::PerMonth, ValueKind::Amount),
            Formula::Ratio { top: Self::Monetary, .. } => (Unit::Money, ValueKind::Amount),
            Formula::Ratio { .. } => (Unit::Share, ValueKind::Amount),
            Formula::HourShare { .. } | Formula::WeekdayShare { .. } => (Unit::Share, ValueKind::Bounded),
            Formula::MostFrequent { .. } => (Unit::Name, ValueKind::Category),
            Formula::ReviewMood => (Unit::Mood, ValueKind::Bounded),
        };
        Definition { feature: self, unit, kind, formula }
    }

    fn formula(self) -> Formula {
        use EventKind::{Cart, Favourite, Purchase, Return, View};
        match self {
            Self::Events => Formula::Count { of: None },
            Self::Views => Formula::Count { of: Some(View) },
            Self::Carts => Formula::Count { of: Some(Cart) },
            Self::Favourites => Formula::Count { of: Some(Favourite) },
            Self::Purchases => Formula::Count { of: Some(Purchase) },
            Self::Returns => Formula::Count { of: Some(Return) },
            Self::Orders => Formula::Distinct { what: Quantity::Order, of: Some(Purchase) },
            Self::Units => Formula::Sum { what: Quantity::Pieces, of: Some(Purchase) },
            Self::BrowsingTime => Formula::Sum { what: Quantity::Dwell, of: Some(View) },
            Self::MeanBrowsingTime => Formula::Mean { what: Quantity::Dwell, of: Some(View) },
            Self::Recency => Formula::DaysSinceLast { of: Some(Purchase) },
            Self::LastSeen => Formula::DaysSinceLast { of: None },
            Self::Tenure => Formula::DaysSinceFirst,
            Self::PurchaseFrequency => Formula::PerMonth { top: Self::Orders },
            Self::Monetary => Formula::Sum { what: Quantity::NetValue, of: None },
            Self::AverageBasket => Formula::Ratio { top: Self::Monetary, bottom: Self::Orders },
            Self::CartRate => Formula::Ratio { top: Self::Carts, bottom: Self::Views },
            Self::PurchaseRate => Formula::Ratio { top: Self::Purchases, bottom: Self::Views },
            Self::ReturnRate => Formula::Ratio { top: Self::Returns, bottom: Self::Purchases },
            Self::DistinctProducts => Formula::Distinct { what: Quantity::Product, of: None },
            Self::DistinctCategories => Formula::Distinct { what: Quantity::Category, of: None },
            Self::ActiveDays => Formula::Distinct { what: Quantity::Day, of: None },
            Self::ShareNight => Formula::HourShare { from: 0, to: 6 },
            Self::ShareMorning => Formula::HourShare { from: 6, to: 12 },
            Self::ShareAfternoon => Formula::HourShare { from: 12, to: 18 },
            Self::ShareEvening => Formula::HourShare { from: 18, to: 24 },
            Self::ShareMonday => Formula::WeekdayShare { day: 0 },
            Self::ShareTuesday => Formula::WeekdayShare { day: 1 },
            Self::ShareWednesday => Formula::WeekdayShare { day: 2 },
            Self::ShareThursday => Formula::WeekdayShare { day: 3 },
            Self::ShareFriday => Formula::WeekdayShare { day: 4 },
            Self::ShareSaturday => Formula::WeekdayShare { day: 5 },
            Self::ShareSunday => Formula::WeekdayShare { day: 6 },
            Self::TopCategory => Formula::MostFrequent { what: Quantity::Category },
            Self::ReviewCount => Formula::Reviews,
            Self::ReviewSentiment => Formula::ReviewMood,
        }
    }

    pub(crate) fn needs_reviews(self) -> bool {
        matches!(self, Self::ReviewCount | Self::ReviewSentiment)
    }

    /// What the tables must have for this feature.
    pub fn needs(self) -> &'static [Need] {
        match self {
            Self::Views | Self::Carts | Self::Favourites | Self::CartRate | Self::PurchaseRate => &[Need::Event],
            Self::BrowsingTime | Self::MeanBrowsingTime => &[Need::Dwell],
            Self::Monetary | Self::AverageBasket => &[Need::Price],
            Self::DistinctProducts => &[Need::Item],
            Self::DistinctCategories | Self::TopCategory => &[Need::Category],
            Self::ReviewCount => &[Need::Reviews],
            Self::ReviewSentiment => &[Need::Ratings],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_serialised_names_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for feature in Feature::ALL {
            assert_eq!(serde_json::to_value(feature).unwrap(), feature.key());
            assert_eq!(Feature::from_key(feature.key()), Some(feature));
            assert!(seen.insert(feature.key()));
            let text = serde_json::to_string(&feature.definition()).unwrap();
            assert_eq!(serde_json::from_str::<Definition>(&text).unwrap(), feature.definition());
        }
        assert_eq!(seen.len(), 36);
    }
}
