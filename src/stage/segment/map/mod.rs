//! The map of customers: principal components at once ([`plane`]), t-SNE for a closer look ([`tsne`]).

pub mod pca;
mod tree;
pub mod tsne;

use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::SegmentError;
use crate::base::{Monitor, Step};
use pca::{Axis2, Pca};

/// All customers on the plane of the first two principal components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// In the table's row order.
    pub points: Vec<[f32; 2]>,
    /// Right, then up: share of the variance, and the features that pull along it.
    pub axes: Vec<Axis2>,
    /// Share of the variance of every component, for a scree plot.
    pub shares: Vec<f64>,
    pub pca: Pca,
}

/// Lays the scaled rows (columns named `names`) on a plane.
pub fn plane(values: ArrayView2<'_, f64>, names: &[String], monitor: &Monitor) -> Result<Plane, SegmentError> {
    if values.nrows() < 2 {
        return Err(SegmentError::TooFewCustomers { have: values.nrows(), need: 2 });
    }
    if values.ncols() == 0 {
        return Err(SegmentError::NothingChosen);
    }
    monitor.report(Step::Projecting, 0, 0);
    let pca = Pca::fit(values)?;
    monitor.check()?;
    let scores = pca.scores(values, 2);
    let spread: Vec<f64> = values.var_axis(Axis(0), 0.0).iter().map(|variance| variance.sqrt()).collect();
    let total: f64 = pca.variances.iter().sum();
    let shares = pca.variances.iter().map(|variance| if total > 0.0 { variance / total } else { 0.0 }).collect();
    let point = |row: ndarray::ArrayView1<'_, f64>| [row[0] as f32, row.get(1).copied().unwrap_or(0.0) as f32];
    monitor.report(Step::Projecting, 1, 1);
    Ok(Plane { points: scores.outer_iter().map(point).collect(), axes: pca.axes(names, &spread, 2), shares, pca })
}
