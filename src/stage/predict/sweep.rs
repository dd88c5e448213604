//! Every threshold at once: how many of each class are at or above it. All curves of a classifier come from this.

use serde::{Deserialize, Serialize};

use super::score::Confusion;

/// Thresholds in falling order, beginning with one above every score.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sweep {
    pub yes: u64,
    pub no: u64,
    pub points: Vec<Point>,
}

/// Rows at or above a threshold: `found` of the yes, `in_vain` of the no.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub threshold: f64,
    pub found: u64,
    pub in_vain: u64,
}

/// A point of a curve to draw, with the threshold behind it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub x: f64,
    pub y: f64,
    pub threshold: f64,
}

/// The threshold that earns most, and what happens there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestThreshold {
    pub threshold: f64,
    pub profit: f64,
    pub confusion: Confusion,
}

/// Rows with about the same score, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    pub mean_score: f64,
    pub share_yes: f64,
    pub rows: u64,
}

impl Sweep {
    pub fn of(y: &[f64], p: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..y.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| p[b as usize].total_cmp(&p[a as usize]));
        let top = order.first().map_or(1.0, |&i| p[i as usize]);
        let mut points = vec![Point { threshold: top.next_up().max(1.0), found: 0, in_vain: 0 }];
        let (mut found, mut in_vain) = (0, 0);
        for (k, &i) in order.iter().enumerate() {
            if y[i as usize] == 1.0 {
                found += 1;
            } else {
                in_vain += 1;
            }
            let score = p[i as usize];
            if order.get(k + 1).is_none_or(|&next| p[next as usize] != score) {
                points.push(Point { threshold: score, found, in_vain });
            }
        }
        Self { yes: found, no: in_vain, points }
    }

    /// The area under the ROC curve: the chance that a yes scores above a no, ties counting half.
    pub fn auc(&self) -> Option<f64> {
        if self.yes == 0 || self.no == 0 {
            return None;
        }
        let area: f64 = self
            .points
            .windows(2)
            .map(|w| (w[1].in_vain - w[0].in_vain) as f64 * (w[1].found + w[0].found) as f64 / 2.0)
            .sum();
        Some(area / (self.yes as f64 * self.no as f64))
    }

    /// Average precision: the mean of the precisions at each yes found (scikit-learn's).
    pub fn average_precision(&self) -> Option<f64> {
        if self.yes == 0 {
            return None;
        }
        let step = |w: &[Point]| (w[1].found - w[0].found) as f64 * precision(&w[1]);
        Some(self.points.windows(2).map(step).sum::<f64>() / self.yes as f64)
    }

    /// False-positive share against true-positive share.
    pub fn roc(&self) -> Vec<CurvePoint> {
        self.curve(|p| Some((share(p.in_vain, self.no), share(p.found, self.yes))))
    }

    /// Recall against precision.
    pub fn precision_recall(&self) -> Vec<CurvePoint> {
        self.curve(|p| (p.found + p.in_vain > 0).then(|| (share(p.found, self.yes), precision(p))))
    }

    /// Share contacted against share of the yes found.
    pub fn gain(&self) -> Vec<CurvePoint> {
        let rows = self.yes + self.no;
        self.curve(|p| Some((share(p.found + p.in_vain, rows), share(p.found, self.yes))))
    }

    /// Share contacted against how many times more yes are found than by chance.
    pub fn lift(&self) -> Vec<CurvePoint> {
        let rows = self.yes + self.no;
        let base = share(self.yes, rows);
        let lift = |p: &Point| (share(p.found + p.in_vain, rows), precision(p) / base);
        self.curve(|p| (p.found + p.in_vain > 0 && base > 0.0).then(|| lift(p)))
    }

    fn curve(&self, of: impl Fn(&Point) -> Option<(f64, f64)>) -> Vec<CurvePoint> {
        let point = |p: &Point| of(p).map(|(x, y)| CurvePoint { x, y, threshold: p.threshold });
        self.points.iter().filter_map(point).collect()
    }

    /// What happens when rows from `threshold` on are contacted.
    pub fn confusion(&self, threshold: f64) -> Confusion {
        let reached = self.points.partition_point(|p| p.threshold >= threshold);
        let at = reached.checked_sub(1).and_then(|i| self.points.get(i));
        self.counts(at.map_or(0, |p| p.found), at.map_or(0, |p| p.in_vain))
    }

    fn counts(&self, found: u64, in_vain: u64) -> Confusion {
        Confusion { found, missed: self.yes - found, in_vain, spared: self.no - in_vain }
    }

    /// The threshold with the largest profit, when a contact costs `cost` and a yes that was contacted is worth
    /// `value`. Of equal profits the one with the fewest contacts.
    pub fn best_threshold(&self, cost: f64, value: f64) -> Option<BestThreshold> {
        let profit = |p: &Point| value * p.found as f64 - cost * (p.found + p.in_vain) as f64;
        let mut best: Option<&Point> = None;
        for point in &self.points {
            if best.is_none_or(|b| profit(point) > profit(b)) {
                best = Some(point);
            }
        }
        best.map(|p| BestThreshold {
            threshold: p.threshold,
            profit: profit(p),
            confusion: self.counts(p.found, p.in_vain),
        })
    }

    /// At most about `most` points, spread evenly over the rows contacted; the first and the last stay.
    pub fn thinned(&self, most: usize) -> Self {
        if self.points.len() <= most.max(2) {
            return self.clone();
        }
        let rows = self.yes + self.no;
        let mut points: Vec<Point> = Vec::new();
        let mut due = 0;
        for (i, point) in self.points.iter().enumerate() {
            let contacted = point.found + point.in_vain;
            if contacted >= due || i + 1 == self.points.len() {
                points.push(*point);
                due = contacted + rows.div_ceil(most as u64);
            }
        }
        Self { points, ..*self }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn precision(p: &Point) -> f64 {
    share(p.found, p.found + p.in_vain)
}

/// Bins of about equally many rows, by rising score. Equal scores stay together.
pub fn calibration(y: &[f64], p: &[f64], bins: usize) -> Vec<CalibrationBin> {
    let mut order: Vec<u32> = (0..y.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| p[a as usize].total_cmp(&p[b as usize]));
    let size = y.len().div_ceil(bins.max(1)).max(1);
    let mut found = Vec::new();
    let mut start = 0;
    while start < order.len() {
        let mut end = (start + size).min(order.len());
        while end < order.len() && p[order[end] as usize] == p[order[end - 1] as usize] {
            end += 1;
        }
        let rows = &order[start..end];
        let mean = |v: &[f64]| rows.iter().map(|&i| v[i as usize]).sum::<f64>() / rows.len() as f64;
        found.push(CalibrationBin { mean_score: mean(p), share_yes: mean(y), rows: rows.len() as u64 });
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{arrays, list, near, number};
    use super::*;

    fn small() -> Sweep {
        Sweep::of(&[1.0, 0.0, 1.0, 0.0, 0.0], &[0.9, 0.8, 0.8, 0.3, 0.1])
    }

    #[test]
    fn curves_by_hand() {
        let sweep = small();
        near(sweep.auc().expect("two classes"), 5.5 / 6.0, 1e-12);
        let xy = |curve: Vec<CurvePoint>| curve.into_iter().map(|p| (p.x, p.y)).collect::<Vec<_>>();
        let third = 1.0 / 3.0;
        assert_eq!(xy(sweep.roc()), [(0.0, 0.0), (0.0, 0.5), (third, 1.0), (2.0 / 3.0, 1.0), (1.0, 1.0)]);
        assert_eq!(xy(sweep.gain())[2], (0.6, 1.0));
        assert_eq!(xy(sweep.lift())[0], (0.2, 2.5));
        assert_eq!(xy(sweep.precision_recall())[1], (1.0, 2.0 / 3.0));
    }

    #[test]
    fn a_threshold_contacts_those_at_or_above_it() {
        let sweep = small();
        assert_eq!(sweep.confusion(0.8), Confusion { found: 2, missed: 0, in_vain: 1, spared: 2 });
        assert_eq!(sweep.confusion(0.81), Confusion { found: 1, missed: 1, in_vain: 0, spared: 3 });
        assert_eq!(sweep.confusion(0.0).contacted(), 5);
        assert_eq!(sweep.confusion(2.0).contacted(), 0);
        let (_, _, bought) = arrays();
        let chance = list(&["scores", "chance"]);
        let whole = Sweep::of(&bought, &chance);
        for threshold in [0.0, 0.2, 0.37, 0.5, 0.9] {
            assert_eq!(whole.confusion(threshold), Confusion::of(&bought, &chance, threshold));
        }
        assert_eq!(whole.points.len() as f64, number(&["scores", "roc"]));
    }

    #[test]
    fn the_best_threshold_weighs_cost_against_value() {
        // Three contacts cost 3 and find two sales of 2; the first alone earns 1 as well, with fewer contacts.
        let best = small().best_threshold(1.0, 2.0).expect("points");
        assert_eq!((best.threshold, best.profit, best.confusion.contacted()), (0.9, 1.0, 1));
        assert_eq!(small().best_threshold(1.0, 5.0).expect("points").threshold, 0.8);
        let nobody = small().best_threshold(10.0, 1.0).expect("points");
        assert_eq!((nobody.profit, nobody.confusion.contacted()), (0.0, 0));
    }

    #[test]
    fn thinning_keeps_the_ends_and_about_the_area() {
        let y: Vec<f64> = (0..20_000).map(|i| f64::from((i * 7919) % 3 == 0)).collect();
        let p: Vec<f64> = (0..20_000).map(|i| ((i * 31) % 19_997) as f64 + 3000.0 * y[i as usize]).collect();
        let sweep = Sweep::of(&y, &p);
        let thin = sweep.thinned(400);
        assert!(thin.points.len() <= 402);
        assert_eq!((thin.points.first(), thin.points.last()), (sweep.points.first(), sweep.points.last()));
        near(thin.auc().expect("two classes"), sweep.auc().expect("two classes"), 1e-3);
    }

    #[test]
    fn calibration_bins_are_even_and_keep_ties_together() {
        let p: Vec<f64> = (0..100).map(|i| f64::from(i / 30) / 10.0).collect();
        let y: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        let bins = calibration(&y, &p, 10);
        assert_eq!(bins.iter().map(|b| b.rows).collect::<Vec<_>>(), [30, 30, 30, 10]);
        assert!(bins.iter().all(|b| b.share_yes == 0.5));
        assert!(calibration(&[], &[], 10).is_empty());
    }
}
