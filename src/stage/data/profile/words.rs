//! How often each text came, and what the texts look like.

use super::distinct::{Distinct, Sketch};
use crate::stage::data::cell::hash_text;
use crate::stage::data::clean::{is_untidy, parse};
use polars::prelude::PlHashMap;

/// Counters for texts, bounded in number and bytes. Beyond the bound the counts are those of Misra and Gries in
/// the form of Agarwal et al. (2012): each is at most `short` below the truth, and texts more frequent than that
/// are there.
#[derive(Debug)]
pub(super) struct Words {
    counters: PlHashMap<Box<str>, u64>,
    bytes: usize,
    limit: usize,
    byte_limit: usize,
    short: u64,
    /// Of all texts, from the first time that counters are given up.
    sketch: Option<Sketch>,
    /// Of the rows up to that time and every later one; of all rows when it never came.
    looks: Looks,
}

/// Longer texts are counted under their first characters and their hash.
const LONGEST: usize = 256;

impl Words {
    pub fn new(limit: usize, byte_limit: usize) -> Self {
        Self {
            counters: PlHashMap::default(),
            bytes: 0,
            limit: limit.max(2),
            byte_limit,
            short: 0,
            sketch: None,
            looks: Looks::default(),
        }
    }

    pub fn add_all<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let mut run: Option<(&str, u64)> = None;
        for text in texts {
            match &mut run {
                Some((last, count)) if *last == text => *count += 1,
                _ => {
                    if let Some((last, count)) = run.replace((text, 1)) {
                        self.add(last, count);
                    }
                }
            }
        }
        if let Some((last, count)) = run {
            self.add(last, count);
        }
    }

    fn add(&mut self, text: &str, count: u64) {
        let shortened = (text.len() > LONGEST).then(|| shortened(text));
        let key = shortened.as_deref().unwrap_or(text);
        match &mut self.sketch {
            Some(sketch) => {
                sketch.add(hash_text(key));
                self.looks.lengths(text, count);
            }
            // A shortened text is looked at while it is whole; the others once for all their rows.
            None if shortened.is_some() => self.looks.add(text, count),
            None => {}
        }
        match self.counters.get_mut(key) {
            Some(counter) => *counter += count,
            None => {
                self.bytes += key.len();
                self.counters.insert(key.into(), count);
                if self.counters.len() > self.limit || self.bytes > self.byte_limit {
                    self.give_up_rare();
                }
            }
        }
    }

    fn give_up_rare(&mut self) {
        if self.sketch.is_none() {
            self.sketch = Some(self.counters.keys().map(|text| hash_text(text)).collect());
            self.look_at_counted();
        }
        let mut counts: Vec<u64> = self.counters.values().copied().collect();
        let keep = self.limit / 2;
        let less = if counts.len() > keep {
            *counts.select_nth_unstable_by(keep, |a, b| b.cmp(a)).1
        } else {
            // Too many bytes in few texts.
            let middle = counts.len() / 2;
            *counts.select_nth_unstable_by(middle, |a, b| b.cmp(a)).1
        };
        self.short += less;
        self.counters.retain(|_, count| {
            *count = count.saturating_sub(less);
            *count > 0
        });
        self.bytes = self.counters.keys().map(|text| text.len()).sum();
    }

    fn look_at_counted(&mut self) {
        for (text, count) in &self.counters {
            if text.len() <= LONGEST {
                self.looks.add(text, *count);
            }
        }
    }

    pub fn finish(mut self) -> Told {
        if self.sketch.is_none() {
            self.look_at_counted();
        }
        let distinct = Distinct::of(self.counters.len(), self.sketch.as_ref());
        let mut counted: Vec<(Box<str>, u64)> = self.counters.into_iter().collect();
        counted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Told { counted, distinct, looks: self.looks }
    }
}

/// The first characters and a hash of all of them; longer than [`LONGEST`], as a sign.
fn shortened(text: &str) -> String {
    let end = (0..=LONGEST).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    format!("{}… #{:016x}", &text[..end], hash_text(text))
}

/// What came of a column of texts.
#[derive(Debug)]
pub(super) struct Told {
    /// Most frequent first. All texts when `distinct` is exact.
    pub counted: Vec<(Box<str>, u64)>,
    pub distinct: Distinct,
    pub looks: Looks,
}

/// Rows by the look of their text.
#[derive(Debug, Clone, Default)]
pub(super) struct Looks {
    /// Rows whose length is counted, and their characters.
    pub rows: u64,
    pub chars: u64,
    pub shortest: u64,
    pub longest: u64,
    /// Rows looked at for what follows.
    pub read: u64,
    pub blank: u64,
    /// Spaces around, or more than one between words.
    pub untidy: u64,
    /// Words for nothing, such as N/A.
    pub placeholders: u64,
    pub numbers: u64,
    /// Of the numbers: whole ones.
    pub wholes: u64,
    /// Dates that are not merely numbers.
    pub dates: u64,
    pub times_of_day: u64,
    pub han: u64,
    pub latin: u64,
}

/// What exports write where nothing is known.
pub(super) const PLACEHOLDERS: [&str; 16] = [
    "null",
    "none",
    "nan",
    "n/a",
    "na",
    "nil",
    "-",
    "--",
    "?",
    "??",
    "unknown",
    "undefined",
    "#n/a",
    "无",
    "未知",
    "暂无",
];

pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 12 && PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

impl Looks {
    fn lengths(&mut self, text: &str, count: u64) {
        let chars = text.chars().count() as u64;
        self.shortest = if self.rows == 0 { chars } else { self.shortest.min(chars) };
        self.longest = self.longest.max(chars);
        self.rows += count;
        self.chars += chars * count;
    }

    fn add(&mut self, text: &str, count: u64) {
        self.lengths(text, count);
        self.read += count;
        if text.trim().is_empty() {
            self.blank += count;
            return;
        }
        if is_untidy(text) {
            self.untidy += count;
        }
        if is_placeholder(text) {
            self.placeholders += count;
            return;
        }
        if text.len() <= 40 {
            if parse::number(text, false).is_some() {
                self.numbers += count;
                self.wholes += u64::from(parse::integer(text, false).is_some()) * count;
            } else if let Some(at) = parse::time(text, parse::DayOrder::MonthFirst) {
                self.dates += count;
                self.times_of_day += u64::from(at % crate::stage::data::cell::DAY_MS != 0) * count;
            }
        }
        if text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)) {
            self.han += count;
        } else if text.chars().any(|c| c.is_alphabetic()) {
            self.latin += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(texts: &[&str], limit: usize) -> Told {
        let mut words = Words::new(limit, 1 << 20);
        words.add_all(texts.iter().copied());
        words.finish()
    }

    #[test]
    fn texts_are_counted_and_looked_at() {
        let told = told(&["a", "b", "a", " x", "N/A", "1,234", "2026-01-02 10:00", "茶", "", "2.5"], 100);
        assert_eq!((&*told.counted[0].0, told.counted[0].1), ("a", 2));
        assert_eq!(told.distinct, Distinct { count: 9, exact: true });
        let looks = told.looks;
        assert_eq!((looks.read, looks.blank, looks.untidy, looks.placeholders), (10, 1, 1, 1));
        assert_eq!((looks.numbers, looks.wholes, looks.dates, looks.times_of_day), (2, 1, 1, 1));
        assert_eq!((looks.han, looks.latin, looks.shortest, looks.longest), (1, 4, 0, 16));
    }

    #[test]
    fn frequent_texts_survive_the_bound() {
        // Half the rows are "tea", the others all different.
        let others: Vec<String> = (0..5000).map(|i| format!("item {i}")).collect();
        let texts: Vec<&str> = others.iter().flat_map(|other| ["tea", other.as_str()]).collect();
        let mut words = Words::new(100, 1 << 20);
        words.add_all(texts.iter().copied());
        let short = words.short;
        let told = words.finish();
        assert_eq!(&*told.counted[0].0, "tea");
        assert!(told.counted[0].1 <= 5000 && told.counted[0].1 + short >= 5000);
        assert!(!told.distinct.exact && told.distinct.count.abs_diff(5001) < 200);
        assert_eq!(told.looks.rows, 10_000);
        assert!(told.counted.len() <= 100);
    }

    #[test]
    fn long_texts_stay_apart_and_do_not_fill_the_memory() {
        let long = "茶".repeat(1000);
        let other = format!("{long}!");
        let told = told(&[&long, &other, &long], 100);
        assert_eq!((told.distinct.count, told.counted[0].1), (2, 2));
        assert!(told.counted.iter().all(|(text, _)| text.len() < 300));
        assert_eq!((told.looks.longest, told.looks.read), (1001, 3));
        let mut few_bytes = Words::new(1 << 20, 1000);
        let texts: Vec<String> = (0..1000).map(|i| format!("{i:0100}")).collect();
        few_bytes.add_all(texts.iter().map(String::as_str));
        assert!(few_bytes.bytes <= 1000);
    }
}
