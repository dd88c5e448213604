//! Every word on the screen, in both languages, a line each; one file a topic.
//!
//! A word is a function of the language: `text::home::title(lang)`. One that names something takes it as an
//! argument: `text::common::rows(lang, "1,204")`. Leaving one language out does not compile.

pub mod action;
pub mod clean;
pub mod common;
pub mod copy;
pub mod data;
pub mod error;
pub mod explore;
pub mod feature;
pub mod formula;
pub mod home;
pub mod model;
pub mod number;
pub mod predict;
pub mod predict_say;
pub mod profile;
pub mod recommend;
pub mod segment;
pub mod segment_tools;
pub mod source;
pub mod stage;

/// The language of the interface. The language of copy belongs to its brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    #[default]
    En,
    Zh,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    pub fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    /// From the system's locale: anything Chinese is Chinese, everything else English.
    pub fn from_system() -> Self {
        let locale = sys_locale::get_locale().unwrap_or_default();
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}

/// `name => "English", "中文";` makes `name(lang)`; `name(a, b) => "… {a} …", "… {b} …";` makes `name(lang, a, b)`.
/// `ALL` lists every entry, for the test that each has a glyph.
macro_rules! words {
    ($( $name:ident $( ( $($arg:ident),+ ) )? => $en:literal, $zh:literal; )+) => {
        $( words!(@one $name $( ( $($arg),+ ) )? => $en, $zh); )+
        /// Every entry of this file: name, English, Chinese.
        pub const ALL: &[(&str, &str, &str)] = &[ $( (stringify!($name), $en, $zh) ),+ ];
    };
    (@one $name:ident => $en:literal, $zh:literal) => {
        pub fn $name(lang: $crate::ui::text::Lang) -> &'static str {
            lang.pick($en, $zh)
        }
    };
    (@one $name:ident ( $($arg:ident),+ ) => $en:literal, $zh:literal) => {
        pub fn $name(lang: $crate::ui::text::Lang, $($arg: impl std::fmt::Display),+) -> String {
            match lang {
                $crate::ui::text::Lang::En => format!($en),
                $crate::ui::text::Lang::Zh => format!($zh),
            }
        }
    };
}
pub(crate) use words;

/// Every entry of every file, for the tests.
pub fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    [
        action::ALL,
        clean::ALL,
        common::ALL,
        copy::ALL,
        data::ALL,
        error::ALL,
        explore::ALL,
        feature::ALL,
        formula::ALL,
        home::ALL,
        model::ALL,
        predict::ALL,
        predict_say::ALL,
        profile::ALL,
        recommend::ALL,
        segment::ALL,
        segment_tools::ALL,
        source::ALL,
        stage::ALL,
    ]
    .into_iter()
    .flatten()
}
