//! What the cells of a column can be read as: counted over the whole file before a type is chosen.

use super::block::Block;
use crate::stage::data::schema::value::{decimal, float_id, id_integer, integer, is_missing, yes_no};
use crate::stage::data::schema::when::{DateOrder, when};
use std::collections::BTreeMap;

/// What to try on a column's cells. Trying less is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tests {
    pub number: bool,
    pub yes_no: bool,
    pub time: bool,
    /// Count the distinct words.
    pub words: bool,
}

impl Tests {
    pub const ALL: Self = Self { number: true, yes_no: true, time: true, words: false };

    fn any(self) -> bool {
        self.number || self.yes_no || self.time || self.words
    }
}

/// A cell that is worth showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub line: u64,
    pub text: String,
}

/// How many cells can be read as what. Only what was tried is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnStats {
    /// Cells that hold something.
    pub filled: u64,
    /// Whole numbers.
    pub whole: u64,
    /// Whole numbers that lose nothing by becoming a number.
    pub ids: u64,
    /// Ids that went through floats: `17850.0`.
    pub float_ids: u64,
    /// Whole numbers with leading zeros.
    pub padded: u64,
    /// Numbers when the point comes before the decimals, and when the comma does.
    pub point: u64,
    pub comma: u64,
    pub yes_no: u64,
    /// Times when the day comes first, and when the month does.
    pub day_first: u64,
    pub month_first: u64,
    /// Times that are different ones in the two orders.
    pub ambiguous: u64,
    /// Times with a time of day.
    pub clocks: u64,
    /// The earliest time in the two orders, milliseconds.
    pub earliest: Option<[i64; 2]>,
    pub first_time: Option<Example>,
    pub first_ambiguous: Option<Example>,
    /// Distinct words with their counts, at most [`WORDS_KEPT`].
    pub words: BTreeMap<String, u64>,
}

pub const WORDS_KEPT: usize = 1000;

impl ColumnStats {
    fn of(block: &Block, column: usize, tests: Tests) -> Self {
        let mut stats = Self::default();
        if !tests.any() {
            return stats;
        }
        for row in 0..block.len() {
            let Some(cell) = block.cell(row, column) else { continue };
            if tests.words {
                stats.word(cell.trim());
            }
            if tests.number && stats.number(&cell) && !tests.time {
                stats.filled += 1;
                continue;
            }
            if is_missing(&cell) {
                continue;
            }
            stats.filled += 1;
            if tests.yes_no && yes_no(&cell).is_some() {
                stats.yes_no += 1;
            }
            if tests.time {
                stats.time(&cell, || block.line(row));
            }
        }
        stats
    }

    /// Whether it is a number of any kind.
    fn number(&mut self, cell: &str) -> bool {
        let text = cell.trim_ascii();
        if integer(text).is_some() {
            self.whole += 1;
            self.point += 1;
            self.comma += 1;
            self.ids += u64::from(id_integer(text).is_some());
            self.padded += u64::from(text.trim_start_matches(['-', '+']).starts_with('0') && text.len() > 1);
            return true;
        }
        // Digits beyond the range of whole numbers would lose their end as a decimal: they stay text.
        if text.len() > 18 && text.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        let (point, comma) = (decimal(text, false).is_some(), decimal(text, true).is_some());
        self.point += u64::from(point);
        self.comma += u64::from(comma);
        self.float_ids += u64::from(point && float_id(text).is_some());
        point || comma
    }

    fn time(&mut self, cell: &str, line: impl Fn() -> u64) {
        let day = when(cell, DateOrder::DayFirst);
        let month = match day {
            Some(found) if !found.by_order => day,
            _ => when(cell, DateOrder::MonthFirst),
        };
        let Some(either) = day.or(month) else { return };
        self.day_first += u64::from(day.is_some());
        self.month_first += u64::from(month.is_some());
        self.clocks += u64::from(either.has_clock);
        let millis = [day.unwrap_or(either).millis, month.unwrap_or(either).millis];
        let earliest = self.earliest.get_or_insert(millis);
        *earliest = [earliest[0].min(millis[0]), earliest[1].min(millis[1])];
        if self.first_time.is_none() {
            self.first_time = Some(Example { line: line(), text: cell.trim().to_owned() });
        }
        if day.is_some() && month.is_some() && millis[0] != millis[1] {
            self.ambiguous += 1;
            if self.first_ambiguous.is_none() {
                self.first_ambiguous = Some(Example { line: line(), text: cell.trim().to_owned() });
            }
        }
    }

    fn word(&mut self, word: &str) {
        if let Some(count) = self.words.get_mut(word) {
            *count += 1;
        } else if self.words.len() < WORDS_KEPT && !word.is_empty() {
            self.words.insert(word.to_owned(), 1);
        }
    }

    /// Adds what was counted further down in the file.
    pub fn add(&mut self, later: Self) {
        self.filled += later.filled;
        self.whole += later.whole;
        self.ids += later.ids;
        self.float_ids += later.float_ids;
        self.padded += later.padded;
        self.point += later.point;
        self.comma += later.comma;
        self.yes_no += later.yes_no;
        self.day_first += later.day_first;
        self.month_first += later.month_first;
        self.ambiguous += later.ambiguous;
        self.clocks += later.clocks;
        self.earliest = match (self.earliest, later.earliest) {
            (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].min(b[1])]),
            (a, b) => a.or(b),
        };
        self.first_time = self.first_time.take().or(later.first_time);
        self.first_ambiguous = self.first_ambiguous.take().or(later.first_ambiguous);
        for (word, count) in later.words {
            if self.words.len() < WORDS_KEPT || self.words.contains_key(&word) {
                *self.words.entry(word).or_default() += count;
            }
        }
    }

    /// Times under the better of the two orders.
    pub fn times(&self) -> u64 {
        self.day_first.max(self.month_first)
    }

    /// Numbers under the better of the two conventions.
    pub fn numbers(&self) -> u64 {
        self.point.max(self.comma)
    }
}

/// Counts every column of a block.
pub fn stats_of(block: &Block, tests: &[Tests]) -> Vec<ColumnStats> {
    tests.iter().enumerate().map(|(column, tests)| ColumnStats::of(block, column, *tests)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::record::Dialect;
    use super::*;

    fn column(cells: &[&str]) -> ColumnStats {
        let dialect = Dialect { delimiter: "|".into(), quote: None };
        let text = cells.iter().map(|c| format!("{c}|\n")).collect::<String>();
        let block = Block::from_delimited(text, 1, 2, &dialect);
        stats_of(&block, &[Tests { words: true, ..Tests::ALL }, Tests::default()]).remove(0)
    }

    #[test]
    fn numbers_are_counted_by_kind() {
        let s = column(&["1", "-2", "007", "17850.0", "1,5", "NA", "", "x"]);
        assert_eq!((s.filled, s.whole, s.ids, s.padded, s.float_ids), (6, 3, 2, 1, 1));
        assert_eq!((s.point, s.comma, s.numbers()), (4, 4, 4));
        assert_eq!(column(&["123456789012345678901"]).numbers(), 0);
    }

    #[test]
    fn date_orders_are_weighed() {
        let s = column(&["01/02/2024", "13/02/2024", "05/05/2024", "2024-01-01 10:00", "?"]);
        assert_eq!((s.day_first, s.month_first, s.ambiguous, s.clocks, s.filled), (4, 3, 1, 1, 5));
        assert_eq!(s.first_ambiguous, Some(Example { line: 1, text: "01/02/2024".into() }));
    }

    #[test]
    fn adding_later_counts_is_counting_both() {
        let (a, b) = (["1", "buy", "01/02/2024"], ["2.5", "buy", "13/02/2023"]);
        let mut sum = column(&a);
        let mut later = column(&b);
        later.first_time = later.first_time.map(|e| Example { line: e.line + 3, ..e });
        sum.add(later);
        assert_eq!(sum, column(&[a, b].concat()));
        assert_eq!(sum.words["buy"], 2);
    }
}
