//! Moments as seconds since 1970 (UTC), and their plain text forms.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    pub fn now() -> Self {
        Self(Timestamp::now().as_second())
    }

    /// `2026-11-23T09:31:00Z`
    pub fn iso(self) -> String {
        Timestamp::from_second(self.0).map_or_else(|_| self.0.to_string(), |t| t.to_string())
    }

    /// Midnight (UTC) of a date written `2024-06-30`.
    pub fn parse_date(text: &str) -> Option<Self> {
        let date: jiff::civil::Date = text.trim().parse().ok()?;
        Some(Self(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second()))
    }

    fn local(self) -> Option<jiff::Zoned> {
        Some(Timestamp::from_second(self.0).ok()?.to_zoned(TimeZone::system()))
    }

    /// Formats in the machine's time zone with a `strftime` pattern.
    pub fn local_text(self, pattern: &str) -> String {
        self.local().map(|t| t.strftime(pattern).to_string()).unwrap_or_default()
    }

    /// Formats in UTC with a `strftime` pattern: for dates that stand in data without a time zone.
    pub fn utc_text(self, pattern: &str) -> String {
        let utc = Timestamp::from_second(self.0).map(|t| t.to_zoned(TimeZone::UTC));
        utc.map(|t| t.strftime(pattern).to_string()).unwrap_or_default()
    }

    /// Whole days from this moment's date to `later`'s date, both in the machine's time zone.
    pub fn days_until(self, later: Self) -> Option<i64> {
        let (from, to) = (self.local()?.date(), later.local()?.date());
        Some(i64::from((to - from).get_days()))
    }

    /// Hour of the day in the machine's time zone.
    pub fn hour(self) -> Option<i8> {
        Some(self.local()?.hour())
    }
}
