//! Names to dense numbers and back: customers, items and orders are `u32` inside, text outside.

use std::collections::HashMap;
use std::sync::Arc;

use super::RecommendError;

/// Numbers are given in the order of first sight, so the same table always gives the same numbers.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    names: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32>,
}

impl Ids {
    /// The number of `name`; a new one if it was never seen.
    pub fn intern(&mut self, name: &str, what: &'static str) -> Result<u32, RecommendError> {
        if let Some(&number) = self.index.get(name) {
            return Ok(number);
        }
        // u32::MAX stands for "none" in places.
        let number = u32::try_from(self.names.len()).ok().filter(|&n| n < u32::MAX);
        let number = number.ok_or(RecommendError::TooManyIds { what })?;
        let shared: Arc<str> = name.into();
        self.names.push(shared.clone());
        self.index.insert(shared, number);
        Ok(number)
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// The name of a number; empty for a number that was never given.
    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.names.iter().enumerate().map(|(number, name)| (number as u32, &**name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_sight_and_read_back() {
        let mut ids = Ids::default();
        assert_eq!(ids.intern("tea", "items"), Ok(0));
        assert_eq!(ids.intern("茶", "items"), Ok(1));
        assert_eq!(ids.intern("tea", "items"), Ok(0));
        assert_eq!((ids.name(1), ids.name(9), ids.find("茶"), ids.find("x")), ("茶", "", Some(1), None));
    }
}
