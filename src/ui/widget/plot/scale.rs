//! One axis: from numbers to places and to round ticks.

use crate::base::time::Moment;
use crate::ui::text::Lang;
use crate::ui::text::number::{self, TimeForm, compact};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleKind {
    Number,
    /// By the logarithm; only numbers above 0.
    Log,
    /// Milliseconds since 1970-01-01.
    Time,
}

/// What a part of an axis shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub kind: ScaleKind,
    pub from: f64,
    pub to: f64,
}

impl Scale {
    /// A scale whose ends are apart, whatever comes.
    pub fn new(kind: ScaleKind, from: f64, to: f64) -> Self {
        let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
        let (mut from, mut to) = (finite(from.min(to)), finite(to.max(from)));
        if kind == ScaleKind::Log {
            from = from.max(f64::MIN_POSITIVE);
            to = to.max(from);
            if to <= from * (1.0 + 1e-12) {
                (from, to) = (from / 2.0, to * 2.0);
            }
        } else if to - from <= (from.abs() + to.abs()) * 1e-12 {
            let half = if from == 0.0 { 1.0 } else { from.abs() * 0.1 };
            (from, to) = (from - half, to + half);
        }
        Self { kind, from, to }
    }

    /// From 0 up to a round number at or above `top`.
    pub fn from_zero(top: f64) -> Self {
        let step = round_step(top.max(1e-12), 5);
        Self::new(ScaleKind::Number, 0.0, (top / step * 0.9999).ceil().max(1.0) * step)
    }

    /// Around these numbers, 0 included, with round ends.
    pub fn around(least: f64, greatest: f64) -> Self {
        let (low, high) = (least.min(0.0), greatest.max(0.0));
        let step = round_step((high - low).max(1e-12), 5);
        Self::new(ScaleKind::Number, (low / step).floor() * step, (high / step * 0.9999).ceil() * step)
    }

    fn on(&self, v: f64) -> f64 {
        if self.kind == ScaleKind::Log { v.max(f64::MIN_POSITIVE).log10() } else { v }
    }

    /// 0 at `from`, 1 at `to`.
    pub fn place(&self, v: f64) -> f64 {
        let (from, to) = (self.on(self.from), self.on(self.to));
        (self.on(v) - from) / (to - from)
    }

    pub fn value(&self, place: f64) -> f64 {
        let (from, to) = (self.on(self.from), self.on(self.to));
        let v = from + (to - from) * place;
        if self.kind == ScaleKind::Log { 10f64.powf(v) } else { v }
    }

    /// Moved by a share of its length.
    pub fn moved(&self, share: f64) -> Self {
        Self { from: self.value(share), to: self.value(1.0 + share), ..*self }
    }

    /// `factor` below 1 comes closer; what lies at `place` stays there.
    pub fn zoomed(&self, place: f64, factor: f64) -> Self {
        let next = Self {
            from: self.value(place * (1.0 - factor)),
            to: self.value(1.0 - (1.0 - place) * (1.0 - factor)),
            ..*self
        };
        if next.from.is_finite() && next.to.is_finite() && next.to > next.from { next } else { *self }
    }

    /// About `count` round numbers inside, with their texts.
    pub fn ticks(&self, lang: Lang, count: usize) -> Vec<(f64, String)> {
        match self.kind {
            ScaleKind::Number => self.number_ticks(lang, count),
            ScaleKind::Log => self.log_ticks(lang, count),
            ScaleKind::Time => self.time_ticks(lang, count),
        }
    }

    fn number_ticks(&self, lang: Lang, count: usize) -> Vec<(f64, String)> {
        let step = round_step(self.to - self.from, count.max(1));
        if step <= 0.0 || !step.is_finite() {
            return Vec::new();
        }
        let first = (self.from / step - 1e-9).ceil();
        let most = self.from.abs().max(self.to.abs());
        (0..=2 * count + 2)
            .map(|i| (first + i as f64) * step)
            .take_while(|v| *v <= self.to + step * 1e-6)
            .map(|v| (v, tick_text(lang, v, step, most)))
            .collect()
    }

    fn log_ticks(&self, lang: Lang, count: usize) -> Vec<(f64, String)> {
        let (low, high) = (self.from.log10().ceil() as i32, self.to.log10().floor() as i32);
        if high - low < 1 {
            // Less than two powers of ten in sight: round numbers tell more.
            let linear = Self { kind: ScaleKind::Number, ..*self };
            return linear.number_ticks(lang, count);
        }
        let every = ((high - low) as usize / count.max(1) + 1) as i32;
        let powers = (low..=high).filter(|power| (power - low) % every == 0);
        powers.map(|power| (10f64.powi(power), compact(lang, 10f64.powi(power)))).collect()
    }

    fn time_ticks(&self, lang: Lang, count: usize) -> Vec<(f64, String)> {
        const MINUTE: f64 = 60_000.0;
        const HOUR: f64 = 3_600_000.0;
        const DAY: f64 = 86_400_000.0;
        let wanted = (self.to - self.from) / count.max(1) as f64;
        let steps = [MINUTE, 5.0 * MINUTE, 15.0 * MINUTE, HOUR, 3.0 * HOUR, 6.0 * HOUR, 12.0 * HOUR];
        let steps = steps.into_iter().chain([DAY, 2.0 * DAY, 7.0 * DAY, 14.0 * DAY]);
        let step = steps.into_iter().find(|step| *step >= wanted);
        let text = |ms: f64, form: TimeForm| number::axis_time(lang, Moment((ms / 1000.0) as i64), form);
        if let Some(step) = step {
            // Weeks begin on Monday, 1970-01-05.
            let origin = if step >= 7.0 * DAY { 4.0 * DAY } else { 0.0 };
            let first = ((self.from - origin) / step).ceil();
            let form = match (step < DAY, self.to - self.from < DAY) {
                (true, true) => TimeForm::Clock,
                (true, false) => TimeForm::DayClock,
                _ => TimeForm::Day,
            };
            let at = (0..=2 * count + 2).map(|i| (first + i as f64) * step + origin);
            return at.take_while(|ms| *ms <= self.to).map(|ms| (ms, text(ms, form))).collect();
        }
        let months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];
        let step = months.into_iter().find(|n| f64::from(*n) * 30.44 * DAY >= wanted).unwrap_or(1200);
        let form = if step >= 12 { TimeForm::Year } else { TimeForm::Month };
        let year = Moment((self.from / 1000.0) as i64).utc_text("%Y").parse::<i32>().unwrap_or(1970);
        let first = year.div_euclid(10) * 10 * 12;
        let months = (0..).map(|i| first + i * step).take(5000);
        let begins = months.map(|m| month_begins(m.div_euclid(12), m.rem_euclid(12) + 1));
        let inside = begins.skip_while(|ms| *ms < self.from).take_while(|ms| *ms <= self.to);
        inside.take(2 * count + 2).map(|ms| (ms, text(ms, form))).collect()
    }
}

/// Milliseconds at which a month of the Gregorian calendar begins (Hinnant 2013, days from civil).
fn month_begins(year: i32, month: i32) -> f64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let month = i64::from(month);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719_468) as f64 * 86_400_000.0
}

/// 1, 2, 2.5 or 5 times a power of ten, so that about `count` of them fit `span`.
fn round_step(span: f64, count: usize) -> f64 {
    let wanted = span / count as f64;
    let unit = 10f64.powf(wanted.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|n| n * unit).find(|step| *step >= wanted * 0.999).unwrap_or(wanted)
}

fn tick_text(lang: Lang, v: f64, step: f64, most: f64) -> String {
    if most >= 100_000.0 {
        return compact(lang, v);
    }
    let mut places = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    if ((step * 10f64.powi(places as i32)) % 1.0).abs() > 1e-6 {
        places += 1;
    }
    let size = format!("{:.*}", places.min(9), v.abs());
    let (integer, fraction) = size.split_once('.').map_or((size.as_str(), ""), |(a, b)| (a, b));
    let grouped = integer.parse().map_or_else(|_| integer.to_owned(), number::whole);
    let dot = if fraction.is_empty() { "" } else { "." };
    let sign = if v < -step * 1e-6 { "−" } else { "" };
    format!("{sign}{grouped}{dot}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale, count: usize) -> Vec<String> {
        scale.ticks(Lang::En, count).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(texts(Scale::new(ScaleKind::Number, 0.0, 1.0), 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(Scale::new(ScaleKind::Number, -30.0, 1020.0), 4), ["0", "500", "1,000"]);
        assert_eq!(texts(Scale::new(ScaleKind::Number, 0.0, 2.5e6), 5)[1], "500k");
        assert_eq!(texts(Scale::new(ScaleKind::Log, 0.5, 2000.0), 6), ["1", "10", "100", "1k"]);
        let week = Scale::new(ScaleKind::Time, 20_605.0 * 864e5, 20_612.0 * 864e5);
        // Every second day, counted from 1970: 1 June 2026 is an odd one.
        assert_eq!(texts(week, 4)[0], "2 Jun");
        let years = Scale::new(ScaleKind::Time, 10_957.0 * 864e5, 18_262.0 * 864e5);
        assert_eq!(texts(years, 4), ["2000", "2005", "2010", "2015", "2020"]);
        for (from, to) in [(0.0, 0.0), (f64::NAN, 1.0), (5.0, 5.0), (-1e300, 1e300), (1e-300, 2e-300), (3.0, 1.0)] {
            for kind in [ScaleKind::Number, ScaleKind::Log, ScaleKind::Time] {
                let scale = Scale::new(kind, from, to);
                assert!(scale.ticks(Lang::Zh, 5).len() <= 12, "{scale:?}");
            }
        }
    }

    #[test]
    fn zoom_keeps_the_place_under_the_pointer() {
        for kind in [ScaleKind::Number, ScaleKind::Log] {
            let scale = Scale::new(kind, 1.0, 1000.0);
            let fixed = scale.value(0.3);
            let near = scale.zoomed(0.3, 0.5);
            assert!((near.value(0.3) - fixed).abs() < fixed * 1e-9);
            assert!((near.place(near.to) - 1.0).abs() < 1e-12 && near.to < scale.to);
            let moved = scale.moved(0.1);
            assert!((moved.place(scale.value(0.1))).abs() < 1e-9);
        }
        assert_eq!(Scale::from_zero(668.0).to, 800.0);
        assert_eq!(Scale::around(-3.0, 9.0).from, -5.0);
    }
}
