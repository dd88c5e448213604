//! The events sorted by customer and time, so that anything about one customer is a walk over a short slice.
//!
//! Why not polars' own group-by: it counts distinct values by one more group-by a column, and adds floats in the order
//! in which threads finish. Here each customer's rows are walked in order: the same sums on any number of threads,
//! and every distinct count is a sort of a few dozen numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ops::Range;

use polars::prelude::*;
use rayon::prelude::*;

use super::canonical::{self, Events, Kind, typed};
use super::{FeatureError, FeatureSource, ProductTable, USER, collect};
use crate::base::{Monitor, Step};

/// Stands for "no item", "no order" and "no category".
pub const MISSING: u64 = u64::MAX;
const NO_CATEGORY: u32 = u32::MAX;
/// Users handled by one task; fixed, so that results don't depend on the number of threads.
pub(crate) const CHUNK: usize = 2048;

/// Events by customer: customer `k` (in sorted order of ids) did the events `of(k)`, oldest first.
pub struct EventIndex {
    /// Ids of all customers, sorted, named [`USER`]; whole numbers or text.
    pub users: Column,
    offsets: Vec<usize>,
    /// Row numbers in the table; all arrays here stand by customer, then time, then row.
    rows: Vec<u32>,
    time: Vec<i64>,
    kind: Vec<u8>,
    item: Option<Vec<u64>>,
    order: Option<Vec<u64>>,
    category: Option<Vec<u32>>,
    /// Names of the category codes, sorted.
    pub categories: Vec<String>,
    dwell: Option<Vec<f64>>,
    pieces: Option<Vec<f64>>,
    price: Option<Vec<f64>>,
    /// The item column as it came, for names.
    items: Option<Column>,
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    pub time: i64,
    /// Index into [`super::EventKind::ALL`]; 5 for any other word.
    pub kind: u8,
    /// Equal for equal items; [`MISSING`] for none.
    pub item: u64,
    pub order: u64,
    /// Index into `categories`, when there is one.
    pub category: Option<u32>,
    /// Seconds, NaN when missing.
    pub dwell: f64,
    /// Never negative; 1 when missing.
    pub pieces: f64,
    /// Per piece, NaN when missing.
    pub price: f64,
}

impl Event {
    /// Pieces × price of a purchase, minus that of a return, 0 of anything else or without a price.
    pub fn net_value(&self) -> f64 {
        let value = self.pieces * self.price;
        match self.kind {
            _ if value.is_nan() => 0.0,
            3 => value,
            4 => -value,
            _ => 0.0,
        }
    }
}

impl EventIndex {
    /// Reads and sorts the events; rows without a customer or a time fall out.
    pub fn build(source: &FeatureSource, monitor: &Monitor) -> Result<Self, FeatureError> {
        monitor.check()?;
        monitor.report(Step::Reading, 0, 0);
        let events = canonical::events(source)?;
        let mut frame = collect(events.plan.clone())?;
        monitor.check()?;
        if frame.height() > u32::MAX as usize {
            return Err(FeatureError::TooManyEvents { rows: frame.height() });
        }
        monitor.report(Step::Sorting, 0, 0);
        let mut index = Self::from_frame(&mut frame, &events, monitor)?;
        if let Some(products) = source.products.as_ref().filter(|_| index.category.is_none()) {
            index.read_categories(products)?;
        }
        Ok(index)
    }

    /// Takes the category of each event from the products; of several for one item the first by name.
    fn read_categories(&mut self, products: &ProductTable) -> Result<(), FeatureError> {
        let (Some(category), Some(items), Some(keyed)) = (&products.category, &self.items, &self.item) else {
            return Ok(());
        };
        let schema = products.frame.schema();
        let lookup = [
            typed(schema, "products", &products.item, Kind::Key)?.cast(items.dtype().clone()).alias("i"),
            typed(schema, "products", category, Kind::Word)?.alias("c"),
        ];
        let lookup = collect(products.frame.clone().lazy().select(lookup))?;
        let (code, names) = codes(&lookup.column("c")?.rechunk())?;
        let mut of_item: FastMap<u64, u32> = FastMap::default();
        for (item, code) in keys(&lookup.column("i")?.rechunk())?.into_iter().zip(&code) {
            let known = of_item.entry(item).or_insert(NO_CATEGORY);
            *known = (*known).min(*code);
        }
        of_item.remove(&MISSING);
        let find = |item: &u64| of_item.get(item).copied().unwrap_or(NO_CATEGORY);
        self.category = Some(keyed.par_iter().map(find).collect());
        self.categories = names;
        Ok(())
    }

    fn from_frame(frame: &mut DataFrame, events: &Events, monitor: &Monitor) -> Result<Self, FeatureError> {
        let mut take = |name: &str| -> PolarsResult<Option<Column>> {
            if events.has(name) { Ok(Some(frame.drop_in_place(name)?.rechunk())) } else { Ok(None) }
        };
        let missing = || FeatureError::NoEvents;
        let (users, place) = places(&take("u")?.ok_or_else(missing)?)?;
        monitor.check()?;
        let time: Vec<i64> = take("t")?.ok_or_else(missing)?.i64()?.into_no_null_iter().collect();
        let numbers = |column: Option<Column>| -> PolarsResult<Option<Vec<f64>>> {
            let Some(column) = column else { return Ok(None) };
            Ok(Some(column.f64()?.iter().map(|x| x.unwrap_or(f64::NAN)).collect()))
        };
        let kind: Vec<u8> = take("e")?.ok_or_else(missing)?.u8()?.iter().map(|kind| kind.unwrap_or(5)).collect();
        let items = take("i")?;
        let item = items.as_ref().map(keys).transpose()?;
        let order = take("o")?.as_ref().map(keys).transpose()?;
        let (category, categories) = match take("c")? {
            Some(column) => {
                let (codes, names) = codes(&column)?;
                (Some(codes), names)
            }
            None => (None, Vec::new()),
        };
        let (dwell, pieces, price) = (numbers(take("dwell")?)?, numbers(take("q")?)?, numbers(take("p")?)?);
        monitor.check()?;
        let (offsets, rows) = sort_rows(&place, users.len(), &time);
        drop(place);
        Ok(Self {
            time: sorted(&time, &rows),
            kind: sorted(&kind, &rows),
            item: item.map(|values| sorted(&values, &rows)),
            order: order.map(|values| sorted(&values, &rows)),
            category: category.map(|values| sorted(&values, &rows)),
            dwell: dwell.map(|values| sorted(&values, &rows)),
            pieces: pieces.map(|values| sorted(&values, &rows)),
            price: price.map(|values| sorted(&values, &rows)),
            users,
            offsets,
            rows,
            categories,
            items,
        })
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places of a customer's events, oldest first.
    pub fn of(&self, user: usize) -> Range<usize> {
        self.offsets[user]..self.offsets[user + 1]
    }

    /// A customer's events before the moment, and those from it on.
    pub fn split(&self, user: usize, moment: i64) -> (Range<usize>, Range<usize>) {
        let all = self.of(user);
        let middle = all.start + self.time[all.clone()].partition_point(|time| *time < moment);
        (all.start..middle, middle..all.end)
    }

    pub fn time(&self, place: usize) -> i64 {
        self.time[place]
    }

    /// Index into [`super::EventKind::ALL`]; 5 for any other word.
    pub fn kind(&self, place: usize) -> u8 {
        self.kind[place]
    }

    pub fn event(&self, place: usize) -> Event {
        let number = |column: &Option<Vec<f64>>| column.as_ref().map_or(f64::NAN, |values| values[place]);
        let pieces = number(&self.pieces);
        Event {
            time: self.time[place],
            kind: self.kind[place],
            item: self.item.as_ref().map_or(MISSING, |values| values[place]),
            order: self.order.as_ref().map_or(MISSING, |values| values[place]),
            category: self.category.as_ref().map(|values| values[place]).filter(|code| *code != NO_CATEGORY),
            dwell: number(&self.dwell),
            pieces: if pieces.is_nan() { 1.0 } else { pieces.abs() },
            price: number(&self.price),
        }
    }

    pub fn has_orders(&self) -> bool {
        self.order.is_some()
    }

    pub fn has_prices(&self) -> bool {
        self.price.is_some()
    }

    /// The last moment of all, when there are events.
    pub fn last_time(&self) -> Option<i64> {
        self.time.par_iter().max().copied()
    }

    /// The item of an event as it stands in the table.
    pub fn item_name(&self, place: usize) -> Option<String> {
        let (column, row) = (self.items.as_ref()?, self.rows[place]);
        match column.dtype() {
            DataType::String => column.str().ok()?.get(row as usize).map(str::to_owned),
            _ => column.i64().ok()?.get(row as usize).map(|id| id.to_string()),
        }
    }

    /// The key under which an item written as text stands in [`Event::item`].
    pub fn item_key(&self, name: &str) -> Option<u64> {
        match self.items.as_ref()?.dtype() {
            DataType::String => Some(text_key(name)),
            _ => name.trim().parse::<i64>().ok().map(number_key),
        }
    }

    /// The code of a category, when any event has it.
    pub fn category_code(&self, name: &str) -> Option<u32> {
        self.categories.binary_search_by(|known| known.as_str().cmp(name)).ok().map(|code| code as u32)
    }
}

/// A hash whose value is the same on every machine and in every run (the standard one is keyed at random).
#[derive(Default, Clone, Copy)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut parts = bytes.chunks_exact(8);
        for part in &mut parts {
            let word = part.iter().rev().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
            self.write_u64(word);
        }
        let rest = parts.remainder();
        let word = rest.iter().rev().fold(rest.len() as u64, |word, byte| (word << 8) | u64::from(*byte));
        self.write_u64(word);
    }

    /// The finaliser of splitmix64 over the running state.
    fn write_u64(&mut self, word: u64) {
        let mut z = (self.0 ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = z ^ (z >> 31);
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word as u64);
    }
}

pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

fn text_key(text: &str) -> u64 {
    let mut mixer = Mixer::default();
    mixer.write(text.as_bytes());
    mixer.finish().min(MISSING - 1)
}

fn number_key(number: i64) -> u64 {
    (number as u64).min(MISSING - 1)
}

/// Keys that are equal for equal values. Text is hashed to 64 bits: among a million items the chance that any two
/// fall together is one in forty million.
fn keys(column: &Column) -> PolarsResult<Vec<u64>> {
    match column.dtype() {
        DataType::String => {
            let text = column.str()?;
            Ok((0..text.len()).into_par_iter().map(|row| text.get(row).map_or(MISSING, text_key)).collect())
        }
        _ => Ok(column.i64()?.iter().map(|id| id.map_or(MISSING, number_key)).collect()),
    }
}

/// Codes of few different values, in sorted order of their names.
fn codes(column: &Column) -> PolarsResult<(Vec<u32>, Vec<String>)> {
    let (codes, names) = match column.dtype() {
        DataType::String => {
            let (codes, values) = dictionary(column.str()?.iter());
            (codes, values.into_iter().map(str::to_owned).collect::<Vec<_>>())
        }
        _ => {
            let (codes, values) = dictionary(column.i64()?.iter());
            (codes, values.into_iter().map(|value| value.to_string()).collect())
        }
    };
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    order.sort_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
    let rank = inverse(&order);
    let codes = codes.into_par_iter().map(|code| rank.get(code as usize).copied().unwrap_or(NO_CATEGORY)).collect();
    Ok((codes, order.iter().map(|code| names[*code as usize].clone()).collect()))
}

/// Codes in order of first appearance, and the values; [`NO_CATEGORY`] for missing.
fn dictionary<T: Hash + Eq + Copy>(values: impl Iterator<Item = Option<T>>) -> (Vec<u32>, Vec<T>) {
    let mut known: FastMap<T, u32> = FastMap::default();
    let mut names = Vec::new();
    let codes = values.map(|value| {
        let Some(value) = value else { return NO_CATEGORY };
        *known.entry(value).or_insert_with(|| {
            names.push(value);
            names.len() as u32 - 1
        })
    });
    (codes.collect(), names)
}

fn inverse(order: &[u32]) -> Vec<u32> {
    let mut rank = vec![0; order.len()];
    for (place, code) in order.iter().enumerate() {
        rank[*code as usize] = place as u32;
    }
    rank
}

/// The sorted different ids, and of each row the place of its id among them.
fn places(column: &Column) -> Result<(Column, Vec<u32>), FeatureError> {
    let (codes, users) = match column.dtype() {
        DataType::String => {
            let (codes, ids) = dictionary(column.str()?.iter());
            (codes, StringChunked::from_slice(USER.into(), &ids).into_series())
        }
        _ => {
            let (codes, ids) = dictionary(column.i64()?.iter());
            (codes, Int64Chunked::from_slice(USER.into(), &ids).into_series())
        }
    };
    let order = users.arg_sort(SortOptions::default());
    let sorted = users.take(&order)?;
    let order: Vec<u32> = order.into_no_null_iter().collect();
    let rank = inverse(&order);
    Ok((sorted.into(), codes.into_par_iter().map(|code| rank[code as usize]).collect()))
}

fn sorted<T: Copy + Send + Sync>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.par_iter().map(|row| values[*row as usize]).collect()
}

/// Counting sort by customer, then each customer's rows by time where they do not stand so already.
fn sort_rows(place: &[u32], users: usize, time: &[i64]) -> (Vec<usize>, Vec<u32>) {
    let mut offsets = vec![0_usize; users + 1];
    for user in place {
        offsets[*user as usize + 1] += 1;
    }
    for user in 0..users {
        offsets[user + 1] += offsets[user];
    }
    let mut next: Vec<usize> = offsets[..users].to_vec();
    let mut rows = vec![0_u32; place.len()];
    for (row, user) in place.iter().enumerate() {
        let slot = &mut next[*user as usize];
        rows[*slot] = row as u32;
        *slot += 1;
    }
    let mut slices = Vec::with_capacity(users);
    let mut rest = rows.as_mut_slice();
    for user in 0..users {
        let (mine, others) = rest.split_at_mut(offsets[user + 1] - offsets[user]);
        slices.push(mine);
        rest = others;
    }
    slices.into_par_iter().for_each(|mine| {
        if !mine.is_sorted_by_key(|row| time[*row as usize]) {
            mine.sort_by_key(|row| time[*row as usize]);
        }
    });
    (offsets, rows)
}
