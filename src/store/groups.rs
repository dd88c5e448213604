//! Everybody's segments, as lists take them: those of the newest run under the names they have now, and those that a
//! person keeps; what is kept as a rule is asked again, so that it holds whoever meets it today.

use std::collections::{BTreeSet, HashMap};

use super::blob::Reader;
use super::recommend::ShopError;
use super::segments::{self, SegmentPlan, SegmentsError};
use crate::base::{Fingerprint, Monitor};
use crate::project::Project;
use crate::stage::recommend::RecommendError;
use crate::stage::recommend::rules::Rules;
use crate::stage::segment::ground::{Ground, ids};
use crate::stage::segment::rfm::{Rfm, RfmRecipe, score};
use crate::stage::segment::rule::{self, Rule, RuleData};
use crate::stage::segment::saved::{Origin, SavedSegment, SegmentNames};
use crate::stage::segment::sets::UserSet;

/// A named group of customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Under this name it stands in rules, however it was renamed since.
    pub key: String,
    pub en: String,
    pub zh: String,
    /// Its number in its run; nothing for a group that a person keeps.
    pub segment: Option<u32>,
    pub customers: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups {
    pub groups: Vec<Group>,
    /// The places in `groups` of each customer, the newest run's first.
    of: HashMap<String, Vec<u32>>,
}

impl Groups {
    fn add(&mut self, group: Group) {
        let place = self.groups.len() as u32;
        for id in &group.customers {
            self.of.entry(id.clone()).or_default().push(place);
        }
        self.groups.push(group);
    }

    fn all_of(&self, customer: &str) -> impl Iterator<Item = &Group> {
        self.of.get(customer).into_iter().flatten().filter_map(|place| self.groups.get(*place as usize))
    }

    /// The customer's segment in the newest run.
    pub fn of(&self, customer: &str) -> Option<&Group> {
        self.all_of(customer).find(|group| group.segment.is_some())
    }

    /// The name of the customer's group for rules: that with the lowest price ceiling, else the run's.
    pub fn ruling(&self, customer: &str, rules: &Rules) -> Option<String> {
        let ceiling = |group: &&Group| rules.price_ceilings.get(&group.key).copied();
        let capped = self.all_of(customer).filter(|group| ceiling(group).is_some());
        let strictest = capped.min_by(|a, b| ceiling(a).partial_cmp(&ceiling(b)).unwrap_or(std::cmp::Ordering::Equal));
        strictest.or_else(|| self.of(customer)).map(|group| group.key.clone())
    }

    /// By its name in either language, or its number.
    pub fn named(&self, name: &str) -> Option<&Group> {
        let (name, lower) = (name.trim(), name.trim().to_lowercase());
        let same =
            |group: &&Group| group.en.to_lowercase() == lower || group.zh == name || group.key.to_lowercase() == lower;
        let numbered = |group: &&Group| group.segment.is_some_and(|number| number.to_string() == name);
        self.groups.iter().find(same).or_else(|| self.groups.iter().find(numbered))
    }
}

pub fn groups(project: &Project, reader: &Reader, monitor: &Monitor) -> Result<Groups, ShopError> {
    let mut all = Groups::default();
    if let Some((id, run)) = segments::latest(project) {
        let own = project.item::<SegmentNames>(&id.0.to_string()).unwrap_or_default();
        let picture = segments::load(run, reader).map_err(|why| RecommendError::Table(why.to_string()))?;
        for persona in &picture.found.personas {
            let name = own.names.get(&persona.segment).unwrap_or(&persona.name);
            all.add(Group {
                key: persona.name.en.clone(),
                en: name.en.clone(),
                zh: name.zh.clone(),
                segment: Some(persona.segment),
                customers: picture.ids_of(persona.segment).into_iter().map(str::to_owned).collect(),
            });
        }
    }
    let saved: Vec<SavedSegment> = project.items_of().into_iter().map(|(_, saved)| saved).collect();
    let mut live = asked(project, reader, &saved, &all, monitor)?;
    for saved in saved {
        let customers = match saved.origin {
            Origin::Customers { ids } => Some(ids.into_iter().collect()),
            Origin::Rule { .. } => live.remove(&saved.name),
        };
        if let Some(customers) = customers {
            let name = saved.name;
            all.add(Group { key: name.clone(), en: name.clone(), zh: name, segment: None, customers });
        }
    }
    Ok(all)
}

/// Who meets the rules that are kept as segments. One that can no longer be asked (its feature is gone) is left out:
/// the Segments page tells why.
fn asked(
    project: &Project,
    reader: &Reader,
    saved: &[SavedSegment],
    found: &Groups,
    monitor: &Monitor,
) -> Result<HashMap<String, Vec<String>>, ShopError> {
    let mut live = HashMap::new();
    if !saved.iter().any(SavedSegment::is_live) {
        return Ok(live);
    }
    let ground = match segments::ground(project, reader, &SegmentPlan::of(project).customers, monitor) {
        Ok(ground) => ground,
        Err(SegmentsError::Cancelled(cancelled)) => return Err(RecommendError::Cancelled(cancelled).into()),
        Err(_) => return Ok(live),
    };
    let Ok(all) = ids(&ground.frame) else { return Ok(live) };
    let rfm = score(&ground.frame, &RfmRecipe::default(), monitor).ok();
    let mut named: Vec<(String, UserSet)> = Vec::new();
    for group in &found.groups {
        let held: BTreeSet<&str> = group.customers.iter().map(String::as_str).collect();
        let set = UserSet::from_fn(all.len(), |row| held.contains(all[row].as_str()));
        named.extend([&group.en, &group.zh].map(|name| (name.clone(), set.clone())));
    }
    let mut waiting: Vec<&SavedSegment> = saved.iter().collect();
    // A rule may ask for another segment: each round answers those whose parts are known.
    loop {
        monitor.check().map_err(RecommendError::Cancelled)?;
        let before = waiting.len();
        let mut next = Vec::new();
        for segment in waiting {
            let set = match &segment.origin {
                Origin::Customers { ids } => Some(UserSet::from_fn(all.len(), |row| ids.contains(&all[row]))),
                Origin::Rule { rule } => meets(&ground, rule, rfm.as_ref(), &named, monitor),
            };
            match set {
                Some(set) => {
                    if segment.is_live() {
                        live.insert(segment.name.clone(), set.iter().map(|row| all[row as usize].clone()).collect());
                    }
                    named.push((segment.name.clone(), set));
                }
                None => next.push(segment),
            }
        }
        if next.is_empty() || next.len() == before {
            return Ok(live);
        }
        waiting = next;
    }
}

/// The rows that meet a rule; nothing while it asks for a segment that is not known, or cannot be asked at all.
fn meets(
    ground: &Ground,
    rule: &Rule,
    rfm: Option<&Rfm>,
    named: &[(String, UserSet)],
    monitor: &Monitor,
) -> Option<UserSet> {
    let data = RuleData {
        features: &ground.frame,
        events: ground.events.as_ref().map(|events| (&events.index, events.places.as_slice())),
        properties: ground.properties.as_ref(),
        rfm,
        segments: named,
        today: ground.today.unwrap_or_default(),
    };
    rule::run(rule, &data, monitor).ok().map(|result| result.set)
}

/// Changes when the groups may have.
pub fn groups_key(project: &Project) -> Fingerprint {
    let run = segments::latest(project).map(|(id, _)| id);
    let names = run.map(|id| project.item::<SegmentNames>(&id.0.to_string()).unwrap_or_default());
    let saved: Vec<(String, u64, Option<Rule>)> = project
        .items_of::<SavedSegment>()
        .into_iter()
        .map(|(id, saved)| {
            let rule = match saved.origin {
                Origin::Rule { rule } => Some(rule),
                Origin::Customers { .. } => None,
            };
            (format!("{id} {}", saved.name), saved.count, rule)
        })
        .collect();
    let ground = saved.iter().any(|(.., rule)| rule.is_some()).then(|| SegmentPlan::of(project).ground_key(project));
    Fingerprint::of(&(run, names, saved, ground))
}
