//! Lists for more than one customer: the best list for a segment, and what a new visitor sees.

use serde::{Deserialize, Serialize};

use super::dense::{Scored, top_n};
use super::list::{List, Server};
use super::recommender::map_scores;
use super::{EventKind, History, Interactions, PastEvent, RecommendError};
use crate::base::Monitor;

/// How deep into a member's own ranking a vote reaches.
const DEPTH: usize = 100;

/// Softens the difference between the first places (Cormack, Clarke and Büttcher, 2009).
const SOFTEN: f32 = 60.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupList {
    pub places: Vec<GroupPlace>,
    /// Members whose history counts for something; the others have no vote.
    pub voters: usize,
    pub members: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupPlace {
    pub item: u32,
    /// Mean of `1 / (60 + rank)` over the voters, times 61: 1 when everybody has it first.
    pub score: f32,
    /// Share of the voters who would have it on their own list of this length.
    pub share: f32,
}

/// The `n` items that the members' own lists agree on most. Each member's rules hold for the member's vote:
/// what one has bought does not speak for the item again.
pub fn list_for_segment(
    server: &Server<'_>,
    data: &Interactions,
    members: &[u32],
    segment: Option<&str>,
    n: usize,
    monitor: &Monitor,
) -> Result<GroupList, RecommendError> {
    tally(server, data, members, |user| data.history(user), segment, n, monitor)
}

/// The same with each member's past up to now, which may be longer than the fit's.
pub fn tally(
    server: &Server<'_>,
    data: &Interactions,
    members: &[u32],
    history: impl Fn(u32) -> History + Sync,
    segment: Option<&str>,
    n: usize,
    monitor: &Monitor,
) -> Result<GroupList, RecommendError> {
    if members.is_empty() {
        return Err(RecommendError::EmptySegment);
    }
    let voters: Vec<u32> = members.iter().copied().filter(|user| !history(*user).is_empty()).collect();
    let ballots: Vec<Vec<Scored>> = map_scores(server.model, data, &voters, monitor, |user, scores, _| {
        let past = history(user);
        if past.events().len() != data.events_of(user).len() {
            server.model.score(&past, scores);
        }
        let own = server.rules.for_customer(server.catalogue, &past, segment);
        own.hide(scores);
        top_n(scores, DEPTH.max(n))
    })?;
    let mut votes = vec![0f32; data.item_count()];
    let mut on_list = vec![0u32; data.item_count()];
    for ballot in &ballots {
        for (at, scored) in ballot.iter().enumerate() {
            votes[scored.item as usize] += (SOFTEN + 1.0) / (SOFTEN + 1.0 + at as f32);
            on_list[scored.item as usize] += u32::from(at < n);
        }
    }
    for vote in &mut votes {
        *vote = if *vote > 0.0 { *vote / voters.len() as f32 } else { super::NO_OPINION };
    }
    let place = |scored: Scored| GroupPlace {
        item: scored.item,
        score: scored.score,
        share: on_list[scored.item as usize] as f32 / voters.len() as f32,
    };
    let mut places: Vec<GroupPlace> = top_n(&votes, n).into_iter().map(place).collect();
    if places.is_empty() {
        // Nobody in the segment has a past: what a new visitor sees, and nobody's vote behind it.
        let list = server.list(&History::default(), segment, n);
        places = list.places.iter().map(|p| GroupPlace { item: p.item, score: p.score, share: 0.0 }).collect();
    }
    Ok(GroupList { places, voters: voters.len(), members: members.len() })
}

/// What somebody sees who has just looked at (or bought) these items, in this order; popular items for nobody's
/// picks. Items beyond the shop's numbers are left out.
pub fn list_for_visitor(
    server: &Server<'_>,
    data: &Interactions,
    picks: &[(u32, EventKind)],
    segment: Option<&str>,
    n: usize,
) -> (History, List) {
    let events = picks.iter().map(|&(item, kind)| PastEvent::new(item, kind, data.as_of)).collect();
    let history = data.imagine(events);
    let list = server.list(&history, segment, n);
    (history, list)
}
