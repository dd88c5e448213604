//! Numbers, sizes, times and spans as people write them.

use std::time::Duration;

use super::{Lang, common};
use crate::base::time::Moment;

/// `1,204`; both languages group by thousands.
pub fn whole(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A decimal with sensible digits: three significant ones, and no noise behind large numbers.
pub fn decimal(x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let size = x.abs();
    let places = match size {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 || s == 0.0 => 2,
        s if s >= 0.01 => 3,
        _ => 5,
    };
    let text = format!("{size:.places$}");
    let (integer, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let grouped = integer.parse().map_or_else(|_| integer.to_owned(), whole);
    let sign = if x < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "−" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// `84 MB`, in powers of 1,000 as file managers show them.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", decimal(n as f64 / 1e3)),
        1_000_000..1_000_000_000 => format!("{} MB", decimal(n as f64 / 1e6)),
        _ => format!("{} GB", decimal(n as f64 / 1e9)),
    }
}

pub fn span(lang: Lang, time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1.0 => common::less_than_a_second(lang).to_owned(),
        s if s < 90.0 => common::seconds_n(lang, s.round()),
        s if s < 5_400.0 => common::minutes_n(lang, (s / 60.0).round()),
        s => common::hours_n(lang, decimal(s / 3600.0)),
    }
}

/// `today, 09:31`, `yesterday, 16:08`, `12 November`, `12 November 2025`.
pub fn moment(lang: Lang, at: Moment, now: Moment) -> String {
    let clock = at.local_text("%H:%M");
    match at.days_until(now) {
        Some(0) => common::today_at(lang, clock),
        Some(1) => common::yesterday_at(lang, clock),
        _ => {
            let same_year = at.local_text("%Y") == now.local_text("%Y");
            at.local_text(match (lang, same_year) {
                (Lang::En, true) => "%-d %B",
                (Lang::En, false) => "%-d %B %Y",
                (Lang::Zh, true) => "%-m月%-d日",
                (Lang::Zh, false) => "%Y年%-m月%-d日",
            })
        }
    }
}

/// `19 Oct`, for axes; of a date that stands in data without a time zone.
pub fn short_date(lang: Lang, date: Moment) -> String {
    date.utc_text(lang.pick("%-d %b", "%-m月%-d日"))
}

/// How much of a time is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeForm {
    Clock,
    DayClock,
    Day,
    Month,
    Year,
}

/// A time of the data as short as an axis needs it.
pub fn axis_time(lang: Lang, at: Moment, form: TimeForm) -> String {
    at.utc_text(match form {
        TimeForm::Clock => "%H:%M",
        TimeForm::DayClock => lang.pick("%-d %b %H:%M", "%-m月%-d日 %H:%M"),
        TimeForm::Day => lang.pick("%-d %b", "%-m月%-d日"),
        TimeForm::Month => lang.pick("%b %Y", "%Y年%-m月"),
        TimeForm::Year => lang.pick("%Y", "%Y年"),
    })
}

/// A time of the data in full.
pub fn long_time(lang: Lang, at: Moment, form: TimeForm) -> String {
    at.utc_text(match form {
        TimeForm::Clock | TimeForm::DayClock => lang.pick("%-d %B %Y, %H:%M", "%Y年%-m月%-d日 %H:%M"),
        TimeForm::Day => lang.pick("%-d %B %Y", "%Y年%-m月%-d日"),
        TimeForm::Month => lang.pick("%B %Y", "%Y年%-m月"),
        TimeForm::Year => lang.pick("%Y", "%Y年"),
    })
}

/// A large number in few characters: 1.2 M, 120万.
pub fn compact(lang: Lang, v: f64) -> String {
    let units: &[(f64, &str)] = match lang {
        Lang::En => &[(1e9, " bn"), (1e6, " M"), (1e3, "k")],
        Lang::Zh => &[(1e8, "亿"), (1e4, "万")],
    };
    let size = v.abs();
    match units.iter().find(|(unit, _)| size >= *unit * 0.9999) {
        Some((unit, name)) if size < 1e15 => format!("{}{name}", decimal(v / unit)),
        Some(_) => format!("{v:.1e}"),
        None => decimal(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(999), "999");
        assert_eq!(whole(541_909), "541,909");
        assert_eq!(decimal(1234.56), "1,235");
        assert_eq!(decimal(0.8691), "0.869");
        assert_eq!(decimal(-12.5), "−12.5");
        assert_eq!(decimal(-0.0000001), "0");
        assert_eq!(decimal(f64::NAN), "–");
        assert_eq!(bytes(84_000_000), "84 MB");
        assert_eq!(bytes(512), "512 B");
    }
}
