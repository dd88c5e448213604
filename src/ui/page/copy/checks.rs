//! The checks of the chosen draft: facts with their lines, findings with reason and mend, and what is in order.

use egui::{Frame, Margin, Ui};

use super::{CopyView, Desk, keep, letter};
use crate::stage::copy::check::{Finding, Grade, Mend, Problem, Report, mended};
use crate::stage::copy::version::CopyText;
use crate::ui::PageContext;
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, card, icon};

pub fn checks_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let chosen = view.chosen.clone().and_then(|id| Some((id.clone(), desk.project.item::<CopyText>(&id)?)));
    let Some((id, text)) = chosen else { return };
    let Some(report) = view.known.get(&id).map(|known| known.report.clone()) else { return };
    let shown = match &view.editing {
        Some(editing) if editing.id == id => editing.text.clone(),
        _ => text.text().to_owned(),
    };
    card(ui, |ui| {
        // Rows of text, not of buttons.
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().item_spacing.y = size::S1;
        widget::heading(ui, &words::checks_on(cx.lang, words::draft_name(cx.lang, letter(text.variant))));
        facts(ui, cx, &shown, &report);
        ui.add_space(size::S1);
        for finding in &report.findings {
            finding_box(ui, cx, view, desk, &id, &text, &shown, finding);
        }
        in_order(ui, cx, &text, &report);
    });
}

fn facts(ui: &mut Ui, cx: &PageContext<'_>, shown: &str, report: &Report) {
    let tokens = Tokens::of(ui);
    let traced: Vec<_> = report.facts.iter().filter(|fact| fact.source.is_some()).collect();
    if traced.is_empty() {
        widget::small(ui, words::no_facts_in_text(cx.lang));
        return;
    }
    ui.horizontal(|ui| {
        let count = match traced.len() {
            1 => words::fact_traced(cx.lang).to_owned(),
            n => words::facts_traced(cx.lang, n),
        };
        ui.label(egui::RichText::new(count).font(semibold(text_size::SMALL)).color(tokens.ok));
        widget::caption(ui, words::facts_from_sheet(cx.lang));
    });
    for fact in traced.iter().take(8) {
        let source = fact.source.clone().unwrap_or_default();
        fact_row(ui, shown.get(fact.from..fact.to).unwrap_or_default(), &source);
    }
    if traced.len() > 8 {
        widget::caption(ui, words::and_more(cx.lang, traced.len() - 8));
    }
}

/// A fact at the left, the line of the sheet it comes from at the right, each in its half.
fn fact_row(ui: &mut Ui, fact: &str, source: &str) {
    let tokens = Tokens::of(ui);
    let (row, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 22.0), egui::Sense::hover());
    response.on_hover_text(source);
    let mark = egui::FontId::new(13.0, egui::FontFamily::Proportional);
    let middle = egui::Align2::LEFT_CENTER;
    ui.painter().text(row.left_center(), middle, icon::CHECK, mark, tokens.ok);
    let half = row.left() + 20.0 + (row.width() - 20.0) * 0.48;
    let left = egui::Rect::from_min_max(row.min + egui::vec2(20.0, 0.0), egui::pos2(half - 6.0, row.bottom()));
    let right = egui::Rect::from_min_max(egui::pos2(half + 6.0, row.top()), row.max);
    let mut cell = |rect: egui::Rect, layout: egui::Layout, text: egui::RichText| {
        let id = (rect.min.x as i32, rect.min.y as i32);
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt(id).max_rect(rect).layout(layout));
        child.add(egui::Label::new(text).truncate().selectable(false));
    };
    let words = egui::RichText::new(fact).font(regular(text_size::SMALL)).color(tokens.text);
    cell(left, egui::Layout::left_to_right(egui::Align::Center), words);
    let source = egui::RichText::new(source).font(regular(text_size::TINY)).color(tokens.text_2);
    cell(right, egui::Layout::right_to_left(egui::Align::Center), source);
}

#[expect(clippy::too_many_arguments, reason = "one finding with all that it stands in")]
fn finding_box(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut CopyView,
    desk: &Desk<'_>,
    id: &str,
    text: &CopyText,
    shown: &str,
    finding: &Finding,
) {
    let tokens = Tokens::of(ui);
    let kept = keep::is_kept(text, finding.from, finding.to);
    let (ink, ground) = match finding.grade {
        _ if kept => (tokens.idle, tokens.idle_soft),
        Grade::Fault => (tokens.bad, tokens.bad_soft),
        Grade::Doubt => (tokens.warn, tokens.warn_soft),
        Grade::Note => (tokens.ok, tokens.ok_soft),
    };
    let place = shown.get(finding.from..finding.to).unwrap_or_default();
    Frame::new().fill(ground).corner_radius(6).inner_margin(Margin::same(10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal(|ui| {
            let glyph = if finding.grade == Grade::Note || kept { icon::CHECK } else { icon::WARNING };
            ui.label(egui::RichText::new(glyph).size(14.0).color(ink));
            if !place.is_empty() {
                let short: String = place.chars().take(28).collect();
                let words = egui::RichText::new(format!("“{short}”")).font(semibold(text_size::SMALL)).color(ink);
                ui.add(egui::Label::new(words).truncate());
            }
            if kept {
                widget::caption(ui, words::kept(cx.lang));
            }
        });
        let why = words::problem(cx.lang, &finding.problem);
        ui.label(egui::RichText::new(why).font(regular(text_size::SMALL)).color(tokens.text));
        if finding.grade == Grade::Note || kept {
            return;
        }
        ui.horizontal(|ui| mends(ui, cx, view, desk, id, shown, finding));
        note(ui, cx, view, id, text, place);
    });
}

fn mends(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut CopyView,
    desk: &Desk<'_>,
    id: &str,
    shown: &str,
    finding: &Finding,
) {
    let label = match (&finding.mend, &finding.problem) {
        (None, _) => None,
        (Some(_), Problem::MustSay(_)) => Some(words::mend_add(cx.lang).to_owned()),
        (Some(Mend::Remove), _) => Some(words::mend_remove(cx.lang).to_owned()),
        (Some(Mend::Say(to)), _) => Some(words::mend_say(cx.lang, to)),
    };
    if let Some(label) = label
        && ui.add(Button::plain(&label).enabled(desk.can_write)).clicked()
        && let Some(better) = mended(shown, finding)
    {
        match &mut view.editing {
            Some(editing) if editing.id == id => editing.say(better),
            _ => keep::save_human(cx, desk.project, id, &better, None),
        }
    }
    let is_place = finding.to > finding.from
        && matches!(finding.problem, Problem::Word { .. } | Problem::Repeats | Problem::HardToRead { .. });
    if is_place && ui.add(Button::quiet(words::keep_note(cx.lang)).enabled(desk.can_write)).clicked() {
        let place = shown.get(finding.from..finding.to).unwrap_or_default().to_owned();
        view.keeping = Some((id.to_owned(), place, String::new()));
    }
}

/// The note that a finding is kept with.
fn note(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, id: &str, text: &CopyText, place: &str) {
    let Some((_, _, mut why)) = view.keeping.clone().filter(|(of, words, _)| of == id && words == place) else {
        return;
    };
    ui.horizontal(|ui| {
        let edit = egui::TextEdit::singleline(&mut why).hint_text(words::keep_why(cx.lang)).desired_width(150.0);
        super::brief::named(&ui.add(edit), words::keep_why(cx.lang));
        let ready = !why.trim().is_empty();
        if ui.add(Button::plain(words::keep_short(cx.lang)).enabled(ready)).clicked() {
            let mut text = text.clone();
            text.kept.push((place.to_owned(), why.trim().to_owned()));
            keep::save_text(cx, id, &text);
            view.keeping = None;
            return;
        }
        view.keeping = Some((id.to_owned(), place.to_owned(), why));
    });
}

fn in_order(ui: &mut Ui, cx: &PageContext<'_>, text: &CopyText, report: &Report) {
    let tokens = Tokens::of(ui);
    let has =
        |wanted: fn(&Problem) -> bool| report.findings.iter().any(|f| f.grade != Grade::Note && wanted(&f.problem));
    let (counted, most) = report.measure.of_channel(text.channel, text.lang);
    let mut lines = Vec::new();
    if !has(|p| matches!(p, Problem::Word { .. } | Problem::NeverSay)) {
        lines.push(words::ok_words(cx.lang).to_owned());
    }
    if !has(|p| matches!(p, Problem::HardToRead { .. } | Problem::Repeats | Problem::OtherLanguage)) {
        lines.push(words::ok_reads(cx.lang).to_owned());
    }
    if counted <= most {
        lines.push(words::ok_length(cx.lang, counted, most));
    }
    if !has(|p| matches!(p, Problem::TooClose { .. })) {
        lines.push(words::ok_own(cx.lang).to_owned());
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = size::S1;
        for line in lines {
            // Sign and words stay together when the row is full.
            let mut job = egui::text::LayoutJob::default();
            let font = |size| egui::FontId::new(size, egui::FontFamily::Proportional);
            job.append(icon::CHECK, 0.0, egui::TextFormat::simple(font(13.0), tokens.ok));
            job.append(&line, 4.0, egui::TextFormat::simple(regular(text_size::SMALL), tokens.text_2));
            ui.add(egui::Label::new(job).extend());
            ui.add_space(size::S1);
        }
    });
}
