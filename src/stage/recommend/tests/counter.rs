//! The counter: what is asked and what it answers.

use super::*;
use crate::stage::recommend::counter::{Ask, Counter, Off, Who};
use crate::stage::recommend::export::{ListsAsk, lists, table};
use crate::stage::recommend::fit::{Fit, FitRecipe};
use crate::stage::recommend::list::Fallback;
use crate::stage::recommend::rules::{Reason, Rules};

const ALL: [Algorithm; 3] = [Algorithm::Als, Algorithm::Ease, Algorithm::Neighbours];

fn counter(log: Option<&EventLog>) -> Counter {
    let fit =
        Fit::make(planted(60, 40, 11), &Catalogue::absent(), &FitRecipe::of(&ALL), &Monitor::quiet(), &mut |_| {});
    Counter::open(fit.unwrap(), Vec::new(), log, &Monitor::quiet()).unwrap()
}

#[test]
fn a_preview_is_the_recommenders_own_scores_with_ranks_counted_from_one() {
    let counter = counter(None);
    let preview = counter.preview(&Ask::customer("u7", &ALL, 10)).unwrap();
    assert_eq!(preview.history.len(), counter.data().events_of(7).len());
    for answer in &preview.answers {
        let scores = scores_of(&counter.fitted(answer.algorithm).unwrap().model, &counter.data().history(7));
        for (place, why) in answer.list.places.iter().zip(&answer.why) {
            assert_eq!(place.score, scores[place.item as usize]);
            let gap = (why.total() - place.score).abs();
            assert!(gap <= 1e-4 * place.score.abs().max(1.0), "{:?}: {gap}", answer.algorithm);
        }
        for (item, rank) in &answer.ranks {
            let own = scores[*item as usize];
            let better = scores.iter().filter(|score| **score > own).count();
            assert_eq!(*rank, own.is_finite().then_some(better + 1), "{:?} {item}", answer.algorithm);
        }
        assert!(answer.ranks_before.is_empty());
    }
}

#[test]
fn leaving_events_out_is_the_same_as_never_having_had_them() {
    let counter = counter(None);
    let history = counter.data().history(9);
    let gone = history.row()[0].0;
    let off = vec![Off { item: counter.items.name(gone).to_owned(), time: None }];
    let preview = counter.preview(&Ask { off, ..Ask::customer("u9", &ALL, 10) }).unwrap();
    let left: Vec<PastEvent> = history.events().iter().copied().filter(|event| event.item != gone).collect();
    let without = counter.data().imagine(left);
    for answer in &preview.answers {
        let scores = scores_of(&counter.fitted(answer.algorithm).unwrap().model, &without);
        assert!(answer.list.places.iter().all(|place| place.score == scores[place.item as usize]));
        assert!(answer.why.iter().flat_map(|why| &why.parts).all(|part| part.item != gone));
        assert_eq!(answer.ranks_before.len(), answer.ranks.len());
    }
    assert!(preview.history.iter().all(|past| past.off == (past.event.item == gone)));
}

#[test]
fn a_visitor_begins_with_best_sellers_and_ends_with_what_goes_with_the_picks() {
    let counter = counter(None);
    let visitor = |added: Vec<(String, EventKind)>| Ask { who: Who::Visitor, added, ..Ask::customer("", &ALL, 5) };
    let nothing = counter.preview(&visitor(Vec::new())).unwrap();
    assert!(nothing.answers.iter().all(|answer| answer.list.fallback == Fallback::NoHistory));
    assert_eq!(nothing.answers[0].list.places[0].item, counter.best_sellers(1)[0].item);
    // Items 2, 6, 10 are of one taste: i % 4 == 2.
    let picks = ["i2", "i6", "i10"].map(|id| (id.to_owned(), EventKind::Purchase)).to_vec();
    let found = counter.preview(&visitor(picks)).unwrap();
    for answer in &found.answers {
        let alike = answer.list.places.iter().filter(|place| place.item % 4 == 2).count();
        assert!(alike >= 3, "{:?}: {:?}", answer.algorithm, answer.list.places);
    }
    let odd = counter.preview(&visitor(vec![("nothing like it".into(), EventKind::View)])).unwrap();
    assert_eq!(odd.unknown, ["nothing like it"]);
}

#[test]
fn strangers_and_recommenders_that_were_not_learned_are_refused() {
    let counter = counter(None);
    let stranger = counter.preview(&Ask::customer("nobody", &ALL, 5)).unwrap_err();
    assert_eq!(stranger, RecommendError::UnknownUser { id: "nobody".into() });
    let other = counter.preview(&Ask::customer("u1", &[Algorithm::Bpr], 5)).unwrap_err();
    assert_eq!(other, RecommendError::NotFitted { algorithm: Algorithm::Bpr });
}

#[test]
fn lists_for_everybody_are_the_previews_and_newcomers_are_among_them() {
    let data = planted(60, 40, 11);
    let mut log = EventLog::default();
    let mut push = |user: &str, item: &str, kind, time| {
        log.push(RawEvent { user, item, kind, time, quantity: None, order: None }).unwrap();
    };
    for (user, event) in data.rows() {
        push(data.users.name(user), data.items.name(event.item), event.kind, event.time);
    }
    push("newcomer", "i3", EventKind::Purchase, Moment(99 * 86_400));
    push("u4", "i9", EventKind::Purchase, Moment(99 * 86_400));
    let counter = counter(Some(&log));
    assert_eq!(counter.live.behind().events, 2);
    let ask = ListsAsk { algorithm: Algorithm::Ease, customers: None, rules: Rules::default(), n: 4 };
    let rows = lists(&counter, &ask, &|_| None, &Monitor::quiet()).unwrap();
    assert_eq!(rows.len(), 61);
    for row in &rows {
        let id = counter.live.name(row.user);
        let preview = counter.preview(&Ask::customer(id, &[Algorithm::Ease], 4)).unwrap();
        let (alone, listed) = (&preview.answers[0].list.places, &row.list.places);
        let items = |places: &[list::Place]| places.iter().map(|place| place.item).collect::<Vec<_>>();
        assert_eq!(items(alone), items(listed), "{id}");
    }
    // The newest purchase of u4 is no longer offered.
    let own = rows.iter().find(|row| counter.live.name(row.user) == "u4").unwrap();
    assert!(own.list.places.iter().all(|place| counter.items.name(place.item) != "i9"));
    let frame = table(&counter, &rows).unwrap();
    assert_eq!((frame.height(), frame.width()), (rows.iter().map(|row| row.list.places.len()).sum(), 8));
}

#[test]
fn rules_hold_on_every_list_and_what_they_took_is_told() {
    let counter = counter(None);
    let plain = counter.preview(&Ask::customer("u3", &[Algorithm::Als], 5)).unwrap();
    let first = counter.items.name(plain.answers[0].list.places[0].item).to_owned();
    let rules = Rules { exclude: vec![first.clone()], ..Rules::default() };
    let preview = counter.preview(&Ask { rules, ..Ask::customer("u3", &[Algorithm::Als], 5) }).unwrap();
    let list = &preview.answers[0].list;
    assert!(list.places.iter().all(|place| counter.items.name(place.item) != first));
    let told = list.removed.iter().find(|removed| counter.items.name(removed.item) == first).unwrap();
    assert_eq!(told.reason, Reason::Excluded);
}
