//! From a file to a model that answers: checks first, then weights.

use super::cache::Remembered;
use super::chat::ChatTemplate;
use super::engine::Weights;
use super::error::LmError;
use super::family::{Family, Spec};
use super::file::Bytes;
use super::gguf::Header;
use super::kernel::team::Team;
use super::source::GgufSource;
use super::tokenizer::TextCodec;
use super::vocabulary;
use crate::base::monitor::Monitor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// Positions a model's memory is estimated for.
pub const USUAL_CONTEXT: usize = 2_048;

/// What a file says about its model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    pub family: Family,
    pub file_bytes: u64,
    pub parameters: u64,
    /// The number type that most bytes have, such as `Q4_K`.
    pub quantisation: String,
    pub context: usize,
    pub vocabulary: usize,
    pub licence: Option<String>,
    /// The form of prompt it was trained with, where that is not its chat template (the house model's).
    pub prompt_format: Option<String>,
    /// Memory for the weights and a conversation of [`USUAL_CONTEXT`].
    pub memory_bytes: u64,
}

/// How to load a model.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Threads; nothing for as many as the machine has.
    pub threads: Option<usize>,
    /// Loads even if memory seems short.
    pub despite_memory: bool,
}

/// A loaded model. It can be used from several threads; they take turns.
pub struct Model {
    pub card: Card,
    pub(super) codec: TextCodec,
    pub(super) chat: ChatTemplate,
    pub(super) weights: Weights,
    pub(super) team: Team,
    pub(super) remembered: Mutex<Remembered>,
}

impl Model {
    /// Loads a GGUF file, or a folder as Hugging Face has it.
    pub fn open(path: &Path, options: &LoadOptions, monitor: &Monitor) -> Result<Self, LmError> {
        if path.is_dir() {
            return super::folder::open(path, options, monitor);
        }
        let bytes = Bytes::open(path)?;
        let json = path.with_file_name("tokenizer.json");
        Self::of_gguf(&bytes, json.is_file().then_some(json.as_path()), options, monitor)
    }

    /// Loads a GGUF file that is inside the program.
    pub fn of_bytes(file: &[u8], options: &LoadOptions, monitor: &Monitor) -> Result<Self, LmError> {
        Self::of_gguf(file, None, options, monitor)
    }

    fn of_gguf(file: &[u8], json: Option<&Path>, options: &LoadOptions, monitor: &Monitor) -> Result<Self, LmError> {
        let header = Header::read(file)?;
        let (spec, card) = identify(&header, file.len() as u64)?;
        let codec = match (vocabulary::codec(&header), json) {
            (Ok(codec), _) => codec,
            (Err(_), Some(json)) => {
                let name = |key: &str| token_text(&header, key);
                let adds = header.flag("tokenizer.ggml.add_bos_token").unwrap_or(false);
                TextCodec::of_json(json, name("bos").as_deref(), name("eos").as_deref(), adds)?
            }
            (Err(error), None) => return Err(error),
        };
        let chat = chat(header.text("tokenizer.chat_template"), &codec)?;
        Self::assemble(card, codec, chat, options, || {
            Weights::take(spec, &GgufSource { header: &header, file }, monitor)
        })
    }

    /// The last checks, and then the weights.
    pub(super) fn assemble(
        card: Card,
        codec: TextCodec,
        chat: ChatTemplate,
        options: &LoadOptions,
        weights: impl FnOnce() -> Result<Weights, LmError>,
    ) -> Result<Self, LmError> {
        // Some models have more rows than entries, filled up to a round number; fewer cannot work.
        if codec.len() > card.vocabulary {
            return Err(LmError::Vocabulary { tokens: codec.len(), rows: card.vocabulary });
        }
        let free = free_memory();
        if !options.despite_memory && card.memory_bytes > free {
            return Err(LmError::Memory { need: card.memory_bytes, free });
        }
        let weights = weights()?;
        let team = options.threads.map_or_else(Team::of_machine, Team::new);
        Ok(Self { card, codec, chat, weights, team, remembered: Mutex::default() })
    }

    pub fn codec(&self) -> &TextCodec {
        &self.codec
    }

    pub fn chat(&self) -> &ChatTemplate {
        &self.chat
    }

    /// Tokens that prompt and draft may have together.
    pub fn context(&self) -> usize {
        self.weights.spec.context
    }

    /// Forgets the prompts it has read, and frees their memory.
    pub fn forget(&self) {
        *self.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Remembered::default();
    }
}

/// What a file says about its model, without loading it. All its checks are made.
pub fn inspect(path: &Path) -> Result<Card, LmError> {
    if path.is_dir() {
        return super::folder::inspect(path);
    }
    let bytes = Bytes::open(path)?;
    inspect_bytes(&bytes)
}

/// [`inspect`] for a file inside the program.
pub fn inspect_bytes(file: &[u8]) -> Result<Card, LmError> {
    identify(&Header::read(file)?, file.len() as u64).map(|(_, card)| card)
}

fn identify(header: &Header<'_>, file_bytes: u64) -> Result<(Spec, Card), LmError> {
    let key = "general.architecture";
    let name = header.text(key).ok_or(LmError::Key { key: key.into(), what: "missing" })?;
    let family = Family::from_key(name).ok_or_else(|| LmError::Architecture(name.chars().take(80).collect()))?;
    let spec = Spec::of_gguf(header, family)?;
    let mut by_type: BTreeMap<&str, u64> = BTreeMap::new();
    let mut packed = 0_u64;
    for tensor in header.tensors.values() {
        *by_type.entry(tensor.kind.name).or_default() += tensor.bytes;
        packed = packed.saturating_add(packed_bytes(tensor.kind.name, tensor.bytes, tensor.elements()));
    }
    let most = by_type.iter().max_by_key(|(_, bytes)| **bytes).map_or("", |(name, _)| name);
    let card = Card {
        name: header.text("general.name").unwrap_or(name).chars().take(200).collect(),
        family,
        file_bytes,
        parameters: header.tensors.values().map(|tensor| tensor.elements()).fold(0, u64::saturating_add),
        quantisation: most.to_string(),
        context: spec.context,
        vocabulary: spec.vocabulary,
        licence: header.text("general.license").map(|text| text.chars().take(200).collect()),
        prompt_format: header.text("shopwright.prompt_format").map(|text| text.chars().take(80).collect()),
        memory_bytes: memory(&spec, packed),
    };
    Ok((spec, card))
}

/// Bytes that a tensor takes in memory: four formats keep their size, others are held with 8 bits.
fn packed_bytes(kind: &str, bytes: u64, elements: u64) -> u64 {
    match kind {
        "Q8_0" | "Q4_0" | "Q6_K" => bytes,
        "Q4_K" => bytes / 144 * 148,
        _ => elements.div_ceil(32).saturating_mul(34),
    }
}

/// Weights, keys and values of a usual conversation, and what a pass needs beside them.
pub(super) fn memory(spec: &Spec, packed: u64) -> u64 {
    let positions = spec.context.min(USUAL_CONTEXT);
    let pass = 256 * (2 * spec.ffn + 4 * spec.heads * spec.padded_head() + 4 * spec.width) * 5 + 4 * spec.vocabulary;
    packed.saturating_add(spec.cache().bytes(positions) as u64).saturating_add(pass as u64)
}

/// Memory that a program may still take, in bytes: the machine's, or its container's where that is less.
pub fn free_memory() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let free = system.available_memory();
    match system.cgroup_limits() {
        Some(limits) => free.min(limits.free_memory.max(limits.total_memory.saturating_sub(limits.rss))),
        None => free,
    }
}

fn token_text(header: &Header<'_>, which: &str) -> Option<String> {
    let id = header.whole(&format!("tokenizer.ggml.{which}_token_id"))?;
    match header.array("tokenizer.ggml.tokens")?.items().nth(usize::try_from(id).ok()?)? {
        super::gguf::Value::Text(bytes) => String::from_utf8(bytes.to_vec()).ok(),
        _ => None,
    }
}

/// The file's template, or a usual one.
pub(super) fn chat(source: Option<&str>, codec: &TextCodec) -> Result<ChatTemplate, LmError> {
    let begin = codec.begin().map(|id| codec.name(id)).unwrap_or_default();
    let end = codec.stops().first().map(|id| codec.name(*id)).unwrap_or_default();
    match source {
        Some(source) => ChatTemplate::new(source, &begin, &end),
        None => Ok(ChatTemplate::fallback(codec.id("<|im_start|>").is_some())),
    }
}
