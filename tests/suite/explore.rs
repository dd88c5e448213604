//! The Explore page: every kind of chart, selections, files, charts kept.

use shopwright::project::KeptChart;
use shopwright::stage::data::explore::{Shape, Window};
use shopwright::ui::page::explore::{ChartKind, ExploreCommand};
use shopwright::ui::text::{Lang, explore as words};
use shopwright::ui::{Action, Command, Page};

use crate::support::Stand;

fn at_explore() -> Stand {
    let mut stand = Stand::new();
    stand.open_sample();
    stand.send(Command::Do(Action::Go(Page::Explore)));
    stand
}

#[test]
fn every_kind_of_chart_is_drawn_of_the_sample() {
    let mut stand = at_explore();
    for kind in ChartKind::ALL {
        stand.click(words::kind(Lang::En, kind));
        assert!(stand.app().failures().is_empty(), "{kind:?}: {:?}", stand.app().failures());
        let made = stand.app().shown_chart();
        assert_eq!(made, Some((kind, true)), "{kind:?} is not what is shown");
    }
}

#[test]
#[ignore = "open: what stands instead of a scatter without numbers is to be looked at"]
fn what_cannot_be_drawn_is_told_where_the_chart_would_stand() {
    let mut stand = at_explore();
    stand.send(Command::Do(Action::CloseProject));
    assert!(stand.sees("Nothing to draw yet"));
    let file = stand.write("words.csv", "name,tone\na,b\nc,d\n");
    stand.send(Command::Data(shopwright::ui::page::data::DataCommand::look(file)));
    stand.click("Import");
    stand.click("Done");
    stand.send(Command::Do(Action::Go(Page::Explore)));
    stand.click("Scatter");
    assert!(stand.sees("Choose a column for “Across”."), "{:?}", stand.labels());
}

#[test]
fn customers_chosen_on_the_picture_are_the_selection_and_can_be_exported() {
    let mut stand = at_explore();
    stand.click("Scatter");
    let all = Window { x: (f64::MIN, f64::MAX), y: (f64::MIN, f64::MAX) };
    stand.send(Command::Explore(ExploreCommand::Choose(Box::new(Shape::Rectangle(all)))));
    assert!(stand.sees("2,000 customers") || stand.sees("customers"), "the selection is shown");
    let chosen = stand.app().selection().expect("chosen").customers.len();
    assert!(chosen > 1000, "{chosen}");
    let out = stand.folder.join("list.csv");
    stand.script.will_choose(&out);
    stand.click("Export list");
    let text = std::fs::read_to_string(&out).expect("written");
    assert_eq!(text.lines().count(), chosen + 1);
    stand.click("Clear");
    assert!(stand.app().selection().is_none());
}

#[test]
fn a_chart_is_kept_by_name_saved_as_picture_and_data_and_found_again() {
    let mut stand = at_explore();
    stand.click("Bars");
    let (png, csv) = (stand.folder.join("chart.png"), stand.folder.join("chart.csv"));
    stand.script.will_choose(&png);
    stand.click("Save picture");
    stand.script.will_choose(&csv);
    stand.click("Save data");
    let bytes = std::fs::read(&png).expect("written");
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 5_000, "{} bytes", bytes.len());
    let text = std::fs::read_to_string(&csv).expect("written");
    assert!(text.lines().count() > 3 && text.contains("view"), "{text}");

    stand.click("Keep chart");
    stand.click("OK");
    let kept = stand.app().project().expect("open").items_of::<KeptChart>();
    assert_eq!(kept.len(), 1);
    let (name, chart) = kept[0].clone();
    stand.click("Over time");
    let mut stand = stand.again();
    stand.send(Command::Do(Action::Go(Page::Explore)));
    stand.click(&name);
    assert_eq!(stand.app().shown_chart().map(|(kind, _)| kind), Some(ChartKind::of(&chart.recipe)));
}
