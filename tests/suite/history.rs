//! Every edit has an inverse, groups are whole, undo and redo walk back and forth.

use proptest::prelude::*;
use shopwright::base::Fingerprint;
use shopwright::base::time::Moment;
use shopwright::project::document::{Document, Label};
use shopwright::project::{
    Chunk, Column, ColumnType, Edit, Input, InputRef, ItemKey, Project, Run, RunId, StageState, Table, TableId,
};
use shopwright::stage::Stage;
use shopwright::stage::data::clean::CleanRecipe;
use shopwright::stage::data::{Role, TableKind};

fn table(name: String, rows: u64) -> Table {
    Table {
        name,
        kind: TableKind::Orders,
        columns: vec![Column { name: "user".into(), kind: ColumnType::Text, role: Role::User }],
        chunks: vec![Chunk { rows, bytes: rows * 3, blob: Fingerprint::of_bytes(&rows.to_le_bytes()) }],
        source: "orders.csv".into(),
        made_at: Moment(1_700_000_000),
        cleaning: CleanRecipe::default(),
        aside: None,
    }
}

fn run(stage: Stage, seed: u64, inputs: Vec<InputRef>) -> Run {
    Run {
        stage,
        method: "test".into(),
        recipe: serde_json::json!({ "k": seed }),
        seed,
        inputs,
        made_at: Moment(1_700_000_100),
        seconds: 0.5,
        summary: serde_json::json!({}),
        parts: Vec::new(),
    }
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let small = 1i64..6;
    prop_oneof![
        ("[a-c]", proptest::option::of("[x-z]{0,3}")).prop_map(|(key, value)| Edit::Meta(key, value)),
        (small.clone(), proptest::option::of(("[a-d]{0,2}", 0u64..9)))
            .prop_map(|(id, t)| Edit::Table(TableId(id), t.map(|(name, rows)| table(name, rows)))),
        (small, proptest::option::of((0usize..7, 0u64..4))).prop_map(|(id, r)| {
            Edit::Run(RunId(id), r.map(|(stage, seed)| run(Stage::ALL[stage], seed, Vec::new())))
        }),
        ("[p-q]", "[0-2]", proptest::option::of(0i32..5))
            .prop_map(|(kind, id, value)| { Edit::Item(ItemKey { kind, id }, value.map(serde_json::Value::from)) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn apply_then_inverse_is_the_identity(before in proptest::collection::vec(any_edit(), 0..20), edit in any_edit()) {
        let mut project = Project::named("p");
        for edit in before {
            // Some don't fit (a name taken, a run made twice): they must change nothing.
            let unchanged = project.clone();
            if project.apply(edit).is_err() {
                prop_assert_eq!(&project, &unchanged);
            }
        }
        let start = project.clone();
        if let Ok(back) = project.apply(edit.clone()) {
            let after = project.clone();
            let forth = project.apply(back).expect("an inverse fits");
            prop_assert_eq!(&project, &start);
            project.apply(forth).expect("and its inverse too");
            prop_assert_eq!(&project, &after);
        }
    }

    #[test]
    fn a_group_is_applied_whole_or_not_at_all(group in proptest::collection::vec(any_edit(), 0..12)) {
        let mut project = Project::named("p");
        let start = project.clone();
        match project.apply_all(&group) {
            Ok(back) => {
                project.apply_all(&back).expect("an inverse fits");
                prop_assert_eq!(&project, &start);
            }
            Err(_) => prop_assert_eq!(&project, &start),
        }
    }

    #[test]
    fn undo_walks_back_and_redo_forth(steps in proptest::collection::vec(any_edit(), 1..15)) {
        let mut document = Document::new(Project::named("p"));
        let mut states = vec![document.project().clone()];
        for edit in steps {
            if document.apply(Label::Change("x"), &[edit], None).is_ok() {
                states.push(document.project().clone());
            }
        }
        for state in states.iter().rev().skip(1) {
            document.undo().expect("fits");
            prop_assert_eq!(document.project(), state);
        }
        prop_assert_eq!(document.undo().expect("fits"), None);
        for state in states.iter().skip(1) {
            document.redo().expect("fits");
            prop_assert_eq!(document.project(), state);
        }
    }
}

#[test]
fn a_typing_burst_is_one_step() {
    let mut document = Document::new(Project::named("a"));
    for name in ["b", "bc", "bcd"] {
        let edit = Edit::Meta("name".into(), Some(name.into()));
        document.apply(Label::RenameProject, &[edit], Some("name")).expect("fits");
    }
    assert_eq!(document.project().name(), "bcd");
    document.undo().expect("fits");
    assert_eq!(document.project().name(), "a");
    document.redo().expect("fits");
    assert_eq!(document.project().name(), "bcd");
}

#[test]
fn a_changed_input_makes_later_runs_out_of_date_and_undo_makes_them_fresh_again() {
    let mut document = Document::new(Project::named("p"));
    let apply = |document: &mut Document, edit: Edit| {
        document.apply(Label::Change("x"), &[edit], None).expect("fits");
    };
    apply(&mut document, Edit::Table(TableId(1), Some(table("orders".into(), 5))));
    let input = |document: &Document, input| document.project().input(input).expect("there");
    let segments = run(Stage::Segment, 1, vec![input(&document, Input::Table(TableId(1)))]);
    apply(&mut document, Edit::Run(RunId(1), Some(segments)));
    let predict = run(Stage::Predict, 1, vec![input(&document, Input::Run(RunId(1)))]);
    apply(&mut document, Edit::Run(RunId(2), Some(predict)));
    let states = |document: &Document| {
        [Stage::Data, Stage::Segment, Stage::Predict, Stage::Copy].map(|stage| document.project().stage_state(stage))
    };
    use StageState::{Fresh, NotRun, OutOfDate};
    assert_eq!(states(&document), [Fresh, Fresh, Fresh, NotRun]);
    apply(&mut document, Edit::Table(TableId(1), Some(table("orders".into(), 6))));
    assert_eq!(states(&document), [Fresh, OutOfDate, OutOfDate, NotRun]);
    document.undo().expect("fits");
    assert_eq!(states(&document), [Fresh, Fresh, Fresh, NotRun]);
    // Renaming the table changes no figure.
    apply(&mut document, Edit::Table(TableId(1), Some(table("all orders".into(), 5))));
    assert_eq!(states(&document), [Fresh, Fresh, Fresh, NotRun]);
    // A newer run of the same method replaces the one that was built upon.
    let again = run(Stage::Segment, 2, vec![input(&document, Input::Table(TableId(1)))]);
    apply(&mut document, Edit::Run(RunId(3), Some(again)));
    assert_eq!(states(&document), [Fresh, Fresh, OutOfDate, NotRun]);
}
