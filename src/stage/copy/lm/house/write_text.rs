//! A plain way to let the model in training write: greedy or sampled, the whole sequence computed anew for each
//! token. Good for a look at a checkpoint; the runtime is made for speed.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::LmError;
use super::net::Net;
use super::rows::Batch;
use super::tokenizer::HouseTokenizer;
use crate::stage::copy::pointers::Pointers;
use crate::stage::copy::prompt::{Brief, Piece, SPECIALS, Sheet, Special, prompt_pieces};

/// Writes one text, at most `most` tokens, and fills its pointers in. `heat` 0 is greedy, else the temperature.
pub fn write(
    net: &Net,
    tokenizer: &HouseTokenizer,
    sheet: &Sheet,
    brief: &Brief,
    most: usize,
    heat: f32,
    rng: &mut ChaCha8Rng,
) -> Result<String, LmError> {
    let pointers = Pointers::of(sheet);
    let mut tokens = tokenizer.encode_pieces(&prompt_pieces(sheet, brief))?;
    let from = tokens.len();
    while tokens.len() < from + most && tokens.len() < net.shape.context {
        let mut logits = net.logits_at(&Batch::sequence(&tokens), tokens.len() - 1)?;
        for special in (1..SPECIALS.len() as u32).map(Special) {
            if pointers.text(special).is_none() {
                logits[special.0 as usize] = f32::NEG_INFINITY;
            }
        }
        let next = choose(&logits, heat, rng);
        if next == Special::END.0 {
            break;
        }
        tokens.push(next);
    }
    let mut copy = Vec::new();
    for run in tokens[from..].chunk_by(|&a, &b| a.min(b) as usize >= SPECIALS.len()) {
        match run {
            &[special] if (special as usize) < SPECIALS.len() => copy.push(Piece::Control(Special(special))),
            text => copy.push(Piece::Text(tokenizer.decode(text)?)),
        }
    }
    Ok(pointers.fill(&copy))
}

fn choose(logits: &[f32], heat: f32, rng: &mut ChaCha8Rng) -> u32 {
    let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0);
    if heat <= 0.0 {
        return best as u32;
    }
    let weights: Vec<f32> = logits.iter().map(|x| ((x - logits[best]) / heat).exp()).collect();
    let mut left = rng.random::<f32>() * weights.iter().sum::<f32>();
    for (token, weight) in weights.iter().enumerate() {
        left -= weight;
        if left <= 0.0 {
            return token as u32;
        }
    }
    best as u32
}
