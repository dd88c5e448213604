//! Fitted recommenders that take long to fit, as bytes and back: factors and networks in the safetensors format.
//! The others are fitted again from their recipe in a second or two.

use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, View, serialize};
use serde::{Deserialize, Serialize};

use super::RecommendError;
use super::WeightRecipe;
use super::neural::net::{Net, Sizes};
use super::neural::{Epoch, Neural, NeuralRecipe, numbers_of};

/// What stands beside a network's parameters.
#[derive(Serialize, Deserialize)]
struct Header {
    recipe: NeuralRecipe,
    weights: WeightRecipe,
    /// All items of the shop at the fit.
    item_count: usize,
    items: Vec<u32>,
    curve: Vec<Epoch>,
}

const HEADER: &str = "shopwright.neural";

/// A damaged file must not ask for all the memory there is.
const MOST_ITEMS: usize = 50_000_000;

pub(super) struct Part {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Part {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// A name for what the numbers are, facts about them, and the numbers.
pub(super) fn write(
    name: &str,
    header: &impl Serialize,
    parts: impl IntoIterator<Item = (String, Vec<usize>, Vec<f32>)>,
) -> Result<Vec<u8>, RecommendError> {
    let header = serde_json::to_string(header).map_err(wrong)?;
    let parts = parts.into_iter().map(|(name, shape, values)| {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        (name, Part { shape, bytes })
    });
    serialize(parts, Some(HashMap::from([(name.to_owned(), header)]))).map_err(wrong)
}

/// The facts, and a way to get at the numbers: the values of a part of this name and shape.
pub(super) struct Kept<'a, H> {
    pub header: H,
    tensors: SafeTensors<'a>,
}

impl<'a, H: serde::de::DeserializeOwned> Kept<'a, H> {
    pub fn read(name: &str, bytes: &'a [u8]) -> Result<Self, RecommendError> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
        let header = metadata.metadata().as_ref().and_then(|all| all.get(name));
        let header = serde_json::from_str(header.ok_or_else(|| wrong("another kind of model"))?).map_err(wrong)?;
        Ok(Self { header, tensors: SafeTensors::deserialize(bytes).map_err(wrong)? })
    }

    pub fn part(&self, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        let part = self.tensors.tensor(name).ok();
        let part = part.filter(|part| part.dtype() == Dtype::F32 && part.shape() == shape)?;
        let (numbers, _) = part.data().as_chunks::<4>();
        Some(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }

    pub fn rows(&self, name: &str, rows: usize, width: usize) -> Result<super::dense::Factors, RecommendError> {
        let values = self.part(name, &[rows, width]).ok_or_else(|| wrong(format!("{name} is missing")))?;
        Ok(super::dense::Factors { width, values })
    }
}

pub(super) fn wrong(error: impl std::fmt::Display) -> RecommendError {
    RecommendError::Kept(error.to_string())
}

impl Neural {
    /// Everything needed to score again, with the loss curve.
    pub fn keep(&self) -> Result<Vec<u8>, RecommendError> {
        let header = Header {
            recipe: self.recipe,
            weights: self.weights,
            item_count: self.numbers.len(),
            items: self.items.clone(),
            curve: self.curve.clone(),
        };
        write(HEADER, &header, self.net.parts()?)
    }

    /// An error when the bytes are not what [`Self::keep`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecommendError> {
        let kept = Kept::<Header>::read(HEADER, bytes)?;
        let header = &kept.header;
        header.recipe.check()?;
        if header.item_count > MOST_ITEMS {
            return Err(wrong("more items than a shop has"));
        }
        let ascending = header.items.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || header.items.last().is_some_and(|last| *last as usize >= header.item_count) {
            return Err(wrong("item numbers are out of order"));
        }
        let sizes = Sizes {
            items: header.items.len(),
            width: header.recipe.width,
            heads: header.recipe.heads,
            blocks: header.recipe.blocks,
            length: header.recipe.length,
        };
        let net = Net::from_parts(sizes, |name, shape| kept.part(name, shape))?;
        let numbers = numbers_of(&header.items, header.item_count);
        let Header { recipe, weights, items, curve, .. } = kept.header;
        Self::of(recipe, weights, net, items, numbers, curve)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores_of;
    use super::super::tests::planted;
    use super::*;
    use crate::base::Monitor;

    #[test]
    fn a_network_reads_back_and_scores_the_same() {
        let data = planted(40, 20, 51);
        let recipe = NeuralRecipe { width: 8, length: 6, epochs: 1, ..NeuralRecipe::default() };
        let model = Neural::fit(&data, &recipe, 1, &Monitor::quiet()).unwrap();
        let bytes = model.keep().unwrap();
        let again = Neural::from_bytes(&bytes).unwrap();
        assert_eq!(scores_of(&model, &data.history(3)), scores_of(&again, &data.history(3)));
        assert_eq!(again.curve, model.curve);
        for broken in [&bytes[..bytes.len() / 2], &bytes[..9], &[], b"not a network at all"] {
            assert!(matches!(Neural::from_bytes(broken), Err(RecommendError::Kept(_))));
        }
    }
}
