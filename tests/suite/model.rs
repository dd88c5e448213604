//! Language models: the page in the real App and the verb on the real binary, with a tiny model of random weights.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};

use shopwright::stage::copy::channel::CopyLang;
use shopwright::stage::copy::lm::desk::{ModelSource, house_file};
use shopwright::stage::copy::lm::house::net::{Net, Shape};
use shopwright::stage::copy::lm::house::tokenizer::HouseTokenizer;
use shopwright::store::settings::Settings;
use shopwright::ui::page::models::ModelsCommand;
use shopwright::ui::{Action, Command, Page};
use tempfile::TempDir;

use crate::support::Stand;

/// A GGUF file of the house model's form: two layers of random weights, a tokenizer of a few words.
fn tiny_model(path: &Path) -> PathBuf {
    let words = (0..700_u32).map(|i| format!("w{i} {0}{1} {0}{1}", char::from(b'a' + (i % 26) as u8), i / 9));
    let tokenizer = HouseTokenizer::train(&words.collect::<Vec<_>>(), 480).expect("trained");
    let shape = Shape { vocab: 480, width: 256, layers: 2, heads: 4, ffn: 256, context: 768, rope_base: 10_000.0 };
    let net = Net::new(shape, 3).expect("made");
    shopwright::stage::copy::lm::house::gguf::write(path, &net, &tokenizer, "Tiny writer").expect("written");
    path.to_owned()
}

fn settings(stand: &Stand) -> Settings {
    Settings::load(&stand.folder.join("settings.json"))
}

#[test]
fn a_model_is_added_tried_made_the_default_and_removed() {
    let mut stand = Stand::new();
    stand.click("Settings");
    stand.click("Language models");
    assert_eq!(stand.app().page(), Page::Models);
    assert!(stand.sees("House model") && stand.sees("Qwen3 1.7B") && stand.sees("Apache-2.0"));
    if house_file().is_none() {
        assert!(stand.sees("Not there yet") && stand.sees("still being trained"));
    }

    let file = tiny_model(&stand.folder.join("tiny.gguf"));
    stand.script.will_choose(file.clone());
    stand.click("Add a model");
    assert!(stand.sees("Add Tiny writer?"));
    stand.click("Copy it here");
    let copy = stand.folder.join("models").join("tiny.gguf");
    assert_eq!(std::fs::read(&copy).expect("copied"), std::fs::read(&file).expect("there"));
    stand.click("Tiny writer");
    for fact in ["llama", "Q8_0", "768 tokens", "MIT OR Apache-2.0"] {
        assert!(stand.sees(fact), "{fact}");
    }

    stand.click("Test run");
    assert!(stand.sees("tokens a second") && stand.sees("loaded"), "{:?}", stand.app().failures());
    assert!(!stand.sees("No model is loaded"));
    stand.click("Unload");
    for _ in 0..500 {
        stand.harness.step();
        if stand.sees("No model is loaded") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(4));
    }
    assert!(stand.sees("No model is loaded"));

    let source = ModelSource::File(copy.clone());
    stand.send(Command::Models(ModelsCommand::SetWriter(CopyLang::Zh, source.clone())));
    assert_eq!(settings(&stand).models.writer_of(CopyLang::Zh), source);
    assert_eq!(settings(&stand).models.writer_of(CopyLang::En), ModelSource::House);

    // All of it is there after a restart, the speed too.
    let mut stand = stand.again();
    stand.send(Command::Do(Action::Go(Page::Models)));
    stand.click("Tiny writer");
    assert!(stand.sees("with 8 drafts at once"));
    stand.click("Delete the copy");
    assert!(copy.exists(), "asked for once only");
    stand.click("Really delete");
    assert!(!copy.exists() && file.exists());
    assert!(!stand.sees("Tiny writer"));
    assert_eq!(settings(&stand).models.writer_of(CopyLang::Zh), ModelSource::House);
}

/// The command line adds a model while the window is open; the window saves its own settings afterwards.
#[test]
fn a_model_added_by_the_command_line_meanwhile_is_not_lost() {
    let mut stand = Stand::new();
    stand.send(Command::SetTheme(shopwright::store::settings::ThemeChoice::Light));
    let file = tiny_model(&stand.folder.join("tiny.gguf"));
    let mut other = settings(&stand);
    other.models.links.push(file.clone());
    other.save(&stand.folder.join("settings.json")).expect("saved");
    stand.send(Command::SetTheme(shopwright::store::settings::ThemeChoice::Dark));
    let kept = settings(&stand);
    assert_eq!((kept.models.links, kept.theme), (vec![file], shopwright::store::settings::ThemeChoice::Dark));
    stand.send(Command::Do(Action::Go(Page::Models)));
    assert!(stand.sees("Tiny writer"));
    stand.click("Tiny writer");
    stand.click("Take off the list");
    assert!(settings(&stand).models.links.is_empty());
}

#[test]
fn a_dropped_model_is_linked_and_a_broken_one_is_told_in_words() {
    let mut stand = Stand::new();
    let file = tiny_model(&stand.folder.join("tiny.gguf"));
    let whole = std::fs::read(&file).expect("there");
    stand.send(Command::Models(ModelsCommand::Look(file.clone())));
    assert_eq!(stand.app().page(), Page::Models);
    stand.click("Use it where it is");
    assert_eq!(settings(&stand).models.links, std::slice::from_ref(&file));
    stand.click("Tiny writer");
    stand.click("Compute");
    let known = settings(&stand).models.known(&ModelSource::File(file.clone())).cloned();
    assert_eq!(known.and_then(|known| known.sha256).map(|sum| sum.len()), Some(64));
    stand.click("Take off the list");
    assert!(file.exists());
    assert!(settings(&stand).models.links.is_empty());

    let mut other = whole.clone();
    other[4] = 7;
    for (name, content, words) in [
        ("cut.gguf", &whole[..whole.len() - 9_000], "the download was broken off"),
        ("head.gguf", &whole[..100], "ends in its first part"),
        ("empty.gguf", &[], "not a GGUF"),
        ("text.gguf", b"hello, I am a text", "not a GGUF"),
        ("version.gguf", &other, "GGUF version 7"),
    ] {
        let path = stand.write(name, content);
        stand.send(Command::Models(ModelsCommand::Look(path)));
        assert!(stand.sees(words), "{name}: {:?}", stand.app().failures());
        stand.click("Dismiss");
    }
    // A model that is there but no longer whole stays on the list and says why it can't be used.
    stand.send(Command::Models(ModelsCommand::Add { path: file.clone(), copy: false }));
    std::fs::write(&file, &whole[..whole.len() - 9_000]).expect("written");
    stand.send(Command::Models(ModelsCommand::Want));
    assert!(stand.sees("can’t be used"));
}

fn shopwright(home: &Path, args: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_shopwright"))
        .args(args)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("starts")
}

fn json(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = std::str::from_utf8(&output.stdout).expect("UTF-8");
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_verb_lists_adds_checks_and_measures() {
    let folder = TempDir::new().expect("temp folder");
    let home = folder.path();
    let file = tiny_model(&home.join("tiny.gguf"));
    let file = file.to_str().expect("path");
    let list = json(&shopwright(home, &["model", "list", "--json"]));
    assert_eq!(list["models"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&list["models"][0]["source"], list["models"][0]["error"].is_null()),
        (&"house".into(), house_file().is_some())
    );

    let checked = json(&shopwright(home, &["model", "check", file, "--json"]));
    assert_eq!((&checked["family"], &checked["quantisation"]), (&"llama".into(), &"Q8_0".into()));
    assert_eq!((checked["context"].as_u64(), checked["fits_memory"].as_bool()), (Some(768), Some(true)));

    let added = json(&shopwright(home, &["model", "add", file, "--json"]));
    assert_eq!((&added["name"], &added["sha256"]), (&"Tiny writer".into(), &checked["sha256"]));
    let linked = json(&shopwright(home, &["model", "add", file, "--link", "--json"]));
    assert_eq!(linked["linked"], true);
    let list = json(&shopwright(home, &["model", "list", "--json"]));
    assert_eq!(list["models"].as_array().map(Vec::len), Some(3));

    let bench = json(&shopwright(home, &["model", "bench", "--model", "Tiny writer", "--json"]));
    let keys: Vec<&str> = bench.as_object().expect("object").keys().map(String::as_str).collect();
    let wanted =
        ["model", "prompt_tokens_per_s", "decode_tokens_per_s", "batch8_tokens_per_s", "first_token_ms", "rss_mb"];
    assert_eq!(keys, wanted);
    assert!(wanted[1..].iter().all(|key| bench[*key].as_f64().is_some_and(|n| n > 0.0)), "{bench}");
}

#[test]
fn the_verb_judges_a_model_by_the_corpus() {
    let folder = TempDir::new().expect("temp folder");
    let file = tiny_model(&folder.path().join("tiny.gguf"));
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus");
    let (file, corpus) = (file.to_str().expect("path"), corpus.to_str().expect("path"));
    let args = ["model", "evaluate", "--model", file, "--sheets", "4", "--drafts", "2", "--corpus", corpus, "--json"];
    let judged = json(&shopwright(folder.path(), &args));
    assert_eq!((judged["all"]["drafts"].as_u64(), judged["all"]["unsupported"].as_u64()), (Some(8), Some(0)));
    assert_eq!(judged["samples"].as_array().map(Vec::len), Some(8));
    assert!(judged["misses"].as_array().is_some_and(|misses| !misses.is_empty()));
}

#[test]
fn a_model_that_cannot_be_used_is_one_line_and_code_1() {
    let folder = TempDir::new().expect("temp folder");
    let file = tiny_model(&folder.path().join("tiny.gguf"));
    let whole = std::fs::read(&file).expect("there");
    for (name, content, mend) in
        [("cut.gguf", &whole[..whole.len() / 2], "download it again"), ("empty.gguf", &[], ".gguf")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        for verb in ["check", "add"] {
            let output = shopwright(folder.path(), &["model", verb, path.to_str().expect("path"), "--json"]);
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(error.trim_end().lines().count() == 1 && error.contains(name) && error.contains(mend), "{error}");
            assert!(output.stdout.is_empty());
        }
    }
    let output = shopwright(folder.path(), &["model", "bench", "--model", "no such", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("model list"));
    assert_eq!(shopwright(folder.path(), &["model"]).status.code(), Some(2));
}
