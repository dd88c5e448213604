//! What a table is about and what a column means.

use serde::{Deserialize, Serialize};

/// What one row of a table stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// Something a customer did: viewed, put in the cart, bought.
    Events,
    /// A line of an order or invoice.
    Orders,
    Products,
    Users,
    Reviews,
    /// One row a customer or session, with measured columns.
    Features,
}

impl TableKind {
    pub const ALL: [Self; 6] = [Self::Events, Self::Orders, Self::Products, Self::Users, Self::Reviews, Self::Features];

    pub fn key(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Orders => "orders",
            Self::Products => "products",
            Self::Users => "users",
            Self::Reviews => "reviews",
            Self::Features => "features",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// What a column means. `Other` is kept and shown, but no stage relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Item,
    Order,
    Session,
    /// The kind of event: view, cart, favourite, purchase.
    Event,
    Time,
    /// Seconds that a view lasted.
    Dwell,
    Quantity,
    Price,
    Amount,
    Name,
    Category,
    Brand,
    Stock,
    Description,
    Attributes,
    Picture,
    Rating,
    Title,
    Text,
    Language,
    City,
    Country,
    Channel,
    Registered,
    Gender,
    Age,
    Label,
    #[default]
    Other,
}

impl Role {
    pub const ALL: [Self; 29] = [
        Self::User,
        Self::Item,
        Self::Order,
        Self::Session,
        Self::Event,
        Self::Time,
        Self::Dwell,
        Self::Quantity,
        Self::Price,
        Self::Amount,
        Self::Name,
        Self::Category,
        Self::Brand,
        Self::Stock,
        Self::Description,
        Self::Attributes,
        Self::Picture,
        Self::Rating,
        Self::Title,
        Self::Text,
        Self::Language,
        Self::City,
        Self::Country,
        Self::Channel,
        Self::Registered,
        Self::Gender,
        Self::Age,
        Self::Label,
        Self::Other,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Item => "item",
            Self::Order => "order",
            Self::Session => "session",
            Self::Event => "event",
            Self::Time => "time",
            Self::Dwell => "dwell",
            Self::Quantity => "quantity",
            Self::Price => "price",
            Self::Amount => "amount",
            Self::Name => "name",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Stock => "stock",
            Self::Description => "description",
            Self::Attributes => "attributes",
            Self::Picture => "picture",
            Self::Rating => "rating",
            Self::Title => "title",
            Self::Text => "text",
            Self::Language => "language",
            Self::City => "city",
            Self::Country => "country",
            Self::Channel => "channel",
            Self::Registered => "registered",
            Self::Gender => "gender",
            Self::Age => "age",
            Self::Label => "label",
            Self::Other => "other",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_serialised_names() {
        for kind in TableKind::ALL {
            assert_eq!(TableKind::from_key(kind.key()), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.key().into()));
        }
        for role in Role::ALL {
            assert_eq!(Role::from_key(role.key()), Some(role));
            assert_eq!(serde_json::to_value(role).ok(), Some(role.key().into()));
        }
    }
}
