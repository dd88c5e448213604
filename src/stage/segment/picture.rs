//! A finished segmentation with everything that is drawn of it: customers on a plane, their labels and features. It
//! is kept with the run, so that a reopened project shows it without computing anything.

use std::collections::BTreeMap;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::apply::scaled;
use super::ground::Ground;
use super::map::pca::Axis2;
use super::map::plane;
use super::matrix::numbers;
use super::run::{self, SegmentRecipe, Segmentation};
use super::{NO_SEGMENT, SegmentError};
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::stage::data::features::{Feature, USER};

/// Above so many customers only the features in use are kept for drawing.
const KEEP_ALL: usize = 300_000;

/// Everything that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub found: Segmentation,
    /// What decided it, filled in: the features are those that were used.
    pub recipe: SegmentRecipe,
    /// By row, as everything below.
    pub ids: Vec<String>,
    /// On the plane of the first two principal components.
    pub points: Vec<[f32; 2]>,
    pub axes: Vec<Axis2>,
    /// Features for colours and tooltips.
    pub columns: BTreeMap<String, Vec<f32>>,
    pub today: Option<Moment>,
    /// Features that can be chosen.
    pub choices: Vec<String>,
}

/// What is small enough for JSON.
#[derive(Serialize, Deserialize)]
struct Words {
    found: Segmentation,
    recipe: SegmentRecipe,
    axes: Vec<Axis2>,
    today: Option<Moment>,
    choices: Vec<String>,
    members: usize,
}

/// Groups the customers and lays them on the map.
pub fn make(ground: &Ground, recipe: &SegmentRecipe, monitor: &Monitor) -> Result<Picture, SegmentError> {
    let mut recipe = recipe.clone();
    recipe.persona.utc_offset = ground.utc_offset;
    let habits = ground.habits();
    let found = run::run(&ground.chosen(&recipe.features), habits.as_ref(), &recipe, monitor)?;
    monitor.check()?;
    let (points, axes) = lay_out(ground, &found, &recipe, monitor)?;
    let choices = ground.numeric();
    let core = [Feature::Recency, Feature::Orders, Feature::Monetary].map(Feature::key);
    let wanted = |name: &&String| {
        ground.frame.height() <= KEEP_ALL || found.features.contains(name) || core.contains(&name.as_str())
    };
    let mut columns = BTreeMap::new();
    for name in choices.iter().filter(wanted) {
        columns.insert(name.clone(), numbers(&ground.frame, name)?.into_iter().map(|x| x as f32).collect());
    }
    let ids = ground.ids()?;
    Ok(Picture { found, recipe, ids, points, axes, columns, today: ground.today, choices })
}

/// The plane of the features that made the groups; RFM's three on their usual scales.
fn lay_out(
    ground: &Ground,
    found: &Segmentation,
    recipe: &SegmentRecipe,
    monitor: &Monitor,
) -> Result<(Vec<[f32; 2]>, Vec<Axis2>), SegmentError> {
    let laid = matrix_of(ground, found, recipe).and_then(|(names, values)| plane(values.view(), &names, monitor));
    match laid {
        Ok(plane) => Ok((plane.points, plane.axes)),
        // A picture without a map is still a picture.
        Err(SegmentError::NoInformation(_) | SegmentError::TooFewCustomers { .. }) => {
            Ok((vec![[0.0, 0.0]; ground.frame.height()], vec![]))
        }
        Err(error) => Err(error),
    }
}

/// The scaled values behind a segmentation with their names, for maps and odd customers.
pub fn matrix_of(
    ground: &Ground,
    found: &Segmentation,
    recipe: &SegmentRecipe,
) -> Result<(Vec<String>, ndarray::Array2<f64>), SegmentError> {
    if !found.scales.is_empty() {
        return Ok((found.features.clone(), scaled(found, recipe, &ground.frame)?));
    }
    let mut matrix = super::matrix::read(&ground.frame, &found.features, recipe.missing)?;
    super::scale::scale(&mut matrix, recipe.scaling);
    Ok((matrix.names, matrix.values))
}

impl Picture {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Rows of a segment.
    pub fn rows_of(&self, segment: u32) -> Vec<u32> {
        let inside = self.found.labels.iter().enumerate().filter(|(_, label)| **label == segment);
        inside.map(|(row, _)| row as u32).collect()
    }

    /// Ids of a segment.
    pub fn ids_of(&self, segment: u32) -> Vec<&str> {
        self.rows_of(segment).into_iter().map(|row| self.ids[row as usize].as_str()).collect()
    }

    /// How surely a customer belongs to the group they are in; only a mixture tells.
    pub fn certainty(&self, row: usize) -> Option<f32> {
        let mixture = self.found.mixture.as_ref()?;
        let label = *self.found.labels.get(row)? as usize;
        mixture.membership.get(row * mixture.components.len() + label).copied()
    }

    /// The small part as JSON and the rows as a table.
    pub fn to_parts(&self) -> Result<(Vec<u8>, DataFrame), SegmentError> {
        let mut found = self.found.clone();
        let labels = std::mem::take(&mut found.labels);
        let mut columns = vec![
            Column::new(USER.into(), &self.ids),
            Column::new("segment".into(), labels.iter().map(|l| (*l != NO_SEGMENT).then_some(*l)).collect::<Vec<_>>()),
            Column::new("x".into(), self.points.iter().map(|p| p[0]).collect::<Vec<f32>>()),
            Column::new("y".into(), self.points.iter().map(|p| p[1]).collect::<Vec<f32>>()),
        ];
        if let Some(rfm) = &mut found.rfm {
            let scores = std::mem::take(&mut rfm.scores);
            rfm.labels = Vec::new();
            for (place, name) in ["r", "f", "m"].into_iter().enumerate() {
                let scores: Vec<u32> = scores.iter().map(|score| u32::from(score[place])).collect();
                columns.push(Column::new(format!("score {name}").into(), scores));
            }
        }
        let mut members = 0;
        if let Some(mixture) = &mut found.mixture {
            members = mixture.components.len();
            let membership = std::mem::take(&mut mixture.membership);
            for place in 0..members {
                let of: Vec<f32> = membership.iter().skip(place).step_by(members).copied().collect();
                columns.push(Column::new(format!("member {place}").into(), of));
            }
        }
        for (name, values) in &self.columns {
            columns.push(Column::new(format!("feature {name}").into(), values));
        }
        let words = Words {
            found,
            recipe: self.recipe.clone(),
            axes: self.axes.clone(),
            today: self.today,
            choices: self.choices.clone(),
            members,
        };
        let json = serde_json::to_vec(&words).map_err(|error| SegmentError::Fit(error.to_string()))?;
        Ok((json, DataFrame::new(self.ids.len(), columns)?))
    }

    /// Back from [`Self::to_parts`].
    pub fn from_parts(json: &[u8], frame: &DataFrame) -> Result<Self, SegmentError> {
        let words: Words = serde_json::from_slice(json).map_err(|error| SegmentError::Fit(error.to_string()))?;
        let mut found = words.found;
        let floats = |name: &str| -> Result<Vec<f32>, SegmentError> {
            Ok(frame.column(name)?.f32()?.iter().map(|x| x.unwrap_or(f32::NAN)).collect())
        };
        let wholes = |name: &str| -> Result<Vec<u32>, SegmentError> {
            Ok(frame.column(name)?.u32()?.iter().map(|x| x.unwrap_or(NO_SEGMENT)).collect())
        };
        found.labels = wholes("segment")?;
        if let Some(rfm) = &mut found.rfm {
            let [r, f, m] = [wholes("score r")?, wholes("score f")?, wholes("score m")?];
            rfm.scores = (0..r.len()).map(|row| [r[row] as u8, f[row] as u8, m[row] as u8]).collect();
            rfm.labels = found.labels.clone();
        }
        if let Some(mixture) = &mut found.mixture {
            let of: Vec<Vec<f32>> =
                (0..words.members).map(|place| floats(&format!("member {place}"))).collect::<Result<_, _>>()?;
            mixture.membership = (0..frame.height()).flat_map(|row| of.iter().map(move |m| m[row])).collect();
        }
        let mut columns = BTreeMap::new();
        for name in frame.get_column_names().into_iter().map(|name| name.as_str()) {
            if let Some(feature) = name.strip_prefix("feature ") {
                columns.insert(feature.to_owned(), floats(name)?);
            }
        }
        let (x, y) = (floats("x")?, floats("y")?);
        Ok(Self {
            ids: super::ground::ids(frame)?,
            points: x.into_iter().zip(y).map(|(x, y)| [x, y]).collect(),
            found,
            recipe: words.recipe,
            axes: words.axes,
            columns,
            today: words.today,
            choices: words.choices,
        })
    }
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::super::run::{GroupCount, Method};
    use super::*;

    #[test]
    fn a_picture_comes_back_from_its_parts() {
        let frame = df![
            USER => (0..120).map(|i| format!("c{i:03}")).collect::<Vec<_>>(),
            "recency" => (0..120).map(|i| f64::from(i % 40)).collect::<Vec<_>>(),
            "orders" => (0..120).map(|i| f64::from(i % 7)).collect::<Vec<_>>(),
            "monetary" => (0..120).map(|i| f64::from(i * i % 911)).collect::<Vec<_>>(),
            "city" => vec!["Beijing"; 120],
        ]
        .unwrap();
        let ground = Ground::from_table(frame);
        for method in [Method::Rfm, Method::KMeans, Method::Gmm] {
            let recipe = SegmentRecipe { method, groups: GroupCount::Fixed(2), ..Default::default() };
            let picture = make(&ground, &recipe, &Monitor::quiet()).unwrap();
            assert_eq!((picture.len(), picture.columns.len(), picture.axes.len()), (120, 3, 2), "{method:?}");
            let (json, rows) = picture.to_parts().unwrap();
            assert_eq!(Picture::from_parts(&json, &rows).unwrap(), picture, "{method:?}");
        }
        assert!(Picture::from_parts(b"{}", &DataFrame::empty()).is_err());
    }
}
