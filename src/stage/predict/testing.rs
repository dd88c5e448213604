//! The customers and reference values of `tests/fixtures/predict`, for this stage's tests.

use serde_json::Value;

use super::encode::{Encoded, Meaning};
use super::frame::{Column, Frame};
use super::matrix::Matrix;

pub const NUMBERS: [&str; 5] = ["minutes", "visits", "age", "basket", "discount"];

/// The whole table as a frame: the five numbers, city, member, spend, bought.
pub fn customers() -> Frame {
    let text = include_str!("../../../tests/fixtures/predict/customers.csv");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().expect("a header");
    let rows: Vec<_> = lines.collect();
    let column = |j: usize| {
        let texts = rows.iter().map(|row| row[j]);
        let numbers: Result<Vec<f64>, _> = texts.clone().map(str::parse).collect();
        numbers.map_or_else(|_| Column::text(names[j], texts), |v| Column::number(names[j], v))
    };
    Frame::new((0..names.len()).map(column).collect()).expect("columns of one length")
}

pub fn numbers(frame: &Frame, name: &str) -> Vec<f64> {
    match &frame.column(name).expect("the column").values {
        super::frame::Values::Number(v) | super::frame::Values::YesNo(v) => v.clone(),
        other => panic!("{name} is {:?}", other.kind()),
    }
}

/// The five numbers as a matrix, spend, and bought.
pub fn arrays() -> (Matrix, Vec<f64>, Vec<f64>) {
    let frame = customers();
    let x = Matrix::from_columns(frame.rows, NUMBERS.iter().map(|n| numbers(&frame, n)).collect());
    (x, numbers(&frame, "spend"), numbers(&frame, "bought"))
}

/// Plain numbers as encoded columns.
pub fn encoded(names: &[&str]) -> Vec<Encoded> {
    let one = |(feature, name): (usize, &&str)| Encoded { name: (*name).into(), feature, meaning: Meaning::Value };
    names.iter().enumerate().map(one).collect()
}

/// The reference values under a path such as `["ols", "bse"]`.
pub fn reference(path: &[&str]) -> Value {
    let text = include_str!("../../../tests/fixtures/predict/reference.json");
    let mut value: Value = serde_json::from_str(text).expect("valid JSON");
    for key in path {
        value = value[key].take();
    }
    value
}

pub fn list(path: &[&str]) -> Vec<f64> {
    let value = reference(path);
    value.as_array().unwrap_or_else(|| panic!("{path:?}")).iter().map(|v| v.as_f64().expect("a number")).collect()
}

pub fn number(path: &[&str]) -> f64 {
    reference(path).as_f64().unwrap_or_else(|| panic!("{path:?}"))
}

/// Equal within `tolerance`, relative to numbers above 1.
#[track_caller]
pub fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "found {found}, expected {expected}");
}

#[track_caller]
pub fn all_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (&f, &e) in found.iter().zip(expected) {
        near(f, e, tolerance);
    }
}
