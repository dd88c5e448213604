//! The request as a model gets it: the house model's sheet, and system and user message for every other model.

use super::{CopyBrief, HouseStyle, Product, product_sheet, redact};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::chat::chat_messages;
use crate::stage::copy::prompt::{Brief, Sheet};

/// What is asked of a model for one product.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub sheet: Sheet,
    pub brief: Brief,
    /// System and user message, for models that are no house model.
    pub messages: [String; 2],
}

/// Puts brief, house style and product together. Nothing of a customer is at hand here, and telephone numbers and mail
/// addresses in what people typed are taken out; product text stays inside the quotes of a JSON object.
pub fn assemble(brief: &CopyBrief, style: &HouseStyle, product: &Product) -> Asked {
    let sheet = product_sheet(product, brief.lang);
    let narrow = brief.narrow(product);
    let [system, user] = chat_messages(&sheet, &narrow).map(|message| message.content);
    let messages = match &brief.own_prompt {
        Some(own) => {
            let facts = user.find("{\n").map_or("{}", |at| &user[at..]).to_owned();
            own.clone().map(|text| redact(&text).replace("{sheet}", &facts))
        }
        None => {
            let told = told(brief, style, product);
            let (task, facts) = match user.rfind("\n\n{") {
                Some(at) => user.split_at(at),
                None => (user.as_str(), ""),
            };
            let rules = rules(style, brief.lang);
            let system = if rules.is_empty() { system } else { format!("{system}\n{rules}") };
            let user = if told.is_empty() { user.clone() } else { format!("{told}\n\n{task}{facts}") };
            [system, user]
        }
    };
    Asked { sheet, brief: narrow, messages }
}

fn rules(style: &HouseStyle, lang: CopyLang) -> String {
    let pick = |en: &'static str, zh: &'static str| if lang == CopyLang::En { en } else { zh };
    let voice = &style.voice;
    let lists = [
        (pick("The shop's voice: ", "品牌口吻："), &voice.rules),
        (pick("It sounds like: ", "像这样："), &voice.like_this),
        (pick("It never sounds like: ", "不要像这样："), &voice.not_like_this),
    ];
    let lines = lists.into_iter().filter(|(_, list)| !list.is_empty());
    lines.map(|(label, list)| format!("{label}{}", redact(&list.join("; ")))).collect::<Vec<_>>().join("\n")
}

/// Audience, words, and the three levels of instructions, a line each.
fn told(brief: &CopyBrief, style: &HouseStyle, product: &Product) -> String {
    let pick = |en: &'static str, zh: &'static str| if brief.lang == CopyLang::En { en } else { zh };
    let mut lines = brief.audience.as_ref().map(|audience| audience.lines(brief.lang)).unwrap_or_default();
    let list = |words: &[String]| words.join(pick("; ", "；"));
    let own = |text: &str| redact(text.trim());
    let mut add = |label: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{label}{text}"));
        }
    };
    let is_attribute = brief.narrow(product).focus.is_some();
    if !is_attribute {
        add(pick("Build it on: ", "围绕："), own(&brief.selling_point));
    }
    add(pick("Say these words: ", "必须出现："), own(&list(&brief.must)));
    add(pick("Use these search words: ", "用到这些搜索词："), own(&list(&brief.search_words)));
    add(pick("Never say: ", "不要出现："), own(&list(&brief.must_not)));
    add("", own(&style.instructions));
    add("", own(&brief.instructions));
    add("", own(brief.for_product.get(&product.id).map_or("", String::as_str)));
    lines.join("\n")
}

/// What to do with words that stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewrite {
    Shorter,
    Longer,
    Warmer,
    Plainer,
    Translate,
}

impl Rewrite {
    pub const ALL: [Self; 5] = [Self::Shorter, Self::Longer, Self::Warmer, Self::Plainer, Self::Translate];
}

/// System and user message that ask for other words in place of `words` within `text`.
pub fn rewrite_messages(asked: &Asked, how: Rewrite, text: &str, words: &str) -> [String; 2] {
    let lang = asked.brief.lang;
    let task = match (lang, how) {
        (CopyLang::En, Rewrite::Shorter) => "Say the marked words in fewer words.",
        (CopyLang::En, Rewrite::Longer) => "Say the marked words at more length, with facts from the sheet only.",
        (CopyLang::En, Rewrite::Warmer) => "Say the marked words more warmly.",
        (CopyLang::En, Rewrite::Plainer) => "Say the marked words more plainly.",
        (CopyLang::En, Rewrite::Translate) => "Translate the marked words into English.",
        (CopyLang::Zh, Rewrite::Shorter) => "把标出的文字说得更短。",
        (CopyLang::Zh, Rewrite::Longer) => "把标出的文字说得更长一些，只用资料里的事实。",
        (CopyLang::Zh, Rewrite::Warmer) => "把标出的文字说得更温暖。",
        (CopyLang::Zh, Rewrite::Plainer) => "把标出的文字说得更平实。",
        (CopyLang::Zh, Rewrite::Translate) => "把标出的文字译成中文。",
    };
    let only = match lang {
        CopyLang::En => "Answer with the new words alone.",
        CopyLang::Zh => "只回答改好的文字。",
    };
    let data = serde_json::json!({ "text": redact(text), "marked": redact(words) });
    let facts = asked.messages[1].rfind("\n\n{").map_or("", |at| &asked.messages[1][at..]);
    [asked.messages[0].clone(), format!("{task} {only}\n\n{data}{facts}")]
}
