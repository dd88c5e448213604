//! The front desk of the language model: what the copy desk, the models page and the command line use.
//!
//! ```ignore
//! let shelf = ModelKeeper::default();                       // one for the whole program
//! let model = shelf.model(&ModelSource::House, &LoadOptions::default(), monitor)?; // loaded once, then kept
//! let requests = [Request::new(sheet, brief)];              // the lock is on unless it is switched off
//! let batch = drafts(&model, &requests, monitor, &mut |event| /* text as it comes */)?;
//! ```
//!
//! The house model gets its own form of prompt in tokens, any other model the same request as chat messages in its
//! own template; who asks need not know which.

use super::chat::{Message, Role};
use super::draft::Settings;
use super::error::LmError;
use super::fields::Fields;
use super::generate::{Batch, Event, Job, Prompt};
use super::load::{Card, LoadOptions, Model, inspect, inspect_bytes};
use super::lock::Lock;
use super::sampling::Sampling;
use crate::base::monitor::Monitor;
use crate::stage::copy::channel::{Channel, CopyLang};
use crate::stage::copy::chat::chat_messages;
use crate::stage::copy::facts::{FactSheet, Language};
use crate::stage::copy::prompt::{Brief, PROMPT_FORMAT, Piece, Sheet, prompt_pieces};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The model inside the program, where one is.
#[cfg(house_model)]
static HOUSE: Option<&[u8]> = Some(include_bytes!("../../../../assets/model/house.gguf"));
#[cfg(not(house_model))]
static HOUSE: Option<&[u8]> = None;

/// The house model's file, if the program was built with one.
pub fn house_file() -> Option<&'static [u8]> {
    HOUSE
}

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelSource {
    /// Inside the program.
    House,
    /// A GGUF file, or a folder as Hugging Face has it.
    File(PathBuf),
}

impl ModelSource {
    /// What the file says about its model, after all checks that need no loading.
    pub fn inspect(&self) -> Result<Card, LmError> {
        match self {
            Self::House => inspect_bytes(house_file().ok_or(LmError::NoHouseModel)?),
            Self::File(path) => inspect(path),
        }
    }

    pub fn open(&self, options: &LoadOptions, monitor: &Monitor) -> Result<Model, LmError> {
        match self {
            Self::House => Model::of_bytes(house_file().ok_or(LmError::NoHouseModel)?, options, monitor),
            Self::File(path) => Model::open(path, options, monitor),
        }
    }
}

/// Keeps the model that was used last, so that drafts one after the other load it once. Clones share it.
#[derive(Clone, Default)]
pub struct ModelKeeper {
    kept: Arc<Mutex<Kept>>,
}

type Kept = Option<(ModelSource, Arc<Model>)>;

impl ModelKeeper {
    /// The model at `source`: the one that is kept, or loaded now in place of another. Who still writes with the
    /// other one ends undisturbed; its memory is free then.
    pub fn model(&self, source: &ModelSource, options: &LoadOptions, monitor: &Monitor) -> Result<Arc<Model>, LmError> {
        if let Some(model) = self.kept_if(source) {
            return Ok(model);
        }
        // Two large models at once may be more than the memory holds.
        self.unload();
        let model = Arc::new(source.open(options, monitor)?);
        *self.lock() = Some((source.clone(), model.clone()));
        Ok(model)
    }

    fn kept_if(&self, source: &ModelSource) -> Option<Arc<Model>> {
        self.lock().as_ref().filter(|(kept, _)| kept == source).map(|(_, model)| model.clone())
    }

    pub fn unload(&self) {
        let kept = self.lock().take();
        drop(kept);
    }

    /// Which model is kept, and the memory its weights take.
    pub fn loaded(&self) -> Option<(ModelSource, u64)> {
        self.lock().as_ref().map(|(source, model)| (source.clone(), model.weights_bytes()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One draft that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub sheet: Sheet,
    pub brief: Brief,
    /// What may be claimed. Usually [`facts_of`] the sheet, with the catalogue's other brands among the foreign ones.
    pub facts: FactSheet,
    /// The fact lock.
    pub lock: bool,
    pub sampling: Sampling,
    /// Tokens at most; nothing for what the channel's length needs.
    pub max_tokens: Option<usize>,
    /// System and user message in place of [`chat_messages`], for models that are no house model.
    #[serde(default)]
    pub messages: Option<[String; 2]>,
    /// The draft's own random stream: variants of one request differ in it, and it is what replays one of them.
    pub stream: u64,
}

impl Request {
    pub fn new(sheet: Sheet, brief: Brief) -> Self {
        let facts = facts_of(&sheet, &brief);
        Self {
            sheet,
            brief,
            facts,
            lock: true,
            sampling: Sampling::default(),
            max_tokens: None,
            messages: None,
            stream: 0,
        }
    }

    /// `count` requests that differ in their random stream.
    pub fn variants(&self, count: usize) -> Vec<Self> {
        (0..count as u64).map(|i| Self { stream: self.stream + i, ..self.clone() }).collect()
    }

    /// The job for a model: prompt, settings, lock.
    pub fn job(&self, model: &Model) -> Result<Job, LmError> {
        let prompt = match &self.messages {
            Some(messages) if !model.reads_sheets() => model.prompt_of(messages)?,
            _ => model.prompt_for(&self.sheet, &self.brief)?,
        };
        let lock = self.lock.then(|| Arc::new(Lock::new(&self.facts)));
        let most = self.brief.channel.max_chars(self.brief.lang);
        let fields =
            model.reads_sheets().then(|| Arc::new(Fields::new(&model.codec, &self.sheet, self.brief.lang, most)));
        Ok(Job { prompt, settings: self.settings(), stream: self.stream, lock, fields })
    }

    fn settings(&self) -> Settings {
        let chars = self.brief.channel.max_chars(self.brief.lang);
        // An English token has some four characters, a Chinese character at most two tokens; half as much again
        // lets a draft end by itself and be seen to be too long.
        let tokens = match self.brief.lang {
            CopyLang::En => chars / 2,
            CopyLang::Zh => chars * 2,
        };
        let one_line = self.brief.channel.lines() == Some(1);
        Settings {
            sampling: self.sampling.clone(),
            max_tokens: self.max_tokens.unwrap_or(tokens + 16),
            stop_words: if one_line { vec!["\n".into()] } else { Vec::new() },
            language: Some(language(self.brief.lang)),
            watch: true,
        }
    }
}

/// Writes all requested drafts, up to eight at a time; those of equal sheets share the reading of their prompts.
/// `hear` gets whole characters as they come. The same model, request and stream give the same text, alone or not.
pub fn drafts(
    model: &Model,
    requests: &[Request],
    monitor: &Monitor,
    hear: &mut dyn FnMut(Event<'_>),
) -> Result<Batch, LmError> {
    let jobs: Result<Vec<Job>, LmError> = requests.iter().map(|request| request.job(model)).collect();
    model.draft_batch(&jobs?, monitor, hear)
}

/// What copy about a sheet may claim: everything that stands on it, and the brief's own words.
pub fn facts_of(sheet: &Sheet, brief: &Brief) -> FactSheet {
    let lines = sheet.attributes.iter().map(|(label, value)| format!("{label}: {value}"));
    FactSheet {
        name: sheet.name.clone(),
        brand: sheet.brand.clone().unwrap_or_default(),
        facts: sheet.category.iter().cloned().chain(lines).collect(),
        prices: sheet.price.iter().cloned().collect(),
        brief: brief.focus.clone().unwrap_or_default(),
        ..FactSheet::default()
    }
}

pub fn language(lang: CopyLang) -> Language {
    match lang {
        CopyLang::En => Language::English,
        CopyLang::Zh => Language::Chinese,
    }
}

/// A request of the program's own, to try a model with.
pub fn trial(lang: CopyLang) -> Request {
    let text = |en: &str, zh: &str| if lang == CopyLang::En { en.to_owned() } else { zh.to_owned() };
    let sheet = Sheet {
        name: text("Harbour Linen Throw", "海湾亚麻盖毯"),
        brand: Some(text("Qinghe Home", "清和家居")),
        category: Some(text("Throws", "盖毯")),
        price: Some(text("$49", "¥319")),
        attributes: vec![
            (text("Material", "材质"), text("washed linen", "水洗亚麻")),
            (text("Size", "尺寸"), "130 × 170 cm".to_owned()),
            (text("Colour", "颜色"), text("sage", "鼠尾草绿")),
        ],
    };
    let focus = Some(text("Material", "材质"));
    let tone = crate::stage::copy::channel::Tone::Warm;
    Request::new(sheet, Brief { lang, channel: Channel::Short, tone, focus })
}

impl Model {
    /// Whether it reads the house model's own form of prompt.
    pub fn reads_sheets(&self) -> bool {
        self.card.prompt_format.as_deref() == Some(PROMPT_FORMAT)
    }

    /// The prompt for a sheet and a brief, in the form that this model was trained with. Nothing in the sheet can
    /// pose as a control token or end a message.
    pub fn prompt_for(&self, sheet: &Sheet, brief: &Brief) -> Result<Prompt, LmError> {
        if self.reads_sheets() {
            return self.piece_tokens(&prompt_pieces(sheet, brief)).map(Prompt::Tokens);
        }
        let messages = chat_messages(sheet, brief).map(|message| {
            let role = if message.role == "system" { Role::System } else { Role::User };
            Message::new(role, self.codec.harmless(&message.content))
        });
        self.chat.render(&messages).map(Prompt::Text)
    }

    /// The prompt for a system and a user message.
    pub fn prompt_of(&self, messages: &[String; 2]) -> Result<Prompt, LmError> {
        let [system, user] = messages;
        let of = |role, text: &str| Message::new(role, self.codec.harmless(text));
        self.chat.render(&[of(Role::System, system), of(Role::User, user)]).map(Prompt::Text)
    }

    /// Control tokens as such, text as text.
    pub fn piece_tokens(&self, pieces: &[Piece]) -> Result<Vec<u32>, LmError> {
        let mut tokens = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Control(special) => {
                    let name = special.text();
                    let missing = || LmError::Tokenizer(format!("{name} is missing"));
                    tokens.push(self.codec.id(name).ok_or_else(missing)?);
                }
                Piece::Text(text) => tokens.extend(self.codec.encode_plain(text)?),
            }
        }
        Ok(tokens)
    }

    /// Memory that the weights take.
    pub fn weights_bytes(&self) -> u64 {
        self.weights.bytes() as u64
    }
}
