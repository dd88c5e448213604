//! Rules, fallbacks, live events and group lists, on a shop small enough to check by eye.

use super::*;
use crate::stage::recommend::group::{list_for_segment, list_for_visitor};
use crate::stage::recommend::list::{Fallback, List, Server, Source, diversify};
use crate::stage::recommend::live::Live;
use crate::stage::recommend::neighbours::{Neighbours, NeighboursRecipe, Similarity};
use crate::stage::recommend::popular::{Popular, PopularRecipe};
use crate::stage::recommend::rules::{CompiledRules, Lift, Owned, Reason, Rules, Subject};

/// u0…u3 bought mugs (0 1 2), u4…u6 lamps (3 4 5), u7 nothing that counts; item 6 was never touched.
fn data() -> Interactions {
    let bought: &[(u32, &[u32])] =
        &[(0, &[0, 1]), (1, &[0, 1, 2]), (2, &[0, 2]), (3, &[0, 1, 2, 3]), (4, &[3, 4]), (5, &[3, 4, 5]), (6, &[4, 5])];
    let mut rows: Vec<(u32, PastEvent)> = bought
        .iter()
        .flat_map(|&(user, items)| items.iter().map(move |&item| (user, event(item, EventKind::Purchase, 1))))
        .collect();
    rows.push((7, event(0, EventKind::Purchase, 1)));
    rows.push((7, event(0, EventKind::Return, 2)));
    shop(8, 7, &rows, WeightRecipe::default())
}

fn catalogue(data: &Interactions) -> Catalogue {
    let mut items = (*data.items).clone();
    let product = |number: usize| Product {
        id: format!("i{number}"),
        category: Some(if number < 3 { "Mugs" } else { "Lamps" }.into()),
        brand: (number == 1).then(|| "Acme".into()),
        price: Some(10.0 * (number + 1) as f64),
        stock: Some(if number == 2 { 0.0 } else { 5.0 }),
        ..Product::default()
    };
    // Item 6 is not in the table.
    Catalogue::new((0..6).map(product).collect(), &mut items).unwrap()
}

struct Bench {
    data: Interactions,
    catalogue: Catalogue,
    model: Neighbours,
    popular: Popular,
}

fn bench() -> Bench {
    let data = data();
    let catalogue = catalogue(&data);
    let recipe = NeighboursRecipe { similarity: Similarity::Cosine, ..NeighboursRecipe::default() };
    let model = Neighbours::fit(&data, &recipe, &Monitor::quiet()).unwrap();
    let popular = Popular::fit(&data, &catalogue, &PopularRecipe::default(), &Monitor::quiet()).unwrap();
    Bench { data, catalogue, model, popular }
}

impl Bench {
    fn with<T>(&self, rules: &Rules, ask: impl FnOnce(&Server<'_>) -> T) -> T {
        let compiled = CompiledRules::new(rules, &self.data.items, &self.catalogue).unwrap();
        let alike = |a: u32, b: u32| f32::from(u8::from(self.catalogue.category(a) == self.catalogue.category(b)));
        ask(&Server {
            model: &self.model,
            popular: &self.popular,
            catalogue: &self.catalogue,
            rules: &compiled,
            likeness: &alike,
        })
    }

    fn list(&self, rules: &Rules, user: u32, n: usize) -> List {
        self.with(rules, |server| server.list(&self.data.history(user), None, n))
    }
}

fn items(list: &List) -> Vec<u32> {
    list.places.iter().map(|place| place.item).collect()
}

#[test]
fn what_was_bought_is_left_out_and_said() {
    let bench = bench();
    // u0 has 0 and 1: 2 is theirs, then 3 through u3; 4 and 5 only through popularity.
    let list = bench.list(&Rules::default(), 0, 4);
    assert_eq!(items(&list)[..2], [2, 3]);
    assert_eq!(list.fallback, Fallback::Filled);
    assert_eq!(list.places[3].source, Source::Popular);
    assert!(list.removed.iter().any(|r| r.item == 0 && r.reason == Reason::Bought));
    assert_eq!(list.barred, [(Reason::Bought, 2), (Reason::NotInCatalogue, 1)].into());
    let keep = Rules { owned: Owned::Keep, ..Rules::default() };
    assert!(bench.list(&keep, 0, 4).places.iter().any(|place| place.item == 0));
}

#[test]
fn sent_back_is_not_bought_but_touched() {
    let bench = bench();
    let list = bench.list(&Rules::default(), 7, 9);
    assert_eq!(list.fallback, Fallback::NoHistory);
    assert!(items(&list).contains(&0), "{list:?}");
    let touched = Rules { owned: Owned::DropTouched, ..Rules::default() };
    let list = bench.list(&touched, 7, 9);
    assert!(!items(&list).contains(&0));
    assert!(list.removed.iter().any(|r| r.item == 0 && r.reason == Reason::Touched));
}

#[test]
fn every_filter_gives_its_reason() {
    let bench = bench();
    let reason_of = |rules: Rules, item: u32| {
        let list = bench.list(&rules, 4, 6);
        assert!(!items(&list).contains(&item), "{rules:?}");
        list.removed.iter().find(|r| r.item == item).map(|r| r.reason)
    };
    let rules = |change: fn(&mut Rules)| {
        let mut rules = Rules { owned: Owned::Keep, ..Rules::default() };
        change(&mut rules);
        rules
    };
    // u4's neighbours: 0 1 2 through item 3, and 3 4 5.
    assert_eq!(reason_of(rules(|r| r.not_categories = vec!["mugs ".into()]), 0), Some(Reason::Category));
    assert_eq!(reason_of(rules(|r| r.only_categories = vec!["LAMPS".into()]), 2), Some(Reason::Category));
    assert_eq!(reason_of(rules(|r| r.not_brands = vec!["acme".into()]), 1), Some(Reason::Brand));
    assert_eq!(reason_of(rules(|r| r.price_max = Some(55.0)), 5), Some(Reason::Price));
    assert_eq!(reason_of(rules(|r| r.price_min = Some(15.0)), 0), Some(Reason::Price));
    assert_eq!(reason_of(rules(|r| r.in_stock = true), 2), Some(Reason::OutOfStock));
    assert_eq!(reason_of(rules(|r| r.exclude = vec!["i5".into()]), 5), Some(Reason::Excluded));
}

#[test]
fn pins_come_first_unless_another_rule_is_against_them() {
    let bench = bench();
    let rules = Rules { pin: vec!["i5".into(), "i0".into(), "nowhere".into(), "i5".into()], ..Rules::default() };
    let list = bench.list(&rules, 0, 3);
    // i0 was bought already.
    assert_eq!(items(&list), [5, 2, 3]);
    assert_eq!(list.places[0].source, Source::Pin);
    let compiled = CompiledRules::new(&rules, &bench.data.items, &bench.catalogue).unwrap();
    assert_eq!(compiled.unknown, ["nowhere"]);
}

#[test]
fn boosts_and_burials_move_and_say_so() {
    let bench = bench();
    let lift = |subject, strength| Rules { lifts: vec![Lift { subject, strength }], ..Rules::default() };
    let boosted = bench.list(&lift(Subject::Category("lamps".into()), 1.0), 1, 3);
    assert_eq!(items(&boosted)[0], 3);
    let plain = bench.list(&Rules { owned: Owned::Keep, ..Rules::default() }, 3, 2);
    let top = plain.places[0].item;
    let mut rules = lift(Subject::Item(format!("i{top}")), -1.0);
    rules.owned = Owned::Keep;
    let buried = bench.list(&rules, 3, 2);
    assert!(!items(&buried).contains(&top));
    assert!(buried.removed.iter().any(|r| r.item == top && r.reason == Reason::Displaced && r.rank == 1));
    // The score that is told stays the model's own.
    assert_eq!(boosted.places[0].score, scores_of(&bench.model, &bench.data.history(1))[3]);
}

#[test]
fn a_segments_price_ceiling_holds_for_that_segment_only() {
    let bench = bench();
    let rules = Rules { price_ceilings: [("students".to_owned(), 35.0)].into(), ..Rules::default() };
    let list = |segment| bench.with(&rules, |server| server.list(&bench.data.history(0), segment, 5));
    assert_eq!(items(&list(Some("students"))), [2]);
    assert_eq!(list(Some("students")).barred.get(&Reason::Ceiling), Some(&3));
    assert!(items(&list(Some("others"))).contains(&3) && items(&list(None)).contains(&3));
}

#[test]
fn diversity_by_hand() {
    let scored = |item, score| Scored { item, score };
    let candidates = [scored(0, 1.0), scored(1, 0.9), scored(2, 0.5), scored(3, 0.0)];
    let alike = |a: u32, b: u32| if a / 2 == b / 2 { 1.0 } else { 0.0 };
    let order = |d: f32, n| diversify(&candidates, d, n, &alike).iter().map(|s| s.item).collect::<Vec<_>>();
    assert_eq!(order(0.0, 3), [0, 1, 2]);
    // After 0: 1 is worth .5·.9 − .5·1 = −.05, 2 is worth .25, 3 is worth 0; then 1 before 3 (−.05, −.5).
    assert_eq!(order(0.5, 4), [0, 2, 1, 3]);
    assert!(diversify(&[], 0.5, 3, &alike).is_empty());
}

#[test]
fn nobodys_past_gives_popular_items_and_says_so() {
    let bench = bench();
    let list = bench.list(&Rules::default(), 99, 3);
    assert_eq!(list.fallback, Fallback::NoHistory);
    assert!(list.places.iter().all(|place| place.source == Source::Popular));
    let (_, visitor) =
        bench.with(&Rules::default(), |server| list_for_visitor(server, &bench.data, &[(6, EventKind::View)], None, 3));
    assert_eq!(visitor.fallback, Fallback::UnknownItems);
    let (history, visitor) = bench.with(&Rules::default(), |server| {
        list_for_visitor(server, &bench.data, &[(4, EventKind::View), (77, EventKind::View)], None, 2)
    });
    assert_eq!((history.events().len(), visitor.fallback), (1, Fallback::None));
    assert!(items(&visitor).contains(&5), "{visitor:?}");
}

#[test]
fn newer_events_fold_in_at_once() {
    let bench = bench();
    let mut live = Live::new(Arc::new(bench.data.clone()));
    let raw = |user, item| RawEvent {
        user,
        item,
        kind: EventKind::Purchase,
        time: Moment(9 * 86_400),
        quantity: None,
        order: None,
    };
    for (user, item) in [("u0", "i4"), ("new", "i4"), ("new", "i5"), ("u1", "brand new"), ("", "i1")] {
        live.push(raw(user, item)).unwrap();
    }
    let behind = live.behind();
    assert_eq!((behind.events, behind.customers, behind.new_customers), (3, 2, 1));
    assert_eq!((behind.new_items, behind.waiting_events), (1, 1));
    assert_eq!(live.new_items().collect::<Vec<_>>(), ["brand new"]);
    assert_eq!(live.find("new"), Some(8));
    let before = scores_of(&bench.model, &bench.data.history(0));
    let after = scores_of(&bench.model, &live.history(0));
    assert!(before[5] == NO_OPINION && after[5] > 0.0);
    assert!(scores_of(&bench.model, &live.history(8))[3] > 0.0);
    assert_eq!(live.history(1), bench.data.history(1));
}

#[test]
fn what_a_log_holds_more_than_the_fit_is_newer_each_as_often_as_it_occurs() {
    let bench = bench();
    let mut log = EventLog::default();
    let mut push = |user: &str, item: &str, kind, time: Moment| {
        log.push(RawEvent { user, item, kind, time, quantity: None, order: None }).unwrap();
    };
    for (user, event) in bench.data.rows() {
        push(bench.data.users.name(user), bench.data.items.name(event.item), event.kind, event.time);
    }
    let (user, first) = bench.data.rows()[0];
    let repeated = (bench.data.users.name(user).to_owned(), bench.data.items.name(first.item).to_owned());
    push(&repeated.0, &repeated.1, first.kind, first.time);
    push("new", "i5", EventKind::View, Moment(1));
    let mut live = Live::new(Arc::new(bench.data.clone()));
    live.take_newer(&log, &Monitor::quiet()).unwrap();
    let behind = live.behind();
    assert_eq!((behind.events, behind.customers, behind.new_customers), (2, 2, 1));
    assert_eq!(live.history(user).events().len(), bench.data.events_of(user).len() + 1);
    assert_eq!((live.name(8), live.last_seen(8)), ("new", Some(Moment(1))));
}

#[test]
fn a_segment_agrees_on_what_its_members_would_see() {
    let bench = bench();
    let ask = |members: &[u32]| {
        bench.with(&Rules::default(), |server| {
            list_for_segment(server, &bench.data, members, None, 2, &Monitor::quiet())
        })
    };
    let mugs = ask(&[0, 2, 7]).unwrap();
    assert_eq!((mugs.members, mugs.voters), (3, 2));
    // u0 wants 2, u2 wants 1; both would see 3 next.
    assert_eq!(mugs.places.len(), 2);
    assert!(mugs.places.iter().any(|place| place.item == 3 && place.share == 1.0), "{mugs:?}");
    assert_eq!(ask(&[]), Err(RecommendError::EmptySegment));
    let nobody = ask(&[7]).unwrap();
    assert_eq!((nobody.voters, nobody.places.len()), (0, 2));
}

#[test]
fn unusable_rules_are_refused() {
    for rules in [
        Rules { diversity: 2.0, ..Rules::default() },
        Rules { price_max: Some(f64::NAN), ..Rules::default() },
        Rules { price_ceilings: [("s".to_owned(), -1.0)].into(), ..Rules::default() },
        Rules { lifts: vec![Lift { subject: Subject::Item("i0".into()), strength: 7.0 }], ..Rules::default() },
    ] {
        assert!(matches!(rules.check(), Err(RecommendError::BadSetting { .. })), "{rules:?}");
    }
    let rules = Rules { pin: vec!["i1".into()], diversity: 0.5, ..Rules::default() };
    let text = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules);
}
