//! From a feature table to described segments in one call: what the window's *Run* and the command line's `segment` do.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::choose_k::{ChooseK, ChooseKRecipe, FEWEST, Verdict, choose_k, silhouette_of};
use super::kmeans::{self, KMeansModel, KMeansRecipe};
use super::matrix::{self, Missing, Notice};
use super::mixture::{self, Component, Criterion, MixtureRecipe};
use super::persona::{self, Bilingual, Habits, Persona, PersonaRecipe};
use super::rfm::{self, Rfm, RfmGroup, RfmRecipe};
use super::scale::{ColumnScale, Scaling, scale};
use super::why::{Why, WhyRecipe, why};
use super::{SegmentError, wrong};
use crate::base::Monitor;
use crate::stage::data::features::{Feature, USER};

/// How customers are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Rfm,
    #[default]
    #[serde(rename = "kmeans", alias = "k_means")]
    KMeans,
    Gmm,
}

/// How many groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupCount {
    /// Found in the data, between these.
    Auto {
        from: usize,
        to: usize,
    },
    Fixed(usize),
}

/// Everything that decides a segmentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SegmentRecipe {
    pub method: Method,
    /// Columns of the feature table; empty: those that [`default_features`] picks.
    pub features: Vec<String>,
    pub missing: Missing,
    pub scaling: Scaling,
    pub groups: GroupCount,
    pub seed: u64,
    pub rfm: RfmRecipe,
    pub persona: PersonaRecipe,
    pub why: WhyRecipe,
}

impl Default for SegmentRecipe {
    fn default() -> Self {
        Self {
            method: Method::KMeans,
            features: Vec::new(),
            missing: Missing::Natural,
            scaling: Scaling::Auto,
            groups: GroupCount::Auto { from: 2, to: 12 },
            seed: 0,
            rfm: RfmRecipe::default(),
            persona: PersonaRecipe::default(),
            why: WhyRecipe::default(),
        }
    }
}

impl SegmentRecipe {
    pub fn check(&self) -> Result<(), SegmentError> {
        match self.groups {
            GroupCount::Auto { from, to } if from < 2 || to < from || to > 30 => {
                wrong("groups", "looks for 2 to 30 groups, upwards")
            }
            GroupCount::Fixed(k) if !(2..=30).contains(&k) => wrong("groups", "must be from 2 to 30"),
            _ if self.method == Method::Rfm => self.rfm.check(),
            _ => Ok(()),
        }
    }
}

/// A finished segmentation. Labels are row for row with the feature table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segmentation {
    pub method: Method,
    pub k: usize,
    pub labels: Vec<u32>,
    /// The honest answer whether there are groups at all; RFM cuts by definition and has none.
    pub verdict: Option<Verdict>,
    pub silhouette: Option<f64>,
    pub silhouette_ci: Option<(f64, f64)>,
    pub inertia: Option<f64>,
    pub search: Option<ChooseK>,
    pub features: Vec<String>,
    pub scales: Vec<ColumnScale>,
    pub notices: Vec<Notice>,
    pub kmeans: Option<KMeansModel>,
    pub mixture: Option<MixtureSummary>,
    pub rfm: Option<Rfm>,
    pub personas: Vec<Persona>,
    pub why: Vec<Why>,
}

/// What is kept of a mixture beside the labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MixtureSummary {
    pub components: Vec<Component>,
    pub criteria: Vec<Criterion>,
    /// `membership[row * components + component]`.
    pub membership: Vec<f32>,
}

/// The features a segmentation uses when nobody chooses: one of each kind that the table has. A table without any of
/// them: all its numeric columns.
pub fn default_features(frame: &DataFrame) -> Vec<String> {
    use Feature as F;
    let mut wanted = vec![
        F::Recency,
        F::LastSeen,
        F::Tenure,
        F::Orders,
        F::Monetary,
        F::AverageBasket,
        F::Views,
        F::Favourites,
        F::MeanBrowsingTime,
        F::CartRate,
        F::PurchaseRate,
        F::ReturnRate,
    ];
    if persona::has_rhythm(frame) {
        wanted.extend([F::ShareNight, F::ShareMorning, F::ShareAfternoon, F::ShareEvening]);
        wanted.extend([F::ShareSaturday, F::ShareSunday]);
    }
    let schema = frame.schema();
    let known: Vec<String> =
        wanted.iter().map(|feature| feature.key().to_owned()).filter(|key| schema.contains(key)).collect();
    // Where nobody was seen without buying, the last visit is the last purchase.
    let known: Vec<String> = if persona::knows_views(frame) || !schema.contains(F::Recency.key()) {
        known
    } else {
        known.into_iter().filter(|key| key != F::LastSeen.key()).collect()
    };
    let numeric = frame.columns().iter().filter(|c| c.dtype().is_primitive_numeric() && c.name() != USER);
    let numeric: Vec<String> = numeric.map(|column| column.name().to_string()).collect();
    // A table with columns of its own: a name in common with ours does not push the others out.
    let own = numeric.iter().filter(|name| Feature::from_key(name).is_none()).count();
    if known.is_empty() || own > known.len() { numeric } else { known }
}

/// Groups, judges and describes.
pub fn run(
    frame: &DataFrame,
    habits: Option<&Habits<'_>>,
    recipe: &SegmentRecipe,
    monitor: &Monitor,
) -> Result<Segmentation, SegmentError> {
    recipe.check()?;
    let mut found = match recipe.method {
        Method::Rfm => by_rfm(frame, recipe, monitor)?,
        Method::KMeans | Method::Gmm => by_clusters(frame, recipe, monitor)?,
    };
    let segments = found.k;
    let mut persona = recipe.persona.clone();
    if let Some(rfm) = &found.rfm {
        // The ten groups have their names; a name given by hand still wins.
        for (place, group) in rfm.groups.iter().enumerate() {
            persona.names.entry(place as u32).or_insert_with(|| group_name(group.group));
        }
    }
    let told = |notice: &Notice, name: &str| matches!(notice, Notice::OutlierRules { feature, .. } if feature == name);
    if let Some(giant) = giant(frame, &persona.revenue)
        && !found.notices.iter().any(|notice| told(notice, &persona.revenue))
    {
        found.notices.push(giant);
    }
    found.personas = persona::describe(frame, &found.labels, segments, habits, &persona, monitor)?;
    Ok(found)
}

/// A single customer with most of the money: every average and share of revenue is then theirs.
fn giant(frame: &DataFrame, revenue: &str) -> Option<Notice> {
    let money = matrix::numbers(frame, revenue).ok()?;
    let total: f64 = money.iter().filter(|x| x.is_finite()).sum();
    let known = money.iter().enumerate().filter(|(_, x)| x.is_finite());
    let (row, value) = known.max_by(|a, b| a.1.total_cmp(b.1))?;
    let notice = Notice::OutlierRules { feature: revenue.to_owned(), row: row as u32, value: *value };
    (money.len() > 2 && total > 0.0 && *value > 0.5 * total).then_some(notice)
}

fn by_rfm(frame: &DataFrame, recipe: &SegmentRecipe, monitor: &Monitor) -> Result<Segmentation, SegmentError> {
    let rfm = rfm::score(frame, &recipe.rfm, monitor)?;
    Ok(Segmentation {
        method: Method::Rfm,
        k: rfm.groups.len(),
        labels: rfm.labels.clone(),
        verdict: None,
        silhouette: None,
        silhouette_ci: None,
        inertia: None,
        search: None,
        features: vec![recipe.rfm.recency.clone(), recipe.rfm.frequency.clone(), recipe.rfm.monetary.clone()],
        scales: vec![],
        notices: vec![],
        kmeans: None,
        mixture: None,
        rfm: Some(rfm),
        personas: vec![],
        why: vec![],
    })
}

fn by_clusters(frame: &DataFrame, recipe: &SegmentRecipe, monitor: &Monitor) -> Result<Segmentation, SegmentError> {
    let features = if recipe.features.is_empty() { default_features(frame) } else { recipe.features.clone() };
    let mut matrix = matrix::read(frame, &features, recipe.missing)?;
    if recipe.features.is_empty() {
        // Nobody chose them: what this shop cannot know is no news.
        matrix.notices.retain(|notice| !matches!(notice, Notice::LeftOut { .. }));
    }
    let scales = scale(&mut matrix, recipe.scaling);
    let values = matrix.values.view();
    let n = values.nrows();
    let (from, to) = match recipe.groups {
        GroupCount::Auto { from, to } => (from, to),
        GroupCount::Fixed(k) => (k, k),
    };
    if n < from {
        return Err(SegmentError::TooFewCustomers { have: n, need: from });
    }
    // Too few customers cannot be judged; a fixed number of groups is still made.
    let search = match choose_k(values, &ChooseKRecipe { from, to, seed: recipe.seed, ..Default::default() }, monitor) {
        Err(SegmentError::TooFewCustomers { .. }) if matches!(recipe.groups, GroupCount::Fixed(_)) => None,
        Err(SegmentError::TooFewCustomers { have, .. }) => {
            return Err(SegmentError::TooFewCustomers { have, need: FEWEST });
        }
        other => Some(other?),
    };
    let k = search.as_ref().map_or(from, |search| search.k);
    let candidate = search.as_ref().and_then(|search| search.candidates.iter().find(|c| c.k == k)).copied();
    let mut found = Segmentation {
        method: recipe.method,
        k,
        labels: vec![],
        verdict: search.as_ref().map(|search| search.verdict),
        silhouette: candidate.map(|c| c.silhouette),
        silhouette_ci: candidate.map(|c| (c.silhouette_low, c.silhouette_high)),
        inertia: None,
        search,
        features: matrix.names.clone(),
        scales,
        notices: matrix.notices.clone(),
        kmeans: None,
        mixture: None,
        rfm: None,
        personas: vec![],
        why: vec![],
    };
    if recipe.method == Method::Gmm {
        let (from, to) = if matches!(recipe.groups, GroupCount::Auto { .. }) { (1, to) } else { (k, k) };
        let fit = mixture::fit(values, &MixtureRecipe { from, to, seed: recipe.seed, ..Default::default() }, monitor)?;
        found.k = fit.components.len();
        found.labels = fit.labels;
        let (components, criteria, membership) = (fit.components, fit.criteria, fit.membership);
        found.mixture = Some(MixtureSummary { components, criteria, membership });
        // Those of the search are k-means's.
        (found.silhouette, found.silhouette_ci) = match silhouette_of(values, &found.labels, found.k, recipe.seed) {
            Some((mean, low, high)) => (Some(mean), Some((low, high))),
            None => (None, None),
        };
    } else {
        let fit = kmeans::fit(values, &KMeansRecipe { k, seed: recipe.seed, ..Default::default() }, monitor)?;
        found.labels = fit.labels;
        found.inertia = Some(fit.inertia);
        found.kmeans = Some(fit.model);
    }
    found.why = why(values, &found.features, &found.scales, &found.labels, found.k, &recipe.why, monitor)?;
    Ok(found)
}

/// The ten groups' names.
pub fn group_name(group: RfmGroup) -> Bilingual {
    let (en, zh) = match group {
        RfmGroup::Champions => ("Champions", "冠军客户"),
        RfmGroup::Loyal => ("Loyal", "忠诚客户"),
        RfmGroup::New => ("New", "新客户"),
        RfmGroup::Promising => ("Promising", "潜力客户"),
        RfmGroup::NeedsAttention => ("Needs attention", "需要关注"),
        RfmGroup::AboutToSleep => ("About to sleep", "即将沉睡"),
        RfmGroup::AtRisk => ("At risk", "流失风险"),
        RfmGroup::CantLose => ("Can't lose", "不可失去"),
        RfmGroup::Hibernating => ("Hibernating", "休眠客户"),
        RfmGroup::Lost => ("Lost", "已流失"),
    };
    Bilingual::new(en, zh)
}

#[cfg(test)]
mod tests {
    use polars::df;
    use polars::prelude::Column;

    use super::*;

    fn shop(n: usize) -> DataFrame {
        let wave = |i: usize, step: f64| ((i as f64 * step).sin() * 43_758.545_3).fract();
        let of = |values: [f64; 3], step: f64| -> Vec<f64> {
            (0..n).map(|i| values[i % 3] * (1.0 + 0.3 * wave(i, step))).collect()
        };
        df![
            USER => (0..n as i64).collect::<Vec<_>>(),
            "monetary" => of([900.0, 150.0, 30.0], 12.9898),
            "orders" => of([12.0, 4.0, 1.0], 78.233),
            "recency" => of([4.0, 200.0, 30.0], 37.719),
        ]
        .unwrap()
    }

    fn run_with(recipe: &SegmentRecipe, n: usize) -> Result<Segmentation, SegmentError> {
        run(&shop(n), None, recipe, &Monitor::quiet())
    }

    #[test]
    fn planted_customers_are_found_named_and_explained() {
        let found = run_with(&SegmentRecipe::default(), 600).unwrap();
        assert_eq!((found.k, found.verdict), (3, Some(Verdict::Clear)));
        assert_eq!(found.personas.len(), 3);
        assert!(found.why.iter().all(|why| why.fidelity > 0.97), "{:?}", found.why);
        let truth: Vec<u32> = (0..600).map(|i| i % 3).collect();
        assert!(super::super::agreement::adjusted_rand(&found.labels, &truth) > 0.98);
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Segmentation>(&text).unwrap(), found);
    }

    #[test]
    fn a_giant_is_named_whatever_the_scale_hides() {
        let mut frame = shop(300);
        let mut money: Vec<f64> = matrix::numbers(&frame, "monetary").unwrap();
        money[7] = 1e9;
        frame.replace("monetary", Column::new("monetary".into(), money)).unwrap();
        let found = run(&frame, None, &SegmentRecipe::default(), &Monitor::quiet()).unwrap();
        let named = |n: &Notice| matches!(n, Notice::OutlierRules { feature, row: 7, .. } if feature == "monetary");
        assert_eq!(found.notices.iter().filter(|n| named(n)).count(), 1, "{:?}", found.notices);
        assert!(run_with(&SegmentRecipe::default(), 300).unwrap().notices.is_empty());
    }

    #[test]
    fn every_method_runs() {
        let rfm = run_with(&SegmentRecipe { method: Method::Rfm, ..Default::default() }, 300).unwrap();
        assert!(rfm.personas.iter().any(|card| card.name.en == "Champions"));
        let gmm = run_with(&SegmentRecipe { method: Method::Gmm, ..Default::default() }, 600).unwrap();
        assert!(gmm.k >= 3 && gmm.mixture.is_some());
        let two = SegmentRecipe { groups: GroupCount::Fixed(2), ..Default::default() };
        assert_eq!(run_with(&two, 12).unwrap().k, 2);
    }

    #[test]
    fn one_two_or_five_threads_give_the_same_customers_the_same_groups() {
        for method in [Method::KMeans, Method::Gmm, Method::Rfm] {
            let recipe = SegmentRecipe { method, seed: 11, ..Default::default() };
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| run_with(&recipe, 400).unwrap())
            };
            let one = with(1);
            assert!(one.silhouette.is_some() || method == Method::Rfm);
            assert!([2, 5].into_iter().all(|threads| with(threads) == one), "{method:?}");
        }
    }

    #[test]
    fn bad_input_is_told() {
        let auto = SegmentRecipe::default();
        assert!(matches!(run_with(&auto, 3), Err(SegmentError::TooFewCustomers { have: 3, need: FEWEST })));
        let five = SegmentRecipe { groups: GroupCount::Fixed(5), ..Default::default() };
        assert!(matches!(run_with(&five, 3), Err(SegmentError::TooFewCustomers { have: 3, need: 5 })));
        let missing = SegmentRecipe { features: vec!["height".into()], ..Default::default() };
        assert!(matches!(run_with(&missing, 60), Err(SegmentError::UnknownFeature(name)) if name == "height"));
        let one = SegmentRecipe { groups: GroupCount::Fixed(1), ..Default::default() };
        assert!(matches!(run_with(&one, 60), Err(SegmentError::Recipe { field: "groups", .. })));
        let constant = df![USER => [1, 2, 3], "x" => [1.0, 1.0, 1.0], "y" => [None::<f64>, None, None]].unwrap();
        let told = run(&constant, None, &two_groups(), &Monitor::quiet());
        assert!(matches!(told, Err(SegmentError::NoInformation(names)) if names == ["x", "y"]));
        let mut shop = shop(200);
        let mut money: Vec<f64> = shop.column("monetary").unwrap().f64().unwrap().into_no_null_iter().collect();
        money[7] = 1e12;
        shop.with_column(polars::prelude::Column::new("monetary".into(), money)).unwrap();
        let recipe = SegmentRecipe { scaling: Scaling::Standard, ..two_groups() };
        let found = run(&shop, None, &recipe, &Monitor::quiet()).unwrap();
        assert!(found.notices.iter().any(|n| matches!(n, Notice::OutlierRules { row: 7, .. })), "{:?}", found.notices);
    }

    fn two_groups() -> SegmentRecipe {
        SegmentRecipe { groups: GroupCount::Fixed(2), ..SegmentRecipe::default() }
    }
}
