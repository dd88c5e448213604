//! Editing a draft in place: findings underlined as it is typed, a bar for the channel's length, other words for what is
//! marked, and the version before.

use egui::{TextEdit, Ui};

use super::{CopyCommand, CopyView, Desk, Dialog, card, keep, letter};
use crate::stage::copy::brief::Rewrite;
use crate::stage::copy::channel::Channel;
use crate::stage::copy::check::{Measure, Report};
use crate::stage::copy::version::CopyText;
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::{self, Button, Tone, bars, icon};
use crate::ui::{Command, PageContext};

/// A text being edited. What is typed is kept at every pause, in one version of its own, so that nothing is lost when
/// the window closes.
pub struct Editing {
    pub id: String,
    pub text: String,
    /// Versions that stood there before.
    base: usize,
    /// When it was typed in last (the context's clock), while that is not kept yet.
    typed: Option<f64>,
    /// Bytes of the words marked last.
    marked: (usize, usize),
}

/// Seconds without a key after which words are kept.
const PAUSE: f64 = 0.6;

impl Editing {
    pub fn new(id: &str, text: &CopyText) -> Self {
        let (id, base) = (id.to_owned(), text.versions.len());
        Self { id, text: text.text().to_owned(), base, typed: None, marked: (0, 0) }
    }

    /// Bytes of the marked words in the text as it is kept, without blanks around it.
    fn marked_words(&self) -> (usize, usize) {
        let lead = self.text.len() - self.text.trim_start().len();
        let most = self.text.trim().len();
        let at = |byte: usize| byte.saturating_sub(lead).min(most);
        (at(self.marked.0), at(self.marked.1))
    }

    /// Puts other words there, as a mend does.
    pub fn say(&mut self, words: String) {
        self.text = words;
        self.typed = Some(0.0);
    }
}

/// Keeps what stands in the editor and closes it.
pub fn leave(cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let Some(mut editing) = view.editing.take() else { return };
    let report = view.known.get(&editing.id).map(|known| known.report.clone());
    keep_words(cx, desk, &mut editing, report.as_ref());
}

/// Opens a text in the editor; what was open there is kept.
pub fn open(cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, id: &str, text: &CopyText) {
    leave(cx, view, desk);
    view.chosen = Some(id.to_owned());
    view.editing = Some(Editing::new(id, text));
}

fn keep_words(cx: &PageContext<'_>, desk: &Desk<'_>, editing: &mut Editing, report: Option<&Report>) {
    editing.typed = None;
    keep::save_session(cx, desk.project, &editing.id, editing.text.trim(), editing.base, report);
}

pub fn editor_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, id: &str, text: &CopyText) {
    let tokens = Tokens::of(ui);
    let report = view.known.get(id).map(|known| known.report.clone());
    let Some(mut editing) = view.editing.take() else { return };
    let mut stay = true;
    let now = ui.input(|input| input.time);
    if editing.typed.is_some_and(|at| now - at > PAUSE) {
        keep_words(cx, desk, &mut editing, report.as_ref());
    } else if editing.typed.is_some() {
        ui.ctx().request_repaint_after_secs(PAUSE as f32);
    }
    let response = widget::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::S2;
        ui.horizontal(|ui| {
            widget::small_strong(ui, words::draft_name(cx.lang, letter(text.variant)));
            widget::chip::chip_with(ui, Tone::Accent, Some(icon::COPY_DESK), words::editing(cx.lang));
            card::state_chips(ui, cx, text, report.as_ref());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widget::caption(ui, card::version_note(cx, text));
            });
        });
        ui.add_space(size::S2);
        let measure = Measure::of(&editing.text);
        let (counted, most) = measure.of_channel(text.channel, text.lang);
        ui.horizontal(|ui| {
            widget::small(ui, lengths(cx, text, &editing.text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let ink = if counted > most { tokens.bad } else { tokens.text };
                let count = egui::RichText::new(format!("{counted}/{most}")).font(regular(text_size::SMALL)).color(ink);
                ui.label(count);
                if text.channel == Channel::Sms {
                    let sms = measure.sms;
                    widget::caption(ui, words::sms_segments(cx.lang, sms.segments, sms.units, sms.room));
                }
            });
        });
        let label = text_label(cx, text.channel);
        if field(ui, text, &label, &mut editing, report.as_ref()) {
            editing.typed = Some(now);
        }
        bars::progress(ui, Some((counted as f32 / most.max(1) as f32).min(1.0)));
        legend(ui, cx);
        ui.add_space(size::S2);
        ui.horizontal(|ui| {
            let can = desk.has_model && !desk.writing && text.made().is_some();
            for how in Rewrite::ALL {
                let button = Button::plain(words::rewrite_name(cx.lang, how)).enabled(can);
                if ui.add(button).on_hover_text(words::selection_hint(cx.lang)).clicked() {
                    keep_words(cx, desk, &mut editing, report.as_ref());
                    let (from, to) = editing.marked_words();
                    cx.send(Command::Copy(CopyCommand::Rewrite { id: id.to_owned(), how, from, to }));
                    stay = false;
                }
            }
        });
        ui.horizontal(|ui| {
            if ui.add(Button::quiet(words::versions(cx.lang)).enabled(!text.versions.is_empty())).clicked() {
                view.dialog = Dialog::Versions;
                view.chosen = Some(id.to_owned());
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.add(Button::suggested(words::done(cx.lang))).clicked() {
                    keep_words(cx, desk, &mut editing, report.as_ref());
                    stay = false;
                }
                // The version before this sitting: what was typed since stays as a version after it.
                let unchanged = text.versions.len() <= editing.base && editing.text == text.text();
                let before = if unchanged { editing.base.saturating_sub(1) } else { editing.base };
                if before > 0 {
                    let back = words::back_to(cx.lang, before);
                    if ui.add(Button::quiet(&back).icon(icon::UNDO)).clicked() {
                        keep::restore(cx, text, id, editing.text.trim(), before - 1);
                        stay = false;
                    }
                }
            });
        });
    });
    let edge = egui::Stroke::new(1.5, tokens.accent);
    let radius = egui::CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect_stroke(response.response.rect, radius, edge, egui::StrokeKind::Inside);
    if stay {
        view.editing = Some(editing);
    }
}

fn text_label(cx: &PageContext<'_>, channel: Channel) -> String {
    let (first, rest) = match channel {
        Channel::Push | Channel::Note => (words::text_title(cx.lang), words::text_body(cx.lang)),
        Channel::Email => (words::text_subject(cx.lang), words::text_body(cx.lang)),
        _ => return words::text_text(cx.lang).to_owned(),
    };
    format!("{first} ↵ {rest}")
}

/// The lengths of head and body, where the channel has both.
fn lengths(cx: &PageContext<'_>, text: &CopyText, words: &str) -> String {
    let label = text_label(cx, text.channel);
    let Some((first, rest)) = label.split_once(" ↵ ").filter(|_| card::has_head(text.channel)) else { return label };
    let count = |part: &str| Measure::of(part).of_channel(text.channel, text.lang).0;
    let (head, body) = words.split_once('\n').unwrap_or((words, ""));
    format!("{first} {} ↵ {rest} {}", count(head), count(body))
}

/// The text itself, and whether it was typed in. Its marks are those of the last report; while words move under them,
/// plain text is shown.
fn field(ui: &mut Ui, text: &CopyText, label: &str, editing: &mut Editing, report: Option<&Report>) -> bool {
    let tokens = Tokens::of(ui);
    let head = card::has_head(text.channel);
    let fits = report.filter(|r| r.findings.iter().all(|f| editing.text.get(f.from..f.to).is_some()));
    let mut layout = |ui: &Ui, buffer: &dyn egui::TextBuffer, wrap: f32| {
        let job = card::marked(buffer.as_str(), fits, tokens, text_size::BODY + 1.0, head, wrap);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let output = TextEdit::multiline(&mut editing.text)
        .id_salt(("copy editor", &editing.id))
        .desired_rows(4)
        .desired_width(f32::INFINITY)
        .layouter(&mut layout)
        .show(ui);
    let label = label.to_owned();
    output.response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::TextInput, true, &label));
    if let Some(range) = output.cursor_range.filter(|range| !range.is_empty()) {
        let chars = range.as_sorted_char_range();
        let byte = |at: usize| editing.text.char_indices().nth(at).map_or(editing.text.len(), |(byte, _)| byte);
        editing.marked = (byte(chars.start.into()), byte(chars.end.into()));
    } else if output.response.has_focus() {
        editing.marked = (0, 0);
    }
    output.response.changed()
}

fn legend(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        for (ink, text) in [
            (tokens.ok, words::legend_found(cx.lang)),
            (tokens.warn_mark, words::legend_doubt(cx.lang)),
            (tokens.bad, words::legend_missing(cx.lang)),
        ] {
            let (rect, _) = ui.allocate_exact_size(egui::vec2(16.0, 12.0), egui::Sense::hover());
            ui.painter().hline(rect.x_range(), rect.center().y, egui::Stroke::new(2.0, ink));
            widget::caption(ui, text);
        }
    });
}
