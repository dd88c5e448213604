//! Dates and times.

use super::plain;
use crate::stage::data::cell::DAY_MS;
use jiff::civil::Date;

/// Whether `01/02/2024` begins with the day or with the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayOrder {
    DayFirst,
    MonthFirst,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Milliseconds since 1970-01-01 00:00. A time with a zone becomes UTC, one without stays as written.
///
/// Year first (`2026-06-01`, `2026/6/1 8:30`, `2026年6月1日`, `20260601`), day or month first
/// (`1.6.2026`, `6/1/26 8:30 PM`), month by name (`1 Jun 2026`, `June 1, 2026`), seconds or milliseconds
/// since 1970 (9 to 13 digits).
pub(crate) fn time(text: &str, order: DayOrder) -> Option<i64> {
    let text = plain(text);
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(&text);
    }
    let (date, rest) = date(&text, Some(order))?;
    Some(date.checked_mul(DAY_MS)? + clock(rest)?)
}

/// What a date by numbers alone says of its order: nothing where it is no such date.
/// `Some(None)`: it reads either way.
pub(crate) fn day_order(text: &str) -> Option<Option<DayOrder>> {
    let text = plain(text);
    let (a, b, c, _) = three_numbers(&text)?;
    if a.len() > 2 || b.len() > 2 || !(c.len() == 4 || c.len() == 2) {
        return None;
    }
    match (a.parse().ok()?, b.parse().ok()?) {
        (13..=31u8, 1..=12u8) => Some(Some(DayOrder::DayFirst)),
        (1..=12, 13..=31) => Some(Some(DayOrder::MonthFirst)),
        (x @ 1..=12, y @ 1..=12) if x == y => None,
        (1..=12, 1..=12) => Some(None),
        _ => None,
    }
}

fn digits(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        8 => days(number / 10_000, number / 100 % 100, number % 100)?.checked_mul(DAY_MS),
        9 | 10 => Some(number * 1000),
        12 | 13 => Some(number),
        14 => {
            let day = number / 1_000_000;
            let date = days(day / 10_000, day / 100 % 100, day % 100)?;
            let clock = millis(number / 10_000 % 100, number / 100 % 100, number % 100)?;
            Some(date * DAY_MS + clock)
        }
        _ => None,
    }
}

/// Days since 1970-01-01, if the calendar has that day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    if !(1..=9999).contains(&year) {
        return None;
    }
    let since = date.since(Date::constant(1970, 1, 1)).ok()?;
    Some(i64::from(since.get_days()))
}

fn millis(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    fits.then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// The digits at the front, and what follows.
fn number_at(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    (1..=4).contains(&end).then(|| text.split_at(end))
}

/// Three numbers with one of `-/.` or 年月日 between them, and the rest.
fn three_numbers(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (a, rest) = number_at(text)?;
    let mark = rest.chars().next()?;
    if mark == '年' {
        let (b, rest) = number_at(rest.strip_prefix('年')?.trim_start())?;
        let (c, rest) = number_at(rest.strip_prefix('月')?.trim_start())?;
        return Some((a, b, c, rest.strip_prefix(['日', '号'])?));
    }
    if !['-', '/', '.'].contains(&mark) {
        return None;
    }
    let (b, rest) = number_at(rest.strip_prefix(mark)?)?;
    let (c, rest) = number_at(rest.strip_prefix(mark)?)?;
    Some((a, b, c, rest))
}

/// A date at the front of the text as days since 1970, and the rest.
fn date(text: &str, order: Option<DayOrder>) -> Option<(i64, &str)> {
    if let Some((a, b, c, rest)) = three_numbers(text) {
        let (x, y, z): (i64, i64, i64) = (a.parse().ok()?, b.parse().ok()?, c.parse().ok()?);
        if a.len() == 4 {
            return Some((days(x, y, z)?, rest));
        }
        let year = full_year(c)?;
        let day_first = x > 12 || (y <= 12 && order == Some(DayOrder::DayFirst));
        let (day, month) = if day_first { (x, y) } else { (y, x) };
        return Some((days(year, month, day)?, rest));
    }
    named_month(text)
}

/// Two digits: 70 to 99 are 1970 to 1999, the others 2000 to 2069.
fn full_year(text: &str) -> Option<i64> {
    let year: i64 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// `1 Jun 2026`, `1-Jun-26`, `June 1, 2026`.
fn named_month(text: &str) -> Option<(i64, &str)> {
    let gap = |rest: &'_ str| rest.len() - rest.trim_start_matches([' ', '-', '/', ',', '.']).len();
    let skip = |rest| -> &str {
        let rest: &str = rest;
        &rest[gap(rest)..]
    };
    let word = |rest: &str| -> Option<(i64, usize)> {
        let end = rest.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        let name = rest.get(..end)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|m| name.get(..3) == Some(*m))?;
        Some((month as i64 + 1, end))
    };
    if let Some((day, rest)) = number_at(text) {
        let rest = skip(rest);
        let (month, end) = word(rest)?;
        let (year, rest) = number_at(skip(&rest[end..]))?;
        return Some((days(full_year(year)?, month, day.parse().ok()?)?, rest));
    }
    let (month, end) = word(text)?;
    let (day, rest) = number_at(skip(&text[end..]))?;
    let (year, rest) = number_at(skip(rest))?;
    Some((days(full_year(year)?, month, day.parse().ok()?)?, rest))
}

/// The time of day after a date: nothing is midnight. Less its offset from UTC.
fn clock(rest: &str) -> Option<i64> {
    let rest = rest.strip_prefix(['T', 't']).unwrap_or(rest).trim();
    if rest.is_empty() {
        return Some(0);
    }
    let (hour, rest) = number_at(rest)?;
    let (minute, mut rest) = number_at(rest.strip_prefix(':')?)?;
    let mut second = "0";
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = number_at(after)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let end = after.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(after.len());
            let digits = after.get(..end.min(3)).filter(|d| !d.is_empty())?;
            fraction = digits.parse::<i64>().ok()? * 10_i64.pow(3 - digits.len() as u32);
            rest = &after[end..];
        }
    }
    let mut hour: i64 = hour.parse().ok()?;
    rest = rest.trim();
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    if let Some(half @ ("am" | "pm")) = half.as_deref() {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == "pm" { 12 } else { 0 };
        rest = rest[2..].trim();
    }
    Some(millis(hour, minute.parse().ok()?, second.parse().ok()?)? + fraction - offset(rest)?)
}

/// Milliseconds east of UTC: ``, `Z`, `UTC`, `+08:00`, `-0530`, `+8`.
fn offset(text: &str) -> Option<i64> {
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text).trim();
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (first, rest) = number_at(text.strip_prefix(['+', '-'])?)?;
    let number: i64 = first.parse().ok()?;
    let (hours, minutes) = match (first.len(), rest) {
        (1 | 2, "") => (number, 0),
        (4, "") => (number / 100, number % 100),
        (1 | 2, rest) => (number, rest.strip_prefix(':').filter(|m| m.len() == 2)?.parse().ok()?),
        _ => return None,
    };
    (hours <= 18 && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::data::cell::Value;

    fn read(text: &str) -> Option<String> {
        time(text, DayOrder::MonthFirst).map(|ms| Value::Time(ms).to_string())
    }

    #[test]
    fn times_as_exports_write_them() {
        for (text, expected) in [
            ("2026-06-01", "2026-06-01 00:00:00"),
            (" 2026/6/1 8:30 ", "2026-06-01 08:30:00"),
            ("2026-06-01T08:30:05.25Z", "2026-06-01 08:30:05.250"),
            ("2026-06-01 08:30:00+08:00", "2026-06-01 00:30:00"),
            ("2026-06-01 08:30 -0530", "2026-06-01 14:00:00"),
            ("2026年6月1日 20:15", "2026-06-01 20:15:00"),
            ("２０２６－０６－０１", "2026-06-01 00:00:00"),
            ("12/1/2010 8:26", "2010-12-01 08:26:00"),
            ("13/1/2010", "2010-01-13 00:00:00"),
            ("1.6.26", "2026-01-06 00:00:00"),
            ("1 Jun 2026 11:05 PM", "2026-06-01 23:05:00"),
            ("June 1, 2026 12:00 am", "2026-06-01 00:00:00"),
            ("1-Jun-70", "1970-06-01 00:00:00"),
            ("20260601", "2026-06-01 00:00:00"),
            ("20260601083005", "2026-06-01 08:30:05"),
            ("1511539200", "2017-11-24 16:00:00"),
            ("1511539200000", "2017-11-24 16:00:00"),
            ("2024-02-29", "2024-02-29 00:00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text:?}");
        }
        assert_eq!(time("2/1/2024", DayOrder::DayFirst), time("2024-01-02", DayOrder::DayFirst));
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        for text in [
            "",
            "-",
            "2026-06-31",
            "2026-13-05",
            "2026-09-00",
            "2026-08-12 25:61:00",
            "2023-02-29",
            "12",
            "20261301",
            "2026-06-01 8",
            "2026-06-01 08:30 xx",
            "1/2/345",
            "tea",
            "13 Frog 2026",
            "2026-06",
            "99999999999999999999",
            "2026-06-01 08:30:00.",
            "2026-06-01 13:00 pm",
            "年月日",
            "1年2月",
            "2026-06-01 08:30+99:00",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn order_of_day_and_month() {
        use DayOrder::{DayFirst, MonthFirst};
        assert_eq!(day_order("13/01/2024"), Some(Some(DayFirst)));
        assert_eq!(day_order("01/13/2024 8:00"), Some(Some(MonthFirst)));
        assert_eq!(day_order("01/02/2024"), Some(None));
        assert_eq!(day_order("02/02/2024"), None);
        assert_eq!(day_order("2024-01-02"), None);
        assert_eq!(day_order("31/31/2024"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = (time(&text, DayOrder::DayFirst), day_order(&text), super::super::number(&text, true));
            let _ = (super::super::integer(&text, false), super::super::yes_no(&text));
        }

        #[test]
        fn iso_times_read_back(ms in -60_000_000_000_000_i64..250_000_000_000_000) {
            proptest::prop_assert_eq!(time(&Value::Time(ms).to_string(), DayOrder::DayFirst), Some(ms));
        }
    }
}
