//! Inter for text and numbers, Noto Sans SC for the interface's Chinese, Phosphor for icons.
//! What stands in users' data beyond these comes from the system (eframe's `system_fonts`).

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

/// The family of semibold text: egui has families, not weights.
pub const SEMIBOLD: &str = "semibold";

pub fn font_definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    };
    add("inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf"));
    add("inter-semibold", include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"));
    add("noto-sc", include_bytes!("../../../assets/fonts/NotoSansSC-Regular.otf"));
    add("noto-sc-bold", include_bytes!("../../../assets/fonts/NotoSansSC-Bold.otf"));
    add("phosphor", include_bytes!("../../../assets/fonts/Phosphor.ttf"));
    let family = |names: [&str; 3]| names.map(str::to_owned).to_vec();
    let regular = family(["inter", "phosphor", "noto-sc"]);
    let semibold = family(["inter-semibold", "phosphor", "noto-sc-bold"]);
    fonts.families.insert(FontFamily::Proportional, regular.clone());
    fonts.families.insert(FontFamily::Monospace, regular);
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), semibold);
    fonts
}
