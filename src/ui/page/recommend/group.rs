//! The best list for a group: everybody, a segment, or whoever is chosen on another page.

use egui::{Rect, Ui};

use super::view::{GROUP, GroupAsk, GroupShown, PLACES, RecommendCommand, RecommendView};
use super::{Desk, tile, who};
use crate::base::Fingerprint;
use crate::stage::recommend::Algorithm;
use crate::stage::recommend::group::GroupList;
use crate::store::recommend as shop;
use crate::ui::failure::Worded;
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, card_in, field, icon};
use crate::ui::{Command, PageContext};

/// A group that can be chosen, and who is in it; nothing: everybody.
struct Choice<'a> {
    label: String,
    segment: Option<&'a shop::Group>,
    chosen: bool,
    size: usize,
}

impl Choice<'_> {
    fn customers(&self, cx: &PageContext<'_>) -> Option<Vec<String>> {
        match (self.segment, &cx.shown.selection) {
            (Some(group), _) => Some(group.customers.clone()),
            (None, Some(selection)) if self.chosen => Some(selection.customers.iter().cloned().collect()),
            _ => None,
        }
    }
}

fn choices<'a>(cx: &PageContext<'a>, view: &RecommendView, desk: &Desk<'_>) -> Vec<Choice<'a>> {
    let everybody = words::group_everybody(cx.lang).to_owned();
    let size = desk.counter.live.customer_count();
    let mut all = vec![Choice { label: everybody, segment: None, chosen: false, size }];
    if let Some(selection) = &cx.shown.selection {
        let (label, size) = (words::show_selection(cx.lang, &selection.label), selection.customers.len());
        all.push(Choice { label, segment: None, chosen: true, size });
    }
    for group in view.groups(cx, desk).map_or(&[][..], |groups| &groups.groups) {
        let label = cx.lang.pick(&group.en, &group.zh).clone();
        all.push(Choice { label, segment: Some(group), chosen: false, size: group.customers.len() });
    }
    all
}

/// The names of the project's segments: as rules hold them, and for reading.
pub fn segment_names(cx: &PageContext<'_>, view: &RecommendView, desk: &Desk<'_>) -> Vec<(String, String)> {
    let groups = view.groups(cx, desk).map_or(&[][..], |groups| &groups.groups);
    groups.iter().map(|group| (group.key.clone(), cx.lang.pick(&group.en, &group.zh).clone())).collect()
}

fn chosen<'a>(cx: &PageContext<'a>, view: &RecommendView, desk: &Desk<'_>) -> Option<Choice<'a>> {
    let mut all = choices(cx, view, desk);
    let wanted = view.group.as_ref().and_then(|label| all.iter().position(|choice| choice.label == *label));
    let at = wanted.unwrap_or(if all.len() > 1 { 1 } else { 0 });
    (at < all.len()).then(|| all.swap_remove(at))
}

/// The left card's list of groups.
pub fn choose(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    let label = chosen(cx, view, desk).map(|choice| choice.label);
    ui.spacing_mut().item_spacing.y = 2.0;
    let all = choices(cx, view, desk);
    let none = all.len() == 1;
    egui::ScrollArea::vertical().id_salt("groups").max_height((ui.available_height() - 76.0).max(60.0)).show(
        ui,
        |ui| {
            for choice in all {
                let size = words::group_size(cx.lang, number::whole(choice.size as u64));
                if who::row(ui, &choice.label, &size, Some(&choice.label) == label.as_ref()) {
                    view.group = Some(choice.label);
                }
            }
        },
    );
    if none {
        ui.add_space(6.0);
        widget::caption(ui, words::group_none(cx.lang));
    }
    ui.add_space(8.0);
    let ways: Vec<(Algorithm, String)> = desk
        .counter
        .fit
        .models
        .iter()
        .map(|fitted| (fitted.algorithm(), words::algorithm(cx.lang, fitted.algorithm()).to_owned()))
        .collect();
    let mut way = way(view, desk);
    if field::choice(ui, words::group_by(cx.lang), None, &mut way, &ways) {
        view.group_way = Some(way);
    }
}

fn way(view: &RecommendView, desk: &Desk<'_>) -> Algorithm {
    let best = || {
        let scored = desk.counter.fit.models.iter().map(|fitted| fitted.algorithm());
        scored.max_by(|a, b| {
            let worth = |one| view.right_in_100(one).unwrap_or(0.0);
            // Unmeasured: learned tastes, and never what everybody gets.
            let liked = |one| (one == Algorithm::Als, one != Algorithm::Popular);
            worth(*a).total_cmp(&worth(*b)).then(liked(*a).cmp(&liked(*b)))
        })
    };
    let wanted = view.group_way.filter(|way| desk.counter.fit.get(*way).is_some());
    wanted.or_else(best).unwrap_or(Algorithm::Popular)
}

pub fn group(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, room: Rect) {
    let Some(group) = chosen(cx, view, desk) else { return };
    let ask = GroupAsk {
        customers: group.customers(cx),
        segment: group.segment.map(|group| group.key.clone()),
        label: group.label,
        algorithm: way(view, desk),
        rules: view.rules(desk),
        n: PLACES,
    };
    let key = Fingerprint::of(&(desk.id, desk.counter.seen.to_string(), &ask));
    let shown = cx.shown.extra::<GroupShown>(GROUP, key);
    if shown.is_none() {
        cx.send(Command::Recommend(RecommendCommand::Group(desk.id, Box::new(ask.clone()))));
    }
    card_in(ui, room, |ui| {
        let found = shown.and_then(|shown| shown.list.as_ref().ok());
        ui.horizontal(|ui| {
            widget::heading(ui, &ask.label);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| hand_over(ui, cx, desk, &ask, found));
        });
        widget::small(ui, words::group_lead(cx.lang));
        match shown.map(|shown| &shown.list) {
            None => {}
            Some(Err(why)) => drop(widget::body(ui, why.text(cx.lang))),
            Some(Ok(list)) => {
                let (voters, all) = (number::whole(list.voters as u64), number::whole(list.members as u64));
                widget::caption(ui, words::group_voters(cx.lang, voters, all));
                ui.add_space(size::S2);
                places(ui, cx, desk, list);
            }
        }
    });
}

/// The list as the products of the copy brief, the group as the people it is for.
fn hand_over(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>, ask: &GroupAsk, found: Option<&GroupList>) {
    let can = cx.can_write() && found.is_some_and(|list| !list.places.is_empty());
    let button = Button::suggested(words::write_for_these(cx.lang)).icon(icon::COPY_DESK).enabled(can);
    if ui.add(button).clicked()
        && let Some(list) = found
    {
        let products = list.places.iter().map(|place| desk.counter.items.name(place.item).to_owned()).collect();
        let audience = ask.segment.as_ref().map(|_| ask.label.clone());
        cx.send(Command::Recommend(RecommendCommand::Write { products, audience }));
    }
}

fn places(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>, list: &GroupList) {
    let tokens = Tokens::of(ui);
    egui::ScrollArea::vertical().id_salt("group list").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (at, place) in list.places.iter().enumerate() {
            ui.horizontal(|ui| {
                ui.set_height(44.0);
                ui.add_sized(
                    [28.0, 44.0],
                    egui::Label::new(egui::RichText::new(format!("{}", at + 1)).size(13.0).color(tokens.text_3)),
                );
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.add_space(6.0);
                    let share = f64::from(place.share) * 100.0;
                    let text = words::group_share(cx.lang, format!("{share:.0}"));
                    let text = egui::RichText::new(text).size(13.0).color(tokens.text_2);
                    ui.add_sized([150.0, 44.0], egui::Label::new(text));
                    let (track, _) = ui.allocate_exact_size(egui::vec2(160.0, 8.0), egui::Sense::hover());
                    ui.painter().rect_filled(track, 4, tokens.sunken);
                    let length = track.width() * place.share.clamp(0.0, 1.0);
                    let done = Rect::from_min_size(track.min, egui::vec2(length, track.height()));
                    ui.painter().rect_filled(done, 4, tokens.series(0));
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        tile::product_row(ui, cx.lang, desk.counter, place.item, false);
                    });
                });
            });
        }
    });
}
