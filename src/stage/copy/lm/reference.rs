//! Our logits and greedy tokens beside llama.cpp's on the same files (tests/fixtures/lm/README.md).

use super::engine::{Feed, Wanted, Weights, forward};
use super::family::{Family, Spec};
use super::fixture::{FAMILIES, Fixture, QUANTISATIONS};
use super::gguf::Header;
use super::kernel::cache::Sequence;
use super::kernel::team::Team;
use super::source::GgufSource;
use crate::base::monitor::Monitor;
use sha2::{Digest, Sha256};

pub fn reference() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../../tests/fixtures/lm/reference.json")).unwrap()
}

pub fn weights(file: &[u8]) -> Weights {
    let header = Header::read(file).unwrap();
    let family = Family::from_key(header.text("general.architecture").unwrap()).unwrap();
    let spec = Spec::of_gguf(&header, family).unwrap();
    Weights::take(spec, &GgufSource { header: &header, file }, &Monitor::quiet()).unwrap()
}

/// The 64 tokens that `reference.py` makes.
pub fn prompt(vocabulary: u32) -> Vec<u32> {
    let mut state = 12_345_u64;
    (0..64)
        .map(|_| {
            state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
            ((state >> 8) % u64::from(vocabulary)) as u32
        })
        .collect()
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
    digits
        .chunks(4)
        .flat_map(|c| {
            let bits = c.iter().enumerate().fold(0_u32, |bits, (i, d)| bits | u32::from(*d) << (18 - 6 * i));
            bits.to_be_bytes()[1..c.len()].to_vec()
        })
        .collect()
}

pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The logits after a prompt point the same way (cosine at least 0.999), and fed with llama.cpp's own greedy
/// tokens we choose the same next one wherever its two best are further apart than the noise: 8-bit
/// activations and 16-bit caches, rounded in other places. The noise is measured as the largest distance
/// between the two programs' logits after the prompt.
#[test]
fn logits_and_greedy_tokens_are_llama_cpps() {
    let reference = reference();
    let mut report = Vec::new();
    for family in FAMILIES {
        for quantisation in QUANTISATIONS {
            let name = format!("{family}-{quantisation}");
            let truth = &reference["models"][&name];
            let file = Fixture::new(family, quantisation).bytes();
            let sum: String = Sha256::digest(&file).iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(truth["sha256"], sum.as_str(), "{name}: the fixture changed; make the reference anew");
            let expected: Vec<f32> = base64(truth["logits"].as_str().unwrap())
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            let weights = weights(&file);
            let mut sequences = [Sequence::new(weights.spec.cache())];
            let mut next = |tokens: &[u32]| {
                let feed = Feed { sequence: 0, tokens, wanted: Wanted::Last };
                let monitor = Monitor::quiet();
                let mut logits =
                    Team::new(2).session(|crew| forward(crew, &weights, &mut sequences, &[feed], &monitor)).unwrap();
                logits.pop().unwrap()
            };
            let mut logits = next(&prompt(weights.spec.vocabulary as u32));
            let close = cosine(&logits, &expected);
            let noise = logits.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let (mut agreed, mut judged) = (0, 0);
            for i in 0..64 {
                let token = truth["greedy"][i].as_u64().unwrap() as u32;
                let gap = truth["gaps"][i].as_f64().unwrap() as f32;
                let best = (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
                if gap > 2.0 * noise {
                    judged += 1;
                    agreed += usize::from(best as u32 == token);
                }
                logits = next(&[token]);
            }
            report.push(format!("{name}: cosine {close:.6}, noise {noise:.4}, {agreed} of {judged}"));
            if close < 0.999 || agreed < judged || judged < 20 {
                report.push(format!("{name} IS WRONG"));
            }
        }
    }
    assert!(!report.iter().any(|line| line.contains("WRONG")), "{}", report.join("\n"));
}
