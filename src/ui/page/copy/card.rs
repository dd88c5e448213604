//! A draft as a card: its text with facts and findings underlined, and what can be done with it.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, Stroke, StrokeKind, Ui};

use super::{CopyCommand, CopyView, Desk, editor, keep, letter};
use crate::stage::copy::brief::Rewrite;
use crate::stage::copy::channel::Channel;
use crate::stage::copy::check::{Finding, Grade, Measure, Mend, Problem, Report, mended};
use crate::stage::copy::version::{Author, CopyText, Status};
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, Tone, chip, icon};
use crate::ui::{Command, PageContext};

/// Channels whose first line is a head of its own.
pub fn has_head(channel: Channel) -> bool {
    matches!(channel, Channel::Push | Channel::Email | Channel::Note)
}

/// The text with its facts underlined green, doubts amber, faults red.
pub fn marked(text: &str, report: Option<&Report>, tokens: &Tokens, font: f32, head: bool, wrap: f32) -> LayoutJob {
    let mut edges: Vec<usize> = vec![0, text.len()];
    let facts = report.map_or(&[][..], |report| &report.facts);
    let findings = report.map_or(&[][..], |report| &report.findings);
    let first = if head { text.find('\n').unwrap_or(text.len()) } else { 0 };
    edges.push(first);
    edges.extend(facts.iter().flat_map(|fact| [fact.from, fact.to]));
    edges.extend(findings.iter().flat_map(|finding| [finding.from, finding.to]));
    edges.retain(|at| text.is_char_boundary(*at));
    edges.sort_unstable();
    edges.dedup();
    let mut job = LayoutJob::default();
    job.wrap.max_width = wrap;
    for pair in edges.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let on = |a: usize, b: usize| a <= from && to <= b && b > 0;
        let worst = findings.iter().filter(|f| on(f.from, f.to) && f.grade != Grade::Note).map(|f| f.grade).max();
        let (line, ground) = match worst {
            Some(Grade::Fault) => (tokens.bad, tokens.bad_soft),
            Some(_) => (tokens.warn_mark, tokens.warn_soft),
            None if facts.iter().any(|f| on(f.from, f.to) && f.source.is_some()) => (tokens.ok, Color32::TRANSPARENT),
            None => (Color32::TRANSPARENT, Color32::TRANSPARENT),
        };
        let is_head = head && to <= first;
        let format = TextFormat {
            font_id: if is_head { semibold(font) } else { regular(font) },
            color: if is_head { tokens.text } else { tokens.text_2 },
            background: ground,
            underline: if line == Color32::TRANSPARENT { Stroke::NONE } else { Stroke::new(2.0, line) },
            line_height: Some(font * 1.55),
            ..TextFormat::default()
        };
        job.append(&text[from..to], 0.0, format);
    }
    job
}

fn frame(ui: &mut Ui, chosen: bool, add: impl FnOnce(&mut Ui)) -> egui::Response {
    let tokens = Tokens::of(ui);
    let inner = widget::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::S2;
        add(ui);
    });
    if chosen {
        let edge = Stroke::new(1.5, tokens.accent);
        ui.painter().rect_stroke(inner.response.rect, CornerRadius::same(size::RADIUS_CARD), edge, StrokeKind::Inside);
    }
    inner.response
}

pub fn state_chips(ui: &mut Ui, cx: &PageContext<'_>, text: &CopyText, report: Option<&Report>) {
    match &text.status {
        Status::Approved => drop(chip(ui, Tone::Ok, words::approved(cx.lang))),
        Status::Rejected(why) => drop(chip(ui, Tone::Idle, words::rejected(cx.lang)).on_hover_text(why)),
        Status::Failed(_) => drop(chip(ui, Tone::Bad, words::failed(cx.lang))),
        Status::Open => {}
    }
    let Some(report) = report else { return };
    let (faults, doubts) = (keep::open_faults(report, text), keep::open_doubts(report, text));
    if faults > 0 {
        chip(ui, Tone::Bad, &words::faults_n(cx.lang, faults));
    }
    if doubts > 0 {
        widget::chip::chip_with(ui, Tone::Warn, Some(icon::WARNING), &words::doubtful_n(cx.lang, doubts));
    }
    if faults + doubts == 0 && text.status == Status::Open && !text.text().is_empty() {
        chip(ui, Tone::Ok, words::ready(cx.lang));
    }
}

/// What the channel counts of what it holds.
pub fn counter(text: &CopyText, measure: &Measure) -> (String, bool) {
    let (counted, most) = measure.of_channel(text.channel, text.lang);
    (format!("{counted}/{most}"), counted > most)
}

pub fn draft_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, id: &str, text: &CopyText) {
    let tokens = Tokens::of(ui);
    let chosen = view.chosen.as_deref() == Some(id);
    let report = view.known.get(id).map(|known| known.report.clone());
    let many = desk.batch.as_ref().is_some_and(|(_, batch)| batch.products.len() > 1);
    let response = frame(ui, chosen, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::S2;
            widget::small_strong(ui, words::draft_name(cx.lang, letter(text.variant)));
            state_chips(ui, cx, text, report.as_ref());
            let product = desk.product_of(text);
            if text.made().zip(product).is_some_and(|(made, product)| made.row != product.fingerprint()) {
                chip(ui, Tone::Warn, words::sheet_changed(cx.lang)).on_hover_text(words::sheet_changed_hover(cx.lang));
            }
            if many && let Some(product) = product {
                widget::caption(ui, &product.name);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let (count, over) =
                    report.as_ref().map_or_else(|| (String::new(), false), |r| counter(text, &r.measure));
                let ink = if over { tokens.bad } else { tokens.text_3 };
                ui.label(egui::RichText::new(count).font(regular(text_size::SMALL)).color(ink));
                if text.favourite {
                    chip(ui, Tone::Accent, words::favourite(cx.lang));
                }
                if ui.add(Button::icon_only(icon::RECOMMEND, words::favourite(cx.lang))).clicked() {
                    let mut text = text.clone();
                    text.favourite = !text.favourite;
                    keep::save_text(cx, id, &text);
                }
            });
        });
        if let Status::Failed(why) = &text.status {
            widget::small(ui, why.as_str());
        } else {
            let job = marked(
                text.text(),
                report.as_ref(),
                tokens,
                text_size::BODY,
                has_head(text.channel),
                ui.available_width(),
            );
            ui.add(egui::Label::new(job).wrap());
        }
        if let Some((_, same)) = cx.shown.copy.replayed.as_ref().filter(|(of, _)| of == id) {
            let said = if *same { words::replay_same(cx.lang) } else { words::replay_other(cx.lang) };
            chip(ui, if *same { Tone::Ok } else { Tone::Warn }, said);
        }
        ui.add_space(size::S3);
        buttons(ui, cx, view, desk, id, text, report.as_ref());
    });
    if ui.rect_contains_pointer(response.rect) && ui.input(|input| input.pointer.primary_clicked()) {
        view.chosen = Some(id.to_owned());
    }
}

fn buttons(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut CopyView,
    desk: &Desk<'_>,
    id: &str,
    text: &CopyText,
    report: Option<&Report>,
) {
    let can = desk.can_write;
    ui.horizontal(|ui| {
        if ui.add(Button::plain(words::edit(cx.lang)).icon(icon::COPY_DESK).enabled(can)).clicked() {
            editor::open(cx, view, desk, id, text);
        }
        // A claim that nothing supports: the nearest mend stands right here.
        let wrong =
            |f: &&Finding| f.grade == Grade::Fault && matches!(f.problem, Problem::Fact(_) | Problem::Word { .. });
        let finding = report.and_then(|report| report.findings.iter().find(wrong));
        if let Some(finding) = finding.filter(|f| f.mend.is_some() && !keep::is_kept(text, f.from, f.to)) {
            let label = match &finding.mend {
                Some(Mend::Say(to)) => words::mend_say(cx.lang, to),
                _ => words::mend_remove(cx.lang).to_owned(),
            };
            if ui.add(Button::suggested(&label).enabled(can)).clicked()
                && let Some(better) = mended(text.text(), finding)
            {
                keep::save_human(cx, desk.project, id, &better, None);
            }
        }
        let rewrite = can && desk.has_model && !desk.writing && text.made().is_some();
        let more = rewrite && desk.batch.is_some();
        if more && ui.add(Button::quiet(words::more_like_this(cx.lang))).clicked() {
            super::more_like(cx, view, desk, text);
        }
        for how in [Rewrite::Warmer, Rewrite::Shorter] {
            if rewrite && ui.add(Button::quiet(words::rewrite_name(cx.lang, how))).clicked() {
                cx.send(Command::Copy(CopyCommand::Rewrite { id: id.to_owned(), how, from: 0, to: 0 }));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let clean = report.is_some_and(|report| keep::open_faults(report, text) == 0) && !text.text().is_empty();
            match &text.status {
                Status::Open => {
                    let use_it = Button::plain(words::use_it(cx.lang)).icon(icon::CHECK).enabled(can && clean);
                    if ui.add(use_it).clicked() {
                        keep::set_status(cx, desk.project, id, Status::Approved);
                    }
                    if ui.add(Button::quiet(words::reject(cx.lang)).enabled(can)).clicked() {
                        view.note = Some((id.to_owned(), String::new()));
                    }
                }
                _ => {
                    if ui.add(Button::quiet(words::reopen(cx.lang)).enabled(can)).clicked() {
                        keep::set_status(cx, desk.project, id, Status::Open);
                    }
                }
            }
        });
    });
    if let Some((of, why)) = view.note.clone().filter(|(of, _)| of == id) {
        let mut why = why;
        ui.horizontal(|ui| {
            widget::small(ui, words::reject_why(cx.lang));
            ui.add(egui::TextEdit::singleline(&mut why).desired_width(260.0));
            if ui.add(Button::plain(words::reject(cx.lang))).clicked() {
                keep::set_status(cx, desk.project, &of, Status::Rejected(why.trim().to_owned()));
                view.note = None;
                return;
            }
            view.note = Some((of, why));
        });
    }
}

/// A text that the model is writing.
pub fn streaming_card(ui: &mut Ui, cx: &PageContext<'_>, id: &str, text: &str) {
    let tokens = Tokens::of(ui);
    let variant = id.rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    widget::card(ui, |ui| {
        ui.horizontal(|ui| {
            widget::small_strong(ui, words::draft_name(cx.lang, letter(variant)));
            chip(ui, Tone::Accent, words::writing_now(cx.lang));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widget::caption(ui, text.chars().count().to_string());
            });
        });
        ui.label(egui::RichText::new(format!("{text}…")).font(regular(text_size::BODY)).color(tokens.text_2));
    });
}

/// Which version is shown, and whose it is.
pub fn version_note(cx: &PageContext<'_>, text: &CopyText) -> String {
    let n = text.versions.len();
    match text.versions.last().map(|version| version.author) {
        Some(Author::Human) => words::version_yours(cx.lang, n),
        _ => words::version_model(cx.lang, n),
    }
}
