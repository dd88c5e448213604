//! The network behind the neural recommender: a small causal transformer over a customer's items (after SASRec,
//! Kang and McAuley, ICDM 2018), with the kind of each event beside the item, weights shared between items going
//! in and items coming out, and root-mean-square norms before each block.
//!
//! Position 0 is a start token: what the network says there is for a customer without a past.

use candle_core::{D, Device, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use super::super::RecommendError;

/// Sizes; everything else of a [`Net`] follows from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stage::recommend) struct Sizes {
    /// Items that it knows.
    pub items: usize,
    pub width: usize,
    pub heads: usize,
    pub blocks: usize,
    /// Events that it reads, start token not counted.
    pub length: usize,
}

/// Kinds of event, and one for the start token.
const KINDS: usize = 6;

/// Parameters by name, in a fixed order.
pub(in crate::stage::recommend) struct Net {
    pub sizes: Sizes,
    vars: Vec<(String, Var)>,
}

/// One block's places in `vars`, after the four before the blocks.
const PER_BLOCK: usize = 8;

impl Net {
    /// Random parameters, the same for the same seed. Small ones: at standard deviation 1 the softmax's
    /// gradients are denormal numbers, and a step takes many times longer.
    pub fn new(sizes: Sizes, seed: u64) -> Result<Self, RecommendError> {
        let vars = shapes(sizes)
            .into_iter()
            .enumerate()
            .map(|(stream, (name, shape))| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(stream as u64);
                let normal = Normal::new(0.0f32, 0.02).map_err(|e| RecommendError::Net(e.to_string()))?;
                let count: usize = shape.iter().product();
                let values: Vec<f32> = match name.as_str() {
                    name if name.ends_with("norm") => vec![1.0; count],
                    "bias" => vec![0.0; count],
                    _ => (0..count).map(|_| normal.sample(&mut rng)).collect(),
                };
                Ok((name, Var::from_vec(values, shape, &Device::Cpu)?))
            })
            .collect::<Result<_, RecommendError>>()?;
        Ok(Self { sizes, vars })
    }

    /// From parameters that were saved; an error when a shape is not what the sizes ask for.
    pub fn from_parts(
        sizes: Sizes,
        mut load: impl FnMut(&str, &[usize]) -> Option<Vec<f32>>,
    ) -> Result<Self, RecommendError> {
        let vars = shapes(sizes)
            .into_iter()
            .map(|(name, shape)| {
                let values = load(&name, &shape).filter(|values| values.len() == shape.iter().product::<usize>());
                let values = values.ok_or_else(|| RecommendError::Net(format!("saved network lacks {name}")))?;
                Ok((name, Var::from_vec(values, shape, &Device::Cpu)?))
            })
            .collect::<Result<_, RecommendError>>()?;
        Ok(Self { sizes, vars })
    }

    pub fn vars(&self) -> Vec<Var> {
        self.vars.iter().map(|(_, var)| var.clone()).collect()
    }

    /// Names, shapes and values.
    #[allow(clippy::type_complexity)]
    pub fn parts(&self) -> Result<Vec<(String, Vec<usize>, Vec<f32>)>, RecommendError> {
        self.vars
            .iter()
            .map(|(name, var)| Ok((name.clone(), var.dims().to_vec(), var.flatten_all()?.to_vec1::<f32>()?)))
            .collect()
    }

    /// A copy of all parameters, to go back to.
    pub fn snapshot(&self) -> Result<Vec<Tensor>, RecommendError> {
        self.vars.iter().map(|(_, var)| Ok(var.as_tensor().copy()?)).collect()
    }

    pub fn restore(&self, snapshot: &[Tensor]) -> Result<(), RecommendError> {
        for ((_, var), saved) in self.vars.iter().zip(snapshot) {
            var.set(saved)?;
        }
        Ok(())
    }

    fn at(&self, place: usize) -> &Tensor {
        self.vars[place].1.as_tensor()
    }

    /// Items × width; row `items` is the start token.
    pub fn items(&self) -> &Tensor {
        self.at(0)
    }

    /// How popular an item is, whatever the history.
    pub fn bias(&self) -> &Tensor {
        self.at(1)
    }

    /// `rows × (steps) × width`: what stands at each position for what comes next. `items` and `kinds` hold
    /// `rows × steps` numbers, the start token first in each row; `drop` thins out while training.
    pub fn forward(
        &self,
        items: &[u32],
        kinds: &[u32],
        rows: usize,
        mut drop: Option<&mut Drop>,
    ) -> Result<Tensor, RecommendError> {
        let (steps, width) = (items.len() / rows.max(1), self.sizes.width);
        let look_up = |table: &Tensor, numbers: &[u32]| -> Result<Tensor, RecommendError> {
            let numbers = Tensor::from_slice(numbers, numbers.len(), &Device::Cpu)?;
            Ok(table.index_select(&numbers, 0)?)
        };
        let places: Vec<u32> = (0..rows).flat_map(|_| 0..steps as u32).collect();
        let mut x = look_up(self.items(), items)?.add(&look_up(self.at(2), kinds)?)?;
        x = x.add(&look_up(self.at(3), &places)?)?;
        x = thin(&x, &mut drop)?;
        let mask = causal(steps)?;
        for block in 0..self.sizes.blocks {
            let own = |place: usize| self.at(4 + block * PER_BLOCK + place);
            let attended = self.attend(&norm(&x, own(0))?, own, rows, &mask)?;
            x = x.add(&thin(&attended, &mut drop)?)?;
            let inner = norm(&x, own(5))?.matmul(own(6))?.relu()?;
            x = x.add(&thin(&inner.matmul(own(7))?, &mut drop)?)?;
        }
        Ok(norm(&x, self.at(4 + self.sizes.blocks * PER_BLOCK))?.reshape((rows, steps, width))?)
    }

    fn attend<'a>(
        &self,
        x: &Tensor,
        own: impl Fn(usize) -> &'a Tensor,
        rows: usize,
        mask: &Tensor,
    ) -> Result<Tensor, RecommendError> {
        let (heads, width) = (self.sizes.heads, self.sizes.width);
        let (steps, each) = (x.dim(0)? / rows, width / heads);
        let split = |place: usize| -> Result<Tensor, RecommendError> {
            Ok(x.matmul(own(place))?.reshape((rows, steps, heads, each))?.transpose(1, 2)?.contiguous()?)
        };
        let (query, key, value) = (split(1)?, split(2)?, split(3)?);
        let scores = (query.matmul(&key.transpose(2, 3)?.contiguous()?)? / (each as f64).sqrt())?;
        let weights = candle_nn::ops::softmax(&scores.broadcast_add(mask)?, D::Minus1)?;
        let mixed = weights.matmul(&value)?.transpose(1, 2)?.contiguous()?.reshape((rows * steps, width))?;
        Ok(mixed.matmul(own(4))?)
    }
}

fn shapes(sizes: Sizes) -> Vec<(String, Vec<usize>)> {
    let width = sizes.width;
    let mut list = vec![
        ("items".to_owned(), vec![sizes.items + 1, width]),
        ("bias".to_owned(), vec![sizes.items]),
        ("kinds".to_owned(), vec![KINDS, width]),
        ("places".to_owned(), vec![sizes.length + 1, width]),
    ];
    for block in 0..sizes.blocks {
        let mut add = |name: &str, shape: Vec<usize>| list.push((format!("block{block}.{name}"), shape));
        add("first_norm", vec![width]);
        for name in ["query", "key", "value", "mix"] {
            add(name, vec![width, width]);
        }
        add("second_norm", vec![width]);
        add("inner", vec![width, 2 * width]);
        add("outer", vec![2 * width, width]);
    }
    list.push(("last_norm".to_owned(), vec![width]));
    list
}

/// Rows to root mean square 1, times the gain.
fn norm(x: &Tensor, gain: &Tensor) -> Result<Tensor, RecommendError> {
    let size = (x.sqr()?.mean_keepdim(D::Minus1)? + 1e-6)?.sqrt()?;
    Ok(x.broadcast_div(&size)?.broadcast_mul(gain)?)
}

/// 0 where a position may look, −10⁹ where it would look ahead.
fn causal(steps: usize) -> Result<Tensor, RecommendError> {
    let values: Vec<f32> = (0..steps * steps).map(|at| if at % steps > at / steps { -1e9 } else { 0.0 }).collect();
    Ok(Tensor::from_vec(values, (steps, steps), &Device::Cpu)?)
}

/// Dropout with a generator of its own, so that a seed decides the training.
pub(in crate::stage::recommend) struct Drop {
    pub share: f32,
    pub rng: ChaCha8Rng,
}

fn thin(x: &Tensor, drop: &mut Option<&mut Drop>) -> Result<Tensor, RecommendError> {
    let Some(drop) = drop.as_deref_mut().filter(|drop| drop.share > 0.0) else { return Ok(x.clone()) };
    let keep = 1.0 / (1.0 - drop.share);
    let mask: Vec<f32> =
        (0..x.elem_count()).map(|_| if drop.rng.random::<f32>() < drop.share { 0.0 } else { keep }).collect();
    Ok(x.mul(&Tensor::from_vec(mask, x.shape(), &Device::Cpu)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { items: 5, width: 8, heads: 2, blocks: 2, length: 4 };

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn no_position_sees_what_comes_after_it() {
        let net = Net::new(SIZES, 1).unwrap();
        let one = numbers(&net.forward(&[5, 0, 1, 2], &[5, 0, 0, 0], 1, None).unwrap());
        let other = numbers(&net.forward(&[5, 0, 1, 4], &[5, 0, 0, 3], 1, None).unwrap());
        assert_eq!(one[..24], other[..24]);
        assert!(one[24..] != other[24..]);
        // Nor does a row see another.
        let both = net.forward(&[5, 3, 3, 3, 5, 0, 1, 2], &[5, 0, 0, 0, 5, 0, 0, 0], 2, None).unwrap();
        for (a, b) in numbers(&both)[32..].iter().zip(&one) {
            assert!((a - b).abs() < 1e-5);
        }
    }

    #[test]
    fn every_parameter_gets_a_gradient() {
        let net = Net::new(SIZES, 2).unwrap();
        let h = net.forward(&[5, 0, 1, 2], &[5, 0, 1, 2], 1, None).unwrap().reshape((4, 8)).unwrap();
        let logits = h.matmul(&net.items().t().unwrap().narrow(1, 0, 5).unwrap()).unwrap();
        let loss = logits.broadcast_add(net.bias()).unwrap().log_sum_exp(1).unwrap().sum_all().unwrap();
        let gradients = loss.backward().unwrap();
        for (name, var) in &net.vars {
            let gradient = gradients.get(var.as_tensor()).unwrap_or_else(|| panic!("{name} has no gradient"));
            assert!(numbers(gradient).iter().any(|g| *g != 0.0), "{name}");
        }
    }

    #[test]
    fn a_gradient_is_the_slope_of_the_loss() {
        let net = Net::new(SIZES, 3).unwrap();
        let loss = || {
            let h = net.forward(&[5, 0, 1], &[5, 0, 1], 1, None).unwrap();
            // Larger than in training, so that single precision shows the slope.
            (h.sqr().unwrap().mean_all().unwrap() + h.narrow(1, 2, 1).unwrap().sum_all().unwrap()).unwrap()
        };
        let gradients = loss().backward().unwrap();
        let (name, var) = &net.vars[4 + 3];
        let slope = numbers(gradients.get(var.as_tensor()).unwrap())[3];
        let before = var.as_tensor().copy().unwrap();
        let shifted = |by: f32| {
            let mut values = numbers(&before);
            values[3] += by;
            var.set(&Tensor::from_vec(values, before.shape(), &Device::Cpu).unwrap()).unwrap();
            loss().to_scalar::<f32>().unwrap()
        };
        let numeric = (shifted(0.05) - shifted(-0.05)) / 0.1;
        assert!((slope - numeric).abs() < 0.02 * slope.abs().max(0.01), "{name}: {slope} {numeric}");
    }
}
