//! Files that are wrong on purpose: orders with every kind of dirty row, and one with two encodings in it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::calendar::time_text;
use super::catalogue::Catalogue;
use super::csv::Lines;
use super::events::{Event, PURCHASE};
use super::number::{Dice, Purpose};
use super::people::{CITIES, Person, id_digits, user_id};

/// What is wrong with a file: rows without the header, and the file's line numbers (the header is line 1) by kind.
/// A line is wrong in one way only.
#[derive(Debug, Default, Serialize)]
pub struct Dirt {
    pub rows: u32,
    pub counts: BTreeMap<&'static str, u32>,
    pub lines: BTreeMap<&'static str, Vec<u32>>,
}

impl Dirt {
    fn add(&mut self, kind: &'static str) {
        *self.counts.entry(kind).or_default() += 1;
        self.lines.entry(kind).or_default().push(self.rows + 1);
    }
}

const ORDERS: usize = 1200;
/// Part of the orders that is dirty.
const DIRTY: f64 = 0.25;
const KINDS: [&str; 18] = [
    "duplicate",
    "missing_user",
    "missing_product",
    "missing_quantity",
    "missing_price",
    "missing_time",
    "outlier_quantity",
    "outlier_price",
    "negative_quantity",
    "impossible_date",
    "future_date",
    "epoch_date",
    "other_date_format",
    "unknown_product",
    "stray_spaces",
    "word_quantity",
    "currency_sign",
    "decimal_comma",
];

/// Fields: order, user, product, quantity, price, time, city.
type Row = [String; 7];

/// `messy_orders.csv`: up to 1,200 orders, a quarter of them dirty.
pub fn orders(events: &[Event], people: &[Person], catalogue: &Catalogue, seed: u64) -> (Vec<u8>, Dirt) {
    let mut dice = Dice::new(seed, Purpose::Dirty, 0);
    let mut lines = Lines::with_header("order_id,user_id,product_id,quantity,price,order_time,city");
    let mut dirt = Dirt::default();
    for (i, event) in spread(events, ORDERS).into_iter().enumerate() {
        let mut row = row(i, event, people, catalogue);
        let kind = dice.chance(DIRTY).then(|| KINDS[dice.below(KINDS.len())]);
        if kind == Some("duplicate") {
            write(&mut lines, &row);
            dirt.rows += 1;
        } else if let Some(kind) = kind {
            spoil(&mut row, kind, event, &mut dice);
        }
        write(&mut lines, &row);
        dirt.rows += 1;
        if let Some(kind) = kind {
            dirt.add(kind);
        }
    }
    (lines.bytes, dirt)
}

/// Up to `count` purchases, evenly over the table.
fn spread(events: &[Event], count: usize) -> Vec<&Event> {
    let purchases = events.iter().filter(|e| e.kind == PURCHASE).count();
    let count = count.min(purchases);
    // The i-th of the chosen stands at i · purchases / count.
    let mut next = 0;
    let mut chosen = Vec::with_capacity(count);
    for (i, event) in events.iter().filter(|e| e.kind == PURCHASE).enumerate() {
        if next < count && i == next * purchases / count {
            chosen.push(event);
            next += 1;
        }
    }
    chosen
}

fn row(i: usize, event: &Event, people: &[Person], catalogue: &Catalogue) -> Row {
    let price = catalogue.products[event.product as usize].price;
    [
        format!("A{:05}", i + 1),
        user_id(event.user as usize, id_digits(people.len())),
        catalogue.products[event.product as usize].id.clone(),
        event.pieces.to_string(),
        format!("{}.{:02}", price / 100, price % 100),
        time_text(event.second),
        CITIES[usize::from(people[event.user as usize].city)].0.to_owned(),
    ]
}

fn write(lines: &mut Lines, row: &Row) {
    for field in row {
        lines.text(field);
    }
    lines.end();
}

/// Makes the row wrong in this one way.
fn spoil(row: &mut Row, kind: &str, event: &Event, dice: &mut Dice) {
    let nothing = ["", "NULL", "N/A", "-"][dice.below(4)].to_owned();
    match kind {
        "missing_user" => row[1] = nothing,
        "missing_product" => row[2] = nothing,
        "missing_quantity" => row[3] = nothing,
        "missing_price" => row[4] = nothing,
        "missing_time" => row[5] = nothing,
        "outlier_quantity" => row[3] = dice.between(1_000, 99_999).to_string(),
        "outlier_price" => row[4] = format!("{}000.00", row[4].trim_end_matches(".00")),
        "negative_quantity" => row[3] = format!("-{}", row[3]),
        "impossible_date" => {
            row[5] = ["2026-06-31 10:15:00", "2026-13-05 09:30:00", "2026-09-00 12:00:00", "2026-08-12 25:61:00"]
                [dice.below(4)]
            .to_owned();
        }
        "future_date" => row[5].replace_range(0..4, "2062"),
        "epoch_date" => row[5] = "1970-01-01 00:00:00".to_owned(),
        "other_date_format" => {
            let text = time_text(event.second);
            row[5] = format!("{}/{}/{} {}", &text[8..10], &text[5..7], &text[0..4], &text[11..16]);
        }
        "unknown_product" => row[2] = format!("X{:03}", dice.below(1000)),
        "stray_spaces" => {
            row[1] = format!("  {} ", row[1].to_lowercase());
            row[6] = format!("{}\u{3000}", row[6]);
        }
        "word_quantity" => row[3] = ["two", "一", "３", "1pc"][dice.below(4)].to_owned(),
        "currency_sign" => row[4] = format!("¥{}", row[4]),
        "decimal_comma" => row[4] = row[4].replace('.', ","),
        _ => {}
    }
}

const NOTES: [&str; 8] = [
    "请放在门卫处",
    "工作日晚上送",
    "请附一张贺卡",
    "不用发票",
    "送前请打电话",
    "包装请结实些",
    "放快递柜即可",
    "和上一单一起发",
];

/// `messy_encoding.csv`: 300 orders, each line in UTF-8 or in GB18030, as files pasted together come.
pub fn encodings(events: &[Event], people: &[Person], catalogue: &Catalogue, seed: u64) -> (Vec<u8>, Dirt) {
    let mut dice = Dice::new(seed, Purpose::Dirty, 1);
    let mut bytes = b"order_id,user_id,product_name,note,order_time\n".to_vec();
    let mut dirt = Dirt::default();
    for (i, event) in spread(events, 300).into_iter().enumerate() {
        let order = row(i, event, people, catalogue);
        let mut line = Lines::with_room(128);
        let name = &catalogue.products[event.product as usize].name.1;
        line.text(&order[0]).text(&order[1]).text(name).text(NOTES[dice.below(NOTES.len())]).text(&order[5]);
        line.end();
        let text = String::from_utf8_lossy(&line.bytes);
        dirt.rows += 1;
        if dice.chance(0.4) {
            bytes.extend_from_slice(&encoding_rs::GB18030.encode(&text).0);
            dirt.add("gb18030");
        } else {
            bytes.extend_from_slice(text.as_bytes());
            dirt.add("utf8");
        }
    }
    (bytes, dirt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Monitor;
    use crate::stage::data::sample::{SampleRecipe, Shop};

    #[test]
    fn every_dirty_line_is_what_the_truth_says() {
        let shop = Shop::make(&SampleRecipe::default(), &Monitor::quiet()).unwrap();
        let (bytes, dirt) = orders(&shop.events, &shop.people, &shop.catalogue, 42);
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), dirt.rows as usize + 1);
        assert_eq!(dirt.counts.len(), KINDS.len(), "{:?}", dirt.counts);
        let field = |line: u32, i: usize| {
            let line = lines[line as usize - 1].replace(",\"", ",").replace("\",", ",");
            line.split(',').nth(i).unwrap_or_default().to_owned()
        };
        for &line in &dirt.lines["duplicate"] {
            assert_eq!(lines[line as usize - 1], lines[line as usize - 2]);
        }
        for &line in &dirt.lines["missing_user"] {
            assert!(["", "NULL", "N/A", "-"].contains(&field(line, 1).as_str()));
        }
        for &line in &dirt.lines["outlier_quantity"] {
            assert!(field(line, 3).parse::<u32>().unwrap() >= 1_000);
        }
        for &line in &dirt.lines["future_date"] {
            assert!(field(line, 5).starts_with("2062-"));
        }
        for &line in &dirt.lines["unknown_product"] {
            assert!(field(line, 2).starts_with('X'));
        }
        let dirty: u32 = dirt.counts.values().sum();
        assert!((200..400).contains(&dirty), "{dirty}");
        // What is not named is clean.
        let named: std::collections::HashSet<u32> = dirt.lines.values().flatten().copied().collect();
        for line in (2..=dirt.rows + 1).filter(|line| !named.contains(line)) {
            assert!(field(line, 1).starts_with('U') && field(line, 2).starts_with('P'), "line {line}");
            assert!((1..100).contains(&field(line, 3).parse::<u32>().unwrap()));
            assert!(field(line, 4).parse::<f64>().is_ok() && field(line, 5).starts_with("2026-"));
        }
    }

    #[test]
    fn lines_of_the_mixed_file_are_in_the_encoding_named() {
        let shop = Shop::make(&SampleRecipe::default(), &Monitor::quiet()).unwrap();
        let (bytes, dirt) = encodings(&shop.events, &shop.people, &shop.catalogue, 42);
        let lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
        assert_eq!(dirt.rows, 300);
        for &line in &dirt.lines["utf8"] {
            assert!(std::str::from_utf8(lines[line as usize - 1]).is_ok(), "line {line}");
        }
        for &line in &dirt.lines["gb18030"] {
            let bytes = lines[line as usize - 1];
            assert!(std::str::from_utf8(bytes).is_err(), "line {line}");
            let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
            assert!(!wrong && text.split(',').count() == 5, "line {line}: {text}");
        }
        assert!(dirt.counts["utf8"] > 100 && dirt.counts["gb18030"] > 80);
    }
}
