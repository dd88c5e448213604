//! What the page looks up in the project and the catalogue, kept while neither changes: a frame reads no long lists.

use std::collections::HashMap;
use std::rc::Rc;

use crate::base::Fingerprint;
use crate::project::{Item, Project};
use crate::stage::copy::batch::Batch;
use crate::stage::copy::brief::{HouseStyle, Product, Scope};
use crate::stage::copy::version::CopyText;
use crate::store::copydesk::{self, Catalogue};

/// The batch on the desk with its texts, as of a revision of the project.
#[derive(Default)]
pub struct Lookup {
    revision: Option<u64>,
    wanted: Option<String>,
    pub batch: Option<(String, Batch)>,
    pub texts: Rc<Vec<(String, CopyText)>>,
    pub unfinished: bool,
    /// Approved texts of other batches, by product and language.
    pub old: Rc<HashMap<(String, String), Vec<String>>>,
    pub style: HouseStyle,
    pub catalogue_key: Option<Fingerprint>,
    pub batches: usize,
    chosen: Option<(Fingerprint, Scope)>,
    pub product: Option<Product>,
    pub products: usize,
    found: Option<(Fingerprint, String)>,
    pub found_rows: Rc<Vec<usize>>,
}

impl Lookup {
    /// Brings everything up to the project's `revision`; texts that did not change are not read again.
    pub fn of_project(&mut self, project: &Project, revision: u64, wanted: Option<&String>) {
        if self.revision == Some(revision) && self.wanted.as_ref() == wanted {
            return;
        }
        (self.revision, self.wanted) = (Some(revision), wanted.cloned());
        self.style = copydesk::style_of(project);
        self.catalogue_key = Some(copydesk::catalogue_key(project));
        self.batches = project.raw_items().filter(|(key, _)| key.kind == Batch::KIND).count();
        let named = wanted.and_then(|id| Some((id.clone(), project.item::<Batch>(id)?)));
        self.batch = named.or_else(|| copydesk::newest_batch(project));
        self.old = Rc::new(approved(project, self.batch.as_ref().map(|(id, _)| id.as_str())));
        let Some((id, batch)) = &self.batch else {
            (self.texts, self.unfinished) = (Rc::default(), false);
            return;
        };
        let before = std::mem::take(&mut self.texts);
        let before: HashMap<&str, &CopyText> = before.iter().map(|(id, text)| (id.as_str(), text)).collect();
        let (mut texts, mut unfinished) = (Vec::new(), false);
        for task in batch.tasks() {
            let id = task.id(id);
            let Some(raw) = project.raw_item(&CopyText::key(&id)) else {
                unfinished = true;
                continue;
            };
            let known = before.get(id.as_str()).filter(|text| is_as_it_was(text, raw));
            let text = known.map(|text| (*text).clone()).or_else(|| project.item::<CopyText>(&id));
            texts.extend(text.map(|text| (id, text)));
        }
        (self.texts, self.unfinished) = (Rc::new(texts), unfinished);
    }

    /// The brief's products in the catalogue.
    pub fn of_scope(&mut self, catalogue: Option<&Catalogue>, key: Fingerprint, scope: &Scope) {
        if self.chosen.as_ref().is_some_and(|(known, of)| *known == key && of == scope) {
            return;
        }
        let found = catalogue.and_then(|catalogue| catalogue.chosen(scope).ok()).unwrap_or_default();
        (self.products, self.product) = (found.len(), found.first().map(|product| (*product).clone()));
        self.chosen = catalogue.map(|_| (key, scope.clone()));
    }

    /// Rows of the catalogue that fit a search.
    pub fn find(&mut self, catalogue: &Catalogue, key: Fingerprint, text: &str) -> Rc<Vec<usize>> {
        if self.found.as_ref().is_none_or(|(known, of)| *known != key || of != text) {
            let fits = |row: &usize| copydesk::fits(&catalogue.products[*row], text);
            self.found_rows = Rc::new((0..catalogue.products.len()).filter(fits).collect());
            self.found = Some((key, text.to_owned()));
        }
        self.found_rows.clone()
    }
}

/// The shop's earlier copy: what was approved in other batches than this one.
fn approved(project: &Project, batch: Option<&str>) -> HashMap<(String, String), Vec<String>> {
    let mut out: HashMap<(String, String), Vec<String>> = HashMap::new();
    for (key, raw) in project.raw_items().filter(|(key, _)| key.kind == CopyText::KIND) {
        if key.id.split('/').next() == batch || raw["status"] != "approved" {
            continue;
        }
        let last = raw["versions"].as_array().and_then(|list| list.last());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(last) = last {
            out.entry((text(&raw["product"]), text(&raw["lang"]))).or_default().push(text(&last["text"]));
        }
    }
    out
}

/// Whether a text is what the project holds: versions are only ever added, everything else is small.
fn is_as_it_was(text: &CopyText, raw: &serde_json::Value) -> bool {
    let versions = raw["versions"].as_array();
    let last = versions.and_then(|list| list.last()).and_then(|version| version["text"].as_str());
    versions.map(Vec::len) == Some(text.versions.len())
        && last.unwrap_or_default() == text.text()
        && serde_json::to_value(&text.status).is_ok_and(|status| status == raw["status"])
        && raw["favourite"].as_bool() == Some(text.favourite)
        && raw["kept"].as_array().map(Vec::len) == Some(text.kept.len())
        && raw["faults"].as_u64() == Some(text.faults as u64)
        && raw["doubts"].as_u64() == Some(text.doubts as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Moment;
    use crate::stage::copy::brief::CopyBrief;
    use crate::stage::copy::channel::{Channel, CopyLang};
    use crate::stage::copy::version::{Author, Status, Version};

    #[test]
    fn texts_follow_the_project() {
        let mut project = Project::named("Shop");
        let batch = Batch {
            brief: CopyBrief { variants: 2, ..CopyBrief::default() },
            products: vec!["P1".into()],
            channels: vec![Channel::Push],
            langs: vec![CopyLang::En],
            paused: false,
        };
        project.apply(batch.put("b1").unwrap()).unwrap();
        let mut lookup = Lookup::default();
        lookup.of_project(&project, 1, None);
        assert!(lookup.unfinished && lookup.texts.is_empty());
        let id = batch.tasks().next().unwrap().id("b1");
        let mut text = CopyText::new("P1", Channel::Push, CopyLang::En, 0);
        text.save(Version { text: "One".into(), author: Author::Model, at: Moment(0), made: None, restored: None });
        project.apply(text.put(&id).unwrap()).unwrap();
        // Until the revision moves on, what was read stays.
        lookup.of_project(&project, 1, None);
        assert!(lookup.texts.is_empty());
        lookup.of_project(&project, 2, None);
        assert_eq!(lookup.texts[0].1, text);
        let changes: [fn(&mut CopyText); 4] = [
            |text| text.status = Status::Approved,
            |text| text.favourite = true,
            |text| text.kept.push(("a".into(), "b".into())),
            |text| text.doubts = 3,
        ];
        for (n, change) in changes.into_iter().enumerate() {
            change(&mut text);
            project.apply(text.put(&id).unwrap()).unwrap();
            lookup.of_project(&project, 3 + n as u64, None);
            assert_eq!(lookup.texts[0].1, text);
        }
    }
}
