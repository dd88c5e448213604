//! Copy: a brief at the left, drafts in the middle, what is known of the chosen one at the right.

mod brief;
mod card;
mod check;
mod checks;
mod dialogs;
mod editor;
mod export;
mod keep;
mod lookup;
mod preview;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2};

use super::page_head;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::Project;
use crate::stage::Stage;
use crate::stage::copy::batch::Batch;
use crate::stage::copy::brief::{CopyBrief, HouseStyle, Product, Rewrite, Scope};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::check::{Checker, Report};
use crate::stage::copy::lm::desk::{ModelSource, house_file};
use crate::stage::copy::version::{CopyText, Status};
use crate::store::copydesk::{self, Catalogue};
use crate::store::copyfile::ExportPlan;
use crate::ui::context::OpenProject;
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, card_in, icon, toggle};
use crate::ui::{Action, Command, Page, PageContext};

/// What the copy desk asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum CopyCommand {
    /// The catalogue in this language is in sight and not there.
    WantCatalogue(CopyLang),
    /// Makes a batch of the brief and writes it.
    Start(Box<Batch>),
    /// Goes on with a batch, from whatever lacks a text.
    Write(String),
    /// Takes the reasons of failed texts away, so that they are written again.
    Retry(String),
    /// Other words for bytes `from..to` of a text (0, 0: all of it).
    Rewrite {
        id: String,
        how: Rewrite,
        from: usize,
        to: usize,
    },
    Replay(String),
    /// Asks where to, then writes.
    Export {
        plan: Box<ExportPlan>,
        batch: String,
    },
    ExportTo(PathBuf),
    Clipboard {
        plan: Box<ExportPlan>,
        batch: String,
    },
    AskEdits,
    TakeEdits(PathBuf),
}

/// What the desk's jobs have brought so far, for drawing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CopyShown {
    /// Texts on their way, by id.
    pub streaming: BTreeMap<String, String>,
    pub batch: Option<String>,
    pub done: usize,
    pub all: usize,
    pub tokens_per_s: f64,
    /// Seconds per text, measured.
    pub seconds_each: Option<f64>,
    /// What the last replay came to: its id, and whether it was the same.
    pub replayed: Option<(String, bool)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Dialog {
    #[default]
    None,
    Products,
    Voice,
    Prompt,
    Versions,
    Export,
}

/// Drafts shown as cards at most.
const CARDS: usize = 24;

/// A report and what it was made for.
struct Known {
    key: Fingerprint,
    report: Report,
}

#[derive(Default)]
pub struct CopyView {
    brief: Option<CopyBrief>,
    /// The project that the brief is of.
    project: Option<PathBuf>,
    revision: Option<u64>,
    /// The batch on the desk; the newest when nothing is said.
    batch: Option<String>,
    chosen: Option<String>,
    editing: Option<editor::Editing>,
    known: BTreeMap<String, Known>,
    checker: Option<(Fingerprint, Checker)>,
    /// Up to where the texts of what were checked.
    checked: Option<(u64, Fingerprint, usize)>,
    dialog: Dialog,
    dialogs: dialogs::DialogState,
    as_table: bool,
    table: table::TableView,
    advanced: bool,
    lists: [String; 3],
    note: Option<(String, String)>,
    /// A finding that is about to be kept: its text, its words, the note as far as it is typed.
    keeping: Option<(String, String, String)>,
    lookup: lookup::Lookup,
    plan: ExportPlan,
}

impl CopyView {
    fn brief(&mut self) -> &mut CopyBrief {
        self.brief.get_or_insert_default()
    }
}

/// All that the parts of the page need, looked up once a frame.
struct Desk<'a> {
    project: &'a Project,
    lang: CopyLang,
    /// In the brief's language.
    catalogue: Option<&'a Catalogue>,
    /// In the batch's other language, where it has one.
    other: Option<(CopyLang, &'a Catalogue)>,
    catalogue_key: Fingerprint,
    style: HouseStyle,
    batch: Option<(String, Batch)>,
    /// The batch's texts, in order.
    texts: Rc<Vec<(String, CopyText)>>,
    /// Some of the batch's texts are not written yet.
    unfinished: bool,
    revision: u64,
    /// The chosen product of the brief, the only one or the first.
    product: Option<Product>,
    products: usize,
    has_model: bool,
    writing: bool,
    can_write: bool,
}

impl<'a> Desk<'a> {
    /// The product of a text, in the text's language.
    fn product_of(&self, text: &CopyText) -> Option<&'a Product> {
        self.catalogue_of(text.lang)?.product(&text.product)
    }

    fn catalogue_of(&self, lang: CopyLang) -> Option<&'a Catalogue> {
        if lang == self.lang {
            return self.catalogue;
        }
        self.other.filter(|(other, _)| *other == lang).map(|(_, catalogue)| catalogue)
    }
}

pub fn copy_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView) {
    let Some(open) = cx.open else {
        let room = page_head(ui, words::title(cx.lang), words::no_project(cx.lang), |_| {});
        card_in(ui, room, |ui| {
            nothing(ui, words::no_project(cx.lang), Action::OpenSample.name(cx.lang), || cx.act(Action::OpenSample))
        });
        return;
    };
    keep::load(cx, view, &open);
    let desk = desk(cx, view, &open);
    let room = head(ui, cx, view, &desk);
    let narrow = room.width() < 1080.0;
    let left = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE, room.bottom()));
    card_in(ui, left, |ui| brief::brief_card(ui, cx, view, &desk));
    let nothing_yet = desk.texts.is_empty() && !desk.writing;
    let side = if narrow || view.as_table || nothing_yet { 0.0 } else { size::SELECTION + size::S4 };
    let middle =
        Rect::from_min_max(pos2(left.right() + size::S4, room.top()), pos2(room.right() - side, room.bottom()));
    let mut child = ui.new_child(UiBuilder::new().id_salt("copy middle").max_rect(middle));
    if view.as_table {
        table::table_card(&mut child, cx, view, &desk, middle);
    } else {
        drafts(&mut child, cx, view, &desk, middle);
    }
    if side > 0.0 {
        let right = Rect::from_min_max(pos2(middle.right() + size::S4, room.top()), room.max);
        let mut child = ui.new_child(UiBuilder::new().id_salt("copy side").max_rect(right));
        ScrollArea::vertical().id_salt("copy side").auto_shrink(false).show(&mut child, |ui| {
            ui.spacing_mut().item_spacing.y = size::S4;
            checks::checks_card(ui, cx, view, &desk);
            preview::preview_card(ui, cx, view, &desk);
        });
    }
    dialogs::show(ui, cx, view, &desk);
}

fn desk<'a>(cx: &'a PageContext<'_>, view: &mut CopyView, open: &OpenProject<'a>) -> Desk<'a> {
    let (lang, scope) = (view.brief().lang, view.brief().scope.clone());
    view.lookup.of_project(open.project, open.revision, view.batch.as_ref());
    let key = view.lookup.catalogue_key.unwrap_or_else(|| copydesk::catalogue_key(open.project));
    let name = catalogue_name(lang);
    let fresh = cx.shown.extra::<Catalogue>(name, key);
    if fresh.is_none() && !cx.failures.contains_key(&Slot::Load(Stage::Copy)) {
        cx.send(Command::Copy(CopyCommand::WantCatalogue(lang)));
    }
    let catalogue = fresh.or_else(|| cx.shown.stale_extra::<Catalogue>(name));
    // One after the other: both come through the same slot.
    let idle = fresh.is_some() && cx.job(Slot::Load(Stage::Copy)).is_none();
    let langs = view.lookup.batch.iter().flat_map(|(_, batch)| batch.langs.iter().copied());
    let other = langs.into_iter().find(|known| *known != lang).and_then(|lang| {
        let name = catalogue_name(lang);
        let found = cx.shown.extra::<Catalogue>(name, key);
        if found.is_none() && idle && !cx.failures.contains_key(&Slot::Load(Stage::Copy)) {
            cx.send(Command::Copy(CopyCommand::WantCatalogue(lang)));
        }
        Some((lang, found.or_else(|| cx.shown.stale_extra::<Catalogue>(name))?))
    });
    let catalogue_key = Fingerprint::of(&(key, fresh.is_some(), lang));
    view.lookup.of_scope(catalogue, catalogue_key, &scope);
    let there = |lang: CopyLang| match writer(cx, view.brief.as_ref(), lang) {
        ModelSource::House => house_file().is_some(),
        ModelSource::File(_) => true,
    };
    let has_model = view.brief.as_ref().map_or(vec![lang], CopyBrief::langs).into_iter().all(there);
    Desk {
        project: open.project,
        lang,
        catalogue,
        other,
        catalogue_key,
        style: view.lookup.style.clone(),
        batch: view.lookup.batch.clone(),
        texts: view.lookup.texts.clone(),
        unfinished: view.lookup.unfinished,
        revision: open.revision,
        product: view.lookup.product.clone(),
        products: view.lookup.products,
        has_model,
        writing: cx.job(Slot::Stage(Stage::Copy)).is_some(),
        can_write: cx.can_write(),
    }
}

/// The model that a brief's copy in a language is written by.
fn writer(cx: &PageContext<'_>, brief: Option<&CopyBrief>, lang: CopyLang) -> ModelSource {
    let own = brief.and_then(|brief| brief.model.clone());
    own.unwrap_or_else(|| cx.settings.models.writer_of(lang))
}

pub fn catalogue_name(lang: CopyLang) -> &'static str {
    match lang {
        CopyLang::En => "copy catalogue en",
        CopyLang::Zh => "copy catalogue zh",
    }
}

fn head(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) -> Rect {
    let brief = view.brief().clone();
    let title = match (&desk.product, desk.products) {
        (Some(product), 1) => words::title_for(cx.lang, &product.name),
        (Some(_), n) => words::title_for(cx.lang, words::products_n(cx.lang, n)),
        _ => words::title(cx.lang).to_owned(),
    };
    let texts = desk.texts.len();
    let lead = match &desk.batch {
        Some((_, batch)) if batch.len() > 8 || desk.writing => words::lead_batch(cx.lang, texts, batch.len()),
        Some(_) if texts > 0 => {
            let who = brief.audience.as_ref().map_or(words::everyone(cx.lang), |audience| &audience.name);
            if texts == 1 { words::lead_one(cx.lang, who) } else { words::lead_drafts(cx.lang, texts, who) }
        }
        _ => words::lead(cx.lang).to_owned(),
    };
    let total = brief.texts_of(desk.products);
    page_head(ui, &title, &lead, |ui| {
        let ready = desk.has_model && desk.can_write && brief.check().is_ok() && desk.products > 0;
        if desk.writing {
            if ui.add(Button::primary(words::pause(cx.lang)).icon(icon::CLOSE)).clicked() {
                cx.send(Command::Stop(Slot::Stage(Stage::Copy)));
            }
        } else if let Some((id, name)) = approvable(cx, view, desk) {
            if ui.add(Button::primary(&words::approve(cx.lang, &name)).icon(icon::CHECK)).clicked() {
                keep::set_status(cx, desk.project, &id, Status::Approved);
            }
            let more = words::write_more(cx.lang, total);
            if ui.add(Button::plain(&more).icon(icon::AGAIN).enabled(ready)).clicked() {
                start(cx, view, desk, &brief);
            }
        } else {
            let text = if total > brief.variants {
                words::write_all(cx.lang, total)
            } else if total == 1 {
                words::write_one(cx.lang).to_owned()
            } else {
                words::write_n(cx.lang, brief.variants)
            };
            if ui.add(Button::primary(&text).icon(icon::PLAY).enabled(ready)).clicked() {
                start(cx, view, desk, &brief);
            }
        }
        let unfinished = desk.batch.as_ref().filter(|_| desk.unfinished);
        if let Some((id, _)) = unfinished.filter(|_| !desk.writing && desk.has_model)
            && ui.add(Button::plain(words::go_on(cx.lang)).icon(icon::PLAY).enabled(desk.can_write)).clicked()
        {
            cx.send(Command::Copy(CopyCommand::Write(id.clone())));
        }
        if texts > 0 {
            if ui.add(Button::plain(words::export(cx.lang)).icon(icon::FILE)).clicked() {
                view.dialog = Dialog::Export;
            }
            let views = [(false, words::cards(cx.lang)), (true, words::table(cx.lang))];
            toggle::segmented(ui, &mut view.as_table, &views);
        }
    })
}

/// The chosen draft, if it may be approved: nothing left to mend.
fn approvable(cx: &PageContext<'_>, view: &CopyView, desk: &Desk<'_>) -> Option<(String, String)> {
    let id = view.chosen.clone()?;
    let text = &desk.texts.iter().find(|(key, _)| *key == id)?.1;
    let (_, batch) = desk.batch.as_ref()?;
    let open = text.status == Status::Open && !text.text().is_empty() && view.editing.is_none();
    let clean = view.known.get(&id).is_some_and(|known| keep::open_faults(&known.report, text) == 0);
    (open && clean && batch.products.contains(&text.product))
        .then(|| (id, words::draft_name(cx.lang, letter(text.variant))))
}

fn letter(variant: u32) -> String {
    char::from_u32('A' as u32 + variant % 26).map(String::from).unwrap_or_default()
}

fn start(cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, brief: &CopyBrief) {
    let Some(catalogue) = desk.catalogue else { return };
    let Ok(products) = catalogue.chosen(&brief.scope) else { return };
    let products = products.into_iter().map(|product| product.id.clone()).collect();
    // Another seed each time, or the same drafts would come again.
    let mut brief = brief.clone();
    brief.seed = brief.seed.max(1) + view.lookup.batches as u64;
    let batch = Batch { channels: brief.channels(), langs: brief.langs(), products, brief, paused: false };
    editor::leave(cx, view, desk);
    (view.batch, view.chosen) = (None, None);
    // Many texts are better seen as rows.
    view.as_table = batch.len() > CARDS;
    view.known.clear();
    cx.send(Command::Copy(CopyCommand::Start(Box::new(batch))));
}

/// A batch of more drafts of one text's product, in its channel and language.
fn more_like(cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, text: &CopyText) {
    let Some((_, batch)) = &desk.batch else { return };
    let mut brief = CopyBrief { channel: text.channel, lang: text.lang, ..batch.brief.clone() };
    brief.scope = Scope::Products(vec![text.product.clone()]);
    (brief.more_channels, brief.both_languages) = (Vec::new(), false);
    start(cx, view, desk, &brief);
}

fn drafts(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, area: Rect) {
    let texts = desk.texts.clone();
    let streaming = &cx.shown.copy.streaming;
    if texts.is_empty() && !desk.writing {
        card_in(ui, area, |ui| {
            if desk.has_model {
                nothing(ui, words::empty_text(cx.lang), words::choose_products(cx.lang), || {
                    view.dialog = Dialog::Products
                });
            } else {
                no_model(ui, cx, view, desk);
            }
        });
        return;
    }
    // One product's drafts are cards; those of many are better seen in the table.
    let shown: Vec<&(String, CopyText)> = texts.iter().take(CARDS).collect();
    let here = view.chosen.as_ref().is_some_and(|chosen| texts.iter().any(|(id, _)| id == chosen));
    if !here && let Some((id, _)) = shown.first() {
        view.chosen = Some(id.clone());
    }
    check::check_all(ui, view, desk);
    ScrollArea::vertical().id_salt("copy drafts").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::S4;
        for (id, text) in shown {
            if view.editing.as_ref().is_some_and(|editing| editing.id == *id) {
                editor::editor_card(ui, cx, view, desk, id, text);
            } else {
                card::draft_card(ui, cx, view, desk, id, text);
            }
        }
        // What was broken off is not kept, and not shown.
        for (id, text) in streaming.iter().filter(|_| desk.writing).filter(|(id, _)| {
            desk.project
                .raw_item(&crate::project::ItemKey { kind: "copy_text".to_owned(), id: (*id).clone() })
                .is_none()
        }) {
            card::streaming_card(ui, cx, id, text);
        }
        if texts.len() > CARDS {
            ui.horizontal(|ui| {
                widget::small(ui, words::and_more(cx.lang, texts.len() - CARDS));
                view.as_table |= ui.add(Button::quiet(words::table(cx.lang))).clicked();
            });
        }
        if desk.writing && streaming.is_empty() {
            widget::card(ui, |ui| widget::small(ui, words::loading_model(cx.lang)));
        }
    });
}

fn nothing(ui: &mut Ui, text: &str, button: &str, act: impl FnOnce()) {
    let tokens = Tokens::of(ui);
    ui.add_space((ui.available_height() * 0.28).max(0.0));
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::COPY_DESK).size(40.0).color(tokens.text_3));
        widget::small(ui, text);
        ui.add_space(size::S3);
        if ui.add(Button::suggested(button)).clicked() {
            act();
        }
    });
}

fn no_model(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let tokens = Tokens::of(ui);
    ui.add_space((ui.available_height() * 0.24).max(0.0));
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::MODEL).size(40.0).color(tokens.text_3));
        widget::heading(ui, words::model_none_title(cx.lang));
        ui.scope(|ui| {
            ui.set_max_width(460.0);
            widget::small(ui, words::model_none_text(cx.lang));
        });
        ui.add_space(size::S3);
        if ui.add(Button::suggested(words::model_add(cx.lang)).icon(icon::PLUS)).clicked() {
            cx.act(Action::Go(Page::Models));
        }
        ui.add_space(size::S2);
        let can = desk.can_write && desk.products > 0;
        if ui.add(Button::plain(words::write_yourself(cx.lang)).icon(icon::COPY_DESK).enabled(can)).clicked() {
            keep::write_yourself(cx, view, desk);
        }
    });
}

/// Sets what the brief is about.
fn choose(view: &mut CopyView, scope: Scope) {
    view.brief().scope = scope;
}
