//! What sells now: the weight of all customers together, fading with age; and the same within a category.
//!
//! With `by_category` above 0 it is personal: an item counts for more when its category is one that this
//! customer likes. `score = (1 − c)·p + c·p·share(category)`, where `p` is the item's popularity (the best
//! seller has 1) and `share` is the part of the customer's weight that lies in the category.

use serde::{Deserialize, Serialize};

use super::dense::{Scored, order};
use super::error::within;
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::{Algorithm, Catalogue, History, Ids, Interactions, RecommendError, WeightRecipe};
use crate::base::Monitor;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PopularRecipe {
    /// Days until an event counts half here, on top of the fading in the weights. `None`: never.
    pub half_life_days: Option<f32>,
    /// From 0, the same list for everybody, to 1, only the customer's own categories.
    pub by_category: f32,
}

impl Default for PopularRecipe {
    fn default() -> Self {
        Self { half_life_days: Some(30.0), by_category: 0.0 }
    }
}

impl PopularRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        if let Some(days) = self.half_life_days {
            within("popular.half_life_days", days, 0.01, 100_000.0, "from 0.01 to 100000 days")?;
        }
        within("popular.by_category", self.by_category, 0.0, 1.0, "from 0 to 1")
    }
}

pub struct Popular {
    by_category: f32,
    /// By item, the best seller has 1; 0 for what nobody touched.
    popularity: Vec<f32>,
    category: Vec<u32>,
    categories: Ids,
}

impl Popular {
    pub fn fit(
        data: &Interactions,
        catalogue: &Catalogue,
        recipe: &PopularRecipe,
        monitor: &Monitor,
    ) -> Result<Self, RecommendError> {
        recipe.check()?;
        monitor.check()?;
        let own = WeightRecipe { half_life_days: recipe.half_life_days, ..data.weights };
        let mut sums = vec![0f64; data.item_count()];
        // Each event on its own, so that what sells this week counts more than what sold last year,
        // even when the same customers bought both.
        for event in data.events() {
            let weight = own.of_event(event, data.as_of) * data.weights.fade(event.time, data.as_of);
            sums[event.item as usize] += f64::from(weight);
        }
        let top = sums.iter().copied().fold(0.0, f64::max);
        let popularity = sums.iter().map(|&sum| if sum > 0.0 { (sum / top) as f32 } else { 0.0 }).collect();
        let (category, categories) = catalogue.category_numbers(data.item_count());
        Ok(Self { by_category: recipe.by_category, popularity, category, categories })
    }

    /// By item; the best seller has 1.
    pub fn popularity(&self) -> &[f32] {
        &self.popularity
    }

    /// The best sellers of one category, best first. Empty for a category the catalogue does not have.
    pub fn best_in_category(&self, category: &str, n: usize) -> Vec<Scored> {
        let Some(number) = self.categories.find(category) else { return Vec::new() };
        let mut best: Vec<Scored> = (0..self.popularity.len())
            .filter(|&item| self.category[item] == number && self.popularity[item] > 0.0)
            .map(|item| Scored { item: item as u32, score: self.popularity[item] })
            .collect();
        best.sort_by(order);
        best.truncate(n);
        best
    }

    /// The customer's weight by category, as parts of 1; empty without a history.
    fn shares(&self, history: &History) -> Vec<f32> {
        let mut shares = vec![0f32; self.categories.len()];
        let total: f32 = history.row().iter().map(|entry| entry.1).sum();
        for &(item, weight) in history.row() {
            if let Some(share) = self.category.get(item as usize).and_then(|&c| shares.get_mut(c as usize)) {
                *share += weight / total;
            }
        }
        shares
    }

    /// Nobody can be told apart: no categories, no history, or not asked to.
    fn same_for_all(&self, history: &History) -> bool {
        self.by_category == 0.0 || self.categories.is_empty() || history.is_empty()
    }
}

impl Recommender for Popular {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Popular
    }

    fn item_count(&self) -> usize {
        self.popularity.len()
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        out.copy_from_slice(&self.popularity);
        if !self.same_for_all(history) {
            let shares = self.shares(history);
            for (score, &category) in out.iter_mut().zip(&self.category) {
                let share = shares.get(category as usize).copied().unwrap_or(0.0);
                *score *= 1.0 - self.by_category + self.by_category * share;
            }
        }
        for (score, &popularity) in out.iter_mut().zip(&self.popularity) {
            if popularity == 0.0 {
                *score = NO_OPINION;
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        let Some(&popularity) = self.popularity.get(item as usize).filter(|p| **p > 0.0) else {
            return Explanation::none(item);
        };
        if self.same_for_all(history) {
            return Explanation::new(item, popularity, popularity, Vec::new());
        }
        let category = self.category[item as usize];
        let total: f32 = history.row().iter().map(|entry| entry.1).sum();
        let parts: Vec<Contribution> = history
            .row()
            .iter()
            .filter(|(past, _)| category != u32::MAX && self.category.get(*past as usize) == Some(&category))
            .map(|&(past, weight)| Contribution { item: past, value: popularity * self.by_category * weight / total })
            .collect();
        let base = popularity * (1.0 - self.by_category);
        let score = base + parts.iter().map(|part| part.value).sum::<f32>();
        Explanation::new(item, score, base, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, products, shop};
    use super::super::{EventKind, scores_of};
    use super::*;

    /// Item 0 was bought twice 30 days ago, item 1 once today, item 2 never.
    fn data() -> Interactions {
        let rows = [
            (0, event(0, EventKind::Purchase, 0)),
            (1, event(0, EventKind::Purchase, 0)),
            (0, event(1, EventKind::Purchase, 30)),
        ];
        shop(2, 3, &rows, WeightRecipe::default())
    }

    #[test]
    fn fading_by_hand() {
        let fit = |half_life_days| {
            let recipe = PopularRecipe { half_life_days, by_category: 0.0 };
            Popular::fit(&data(), &Catalogue::absent(), &recipe, &Monitor::quiet()).unwrap()
        };
        // 2·5 and 1·5; then 2·5·½ and 1·5; then 2·5·¼ and 1·5.
        assert_eq!(fit(None).popularity(), [1.0, 0.5, 0.0]);
        assert_eq!(fit(Some(30.0)).popularity(), [1.0, 1.0, 0.0]);
        assert_eq!(fit(Some(15.0)).popularity(), [0.5, 1.0, 0.0]);
    }

    #[test]
    fn own_categories_come_first() {
        let data = data();
        let catalogue = products(&data, &[(0, "mugs"), (1, "lamps"), (2, "mugs")]);
        let recipe = PopularRecipe { half_life_days: None, by_category: 0.5 };
        let model = Popular::fit(&data, &catalogue, &recipe, &Monitor::quiet()).unwrap();
        // Bob has only mugs: mugs keep 1·(½ + ½·1), lamps keep ½·(½ + 0).
        assert_eq!(scores_of(&model, &data.history(1)), [1.0, 0.25, NO_OPINION]);
        let why = model.explain(&data.history(1), 0);
        assert_eq!((why.base, why.parts), (0.5, vec![Contribution { item: 0, value: 0.5 }]));
        assert_eq!(model.best_in_category("mugs", 9), [Scored { item: 0, score: 1.0 }]);
        assert!(model.best_in_category("hats", 9).is_empty());
    }
}
