//! Everything that decides a fit, as data; and the fit itself.

use serde::{Deserialize, Serialize};

use super::als::{Als, AlsRecipe};
use super::blend::{Blend, BlendRecipe};
use super::bpr::{Bpr, BprRecipe};
use super::content::{Content, ContentRecipe};
use super::ease::{Ease, EaseRecipe};
use super::neighbours::{Neighbours, NeighboursRecipe};
use super::neural::{Neural, NeuralRecipe};
use super::popular::{Popular, PopularRecipe};
use super::{Algorithm, Catalogue, Interactions, RecommendError, Recommender, WeightRecipe};
use crate::base::Monitor;

/// Which recommender, with which settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "algo")]
pub enum ModelRecipe {
    Popular(PopularRecipe),
    Neighbours(NeighboursRecipe),
    Als(AlsRecipe),
    Bpr(BprRecipe),
    Ease(EaseRecipe),
    Content(ContentRecipe),
    Neural(NeuralRecipe),
    Blend(BlendRecipe),
}

impl ModelRecipe {
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Popular(_) => Algorithm::Popular,
            Self::Neighbours(_) => Algorithm::Neighbours,
            Self::Als(_) => Algorithm::Als,
            Self::Bpr(_) => Algorithm::Bpr,
            Self::Ease(_) => Algorithm::Ease,
            Self::Content(_) => Algorithm::Content,
            Self::Neural(_) => Algorithm::Neural,
            Self::Blend(_) => Algorithm::Blend,
        }
    }

    /// The defaults of an algorithm.
    pub fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Neighbours => Self::Neighbours(NeighboursRecipe::default()),
            Algorithm::Als => Self::Als(AlsRecipe::default()),
            Algorithm::Bpr => Self::Bpr(BprRecipe::default()),
            Algorithm::Ease => Self::Ease(EaseRecipe::default()),
            Algorithm::Content => Self::Content(ContentRecipe::default()),
            Algorithm::Neural => Self::Neural(NeuralRecipe::default()),
            Algorithm::Blend => Self::Blend(BlendRecipe::default()),
            Algorithm::Popular => Self::Popular(PopularRecipe::default()),
        }
    }

    pub fn check(&self) -> Result<(), RecommendError> {
        match self {
            Self::Popular(recipe) => recipe.check(),
            Self::Neighbours(recipe) => recipe.check(),
            Self::Als(recipe) => recipe.check(),
            Self::Bpr(recipe) => recipe.check(),
            Self::Ease(recipe) => recipe.check(),
            Self::Content(recipe) => recipe.check(),
            Self::Neural(recipe) => recipe.check(),
            Self::Blend(recipe) => recipe.check(),
        }
    }

    /// Fits on interactions that are weighed already.
    pub fn fit(
        &self,
        data: &Interactions,
        catalogue: &Catalogue,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<Box<dyn Recommender>, RecommendError> {
        Ok(match self {
            Self::Popular(recipe) => Box::new(Popular::fit(data, catalogue, recipe, monitor)?),
            Self::Neighbours(recipe) => Box::new(Neighbours::fit(data, recipe, monitor)?),
            Self::Als(recipe) => Box::new(Als::fit(data, recipe, seed, monitor)?),
            Self::Bpr(recipe) => Box::new(Bpr::fit(data, recipe, seed, monitor)?),
            Self::Ease(recipe) => Box::new(Ease::fit(data, recipe, monitor)?),
            Self::Content(recipe) => Box::new(Content::fit(data, catalogue, recipe, monitor)?),
            Self::Neural(recipe) => Box::new(Neural::fit(data, recipe, seed, monitor)?),
            Self::Blend(recipe) => Box::new(Blend::fit(data, catalogue, recipe, seed, monitor)?),
        })
    }
}

/// A whole fit: weights of events, recommender, seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    #[serde(default)]
    pub weights: WeightRecipe,
    pub model: ModelRecipe,
    #[serde(default)]
    pub seed: u64,
}

impl Recipe {
    pub fn of(algorithm: Algorithm) -> Self {
        Self { weights: WeightRecipe::default(), model: ModelRecipe::of(algorithm), seed: 0 }
    }

    pub fn check(&self) -> Result<(), RecommendError> {
        self.weights.check()?;
        self.model.check()
    }
}
