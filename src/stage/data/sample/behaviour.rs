//! One row a customer, and a purchase probability that is a known line through the first four columns.

use serde::Serialize;

use super::events::{Event, PURCHASE, VIEW};
use super::number::{Dice, Purpose, significant};
use super::reviews::Review;

/// A row of `user_behavior.csv`, every figure rounded as it is written.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Minutes of views over the six months, one decimal.
    pub browser_time: f64,
    /// Orders a month, two decimals.
    pub purchase_frequency: f64,
    pub review_count: u32,
    /// Mean of (stars − 3) / 2, from −1 to 1, two decimals; 0 without reviews.
    pub review_sentiment: f64,
    /// 0 to 1, three decimals.
    pub purchase_probability: f64,
    /// Position of the latest review.
    pub review: Option<u32>,
}

impl Behaviour {
    fn inputs(&self) -> [f64; 4] {
        [self.browser_time, self.purchase_frequency, f64::from(self.review_count), self.review_sentiment]
    }
}

/// purchase_probability = clip(intercept + Σ coefficient × column + noise, 0, 1).
#[derive(Debug, Clone, Serialize)]
pub struct Coefficients {
    pub intercept: f64,
    pub browser_time: f64,
    pub purchase_frequency: f64,
    pub review_count: f64,
    pub review_sentiment: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
}

/// What was planted in the sample that ships, in the columns' order, the constant first: shown beside what a
/// regression finds there.
const SHIPPED: [(&str, f64); 5] = [
    ("(intercept)", 0.25),
    ("browser_time", 0.003),
    ("purchase_frequency", 0.14),
    ("review_count", 0.0096),
    ("review_sentiment", 0.18),
];
/// The means of its columns, by which it is known from a shop's own table with the same names.
const SHIPPED_MEANS: [f64; 4] = [33.007_65, 0.540_49, 2.5, 0.265_42];
const SHIPPED_ROWS: usize = 2000;

/// The planted coefficient of each column, when rows and means are those of the sample's `user_behavior`.
pub fn planted(columns: &[(&str, f64)], rows: usize) -> Option<&'static [(&'static str, f64)]> {
    let mut known = SHIPPED[1..].iter().map(|(name, _)| *name).zip(SHIPPED_MEANS);
    let same = |(name, mean): &(&str, f64)| known.next().is_some_and(|(n, m)| n == *name && (mean - m).abs() < 1e-6);
    let is_sample = rows == SHIPPED_ROWS && columns.len() == SHIPPED_MEANS.len() && columns.iter().all(same);
    is_sample.then_some(&SHIPPED)
}

/// How much a standard deviation of each column counts beside the others.
const WEIGHTS: [f64; 4] = [1.0, 0.8, 0.35, 0.9];
/// Standard deviation of the line's part, and of the noise.
const SPREAD: f64 = 0.19;
const NOISE: f64 = 0.06;

/// Rows in the users' order.
pub fn make(users: usize, events: &[Event], reviews: &[Review], seed: u64) -> (Vec<Behaviour>, Coefficients) {
    let mut rows = measure(users, events, reviews);
    let truth = coefficients(&rows);
    let b = [truth.browser_time, truth.purchase_frequency, truth.review_count, truth.review_sentiment];
    let mut dice = Dice::new(seed, Purpose::Behaviour, 0);
    for row in &mut rows {
        let line: f64 = truth.intercept + row.inputs().iter().zip(b).map(|(x, b)| x * b).sum::<f64>();
        row.purchase_probability = round(line + truth.noise * dice.normal(), 1000.0).clamp(0.0, 1.0);
    }
    (rows, truth)
}

fn round(x: f64, parts: f64) -> f64 {
    (x * parts).round() / parts
}

fn measure(users: usize, events: &[Event], reviews: &[Review]) -> Vec<Behaviour> {
    let mut seconds = vec![0u64; users];
    let mut orders = vec![0u32; users];
    let mut last_order = vec![u32::MAX; users];
    for event in events {
        let user = event.user as usize;
        if event.kind == VIEW {
            seconds[user] += u64::from(event.dwell);
        } else if event.kind == PURCHASE && last_order[user] != event.second {
            // Lines bought in the same second are one order.
            last_order[user] = event.second;
            orders[user] += 1;
        }
    }
    let mut stars = vec![0u32; users];
    let mut rows = vec![Behaviour::default(); users];
    for (i, review) in reviews.iter().enumerate() {
        let user = review.user as usize;
        stars[user] += u32::from(review.stars);
        rows[user].review_count += 1;
        rows[user].review = Some(i as u32);
    }
    for (user, row) in rows.iter_mut().enumerate() {
        row.browser_time = round(seconds[user] as f64 / 60.0, 10.0);
        row.purchase_frequency = round(f64::from(orders[user]) / 6.0, 100.0);
        if row.review_count > 0 {
            let mean = f64::from(stars[user]) / f64::from(row.review_count);
            row.review_sentiment = round((mean - 3.0) / 2.0, 100.0);
        }
    }
    rows
}

/// Coefficients with two or three digits, such that the line is centred on one half with [`SPREAD`].
fn coefficients(rows: &[Behaviour]) -> Coefficients {
    let n = rows.len().max(1) as f64;
    let mut mean = [0.0; 4];
    for row in rows {
        row.inputs().iter().zip(&mut mean).for_each(|(x, m)| *m += x / n);
    }
    let mut variance = [0.0; 4];
    for row in rows {
        row.inputs().iter().zip(mean).zip(&mut variance).for_each(|((x, m), v)| *v += (x - m) * (x - m) / n);
    }
    let raw: [f64; 4] = std::array::from_fn(|j| if variance[j] > 0.0 { WEIGHTS[j] / variance[j].sqrt() } else { 0.0 });
    let spread = rows
        .iter()
        .map(|row| {
            let line: f64 = row.inputs().iter().zip(mean).zip(raw).map(|((x, m), b)| b * (x - m)).sum();
            line * line / n
        })
        .sum::<f64>()
        .sqrt();
    let scale = if spread > 0.0 { SPREAD / spread } else { 0.0 };
    let b = raw.map(|b| significant(b * scale, 2));
    let intercept = significant(0.5 - b.iter().zip(mean).map(|(b, m)| b * m).sum::<f64>(), 2);
    Coefficients {
        intercept,
        browser_time: b[0],
        purchase_frequency: b[1],
        review_count: b[2],
        review_sentiment: b[3],
        noise: NOISE,
    }
}
