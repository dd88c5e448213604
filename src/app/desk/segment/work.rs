//! What the jobs of the Segments page do, away from the window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::Outcome;
use super::super::run::Desk;
use crate::base::{Fingerprint, Monitor};
use crate::jobs::Worker;
use crate::project::{Project, RunId};
use crate::stage::data::features::USER;
use crate::stage::segment::SegmentError;
use crate::stage::segment::apply::apply;
use crate::stage::segment::compare::{self, Period};
use crate::stage::segment::ground::{Ground, ids};
use crate::stage::segment::picture::Picture;
use crate::stage::segment::rfm::{Rfm, RfmRecipe, score};
use crate::stage::segment::rule::{self, Rule, RuleData};
use crate::stage::segment::saved::{Origin, SavedSegment, SegmentNames};
use crate::stage::segment::sets::UserSet;
use crate::store::export;
use crate::store::segments::{self, SegmentPlan};
use crate::ui::Failure;
use crate::ui::page::segment::{ExportSpec, Periods, Whom, extra};
use crate::ui::text::{error as error_words, segment_tools as words};

/// What jobs of this page work with.
pub(super) struct Bench {
    pub desk: Desk,
    pub plan: SegmentPlan,
    pub key: Fingerprint,
    pub ground: Option<Arc<Ground>>,
    pub picture: Option<(RunId, Arc<Picture>)>,
}

impl Bench {
    /// The customers: as loaded, or read now and left for the next.
    pub fn ground(&self, worker: &Worker<Outcome>) -> Result<Arc<Ground>, Failure> {
        if let Some(ground) = &self.ground {
            return Ok(ground.clone());
        }
        let made = segments::ground(&self.desk.project, &self.desk.reader()?, &self.plan.customers, &worker.monitor)?;
        let made = Arc::new(made);
        worker.partial(Outcome::Extra(extra::GROUND, self.key, made.clone()));
        Ok(made)
    }

    pub fn picture(&self) -> Result<&(RunId, Arc<Picture>), Failure> {
        let gone = || SegmentError::Unaligned { have: 0, need: 0 };
        Ok(self.picture.as_ref().ok_or_else(gone)?)
    }
}

pub(super) fn write_out(
    bench: &Bench,
    spec: &ExportSpec,
    salt: &str,
    path: &std::path::Path,
    worker: &Worker<Outcome>,
) -> Result<Outcome, Failure> {
    let (_, picture) = bench.picture()?;
    let rows: Vec<u32> = match spec.whom {
        Whom::Everyone => (0..picture.len() as u32).collect(),
        Whom::Found(segment) => picture.rows_of(segment),
        Whom::Saved(_) => rows_of(&picture.ids, &customers(bench, spec.whom, worker)?).iter().collect(),
    };
    let names: BTreeMap<u32, String> = {
        let own = bench.desk.project.item::<SegmentNames>(&spec.run.0.to_string()).unwrap_or_default();
        let cards = picture.found.personas.iter();
        cards
            .map(|card| {
                let name = own.names.get(&card.segment).unwrap_or(&card.name);
                (card.segment, spec.lang.pick(&name.en, &name.zh).clone())
            })
            .collect()
    };
    let mut frame = segments::export_frame(picture, &rows, &spec.columns, &names)?;
    if spec.hashed {
        frame = export::hashed(&frame, USER, salt)?;
    }
    let done = export::write(&frame, path, &worker.monitor)?;
    Ok(Outcome::Said(Box::new(move |lang| {
        let count = crate::ui::text::number::whole(done.rows);
        words::exported(lang, count, error_words::file_name(&done.path))
    })))
}

/// Names that a person gave to the last run's segments go on to the new ones that hold mostly the same customers.
pub(super) fn carry_names(bench: &Bench, last: Option<RunId>, picture: &mut Picture) -> Result<(), Failure> {
    let Some(id) = last else { return Ok(()) };
    let project = &bench.desk.project;
    let own = project.item::<SegmentNames>(&id.0.to_string()).unwrap_or_default();
    let Some(run) = project.run(id).filter(|_| !own.names.is_empty()) else { return Ok(()) };
    let before = match &bench.picture {
        Some((_, picture)) => picture.clone(),
        None => Arc::new(segments::load(run, &bench.desk.reader()?)?),
    };
    for (segment, name) in own.names {
        let were: BTreeSet<&str> = before.ids_of(segment).into_iter().collect();
        let alike = |now: u32| {
            let are = picture.ids_of(now);
            let both = are.iter().filter(|id| were.contains(**id)).count();
            both as f64 / (were.len() + are.len() - both).max(1) as f64
        };
        let best = (0..picture.found.k as u32).map(|now| (alike(now), now)).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, now)) = best.filter(|(alike, _)| *alike >= 0.5)
            && let Some(card) = picture.found.personas.iter_mut().find(|card| card.segment == now)
        {
            card.name = name;
        }
    }
    Ok(())
}

pub(super) fn kept(project: &Project) -> Vec<(u64, SavedSegment)> {
    let parsed = project.items_of::<SavedSegment>().into_iter();
    parsed.filter_map(|(id, segment)| Some((id.parse().ok()?, segment))).collect()
}

pub(super) fn next_id(project: &Project) -> u64 {
    kept(project).iter().map(|(id, _)| id + 1).max().unwrap_or(1)
}

/// The rows of these customers.
pub(super) fn rows_of(all: &[String], wanted: &BTreeSet<String>) -> UserSet {
    UserSet::from_fn(all.len(), |row| wanted.contains(&all[row]))
}

/// Ids of whoever is meant.
pub(super) fn customers(bench: &Bench, whom: Whom, worker: &Worker<Outcome>) -> Result<BTreeSet<String>, Failure> {
    let (_, picture) = bench.picture()?;
    Ok(match whom {
        Whom::Everyone => picture.ids.iter().cloned().collect(),
        Whom::Found(segment) => picture.ids_of(segment).into_iter().map(str::to_owned).collect(),
        Whom::Saved(id) => match bench.desk.project.item::<SavedSegment>(&id.to_string()).map(|kept| kept.origin) {
            None => BTreeSet::new(),
            Some(Origin::Customers { ids }) => ids,
            Some(Origin::Rule { rule }) => {
                let ground = bench.ground(worker)?;
                let result = ask(bench, &ground, &rule, worker)?;
                let all = ids(&ground.frame)?;
                result.set.iter().map(|row| all[row as usize].clone()).collect()
            }
        },
    })
}

/// Asks a rule with everything that is known: other segments by name, RFM groups, properties, events.
pub(super) fn ask(
    bench: &Bench,
    ground: &Ground,
    rule: &Rule,
    worker: &Worker<Outcome>,
) -> Result<rule::RuleResult, SegmentError> {
    let monitor = &worker.monitor;
    let all = ids(&ground.frame)?;
    let mut named: Vec<(String, UserSet)> = Vec::new();
    if let Some((run, picture)) = &bench.picture {
        named.extend(found_sets(bench, *run, picture, &all));
    }
    let wanted = names_in(rule);
    let kept = kept(&bench.desk.project);
    let scored = needs_rfm(rule) || kept.iter().any(|(_, kept)| kept.rule.as_ref().is_some_and(needs_rfm));
    let rfm = if scored { Some(score(&ground.frame, &RfmRecipe::default(), monitor)?) } else { None };
    let mut pending: Vec<&SavedSegment> = kept.iter().map(|(_, kept)| kept).collect();
    // A live segment may ask for another; each round answers those whose parts are known.
    while !pending.is_empty() && !wanted.is_empty() {
        let before = pending.len();
        pending.retain(|segment| {
            let set = match &segment.origin {
                Origin::Customers { ids } => Some(rows_of(&all, ids)),
                Origin::Rule { rule } => {
                    let known = names_in(rule).iter().all(|name| named.iter().any(|(known, _)| known == name));
                    known
                        .then(|| one(ground, rule, rfm.as_ref(), &named, monitor).ok().map(|result| result.set))
                        .flatten()
                }
            };
            match set {
                Some(set) => {
                    named.push((segment.name.clone(), set));
                    false
                }
                None => true,
            }
        });
        if pending.len() == before {
            break;
        }
    }
    one(ground, rule, rfm.as_ref(), &named, monitor)
}

pub(super) fn one(
    ground: &Ground,
    rule: &Rule,
    rfm: Option<&Rfm>,
    named: &[(String, UserSet)],
    monitor: &Monitor,
) -> Result<rule::RuleResult, SegmentError> {
    let data = RuleData {
        features: &ground.frame,
        events: ground.events.as_ref().map(|events| (&events.index, events.places.as_slice())),
        properties: ground.properties.as_ref(),
        rfm,
        segments: named,
        today: ground.today.unwrap_or_default(),
    };
    rule::run(rule, &data, monitor)
}

/// The run's segments under the names they have in either language.
pub(super) fn found_sets(bench: &Bench, run: RunId, picture: &Picture, all: &[String]) -> Vec<(String, UserSet)> {
    let own = bench.desk.project.item::<SegmentNames>(&run.0.to_string()).unwrap_or_default();
    let same = picture.ids.len() == all.len() && picture.ids == all;
    let mut sets = Vec::new();
    for card in &picture.found.personas {
        let set = if same {
            UserSet::from_labels(&picture.found.labels, &[card.segment])
        } else {
            rows_of(all, &picture.ids_of(card.segment).into_iter().map(str::to_owned).collect())
        };
        let name = own.names.get(&card.segment).unwrap_or(&card.name);
        sets.push((name.en.clone(), set.clone()));
        if name.zh != name.en {
            sets.push((name.zh.clone(), set));
        }
    }
    sets
}

pub(super) fn names_in(rule: &Rule) -> Vec<String> {
    match rule {
        Rule::Segment { name } => vec![name.clone()],
        group => group.parts().iter().flat_map(names_in).collect(),
    }
}

pub(super) fn needs_rfm(rule: &Rule) -> bool {
    matches!(rule, Rule::Rfm { .. }) || rule.parts().iter().any(needs_rfm)
}

/// The same customers some days earlier, asked by the same cut points and centres.
pub(super) fn periods(bench: &Bench, days: u32, worker: &Worker<Outcome>) -> Result<Periods, Failure> {
    let (_, picture) = bench.picture()?;
    let ground = bench.ground(worker)?;
    let after = ground.today.or(picture.today);
    let before = after.map(|today| crate::base::time::Moment(today.0 - i64::from(days) * 86_400));
    let earlier = match before {
        Some(before) => ground.frame_at(before, &worker.monitor)?,
        None => None,
    };
    let Some(earlier) = earlier else { return Err(SegmentError::NothingChosen.into()) };
    let labels = apply(&picture.found, &picture.recipe, &earlier, &worker.monitor)?;
    let now = apply(&picture.found, &picture.recipe, &ground.frame, &worker.monitor)?;
    let segments = picture.found.k;
    let moves = compare::moves(
        Period { frame: &earlier, labels: &labels, segments },
        Period { frame: &ground.frame, labels: &now, segments },
    )?;
    Ok(Periods { before, after, moves })
}
