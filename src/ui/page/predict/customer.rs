//! One customer: the score, and what pushed it up and down.

use egui::{Rect, ScrollArea, Sense, TextEdit, Ui, pos2, vec2};

use super::left::{Bar, bars};
use super::{PredictView, Seen};
use crate::stage::predict::Values;
use crate::stage::predict::explain::{Exactness, Explanation, Units};
use crate::stage::predict::frame::NO_LEVEL;
use crate::ui::PageContext;
use crate::ui::text::{feature, number, predict as words, predict_say as say};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget;

/// How many pushes are shown one by one.
const SHOWN: usize = 12;

pub fn customer(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let room = ui.available_rect_before_wrap();
    let list = Rect::from_min_size(room.min, vec2(room.width(), (room.height() * 0.4).max(120.0)));
    let mut upper = ui.new_child(egui::UiBuilder::new().id_salt("customer list").max_rect(list));
    customers(&mut upper, cx, view, seen);
    let below = Rect::from_min_max(pos2(room.left(), list.bottom() + size::S2), room.max);
    let mut lower = ui.new_child(egui::UiBuilder::new().id_salt("customer why").max_rect(below));
    lower.spacing_mut().item_spacing.y = 4.0;
    widget::hairline(&mut lower);
    let explanation = seen.look.and_then(|look| look.explanation.as_ref());
    match (view.customer, explanation) {
        (None, _) => drop(widget::small(&mut lower, words::choose_customer(lang))),
        (Some(row), Some(found)) if found.row == row => why(&mut lower, cx, seen, found),
        _ => drop(widget::small(&mut lower, words::computing(lang))),
    }
}

/// By falling score; searched by id.
fn customers(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let edit = TextEdit::singleline(&mut view.find)
        .hint_text(egui::RichText::new(words::find_customer(lang)).font(regular(text_size::SMALL)))
        .font(regular(text_size::SMALL))
        .desired_width(f32::INFINITY)
        .margin(egui::Margin::symmetric(8, 6));
    let response = ui.add(edit);
    let label = words::find_customer(lang);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(label));
    let Some(look) = seen.look else {
        widget::small(ui, words::computing(lang));
        return;
    };
    let wanted = view.find.trim().to_lowercase();
    if !wanted.is_empty() {
        // A search stops at the first fifty: ids are made into text as they are looked at.
        let hits: Vec<u32> = look
            .order
            .iter()
            .copied()
            .take(20_000)
            .filter(|row| seen.kept.id(*row as usize).to_lowercase().contains(&wanted))
            .take(50)
            .collect();
        if hits.is_empty() {
            widget::small(ui, words::nobody_found(lang));
        }
        rows(ui, cx, view, seen, &look.scores, &hits);
        return;
    }
    rows(ui, cx, view, seen, &look.scores, &look.order);
}

fn rows(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>, scores: &[f64], order: &[u32]) {
    let tokens = Tokens::of(ui);
    ScrollArea::vertical().id_salt("customers").auto_shrink(false).show_rows(ui, 26.0, order.len(), |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for row in &order[range] {
            let row = *row as usize;
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 8.0, 26.0), Sense::click());
            let id = seen.kept.id(row);
            let chosen = view.customer == Some(row);
            let label = id.clone();
            response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &label));
            if chosen || response.hovered() {
                ui.painter().rect_filled(rect, 4.0, if chosen { tokens.selected } else { tokens.hover });
            }
            let font = || regular(text_size::SMALL);
            let middle = rect.center().y;
            let score = scores.get(row).copied().unwrap_or(f64::NAN);
            let text = seen.about().score(cx.lang, score);
            let right = pos2(rect.right() - 6.0, middle);
            let taken = ui.painter().text(right, egui::Align2::RIGHT_CENTER, text, font(), tokens.text_2);
            let names = Rect::from_min_max(rect.min, pos2(taken.left() - 8.0, rect.bottom()));
            let clip = ui.painter().with_clip_rect(names.intersect(ui.clip_rect()));
            clip.text(pos2(rect.left() + 6.0, middle), egui::Align2::LEFT_CENTER, id, font(), tokens.text);
            if response.clicked() {
                view.customer = Some(row);
            }
        }
    });
}

fn why(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>, found: &Explanation) {
    let lang = cx.lang;
    let about = seen.about();
    ui.horizontal(|ui| {
        widget::heading(ui, &seen.kept.id(found.row));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widget::small_strong(ui, about.score(lang, found.score));
        });
    });
    let unit = match found.units {
        Units::Score => "",
        Units::LogOdds => words::in_log_odds(lang),
        Units::Decision => words::in_decision(lang),
    };
    let how = match found.exactness {
        Exactness::Linear => words::exact_linear(lang),
        Exactness::Trees => words::exact_trees(lang),
        Exactness::Sampled => words::exact_sampled(lang),
    };
    widget::small(ui, format!("{} {unit}", words::why_score(lang))).on_hover_text(how);
    // Where the pushes begin and where they lead, in their own units too: the bars below add up to the difference.
    let said = |v: f64| match found.units {
        Units::Score => about.score(lang, v),
        Units::LogOdds => words::with_units(
            lang,
            about.score(lang, 1.0 / (1.0 + (-v).exp())),
            number::decimal((v * 1e3).round() / 1e3),
        ),
        Units::Decision => number::decimal(v),
    };
    let (start, end) = (words::starts_at(lang, said(found.base)), words::ends_at(lang, said(found.total)));
    widget::caption(ui, format!("{start} {end}"));
    let parts = &seen.model.model.encoder.parts;
    let mut order: Vec<usize> = (0..found.contributions.len()).collect();
    order.sort_by(|a, b| found.contributions[*b].abs().total_cmp(&found.contributions[*a].abs()));
    let signed = |v: f64| {
        let (sign, n) = (if v < 0.0 { "−" } else { "+" }, v.abs());
        let n = if found.units == Units::Score && seen.task() == crate::stage::predict::target::Task::Classification {
            say::hundredths(n)
        } else {
            number::decimal(n)
        };
        format!("{sign}{n}")
    };
    let mut list: Vec<Bar> = order
        .iter()
        .take(SHOWN)
        .filter_map(|i| {
            let name = &parts.get(*i)?.name;
            let value = value_text(cx, seen, name, found.row);
            let v = found.contributions[*i];
            let name = feature::column(lang, name);
            let (hover, text) = (format!("{name}: {value}"), signed(v));
            Some(Bar { name, detail: value, low: 0.0, value: v, high: 0.0, text, hover, strong: false })
        })
        .collect();
    let rest: f64 = order.iter().skip(SHOWN).map(|i| found.contributions[*i]).sum();
    if order.len() > SHOWN {
        let name = words::others_n(lang, order.len() - SHOWN);
        list.push(Bar {
            name,
            detail: String::new(),
            low: 0.0,
            value: rest,
            high: 0.0,
            text: signed(rest),
            hover: String::new(),
            strong: false,
        });
    }
    let most = list.iter().map(|b| b.value.abs()).fold(0.0, f64::max);
    bars(ui, &list, most, "why");
}

/// What the customer's row says of a feature.
fn value_text(cx: &PageContext<'_>, seen: &Seen<'_>, name: &str, row: usize) -> String {
    let lang = cx.lang;
    match seen.kept.frame.find(name).map(|c| &c.values) {
        Some(Values::Number(v)) => v
            .get(row)
            .filter(|v| v.is_finite())
            .map_or_else(|| say::missing(lang).to_owned(), |v| say::amount(lang, name, *v)),
        Some(Values::YesNo(v)) => match v.get(row) {
            Some(v) if *v == 1.0 => say::yes(lang).to_owned(),
            Some(v) if *v == 0.0 => say::no(lang).to_owned(),
            _ => say::missing(lang).to_owned(),
        },
        Some(Values::Category { levels, codes }) => match codes.get(row) {
            Some(code) if *code != NO_LEVEL => levels.get(*code as usize).cloned().unwrap_or_default(),
            _ => say::missing(lang).to_owned(),
        },
        _ => String::new(),
    }
}
