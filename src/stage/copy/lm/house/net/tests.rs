use super::super::ops::Sight;
use super::super::rows::Target;
use super::*;

fn tiny() -> Shape {
    Shape { vocab: 40, width: 16, layers: 2, heads: 2, ffn: 24, context: 16, rope_base: 100.0 }
}

/// Two rows: a sheet of 5 tokens, texts of 3 and 4 that may not see each other.
fn batch() -> Batch {
    let mut batch = Batch { rows: 2, tokens_per_row: 12, ..Batch::default() };
    for row in 0..2 {
        for t in 0..12u32 {
            let (own, shared, position) = match t {
                0..5 => (0, (0, 0), t),
                5..8 => (5, (0, 5), t),
                _ => (8, (0, 5), t - 3),
            };
            batch.tokens.push((t * 7 + row * 13) % 40);
            batch.positions.push(position);
            batch.sights.push(Sight { shared, own });
        }
    }
    batch.targets = [(3, 1, 0.5), (6, 30, 1.0), (9, 2, 1.0), (11, 3, 1.0), (14, 9, 0.5), (23, 39, 1.0)]
        .map(|(at, token, weight)| Target { at, token, weight })
        .to_vec();
    batch
}

/// Weights large enough that every path has a gradient worth measuring.
fn net() -> Net {
    let mut net = Net::new(tiny(), 3).unwrap();
    for param in &mut net.params {
        if param.rank() > 1 {
            *param = (&*param * 12.0).unwrap();
        }
    }
    net
}

/// Central finite differences of the loss, for some entries of every parameter.
#[test]
fn the_gradient_agrees_with_finite_differences() {
    let (net, batch) = (net(), batch());
    let mut grads = Grads::default();
    let loss = net.loss_and_grads(&batch, 1.0, Products::Full, &mut grads).unwrap();
    assert!((loss - net.loss(&batch).unwrap()).abs() < 1e-6);
    for at in 0..net.params.len() {
        let grad = grads.get(at).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let values = net.params[at].flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let largest = grad.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        for pick in 0..6 {
            let index = (pick * 37 + 11) % values.len();
            let moved = |by: f32| {
                let mut values = values.clone();
                values[index] += by;
                let mut net = net.clone();
                net.params[at] = Tensor::from_vec(values, net.params[at].dims(), &Device::Cpu).unwrap();
                net.loss(&batch).unwrap()
            };
            let h = 3e-3;
            let measured = (moved(h) - moved(-h)) / (2.0 * f64::from(h));
            let difference = (measured - f64::from(grad[index])).abs();
            let (name, _) = &tiny().params()[at];
            assert!(difference < 0.01 * f64::from(largest) + 2e-4, "{name}[{index}]: {measured} {}", grad[index]);
        }
    }
}

/// A text's logits are those of the plain sequence sheet + text, whatever stands beside it in the row.
#[test]
fn a_packed_text_is_computed_as_if_alone() {
    let (net, batch) = (net(), batch());
    let alone: Vec<u32> = [&batch.tokens[..5], &batch.tokens[8..12]].concat();
    let packed = net.logits_at(&batch, 11).unwrap();
    let alone = net.logits_at(&Batch::sequence(&alone), 8).unwrap();
    for (a, b) in packed.iter().zip(alone) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

fn gradient(net: &Net, batch: &Batch, products: Products) -> (f64, Vec<Vec<f32>>) {
    let mut grads = Grads::default();
    let loss = net.loss_and_grads(batch, 1.0, products, &mut grads).unwrap();
    let all = (0..net.params.len()).map(|at| grads.get(at).unwrap().flatten_all().unwrap().to_vec1().unwrap());
    (loss, all.collect())
}

#[test]
fn the_gradient_is_the_same_on_any_number_of_threads() {
    let (net, batch) = (net(), batch());
    for products in [Products::Full, Products::Half] {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| gradient(&net, &batch, products))
        };
        assert_eq!(on(1), on(3));
    }
}

/// Factors of 8 bits leave each parameter's gradient in its direction.
#[test]
fn half_products_give_nearly_the_same_gradient() {
    let (net, batch) = (net(), batch());
    let ((loss, full), (half_loss, half)) =
        (gradient(&net, &batch, Products::Full), gradient(&net, &batch, Products::Half));
    assert!((loss - half_loss).abs() < 0.02 * loss, "{loss} {half_loss}");
    for (at, (full, half)) in full.iter().zip(&half).enumerate() {
        let cosine = ops::dot(full, half) / (ops::dot(full, full) * ops::dot(half, half)).sqrt();
        assert!(cosine > 0.995, "{at}: {cosine}");
    }
}
