//! The planted truth can be found: types by k-means, coefficients by least squares, tastes and the long tail.

use super::calendar::{DAY_SECONDS, DAYS, weekday};
use super::events::{CART, FAVOURITE, PURCHASE, VIEW};
use super::number::{Dice, Purpose};
use super::*;

fn shop(seed: u64) -> Shop {
    Shop::make(&SampleRecipe { seed, ..SampleRecipe::default() }, &Monitor::quiet()).unwrap()
}

/// Per user: log counts of views, carts, favourites, purchases; log recency, tenure, spend, average order, seconds a
/// view; shares of weekend, morning, noon, afternoon, evening; carts and purchases a view. Standardised.
fn features(shop: &Shop) -> Vec<Vec<f64>> {
    let end = f64::from(DAYS as u32 * DAY_SECONDS);
    let mut rows = vec![vec![0.0; 16]; shop.people.len()];
    let mut own: Vec<Vec<&events::Event>> = vec![Vec::new(); shop.people.len()];
    shop.events.iter().for_each(|e| own[e.user as usize].push(e));
    for (row, own) in rows.iter_mut().zip(&own) {
        let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
        let count = |kind| own.iter().filter(|e| e.kind == kind).count() as f64;
        let share =
            |test: &dyn Fn(u32) -> bool| own.iter().filter(|e| test(e.second)).count() as f64 / own.len() as f64;
        let hours = |from: u32, until: u32| share(&|s| (from..until).contains(&(s / 3600 % 24)));
        let views = count(VIEW).max(1.0);
        let mut orders: Vec<u32> = own.iter().filter(|e| e.kind == PURCHASE).map(|e| e.second).collect();
        orders.dedup();
        let spend: f64 = own.iter().map(|e| f64::from(e.price) * f64::from(e.pieces) / 100.0).sum();
        let dwell: f64 = own.iter().map(|e| f64::from(e.dwell)).sum();
        let days = |second: u32| (end - f64::from(second)) / f64::from(DAY_SECONDS);
        *row = vec![
            count(VIEW).ln_1p(),
            count(CART).ln_1p(),
            count(FAVOURITE).ln_1p(),
            count(PURCHASE).ln_1p(),
            days(last.second).ln_1p(),
            days(first.second).ln_1p(),
            spend.ln_1p(),
            (spend / orders.len().max(1) as f64).ln_1p(),
            (dwell / views).ln_1p(),
            share(&|s| weekday((s / DAY_SECONDS) as usize) >= 5),
            hours(6, 11),
            hours(11, 14),
            hours(14, 18),
            hours(18, 24),
            count(CART) / views,
            count(PURCHASE) / views,
        ];
    }
    standardise(&mut rows);
    rows
}

fn standardise(rows: &mut [Vec<f64>]) {
    let n = rows.len() as f64;
    for j in 0..rows[0].len() {
        let mean = rows.iter().map(|r| r[j]).sum::<f64>() / n;
        let sd = (rows.iter().map(|r| (r[j] - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-9);
        rows.iter_mut().for_each(|r| r[j] = (r[j] - mean) / sd);
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Lloyd's k-means from k-means++ starts, the best of ten by inertia.
fn k_means(rows: &[Vec<f64>], k: usize) -> Vec<usize> {
    let mut best = (f64::MAX, Vec::new());
    for start in 0..10 {
        let mut dice = Dice::new(start, Purpose::Users, 99);
        let mut centres = vec![rows[dice.below(rows.len())].clone()];
        while centres.len() < k {
            let nearest = rows.iter().map(|r| centres.iter().map(|c| distance(r, c)).fold(f64::MAX, f64::min));
            centres.push(rows[dice.pick(&number::running(nearest))].clone());
        }
        let mut labels = Vec::new();
        let mut inertia = 0.0;
        for _ in 0..60 {
            inertia = 0.0;
            labels.clear();
            for row in rows {
                let (label, d) =
                    (0..k).map(|c| (c, distance(row, &centres[c]))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                labels.push(label);
                inertia += d;
            }
            for (c, centre) in centres.iter_mut().enumerate() {
                let own: Vec<&Vec<f64>> = rows.iter().zip(&labels).filter(|(_, l)| **l == c).map(|(r, _)| r).collect();
                for (j, x) in centre.iter_mut().enumerate().filter(|_| !own.is_empty()) {
                    *x = own.iter().map(|r| r[j]).sum::<f64>() / own.len() as f64;
                }
            }
        }
        if inertia < best.0 {
            best = (inertia, labels);
        }
    }
    best.1
}

/// Adjusted Rand index (Hubert and Arabie, 1985).
fn adjusted_rand(a: &[usize], b: &[usize]) -> f64 {
    let pairs = |n: usize| (n * n.saturating_sub(1)) as f64 / 2.0;
    let (ka, kb) = (a.iter().max().unwrap() + 1, b.iter().max().unwrap() + 1);
    let mut table = vec![vec![0; kb]; ka];
    a.iter().zip(b).for_each(|(&x, &y)| table[x][y] += 1);
    let together: f64 = table.iter().flatten().map(|&n| pairs(n)).sum();
    let rows: f64 = table.iter().map(|r| pairs(r.iter().sum())).sum();
    let columns: f64 = (0..kb).map(|j| pairs(table.iter().map(|r| r[j]).sum())).sum();
    let chance = rows * columns / pairs(a.len());
    (together - chance) / ((rows + columns) / 2.0 - chance)
}

#[test]
fn adjusted_rand_of_known_labels() {
    // scikit-learn's documentation gives 0.57 for these.
    assert!((adjusted_rand(&[0, 0, 1, 2], &[0, 0, 1, 1]) - 0.571_428_571).abs() < 1e-8);
    assert!((adjusted_rand(&[0, 0, 1, 1], &[1, 1, 0, 0]) - 1.0).abs() < 1e-12);
}

#[test]
fn k_means_finds_the_types() {
    for seed in [42, 1, 2] {
        let shop = shop(seed);
        let truth: Vec<usize> = shop.people.iter().map(|p| usize::from(p.kind)).collect();
        let rows = features(&shop);
        let found = adjusted_rand(&truth, &k_means(&rows, 5));
        assert!(found >= 0.95, "seed {seed}: adjusted Rand index {found:.3} on all features");
        // Without hours and weekdays, on what a marketer counts first.
        let few: Vec<Vec<f64>> =
            rows.iter().map(|r| [0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 15].map(|j| r[j]).to_vec()).collect();
        let found = adjusted_rand(&truth, &k_means(&few, 5));
        assert!(found >= 0.9, "seed {seed}: adjusted Rand index {found:.3} without rhythm");
    }
}

/// Least squares by the normal equations and Gauss–Jordan elimination: intercept, then the coefficients.
fn least_squares(rows: &[([f64; 4], f64)]) -> Vec<f64> {
    let mut m = vec![vec![0.0; 6]; 5];
    for (x, y) in rows {
        let z = [1.0, x[0], x[1], x[2], x[3], *y];
        (0..5).for_each(|i| (0..6).for_each(|j| m[i][j] += z[i] * z[j]));
    }
    for i in 0..5 {
        let pivot = m[i].clone();
        for (r, row) in m.iter_mut().enumerate().filter(|(r, _)| *r != i) {
            let f = row[i] / pivot[i];
            row.iter_mut().zip(&pivot).for_each(|(a, b)| *a -= f * b);
            assert!(row[r] != 0.0);
        }
    }
    (0..5).map(|i| m[i][5] / m[i][i]).collect()
}

#[test]
fn the_line_behind_purchase_probability_is_found() {
    let shop = shop(42);
    let mut rows: Vec<([f64; 4], f64)> = shop
        .behaviour
        .iter()
        .map(|b| {
            let x = [b.browser_time, b.purchase_frequency, f64::from(b.review_count), b.review_sentiment];
            (x, b.purchase_probability)
        })
        .collect();
    Dice::new(42, Purpose::Behaviour, 7).shuffle(&mut rows);
    let (train, test) = rows.split_at(1600);
    let b = least_squares(train);
    let fit = |x: &[f64; 4]| b[0] + x.iter().zip(&b[1..]).map(|(x, b)| x * b).sum::<f64>();
    let right = test.iter().filter(|(x, y)| (fit(x) >= 0.5) == (*y >= 0.5)).count() as f64 / test.len() as f64;
    let mse = test.iter().map(|(x, y)| (fit(x) - y).powi(2)).sum::<f64>() / test.len() as f64;
    assert!(right >= 0.85, "accuracy {right:.3}");
    assert!(mse <= 0.01, "mean squared error {mse:.4}");
    let c = &shop.coefficients;
    let truth = [c.intercept, c.browser_time, c.purchase_frequency, c.review_count, c.review_sentiment];
    for (found, truth) in b.iter().zip(truth) {
        assert!((found / truth - 1.0).abs() < 0.1, "found {found:.4}, planted {truth}");
    }
}

#[test]
fn what_is_told_as_planted_is_what_was_planted() {
    let shop = shop(42);
    let n = shop.behaviour.len() as f64;
    let mean = |of: fn(&behaviour::Behaviour) -> f64| shop.behaviour.iter().map(of).sum::<f64>() / n;
    let columns = [
        ("browser_time", mean(|b| b.browser_time)),
        ("purchase_frequency", mean(|b| b.purchase_frequency)),
        ("review_count", mean(|b| f64::from(b.review_count))),
        ("review_sentiment", mean(|b| b.review_sentiment)),
    ];
    let told = super::planted(&columns, shop.behaviour.len()).expect("the sample as it ships");
    let c = &shop.coefficients;
    let truth = [c.intercept, c.browser_time, c.purchase_frequency, c.review_count, c.review_sentiment];
    assert_eq!(told.iter().map(|(_, value)| *value).collect::<Vec<_>>(), truth);
    assert!(super::planted(&columns, 1999).is_none());
    let other = columns.map(|(name, mean)| (name, mean + 0.01));
    assert!(super::planted(&other, shop.behaviour.len()).is_none());
}

#[test]
fn tastes_and_the_long_tail_show() {
    let shop = shop(42);
    let mut seen = vec![0u32; shop.catalogue.products.len()];
    let mut own_style = 0u32;
    let mut paid = [(0.0, 0u32); 5];
    for event in &shop.events {
        let person = &shop.people[event.user as usize];
        let product = &shop.catalogue.products[event.product as usize];
        if event.kind == VIEW {
            seen[event.product as usize] += 1;
            own_style += u32::from(product.style == person.style);
        } else if event.kind == PURCHASE {
            let (sum, count) = &mut paid[usize::from(person.kind)];
            *sum += f64::from(event.price) / 100.0;
            *count += 1;
        }
    }
    let views: u32 = seen.iter().sum();
    assert!(f64::from(own_style) / f64::from(views) > 0.5);
    seen.sort_unstable_by(|a, b| b.cmp(a));
    let top: u32 = seen[..80].iter().sum();
    let share = f64::from(top) / f64::from(views);
    assert!((0.42..0.7).contains(&share), "the first fifth of products has {share:.2} of the views");
    assert!(*seen.last().unwrap() > 0);
    let mean = paid.map(|(sum, count)| sum / f64::from(count));
    assert!(mean[1] > 2.0 * mean[0] && mean[2] < 0.8 * mean[0], "prices paid by type: {mean:.0?}");
}
