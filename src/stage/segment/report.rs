//! A segmentation in a few figures: what the command line prints and what a run keeps as its summary.

use serde::{Deserialize, Serialize};

use super::choose_k::Verdict;
use super::matrix::Notice;
use super::persona::Bilingual;
use super::run::{Method, Segmentation};

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub method: Method,
    pub k: usize,
    /// Empty where groups were cut by definition or could not be judged.
    pub verdict: Option<Verdict>,
    pub silhouette: Option<f64>,
    pub silhouette_ci: Option<(f64, f64)>,
    pub inertia: Option<f64>,
    pub segments: Vec<SegmentLine>,
    /// Where RFM cut each measure into five scores; also where the cuts came from quantiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<CutPoints>,
    /// What a person should know about the data that went in.
    #[serde(default)]
    pub notices: Vec<Notice>,
    pub seconds: f64,
}

/// Four rising values of each measure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CutPoints {
    pub recency: [f64; 4],
    pub frequency: [f64; 4],
    pub monetary: [f64; 4],
}

/// One segment with customers in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentLine {
    pub id: u32,
    pub name: String,
    pub name_zh: String,
    pub size: u64,
    pub revenue_share: Option<f64>,
    pub sentence: String,
    pub sentence_zh: String,
    /// Categories that it buys more than others do.
    #[serde(default)]
    pub likes: Vec<String>,
}

/// Categories named as what a segment likes.
const MOST_LIKES: usize = 3;
/// So much more than everyone's share counts as liking.
const LIKED: f64 = 1.1;

impl Report {
    pub fn new(found: &Segmentation, seconds: f64) -> Self {
        let line = |card: &super::persona::Persona| {
            let Bilingual { en: name, zh: name_zh } = card.name.clone();
            let Bilingual { en: sentence, zh: sentence_zh } = card.sentence.clone();
            let (id, size, revenue_share) = (card.segment, card.size, card.revenue_share);
            let liked = card.categories.iter().filter(|favourite| favourite.lift >= LIKED).take(MOST_LIKES);
            let likes = liked.map(|favourite| favourite.short().to_owned()).collect();
            SegmentLine { id, name, name_zh, size, revenue_share, sentence, sentence_zh, likes }
        };
        Self {
            method: found.method,
            k: found.k,
            verdict: found.verdict,
            silhouette: found.silhouette,
            silhouette_ci: found.silhouette_ci,
            inertia: found.inertia,
            segments: found.personas.iter().map(line).collect(),
            cuts: found.rfm.as_ref().map(|rfm| CutPoints {
                recency: rfm.recency_cuts,
                frequency: rfm.frequency_cuts,
                monetary: rfm.monetary_cuts,
            }),
            notices: found.notices.clone(),
            seconds,
        }
    }
}
