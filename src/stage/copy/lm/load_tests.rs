//! Files that are not what they should be.

use super::error::LmError;
use super::fixture::{FAMILIES, Fixture};
use super::generate::Job;
use super::gguf::Header;
use super::load::{LoadOptions, Model, inspect, inspect_bytes};
use super::reference::reference;
use crate::base::monitor::Monitor;
use candle_core::quantized::gguf_file::Value;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn load(file: &[u8]) -> Result<Model, LmError> {
    let options = LoadOptions { threads: Some(1), despite_memory: false };
    Model::of_bytes(file, &options, &Monitor::quiet())
}

fn refused(change: impl FnOnce(&mut Fixture)) -> LmError {
    let mut fixture = Fixture::new("llama", "q8_0");
    change(&mut fixture);
    match load(&fixture.bytes()) {
        Ok(_) => panic!("loaded"),
        Err(error) => error,
    }
}

#[test]
fn cards_say_what_a_file_is() {
    for family in FAMILIES {
        let file = Fixture::new(family, "q4_k").bytes();
        let card = inspect_bytes(&file).unwrap();
        assert_eq!((card.family.key(), card.context, card.vocabulary), (family, 512, 384));
        assert_eq!((card.file_bytes, card.licence.as_deref()), (file.len() as u64, Some("CC0")));
        assert!(card.parameters > 1_000_000 && card.memory_bytes > 700_000, "{card:?}");
        let model = load(&file).unwrap();
        assert!(model.weights.bytes() as u64 <= card.memory_bytes);
    }
    assert_eq!(inspect_bytes(&Fixture::new("llama", "q4_0").bytes()).unwrap().quantisation, "Q4_0");
    let sum = reference()["models"]["llama-q4_0"]["sha256"].as_str().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    std::fs::write(&path, Fixture::new("llama", "q4_0").bytes()).unwrap();
    assert_eq!(super::file::sha256(&path, &Monitor::quiet()).unwrap(), sum);
    assert_eq!(inspect(&path).unwrap().quantisation, "Q4_0");
}

#[test]
fn half_a_download_is_told_how_much_is_missing() {
    let file = Fixture::new("llama", "q8_0").bytes();
    let cut = &file[..file.len() - 1_000];
    let Err(LmError::Incomplete { missing, expected }) = load(cut) else { panic!("loaded") };
    // The last tensor may be followed by a few bytes of padding.
    assert!((969..=1_000).contains(&missing) && expected <= file.len() as u64, "{missing} of {expected}");
    assert!(matches!(load(&file[..200]), Err(LmError::HeaderCut { size: 200 })));
    assert!(matches!(load(&[]), Err(LmError::NotGguf)));
    assert!(matches!(load(b"PK\x03\x04 and more"), Err(LmError::NotGguf)));
    let mut other = file.clone();
    other[4] = 9;
    assert!(matches!(load(&other), Err(LmError::Version(9))));
    assert!(matches!(inspect(std::path::Path::new("/no/such/file")), Err(LmError::File { .. })));
}

#[test]
fn unknown_things_are_named() {
    assert_eq!(
        refused(|f| f.set("general.architecture", Value::String("mamba".into()))),
        LmError::Architecture("mamba".into())
    );
    assert!(matches!(
        refused(|f| f.set("llama.expert_count", Value::U32(8))),
        LmError::Variant { what, .. } if what.contains("experts")
    ));
    assert!(matches!(
        refused(|f| f.set("llama.rope.scaling.type", Value::String("yarn".into()))),
        LmError::Variant { what, .. } if what.contains("yarn")
    ));
    // The type of the first tensor, changed to one that is known by name only, and to an unheard-of one.
    let file = Fixture::new("llama", "q8_0").bytes();
    let at = find(&file, b"blk.0.attn_q.weight") + "blk.0.attn_q.weight".len() + 4 + 16;
    for (kind, name) in [(20_u32, "IQ4_NL"), (77, "number 77")] {
        let mut changed = file.clone();
        changed[at..at + 4].copy_from_slice(&kind.to_le_bytes());
        let named = LmError::Quantisation { tensor: "blk.0.attn_q.weight".into(), kind: name.into() };
        assert_eq!(load(&changed).err(), Some(named));
    }
}

fn find(file: &[u8], name: &[u8]) -> usize {
    file.windows(name.len()).position(|window| window == name).unwrap()
}

#[test]
fn missing_or_misshapen_tensors_and_sizes_are_named() {
    assert_eq!(refused(|f| f.drop_tensor("blk.1.ffn_up.weight")), LmError::MissingTensor("blk.1.ffn_up.weight".into()));
    assert!(matches!(
        refused(|f| f.set("llama.feed_forward_length", Value::U32(256))),
        LmError::Shape { tensor, .. } if tensor == "blk.0.ffn_gate.weight"
    ));
    let key = |name: &str, value: Value| match refused(|f| f.set(name, value)) {
        LmError::Key { key, .. } => key,
        other => panic!("{other}"),
    };
    for (name, value) in [
        ("llama.block_count", Value::U32(0)),
        ("llama.block_count", Value::U32(2_000_000)),
        ("llama.embedding_length", Value::String("wide".into())),
        ("llama.attention.head_count_kv", Value::U32(3)),
        ("llama.rope.dimension_count", Value::U32(63)),
        ("llama.context_length", Value::U64(1 << 40)),
        ("llama.rope.freq_base", Value::F32(f32::NAN)),
    ] {
        assert_eq!(key(name, value), name);
    }
}

#[test]
fn a_tokenizer_or_template_that_does_not_fit_is_an_error() {
    let many = Value::Array((0..500).map(|i| Value::String(format!("t{i}"))).collect());
    assert!(matches!(refused(|f| f.set("tokenizer.ggml.tokens", many)), LmError::Tokenizer(_)));
    assert!(matches!(
        refused(|f| f.set("tokenizer.chat_template", Value::String("{% if %}".into()))),
        LmError::Template(_)
    ));
}

#[test]
fn other_number_types_and_head_widths_load_and_write() {
    let quiet = Monitor::quiet();
    for quantisation in ["f32", "q5_0"] {
        let model = load(&Fixture::new("llama", quantisation).bytes()).unwrap();
        let mut job = Job::new("the cup", super::draft::Settings::default());
        job.settings.max_tokens = 5;
        assert!(model.draft(&job, &quiet, &mut |_| {}).unwrap().tokens > 0, "{quantisation}");
    }
}

/// 10,000 headers with bytes changed, cut, or numbers replaced by extreme ones: an error or a model, never a
/// panic. The header reader allocates for what it has read only, so nothing beyond the file's size.
#[test]
fn mutated_headers_never_panic() {
    let files: Vec<Vec<u8>> = FAMILIES.map(|family| Fixture::new(family, "q4_0").bytes()).to_vec();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut errors, mut loads) = (0, 0);
    for round in 0..10_000 {
        let file = &files[round % files.len()];
        let head = 16_000.min(file.len());
        let mut changed = file.clone();
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..head - 8);
            match random.random_range(0..4) {
                0 => changed[at] = random.random(),
                1 => changed[at..at + 8].copy_from_slice(&random.next_u64().to_le_bytes()),
                2 => changed[at..at + 8].copy_from_slice(&[u64::MAX, 1 << 62, 0, 1 << 31][at % 4].to_le_bytes()),
                _ => changed.truncate(random.random_range(0..file.len())),
            }
            if changed.len() < head {
                break;
            }
        }
        match inspect_bytes(&changed) {
            Ok(card) => {
                assert!(card.file_bytes == changed.len() as u64);
                // Loading all would take long; every sixteenth shows that the later checks hold too.
                if round % 16 == 0 {
                    loads += usize::from(load(&changed).is_ok());
                }
            }
            Err(_) => errors += 1,
        }
    }
    assert!(errors > 1_000 && loads > 10, "{errors} errors, {loads} loaded");
}

#[test]
fn a_header_that_promises_more_than_the_file_allocates_nothing() {
    let mut file = b"GGUF".to_vec();
    file.extend(3_u32.to_le_bytes());
    file.extend(u64::MAX.to_le_bytes());
    file.extend(1_u64.to_le_bytes());
    assert!(matches!(Header::read(&file), Err(LmError::HeaderCut { .. })));
    let mut file = b"GGUF".to_vec();
    file.extend(3_u32.to_le_bytes());
    file.extend(0_u64.to_le_bytes());
    file.extend(1_u64.to_le_bytes());
    file.extend(1_u64.to_le_bytes());
    file.push(b'k');
    file.extend(9_u32.to_le_bytes());
    file.extend(8_u32.to_le_bytes());
    file.extend((1_u64 << 61).to_le_bytes());
    assert!(matches!(Header::read(&file), Err(LmError::HeaderCut { .. })));
}
