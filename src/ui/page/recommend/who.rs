//! The left card: whom or what the lists are for, and which recommenders answer.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::view::{Face, Found, MOST_LISTS, RecommendView, Show};
use super::{Desk, group, tile, worth};
use crate::base::time::Moment;
use crate::stage::recommend::counter::Counter;
use crate::stage::recommend::split::Split;
use crate::stage::recommend::{Algorithm, EventKind};
use crate::ui::PageContext;
use crate::ui::text::{Lang, number, recommend as words, stage};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::chip::{Tone, chip_with};
use crate::ui::widget::{self, Button, chip, icon};

/// What one customer's row takes.
const ROW: f32 = 34.0;

pub fn left_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    head(ui, cx, view, desk);
    let full = ui.available_rect_before_wrap();
    // Ticking recommenders is for where lists stand side by side.
    let ticks = matches!(view.face, Face::Customer | Face::Visitor);
    let foot = if ticks { foot_height(desk, full.height()) } else { size::CONTROL + 14.0 };
    let upper = Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - foot));
    let mut top = ui.new_child(UiBuilder::new().id_salt("who").max_rect(upper));
    top.set_clip_rect(upper.expand2(vec2(12.0, 2.0)).intersect(ui.clip_rect()));
    match view.face {
        Face::Customer => customers(&mut top, cx, view, desk),
        Face::Visitor | Face::Product => products(&mut top, cx, view, desk),
        Face::Group => group::choose(&mut top, cx, view, desk),
        Face::Worth => worth::settings(&mut top, cx, view, desk),
    }
    let lower = Rect::from_min_max(pos2(full.left(), upper.bottom()), full.max);
    let mut below = ui.new_child(UiBuilder::new().id_salt("ways").max_rect(lower));
    below.spacing_mut().item_spacing.y = 4.0;
    below.add_space(8.0);
    widget::hairline(&mut below);
    if ticks {
        recommenders(&mut below, cx, view, desk);
    }
    if below.add(Button::quiet(words::how_it_learns(cx.lang)).icon(icon::SETTINGS)).clicked() {
        view.settings = true;
    }
}

fn head(ui: &mut Ui, cx: &PageContext<'_>, view: &RecommendView, desk: &Desk<'_>) {
    let title = match view.face {
        Face::Customer => words::customer(cx.lang),
        Face::Visitor => words::face_visitor(cx.lang),
        Face::Group => words::face_group(cx.lang),
        Face::Product => words::face_product(cx.lang),
        Face::Worth => words::face_worth(cx.lang),
    };
    ui.horizontal(|ui| {
        ui.set_height(26.0);
        widget::heading(ui, title);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| state_chip(ui, cx, desk));
    });
}

/// Fresh, out of date, or how many events came since.
fn state_chip(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>) {
    let behind = desk.counter.live.behind();
    let newer = behind.events + behind.waiting_events;
    let when = number::moment(cx.lang, desk.run.made_at, cx.now);
    let data = desk.counter.data();
    let (events, customers) = (number::whole(data.event_count() as u64), number::whole(data.user_count() as u64));
    let learned = words::learned_at(cx.lang, when, events, customers);
    let (response, hover) = if newer > 0 {
        let text = words::newer_events(cx.lang, number::whole(newer as u64));
        let hover = words::newer_hover(
            cx.lang,
            number::whole(behind.events as u64),
            number::whole(behind.customers as u64),
            number::whole(behind.waiting_events as u64),
        );
        (chip_with(ui, Tone::Accent, None, &text), hover)
    } else if desk.changed() {
        (chip(ui, Tone::Warn, stage::out_of_date(cx.lang)), words::changed_since(cx.lang).to_owned())
    } else if desk.stale() {
        (chip(ui, Tone::Warn, stage::out_of_date(cx.lang)), learned.clone())
    } else {
        (chip(ui, Tone::Ok, stage::fresh(cx.lang)), learned.clone())
    };
    response.on_hover_text(hover).on_hover_text(learned);
}

/// A field to search with, the magnifier inside.
pub fn search_field(ui: &mut Ui, query: &mut String, hint: &str) {
    let tokens = Tokens::of(ui);
    let field = egui::TextEdit::singleline(query)
        .hint_text(egui::RichText::new(hint).font(regular(text_size::SMALL)))
        .desired_width(ui.available_width())
        .char_limit(200)
        .font(regular(text_size::SMALL))
        .margin(egui::Margin { left: 32, right: 8, top: 8, bottom: 8 });
    let response = ui.add(field);
    let name = hint.to_owned();
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
    let at = response.rect.left_center() + vec2(11.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, icon::SEARCH, regular(15.0), tokens.text_3);
}

pub fn newest_customer(counter: &Counter) -> Option<String> {
    let with_past = counter.recent.iter().take(5000).find(|user| counter.live.history(**user).row().len() > 3);
    with_past.or(counter.recent.first()).map(|user| counter.live.name(*user).to_owned())
}

/// The next customer of those found; after the last, the first.
pub fn another(view: &mut RecommendView, counter: &Counter) {
    let rows = &view.found.rows;
    let now = view.customer.as_deref().and_then(|id| counter.live.find(id));
    let at = now.and_then(|user| rows.iter().position(|row| *row == user)).map_or(0, |at| at + 1);
    if let Some(user) = rows.get(at % rows.len().max(1)).copied() {
        view.choose_customer(counter.live.name(user));
    }
}

fn customers(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    ui.spacing_mut().item_spacing.y = 8.0;
    search_field(ui, &mut view.query, words::find_customer(cx.lang));
    let mut choices = vec![(Show::All, words::show_all(cx.lang).to_owned())];
    if let Some(selection) = &cx.shown.selection {
        choices.push((Show::Selection, words::show_selection(cx.lang, &selection.label)));
    }
    if desk.counter.live.behind().events > 0 {
        choices.push((Show::Newer, words::show_newer(cx.lang).to_owned()));
    }
    choices.push((Show::Bought, words::show_bought(cx.lang).to_owned()));
    choices.push((Show::Looked, words::show_looked(cx.lang).to_owned()));
    if !choices.iter().any(|(show, _)| *show == view.show) {
        view.show = Show::All;
    }
    let current = choices.iter().find(|(show, _)| *show == view.show).map_or("", |(_, text)| text).to_owned();
    let combo = egui::ComboBox::from_id_salt("which customers")
        .width(ui.available_width() - 8.0)
        .truncate()
        .selected_text(egui::RichText::new(&current).font(regular(text_size::SMALL)))
        .icon(widget::field::caret)
        .show_ui(ui, |ui| {
            for (show, text) in &choices {
                let text = egui::RichText::new(text).font(regular(text_size::SMALL));
                ui.selectable_value(&mut view.show, *show, text);
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, words::customer(cx.lang)));
    find(cx, view, desk);
    if view.found.rows.is_empty() {
        widget::small(ui, words::none_found(cx.lang));
        return;
    }
    let rows = view.found.rows.len();
    let groups = view.groups(cx, desk).filter(|groups| !groups.groups.is_empty());
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().id_salt("customers").auto_shrink(false).show_rows(ui, ROW, rows, |ui, range| {
        for at in range {
            let user = view.found.rows[at];
            let id = desk.counter.live.name(user);
            let seen = desk.counter.live.last_seen(user);
            let seen = seen.map_or_else(String::new, |at| ago(cx, desk.counter, at));
            let dot = groups.and_then(|groups| groups.of(id)).and_then(|group| group.segment);
            if dotted_row(ui, id, &seen, view.customer.as_deref() == Some(id), dot) {
                chosen = Some(id.to_owned());
            }
        }
    });
    if let Some(id) = chosen {
        view.choose_customer(&id);
    }
}

/// "2 days ago" where the shop's past ends about now; else the day.
fn ago(cx: &PageContext<'_>, counter: &Counter, at: Moment) -> String {
    const MONTHS: i64 = 60 * 86_400;
    let lively = (cx.now.0 - counter.data().as_of.0).abs() < MONTHS;
    match at.days_until(cx.now) {
        Some(0) if lively => words::today(cx.lang).to_owned(),
        Some(1) if lively => words::yesterday(cx.lang).to_owned(),
        Some(days) if lively && (2..60).contains(&days) => words::days_ago(cx.lang, days),
        _ => number::short_date(cx.lang, at),
    }
}

/// Fills the list when what is looked for has changed.
fn find(cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    let chosen = cx.shown.selection.as_ref().map_or(0, |selection| std::sync::Arc::as_ptr(selection) as usize);
    let key = (desk.id, desk.counter.seen, view.query.trim().to_lowercase(), view.show, chosen);
    if view.found.key.as_ref() == Some(&key) {
        return;
    }
    let (query, live) = (key.2.as_str(), &desk.counter.live);
    // In a very large shop only from the beginning of the number: a frame must not wait.
    let anywhere = desk.counter.recent.len() < 100_000;
    let matches = |user: &u32| {
        let id = live.name(*user);
        query.is_empty() || id.to_lowercase().starts_with(query) || (anywhere && id.to_lowercase().contains(query))
    };
    let bought = |user: u32| {
        let data = desk.counter.data();
        data.events_of(user).iter().any(|event| event.kind == EventKind::Purchase)
    };
    let rows: Vec<u32> = match (view.show, &cx.shown.selection) {
        (Show::Selection, Some(selection)) => {
            selection.customers.iter().filter_map(|id| live.find(id)).filter(matches).collect()
        }
        (Show::Newer, _) => {
            desk.counter.recent.iter().copied().filter(|u| live.has_newer(*u)).filter(matches).collect()
        }
        (Show::Bought, _) => desk.counter.recent.iter().copied().filter(matches).filter(|u| bought(*u)).collect(),
        (Show::Looked, _) => desk.counter.recent.iter().copied().filter(matches).filter(|u| !bought(*u)).collect(),
        _ => desk.counter.recent.iter().copied().filter(matches).collect(),
    };
    view.found = Found { key: Some(key), rows };
}

/// A line that can be chosen: a name at the left, something small at the right.
pub fn row(ui: &mut Ui, left: &str, right: &str, chosen: bool) -> bool {
    dotted_row(ui, left, right, chosen, None)
}

/// The same with a dot in the colour of the customer's segment.
fn dotted_row(ui: &mut Ui, left: &str, right: &str, chosen: bool, dot: Option<u32>) -> bool {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let name = left.to_owned();
    response.widget_info(move || WidgetInfo::selected(Role::Button, true, chosen, &name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let fill = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        _ => tokens.surface,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_CONTROL), fill);
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.focus);
        ui.painter().rect_stroke(rect, CornerRadius::same(size::RADIUS_CONTROL), ring, egui::StrokeKind::Inside);
    }
    let font = regular(text_size::TINY);
    let side = ui.painter().layout_no_wrap(right.to_owned(), font, tokens.text_3);
    let clip = Rect::from_min_max(rect.min, pos2(rect.right() - side.size().x - 18.0, rect.bottom()));
    let ink = if chosen { semibold(text_size::SMALL) } else { regular(text_size::SMALL) };
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    let mut x = rect.left() + 10.0;
    if let Some(segment) = dot {
        let square = Rect::from_center_size(pos2(x + 4.0, rect.center().y), vec2(8.0, 8.0));
        painter.rect_filled(square, CornerRadius::same(2), tokens.series(segment as usize));
        x += 16.0;
    }
    painter.text(pos2(x, rect.center().y), Align2::LEFT_CENTER, left, ink, tokens.text);
    let at = pos2(rect.right() - 10.0 - side.size().x, rect.center().y - side.size().y / 2.0);
    ui.painter().galley(at, side, tokens.text_3);
    response.clicked()
}

/// Products by name or number; the best sellers while nothing is typed.
fn products(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    ui.spacing_mut().item_spacing.y = 8.0;
    search_field(ui, &mut view.query, words::find_product(cx.lang));
    let key = (desk.id, view.query.trim().to_lowercase());
    if view.products.as_ref().map(|(key, _)| key) != Some(&key) {
        let items = tile::find_products(desk.counter, &key.1, 200);
        view.products = Some((key, items));
    }
    let items = view.products.as_ref().map_or_else(Vec::new, |(_, items)| items.clone());
    if items.is_empty() {
        widget::small(ui, words::no_product_found(cx.lang));
        return;
    }
    let picking = view.face == Face::Visitor;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().id_salt("products").auto_shrink(false).show_rows(
        ui,
        44.0,
        items.len(),
        |ui, range| {
            for item in &items[range] {
                let chosen = if picking {
                    view.visitor.iter().any(|(id, _)| desk.counter.items.find(id) == Some(*item))
                } else {
                    view.product == Some(*item)
                };
                if tile::product_row(ui, cx.lang, desk.counter, *item, chosen) {
                    pick(view, desk, *item, picking);
                }
            }
        },
    );
}

fn pick(view: &mut RecommendView, desk: &Desk<'_>, item: u32, picking: bool) {
    if !picking {
        view.product = Some(item);
        return;
    }
    let id = desk.counter.items.name(item).to_owned();
    match view.visitor.iter().position(|(other, _)| *other == id) {
        Some(at) => drop(view.visitor.remove(at)),
        None => view.visitor.push((id, EventKind::View)),
    }
    view.chosen = None;
}

const WAY: f32 = 27.0;
const NOTE: f32 = 74.0;

fn foot_height(desk: &Desk<'_>, available: f32) -> f32 {
    let ways = desk.counter.fit.models.len() + desk.counter.fit.missing.len();
    (ways as f32 * WAY + NOTE + 92.0).min(available * 0.62)
}

fn recommenders(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        widget::heading(ui, words::recommenders(cx.lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widget::caption(ui, words::right_in_100(cx.lang));
        });
    });
    let shown = view.shown_algorithms(desk.counter);
    for fitted in &desk.counter.fit.models {
        way(ui, cx, view, fitted.algorithm(), &shown);
    }
    for missing in &desk.counter.fit.missing {
        use crate::ui::failure::Worded;
        let (name, why) = (words::algorithm(cx.lang, missing.algorithm), missing.why.text(cx.lang));
        let text = words::not_possible(cx.lang, name, why);
        ui.add(egui::Label::new(egui::RichText::new(&text).size(12.0).color(Tokens::of(ui).warn)).truncate())
            .on_hover_text(&text);
    }
    ui.add_space(4.0);
    let note = match view.evaluation() {
        None => words::not_tested(cx.lang),
        Some((_, found)) if found.split == Split::LastOut => words::tested_last(cx.lang),
        Some(_) => words::tested_time(cx.lang),
    };
    let tokens = Tokens::of(ui);
    egui::Frame::new().fill(tokens.sunken).corner_radius(6).inner_margin(egui::Margin::symmetric(10, 7)).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            widget::caption(ui, note);
        },
    );
}

/// One recommender: whether its list is shown, its name, how often it is right.
fn way(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, algorithm: Algorithm, shown: &[Algorithm]) {
    let (name, term) = (words::algorithm(cx.lang, algorithm), words::term(cx.lang, algorithm));
    let mut on = shown.contains(&algorithm);
    ui.horizontal(|ui| {
        ui.set_height(WAY - 4.0);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = WAY - 4.0;
        let text = egui::RichText::new(name).font(regular(text_size::SMALL));
        if ui.checkbox(&mut on, text).on_hover_text(term).changed() {
            let mut next: Vec<Algorithm> = shown.iter().copied().filter(|other| *other != algorithm).collect();
            if on {
                next.push(algorithm);
                if next.len() > MOST_LISTS {
                    next.remove(0);
                }
            }
            view.algorithms = next;
            view.chosen = None;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let value = view.right_in_100(algorithm);
            let text = value.map_or_else(|| "–".to_owned(), |value| rounded(cx.lang, value));
            let hover = match value {
                Some(value) => words::hit_hover(cx.lang, "hit@10", number::decimal(value / 100.0)),
                None => words::not_measured(cx.lang).to_owned(),
            };
            widget::small(ui, text).on_hover_text(hover);
        });
    });
}

/// `19`, or `4.3` where whole numbers would hide the differences.
pub fn rounded(_lang: Lang, value: f64) -> String {
    if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") }
}
