//! The icons in use, by meaning (glyphs of the bundled Phosphor font).

pub const HOME: &str = "\u{e2c2}";
pub const DATA: &str = "\u{e1de}";
pub const EXPLORE: &str = "\u{e154}";
pub const SEGMENT: &str = "\u{ec5e}";
pub const PREDICT: &str = "\u{e4ae}";
pub const RECOMMEND: &str = "\u{e46a}";
pub const COPY_DESK: &str = "\u{e3b4}";
pub const VOICE: &str = "\u{e17a}";
pub const CAMPAIGN: &str = "\u{e398}";
pub const SETTINGS: &str = "\u{e434}";
pub const FILE: &str = "\u{e23a}";
pub const FOLDER: &str = "\u{e256}";
pub const PLUS: &str = "\u{e3d4}";
pub const PLAY: &str = "\u{e3d0}";
pub const AGAIN: &str = "\u{e036}";
pub const CHECK: &str = "\u{e182}";
pub const WARNING: &str = "\u{e4e0}";
pub const UNDO: &str = "\u{e08a}";
pub const REDO: &str = "\u{e08c}";
pub const MOON: &str = "\u{e330}";
pub const SUN: &str = "\u{e472}";
pub const SEARCH: &str = "\u{e30c}";
pub const CLOSE: &str = "\u{e4f6}";
pub const UP: &str = "\u{e13c}";
pub const DOWN: &str = "\u{e136}";
pub const INFO: &str = "\u{e2ce}";
pub const TAG: &str = "\u{e478}";
pub const LOCK: &str = "\u{e308}";
pub const IMPORT: &str = "\u{e4c0}";
pub const TABLE: &str = "\u{e476}";
pub const TRASH: &str = "\u{e4a6}";
pub const BAG: &str = "\u{e416}";
pub const MODEL: &str = "\u{e610}";
pub const LINK: &str = "\u{e2e2}";
pub const COPY: &str = "\u{e1ca}";
pub const PACKAGE: &str = "\u{e390}";
pub const SAVE_PICTURE: &str = "\u{e20c}";

use crate::stage::Stage;

pub fn of_stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Data => DATA,
        Stage::Segment => SEGMENT,
        Stage::Predict => PREDICT,
        Stage::Recommend => RECOMMEND,
        Stage::Voice => VOICE,
        Stage::Copy => COPY_DESK,
        Stage::Campaign => CAMPAIGN,
    }
}
