//! Small things that the user made and the project keeps: charts, cleaning recipes, briefs, rules, names.
//!
//! They are stored as JSON under a kind and an id, so that a new kind of thing needs no new table in the file.

use serde::{Serialize, de::DeserializeOwned};

use super::{Edit, Project};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    pub kind: String,
    pub id: String,
}

/// A type that the project keeps under its own kind.
pub trait Item: Serialize + DeserializeOwned {
    const KIND: &'static str;

    fn key(id: &str) -> ItemKey {
        ItemKey { kind: Self::KIND.to_owned(), id: id.to_owned() }
    }

    /// The edit that puts this thing into the project.
    fn put(&self, id: &str) -> Result<Edit, serde_json::Error> {
        Ok(Edit::Item(Self::key(id), Some(serde_json::to_value(self)?)))
    }

    /// The edit that takes it out.
    fn remove(id: &str) -> Edit {
        Edit::Item(Self::key(id), None)
    }
}

impl Item for crate::stage::data::read::ReadTemplate {
    const KIND: &'static str = "read_template";
}

impl Project {
    /// Nothing when there is none, or when a newer program wrote it in a form this one doesn't read.
    pub fn item<T: Item>(&self, id: &str) -> Option<T> {
        T::deserialize(self.raw_item(&T::key(id))?).ok()
    }

    /// Every thing of a kind, by id.
    pub fn items_of<T: Item>(&self) -> Vec<(String, T)> {
        self.raw_items()
            .filter(|(key, _)| key.kind == T::KIND)
            .filter_map(|(key, value)| Some((key.id.clone(), T::deserialize(value).ok()?)))
            .collect()
    }
}
