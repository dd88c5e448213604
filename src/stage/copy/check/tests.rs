use super::*;
use crate::stage::copy::brief::Scope;
use crate::stage::copy::channel::CopyLang;

fn sheet() -> FactSheet {
    FactSheet {
        name: "Washed linen throw".into(),
        facts: ["Material: 100 % linen", "Size: 130 × 170 cm", "Certified: organic"].map(String::from).to_vec(),
        prices: vec!["¥319".into()],
        ..FactSheet::default()
    }
}

fn checker(change: impl FnOnce(&mut CopyBrief)) -> Checker {
    let mut brief = CopyBrief { scope: Scope::All, channel: Channel::Short, ..CopyBrief::default() };
    change(&mut brief);
    Checker::new(&brief, &HouseStyle::default(), &sheet()).unwrap()
}

fn told(checker: &Checker, text: &str) -> Vec<(Grade, String)> {
    let report = checker.report(text, &[]);
    let show = |finding: &Finding| match &finding.problem {
        Problem::Word { .. } | Problem::Fact(_) | Problem::NeverSay => text[finding.from..finding.to].to_owned(),
        other => format!("{other:?}"),
    };
    report.findings.iter().map(|finding| (finding.grade, show(finding))).collect()
}

#[test]
fn a_true_text_is_clean_and_a_false_one_is_not() {
    let check = checker(|_| {});
    assert!(told(&check, "A linen throw, 130 × 170 cm, for slow mornings. ¥319.").is_empty());
    let found = told(&check, "The best throw in the world: silk, 200 cm. Hurry!");
    let words: Vec<&str> = found.iter().map(|(_, word)| word.as_str()).collect();
    assert!(found.iter().all(|(grade, _)| *grade == Grade::Fault), "{found:?}");
    assert_eq!(words, ["best throw in the world", "silk", "200 cm", "Hurry"]);
    // What the sheet proves is a note, not a doubt.
    let organic = told(&check, "An organic throw of linen.");
    assert_eq!(organic, [(Grade::Note, "organic".to_owned())]);
}

#[test]
fn channel_language_words_and_closeness_are_checked() {
    let push = checker(|b| b.channel = Channel::Push);
    assert!(told(&push, "One line only").iter().any(|(_, p)| p.contains("Lines { found: 1, wanted: 2 }")));
    let long = told(&push, &format!("Title\n{}", "word ".repeat(60)));
    assert!(long.iter().any(|(_, p)| p.contains("TooLong")), "{long:?}");
    let bullets = checker(|b| b.channel = Channel::Bullets);
    assert!(told(&bullets, "- a\nb\n- c").iter().any(|(_, p)| p == "Bullets"));
    assert!(told(&bullets, "").iter().any(|(_, p)| p == "Empty"));
    let words = checker(|b| {
        b.must = vec!["gift".into()];
        b.must_not = vec!["cheap".into()];
        b.search_words = vec!["blanket".into()];
    });
    let found = told(&words, "A cheap linen throw");
    for wanted in ["MustSay(\"gift\")", "cheap", "SearchWord(\"blanket\")"] {
        assert!(found.iter().any(|(_, p)| p == wanted), "{wanted}: {found:?}");
    }
    assert!(told(&words, "这是一条中文短信，写错了语言").iter().any(|(_, p)| p == "OtherLanguage"));
    let text = "A linen throw for slow mornings and long evenings at home";
    let other = Other { near: Near::OldCopy, shingles: style::shingles(text, CopyLang::En) };
    let report = words.report(text, &[other]);
    let close = |f: &Finding| matches!(f.problem, Problem::TooClose { near: Near::OldCopy, percent: 100 });
    assert!(report.findings.iter().any(close));
}

/// What the sheet contradicts itself in is no proof.
#[test]
fn facts_that_the_sheet_is_unsure_of_are_doubtful() {
    let mut sheet = sheet();
    sheet.facts.push("material: cotton".into());
    let brief = CopyBrief { scope: Scope::All, channel: Channel::Short, ..CopyBrief::default() };
    let check = Checker::new(&brief, &HouseStyle::default(), &sheet).unwrap();
    let report = check.report("A linen throw, 130 × 170 cm.", &[]);
    let doubts: Vec<&Problem> = report.findings.iter().map(|finding| &finding.problem).collect();
    assert_eq!(doubts, [&Problem::SheetUnsure("Material".into())]);
    assert!(checker(|_| {}).report("A linen throw, 130 × 170 cm.", &[]).is_clean());
}

#[test]
fn mends_leave_a_readable_text() {
    let check = checker(|_| {});
    let mend = |text: &str, words: &str| {
        let report = check.report(text, &[]);
        let at = text.find(words).unwrap();
        let finding = report.findings.iter().find(|f| f.from <= at && at < f.to).unwrap();
        mended(text, finding).unwrap()
    };
    assert_eq!(mend("A linen throw, 200 cm, in sage.", "200"), "A linen throw, in sage.");
    assert_eq!(mend("Hurry, a linen throw.", "Hurry"), "a linen throw.");
    let zh = Checker::new(&CopyBrief { lang: CopyLang::Zh, ..CopyBrief::default() }, &HouseStyle::default(), &sheet());
    let report = zh.unwrap().report("我们最软的毯子\n给你", &[]);
    let finding = report.findings.iter().find(|f| matches!(f.problem, Problem::Word { .. })).unwrap();
    assert_eq!(mended("我们最软的毯子\n给你", finding).as_deref(), Some("我们很软的毯子\n给你"));
}

#[test]
fn hostile_texts_are_read_to_the_end() {
    let check = checker(|b| b.must_not = vec!["ß".into(), "İ".into()]);
    for text in ["İİİ", "\u{0}\u{202e}abc", &"最".repeat(3_000), &"a ".repeat(5_000), "🙂\n\n\n🙂", "ﬁß"] {
        let report = check.report(text, &[]);
        for finding in &report.findings {
            assert!(text.get(finding.from..finding.to).is_some());
            let _ = mended(text, finding);
        }
    }
}

/// The labelled sentences: violations are found with precision and recall of at least 0.95.
#[test]
fn labelled_sentences_of_both_languages() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/copy");
    let mut count = 0;
    for lang in CopyLang::ALL {
        for part in ["labelled", "labelled-more", "labelled-late"] {
            let file = folder.join(format!("{part}-{}.txt", lang.key()));
            let text = std::fs::read_to_string(&file).unwrap();
            let (mut right, mut wrong, mut missed, mut answers) = (0.0, 0.0, 0.0, [0; 3]);
            for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
                let (label, sentence) = line.split_once('\t').unwrap();
                let wanted = match label {
                    "violation" | "违规" => Answer::Violation,
                    "evidence" | "待证" => Answer::Evidence,
                    _ => Answer::Allowed,
                };
                count += 1;
                answers[wanted as usize] += 1;
                match (wanted == Answer::Violation, Rules::house(lang).verdict(sentence) == Answer::Violation) {
                    (true, true) => right += 1.0,
                    (false, true) => wrong += 1.0,
                    (true, false) => missed += 1.0,
                    (false, false) => {}
                }
            }
            assert!(answers.iter().all(|n| *n >= 10), "{file:?}: {answers:?}");
            let (precision, recall): (f64, f64) = (right / (right + wrong), right / (right + missed));
            assert!(precision >= 0.95 && recall >= 0.95, "{file:?}: precision {precision}, recall {recall}");
        }
    }
    assert!(count >= 400, "{count}");
}
