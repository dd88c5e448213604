//! The Data page from problem to features: profile, cleaning, rows set aside, one row a customer.

use shopwright::project::TableId;
use shopwright::stage::data::clean::CleanAction;
use shopwright::store::feature_run::{self, FeatureSummary};
use shopwright::ui::page::data::DataCommand;
use shopwright::ui::{Action, Command};

use crate::support::Stand;

/// Orders with planted faults: two rows twice, stray spaces, a row without customer, one price far outside.
const ORDERS: &str = "order_id,user_id,item_id,city,price,order_time\n\
    1,a,x,Suzhou,10,2024-03-01\n\
    2,b,y, Suzhou,12,2024-03-02\n\
    2,b,y, Suzhou,12,2024-03-02\n\
    3,a,x,Suzhou ,11,2024-03-03\n\
    4,c,z,Hangzhou,9,2024-03-04\n\
    4,c,z,Hangzhou,9,2024-03-04\n\
    5,,z,Hangzhou,9,2024-03-05\n\
    6,d,x,Hangzhou,10,2024-03-06\n";

fn with_orders() -> (Stand, TableId) {
    let mut stand = Stand::new();
    let file = stand.write("orders.csv", ORDERS);
    stand.send(Command::Data(DataCommand::look(file)));
    stand.click("Import");
    stand.click("Done");
    let id = stand.app().project().and_then(|p| p.tables().next().map(|(id, _)| id)).expect("imported");
    (stand, id)
}

fn steps(stand: &mut Stand, id: TableId) -> Vec<CleanAction> {
    let table = stand.app().project().and_then(|p| p.table(id)).expect("there");
    table.cleaning.steps.iter().filter(|step| step.on).map(|step| step.what.clone()).collect()
}

#[test]
fn a_problem_is_told_repaired_with_one_click_and_the_repair_undone() {
    let (mut stand, id) = with_orders();
    stand.click("Profile");
    assert!(stand.sees("2 rows repeat exactly"));
    assert!(stand.sees("3 cells of city have stray spaces"));
    stand.click("Keep one of each");
    assert!(matches!(steps(&mut stand, id)[..], [CleanAction::DropDuplicates { .. }]));
    assert!(!stand.sees("rows repeat exactly"), "the profile is of the rows after cleaning");
    assert!(stand.sees("1 repaired"));

    stand.click("Cleaning");
    assert!(stand.sees("7 rows become 5"));
    assert!(stand.sees("2 rows left out"));
    stand.click("Tidy the spaces");
    assert_eq!(steps(&mut stand, id).len(), 2);
    assert!(stand.sees("2 cells changed"));
    assert!(stand.sees("before") && stand.sees("after"), "examples of the newest step are shown");
    // Off, then on again, then in another order.
    stand.click("Step is done 1");
    assert_eq!(steps(&mut stand, id).len(), 1);
    assert!(stand.sees("Switched off") && stand.sees("7 rows become 7"));
    stand.click("Step is done 1");
    stand.click("Move down");
    assert!(matches!(steps(&mut stand, id)[..], [CleanAction::Trim { .. }, CleanAction::DropDuplicates { .. }]));
    stand.send(Command::Do(Action::Undo));
    assert!(matches!(steps(&mut stand, id)[..], [CleanAction::DropDuplicates { .. }, CleanAction::Trim { .. }]));

    let stand_again = &mut stand.again();
    assert_eq!(steps(stand_again, id).len(), 2, "the recipe is kept with the table");
}

#[test]
fn rows_set_aside_survive_in_the_project_and_are_exported_with_file_line_and_reason() {
    let (stand, id) = with_orders();
    let mut stand = stand.again();
    stand.click("Data");
    stand.click("Set aside");
    assert!(stand.sees("1 set aside") && stand.sees("No customer"));
    let out = stand.folder.join("aside.csv");
    stand.script.will_choose(&out);
    stand.click("Export these rows");
    let text = std::fs::read_to_string(&out).expect("written");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "file,line,reason,text");
    assert_eq!(lines.len(), 2);
    assert!(lines[1].starts_with("orders.csv,8,no_user,"), "{}", lines[1]);
    let table = stand.app().project().and_then(|p| p.table(id)).expect("there").clone();
    let aside = table.aside.expect("kept");
    assert_eq!((aside.rows_read, aside.rows()), (8, 1));
    assert_eq!(aside.rows_read, table.chunks.iter().map(|chunk| chunk.rows).sum::<u64>() + aside.rows());
}

#[test]
fn features_are_made_with_their_definitions_and_are_out_of_date_when_cleaning_changes() {
    let (mut stand, _) = with_orders();
    stand.click("Customers and features");
    assert!(stand.sees("No features yet"));
    stand.click("Make features");
    assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
    assert!(stand.sees("4 customers"));
    assert!(stand.sees("Left out, and why") || stand.sees("Definitions"));
    let project = stand.app().project().expect("open");
    let (id, run) = feature_run::newest(project).expect("made");
    let summary = FeatureSummary::of_run(run).expect("readable");
    assert_eq!(summary.customers, 4);
    assert!(!summary.skipped.is_empty(), "an order table has no viewing time");
    assert!(project.run_is_fresh(run));
    let orders = summary.columns.iter().any(|column| column.name == "orders");
    assert!(orders, "{:?}", summary.columns);

    stand.click("orders");
    stand.click("Profile");
    stand.click("Keep one of each");
    let project = stand.app().project().expect("open");
    assert!(!project.run_is_fresh(project.run(id).expect("stays")));
    stand.click("Customers and features");
    assert!(stand.sees("Out of date"));

    // The table comes back with the project.
    let mut stand = stand.again();
    stand.click("Data");
    stand.click("Customers and features");
    assert!(stand.sees("4 customers"));
    stand.click("Rows");
    assert!(stand.app().failures().is_empty());
}

#[test]
fn a_file_shaped_like_one_remembered_is_read_as_that_one_was() {
    let mut stand = Stand::new();
    let first = stand.write("march.csv", "user_id,behavior,time\n1,pv,2024-03-01\n2,buy,2024-03-02\n");
    stand.send(Command::Data(DataCommand::look(first)));
    stand.click("Remember for files like this");
    stand.click("Import");
    stand.click("Done");
    let kept = stand.app().project().expect("open").items_of::<shopwright::stage::data::read::ReadTemplate>();
    assert_eq!(kept.len(), 1);
    let mut stand = stand.again();
    let second = stand.write("april.csv", "user_id,behavior,time\n3,pv,2024-04-01\n4,buy,2024-04-02\n");
    stand.send(Command::Data(DataCommand::look(second)));
    assert!(stand.sees("april.csv"));
    assert!(stand.sees("Read as last time"), "the wizard says that the template was used");
}

#[test]
fn the_wizard_says_what_is_missing_before_anything_is_read_and_leads_on_to_cleaning() {
    let mut stand = Stand::new();
    let file = stand
        .write("moves.csv", "who,product_id,event,time\na,1,view,2024-03-01\nb,2,buy,2024-03-02\nb,2,buy,2024-03-02\n");
    stand.send(Command::Data(DataCommand::look(file.clone())));
    let roles = |given: &[(&str, shopwright::stage::data::Role)]| {
        let roles = given.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect();
        Box::new(shopwright::stage::data::read::ReadRecipe { roles, ..Default::default() })
    };
    use shopwright::stage::data::Role;
    stand.send(Command::Data(DataCommand::Look { path: file.clone(), recipe: roles(&[("who", Role::Other)]) }));
    assert!(stand.sees("must be the Customer"), "{:?}", stand.labels());
    stand.click("Import");
    assert!(stand.app().project().is_some_and(|p| p.tables().next().is_none()), "the button waits for the column");
    stand.send(Command::Data(DataCommand::Look { path: file, recipe: roles(&[("who", Role::User)]) }));
    assert!(!stand.sees("must be the Customer"));
    stand.click("Import");
    assert!(stand.sees("3 rows read") && stand.sees("100 % of the file"));
    stand.click("Continue to cleaning");
    assert!(stand.sees("Add a step") && stand.sees("repeat exactly"), "{:?}", stand.labels());
}
