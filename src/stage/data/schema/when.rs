//! Times as shops write them: epoch seconds and milliseconds, ISO 8601, day-first and month-first dates.

/// Which of two small numbers in `01/02/2024` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// A time read from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Milliseconds since 1970: of the clock as written, or of UTC when `absolute`.
    pub millis: i64,
    /// A moment, since it is an epoch or has a zone of its own.
    pub absolute: bool,
    /// Has a time of day.
    pub has_clock: bool,
    /// Another order of day and month might read it otherwise.
    pub by_order: bool,
}

const DAY_MS: i64 = 86_400_000;

/// Reads a time; nothing if it is none. Years 1 to 9999.
pub fn when(text: &str, order: DateOrder) -> Option<When> {
    let text = text.trim();
    let bytes = text.as_bytes();
    iso_fast(bytes).or_else(|| epoch(bytes)).or_else(|| Reader { bytes, at: 0 }.general(order))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", days_from_civil); nothing if there is no such day.
pub fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTH: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTH[month as usize - 1] + i64::from(leap && month == 2);
    if !(1..=length).contains(&day) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y / 400;
    let of_era = y - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn two(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => None,
    }
}

/// `2010-12-01` and `2010-12-01 08:26:00`, the two most common forms.
fn iso_fast(bytes: &[u8]) -> Option<When> {
    if bytes.len() != 19 && bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = two(&bytes[0..2])? * 100 + two(&bytes[2..4])?;
    let day_ms = days(year, two(&bytes[5..7])?, two(&bytes[8..10])?)? * DAY_MS;
    if bytes.len() == 10 {
        return Some(When { millis: day_ms, absolute: false, has_clock: false, by_order: false });
    }
    if !matches!(bytes[10], b' ' | b'T') || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let clock = clock_ms(two(&bytes[11..13])?, two(&bytes[14..16])?, two(&bytes[17..19])?)?;
    Some(When { millis: day_ms + clock, absolute: false, has_clock: true, by_order: false })
}

fn clock_ms(hour: i64, minute: i64, second: i64) -> Option<i64> {
    // A leap second is the last one of its minute here.
    ((0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second))
        .then(|| (hour * 3600 + minute * 60 + second.min(59)) * 1000)
}

/// Digits alone: the size tells the unit, since the ranges of 1973 to 2103 do not meet. Also `20240131` and
/// `20240131235959`, and epochs with decimals (`1511544070.0`).
fn epoch(bytes: &[u8]) -> Option<When> {
    let (whole, fraction) = match bytes.iter().position(|&b| b == b'.') {
        Some(point) => (&bytes[..point], &bytes[point + 1..]),
        None => (bytes, &[][..]),
    };
    if whole.len() < 8 || whole.len() > 19 || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut n = 0_i64;
    for &b in whole {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    if fraction.is_empty() && (whole.len() == 8 || whole.len() == 14) {
        let (date, clock) = if whole.len() == 8 { (n, 0) } else { (n / 1_000_000, n % 1_000_000) };
        let day_ms = days(date / 10_000, date / 100 % 100, date % 100)? * DAY_MS;
        let clock_ms = clock_ms(clock / 10_000, clock / 100 % 100, clock % 100)?;
        let has_clock = whole.len() == 14;
        return Some(When { millis: day_ms + clock_ms, absolute: false, has_clock, by_order: false });
    }
    let millis = match n {
        100_000_000..=4_199_999_999 => n * 1000 + first_millis(fraction),
        100_000_000_000..=4_199_999_999_999 => n,
        100_000_000_000_000..=4_199_999_999_999_999 => n / 1000,
        100_000_000_000_000_000..=4_199_999_999_999_999_999 => n / 1_000_000,
        _ => return None,
    };
    Some(When { millis, absolute: true, has_clock: true, by_order: false })
}

/// The first three digits after the point, as thousandths.
fn first_millis(fraction: &[u8]) -> i64 {
    (0..3).fold(0, |ms, i| ms * 10 + fraction.get(i).map_or(0, |b| i64::from(b - b'0')))
}

/// Reads the looser forms from left to right.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Up to `most` digits, and how many there were.
    fn number(&mut self, most: usize) -> Option<(i64, usize)> {
        let digits = self.rest().iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        let value = self.rest()[..digits].iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'));
        self.at += digits;
        (digits > 0 && !self.peek().is_ascii_digit()).then_some((value, digits))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text.as_bytes());
        if found {
            self.at += text.len();
        }
        found
    }

    fn spaces(&mut self) {
        while self.peek() == b' ' || self.peek() == b',' {
            self.at += 1;
        }
    }

    /// Letters as lower case, at most nine of them.
    fn word(&mut self) -> String {
        let letters = self.rest().iter().take(9).take_while(|b| b.is_ascii_alphabetic()).count();
        let word = self.rest()[..letters].iter().map(|b| b.to_ascii_lowercase() as char).collect();
        self.at += letters;
        word
    }

    fn month_name(&mut self) -> Option<i64> {
        const NAMES: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let word = self.word();
        let named = word.len() >= 3;
        let place = NAMES
            .iter()
            .position(|name| named && (name.starts_with(&word) || word == "sept" && *name == "september"))?;
        self.take(".");
        Some(place as i64 + 1)
    }

    fn general(mut self, order: DateOrder) -> Option<When> {
        let (day_number, by_order) = self.date(order)?;
        let mut found = When { millis: day_number * DAY_MS, absolute: false, has_clock: false, by_order };
        if self.rest().is_empty() {
            return Some(found);
        }
        if !self.take("T")
            && !self.take("t")
            && self.peek() != b' '
            && self.peek() != b','
            && !self.bytes[..self.at].ends_with("日".as_bytes())
        {
            return None;
        }
        self.spaces();
        found.millis += self.clock()?;
        found.has_clock = true;
        if let Some(offset) = self.zone()? {
            found.millis -= offset * 1000;
            found.absolute = true;
        }
        self.rest().is_empty().then_some(found)
    }

    /// Days since 1970, and whether another order might read it otherwise.
    fn date(&mut self, order: DateOrder) -> Option<(i64, bool)> {
        if self.peek().is_ascii_alphabetic() {
            return self.named_month_first();
        }
        let (first, digits) = self.number(4)?;
        if digits == 4 {
            return self.year_first(first);
        }
        if digits > 2 {
            return None;
        }
        let separator = self.peek();
        if !matches!(separator, b'/' | b'-' | b'.' | b' ') {
            return None;
        }
        self.at += 1;
        if self.peek().is_ascii_alphabetic() {
            let month = self.month_name()?;
            self.at += usize::from(self.peek() == separator);
            self.spaces();
            return Some((days(self.year()?, month, first)?, false));
        }
        let (second, digits) = self.number(2)?;
        if digits > 2 || self.peek() != separator || separator == b' ' {
            return None;
        }
        self.at += 1;
        let year = self.year()?;
        // With points the day comes first everywhere.
        let by_order = separator != b'.';
        match order {
            DateOrder::MonthFirst if by_order => Some((days(year, first, second)?, true)),
            _ => Some((days(year, second, first)?, by_order)),
        }
    }

    fn year_first(&mut self, year: i64) -> Option<(i64, bool)> {
        if self.take("年") {
            let (month, _) = self.number(2)?;
            self.take("月").then_some(())?;
            let (day, _) = self.number(2)?;
            self.take("日").then_some(())?;
            return Some((days(year, month, day)?, false));
        }
        let separator = self.peek();
        if !matches!(separator, b'/' | b'-' | b'.') {
            return None;
        }
        self.at += 1;
        let (month, _) = self.number(2)?;
        (self.peek() == separator).then_some(())?;
        self.at += 1;
        let (day, _) = self.number(2)?;
        Some((days(year, month, day)?, false))
    }

    /// `Dec 1, 2010`, also after a weekday: `Wed, 1 Dec 2010`, `Wed Dec 1 2010`.
    fn named_month_first(&mut self) -> Option<(i64, bool)> {
        let start = self.at;
        let word = self.word();
        let weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|d| word.starts_with(d));
        if weekday {
            self.spaces();
        } else {
            self.at = start;
        }
        if self.peek().is_ascii_digit() {
            let (day, _) = self.number(2)?;
            self.spaces();
            let month = self.month_name()?;
            self.spaces();
            return Some((days(self.year()?, month, day)?, false));
        }
        let month = self.month_name()?;
        self.spaces();
        let (day, _) = self.number(2)?;
        self.spaces();
        Some((days(self.year()?, month, day)?, false))
    }

    /// Two digits are 1969 to 2068, as in POSIX.
    fn year(&mut self) -> Option<i64> {
        match self.number(4)? {
            (year, 4) => Some(year),
            (year, 2) => Some(if year < 69 { 2000 + year } else { 1900 + year }),
            _ => None,
        }
    }

    fn clock(&mut self) -> Option<i64> {
        let (mut hour, digits) = self.number(2)?;
        if digits == 2 && self.rest().is_empty() {
            return clock_ms(hour, 0, 0);
        }
        self.take(":").then_some(())?;
        let (minute, _) = self.number(2)?;
        let (mut second, mut millis) = (0, 0);
        if self.take(":") {
            second = self.number(2)?.0;
            if self.take(".") || self.take(",") {
                let digits = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
                millis = first_millis(&self.rest()[..digits]);
                self.at += digits;
            }
        }
        let start = self.at;
        self.spaces();
        match self.word().as_str() {
            "am" if (1..=12).contains(&hour) => hour %= 12,
            "pm" if (1..=12).contains(&hour) => hour = hour % 12 + 12,
            _ => self.at = start,
        }
        Some(clock_ms(hour, minute, second)? + millis)
    }

    /// The offset in seconds: `Z`, `UTC`, `GMT`, `+08:00`, `+0800`, `+08`; `None` within when there is no zone.
    fn zone(&mut self) -> Option<Option<i64>> {
        self.spaces();
        if self.rest().is_empty() {
            return Some(None);
        }
        if self.take("Z") || self.take("z") {
            return Some(Some(0));
        }
        let named = self.take("UTC") || self.take("GMT");
        if named && self.rest().is_empty() {
            return Some(Some(0));
        }
        let sign = match self.peek() {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.at += 1;
        let digits = self.rest().iter().filter(|&&b| b != b':').count();
        let hour = two(self.rest().get(..2)?)?;
        self.at += 2;
        self.take(":");
        let minute = if digits > 2 { two(self.rest().get(..2)?)? } else { 0 };
        self.at += if digits > 2 { 2 } else { 0 };
        (hour <= 18 && minute < 60).then_some(Some(sign * (hour * 3600 + minute * 60)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DateOrder::{DayFirst, MonthFirst};

    /// 2010-12-01 is day 14,944 (`date -d 2010-12-01 +%s` / 86,400).
    const DECEMBER: i64 = 14_944 * DAY_MS;

    fn millis(text: &str, order: DateOrder) -> Option<i64> {
        when(text, order).map(|w| w.millis)
    }

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 3, 1), Some(11_017));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(1969, 12, 31), Some(-1));
        assert_eq!(days(1900, 2, 29), None);
        assert_eq!(days(2024, 13, 1), None);
        assert_eq!(days(2024, 4, 31), None);
        assert_eq!(days(0, 1, 1), None);
    }

    #[test]
    fn the_same_day_in_every_form() {
        let forms = [
            "2010-12-01",
            "2010/12/1",
            "2010.12.01",
            "20101201",
            "2010年12月1日",
            "1 Dec 2010",
            "01-Dec-2010",
            "01-dec-10",
            "Dec 1, 2010",
            "December 1 2010",
            "Wed, 01 Dec 2010",
            "01.12.2010",
            " 2010-12-01 ",
        ];
        for text in forms {
            for order in [DayFirst, MonthFirst] {
                let found = when(text, order).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(
                    (found.millis, found.has_clock, found.by_order, found.absolute),
                    (DECEMBER, false, false, false),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn clocks_and_zones() {
        let eight_26 = DECEMBER + (8 * 60 + 26) * 60_000;
        for text in [
            "2010-12-01 08:26:00",
            "2010-12-01T08:26",
            "2010/12/1 8:26",
            "20101201082600",
            "2010年12月1日 8:26",
            "2010年12月1日8:26:00",
            "2010-12-01 8:26 AM",
        ] {
            assert_eq!(millis(text, DayFirst), Some(eight_26), "{text}");
        }
        for text in [
            "2010-12-01T08:26:00Z",
            "2010-12-01 08:26:00 UTC",
            "2010-12-01T16:26:00+08:00",
            "2010-12-01T16:26:00.000+0800",
            "2010-12-01T03:26:00 -05",
        ] {
            let found = when(text, DayFirst).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.millis, found.absolute), (eight_26, true), "{text}");
        }
        assert_eq!(millis("12/1/10 12:05 AM", MonthFirst), Some(DECEMBER + 5 * 60_000));
        assert_eq!(millis("12/1/10 12:05 PM", MonthFirst), Some(DECEMBER + (12 * 60 + 5) * 60_000));
        assert_eq!(millis("2010-12-01 00:00:00.1239", DayFirst), Some(DECEMBER + 123));
        assert_eq!(millis("2010-12-01 02", DayFirst), Some(DECEMBER + 2 * 3_600_000));
    }

    #[test]
    fn day_or_month_first() {
        assert_eq!(millis("01/12/2010", DayFirst), Some(DECEMBER));
        assert_eq!(millis("12/01/2010", MonthFirst), Some(DECEMBER));
        assert_eq!(millis("13/12/2010", MonthFirst), None);
        assert_eq!(when("01/12/2010", DayFirst).map(|w| w.by_order), Some(true));
    }

    #[test]
    fn epochs_by_their_size() {
        for text in ["1511544070", "1511544070000", "1511544070000000", "1511544070000000000", "1511544070.0"] {
            let found = when(text, DayFirst).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.millis, found.absolute), (1_511_544_070_000, true), "{text}");
        }
        assert_eq!(millis("1511544070.25", DayFirst), Some(1_511_544_070_250));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "Feb",
            "17",
            "2010",
            "2010-13-01",
            "2010-02-30",
            "1/2",
            "1/2/345",
            "abc",
            "2010-12-01 25:00",
            "2010-12-01 08:60",
            "99999999",
            "1-2-3-4",
            "2010-12-01x",
            "2010-12-01 08:26:00 +99:00",
            "12.5",
            "85123A",
            "日",
            "2010年",
            "10:30",
            "Monday",
            "1.2.3",
        ] {
            assert_eq!(when(text, DayFirst), None, "{text}");
        }
    }
}
