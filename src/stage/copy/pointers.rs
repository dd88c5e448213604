//! Pointers: the tokens by which the house model states a sheet's fields, and the texts that they stand for.

use super::prompt::{Piece, Sheet, Special, attributes, clean, heads};

/// What each pointer on a sheet stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointers {
    texts: Vec<(Special, String)>,
}

impl Pointers {
    pub fn of(sheet: &Sheet) -> Self {
        let heads = heads(sheet).filter(|(mark, _)| *mark != Special::CATEGORY);
        let mut texts: Vec<(Special, String)> = heads.map(|(mark, text)| (mark, clean(text))).collect();
        for (index, (label, value)) in attributes(sheet) {
            texts.extend([(Special::value(index), clean(value)), (Special::label(index), clean(label))]);
        }
        Self { texts }
    }

    pub fn text(&self, pointer: Special) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == pointer).map(|(_, text)| text.as_str())
    }

    /// The pointers that may stand in copy about the sheet.
    pub fn all(&self) -> impl Iterator<Item = Special> {
        self.texts.iter().map(|(pointer, _)| *pointer)
    }

    /// Copy with every pointer's text in its place; other control tokens say nothing.
    pub fn fill(&self, copy: &[Piece]) -> String {
        let mut out = String::new();
        for piece in copy {
            match piece {
                Piece::Control(pointer) => {
                    let text = self.text(*pointer).map(|text| in_place(&out, *pointer, text));
                    out.extend(text);
                }
                Piece::Text(text) => out.push_str(text),
            }
        }
        out
    }
}

/// A pointer's text as it stands after `before`: values and labels begin in a capital letter where a sentence or a
/// bullet point begins.
pub fn in_place(before: &str, pointer: Special, text: &str) -> String {
    let opens = |c: char| matches!(c, '.' | '!' | '?' | '\n');
    let last = before.trim_end_matches(' ');
    let begins = last.is_empty() || last.ends_with(opens) || last.ends_with("\n-") || last == "-";
    let attribute = pointer.0 >= Special::value(0).0;
    match text.chars().next() {
        Some(first) if begins && attribute && first.is_ascii_lowercase() => {
            format!("{}{}", first.to_ascii_uppercase(), &text[1..])
        }
        _ => text.to_owned(),
    }
}

/// Finds a sheet's fields in written copy and puts pointers in their place: longer fields first, whole words and
/// numbers only. What is no field stays text.
pub fn point(sheet: &Sheet, copy: &str) -> Vec<Piece> {
    let mut pointers = Pointers::of(sheet).texts;
    pointers.retain(|(pointer, text)| pointer.0 < Special::label(0).0 && text.chars().count() > 1);
    pointers.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    let mut out = vec![Piece::Text(copy.to_owned())];
    for (pointer, text) in &pointers {
        out = out.into_iter().flat_map(|piece| cut(piece, *pointer, text)).collect();
    }
    out
}

/// A piece of text cut at every place where `field` stands.
fn cut(piece: Piece, pointer: Special, field: &str) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let (mut out, mut from) = (Vec::new(), 0);
    for (at, found) in text.match_indices(field) {
        let rest = &text[at + found.len()..];
        let (before, after) = (text[..at].chars().next_back(), rest.chars().next());
        let decimal = |rest: &str| rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        let goes_on = field.ends_with(|c: char| c.is_ascii_digit()) && decimal(rest);
        if at < from || joined(before, field.chars().next()) || joined(field.chars().next_back(), after) || goes_on {
            continue;
        }
        out.extend((at > from).then(|| Piece::Text(text[from..at].to_owned())));
        out.push(Piece::Control(pointer));
        from = at + found.len();
    }
    out.extend((from < text.len()).then(|| Piece::Text(text[from..].to_owned())));
    out
}

/// Two neighbours that belong to one word or number.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    let Some((left, right)) = left.zip(right) else { return false };
    let latin = |c: char| c.is_alphabetic() && (c as u32) < 0x2E80;
    (latin(left) && latin(right))
        || (left.is_ascii_digit() && right.is_ascii_digit())
        || (left == '.' && right.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::copy::prompt::readable;

    fn sheet() -> Sheet {
        Sheet {
            name: "Hillside Teapot".to_owned(),
            brand: Some("云汀".to_owned()),
            category: Some("Tea ware".to_owned()),
            price: Some("$24.90".to_owned()),
            attributes: vec![("Material".to_owned(), "celadon".to_owned()), ("产地".to_owned(), "景德镇".to_owned())],
        }
    }

    #[test]
    fn pointers_stand_for_whole_fields() {
        let mut long = sheet();
        long.attributes[0].1 = format!("  {}\n", "v".repeat(500));
        let pointers = Pointers::of(&long);
        assert_eq!(pointers.text(Special::value(0)), Some("v".repeat(500).as_str()));
        assert_eq!(pointers.text(Special::label(1)), Some("产地"));
        assert_eq!(pointers.text(Special::CATEGORY), None);
        assert_eq!(pointers.text(Special::value(2)), None);
        assert_eq!(pointers.all().count(), 3 + 2 * 2);
    }

    #[test]
    fn pointers_are_filled_and_found_again() {
        let sheet = sheet();
        let (text, field) = (|text: &str| Piece::Text(text.to_owned()), Piece::Control);
        let copy = [
            field(Special::value(0)),
            text(" on the "),
            field(Special::NAME),
            text(". "),
            field(Special::value(0)),
            text(" for "),
            field(Special::PRICE),
            field(Special::value(7)),
        ];
        let filled = Pointers::of(&sheet).fill(&copy);
        assert_eq!(filled, "Celadon on the Hillside Teapot. Celadon for $24.90");
        let found =
            readable(&point(&sheet, "The Hillside Teapot: celadon, no celadonite. At $24.90, not $24.905. $24.90."));
        assert_eq!(found, "The <|name|>: <|f0|>, no celadonite. At <|price|>, not $24.905. <|price|>.");
        assert_eq!(readable(&point(&sheet, "云汀的茶壶，产地景德镇。")), "<|brand|>的茶壶，产地<|f1|>。");
    }

    #[test]
    fn a_bullet_and_a_sentence_begin_in_a_capital() {
        let at = |before: &str| in_place(before, Special::value(0), "celadon");
        assert_eq!([at(""), at("- "), at("Cup\n- "), at("It is good. ")], ["Celadon"; 4]);
        assert_eq!([at("in "), at("Material: "), at("half-")], ["celadon"; 3]);
        assert_eq!(in_place("", Special::BRAND, "orrin"), "orrin");
    }
}
