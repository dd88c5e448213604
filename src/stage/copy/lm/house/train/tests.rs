use super::*;
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::pointers::point;
use crate::stage::copy::prompt::{Brief, Sheet};
use rand::Rng;

fn recipe() -> TrainRecipe {
    let shape = Shape { vocab: 500, width: 32, layers: 1, heads: 2, ffn: 64, context: 128, rope_base: 10_000.0 };
    let adam = AdamW { rate: 1e-2, warm_up: 5, ..AdamW::default() };
    TrainRecipe { shape, adam, steps: 40, rows: 4, rows_at_once: 2, tokens_per_row: 96, ..TrainRecipe::default() }
}

/// "Cup in red": three words that must be read off the sheet.
fn group(_copies: usize, rng: &mut ChaCha8Rng) -> Group {
    let mut pick = |list: [&str; 3]| list[rng.random_range(0..3)].to_owned();
    let (name, colour) = (pick(["Cup", "Pot", "Bowl"]), pick(["red", "blue", "green"]));
    let brief = Brief { lang: CopyLang::En, channel: Channel::Ad, tone: Tone::Plain, focus: None };
    let text = format!("{name} in {colour}");
    let sheet = Sheet { name, attributes: vec![("Colour".to_owned(), colour)], ..Sheet::default() };
    Group { sheet, lang: CopyLang::En, copies: vec![(brief, vec![Piece::Text(text)])] }
}

fn tokenizer() -> HouseTokenizer {
    let text = "Cup Pot Bowl in red blue green Colour ".repeat(40);
    let words = (0..400).map(|i| format!(" w{}x{i}", i * 7919));
    HouseTokenizer::train(&[vec![text], words.collect()].concat(), 500).unwrap()
}

fn run(recipe: &TrainRecipe, out: &Path, stop_after: Option<u64>) -> (checkpoint::Checkpoint, TrainSummary) {
    let (tokenizer, monitor) = (tokenizer(), Monitor::quiet());
    let test = fixed_batches(&tokenizer, recipe, 1, &group).unwrap();
    let tests = [test.clone(), test];
    let run = Run { recipe, out, tokenizer: &tokenizer, source: &group, tests, monitor: &monitor, stop_after };
    std::fs::create_dir_all(out).unwrap();
    let mut state = run.start(None).unwrap();
    let summary = run.go(&mut state, None).unwrap();
    (state, summary)
}

fn values(state: &checkpoint::Checkpoint) -> Vec<Vec<f32>> {
    state.net.params.iter().map(|p| p.flatten_all().unwrap().to_vec1().unwrap()).collect()
}

#[test]
fn the_loss_falls_and_a_broken_off_run_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("a"), folder.path().join("b"));
    let (one, summary) = run(&recipe(), &whole, None);
    assert!(summary.finished);
    assert_eq!(summary.tokens, 40 * 4 * 96);
    let first: serde_json::Value =
        serde_json::from_str(std::fs::read_to_string(whole.join("log.jsonl")).unwrap().lines().next().unwrap())
            .unwrap();
    // Fresh weights know nothing of 500 entries: ln 500 = 6.2. Names and colours stay uncertain in the sheet.
    assert!(first["loss"].as_f64().unwrap() > 3.0, "{first}");
    assert!(summary.held_out_loss < 1.2, "{}", summary.held_out_loss);

    let (_, part) = run(&recipe(), &broken, Some(17));
    assert!(!part.finished);
    assert_eq!(part.steps, 17);
    let (two, _) = run(&recipe(), &broken, None);
    assert_eq!(values(&one), values(&two));
}

/// A network that writes "Cup in red" learns to write "red for Cup".
#[test]
fn given_weights_are_tuned_on_given_texts() {
    use super::super::tune;
    let folder = tempfile::tempdir().unwrap();
    let (learned, _) = run(&recipe(), &folder.path().join("a"), None);
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut groups: Vec<Group> = (0..30).map(|_| group(1, &mut rng)).collect();
    for group in &mut groups {
        let text = format!("{} for {}", group.sheet.attributes[0].1, group.sheet.name);
        group.copies[0].1 = point(&group.sheet, &text);
    }
    let short = TrainRecipe { steps: 40, ..recipe() };
    let (tokenizer, monitor) = (tokenizer(), Monitor::quiet());
    let out = folder.path().join("b");
    let few = tune::tune(learned.net.clone(), &tokenizer, &groups[..5], &short, &out, &monitor);
    assert!(matches!(few, Err(LmError::TooFewTexts { found: 5, .. })));
    let (tuned, summary) = tune::tune(learned.net, &tokenizer, &groups, &short, &out, &monitor).unwrap();
    assert!(summary.finished && summary.held_out_loss < 1.5, "{summary:?}");
    assert_eq!(tuned.shape, recipe().shape);
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    keep_recipe(&recipe(), folder.path()).unwrap();
    run(&recipe(), folder.path(), Some(1));
    keep_recipe(&recipe(), folder.path()).unwrap();
    let other = TrainRecipe { seed: 2, ..recipe() };
    assert!(matches!(keep_recipe(&other, folder.path()), Err(LmError::Recipe(_))));
}

#[test]
fn a_truncated_checkpoint_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    run(&recipe(), folder.path(), Some(1));
    let path = folder.path().join(CHECKPOINT);
    let bytes = std::fs::read(&path).unwrap();
    for keep in [0, 7, 100, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..keep]).unwrap();
        assert!(checkpoint::load(&path, recipe().shape).is_err(), "{keep}");
    }
    std::fs::write(&path, &bytes).unwrap();
    assert!(checkpoint::load(&path, Shape { layers: 2, ..recipe().shape }).is_err());
    assert!(checkpoint::load(&path, recipe().shape).is_ok());
}

#[test]
fn a_cancelled_training_says_so_and_keeps_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (recipe, tokenizer, monitor) = (recipe(), tokenizer(), Monitor::quiet());
    monitor.cancel();
    let (out, tests) = (folder.path(), [Vec::new(), Vec::new()]);
    let run =
        Run { recipe: &recipe, out, tokenizer: &tokenizer, source: &group, tests, monitor: &monitor, stop_after: None };
    let mut state = run.start(None).unwrap();
    assert!(matches!(run.go(&mut state, None), Err(LmError::Cancelled(_))));
    assert!(out.join(CHECKPOINT).exists());
}

#[test]
fn recipes_are_checked() {
    assert!(recipe().check().is_ok());
    assert!(TrainRecipe::default().check().is_ok());
    let wrong = [
        TrainRecipe { rows: 3, ..recipe() },
        TrainRecipe { steps: 0, ..recipe() },
        TrainRecipe { tokens_per_row: 1000, ..recipe() },
        TrainRecipe { adam: AdamW { rate: f64::NAN, ..AdamW::default() }, ..recipe() },
        TrainRecipe { shape: Shape { heads: 5, ..recipe().shape }, ..recipe() },
    ];
    for recipe in wrong {
        assert!(recipe.check().is_err(), "{recipe:?}");
    }
}
