//! The clock on the wall in a time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Turns moments into the clock time of one zone.
#[derive(Debug, Clone)]
pub enum WallClock {
    /// Seconds east of Greenwich.
    Fixed(i64),
    Named(TimeZone),
}

/// Zones change their offset at whole quarters of an hour only.
const QUARTER_MS: i64 = 900_000;

impl WallClock {
    /// `UTC`, `+08:00`, `-0330` or an IANA name; nothing if there is no such zone.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Some(Self::Fixed(0));
        }
        let sign = match name.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return TimeZone::get(name).ok().map(Self::Named),
        };
        let digits: String = name[1..].chars().filter(|c| *c != ':').collect();
        let number: i64 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
        let (hour, minute) = match digits.len() {
            1 | 2 => (number, 0),
            4 => (number / 100, number % 100),
            _ => return None,
        };
        (hour <= 18 && minute < 60).then_some(Self::Fixed(sign * (hour * 3600 + minute * 60)))
    }

    /// Milliseconds on the wall clock at a moment; `cache` holds the last quarter and its offset.
    pub fn wall(&self, millis: i64, cache: &mut (i64, i64)) -> i64 {
        match self {
            Self::Fixed(seconds) => millis + seconds * 1000,
            Self::Named(zone) => {
                let quarter = millis.div_euclid(QUARTER_MS);
                if cache.0 != quarter {
                    let at = Timestamp::from_millisecond(quarter * QUARTER_MS);
                    *cache = (quarter, at.map_or(0, |t| i64::from(zone.to_offset(t).seconds()) * 1000));
                }
                millis + cache.1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_and_named_zones() {
        let wall = |name: &str, ms| WallClock::parse(name).map(|z| z.wall(ms, &mut (i64::MIN, 0)));
        assert_eq!(wall("UTC", 1000), Some(1000));
        assert_eq!(wall("+08:00", 0), Some(8 * 3_600_000));
        assert_eq!(wall("-0330", 0), Some(-12_600_000));
        for bad in ["", "Mars/Olympus", "+25:00", "+8:0", "+x", "+¼"] {
            assert_eq!(wall(bad, 0), None, "{bad}");
        }
    }
}
