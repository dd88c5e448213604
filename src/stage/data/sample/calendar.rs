//! The shop's calendar: six months that end on its fixed "today", in plain integers.

/// The first second of events, 2026-05-01 00:00:00, as seconds since 1970 (the shop has one clock, no zone).
pub const FIRST_SECOND: i64 = 1_777_593_600;
/// 2026-05-01 to 2026-10-31, both included.
pub const DAYS: usize = 184;
pub const DAY_SECONDS: u32 = 86_400;
/// The day the shop thinks it is: its last full day of events.
pub const TODAY: &str = "2026-10-31";

/// Monday is 0; 2026-05-01 was a Friday.
pub fn weekday(day: usize) -> usize {
    (day + 4) % 7
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant's `civil_from_days`).
pub fn civil(days_since_1970: i64) -> (i32, u32, u32) {
    let z = days_since_1970 + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

/// `2026-05-03`, of days since 2026-05-01 (may be negative).
pub fn date_text(day: i64) -> String {
    let (year, month, day) = civil(FIRST_SECOND / 86_400 + day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-05-03 19:22:10`, of seconds since [`FIRST_SECOND`].
pub fn time_text(second: u32) -> String {
    let rest = second % DAY_SECONDS;
    let day = date_text(i64::from(second / DAY_SECONDS));
    format!("{day} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Day of the month, 1–31, of a day of the window.
pub fn month_day(day: usize) -> u32 {
    civil(FIRST_SECOND / 86_400 + day as i64).2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_what_it_says() {
        // `date -u -d '2026-05-01' +%s` and `date -d '2026-05-01' +%A`.
        assert_eq!(time_text(0), "2026-05-01 00:00:00");
        assert_eq!(weekday(0), 4);
        assert_eq!(time_text(DAYS as u32 * DAY_SECONDS - 1), format!("{TODAY} 23:59:59"));
        assert_eq!(date_text(-61), "2026-03-01");
        assert_eq!(date_text(-62), "2026-02-28");
        assert_eq!(month_day(30), 31);
        assert_eq!(civil(0), (1970, 1, 1));
    }
}
