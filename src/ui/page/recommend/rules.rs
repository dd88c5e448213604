//! The rules of the shop over every list: chips that can be taken out, a menu to add more, the slider for variety.

use egui::{Align2, CornerRadius, Popup, PopupCloseBehavior, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder};
use egui::{WidgetInfo, pos2, vec2};

use super::view::{RecommendView, decide};
use super::{Desk, tile};
use crate::stage::recommend::Catalogue;
use crate::stage::recommend::rules::{Lift, Owned, Rules, Subject};
use crate::ui::PageContext;
use crate::ui::text::{Lang, recommend as words};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::{self, Button, card_in, field, icon};

pub const HEIGHT: f32 = 54.0;

/// One rule that is in force: what it is called, and the rules without it.
struct Chip {
    text: String,
    without: Rules,
}

fn subject_name(desk: &Desk<'_>, subject: &Subject) -> String {
    match subject {
        Subject::Item(id) => named(desk, id),
        Subject::Category(name) | Subject::Brand(name) => name.clone(),
    }
}

fn named(desk: &Desk<'_>, id: &str) -> String {
    desk.counter.items.find(id).map_or(id, |item| desk.counter.name(item)).to_owned()
}

fn chips(lang: Lang, desk: &Desk<'_>, rules: &Rules) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut add = |text: String, change: &dyn Fn(&mut Rules)| {
        let mut without = rules.clone();
        change(&mut without);
        chips.push(Chip { text, without });
    };
    match rules.owned {
        Owned::DropBought => add(words::not_bought(lang).to_owned(), &|r| r.owned = Owned::Keep),
        Owned::DropTouched => add(words::not_touched(lang).to_owned(), &|r| r.owned = Owned::Keep),
        Owned::Keep => {}
    }
    if rules.in_stock {
        add(words::in_stock(lang).to_owned(), &|r| r.in_stock = false);
    }
    if rules.unlisted {
        add(words::unlisted_too(lang).to_owned(), &|r| r.unlisted = false);
    }
    if rules.services {
        add(words::services_too(lang).to_owned(), &|r| r.services = false);
    }
    for (at, name) in rules.only_categories.iter().enumerate() {
        add(words::only_category(lang, name), &|r| drop(r.only_categories.remove(at)));
    }
    for (at, name) in rules.not_categories.iter().enumerate() {
        add(words::not_category(lang, name), &|r| drop(r.not_categories.remove(at)));
    }
    for (at, name) in rules.only_brands.iter().enumerate() {
        add(words::only_category(lang, name), &|r| drop(r.only_brands.remove(at)));
    }
    for (at, name) in rules.not_brands.iter().enumerate() {
        add(words::not_category(lang, name), &|r| drop(r.not_brands.remove(at)));
    }
    if let Some(least) = rules.price_min {
        add(words::from_price(lang, tile::price(least)), &|r| r.price_min = None);
    }
    if let Some(most) = rules.price_max {
        add(words::up_to_price(lang, tile::price(most)), &|r| r.price_max = None);
    }
    for (segment, most) in &rules.price_ceilings {
        let text = words::ceiling(lang, segment, tile::price(*most));
        add(text, &|r| {
            r.price_ceilings.remove(segment);
        });
    }
    for (at, id) in rules.pin.iter().enumerate() {
        add(words::pinned(lang, named(desk, id)), &|r| drop(r.pin.remove(at)));
    }
    for (at, id) in rules.exclude.iter().enumerate() {
        add(words::hidden(lang, named(desk, id)), &|r| drop(r.exclude.remove(at)));
    }
    for (at, lift) in rules.lifts.iter().enumerate() {
        let name = subject_name(desk, &lift.subject);
        let text = if lift.strength > 0.0 { words::raised(lang, name) } else { words::lowered(lang, name) };
        add(text, &|r| drop(r.lifts.remove(at)));
    }
    chips
}

pub fn rules_bar(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    desk: &Desk<'_>,
    room: Rect,
    unknown: &[String],
) {
    let rules = view.rules(desk);
    card_in(ui, room, |ui| {
        let inner = room.shrink2(vec2(14.0, 9.0));
        let right = egui::Layout::right_to_left(egui::Align::Center);
        let mut row = ui.new_child(UiBuilder::new().id_salt("rules").max_rect(inner).layout(right));
        variety(&mut row, cx, &rules);
        let left = row.available_rect_before_wrap();
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut row = row.new_child(UiBuilder::new().id_salt("chips").max_rect(left).layout(layout));
        widget::heading(&mut row, words::rules(cx.lang));
        let add_room = 76.0;
        let chips_room = Rect::from_min_max(row.cursor().min, pos2(left.right() - add_room, left.bottom()));
        let mut strip = row.new_child(UiBuilder::new().id_salt("strip").max_rect(chips_room).layout(layout));
        let used = egui::ScrollArea::horizontal().id_salt("chips").auto_shrink([true, false]).show(&mut strip, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                for chip in chips(cx.lang, desk, &rules) {
                    if removable(ui, cx, &chip.text) {
                        decide(cx, &chip.without, None);
                    }
                }
                if !unknown.is_empty() {
                    let text = words::unknown_ids(cx.lang, unknown.join(", "));
                    widget::chip::chip_with(ui, widget::Tone::Warn, Some(icon::WARNING), &text);
                }
            });
        });
        let at = used.inner_rect.right().min(chips_room.right()) + 8.0;
        let place = Rect::from_min_max(pos2(at, left.top()), pos2(at + add_room, left.bottom()));
        let mut end = ui.new_child(UiBuilder::new().id_salt("add rule").max_rect(place).layout(layout));
        let response = end.add(Button::plain(words::add_rule(cx.lang)).icon(icon::PLUS));
        Popup::from_toggle_button_response(&response)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .frame(super::popup_frame(ui))
            .show(|ui| menu(ui, cx, view, desk, &rules));
    });
}

fn variety(ui: &mut Ui, cx: &PageContext<'_>, rules: &Rules) {
    let tokens = Tokens::of(ui);
    let mut share = rules.diversity;
    ui.add_sized(vec2(28.0, 20.0), egui::Label::new(egui::RichText::new(format!("{share:.1}")).size(text_size::SMALL)));
    ui.spacing_mut().slider_width = 84.0;
    // The handle is as large as a slider is high.
    ui.spacing_mut().interact_size.y = 16.0;
    let slider = egui::Slider::new(&mut share, 0.0..=1.0).show_value(false).step_by(0.1);
    let visuals = ui.visuals_mut();
    visuals.widgets.inactive.bg_fill = tokens.line_input;
    visuals.selection.bg_fill = tokens.accent;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    let response = ui.add(slider).on_hover_text(words::variety_hover(cx.lang));
    response.widget_info(|| WidgetInfo::slider(true, f64::from(share), words::variety(cx.lang)));
    if response.changed() {
        decide(cx, &Rules { diversity: share, ..rules.clone() }, Some("variety"));
    }
    widget::small(ui, words::variety(cx.lang));
}

/// A chip with a cross; true when the cross was pressed.
fn removable(ui: &mut Ui, cx: &PageContext<'_>, text: &str) -> bool {
    let tokens = Tokens::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), regular(text_size::SMALL), tokens.text);
    let width = (galley.size().x + 38.0).min(260.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 26.0), Sense::click());
    let name = words::take_out(cx.lang, text);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let fill = if response.hovered() { tokens.hover } else { tokens.sunken };
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_KEY), fill);
    if response.has_focus() {
        let ring = Stroke::new(2.0, tokens.focus);
        ui.painter().rect_stroke(rect, CornerRadius::same(size::RADIUS_KEY), ring, StrokeKind::Inside);
    }
    let clip =
        ui.painter().with_clip_rect(Rect::from_min_max(rect.min, rect.max - vec2(24.0, 0.0)).intersect(ui.clip_rect()));
    clip.galley(pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0), galley, tokens.text);
    let at = pos2(rect.right() - 14.0, rect.center().y);
    ui.painter().text(at, Align2::CENTER_CENTER, icon::CLOSE, regular(13.0), tokens.text_2);
    response.on_hover_text(name).clicked()
}

/// The menu is drawn every frame it is open: a million products would hold it up.
const LOOKED_AT: usize = 20_000;

/// The names that products have for a category or brand, once each.
fn names<'a>(catalogue: &'a Catalogue, of: impl Fn(u32) -> Option<&'a str>) -> Vec<String> {
    let mut names: Vec<String> =
        catalogue.listed().take(LOOKED_AT).filter_map(|(item, _)| of(item).map(str::to_owned)).collect();
    names.sort();
    names.dedup();
    names.truncate(500);
    names
}

fn menu(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, rules: &Rules) {
    ui.set_width(320.0);
    ui.spacing_mut().item_spacing.y = 8.0;
    let catalogue = &desk.counter.catalogue;
    let mut next = rules.clone();
    let owned = [
        (Owned::DropBought, words::not_bought(cx.lang).to_owned()),
        (Owned::DropTouched, words::not_touched(cx.lang).to_owned()),
        (Owned::Keep, words::bought_too(cx.lang).to_owned()),
    ];
    field::choice(ui, words::rule_owned(cx.lang), None, &mut next.owned, &owned);
    field::switch(ui, words::in_stock(cx.lang), &mut next.in_stock);
    field::switch(ui, words::unlisted_too(cx.lang), &mut next.unlisted);
    field::switch(ui, words::services_too(cx.lang), &mut next.services);
    if !catalogue.is_absent() {
        let all = names(catalogue, |item| catalogue.category(item));
        let (text, picked) = (words::rule_category(cx.lang), &mut view.rule_category);
        if let Some(what) = kind(ui, cx.lang, text, picked, &all) {
            apply(&mut next, what, Subject::Category(view.rule_category.clone()));
        }
        let all = names(catalogue, |item| catalogue.brand(item));
        if !all.is_empty()
            && let Some(what) = kind(ui, cx.lang, words::rule_brand(cx.lang), &mut view.rule_brand, &all)
        {
            apply(&mut next, what, Subject::Brand(view.rule_brand.clone()));
        }
        limit(ui, words::rule_lowest(cx.lang), &mut next.price_min);
        limit(ui, words::rule_highest(cx.lang), &mut next.price_max);
        ceilings(ui, cx, view, desk, &mut next);
    }
    if next != *rules {
        decide(cx, &next, Some("rules"));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Only,
    Never,
    More,
    Less,
}

/// A name to choose and what to do with it.
fn kind(ui: &mut Ui, lang: Lang, label: &str, picked: &mut String, all: &[String]) -> Option<What> {
    let choices: Vec<(String, String)> = std::iter::once((String::new(), words::rule_any(lang).to_owned()))
        .chain(all.iter().map(|name| (name.clone(), name.clone())))
        .collect();
    field::choice(ui, label, None, picked, &choices);
    if picked.is_empty() {
        return None;
    }
    let buttons = [
        (What::Only, words::rule_only(lang)),
        (What::Never, words::rule_never(lang)),
        (What::More, words::rule_more(lang)),
        (What::Less, words::rule_less(lang)),
    ];
    let mut done = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (what, text) in buttons {
            if ui.add(Button::quiet(text)).clicked() {
                done = Some(what);
            }
        }
    });
    done
}

/// How far a rise or fall goes unless somebody says otherwise: a quarter of the span of candidates.
const LIFT: f32 = 0.25;

fn apply(rules: &mut Rules, what: What, subject: Subject) {
    let strength = match what {
        What::More => LIFT,
        What::Less => -LIFT,
        What::Only | What::Never => {
            let list = match (&subject, what) {
                (Subject::Category(_), What::Only) => &mut rules.only_categories,
                (Subject::Category(_), _) => &mut rules.not_categories,
                (Subject::Brand(_), What::Only) => &mut rules.only_brands,
                (Subject::Brand(_), _) => &mut rules.not_brands,
                (Subject::Item(_), _) => &mut rules.exclude,
            };
            let (Subject::Item(name) | Subject::Category(name) | Subject::Brand(name)) = subject;
            if !list.contains(&name) {
                list.push(name);
            }
            return;
        }
    };
    lift(rules, subject, strength);
}

/// Raises or lowers; twice in one direction goes further, and back again ends it.
pub fn lift(rules: &mut Rules, subject: Subject, strength: f32) {
    match rules.lifts.iter_mut().find(|lift| lift.subject == subject) {
        Some(lift) => lift.strength = (lift.strength + strength).clamp(-1.0, 1.0),
        None => rules.lifts.push(Lift { subject, strength }),
    }
    rules.lifts.retain(|lift| lift.strength != 0.0);
}

fn limit(ui: &mut Ui, label: &str, value: &mut Option<f64>) {
    ui.horizontal(|ui| {
        widget::small(ui, label);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut on = value.is_some();
            let mut price = value.unwrap_or(0.0);
            if widget::toggle::toggle(ui, &mut on, label).changed() {
                *value = on.then_some(price);
            }
            let drag = egui::DragValue::new(&mut price).range(0.0..=1e9).speed(1.0).max_decimals(2);
            if ui.add_enabled(value.is_some(), drag).changed() {
                *value = Some(price);
            }
        });
    });
}

/// A ceiling for the customers of one segment.
fn ceilings(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, rules: &mut Rules) {
    let names = super::group::segment_names(cx, view, desk);
    widget::small(ui, words::rule_ceiling(cx.lang));
    if names.is_empty() {
        field::hint(ui, words::rule_segment_none(cx.lang));
        return;
    }
    if !names.iter().any(|(name, _)| *name == view.rule_segment) {
        view.rule_segment.clone_from(&names[0].0);
    }
    field::choice(ui, words::rule_segment(cx.lang), None, &mut view.rule_segment, &names);
    ui.horizontal(|ui| {
        ui.add(egui::DragValue::new(&mut view.rule_price).range(0.0..=1e9).speed(1.0).max_decimals(2));
        if ui.add(Button::quiet(words::set(cx.lang))).clicked() {
            rules.price_ceilings.insert(view.rule_segment.clone(), view.rule_price);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_add_up_and_end_where_they_began() {
        let mut rules = Rules::default();
        let tea = || Subject::Category("Tea".into());
        apply(&mut rules, What::More, tea());
        apply(&mut rules, What::More, tea());
        assert_eq!(rules.lifts, [Lift { subject: tea(), strength: 0.5 }]);
        apply(&mut rules, What::Less, tea());
        apply(&mut rules, What::Less, tea());
        assert!(rules.lifts.is_empty());
        apply(&mut rules, What::Only, tea());
        apply(&mut rules, What::Only, tea());
        apply(&mut rules, What::Never, Subject::Brand("Qing".into()));
        assert_eq!((rules.only_categories.len(), rules.not_brands.len()), (1, 1));
    }
}
