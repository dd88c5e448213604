//! Several recommenders learned from the same events: what a run of this stage makes and keeps.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::blend::{Blend, BlendRecipe};
use super::error::count_within;
use super::neural::{Epoch, Neural};
use super::{Algorithm, Catalogue, Interactions, ModelRecipe, RecommendError, Recommender, WeightRecipe};
use crate::base::Monitor;

/// Everything that decides a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FitRecipe {
    pub weights: WeightRecipe,
    /// One of each algorithm at most.
    pub models: Vec<ModelRecipe>,
    pub seed: u64,
}

impl Default for FitRecipe {
    fn default() -> Self {
        Self::of(&[Algorithm::Neighbours, Algorithm::Als, Algorithm::Content, Algorithm::Ease, Algorithm::Popular])
    }
}

impl FitRecipe {
    /// These algorithms with their defaults.
    pub fn of(algorithms: &[Algorithm]) -> Self {
        let models = algorithms.iter().copied().map(ModelRecipe::of).collect();
        Self { weights: WeightRecipe::default(), models, seed: 0 }
    }

    pub fn check(&self) -> Result<(), RecommendError> {
        self.weights.check()?;
        count_within("models", self.models.len(), 1, Algorithm::ALL.len(), "one recommender at least")?;
        for (at, model) in self.models.iter().enumerate() {
            model.check()?;
            if self.models[..at].iter().any(|other| other.algorithm() == model.algorithm()) {
                return Err(RecommendError::BadSetting { name: "models", must_be: "one of each at most" });
            }
        }
        Ok(())
    }

    pub fn model(&self, algorithm: Algorithm) -> Option<&ModelRecipe> {
        self.models.iter().find(|model| model.algorithm() == algorithm)
    }

    /// Takes an algorithm in with its defaults, or out.
    pub fn set(&mut self, algorithm: Algorithm, on: bool) {
        let at = self.models.iter().position(|model| model.algorithm() == algorithm);
        match (at, on) {
            (None, true) => self.models.push(ModelRecipe::of(algorithm)),
            (Some(at), false) => drop(self.models.remove(at)),
            _ => {}
        }
    }
}

/// One recommender of a fit.
#[derive(Clone)]
pub struct Fitted {
    pub recipe: ModelRecipe,
    pub model: Arc<dyn Recommender>,
    pub seconds: f64,
    /// How the network's loss fell; empty for the others.
    pub curve: Vec<Epoch>,
}

impl Fitted {
    pub fn algorithm(&self) -> Algorithm {
        self.recipe.algorithm()
    }
}

/// A recommender that these events or this catalogue do not allow.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfitted {
    pub algorithm: Algorithm,
    pub why: RecommendError,
}

pub struct Fit {
    pub recipe: FitRecipe,
    pub data: Arc<Interactions>,
    /// In the order of the recipe.
    pub models: Vec<Fitted>,
    pub missing: Vec<Unfitted>,
}

/// Where a model's bytes come from when it need not be fitted; nothing: fit it.
pub type KeptBytes<'a> = &'a dyn Fn(Algorithm) -> Option<Vec<u8>>;

impl Fit {
    /// Fits all of them. One that cannot be fitted is left out and said; it is an error when none is left, or when
    /// the only one asked for fails.
    pub fn make(
        data: Interactions,
        catalogue: &Catalogue,
        recipe: &FitRecipe,
        monitor: &Monitor,
        tell: &mut dyn FnMut(Epoch),
    ) -> Result<Self, RecommendError> {
        Self::with(data, catalogue, recipe, &|_| None, monitor, tell)
    }

    /// The same; what was kept is read instead of fitted.
    pub fn with(
        data: Interactions,
        catalogue: &Catalogue,
        recipe: &FitRecipe,
        kept: KeptBytes<'_>,
        monitor: &Monitor,
        tell: &mut dyn FnMut(Epoch),
    ) -> Result<Self, RecommendError> {
        recipe.check()?;
        let mut fit = Self { recipe: recipe.clone(), data: Arc::new(data), models: Vec::new(), missing: Vec::new() };
        // Blends last: they share the others' work.
        let (blends, others): (Vec<&ModelRecipe>, Vec<&ModelRecipe>) =
            recipe.models.iter().partition(|model| model.algorithm() == Algorithm::Blend);
        for model in others.into_iter().chain(blends) {
            monitor.check()?;
            match fit.one(model, catalogue, kept, monitor, tell) {
                Ok(fitted) => fit.models.push(fitted),
                Err(RecommendError::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(why) => fit.missing.push(Unfitted { algorithm: model.algorithm(), why }),
            }
        }
        let place = |one: &Fitted| recipe.models.iter().position(|model| *model == one.recipe);
        fit.models.sort_by_key(place);
        match fit.missing.first() {
            Some(first) if fit.models.is_empty() => Err(first.why.clone()),
            _ => Ok(fit),
        }
    }

    fn one(
        &self,
        recipe: &ModelRecipe,
        catalogue: &Catalogue,
        kept: KeptBytes<'_>,
        monitor: &Monitor,
        tell: &mut dyn FnMut(Epoch),
    ) -> Result<Fitted, RecommendError> {
        let began = Instant::now();
        let mut curve = Vec::new();
        let bytes = kept(recipe.algorithm());
        let loaded = match bytes {
            Some(bytes) if matches!(recipe, ModelRecipe::Neural(_)) => {
                let network = Neural::from_bytes(&bytes)?;
                curve.clone_from(&network.curve);
                Some(Box::new(network) as Box<dyn Recommender>)
            }
            Some(bytes) => recipe.load(&bytes, &self.data)?,
            None => None,
        };
        let model: Arc<dyn Recommender> = match (loaded, recipe) {
            (Some(model), _) => model.into(),
            (None, ModelRecipe::Blend(own)) => Arc::new(self.blend(own, catalogue, monitor)?),
            (None, ModelRecipe::Neural(own)) => {
                let network = Neural::fit_telling(&self.data, own, self.recipe.seed, monitor, |epoch| {
                    curve.push(epoch);
                    tell(epoch);
                })?;
                Arc::new(network)
            }
            (None, other) => other.fit(&self.data, catalogue, self.recipe.seed, monitor)?.into(),
        };
        Ok(Fitted { recipe: recipe.clone(), model, seconds: began.elapsed().as_secs_f64(), curve })
    }

    fn blend(&self, recipe: &BlendRecipe, catalogue: &Catalogue, monitor: &Monitor) -> Result<Blend, RecommendError> {
        let mut parts: Vec<(Box<dyn Recommender>, f32)> = Vec::new();
        for part in recipe.parts.iter().filter(|part| part.weight > 0.0) {
            let here = self.models.iter().find(|fitted| fitted.recipe == part.model);
            let model: Box<dyn Recommender> = match here {
                Some(fitted) => Box::new(fitted.model.clone()),
                None => part.model.fit(&self.data, catalogue, self.recipe.seed, monitor)?,
            };
            parts.push((model, part.weight));
        }
        Ok(Blend::of(parts, recipe.mix))
    }

    pub fn get(&self, algorithm: Algorithm) -> Option<&Fitted> {
        self.models.iter().find(|fitted| fitted.algorithm() == algorithm)
    }

    /// What is worth keeping, by the algorithm's key.
    pub fn parts(&self) -> Result<Vec<(String, Vec<u8>)>, RecommendError> {
        let mut parts = Vec::new();
        for fitted in &self.models {
            if let Some(bytes) = fitted.model.to_bytes() {
                parts.push((fitted.algorithm().key().to_owned(), bytes?));
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::super::{neural::NeuralRecipe, scores_of};
    use super::*;

    fn recipe() -> FitRecipe {
        let network = NeuralRecipe { width: 8, length: 6, epochs: 1, ..NeuralRecipe::default() };
        let mut recipe = FitRecipe::of(&[
            Algorithm::Blend,
            Algorithm::Neighbours,
            Algorithm::Als,
            Algorithm::Ease,
            Algorithm::Content,
        ]);
        recipe.models.push(ModelRecipe::Neural(network));
        recipe
    }

    #[test]
    fn what_cannot_be_fitted_is_left_out_and_a_blend_shares_the_work() {
        let data = planted(40, 24, 5);
        let mut told = 0;
        let fit = Fit::make(data, &Catalogue::absent(), &recipe(), &Monitor::quiet(), &mut |_| told += 1).unwrap();
        let algorithms: Vec<_> = fit.models.iter().map(Fitted::algorithm).collect();
        let want = [Algorithm::Blend, Algorithm::Neighbours, Algorithm::Als, Algorithm::Ease, Algorithm::Neural];
        assert_eq!(algorithms, want);
        assert_eq!(fit.missing, [Unfitted { algorithm: Algorithm::Content, why: RecommendError::NoProductText }]);
        assert_eq!((told, fit.models[4].curve.len()), (1, 1));
        // The blend is the one that would be fitted alone.
        let alone = ModelRecipe::of(Algorithm::Blend).fit(&fit.data, &Catalogue::absent(), 0, &Monitor::quiet());
        let history = fit.data.history(3);
        assert_eq!(scores_of(&fit.models[0].model, &history), scores_of(alone.unwrap().as_ref(), &history));
    }

    #[test]
    fn a_kept_fit_opens_without_fitting_and_gives_the_same_lists() {
        let fit =
            Fit::make(planted(40, 24, 5), &Catalogue::absent(), &recipe(), &Monitor::quiet(), &mut |_| {}).unwrap();
        let parts = fit.parts().unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part.0.as_str()).collect();
        assert_eq!(names, ["als", "ease", "neural"]);
        let kept = |algorithm: Algorithm| Some(parts.iter().find(|part| part.0 == algorithm.key())?.1.clone());
        let again =
            Fit::with(planted(40, 24, 5), &Catalogue::absent(), &recipe(), &kept, &Monitor::quiet(), &mut |_| {
                panic!("nothing is trained")
            })
            .unwrap();
        for (a, b) in fit.models.iter().zip(&again.models) {
            let history = fit.data.history(7);
            assert_eq!(scores_of(&a.model, &history), scores_of(&b.model, &history), "{:?}", a.algorithm());
        }
        assert_eq!(again.get(Algorithm::Neural).unwrap().curve, fit.models[4].curve);
    }

    #[test]
    fn nothing_to_fit_is_refused() {
        let data = planted(20, 10, 5);
        let ask = |recipe: FitRecipe| {
            Fit::make(data.clone(), &Catalogue::absent(), &recipe, &Monitor::quiet(), &mut |_| {}).err()
        };
        assert!(matches!(ask(FitRecipe::of(&[])), Some(RecommendError::BadSetting { .. })));
        let twice = FitRecipe::of(&[Algorithm::Als, Algorithm::Als]);
        assert!(matches!(ask(twice), Some(RecommendError::BadSetting { .. })));
        assert_eq!(ask(FitRecipe::of(&[Algorithm::Content])), Some(RecommendError::NoProductText));
    }
}
