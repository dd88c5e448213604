//! The floors and fences of `src/lib.rs`, held by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of `src` and the floor it stands on; imports go down only (or stay within the folder).
const FLOORS: [(&str, u8); 8] =
    [("base", 0), ("stage", 1), ("project", 2), ("store", 3), ("jobs", 4), ("cli", 5), ("ui", 5), ("app", 6)];

/// A crate or module and the only places that may name it.
const FENCES: [(&str, &[&str]); 11] = [
    ("egui::", &["ui", "app", "main.rs"]),
    ("eframe::", &["app", "main.rs"]),
    ("rfd::", &["app"]),
    ("rusqlite::", &["store"]),
    ("linfa::", &["stage"]),
    ("linfa_", &["stage"]),
    ("ndarray::", &["stage"]),
    ("candle_", &["stage/copy/lm", "stage/recommend/neural"]),
    ("tokenizers::", &["stage/copy/lm"]),
    ("std::thread::spawn", &["jobs"]),
    // Besides jobs, the team of threads that shares one product of the language model.
    ("thread::Builder", &["jobs", "stage/copy/lm/kernel"]),
];

/// What a stage may import of another: only `data`, and its own folder.
const SHARED_STAGE: &str = "data";

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("readable source folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("readable source");
        (path.strip_prefix(&root).expect("under src").to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// Code only: comments and what stands after `#[cfg(test)]` at the end of a file are left out.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let tests = text.find("\n#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..tests]
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(i, line)| (i + 1, line))
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Every `crate::name` on a line, with what follows it.
fn crate_paths(line: &str) -> Vec<&str> {
    line.match_indices("crate::").map(|(at, _)| &line[at + "crate::".len()..]).collect()
}

fn first_word(path: &str) -> &str {
    path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn floor_violation(file: &str, line: &str) -> Option<String> {
    let home = file.split('/').next()?;
    let (_, own) = FLOORS.iter().find(|(name, _)| *name == home)?;
    for path in crate_paths(line) {
        let target = first_word(path);
        if let Some((_, floor)) = FLOORS.iter().find(|(name, _)| *name == target)
            && (floor > own || (floor == own && target != home))
        {
            return Some(format!("{home} (floor {own}) names {target} (floor {floor})"));
        }
    }
    None
}

fn stage_violation(file: &str, line: &str) -> Option<String> {
    let own = file.strip_prefix("stage/")?.split('/').next()?;
    for path in crate_paths(line) {
        let Some(rest) = path.strip_prefix("stage::") else { continue };
        let target = first_word(rest);
        let is_stage = shopwright::stage::Stage::from_key(target).is_some();
        if is_stage && target != own && target != SHARED_STAGE {
            return Some(format!("stage {own} names its sibling {target}"));
        }
    }
    None
}

fn fence_violation(file: &str, line: &str) -> Option<String> {
    FENCES.iter().find_map(|(name, places)| {
        let inside = places
            .iter()
            .any(|place| file == *place || file.starts_with(&format!("{place}/")) || file == format!("{place}.rs"));
        (!inside && names_crate(line, name)).then(|| format!("{name} is for {places:?} only"))
    })
}

/// `egui::` but not `my_egui::`.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn imports_go_down_and_stay_behind_their_fences() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let file = path_text(&path);
        for (number, line) in code_lines(&text) {
            let problems = [floor_violation(&file, line), stage_violation(&file, line), fence_violation(&file, line)];
            found.extend(problems.into_iter().flatten().map(|what| format!("src/{file}:{number}: {what}")));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The only places that may hold `unsafe` code; each block says why it is sound.
const UNSAFE: [&str; 3] = ["stage/copy/lm/kernel/", "stage/copy/lm/file.rs", "stage/copy/lm/house/denormals.rs"];

#[test]
fn unsafe_code_stands_in_few_places_and_says_why() {
    let mut blocks = 0;
    for (path, text) in sources() {
        let file = path_text(&path);
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in code_lines(&text) {
            let opens = names_word(line, "unsafe") && !line.contains("unsafe fn") && !line.contains("unsafe_code");
            let allows = line.contains("allow(unsafe_code)");
            assert!(!(opens || allows) || UNSAFE.iter().any(|place| file.starts_with(place)), "src/{file}:{number}");
            if opens {
                blocks += 1;
                let before = &lines[number.saturating_sub(9)..number];
                assert!(before.iter().any(|line| line.contains("SAFETY")), "src/{file}:{number} says no reason");
            }
        }
    }
    assert!(blocks > 20, "{blocks} blocks found");
}

fn names_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

#[test]
fn the_rules_catch_what_they_are_for() {
    assert!(floor_violation("stage/data/mod.rs", "use crate::store::Store;").is_some());
    assert!(floor_violation("ui/mod.rs", "use crate::cli::Cli;").is_some());
    assert!(floor_violation("app/mod.rs", "use crate::ui::Action;").is_none());
    assert!(stage_violation("stage/segment/rfm.rs", "use crate::stage::predict::Fit;").is_some());
    assert!(stage_violation("stage/segment/rfm.rs", "use crate::stage::data::Role;").is_none());
    assert!(fence_violation("jobs/mod.rs", "use egui::Context;").is_some());
    assert!(fence_violation("store/file.rs", "use rusqlite::Connection;").is_none());
    assert!(fence_violation("project/mod.rs", "let c = rusqlite::Connection::open(p);").is_some());
    assert!(fence_violation("stage/copy/lm/net.rs", "use candle_core::Tensor;").is_none());
}

/// Every folder of `src` stands on a floor, and the map in `lib.rs` names it.
#[test]
fn the_map_names_every_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = fs::read_to_string(root.join("lib.rs")).expect("lib.rs");
    for entry in fs::read_dir(&root).expect("src") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            assert!(FLOORS.iter().any(|(floor, _)| *floor == name), "{name} stands on no floor");
            assert!(map.lines().any(|line| line.starts_with(&format!("//! {name} "))), "{name} is not in lib.rs");
        }
    }
}
