//! How delimited text is laid out: its delimiter, its quote, and whether it begins with names.

use super::record::{Cell, Dialect};
use crate::stage::data::schema::value::{decimal, is_missing};
use crate::stage::data::schema::when::{DateOrder, when};
use crate::stage::data::schema::{known_event, knows_name};

/// The rarer a character is in text, the earlier it stands: of two that fit equally, the first is taken.
const DELIMITERS: [&str; 6] = ["\t", "::", ";", "|", "\u{1}", ","];
const RECORDS: usize = 100;

/// The cells of the first records of a sample, without lines that hold nothing and without the last record if the
/// sample may end within it.
fn records(text: &str, dialect: &Dialect, whole: bool, most: usize) -> Vec<Vec<String>> {
    let (mut records, mut at) = (Vec::new(), 0);
    while at < text.len() && records.len() < most {
        let mut cells = Vec::new();
        let ended = dialect.record(text.as_bytes(), at, |cell| cells.push(cell));
        if !ended.complete && !whole && !records.is_empty() {
            break;
        }
        if !text[at..ended.end.max(at)].trim_ascii().is_empty() {
            records.push(cells.iter().map(|c| plain(text, *c, dialect)).collect());
        }
        at = ended.next;
    }
    records
}

fn plain(text: &str, cell: Cell, dialect: &Dialect) -> String {
    let inner = text.get(cell.range()).unwrap_or_default();
    match dialect.quote {
        Some(quote) if cell.is_doubled() => {
            let quote = char::from(quote).to_string();
            inner.replace(&quote.repeat(2), &quote)
        }
        _ => inner.to_owned(),
    }
}

/// The delimiter by which most records have as many cells as the first one. A comma if there is none.
pub fn delimiter(text: &str, quote: Option<u8>, whole: bool) -> String {
    let mut best = (0.0, ",");
    for delimiter in DELIMITERS {
        let dialect = Dialect { delimiter: delimiter.into(), quote };
        let counts: Vec<usize> = records(text, &dialect, whole, RECORDS).iter().map(Vec::len).collect();
        let Some(&first) = counts.first().filter(|n| **n > 1) else { continue };
        let score = counts.iter().filter(|n| **n == first).count() as f64 / counts.len() as f64;
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1.to_owned()
}

/// A single quote if most texts stand between two of them, or else the double quote.
pub fn quote(text: &str, delimiter: &str, whole: bool) -> u8 {
    let dialect = Dialect { delimiter: delimiter.into(), quote: None };
    let records = records(text, &dialect, whole, RECORDS);
    let texts = records.iter().flatten().map(|c| c.trim()).filter(|c| c.len() > 1 && !is_value(c));
    let (mut single, mut all) = (0, 0);
    for cell in texts {
        all += 1;
        single += usize::from(cell.starts_with('\'') && cell.ends_with('\''));
    }
    if single * 2 > all && !text.contains('"') { b'\'' } else { b'"' }
}

/// A number, a time or an event word: something that names no column.
fn is_value(cell: &str) -> bool {
    decimal(cell, false).is_some() || decimal(cell, true).is_some() || when(cell, DateOrder::DayFirst).is_some()
}

/// Whether the first record names the columns: it has no values, no name twice, and known names or values below it.
pub fn header(text: &str, dialect: &Dialect, whole: bool) -> bool {
    let records = records(text, dialect, whole, RECORDS);
    header_of(&records)
}

pub fn header_of(records: &[Vec<String>]) -> bool {
    let Some((first, rest)) = records.split_first() else { return true };
    if first.iter().any(|c| knows_name(c) && !is_value(c) && known_event(c).is_none()) {
        return true;
    }
    let named: Vec<&str> = first.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
    if named.iter().any(|c| is_value(c) || is_missing(c)) || named.is_empty() {
        return false;
    }
    // A first row of words that come again below is a row like the others.
    let again = |column: usize| {
        let cell = first[column].trim();
        !cell.is_empty() && rest.iter().filter(|r| r.get(column).is_some_and(|c| c.trim() == cell)).count() > 0
    };
    !(0..first.len()).any(again)
}

/// The cells of the first record.
pub fn first_record(text: &str, dialect: &Dialect) -> Vec<String> {
    records(text, dialect, true, 1).pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found() {
        let cases = [
            ("a,b,c\n1,2,3\n4,5,6\n", ","),
            ("a;b;c\n1,5;2,5;3\n4,0;5,1;6\n", ";"),
            ("a\tb\n1, 2\t3\n", "\t"),
            ("1::1193::5::978300760\n1::661::3::978302109\n", "::"),
            ("a|b\n1|2\n", "|"),
            ("id,text\n1,\"one; two; three\"\n2,\"four; five\"\n", ","),
            ("name\nanna\nbert\n", ","),
            ("1,5;2,5\n3,5;4,5\n", ";"),
            ("a,\"b\nc\",d\n1,\"2\n3\",4\n", ","),
        ];
        for (text, delimiter) in cases {
            assert_eq!(super::delimiter(text, Some(b'"'), true), delimiter, "{text}");
        }
    }

    #[test]
    fn headers_are_found() {
        let check = |text: &str| header(text, &Dialect { delimiter: ",".into(), quote: Some(b'"') }, true);
        assert!(check("user_id,item_id\n1,2\n"));
        assert!(check("colour,shape\nred,round\nblue,square\n"));
        assert!(check(",Clothing ID,Age\n0,767,33\n"));
        assert!(check("foo,bar\n"));
        assert!(!check("1,2268318,2520377,pv,1511544070\n1,2333346,2520771,pv,1511561733\n"));
        assert!(!check("red,round\nblue,square\nred,oval\n"));
        assert!(!check("anna,2024-01-01\nbert,2024-01-02\n"));
    }

    #[test]
    fn single_quotes_are_found() {
        assert_eq!(quote("a,b\n'x, y','z'\n'it','is'\n'so','it'\n", ",", true), b'\'');
        assert_eq!(quote("a,b\n\"x\",'z'\n", ",", true), b'"');
        assert_eq!(quote("it's,b\nx,z\n", ",", true), b'"');
    }
}
