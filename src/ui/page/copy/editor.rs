//! Editing a draft in place: findings underlined as it is typed, a bar for the channel's length, other words for what is
//! marked, and the version before.

use egui::{TextEdit, Ui};

use super::{CopyCommand, CopyView, Desk, Dialog, card, keep, letter};
use crate::stage::copy::brief::Rewrite;
use crate::stage::copy::channel::Channel;
use crate::stage::copy::check::Measure;
use crate::stage::copy::version::CopyText;
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::{self, Button, Tone, bars, icon};
use crate::ui::{Command, PageContext};

/// A text being edited; it becomes a version when it is done.
pub struct Editing {
    pub id: String,
    pub text: String,
    /// Bytes of the words marked last.
    marked: (usize, usize),
}

impl Editing {
    pub fn new(id: &str, text: &str) -> Self {
        Self { id: id.to_owned(), text: text.to_owned(), marked: (0, 0) }
    }
}

pub fn editor_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, id: &str, text: &CopyText) {
    let tokens = Tokens::of(ui);
    let report = view.known.get(id).map(|known| known.report.clone());
    let Some(mut editing) = view.editing.take() else { return };
    let mut stay = true;
    let response = widget::card(ui, |ui| {
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
            widget::small(ui, text_label(cx, text.channel));
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
        field(ui, text, &mut editing, report.as_ref());
        bars::progress(ui, Some((counted as f32 / most.max(1) as f32).min(1.0)));
        legend(ui, cx);
        ui.add_space(size::S2);
        ui.horizontal(|ui| {
            let can = desk.has_model && !desk.writing && text.made().is_some();
            for how in Rewrite::ALL {
                let button = Button::plain(words::rewrite_name(cx.lang, how)).enabled(can);
                if ui.add(button).on_hover_text(words::selection_hint(cx.lang)).clicked() {
                    keep::save_human(cx, desk.project, id, editing.text.trim(), report.as_ref());
                    let (from, to) = editing.marked;
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
                    keep::save_human(cx, desk.project, id, editing.text.trim(), report.as_ref());
                    stay = false;
                }
                let before = text.versions.len();
                if before > 1 {
                    let back = words::back_to(cx.lang, before - 1);
                    if ui.add(Button::quiet(&back).icon(icon::UNDO)).clicked() {
                        let mut text = text.clone();
                        if text.restore(before - 2, cx.now) {
                            keep::save_text(cx, id, &text);
                        }
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

/// The text itself. Its marks are those of the last report; while words move under them, plain text is shown.
fn field(ui: &mut Ui, text: &CopyText, editing: &mut Editing, report: Option<&crate::stage::copy::check::Report>) {
    let tokens = Tokens::of(ui);
    let head = card::has_head(text.channel);
    let fits = report.filter(|r| r.findings.iter().all(|f| editing.text.get(f.from..f.to).is_some()));
    let mut layout = |ui: &Ui, buffer: &dyn egui::TextBuffer, wrap: f32| {
        let job = card::marked(buffer.as_str(), fits, tokens, text_size::BODY + 1.0, head, wrap);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let name = text.channel.key();
    let output = TextEdit::multiline(&mut editing.text)
        .id_salt(("copy editor", &editing.id))
        .desired_rows(4)
        .desired_width(f32::INFINITY)
        .layouter(&mut layout)
        .show(ui);
    let label = name.to_owned();
    output.response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::TextInput, true, &label));
    if let Some(range) = output.cursor_range.filter(|range| !range.is_empty()) {
        let chars = range.as_sorted_char_range();
        let byte = |at: usize| editing.text.char_indices().nth(at).map_or(editing.text.len(), |(byte, _)| byte);
        editing.marked = (byte(chars.start.into()), byte(chars.end.into()));
    } else if output.response.has_focus() {
        editing.marked = (0, 0);
    }
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
