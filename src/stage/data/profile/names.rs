//! Ids that stand beside more than one name.

use crate::stage::data::cell::{Cells, ROW_SEED, Value, hash_rows};
use polars::prelude::{BooleanChunked, ChunkFullNull, PlHashMap, PlSmallStr};

/// For one column of ids and one of names: each id's first name as a hash, and whether another one came.
#[derive(Debug)]
pub(super) struct Names {
    pub key: String,
    pub column: String,
    known: PlHashMap<u64, (u64, bool)>,
    limit: usize,
    many: u64,
    /// Rows that may still be looked at for examples.
    tries: u32,
    pub examples: Vec<(Value, Vec<Value>)>,
}

const EXAMPLES: usize = 5;
const NAMES_SHOWN: usize = 4;

impl Names {
    pub fn new(key: &str, column: &str, limit: usize) -> Self {
        Self {
            key: key.to_owned(),
            column: column.to_owned(),
            known: PlHashMap::default(),
            limit,
            many: 0,
            tries: 100_000,
            examples: Vec::new(),
        }
    }

    pub fn add(&mut self, keys: &Cells, names: &Cells) {
        let hashes = |cells: &Cells| {
            let mut hashes = vec![ROW_SEED; cells.len()];
            hash_rows(cells, &mut hashes);
            hashes
        };
        let (missing_key, missing_name) = (missing_hash(), missing_hash());
        for (row, (key, name)) in hashes(keys).into_iter().zip(hashes(names)).enumerate() {
            if key == missing_key || name == missing_name {
                continue;
            }
            let room = self.known.len() < self.limit;
            match self.known.get_mut(&key) {
                Some((first, many)) => {
                    if *first != name && !*many {
                        *many = true;
                        self.many += 1;
                        if self.examples.len() < EXAMPLES
                            && let Some(key) = keys.get(row)
                        {
                            self.examples.push((key, Vec::new()));
                        }
                    }
                    if *many {
                        self.show(keys, names, row);
                    }
                }
                None if room => drop(self.known.insert(key, (name, false))),
                None => {}
            }
        }
    }

    /// Remembers the row's name if its id is one of the examples.
    fn show(&mut self, keys: &Cells, names: &Cells, row: usize) {
        if self.tries == 0 {
            return;
        }
        self.tries -= 1;
        let (Some(key), Some(name)) = (keys.get(row), names.get(row)) else { return };
        if let Some((_, shown)) = self.examples.iter_mut().find(|(id, _)| *id == key)
            && shown.len() < NAMES_SHOWN
            && !shown.contains(&name)
        {
            shown.push(name);
        }
    }

    /// Ids with more than one name, of how many.
    pub fn counts(&self) -> (u64, u64) {
        (self.many, self.known.len() as u64)
    }
}

fn missing_hash() -> u64 {
    let nothing = Cells::YesNo(BooleanChunked::full_null(PlSmallStr::EMPTY, 1));
    let mut hash = [ROW_SEED];
    hash_rows(&nothing, &mut hash);
    hash[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::*;

    #[test]
    fn ids_with_several_names_are_counted_once() {
        let frame = df!(
            "id" => [Some(1), Some(1), Some(2), Some(1), Some(2), None, None, Some(3), Some(1)],
            "name" => [Some("a"), Some("b"), Some("x"), Some("c"), Some("x"), Some("p"), Some("q"), None, Some("a")],
        )
        .unwrap();
        let column = |name: &str| Cells::of(frame.column(name).unwrap()).unwrap();
        let mut names = Names::new("id", "name", 100);
        names.add(&column("id"), &column("name"));
        assert_eq!(names.counts(), (1, 2));
        let shown = ["b", "c", "a"].map(|n| Value::Text(n.into())).to_vec();
        assert_eq!(names.examples, [(Value::Integer(1), shown)]);
    }
}
