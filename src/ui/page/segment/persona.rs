//! The chosen segment's card: who they are, how they differ, what they like, when they come, who is typical, why here.

use egui::{Align2, CornerRadius, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::{SegmentCommand, SegmentView, Sight, Whom, colour, floor};
use crate::project::document::Label;
use crate::project::{Edit, Item};
use crate::stage::data::features::{Feature, ValueKind};
use crate::stage::segment::persona::{Bilingual, Favourite, Persona};
use crate::stage::segment::rfm::{GroupRule, Rfm, Scores};
use crate::stage::segment::saved::SegmentNames;
use crate::stage::segment::why::Why;
use crate::ui::text::{common, feature, number, segment as words, segment_tools as tools};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

/// Words being written.
#[derive(Default)]
pub(super) struct PersonaView {
    editing: Option<(u32, Bilingual, Bilingual)>,
}

pub(super) fn persona_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let cards = &sight.picture.found.personas;
    let chosen = view.chosen.and_then(|segment| cards.iter().find(|card| card.segment == segment));
    let Some(card) = chosen.or_else(|| cards.first()) else { return };
    view.chosen = Some(card.segment);
    let least = floor(sight.project);
    let foot = 44.0;
    let full = ui.available_rect_before_wrap();
    let upper = Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - foot));
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("persona").max_rect(upper));
    child.set_clip_rect(upper.intersect(ui.clip_rect()));
    ScrollArea::vertical().id_salt(("persona", card.segment)).auto_shrink(false).show(&mut child, |ui| {
        ui.set_width(ui.available_width() - 4.0);
        ui.spacing_mut().item_spacing.y = 5.0;
        title(ui, cx, view, sight, card);
        if view.persona.editing.as_ref().is_some_and(|(segment, ..)| *segment == card.segment) {
            edit(ui, cx, view, sight, card);
            return;
        }
        if card.size < least && !view.shown_small.contains(&(sight.id, card.segment)) {
            widget::small(ui, tools::small_group(cx.lang, card.size, least));
            if ui.add(Button::plain(tools::show_anyway(cx.lang))).clicked() {
                view.shown_small.push((sight.id, card.segment));
            }
            return;
        }
        body(ui, cx, sight, card);
    });
    let lower = Rect::from_min_max(pos2(full.left(), full.bottom() - 34.0), full.max);
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("persona foot")
            .max_rect(lower)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let name = sight.name(cx.lang, card);
    let see = tools::see(cx.lang, number::whole(card.size));
    let button = Button::suggested(&see).icon(icon::SEGMENT);
    if child.add(button).on_hover_text(tools::select_them(cx.lang, &name)).clicked() {
        let whom = Whom::Found(card.segment);
        cx.send(Command::Segment(SegmentCommand::Select { run: sight.id, whom, label: name }));
    }
    if child.add(Button::plain(words::export(cx.lang)).icon(icon::FILE)).clicked() {
        view.export.open(Whom::Found(card.segment), sight);
    }
}

fn title(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>, card: &Persona) {
    let t = Tokens::of(ui);
    ui.horizontal(|ui| {
        let (dot, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        ui.painter().rect_filled(dot, CornerRadius::same(4), colour(t, card.segment));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if cx.can_write() && ui.add(Button::icon_only(icon::COPY_DESK, tools::edit_name(cx.lang))).clicked() {
                let name = sight.names.names.get(&card.segment).unwrap_or(&card.name).clone();
                let sentence = sight.names.sentences.get(&card.segment).unwrap_or(&card.sentence).clone();
                view.persona.editing = Some((card.segment, name, sentence));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let name = sight.name(cx.lang, card);
                widget::heading(ui, &name).on_hover_text(&name);
            });
        });
    });
}

fn edit(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>, card: &Persona) {
    let Some((segment, mut name, mut sentence)) = view.persona.editing.clone() else { return };
    let fields = [
        (tools::name_en(cx.lang), &mut name.en, 1),
        (tools::name_zh(cx.lang), &mut name.zh, 1),
        (tools::sentence_en(cx.lang), &mut sentence.en, 4),
        (tools::sentence_zh(cx.lang), &mut sentence.zh, 4),
    ];
    for (label, text, rows) in fields {
        widget::caption(ui, label);
        let field = egui::TextEdit::multiline(text).desired_rows(rows).desired_width(f32::INFINITY);
        let response = ui.add(field);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
    }
    for text in [&mut name.en, &mut name.zh] {
        text.retain(|c| c != '\n');
    }
    let mut done = None;
    ui.horizontal(|ui| {
        let filled = !name.en.trim().is_empty() && !name.zh.trim().is_empty();
        if ui.add(Button::suggested(tools::keep(cx.lang)).enabled(filled)).clicked() {
            let mut names = sight.names.clone();
            put(&mut names.names, segment, &name, &card.name);
            put(&mut names.sentences, segment, &sentence, &card.sentence);
            done = Some(Some(names));
        }
        if ui.add(Button::plain(common::cancel(cx.lang))).clicked() {
            done = Some(None);
        }
    });
    if ui.add(Button::quiet(tools::as_written(cx.lang))).clicked() {
        (name, sentence) = (card.name.clone(), card.sentence.clone());
    }
    view.persona.editing = Some((segment, name, sentence));
    if let Some(names) = done {
        view.persona.editing = None;
        if let Some(names) = names {
            keep(cx, sight, &names);
        }
    }
}

/// What is as the program wrote it is not kept.
fn put(map: &mut std::collections::BTreeMap<u32, Bilingual>, segment: u32, text: &Bilingual, written: &Bilingual) {
    if text == written {
        map.remove(&segment);
    } else {
        map.insert(segment, text.clone());
    }
}

fn keep(cx: &PageContext<'_>, sight: &Sight<'_>, names: &SegmentNames) {
    let id = sight.id.0.to_string();
    let edit = if *names == SegmentNames::default() { Ok(SegmentNames::remove(&id)) } else { names.put(&id) };
    if let Ok(edit) = edit {
        let edits: Vec<Edit> = vec![edit];
        cx.send(Command::Edit { label: Label::Change("segment_names"), edits, merge: None });
    }
}

fn body(ui: &mut Ui, cx: &PageContext<'_>, sight: &Sight<'_>, card: &Persona) {
    let t = Tokens::of(ui);
    let ink = colour(t, card.segment);
    widget::small(ui, sight.sentence(cx.lang, card));
    ui.add_space(size::S1);
    tiles(ui, cx, card);
    section(ui, words::against(cx.lang), None);
    differences(ui, cx, card, ink);
    if !card.categories.is_empty() {
        section(ui, words::favourites(cx.lang), None);
        favourites(ui, cx, &card.categories, 3, ink);
    }
    if !card.products.is_empty() {
        section(ui, words::favourite_products(cx.lang), None);
        favourites(ui, cx, &card.products, 3, ink);
    }
    if card.rhythm.len() == 7 {
        rhythm(ui, cx, card, ink);
    }
    if let Some(mood) = card.mood {
        section(ui, words::mood(cx.lang), None);
        let short = |x: f64| number::decimal((x * 100.0).round() / 100.0);
        let all = card.mood_overall.map_or_else(|| "–".to_owned(), short);
        widget::small(ui, words::mood_is(cx.lang, short(mood), all));
    }
    section(ui, words::typical(cx.lang), None);
    for (place, id) in card.typical.iter().enumerate() {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.horizontal(|ui| {
            widget::small(ui, words::customer(cx.lang, id));
            let copy = Button::quiet(common::copy(cx.lang));
            if ui.add(copy).clicked() {
                cx.send(Command::CopyText(id.clone()));
            }
        });
        if let Some(row) = card.typical_rows.get(place) {
            let core = [Feature::Orders, Feature::Monetary, Feature::Recency].map(Feature::key);
            let told = core.iter().filter_map(|name| {
                let value = *sight.picture.columns.get(*name)?.get(*row as usize)?;
                Some(format!("{} {}", feature::column(cx.lang, name), super::map::value_text(cx.lang, name, value)))
            });
            widget::caption(ui, told.collect::<Vec<_>>().join(" · "));
        }
    }
    ui.spacing_mut().item_spacing.y = 5.0;
    section(ui, words::why_here(cx.lang), None);
    why(ui, cx, sight, card);
}

fn section(ui: &mut Ui, text: &str, note: Option<&str>) {
    ui.add_space(size::S2);
    ui.horizontal(|ui| {
        widget::small_strong(ui, text);
        if let Some(note) = note {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| widget::caption(ui, note));
        }
    });
}

fn tiles(ui: &mut Ui, cx: &PageContext<'_>, card: &Persona) {
    let t = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 72.0), Sense::hover());
    let half = (rect.width() - 8.0) / 2.0;
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let money = card.revenue.map_or_else(String::new, number::decimal);
    let share = card.revenue_share.map_or_else(|| "–".to_owned(), |share| common::percent(cx.lang, percent(share)));
    let all = words::of_all(cx.lang, percent(card.share));
    let told = [
        (words::col_customers(cx.lang), number::whole(card.size), all),
        (words::col_revenue_share(cx.lang), share, money),
    ];
    for (place, (name, value, note)) in told.into_iter().enumerate() {
        let at = Rect::from_min_size(rect.min + vec2(place as f32 * (half + 8.0), 0.0), vec2(half, 72.0));
        ui.painter().rect_filled(at, CornerRadius::same(6), t.sunken);
        let line = |y: f32, text: &str, font, ink| {
            ui.painter().with_clip_rect(at).text(at.min + vec2(10.0, y), Align2::LEFT_CENTER, text, font, ink);
        };
        line(15.0, name, regular(text_size::TINY), t.text_2);
        line(36.0, &value, semibold(18.0), t.text);
        line(58.0, &note, regular(text_size::TINY), t.text_3);
    }
}

/// Bars from the middle: everyone's mean is the line.
fn differences(ui: &mut Ui, cx: &PageContext<'_>, card: &Persona, ink: egui::Color32) {
    let t = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    for difference in card.telling(6) {
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
        let name = Rect::from_min_size(row.min, vec2(row.width() * 0.5, 24.0));
        super::tables::line(ui, name, &feature::column(cx.lang, &difference.feature), false, false, t.text_2);
        let bars = Rect::from_min_max(
            pos2(row.left() + row.width() * 0.53, row.top()),
            pos2(row.right() - 48.0, row.bottom()),
        );
        let share = (difference.standardised / 2.0).clamp(-1.0, 1.0) as f32;
        let middle = bars.center().x;
        let end = middle + share * bars.width() / 2.0;
        let bar = Rect::from_two_pos(pos2(middle, row.center().y - 5.0), pos2(end, row.center().y + 5.0));
        let fill = if share > 0.0 { ink } else { t.line_strong };
        ui.painter().rect_filled(bar, CornerRadius::same(2), fill);
        ui.painter().vline(middle, row.y_range(), Stroke::new(1.0, t.axis));
        let sign = if difference.standardised > 0.0 { "+" } else { "−" };
        let text = format!("{sign}{:.1}", difference.standardised.abs());
        let at = Rect::from_min_max(pos2(bars.right(), row.top()), row.max);
        super::tables::line(ui, at, &text, false, true, t.text);
        let value = |x: f64| super::map::value_text(cx.lang, &difference.feature, x as f32);
        response.on_hover_text(words::here_and_everyone(cx.lang, value(difference.mean), value(difference.overall)));
    }
    ui.spacing_mut().item_spacing.y = 5.0;
}

fn favourites(ui: &mut Ui, cx: &PageContext<'_>, all: &[Favourite], most: usize, ink: egui::Color32) {
    let t = Tokens::of(ui);
    let top = all.iter().map(|favourite| favourite.share).fold(1e-9, f64::max);
    for favourite in all.iter().take(most) {
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
        let name = Rect::from_min_size(row.min, vec2(row.width() * 0.64, 22.0));
        super::tables::line(ui, name, favourite.short(), false, false, t.text_2);
        let track = Rect::from_min_max(
            pos2(row.left() + row.width() * 0.66, row.center().y - 4.0),
            pos2(row.right() - 44.0, row.center().y + 4.0),
        );
        ui.painter().rect_filled(track, CornerRadius::same(3), t.sunken);
        let wide = track.width() * (favourite.share / top) as f32;
        ui.painter().rect_filled(Rect::from_min_size(track.min, vec2(wide, 8.0)), CornerRadius::same(3), ink);
        let digits = if favourite.share < 0.02 { 1 } else { 0 };
        let text = common::percent(cx.lang, format!("{:.digits$}", favourite.share * 100.0));
        let at = Rect::from_min_max(pos2(track.right(), row.top()), row.max);
        super::tables::line(ui, at, &text, false, true, t.text);
        let lift = words::times_average(cx.lang, number::decimal(favourite.lift));
        response.on_hover_text(format!("{}: {lift}", favourite.name));
    }
}

fn rhythm(ui: &mut Ui, cx: &PageContext<'_>, card: &Persona, ink: egui::Color32) {
    let t = Tokens::of(ui);
    let hours: Vec<f64> = (0..24).map(|hour| card.rhythm.iter().map(|day| day[hour]).sum()).collect();
    // The busiest five hours in a row.
    let sum = |from: usize| (from..from + 5).map(|hour| hours[hour]).sum::<f64>();
    let busiest = (0..20).max_by(|a, b| sum(*a).total_cmp(&sum(*b))).unwrap_or(0);
    // Quiet hours at its ends are no part of it.
    let busy = |hour: &usize| hours[*hour] >= 0.03;
    let from = (busiest..busiest + 5).find(busy).unwrap_or(busiest);
    let to = (from..busiest + 5).rev().find(busy).map_or(busiest + 5, |hour| hour + 1);
    let share: f64 = hours[from..to].iter().sum();
    let note = words::most_between(cx.lang, format!("{:.0}", share * 100.0), from, to);
    section(ui, words::when_active(cx.lang), Some(&note));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 74.0), Sense::hover());
    let plot = Rect::from_min_max(rect.min, rect.max - vec2(0.0, 18.0));
    let top = hours.iter().copied().fold(1e-9, f64::max);
    let step = plot.width() / 24.0;
    for (hour, share) in hours.iter().enumerate() {
        let high = (plot.height() * (share / top) as f32).max(1.0);
        let left = plot.left() + hour as f32 * step;
        let bar = Rect::from_min_max(pos2(left + 1.0, plot.bottom() - high), pos2(left + step - 1.0, plot.bottom()));
        let fill = if (from..to).contains(&hour) { ink } else { t.line_strong };
        ui.painter().rect_filled(bar, CornerRadius { nw: 2, ne: 2, sw: 0, se: 0 }, fill);
    }
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, t.axis));
    for hour in [0, 6, 12, 18] {
        let x = plot.left() + hour as f32 * step;
        let at = pos2(x, rect.bottom());
        let text = format!("{hour}:00");
        ui.painter().text(at, Align2::LEFT_BOTTOM, text, regular(text_size::TINY), t.text_3);
    }
    // Weekdays as one row of shares, Monday first.
    let days: Vec<f64> = card.rhythm.iter().map(|day| day.iter().sum()).collect();
    let top = days.iter().copied().fold(1e-9, f64::max);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 42.0), Sense::hover());
    let step = rect.width() / 7.0;
    for (day, share) in days.iter().enumerate() {
        let at = Rect::from_min_size(rect.min + vec2(day as f32 * step, 4.0), vec2(step - 4.0, 20.0));
        ui.painter().rect_filled(at, CornerRadius::same(4), t.tint(ink, (0.08 + 0.5 * share / top) as f32));
        let text = common::percent(cx.lang, format!("{:.0}", share * 100.0));
        ui.painter().text(at.center(), Align2::CENTER_CENTER, text, regular(text_size::TINY), t.text);
        let name = words::weekday(cx.lang, day);
        let at = pos2(at.center().x, rect.bottom());
        ui.painter().text(at, Align2::CENTER_BOTTOM, name, regular(text_size::TINY), t.text_3);
    }
}

fn why(ui: &mut Ui, cx: &PageContext<'_>, sight: &Sight<'_>, card: &Persona) {
    let found = &sight.picture.found;
    if let Some(rfm) = &found.rfm {
        let group = rfm.groups.get(card.segment as usize).map(|summary| summary.group);
        for rule in sight.picture.recipe.rfm.groups.iter().filter(|rule| Some(rule.group) == group) {
            definition(ui, cx, rfm, rule);
        }
        widget::caption(ui, words::why_rfm(cx.lang));
        return;
    }
    let Some(why) = found.why.iter().find(|why| why.segment == card.segment) else { return };
    if why.paths.is_empty() {
        widget::small(ui, words::why_none(cx.lang));
        return;
    }
    widget::caption(ui, words::why_fits(cx.lang, format!("{:.0}", why.fidelity * 100.0)));
    paths(ui, cx, why);
}

/// One line of the RFM definitions with the cut points that it stands for.
fn definition(ui: &mut Ui, cx: &PageContext<'_>, rfm: &Rfm, rule: &GroupRule) {
    // Few days ago is a high score.
    let days = Scores::new(6_u8.saturating_sub(rule.recency.to), 6_u8.saturating_sub(rule.recency.from));
    let measures = [
        (words::cut_r(cx.lang), days, rfm.recency_cuts),
        (words::cut_f(cx.lang), rule.frequency, rfm.frequency_cuts),
        (words::cut_m(cx.lang), rule.monetary, rfm.monetary_cuts),
    ];
    let told = measures.into_iter().filter_map(|(name, scores, cuts)| {
        let cut = |place: usize| cuts.get(place).copied().map(number::decimal);
        let over = usize::from(scores.from).checked_sub(2).and_then(cut);
        let up_to = cut(usize::from(scores.to).saturating_sub(1));
        match (over, up_to) {
            (Some(over), Some(up_to)) => Some(words::over_to(cx.lang, name, over, up_to)),
            (Some(over), None) => Some(words::over(cx.lang, name, over)),
            (None, Some(up_to)) => Some(words::up_to(cx.lang, name, up_to)),
            (None, None) => None,
        }
    });
    for text in told {
        widget::small(ui, format!("· {text}"));
    }
    ui.add_space(2.0);
}

fn paths(ui: &mut Ui, cx: &PageContext<'_>, why: &Why) {
    for path in why.paths.iter().take(3) {
        let right = path.inside as f64 / path.customers.max(1) as f64;
        widget::caption(ui, words::why_path(cx.lang, number::whole(path.customers), format!("{:.0}", right * 100.0)));
        for condition in &path.conditions {
            let name = feature::column(cx.lang, &condition.feature);
            // "At least 4.48 orders" is at least 5; the same holds for "below".
            let counted = Feature::from_key(&condition.feature)
                .is_some_and(|feature| feature.definition().kind == ValueKind::Count);
            let whole = |x: f64| if counted { x.ceil() } else { x };
            let value = |x: f64| super::map::value_text(cx.lang, &condition.feature, whole(x) as f32);
            let text = match (condition.from, condition.below) {
                (Some(from), Some(below)) => words::from_to(cx.lang, name, value(from), value(below)),
                (Some(from), None) => words::from(cx.lang, name, value(from)),
                (None, Some(below)) => words::below(cx.lang, name, value(below)),
                (None, None) => continue,
            };
            widget::small(ui, format!("· {text}"));
        }
    }
}
