//! New texts from two written ones: lines, sentences or paragraphs of one go on with those of the other. So the model
//! learns that a beginning has many ends, instead of whole texts by heart.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::parse::{Example, Slot, pieces, slots_of};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};

/// A blend keeps the tone of its first part; these go together.
pub fn alike(a: Tone, b: Tone) -> bool {
    let family = |tone| match tone {
        Tone::Plain | Tone::Expert => 0,
        Tone::Warm | Tone::Premium => 1,
        Tone::Playful | Tone::Urgent => 2,
    };
    family(a) == family(b)
}

/// `a` with an end of `b`; nothing where that would not read well: the name missing, a fact stated twice, an end that
/// leans on what stood before it.
pub fn blend(a: &Example, b: &Example, rng: &mut ChaCha8Rng) -> Option<Example> {
    if (a.lang, a.channel) != (b.lang, b.channel) || a.text == b.text {
        return None;
    }
    let (glue, parts): (&str, fn(&Example) -> Vec<String>) = match a.channel {
        Channel::Title | Channel::Ad => return None,
        Channel::Bullets | Channel::Note | Channel::Push | Channel::Email => ("\n", lines),
        Channel::Long => ("\n\n", paragraphs),
        Channel::Short | Channel::Sms | Channel::Social => ("", sentences),
    };
    let (left, right) = (parts(a), parts(b));
    let text = if a.channel == Channel::Bullets {
        mixed(&left, &right, rng)?.join(glue)
    } else {
        let (kept, from) = cuts(a.channel, left.len(), right.len(), rng)?;
        let (head, end) = (left[..kept].join(glue), right[from..].join(glue));
        if leans(&end, a.lang) && !head.contains("{name}") {
            return None;
        }
        format!("{head}{glue}{end}")
    };
    (text.contains("{name}") && !repeats(&text)).then(|| Example { text, ..a.clone() })
}

/// How much of the first to keep, and from where on to take the second.
fn cuts(channel: Channel, left: usize, right: usize, rng: &mut ChaCha8Rng) -> Option<(usize, usize)> {
    if left < 2 || right < 2 {
        return None;
    }
    let kept = rng.random_range(1..left);
    if channel == Channel::Note {
        // The hook and what belongs to it; as long as a written one.
        return (left > 2).then(|| (kept.max(2), right - (right - 1).min(2)));
    }
    Some((kept, rng.random_range(1..right)))
}

/// Bullet points of both, as many as the first has, those of the first in their order.
fn mixed(left: &[String], right: &[String], rng: &mut ChaCha8Rng) -> Option<Vec<String>> {
    let mut out = left.to_vec();
    if out.len() < 2 || right.is_empty() {
        return None;
    }
    for _ in 0..rng.random_range(1..out.len()) {
        let (to, from) = (rng.random_range(0..out.len()), rng.random_range(0..right.len()));
        if !out.contains(&right[from]) {
            out[to].clone_from(&right[from]);
        }
    }
    Some(out)
}

fn lines(example: &Example) -> Vec<String> {
    example.text.lines().map(str::to_owned).collect()
}

fn paragraphs(example: &Example) -> Vec<String> {
    example.text.split("\n\n").map(str::to_owned).collect()
}

/// Sentences with the space after them.
fn sentences(example: &Example) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = example.text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends = matches!(c, '。' | '！' | '？') || (matches!(c, '.' | '!' | '?') && chars.peek() == Some(&' '));
        let Some(last) = out.last_mut() else { continue };
        last.push(c);
        if ends && chars.peek().is_some_and(|next| !matches!(next, '”' | '"' | '」')) {
            last.extend(chars.next_if_eq(&' '));
            out.push(String::new());
        }
    }
    out
}

/// Begins with a word that needs something before it.
fn leans(end: &str, lang: CopyLang) -> bool {
    const EN: [&str; 18] = [
        "it", "its", "they", "them", "their", "this", "that", "these", "those", "he", "she", "but", "and", "so",
        "then", "there", "here", "or",
    ];
    const ZH: [&str; 16] =
        ["它", "他", "她", "这", "那", "但", "而", "所以", "于是", "其余", "剩下", "也", "又", "再", "还", "就"];
    match lang {
        CopyLang::En => {
            let word: String = end.chars().take_while(|c| c.is_alphabetic()).collect();
            EN.contains(&word.to_lowercase().as_str())
        }
        CopyLang::Zh => ZH.iter().any(|word| end.starts_with(word)),
    }
}

/// A slot other than the name twice, or the name more than twice.
fn repeats(text: &str) -> bool {
    let keys: Vec<Slot> = pieces(text).into_iter().filter_map(Result::err).map(Slot::from_key).collect();
    let names = keys.iter().filter(|slot| **slot == Slot::Name).count();
    names > 2 || keys.len() - names != slots_of(text).len() - usize::from(names > 0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rand_chacha::rand_core::SeedableRng;

    use super::super::parse::parse_examples;
    use super::*;

    fn examples(lang: CopyLang, text: &str) -> Vec<Example> {
        parse_examples(text, Path::new("x.txt"), 0, lang).unwrap()
    }

    fn all(lang: CopyLang, text: &str) -> Vec<String> {
        let pair = examples(lang, text);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut out: Vec<String> =
            (0..60).filter_map(|_| blend(&pair[0], &pair[1], &mut rng)).map(|example| example.text).collect();
        out.sort();
        out.dedup();
        out
    }

    #[test]
    fn two_mails_give_a_third() {
        let text =
            "@email warm\nTea time: {name}\nPut it by the window.\n@email warm\nGood news\nThe {name} is {colour}.";
        assert_eq!(all(CopyLang::En, text), ["Tea time: {name}\nThe {name} is {colour}."]);
    }

    #[test]
    fn an_end_does_not_lean_on_what_is_gone() {
        let text = "@sms warm\nGood morning. {name} is here.\n@sms warm\nThe {name} is new. It is {colour}.";
        assert_eq!(all(CopyLang::En, text), Vec::<String>::new());
        let text = "@sms warm\n{name}到了。早上好。\n@sms warm\n新来的{name}。它是{colour}的。";
        assert_eq!(all(CopyLang::Zh, text), ["{name}到了。它是{colour}的。"]);
    }

    #[test]
    fn no_fact_comes_twice_and_bullets_keep_their_number() {
        let text =
            "@bullets plain\n- {name}\n- {size}\n- {care}\n@bullets plain\n- {brand} {name}\n- {size} wide\n- {colour}";
        let blends = all(CopyLang::En, text);
        assert!(blends.len() > 4, "{blends:?}");
        for blend in blends {
            assert_eq!(blend.lines().count(), 3);
            assert!(blend.contains("{name}") && blend.matches("{size}").count() < 2, "{blend}");
        }
    }

    #[test]
    fn sentences_are_cut_after_their_marks() {
        let example = &examples(CopyLang::En, "@sms warm\nUp? Good. {name} costs {price}.")[0];
        assert_eq!(sentences(example), ["Up? ", "Good. ", "{name} costs {price}."]);
        let example = &examples(CopyLang::Zh, "@sms warm\n他说：“好。”{name}来了！#早")[0];
        assert_eq!(sentences(example), ["他说：“好。”{name}来了！", "#早"]);
    }
}
