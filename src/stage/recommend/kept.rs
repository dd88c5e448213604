//! Factors and item weights as bytes and back, in the safetensors format, so that an opened project need not fit them
//! again. Popular, neighbours and content are fitted again from their recipe in a blink.

use serde::{Deserialize, Serialize};

use super::als::Als;
use super::bpr::{Bpr, BprRecipe};
use super::ease::Ease;
use super::neural::Neural;
use super::neural::numbers_of;
use super::saved::{Kept, write, wrong};
use super::{Interactions, ModelRecipe, RecommendError, Recommender};

/// EASE's weights grow with the square of the items. Above 4,000 items (64 MB) they are fitted again instead of kept.
pub(super) const MOST_WEIGHTS: usize = 16_000_000;

#[derive(Serialize, Deserialize)]
struct AlsHeader {
    users: usize,
    items: usize,
    factors: usize,
    penalty: f32,
    confidence: f32,
}

impl Als {
    pub fn keep(&self) -> Result<Vec<u8>, RecommendError> {
        let (users, items) = (self.users(), self.items());
        let header = AlsHeader {
            users: users.rows(),
            items: items.rows(),
            factors: items.width,
            penalty: self.penalty,
            confidence: self.confidence,
        };
        let rows =
            |name: &str, of: &super::dense::Factors| (name.to_owned(), vec![of.rows(), of.width], of.values.clone());
        let active = self.active.iter().map(|active| f32::from(u8::from(*active))).collect();
        write(
            "als",
            &header,
            [rows("users", users), rows("items", items), ("active".to_owned(), vec![items.rows()], active)],
        )
    }

    pub fn read(bytes: &[u8]) -> Result<Self, RecommendError> {
        let kept = Kept::<AlsHeader>::read("als", bytes)?;
        let AlsHeader { users, items, factors, penalty, confidence } = kept.header;
        let active = kept.part("active", &[items]).ok_or_else(|| wrong("active is missing"))?;
        let active = active.into_iter().map(|value| value > 0.0).collect();
        let (users, items) = (kept.rows("users", users, factors)?, kept.rows("items", items, factors)?);
        Ok(Self::of(penalty, confidence, users, items, active))
    }
}

#[derive(Serialize, Deserialize)]
struct BprHeader {
    recipe: BprRecipe,
    users: usize,
    items: usize,
    mean_bias: f32,
}

impl Bpr {
    pub fn keep(&self) -> Result<Vec<u8>, RecommendError> {
        let (users, items, width) = (self.users.rows(), self.items.rows(), self.items.width);
        let header = BprHeader { recipe: self.recipe, users, items, mean_bias: self.mean_bias };
        let active = self.active.iter().map(|active| f32::from(u8::from(*active))).collect();
        write(
            "bpr",
            &header,
            [
                ("users".to_owned(), vec![users, width], self.users.values.clone()),
                ("items".to_owned(), vec![items, width], self.items.values.clone()),
                ("away".to_owned(), vec![items, width], self.away.values.clone()),
                ("biases".to_owned(), vec![items], self.biases.clone()),
                ("active".to_owned(), vec![items], active),
            ],
        )
    }

    pub fn read(bytes: &[u8]) -> Result<Self, RecommendError> {
        let kept = Kept::<BprHeader>::read("bpr", bytes)?;
        let BprHeader { recipe, users, items, mean_bias } = kept.header;
        let (width, column) = (recipe.factors, |name: &str| kept.part(name, &[items]));
        let active = column("active").ok_or_else(|| wrong("active is missing"))?;
        Ok(Self {
            recipe,
            users: kept.rows("users", users, width)?,
            items: kept.rows("items", items, width)?,
            away: kept.rows("away", items, width)?,
            biases: column("biases").ok_or_else(|| wrong("biases are missing"))?,
            mean_bias,
            active: active.into_iter().map(|value| value > 0.0).collect(),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct EaseHeader {
    items: usize,
    active: Vec<u32>,
}

impl Ease {
    pub fn keep(&self) -> Result<Vec<u8>, RecommendError> {
        let n = self.active.len();
        let header = EaseHeader { items: self.items, active: self.active.clone() };
        write("ease", &header, [("weights".to_owned(), vec![n, n], self.weights.values.clone())])
    }

    pub fn read(bytes: &[u8]) -> Result<Self, RecommendError> {
        let kept = Kept::<EaseHeader>::read("ease", bytes)?;
        let EaseHeader { items, active } = &kept.header;
        if active.iter().any(|item| *item as usize >= *items) {
            return Err(wrong("item numbers are out of order"));
        }
        let weights = kept.rows("weights", active.len(), active.len())?;
        Ok(Self { items: *items, place: numbers_of(active, *items), active: active.clone(), weights })
    }
}

impl ModelRecipe {
    /// A fit that was kept with [`Recommender::to_bytes`]; nothing for one that is fitted again. Bytes that are
    /// damaged, or of another shop, are refused.
    pub fn load(&self, bytes: &[u8], data: &Interactions) -> Result<Option<Box<dyn Recommender>>, RecommendError> {
        let model: Box<dyn Recommender> = match self {
            Self::Als(_) => Box::new(Als::read(bytes)?),
            Self::Bpr(_) => Box::new(Bpr::read(bytes)?),
            Self::Ease(_) => Box::new(Ease::read(bytes)?),
            Self::Neural(_) => Box::new(Neural::from_bytes(bytes)?),
            Self::Popular(_) | Self::Neighbours(_) | Self::Content(_) | Self::Blend(_) => return Ok(None),
        };
        match model.item_count() == data.item_count() {
            true => Ok(Some(model)),
            false => Err(wrong("it was fitted on other items")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::super::{Algorithm, Catalogue, scores_of};
    use super::*;
    use crate::base::Monitor;

    #[test]
    fn kept_fits_score_and_explain_as_before() {
        let data = planted(40, 24, 9);
        for algorithm in [Algorithm::Als, Algorithm::Bpr, Algorithm::Ease] {
            let recipe = ModelRecipe::of(algorithm);
            let model = recipe.fit(&data, &Catalogue::absent(), 3, &Monitor::quiet()).unwrap();
            let bytes = model.to_bytes().unwrap().unwrap();
            let again = recipe.load(&bytes, &data).unwrap().unwrap();
            let history = data.history(5);
            assert_eq!(scores_of(model.as_ref(), &history), scores_of(again.as_ref(), &history), "{algorithm:?}");
            let mut rows = vec![0.0; 2 * 24];
            again.score_users(&data, &[3, 4], &mut rows);
            let mut want = rows.clone();
            model.score_users(&data, &[3, 4], &mut want);
            assert_eq!(rows, want);
            assert_eq!(model.explain(&history, 7), again.explain(&history, 7));
            assert!(recipe.load(&bytes, &planted(40, 25, 9)).is_err());
            assert!(recipe.load(&bytes[..bytes.len() - 3], &data).is_err());
            assert!(recipe.load(b"nothing", &data).is_err());
        }
        assert!(ModelRecipe::of(Algorithm::Popular).load(&[], &data).unwrap().is_none());
    }
}
