//! Drafts of the small random models: what must hold whatever the weights are.

use super::chat::{Message, Role};
use super::draft::{End, Settings};
use super::error::LmError;
use super::fixture::{CONTEXT, FAMILIES, Fixture};
use super::generate::{Draft, Event, Job};
use super::load::{LoadOptions, Model};
use super::lock::Lock;
use super::sampling::Sampling;
use crate::base::monitor::Monitor;
use crate::stage::copy::facts::{FactSheet, Language};
use std::sync::Arc;

fn model(family: &str, threads: usize) -> Model {
    let options = LoadOptions { threads: Some(threads), despite_memory: true };
    Model::of_bytes(&Fixture::new(family, "q8_0").bytes(), &options, &Monitor::quiet()).unwrap()
}

fn settings(max_tokens: usize) -> Settings {
    Settings { max_tokens, watch: false, sampling: Sampling { seed: 3, ..Sampling::default() }, ..Settings::default() }
}

fn job(prompt: &str, stream: u64, max_tokens: usize) -> Job {
    Job { stream, ..Job::new(prompt, settings(max_tokens)) }
}

fn draft(model: &Model, job: &Job) -> Draft {
    model.draft(job, &Monitor::quiet(), &mut |_| {}).unwrap()
}

#[test]
fn equal_seeds_give_equal_texts_on_any_number_of_threads_alone_or_in_a_batch() {
    for family in FAMILIES {
        let (one, three) = (model(family, 1), model(family, 3));
        let jobs: Vec<Job> = (0..11).map(|i| job(&format!("the warm cup {}", i % 3), i, 20 + i as usize)).collect();
        let batch = three.draft_batch(&jobs, &Monitor::quiet(), &mut |_| {}).unwrap();
        for (job, together) in jobs.iter().zip(&batch.drafts) {
            let alone = draft(&one, job);
            assert_eq!((&alone.text, alone.tokens), (&together.text, together.tokens), "{family}");
        }
        assert_ne!(batch.drafts[0].text, batch.drafts[3].text, "{family}: streams differ");
    }
}

#[test]
fn a_prompts_known_beginning_is_not_computed_again_and_changes_nothing() {
    for family in ["llama", "gemma3", "lfm2"] {
        let model = model(family, 2);
        let long = "the warm cup and the soft cotton for every day ".repeat(4);
        let (first, second) = (job(&format!("{long} tea"), 1, 12), job(&format!("{long} water"), 1, 12));
        assert_eq!(draft(&model, &first).reused_tokens, 0);
        let reused = draft(&model, &second);
        assert!(reused.reused_tokens > 20, "{family}: {}", reused.reused_tokens);
        let again = draft(&model, &second);
        assert_eq!(again.reused_tokens, again.prompt_tokens - 1);
        model.forget();
        let fresh = draft(&model, &second);
        assert_eq!((fresh.reused_tokens, &fresh.text), (0, &reused.text), "{family}");
        assert_eq!(again.text, fresh.text);
    }
}

#[test]
fn streamed_pieces_are_whole_characters_and_make_up_the_text() {
    let model = model("qwen2", 2);
    let jobs: Vec<Job> = (0..3).map(|i| job("茶", i, 60)).collect();
    let mut heard = vec![String::new(); 3];
    let batch = model.draft_batch(&jobs, &Monitor::quiet(), &mut |event| {
        if let Event::Text { draft, text, .. } = event {
            heard[draft].push_str(text);
        }
    });
    for (heard, draft) in heard.iter().zip(batch.unwrap().drafts) {
        assert_eq!(*heard, draft.text);
        assert_eq!((draft.end, draft.tokens), (End::MaxTokens, 60));
    }
}

#[test]
fn stop_words_end_a_draft_before_them_even_when_they_come_in_pieces() {
    let model = model("llama", 2);
    let free = draft(&model, &job("the cup", 5, 40));
    let word: String = free.text.chars().skip(8).take(3).collect();
    let mut stopped = job("the cup", 5, 40);
    stopped.settings.stop_words = vec![word.clone()];
    let mut heard = String::new();
    let stopped = model.draft(&stopped, &Monitor::quiet(), &mut |event| {
        if let Event::Text { text, .. } = event {
            heard.push_str(text);
        }
    });
    let stopped = stopped.unwrap();
    assert_eq!(stopped.end, End::StopWord(word.clone()));
    assert_eq!(stopped.text, free.text[..free.text.find(&word).unwrap()]);
    assert_eq!(heard, stopped.text);
}

#[test]
fn a_cancelled_draft_is_an_error_between_tokens() {
    let model = model("llama", 2);
    let monitor = Monitor::quiet();
    let mut pieces = 0;
    let outcome = model.draft(&job("tea", 0, 400), &monitor, &mut |_| {
        pieces += 1;
        if pieces == 3 {
            monitor.cancel();
        }
    });
    assert!(matches!(outcome, Err(LmError::Cancelled(_))));
    assert_eq!(pieces, 3);
}

#[test]
fn what_does_not_fit_or_says_nothing_is_refused_before_the_work() {
    let model = model("llama", 1);
    let refused = |job: &Job| model.draft(job, &Monitor::quiet(), &mut |_| {}).unwrap_err();
    assert_eq!(refused(&job(" \n", 0, 5)), LmError::EmptyPrompt);
    let tokens = model.codec().encode("tea ".repeat(100).as_str()).unwrap().len();
    let long = job(&"tea ".repeat(100), 0, CONTEXT - tokens + 7);
    let draft = long.settings.max_tokens;
    assert_eq!(refused(&long), LmError::Context { context: CONTEXT, prompt: tokens, draft, over: 7 });
    assert!(matches!(refused(&job(&"tea".repeat(1_000_000), 0, 5)), LmError::Context { .. }));
    assert!(matches!(refused(&job("tea", 0, 0)), LmError::Setting { field: "max_tokens", .. }));
    let mut wild = job("tea", 0, 5);
    wild.settings.sampling.temperature = f32::NAN;
    assert!(matches!(refused(&wild), LmError::Setting { field: "temperature", .. }));
}

/// A repetition penalty below 1 rewards what has been said, and makes any model run in circles.
#[test]
fn circles_and_other_languages_end_a_draft() {
    let model = model("qwen2", 2);
    let mut ends = Vec::new();
    for stream in 0..6 {
        let mut job = job("the cup", stream, 200);
        job.settings.watch = true;
        job.settings.language = Some(Language::English);
        job.settings.sampling = Sampling { temperature: 0.0, repetition: 0.5, ..Sampling::default() };
        job.prompt = format!("the cup {stream}").into();
        ends.push(draft(&model, &job).end);
    }
    assert!(ends.iter().any(|end| matches!(end, End::Loop | End::Drift)), "{ends:?}");
}

/// Random models write digits and units all the time; the lock lets only the sheet's through.
#[test]
fn locked_drafts_hold_no_unsupported_claim() {
    let sheet = FactSheet {
        name: "Cup 12".into(),
        facts: vec!["Holds 250 ml".into(), "两层".into(), "keeps warm 6 hours".into()],
        prices: vec!["$4".into()],
        ..FactSheet::default()
    };
    let lock = Arc::new(Lock::new(&sheet));
    let (mut free, mut locked, mut prevented) = (0, 0, 0);
    for family in ["llama", "phi3"] {
        let model = model(family, 2);
        let jobs = |lock: Option<Arc<Lock>>| -> Vec<Job> {
            (0..16).map(|i| Job { lock: lock.clone(), ..job("the cup 1 2 3 holds", i, 80) }).collect()
        };
        let all = |jobs: &[Job]| model.draft_batch(jobs, &Monitor::quiet(), &mut |_| {}).unwrap().drafts;
        for draft in all(&jobs(None)) {
            free += lock.allowed().unsupported(&draft.text).len();
        }
        for draft in all(&jobs(Some(lock.clone()))) {
            locked += lock.allowed().unsupported(&draft.text).len();
            prevented += draft.prevented.len();
            assert!(draft.tokens > 0);
        }
    }
    assert!(free > 50, "{free} claims without the lock");
    assert_eq!(locked, 0);
    assert!(prevented > 50, "{prevented} prevented");
}

#[test]
fn a_locked_draft_is_streamed_without_taking_anything_back_and_can_be_replayed() {
    let lock = Arc::new(Lock::new(&FactSheet { facts: vec!["250 ml".into()], ..FactSheet::default() }));
    let model = model("llama", 2);
    let jobs: Vec<Job> = (0..6).map(|i| Job { lock: Some(lock.clone()), ..job("the cup holds", i, 60) }).collect();
    let mut heard = vec![String::new(); jobs.len()];
    let batch = model.draft_batch(&jobs, &Monitor::quiet(), &mut |event| {
        if let Event::Text { draft, text, .. } = event {
            heard[draft].push_str(text);
        }
    });
    for ((job, heard), together) in jobs.iter().zip(&heard).zip(batch.unwrap().drafts) {
        assert_eq!(*heard, together.text);
        let alone = draft(&model, job);
        assert_eq!((alone.text, alone.prevented), (together.text, together.prevented));
    }
}

#[test]
fn the_files_template_makes_the_prompt() {
    let model = model("qwen3", 1);
    let text = model.chat().render(&[Message::new(Role::User, "Tea? ")]).unwrap();
    assert_eq!(text, "<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n");
    let tokens = model.prompt_tokens(&job(&text, 0, 5)).unwrap();
    assert_eq!(tokens.first().copied(), model.codec().id("<|im_start|>"));
}

#[test]
fn all_logits_of_a_text_are_those_of_its_beginnings() {
    let model = model("gemma3", 2);
    let tokens = model.codec().encode("the warm cup for every day").unwrap();
    let all = model.logits(&tokens, &Monitor::quiet()).unwrap();
    assert_eq!(all.len(), tokens.len());
    for len in 1..=tokens.len() {
        let own = model.logits(&tokens[..len], &Monitor::quiet()).unwrap();
        assert_eq!(own[len - 1], all[len - 1]);
    }
}
