use std::path::Path;

use rand_chacha::rand_core::SeedableRng;

use super::*;

fn corpus() -> Corpus {
    Corpus::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus")).unwrap()
}

/// Numbers of a text, as runs of digits.
fn numbers(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

fn points(piece: &Piece, sheet: &Sheet) -> bool {
    matches!(piece, Piece::Control(pointer) if Pointers::of(sheet).text(*pointer).is_some())
}

#[test]
fn every_text_is_true_to_its_sheet_and_fits_its_channel() {
    let corpus = corpus();
    let maker = TaskMaker::new(&corpus, Split::Train);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut seen = BTreeSet::new();
    for round in 0..2000 {
        let held_out = if round % 4 == 0 { maker.held_out_group(4, &mut rng) } else { None };
        let group = held_out.unwrap_or_else(|| maker.group(4, &mut rng));
        let facts = serde_json::to_string(&group.sheet).unwrap();
        let known = numbers(&facts);
        for (brief, copy) in &group.copies {
            let text = &Pointers::of(&group.sheet).fill(copy);
            let label = |label: &str| group.sheet.attributes.iter().any(|(known, _)| known == label);
            assert!(copy.iter().all(|piece| matches!(piece, Piece::Text(_)) || points(piece, &group.sheet)), "{facts}");
            assert!(brief.focus.iter().all(|focus| label(focus)));
            assert!(text.contains(&group.sheet.name), "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
            assert!(text.chars().count() <= brief.channel.max_chars(brief.lang), "{text}");
            assert_eq!(brief.lang, group.lang);
            assert!(numbers(text).iter().all(|number| known.contains(number)), "{facts} {text}");
            if let Some(focus) = &brief.focus {
                let labelled: Vec<_> = group.sheet.attributes.iter().filter(|(label, _)| label == focus).collect();
                assert_eq!(labelled.len(), 1, "{facts}");
                let value = labelled[0].1.to_lowercase();
                assert!(text.to_lowercase().contains(&value), "{focus} {text}");
            }
            seen.insert((brief.lang, brief.channel, brief.tone));
        }
    }
    assert_eq!(seen.len(), 2 * 10 * 6);
}

#[test]
fn groups_are_repeatable_and_nearly_never_empty() {
    let corpus = corpus();
    let maker = TaskMaker::new(&corpus, Split::Train);
    let draw = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..300).map(|_| maker.group(4, &mut rng)).collect::<Vec<_>>()
    };
    assert_eq!(format!("{:?}", draw(1)), format!("{:?}", draw(1)));
    assert_ne!(format!("{:?}", draw(1)), format!("{:?}", draw(2)));
    assert!(draw(3).iter().filter(|group| group.copies.is_empty()).count() < 5);
}

#[test]
fn held_out_examples_are_a_fortieth_and_kept_apart() {
    let corpus = corpus();
    let (train, held_out) = (TaskMaker::new(&corpus, Split::Train), TaskMaker::new(&corpus, Split::HeldOut));
    let all = |maker: &TaskMaker| -> BTreeSet<usize> {
        maker.by_category.iter().flatten().chain(maker.neutral.iter().flatten()).flatten().copied().collect()
    };
    assert!(all(&train).is_disjoint(&all(&held_out)));
    let share = all(&held_out).len() as f64 / corpus.examples.len() as f64;
    assert!((0.015..0.035).contains(&share), "{share}");
}

/// Each channel has examples that fit goods of any kind, in both languages.
#[test]
fn there_is_something_to_say_of_anything() {
    let corpus = corpus();
    let maker = TaskMaker::new(&corpus, Split::Train);
    assert!(maker.neutral.iter().flatten().all(|list| list.len() >= 10));
    assert!(maker.goods[0].len() >= 100 && maker.goods[0].len() == maker.goods[1].len());
}
