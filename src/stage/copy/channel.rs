//! What kinds of copy there are: channels with their length limits, tones, languages.

use serde::{Deserialize, Serialize};

/// Language of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyLang {
    En,
    Zh,
}

impl CopyLang {
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    pub fn key(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.key() == key)
    }
}

/// Where a text is shown, which decides its shape and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Title,
    Short,
    Long,
    Bullets,
    Ad,
    Social,
    Note,
    Push,
    Sms,
    Email,
}

/// The one table of shapes: channel, key, longest English text, longest Chinese text (characters), lines (0 = free).
const SHAPES: [(Channel, &str, usize, usize, usize); 10] = [
    (Channel::Title, "title", 80, 36, 1),
    (Channel::Short, "short", 160, 70, 0),
    (Channel::Long, "long", 700, 260, 0),
    (Channel::Bullets, "bullets", 560, 230, 0),
    (Channel::Ad, "ad", 60, 28, 1),
    (Channel::Social, "social", 280, 120, 0),
    (Channel::Note, "note", 520, 280, 0),
    (Channel::Push, "push", 145, 58, 2),
    (Channel::Sms, "sms", 155, 68, 1),
    (Channel::Email, "email", 215, 95, 2),
];

impl Channel {
    pub const ALL: [Self; 10] = [
        Self::Title,
        Self::Short,
        Self::Long,
        Self::Bullets,
        Self::Ad,
        Self::Social,
        Self::Note,
        Self::Push,
        Self::Sms,
        Self::Email,
    ];

    fn shape(self) -> (&'static str, usize, usize, usize) {
        let (_, key, en, zh, lines) = SHAPES[self as usize];
        (key, en, zh, lines)
    }

    pub fn key(self) -> &'static str {
        self.shape().0
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.key() == key)
    }

    /// The longest text the channel takes, in characters.
    pub fn max_chars(self, lang: CopyLang) -> usize {
        let (_, en, zh, _) = self.shape();
        match lang {
            CopyLang::En => en,
            CopyLang::Zh => zh,
        }
    }

    /// The exact number of lines, where the channel has one (push: title and body).
    pub fn lines(self) -> Option<usize> {
        let lines = self.shape().3;
        (lines > 0).then_some(lines)
    }
}

/// How a text sounds. `Urgent` is energetic, never a claim of scarcity or a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Plain,
    Warm,
    Playful,
    Premium,
    Urgent,
    Expert,
}

impl Tone {
    pub const ALL: [Self; 6] = [Self::Plain, Self::Warm, Self::Playful, Self::Premium, Self::Urgent, Self::Expert];

    pub fn key(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Warm => "warm",
            Self::Playful => "playful",
            Self::Premium => "premium",
            Self::Urgent => "urgent",
            Self::Expert => "expert",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tone| tone.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_keys_read_back() {
        for (index, channel) in Channel::ALL.into_iter().enumerate() {
            assert_eq!(SHAPES[index].0, channel);
            assert_eq!(Channel::from_key(channel.key()), Some(channel));
            assert_eq!(serde_json::to_value(channel).ok(), Some(channel.key().into()));
            assert!(channel.max_chars(CopyLang::Zh) < channel.max_chars(CopyLang::En));
        }
        for tone in Tone::ALL {
            assert_eq!(Tone::from_key(tone.key()), Some(tone));
            assert_eq!(serde_json::to_value(tone).ok(), Some(tone.key().into()));
        }
    }
}
