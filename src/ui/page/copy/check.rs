//! Reports for all texts of the batch, a few in every frame, so that a frame stays short: the one being edited first,
//! then the others from where the last frame stopped.

use std::time::{Duration, Instant};

use egui::Ui;

use super::{CopyView, Desk, Known};
use crate::base::Fingerprint;
use crate::stage::copy::brief::{CopyBrief, HouseStyle, Product, product_facts};
use crate::stage::copy::check::{Checker, Near, Other, style};
use crate::stage::copy::version::CopyText;

/// Time that checks take in a frame, beyond the one that is begun.
const FRAME: Duration = Duration::from_millis(3);

pub fn check_all(ui: &Ui, view: &mut CopyView, desk: &Desk<'_>) {
    let texts = desk.texts.clone();
    let edited = view.editing.as_ref().map(|editing| editing.id.clone());
    if let Some((id, text)) = edited.and_then(|id| texts.iter().find(|(key, _)| *key == id)) {
        check(view, desk, &texts, id, text);
    }
    let batch = desk.batch.as_ref().map(|(id, _)| id);
    let of = Fingerprint::of(&(batch, desk.catalogue_key, desk.other.is_some()));
    let mut at = match view.checked {
        Some((revision, known, at)) if revision == desk.revision && known == of => at,
        _ => 0,
    };
    let end = Instant::now() + FRAME;
    while let Some((id, text)) = texts.get(at) {
        check(view, desk, &texts, id, text);
        at += 1;
        if Instant::now() > end {
            ui.ctx().request_repaint();
            break;
        }
    }
    view.checked = Some((desk.revision, of, at));
}

/// One text's report, unless it is known for these words, this brief and this product.
fn check(view: &mut CopyView, desk: &Desk<'_>, texts: &[(String, CopyText)], id: &str, text: &CopyText) {
    let Some((_, batch)) = &desk.batch else { return };
    let words = match &view.editing {
        Some(editing) if editing.id == *id => editing.text.clone(),
        _ => text.text().to_owned(),
    };
    let brief = CopyBrief { channel: text.channel, lang: text.lang, ..batch.brief.clone() };
    // Without the sheets in its language every fact would look made up.
    let Some(catalogue) = desk.catalogue_of(text.lang) else { return };
    let product = catalogue.product(&text.product);
    let key = Fingerprint::of(&(&words, &brief, &desk.style, product));
    if view.known.get(id).is_some_and(|known| known.key == key) {
        return;
    }
    let blank = Product { id: text.product.clone(), ..Product::default() };
    let product = product.unwrap_or(&blank);
    let maker = Fingerprint::of(&(&brief, &desk.style, product));
    if view.checker.as_ref().is_none_or(|(made_for, _)| *made_for != maker) {
        let others = catalogue.other_brands(product);
        let facts = product_facts(product, &brief, &others);
        let made = Checker::new(&brief, &desk.style, &facts);
        let made = made.or_else(|_| Checker::new(&brief, &HouseStyle::default(), &facts));
        view.checker = made.ok().map(|checker| (maker, checker));
    }
    let Some((_, checker)) = &view.checker else { return };
    let same =
        |other: &&(String, CopyText)| other.0 != *id && other.1.product == text.product && other.1.lang == text.lang;
    let drafts = texts.iter().filter(same).take(12).map(|(_, other)| (Near::OtherDraft, other.text()));
    let old = view.lookup.old.get(&(text.product.clone(), text.lang.key().to_owned()));
    let old = old.into_iter().flatten().take(12).map(|old| (Near::OldCopy, old.as_str()));
    let others: Vec<Other> =
        drafts.chain(old).map(|(near, other)| Other { near, shingles: style::shingles(other, text.lang) }).collect();
    let report = checker.report(&words, &others);
    view.known.insert(id.to_owned(), Known { key, report });
}
