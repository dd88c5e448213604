//! How much an event counts: by its kind, its age and its repetition.

use serde::{Deserialize, Serialize};

use super::error::within;
use super::{EventKind, PastEvent, RecommendError};
use crate::base::time::Moment;

/// What several events of one customer with one item come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// The largest of them.
    Once,
    /// Their sum.
    Sum,
    /// `ln(1 + sum)`: the tenth view says less than the first.
    #[default]
    Log,
}

/// The weight of every kind of event, how fast it fades, and how repetition adds up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightRecipe {
    pub view: f32,
    pub cart: f32,
    pub favourite: f32,
    pub purchase: f32,
    /// Usually negative: an item that was sent back speaks against itself.
    #[serde(rename = "return")]
    pub returned: f32,
    /// Days until an event counts half. `None`: age does not matter.
    pub half_life_days: Option<f32>,
    pub repeats: Repeats,
    /// Multiply by `1 + ln(pieces)`.
    pub by_quantity: bool,
}

impl Default for WeightRecipe {
    fn default() -> Self {
        Self {
            view: 1.0,
            cart: 3.0,
            favourite: 3.0,
            purchase: 5.0,
            returned: -5.0,
            half_life_days: None,
            repeats: Repeats::Log,
            by_quantity: false,
        }
    }
}

impl WeightRecipe {
    /// Every kind but a return counts 1, whatever its age and however often: "seen or not".
    pub fn seen_or_not() -> Self {
        Self {
            view: 1.0,
            cart: 1.0,
            favourite: 1.0,
            purchase: 1.0,
            returned: 0.0,
            half_life_days: None,
            repeats: Repeats::Once,
            by_quantity: false,
        }
    }

    pub fn check(&self) -> Result<(), RecommendError> {
        const RANGE: &str = "from -1000 to 1000";
        for (name, value) in [
            ("weights.view", self.view),
            ("weights.cart", self.cart),
            ("weights.favourite", self.favourite),
            ("weights.purchase", self.purchase),
            ("weights.return", self.returned),
        ] {
            within(name, value, -1000.0, 1000.0, RANGE)?;
        }
        match self.half_life_days {
            Some(days) => within("weights.half_life_days", days, 0.01, 100_000.0, "from 0.01 to 100000 days"),
            None => Ok(()),
        }
    }

    pub fn of_kind(&self, kind: EventKind) -> f32 {
        match kind {
            EventKind::View => self.view,
            EventKind::Cart => self.cart,
            EventKind::Favourite => self.favourite,
            EventKind::Purchase => self.purchase,
            EventKind::Return => self.returned,
        }
    }

    /// `0.5^(age / half-life)`; 1 for what happened at `as_of` or later.
    pub fn fade(&self, time: Moment, as_of: Moment) -> f32 {
        let Some(half_life) = self.half_life_days else { return 1.0 };
        let days = as_of.0.saturating_sub(time.0).max(0) as f64 / 86_400.0;
        (-days / f64::from(half_life)).exp2() as f32
    }

    /// One event's own weight.
    pub fn of_event(&self, event: &PastEvent, as_of: Moment) -> f32 {
        let pieces = if self.by_quantity { 1.0 + event.quantity.max(1.0).ln() } else { 1.0 };
        self.of_kind(event.kind) * pieces * self.fade(event.time, as_of)
    }

    /// What all events of one customer with one item come to; 0 when returns outweigh the rest.
    pub fn of_pair(&self, events: impl Iterator<Item = f32>) -> f32 {
        let (mut sum, mut largest) = (0.0f32, 0.0f32);
        for weight in events {
            sum += weight;
            largest = largest.max(weight);
        }
        // Not `sum <= 0`: a sum that is no number counts for nothing either.
        if !(sum > 0.0 && sum.is_finite()) {
            return 0.0;
        }
        match self.repeats {
            Repeats::Once => largest,
            Repeats::Sum => sum,
            Repeats::Log => sum.ln_1p(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn age_halves_and_newer_than_now_is_now() {
        let weights = WeightRecipe { half_life_days: Some(10.0), ..WeightRecipe::default() };
        let now = Moment(100 * DAY);
        let event = |days: i64| PastEvent::new(0, EventKind::Purchase, Moment((100 - days) * DAY));
        assert_eq!(weights.of_event(&event(0), now), 5.0);
        assert_eq!(weights.of_event(&event(10), now), 2.5);
        assert_eq!(weights.of_event(&event(20), now), 1.25);
        assert_eq!(weights.of_event(&event(-7), now), 5.0);
    }

    #[test]
    fn repeats_and_returns_by_hand() {
        let pair =
            |repeats, list: &[f32]| WeightRecipe { repeats, ..WeightRecipe::default() }.of_pair(list.iter().copied());
        assert_eq!(pair(Repeats::Once, &[1.0, 3.0, 1.0]), 3.0);
        assert_eq!(pair(Repeats::Sum, &[1.0, 3.0, 1.0]), 5.0);
        assert!((pair(Repeats::Log, &[1.0, 3.0, 1.0]) - 6f32.ln()).abs() < 1e-6);
        for repeats in [Repeats::Once, Repeats::Sum, Repeats::Log] {
            assert_eq!(pair(repeats, &[5.0, -5.0]), 0.0);
            assert_eq!(pair(repeats, &[]), 0.0);
            assert_eq!(pair(repeats, &[f32::INFINITY]), 0.0);
        }
    }

    #[test]
    fn pieces_count_by_their_logarithm() {
        let weights = WeightRecipe { by_quantity: true, ..WeightRecipe::default() };
        let event = PastEvent { quantity: 8.0, ..PastEvent::new(0, EventKind::View, Moment(0)) };
        assert!((weights.of_event(&event, Moment(0)) - (1.0 + 8f32.ln())).abs() < 1e-6);
    }

    #[test]
    fn unusable_weights_are_refused() {
        assert_eq!(WeightRecipe::default().check(), Ok(()));
        for bad in [f32::NAN, f32::INFINITY, 1e9] {
            assert!(WeightRecipe { cart: bad, ..WeightRecipe::default() }.check().is_err());
        }
        assert!(WeightRecipe { half_life_days: Some(0.0), ..WeightRecipe::default() }.check().is_err());
    }
}
