//! Products like those a customer knows, by what the catalogue says of them: words of name and description,
//! category, brand, attributes. Needs no other customer, and knows items that nobody touched yet.
//!
//! A product is a vector of terms with three blocks, each at length 1 and then weighed by the recipe; the whole
//! is at length 1 too. Words count `(1 + ln tf) · ln((1 + n) / (1 + df))` (Manning, Raghavan and Schütze, ch. 6).
//! A customer is the mean of their items' vectors, each by its weight; the score is the inner product.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::within;
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::words::Words;
use super::{Algorithm, Catalogue, Csr, History, Interactions, Product, RecommendError};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContentRecipe {
    /// How much name and description say.
    pub text: f32,
    /// How much category and brand say.
    pub category: f32,
    pub attributes: f32,
}

impl Default for ContentRecipe {
    fn default() -> Self {
        Self { text: 1.0, category: 0.5, attributes: 0.5 }
    }
}

impl ContentRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        for (name, value) in
            [("content.text", self.text), ("content.category", self.category), ("content.attributes", self.attributes)]
        {
            within(name, value, 0.0, 100.0, "from 0 to 100")?;
        }
        if self.text + self.category + self.attributes > 0.0 {
            Ok(())
        } else {
            Err(RecommendError::BadSetting { name: "content", must_be: "above 0 for one of the three" })
        }
    }
}

pub struct Content {
    /// Items × terms, rows at length 1 (or empty).
    vectors: Csr,
    by_term: Csr,
}

impl Content {
    pub fn fit(
        data: &Interactions,
        catalogue: &Catalogue,
        recipe: &ContentRecipe,
        monitor: &Monitor,
    ) -> Result<Self, RecommendError> {
        recipe.check()?;
        let vectors = vectors(data.item_count(), catalogue, recipe, monitor)?;
        if vectors.entries() == 0 {
            return Err(RecommendError::NoProductText);
        }
        let by_term = vectors.transpose();
        Ok(Self { vectors, by_term })
    }

    /// How alike two products are, from 0 to 1.
    pub fn likeness(&self, a: u32, b: u32) -> f32 {
        if a.max(b) as usize >= self.vectors.rows() {
            return 0.0;
        }
        let (columns, values) = self.vectors.row(b as usize);
        let of_b = |term: u32| columns.binary_search(&term).map_or(0.0, |at| values[at]);
        self.vectors.iter_row(a as usize).map(|(term, value)| value * of_b(term)).sum::<f32>().clamp(0.0, 1.0)
    }

    /// Past items that have a vector, with their part of the customer's weight.
    fn parts(&self, history: &History) -> Vec<(u32, f32)> {
        let known = |item: u32| (item as usize) < self.vectors.rows() && self.vectors.row_len(item as usize) > 0;
        let past: Vec<(u32, f32)> = history.row().iter().copied().filter(|entry| known(entry.0)).collect();
        let total: f32 = past.iter().map(|entry| entry.1).sum();
        past.into_iter().map(|(item, weight)| (item, weight / total)).collect()
    }
}

/// The kinds of term; a word "red" is not the colour "red".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Block {
    Text,
    Category,
    Attribute,
}

/// The terms of one product with their counts, in the order of first sight.
fn terms(product: &Product, words: &mut Words) -> Vec<(Block, String)> {
    let mut list = Vec::new();
    for text in [&product.name, &product.description].into_iter().flatten() {
        list.extend(words.cut(text).into_iter().map(|word| (Block::Text, word)));
    }
    for (key, value) in [("c", &product.category), ("b", &product.brand)] {
        if let Some(value) = value.as_deref().map(str::trim).filter(|value| !value.is_empty()) {
            list.push((Block::Category, format!("{key}:{}", value.to_lowercase())));
        }
    }
    list.extend(product.attributes.iter().map(|(name, value)| (Block::Attribute, format!("{name}:{value}"))));
    list
}

/// Words in more than a fifth of a large catalogue say nothing and cost much.
const LARGE: usize = 10_000;

fn vectors(
    items: usize,
    catalogue: &Catalogue,
    recipe: &ContentRecipe,
    monitor: &Monitor,
) -> Result<Csr, RecommendError> {
    let mut words = Words::default();
    let mut numbers: HashMap<(Block, String), u32> = HashMap::new();
    let mut blocks = Vec::new();
    let mut holders: Vec<u32> = Vec::new();
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
    let listed: Vec<(u32, &Product)> = catalogue.listed().collect();
    for (at, (item, product)) in listed.iter().enumerate() {
        if at % 256 == 0 {
            monitor.check()?;
            monitor.report(Step::Reading, at as u64, listed.len() as u64);
        }
        let mut counts: HashMap<u32, f32> = HashMap::new();
        for (block, term) in terms(product, &mut words) {
            let next = blocks.len() as u32;
            let number = *numbers.entry((block, term)).or_insert_with(|| {
                blocks.push(block);
                holders.push(0);
                next
            });
            *counts.entry(number).or_insert(0.0) += 1.0;
        }
        let mut row: Vec<(u32, f32)> = counts.into_iter().collect();
        row.sort_unstable_by_key(|entry| entry.0);
        for (term, _) in &row {
            holders[*term as usize] += 1;
        }
        if let Some(slot) = rows.get_mut(*item as usize) {
            *slot = row;
        }
    }
    let n = listed.len() as f32;
    let common = if listed.len() > LARGE { listed.len() as u32 / 5 } else { u32::MAX };
    rows.par_iter_mut().for_each(|row| {
        row.retain(|(term, _)| blocks[*term as usize] != Block::Text || holders[*term as usize] <= common);
        for (term, value) in row.iter_mut() {
            // One more than the textbook's, so that a shop of one category keeps it as a term.
            let idf = 1.0 + ((1.0 + n) / (1.0 + holders[*term as usize] as f32)).ln();
            *value = (1.0 + value.ln()) * idf;
        }
        weigh_blocks(row, &blocks, recipe);
    });
    Ok(Csr::from_rows(blocks.len(), &rows))
}

/// Each block at length 1 times the root of its weight, then the whole at length 1.
fn weigh_blocks(row: &mut Vec<(u32, f32)>, blocks: &[Block], recipe: &ContentRecipe) {
    for (block, weight) in
        [(Block::Text, recipe.text), (Block::Category, recipe.category), (Block::Attribute, recipe.attributes)]
    {
        let length = row
            .iter()
            .filter(|(term, _)| blocks[*term as usize] == block)
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt();
        for (term, value) in row.iter_mut() {
            if blocks[*term as usize] == block {
                *value *= weight.sqrt() / length;
            }
        }
    }
    row.retain(|(_, value)| *value > 0.0);
    let length = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    for (_, value) in row.iter_mut() {
        *value /= length;
    }
}

impl Recommender for Content {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Content
    }

    fn item_count(&self) -> usize {
        self.vectors.rows()
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        let mut profile = vec![0f32; self.vectors.cols];
        for (item, part) in self.parts(history) {
            for (term, value) in self.vectors.iter_row(item as usize) {
                profile[term as usize] += part * value;
            }
        }
        out.fill(0.0);
        for (term, &weight) in profile.iter().enumerate() {
            if weight > 0.0 {
                for (item, value) in self.by_term.iter_row(term) {
                    out[item as usize] += weight * value;
                }
            }
        }
        for score in out {
            if *score == 0.0 {
                *score = NO_OPINION;
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        let parts: Vec<Contribution> = self
            .parts(history)
            .into_iter()
            .map(|(past, part)| Contribution { item: past, value: part * self.likeness(past, item) })
            .collect();
        let score = parts.iter().map(|part| part.value).sum();
        Explanation::new(item, score, 0.0, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, shop};
    use super::super::{EventKind, WeightRecipe, scores_of};
    use super::*;

    fn product(id: u32, name: &str, category: Option<&str>) -> Product {
        let category = category.map(str::to_owned);
        Product { id: format!("i{id}"), name: Some(name.into()), category, ..Product::default() }
    }

    fn fit(products: Vec<Product>, recipe: ContentRecipe) -> Result<(Interactions, Content), RecommendError> {
        let data = shop(1, 5, &[(0, event(0, EventKind::View, 1))], WeightRecipe::default());
        let catalogue = Catalogue::new(products, &mut (*data.items).clone())?;
        let model = Content::fit(&data, &catalogue, &recipe, &Monitor::quiet())?;
        Ok((data, model))
    }

    #[test]
    fn likeness_by_hand() {
        let list = vec![product(0, "walnut tray", None), product(1, "walnut lamp", None), product(2, "tin", None)];
        let (data, model) = fit(list, ContentRecipe::default()).unwrap();
        // n = 3; "walnut" in 2: 1 + ln(4/3); the others in 1: 1 + ln(4/2).
        let (common, rare) = (1.0 + (4f32 / 3.0).ln(), 1.0 + 2f32.ln());
        let want = common * common / (common * common + rare * rare);
        assert!((model.likeness(0, 1) - want).abs() < 1e-6);
        assert_eq!((model.likeness(0, 2), model.likeness(0, 99)), (0.0, 0.0));
        let scores = scores_of(&model, &data.history(0));
        assert!((scores[0] - 1.0).abs() < 1e-6 && (scores[1] - want).abs() < 1e-6);
        // Nothing in common, and not in the catalogue at all.
        assert_eq!(scores[2..], [NO_OPINION; 3]);
    }

    #[test]
    fn blocks_weigh_as_the_recipe_says() {
        let list = vec![product(0, "cup", Some("A")), product(1, "pot", Some("a")), product(2, "cup", Some("B"))];
        let recipe = ContentRecipe { text: 3.0, category: 1.0, attributes: 1.0 };
        let (_, model) = fit(list, recipe).unwrap();
        // Same category only: 1/4 of the length; same words only: 3/4.
        assert!((model.likeness(0, 1) - 0.25).abs() < 1e-6);
        assert!((model.likeness(0, 2) - 0.75).abs() < 1e-6);
    }

    #[test]
    fn chinese_names_share_words() {
        let list = vec![product(0, "胡桃木 托盘", None), product(1, "竹 托盘", None), product(2, "台灯", None)];
        let (_, model) = fit(list, ContentRecipe::default()).unwrap();
        assert!(model.likeness(0, 1) > 0.1 && model.likeness(0, 2) == 0.0);
    }

    #[test]
    fn no_text_is_said() {
        assert_eq!(fit(vec![], ContentRecipe::default()).err(), Some(RecommendError::NoProductText));
        let bare = Product { id: "i0".into(), ..Product::default() };
        assert_eq!(fit(vec![bare], ContentRecipe::default()).err(), Some(RecommendError::NoProductText));
    }
}
