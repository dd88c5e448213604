//! A short list of well-known open models that the runtime reads. Nothing here is fetched: people download a file
//! with their browser. Sizes are rounded. What was looked up on public copies of the models' pages says so; the rest is
//! from memory, and the page words it as that.

use super::family::Family;

/// A model that somebody may want to add.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenModel {
    pub name: &'static str,
    pub family: Family,
    /// The file to take.
    pub quantisation: &'static str,
    pub bytes: u64,
    pub licence: &'static str,
    /// The size was seen in a list of the model's files, the licence on a page of it.
    pub size_seen: bool,
    pub licence_seen: bool,
    /// Whether it writes Chinese too.
    pub chinese: bool,
    /// Where to get it.
    pub address: &'static str,
}

const MB: u64 = 1_000_000;

pub const OPEN_MODELS: [OpenModel; 9] = [
    OpenModel {
        name: "Qwen3 0.6B",
        family: Family::Qwen3,
        quantisation: "Q8_0",
        bytes: 640 * MB,
        licence: "Apache-2.0",
        size_seen: true,
        licence_seen: false,
        chinese: true,
        address: "huggingface.co/Qwen/Qwen3-0.6B-GGUF",
    },
    OpenModel {
        name: "Qwen3 1.7B",
        family: Family::Qwen3,
        quantisation: "Q8_0",
        bytes: 1_830 * MB,
        licence: "Apache-2.0",
        size_seen: false,
        licence_seen: false,
        chinese: true,
        address: "huggingface.co/Qwen/Qwen3-1.7B-GGUF",
    },
    OpenModel {
        name: "Qwen3 4B",
        family: Family::Qwen3,
        quantisation: "Q4_K_M",
        bytes: 2_500 * MB,
        licence: "Apache-2.0",
        size_seen: false,
        licence_seen: false,
        chinese: true,
        address: "huggingface.co/Qwen/Qwen3-4B-GGUF",
    },
    OpenModel {
        name: "Qwen2.5 0.5B Instruct",
        family: Family::Qwen2,
        quantisation: "Q8_0",
        bytes: 676 * MB,
        licence: "Apache-2.0",
        size_seen: false,
        licence_seen: true,
        chinese: true,
        address: "huggingface.co/Qwen/Qwen2.5-0.5B-Instruct-GGUF",
    },
    OpenModel {
        name: "SmolLM2 1.7B Instruct",
        family: Family::Llama,
        quantisation: "Q4_K_M",
        bytes: 1_060 * MB,
        licence: "Apache-2.0",
        size_seen: true,
        licence_seen: true,
        chinese: false,
        address: "huggingface.co/HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF",
    },
    OpenModel {
        name: "LFM2 1.2B",
        family: Family::Lfm2,
        quantisation: "Q4_K_M",
        bytes: 730 * MB,
        licence: "LFM Open License v1.0",
        size_seen: true,
        licence_seen: true,
        chinese: true,
        address: "huggingface.co/LiquidAI/LFM2-1.2B-GGUF",
    },
    OpenModel {
        name: "Gemma 3 1B it",
        family: Family::Gemma3,
        quantisation: "Q4_K_M",
        bytes: 810 * MB,
        licence: "Gemma Terms of Use",
        size_seen: false,
        licence_seen: true,
        chinese: false,
        address: "huggingface.co/ggml-org/gemma-3-1b-it-GGUF",
    },
    OpenModel {
        name: "Phi-3 mini 4k Instruct",
        family: Family::Phi3,
        quantisation: "Q4_K_M",
        bytes: 2_390 * MB,
        licence: "MIT",
        size_seen: false,
        licence_seen: false,
        chinese: false,
        address: "huggingface.co/microsoft/Phi-3-mini-4k-instruct-gguf",
    },
    OpenModel {
        name: "GLM-4 9B 0414",
        family: Family::Glm4,
        quantisation: "Q4_K_M",
        bytes: 6_160 * MB,
        licence: "MIT",
        size_seen: false,
        licence_seen: false,
        chinese: true,
        address: "huggingface.co/bartowski/THUDM_GLM-4-9B-0414-GGUF",
    },
];
