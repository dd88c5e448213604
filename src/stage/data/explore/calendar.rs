//! Steps of time as numbers, and back to the moment at which they begin.

use super::Grain;
use crate::stage::data::cell::DAY_MS;

pub(super) const HOUR_MS: i64 = 3_600_000;
/// 1970-01-01 was a Thursday.
const FIRST_MONDAY: i64 = 4;

/// Year and month (1 to 12) of a day since 1970-01-01, in the Gregorian calendar (Hinnant 2013, public domain).
pub(super) fn year_month(day: i64) -> (i64, i64) {
    let z = day.saturating_add(719_468);
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month)
}

/// The day since 1970-01-01 on which a month begins.
fn month_begins(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// A number that rises by one from step to step.
pub(super) fn step(millis: i64, grain: Grain) -> i64 {
    let day = millis.div_euclid(DAY_MS);
    match grain {
        Grain::Hour => millis.div_euclid(HOUR_MS),
        Grain::Day => day,
        Grain::Week => (day - FIRST_MONDAY).div_euclid(7),
        Grain::Month => {
            let (year, month) = year_month(day);
            year * 12 + month - 1
        }
    }
}

/// Milliseconds since 1970-01-01 at which the step begins.
pub(super) fn begins(step: i64, grain: Grain) -> i64 {
    match grain {
        Grain::Hour => step.saturating_mul(HOUR_MS),
        Grain::Day => step.saturating_mul(DAY_MS),
        Grain::Week => step.saturating_mul(7).saturating_add(FIRST_MONDAY).saturating_mul(DAY_MS),
        Grain::Month => month_begins(step.div_euclid(12), step.rem_euclid(12) + 1).saturating_mul(DAY_MS),
    }
}

/// Monday is 0.
pub(super) fn weekday(millis: i64) -> usize {
    (millis.div_euclid(DAY_MS) - FIRST_MONDAY).rem_euclid(7) as usize
}

pub(super) fn hour(millis: i64) -> usize {
    (millis.rem_euclid(DAY_MS) / HOUR_MS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::data::cell::Value;

    #[test]
    fn months_agree_with_the_calendar() {
        // Every day from 1890 to 2110, against the calendar's own text.
        for day in -29_220..51_500_i64 {
            let text = Value::Date(day as i32).to_string();
            let (year, month) = year_month(day);
            assert_eq!(format!("{year:04}-{month:02}"), text[..7]);
            let begins = begins(step(day * DAY_MS, Grain::Month), Grain::Month);
            assert_eq!(Value::Time(begins).to_string(), format!("{}-01 00:00:00", &text[..7]));
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        // 2026-06-01 (day 20,605) was a Monday.
        let monday = 20_605 * DAY_MS;
        assert_eq!((weekday(monday), weekday(monday - 1), hour(monday - 1)), (0, 6, 23));
        assert_eq!(begins(step(monday + 6 * DAY_MS, Grain::Week), Grain::Week), monday);
        assert_eq!(step(monday, Grain::Week), step(monday - 1, Grain::Week) + 1);
        assert_eq!(begins(step(-1, Grain::Hour), Grain::Hour), -HOUR_MS);
    }

    #[test]
    fn times_beyond_every_calendar_do_no_harm() {
        for millis in [i64::MIN, i64::MAX] {
            for grain in [Grain::Hour, Grain::Day, Grain::Week, Grain::Month] {
                let _ = begins(step(millis, grain), grain);
            }
            let _ = (weekday(millis), hour(millis));
        }
    }
}
