//! Plain texts that list a sheet's facts, whatever they are: they teach the model to state attributes that no written
//! example knows, with the sheet's own labels.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::sheets::MadeSheet;
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::pointers::Pointers;
use crate::stage::copy::prompt::{Brief, MOST_ATTRIBUTES, Piece, Special};

/// Forms by channel: `N` name, `B` brand, `P` price, `1`–`4` values, `a`–`d` their labels in braces.
const EN: &[(Channel, &[&str])] = &[
    (
        Channel::Title,
        &[
            "{N}, {1}",
            "{N}, {1}, {2}",
            "{N} – {1}",
            "{B} {N}, {1}, {2}",
            "{B} {N} | {1} | {2}",
            "{N} | {1}",
            "{N} | {1} | {2} | {3}",
            "{B} {N} · {1}",
            "{N} by {B}, {1}",
            "{N}: {1}, {2}",
        ],
    ),
    (Channel::Ad, &["{N}, {1}", "{N} | {1}", "{B} {N}, {1}", "{N}: {1}, {2}", "{N}, {P}", "{N} – {1}, {P}"]),
    (
        Channel::Bullets,
        &[
            "- {N}\n- {a}: {1}\n- {b}: {2}",
            "- {N}\n- {a}: {1}\n- {b}: {2}\n- {c}: {3}",
            "- {B} {N}\n- {a}: {1}\n- {b}: {2}\n- {c}: {3}",
            "- {N} by {B}\n- {a}: {1}\n- {b}: {2}\n- Price: {P}",
            "- {N} at a glance\n- {a}: {1}\n- {b}: {2}\n- {c}: {3}\n- {d}: {4}",
        ],
    ),
    (
        Channel::Short,
        &[
            "{N} by {B}. {a}: {1}. {b}: {2}.",
            "The facts on the {N}. {a}: {1}. {b}: {2}. {c}: {3}.",
            "{N}, priced at {P}. {a}: {1}.",
            "The {N} in two lines. {a}: {1}. {b}: {2}.",
        ],
    ),
    (Channel::Push, &["{N}\n{a}: {1}. {b}: {2}.", "{N} by {B}\n{a}: {1}.", "{N}, {P}\n{a}: {1}."]),
    (Channel::Sms, &["{N}: {a}: {1}. {b}: {2}.", "{N} by {B}. {a}: {1}. Price: {P}."]),
];
const ZH: &[(Channel, &[&str])] = &[
    (
        Channel::Title,
        &[
            "{N} {1}",
            "{N} {1} {2}",
            "{B}{N} {1} {2}",
            "{B}·{N} {1}",
            "{N}｜{1}",
            "{N}｜{1}｜{2}",
            "{B} {N} {1} {2} {3}",
            "{N}，{1}，{2}",
        ],
    ),
    (Channel::Ad, &["{N}，{1}", "{N}｜{1}", "{B}{N}，{1}", "{N} {1} {2}", "{N} {P}"]),
    (
        Channel::Bullets,
        &[
            "- {N}\n- {a}：{1}\n- {b}：{2}",
            "- {B}{N}\n- {a}：{1}\n- {b}：{2}\n- {c}：{3}",
            "- {N}，资料在此\n- {a}：{1}\n- {b}：{2}\n- {c}：{3}\n- {d}：{4}",
            "- {N}，来自{B}\n- {a}：{1}\n- {b}：{2}\n- 价格：{P}",
        ],
    ),
    (
        Channel::Short,
        &[
            "{B}{N}，{a}：{1}，{b}：{2}。",
            "{N}的资料如下。{a}：{1}；{b}：{2}；{c}：{3}。",
            "{N}，标价{P}。{a}：{1}。",
            "两行字看懂{N}。{a}：{1}，{b}：{2}。",
        ],
    ),
    (Channel::Push, &["{N}\n{a}：{1}，{b}：{2}。", "{B}{N}\n{a}：{1}。", "{N} {P}\n{a}：{1}。"]),
    (Channel::Sms, &["{N}，{a}：{1}，{b}：{2}。", "{B}{N}，{a}：{1}，价格{P}。"]),
];

/// A text that lists some of the sheet's facts; nothing if it has too few, or the text gets too long for its channel.
pub fn listing(made: &MadeSheet, rng: &mut ChaCha8Rng) -> Option<(Brief, Vec<Piece>)> {
    let forms = if made.lang == CopyLang::En { EN } else { ZH };
    let (channel, forms) = *forms.choose(rng)?;
    let form = forms.choose(rng)?;
    let attributes = made.sheet.attributes.len().min(MOST_ATTRIBUTES);
    let mut order: Vec<usize> = (0..attributes).collect();
    if rng.random_bool(0.5) {
        order.shuffle(rng);
    }
    let focus = order.first().filter(|_| form.contains("{1}") && rng.random_bool(0.5));
    let focus = focus.and_then(|&index| made.sheet.attributes.get(index)).map(|(label, _)| label.clone());
    let mut out = Vec::new();
    for part in super::parse::pieces(form) {
        match part {
            Ok(text) => out.push(Piece::Text(text.to_owned())),
            Err(key) => out.push(Piece::Control(field(key, made, &order)?)),
        }
    }
    let tone = *[Tone::Plain, Tone::Plain, Tone::Expert, Tone::Expert, Tone::Premium, Tone::Urgent].choose(rng)?;
    let text = Pointers::of(&made.sheet).fill(&out);
    let fits = text.chars().count() <= channel.max_chars(made.lang);
    fits.then_some((Brief { lang: made.lang, channel, tone, focus }, out))
}

fn field(key: &str, made: &MadeSheet, order: &[usize]) -> Option<Special> {
    match key.as_bytes().first()? {
        b'N' => Some(Special::NAME),
        b'B' => made.sheet.brand.as_ref().map(|_| Special::BRAND),
        b'P' => made.sheet.price.as_ref().map(|_| Special::PRICE),
        digit @ b'1'..=b'4' => order.get(usize::from(digit - b'1')).map(|&index| Special::value(index)),
        letter @ b'a'..=b'd' => order.get(usize::from(letter - b'a')).map(|&index| Special::label(index)),
        _ => None,
    }
}
