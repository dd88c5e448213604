//! The project's tables as stages read them: cleaned, joined, found by role.

use std::path::Path;

use polars::prelude::*;
use shopwright::base::Monitor;
use shopwright::base::time::Moment;
use shopwright::project::{Edit, Project, Table, TableId};
use shopwright::stage::data::clean::{CleanAction, CleanRecipe};
use shopwright::stage::data::features::{self, EventColumns, FeatureInput, FeatureRecipe, ProductTable, ReviewTable};
use shopwright::stage::data::sample::{self, SampleRecipe};
use shopwright::stage::data::{Role, TableKind};
use shopwright::store::blob::Reader;
use shopwright::store::ingest::Ingest;
use shopwright::store::sources::{FeatureChoice, SourceError, Sources, shop_inputs};
use shopwright::store::{Opened, Store};
use tempfile::TempDir;

struct Shop {
    store: Store,
    project: Project,
    _folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let folder = TempDir::new().expect("temp folder");
        let project = Project::named("test");
        let store = Store::create(&folder.path().join("test.shopwright"), &project).expect("made");
        Self { store, project, _folder: folder }
    }

    fn put(&mut self, name: &str, kind: TableKind, roles: &[(&str, Role)], frame: DataFrame) -> TableId {
        let mut ingest = Ingest::default();
        ingest.push(frame, Path::new(name), &mut |blob| self.store.put_blob(&blob)).expect("written");
        let roles: Vec<_> = roles.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect();
        let table = ingest.finish(name, name, kind, &roles, Moment(0));
        let id = self.project.next_table_id();
        self.edit(id, table);
        id
    }

    fn edit(&mut self, id: TableId, table: Table) {
        let edit = Edit::Table(id, Some(table));
        self.store.write(std::slice::from_ref(&edit)).expect("saved");
        self.project.apply(edit).expect("fits");
    }

    fn clean(&mut self, id: TableId, steps: Vec<CleanAction>) {
        let mut table = self.project.table(id).expect("there").clone();
        table.cleaning = CleanRecipe { steps: steps.into_iter().map(Into::into).collect() };
        self.edit(id, table);
    }

    fn reader(&self) -> Reader {
        self.store.reader().expect("reader")
    }
}

fn column(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    let column = frame.column(name).expect(name).cast(&DataType::Float64).expect("a number");
    column.f64().expect("numbers").iter().collect()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    let column = frame.column(name).expect(name).cast(&DataType::String).expect("text");
    column.str().expect("text").iter().map(|text| text.unwrap_or("-").to_owned()).collect()
}

const ORDER_ROLES: [(&str, Role); 5] =
    [("客户", Role::User), ("货号", Role::Item), ("时间", Role::Time), ("数量", Role::Quantity), ("单价", Role::Price)];

fn orders(users: Column) -> DataFrame {
    let n = users.len() as i64;
    let times: Vec<i64> = (0..n).map(|i| 86_400 * i).collect();
    let quantity: Vec<i64> = (0..n).map(|i| if i == 1 { -1 } else { 2 }).collect();
    df!["货号" => vec!["a"; n as usize], "时间" => times, "数量" => quantity, "单价" => vec![10.0; n as usize]]
        .expect("frame")
        .hstack(&[users.with_name("客户".into())])
        .expect("fits")
}

/// Two files of orders, one with numbers as ids, one with text: 7 bought 2, gave 1 back, bought 2 again and 2 more in
/// the second file; x bought nothing but a return.
#[test]
fn orders_of_several_files_become_purchases_and_returns() {
    let mut shop = Shop::new();
    shop.put("one", TableKind::Orders, &ORDER_ROLES, orders(Column::new("u".into(), [7_i64, 7, 7])));
    shop.put("two", TableKind::Orders, &ORDER_ROLES, orders(Column::new("u".into(), ["7", "x"])));
    let reader = shop.reader();
    let monitor = Monitor::default();
    let choice = FeatureChoice::of(&shop.project);
    let set = Sources::new(&shop.project, &reader).features(&choice, &monitor).expect("features");
    assert_eq!(texts(&set.frame, "user"), ["7", "x"]);
    assert_eq!(column(&set.frame, "purchases"), [Some(3.0), Some(0.0)]);
    assert_eq!(column(&set.frame, "returns"), [Some(1.0), Some(1.0)]);
    assert_eq!(column(&set.frame, "monetary"), [Some(3.0 * 20.0 - 10.0), Some(-10.0)]);
    assert_eq!(shop_inputs(&shop.project).len(), 2);
}

/// An amount of the whole line stands in for the price of a piece.
#[test]
fn a_price_is_found_in_the_amount() {
    let mut shop = Shop::new();
    let frame = df!["u" => ["a", "a"], "t" => [0_i64, 9], "n" => [4_i64, -1], "total" => [20.0, -5.0]].expect("frame");
    let roles = [("u", Role::User), ("t", Role::Time), ("n", Role::Quantity), ("total", Role::Amount)];
    shop.put("o", TableKind::Orders, &roles, frame);
    let reader = shop.reader();
    let set = Sources::new(&shop.project, &reader).features(&FeatureChoice::default(), &Monitor::default());
    assert_eq!(column(&set.expect("features").frame, "monetary"), [Some(15.0)]);
}

#[test]
fn cleaning_is_done_on_the_way_and_makes_what_was_computed_out_of_date() {
    let mut shop = Shop::new();
    let id = shop.put("o", TableKind::Orders, &ORDER_ROLES, orders(Column::new("u".into(), [7_i64, 7, 8])));
    let before = shop_inputs(&shop.project);
    let rename = CleanAction::Rename { column: "客户".into(), to: "customer".into() };
    let map = vec![(shopwright::stage::data::cell::Value::Integer(7), None)];
    shop.clean(
        id,
        vec![
            CleanAction::MapValues { column: "客户".into(), map },
            rename,
            CleanAction::DropMissing { columns: vec!["customer".into()] },
        ],
    );
    assert_ne!(shop_inputs(&shop.project), before);
    // The file says the same after it was closed and opened.
    let Shop { store, project, _folder } = shop;
    let path = store.path().to_owned();
    store.close().expect("closed");
    let Opened { store, project: again, .. } = Store::open(&path).expect("opens");
    assert_eq!(again, project);
    let reader = store.reader().expect("reader");
    let sources = Sources::new(&again, &reader);
    let set = sources.features(&FeatureChoice::default(), &Monitor::default()).expect("features");
    assert_eq!(texts(&set.frame, "user"), ["8"]);
    assert_eq!(reader.frame(again.table(id).expect("there"), None).expect("rows").height(), 3);
}

#[test]
fn a_step_that_does_not_fit_any_more_is_named() {
    let mut shop = Shop::new();
    let id = shop.put("o", TableKind::Orders, &ORDER_ROLES, orders(Column::new("u".into(), [7_i64])));
    shop.clean(id, vec![CleanAction::DropColumn { column: "gone".into() }]);
    let reader = shop.reader();
    let failed = Sources::new(&shop.project, &reader).events(&Monitor::default());
    assert!(matches!(failed, Err(SourceError::Clean { table, .. }) if table == "o"));
    shop.clean(id, vec![CleanAction::DropColumn { column: "时间".into() }]);
    let failed = Sources::new(&shop.project, &reader).events(&Monitor::default());
    assert!(matches!(failed, Err(SourceError::NoRole { role: Role::Time, .. })));
}

#[test]
fn a_table_of_sessions_is_numbered_and_chosen_when_there_is_nothing_else() {
    let mut shop = Shop::new();
    let frame = df!["pages" => [3_i64, 5], "bought" => [false, true]].expect("frame");
    let id = shop.put("sessions", TableKind::Features, &[("bought", Role::Label)], frame);
    let choice = FeatureChoice::of(&shop.project);
    assert_eq!(choice, FeatureChoice::Table(id));
    let reader = shop.reader();
    let set = Sources::new(&shop.project, &reader).features(&choice, &Monitor::default()).expect("features");
    assert_eq!(column(&set.frame, "user"), [Some(1.0), Some(2.0)]);
    assert_eq!(set.frame.get_column_names(), ["user", "pages", "bought"]);
    assert!(matches!(
        Sources::new(&shop.project, &reader).feature_input(&Monitor::default()),
        Err(SourceError::NoEvents)
    ));
}

/// The sample shop through the project gives the features that its own frames give.
#[test]
fn the_sample_shop_comes_through_whole() {
    let recipe = SampleRecipe { users: 150, products: 60, events: 6_000, ..SampleRecipe::default() };
    let monitor = Monitor::default();
    let mut shop = Shop::new();
    let mut frames = std::collections::BTreeMap::new();
    for made in sample::tables(&recipe, &monitor).expect("sample") {
        let roles: Vec<_> = made.roles.iter().map(|(name, role)| (name.as_str(), *role)).collect();
        frames.insert(made.name.to_owned(), made.frame.clone());
        shop.put(made.name, made.kind, &roles, made.frame);
    }
    let reader = shop.reader();
    let sources = Sources::new(&shop.project, &reader);
    let input = sources.feature_input(&monitor).expect("input");
    let through = features::compute(&input, &FeatureRecipe::default(), &monitor).expect("features");
    let named = |role: Role, kind: TableKind| {
        let (_, table) = shop.project.tables().find(|(_, table)| table.kind == kind).expect("table");
        table.name_of(role)
    };
    let of = |role| named(role, TableKind::Events);
    let straight = FeatureInput {
        events: frames["events"].clone(),
        columns: EventColumns {
            user: of(Role::User).expect("user"),
            item: of(Role::Item).expect("item"),
            event: of(Role::Event),
            time: of(Role::Time).expect("time"),
            dwell: of(Role::Dwell),
            quantity: of(Role::Quantity),
            price: of(Role::Price),
            order: of(Role::Order),
            category: of(Role::Category),
        },
        products: Some(ProductTable {
            frame: frames["products"].clone(),
            item: named(Role::Item, TableKind::Products).expect("item"),
            category: named(Role::Category, TableKind::Products),
            title: named(Role::Name, TableKind::Products),
        }),
        reviews: Some(ReviewTable {
            frame: frames["reviews"].clone(),
            user: named(Role::User, TableKind::Reviews).expect("user"),
            item: named(Role::Item, TableKind::Reviews),
            rating: named(Role::Rating, TableKind::Reviews),
            mood: None,
            time: named(Role::Time, TableKind::Reviews),
        }),
    };
    let straight = features::compute(&straight, &FeatureRecipe::default(), &monitor).expect("features");
    assert!(through.frame.width() > 30 && through.skipped.is_empty(), "{:?}", through.skipped);
    assert!(through.frame.equals_missing(&straight.frame));
}
