//! What the page reads from and writes to the project.

use super::{CopyView, Desk, editor};
use crate::project::document::Label;
use crate::project::{Edit, Item, Project};
use crate::stage::copy::batch::{Batch, Task};
use crate::stage::copy::brief::{CopyBrief, Scope};
use crate::stage::copy::check::{Grade, Report};
use crate::stage::copy::version::{Author, CopyText, Status, Version};
use crate::store::copydesk::{self, THE_ONE};
use crate::ui::context::OpenProject;
use crate::ui::{Command, PageContext};

pub const LABEL: Label = Label::Change("copy");

/// The brief of a project that has just been opened, or that undo has changed; a new one starts with no product.
pub fn load(cx: &PageContext<'_>, view: &mut CopyView, open: &OpenProject<'_>) {
    let (project, path) = (open.project, open.path);
    if view.project.as_deref() == Some(path) {
        if view.revision != Some(open.revision) {
            view.revision = Some(open.revision);
            let kept = project.item::<CopyBrief>(THE_ONE);
            if let Some(brief) = kept.filter(|brief| view.brief.as_ref() != Some(brief)) {
                set_brief(view, brief);
            }
        }
        return;
    }
    *view = CopyView { project: Some(path.to_owned()), revision: Some(open.revision), ..CopyView::default() };
    let lang = match cx.lang {
        crate::ui::text::Lang::En => crate::stage::copy::channel::CopyLang::En,
        crate::ui::text::Lang::Zh => crate::stage::copy::channel::CopyLang::Zh,
    };
    let brief = project.item::<CopyBrief>(THE_ONE).unwrap_or(CopyBrief { lang, ..CopyBrief::default() });
    set_brief(view, brief);
}

/// Puts a brief on the desk, its lists as text.
pub fn set_brief(view: &mut CopyView, brief: CopyBrief) {
    view.lists = [&brief.must, &brief.must_not, &brief.search_words].map(|list| list.join(", "));
    view.brief = Some(brief);
}

/// Keeps the brief as it stands; a burst of typing is one step.
pub fn save_brief(cx: &PageContext<'_>, brief: &CopyBrief) {
    if let Ok(edit) = brief.put(THE_ONE) {
        edit_one(cx, edit, Some("copy brief"));
    }
}

pub fn edit_one(cx: &PageContext<'_>, edit: Edit, merge: crate::project::Merge) {
    if cx.can_write() {
        cx.send(Command::Edit { label: LABEL, edits: vec![edit], merge });
    }
}

pub fn save_text(cx: &PageContext<'_>, id: &str, text: &CopyText) {
    if let Ok(edit) = text.put(id) {
        edit_one(cx, edit, None);
    }
}

pub fn set_status(cx: &PageContext<'_>, project: &Project, id: &str, status: Status) {
    if let Some(mut text) = project.item::<CopyText>(id) {
        text.status = status;
        save_text(cx, id, &text);
    }
}

/// Saves what a person wrote as a new version.
pub fn save_human(cx: &PageContext<'_>, project: &Project, id: &str, words: &str, report: Option<&Report>) {
    let Some(mut text) = project.item::<CopyText>(id) else { return };
    let version = Version { text: words.to_owned(), author: Author::Human, at: cx.now, made: None, restored: None };
    if text.save(version) {
        if let Some(report) = report {
            (text.faults, text.doubts) = (report.faults(), report.doubts());
        }
        save_text(cx, id, &text);
    }
}

/// Keeps the words of one sitting at the editor: one version after the `base` that stood there before, rewritten while
/// the sitting lasts.
pub fn save_session(
    cx: &PageContext<'_>,
    project: &Project,
    id: &str,
    words: &str,
    base: usize,
    report: Option<&Report>,
) {
    let Some(mut text) = project.item::<CopyText>(id) else { return };
    if text.text() == words {
        return;
    }
    // Only words that this sitting put there make room for the next; what the model wrote meanwhile stays.
    let own = text.versions.get(base..).is_some_and(|since| since.iter().all(|v| v.author == Author::Human));
    if own {
        text.versions.truncate(base);
    }
    let version = Version { text: words.to_owned(), author: Author::Human, at: cx.now, made: None, restored: None };
    text.save(version);
    if let Some(report) = report {
        (text.faults, text.doubts) = (report.faults(), report.doubts());
    }
    if let Ok(edit) = text.put(id) {
        edit_one(cx, edit, Some("copy words"));
    }
}

/// Brings version `index` back after what stands in the editor has become a version too.
pub fn restore(cx: &PageContext<'_>, text: &CopyText, id: &str, words: &str, index: usize) {
    let mut text = text.clone();
    text.save(Version { text: words.to_owned(), author: Author::Human, at: cx.now, made: None, restored: None });
    if text.restore(index, cx.now) {
        save_text(cx, id, &text);
    }
}

/// Faults that nobody has looked at and kept with a note.
pub fn open_faults(report: &Report, text: &CopyText) -> usize {
    report.findings.iter().filter(|f| f.grade == Grade::Fault && !is_kept(text, f.from, f.to)).count()
}

pub fn open_doubts(report: &Report, text: &CopyText) -> usize {
    report.findings.iter().filter(|f| f.grade == Grade::Doubt && !is_kept(text, f.from, f.to)).count()
}

pub fn is_kept(text: &CopyText, from: usize, to: usize) -> bool {
    let words = text.text().get(from..to).unwrap_or_default();
    !words.is_empty() && text.kept.iter().any(|(kept, _)| kept == words)
}

/// A batch of one empty text by a person, opened in the editor: copy can be written without any model.
pub fn write_yourself(cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let Some(product) = &desk.product else { return };
    let mut brief = view.brief().clone();
    brief.variants = 1;
    brief.scope = Scope::Products(vec![product.id.clone()]);
    let id = copydesk::free_batch_id(desk.project);
    let task = Task { product: product.id.clone(), channel: brief.channel, lang: brief.lang, variant: 0 };
    let batch = Batch {
        channels: vec![brief.channel],
        langs: vec![brief.lang],
        products: vec![product.id.clone()],
        brief,
        paused: false,
    };
    let mut text = CopyText::new(&task.product, task.channel, task.lang, 0);
    text.save(Version { text: String::new(), author: Author::Human, at: cx.now, made: None, restored: None });
    let key = task.id(&id);
    if let (Ok(first), Ok(second)) = (batch.put(&id), text.put(&key)) {
        cx.send(Command::Edit { label: LABEL, edits: vec![first, second], merge: None });
        editor::leave(cx, view, desk);
        (view.batch, view.chosen) = (Some(id), Some(key.clone()));
        view.editing = Some(editor::Editing::new(&key, &text));
    }
}
