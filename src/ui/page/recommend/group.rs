//! The best list for a group: everybody, a segment, or whoever is chosen on another page.

use egui::{Rect, Ui};

use super::view::{GROUP, GroupAsk, GroupShown, PLACES, RecommendCommand, RecommendView};
use super::{Desk, tile, who};
use crate::base::Fingerprint;
use crate::stage::recommend::Algorithm;
use crate::ui::failure::Worded;
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, card_in, field};
use crate::ui::{Command, PageContext};

/// A group that can be chosen, and who is in it; nothing: everybody.
struct Group {
    label: String,
    customers: Option<Vec<String>>,
    size: usize,
}

fn groups(cx: &PageContext<'_>, desk: &Desk<'_>) -> Vec<Group> {
    let everybody = desk.counter.live.customer_count();
    let mut groups =
        vec![Group { label: words::group_everybody(cx.lang).to_owned(), customers: None, size: everybody }];
    if let Some(selection) = &cx.shown.selection {
        let size = selection.customers.len();
        let label = selection.label.clone();
        groups.push(Group { label, customers: Some(selection.customers.iter().cloned().collect()), size });
    }
    groups
}

/// The names of the project's segments.
pub fn segment_names(cx: &PageContext<'_>) -> Vec<String> {
    cx.shown.selection.iter().map(|selection| selection.label.clone()).collect()
}

fn label_of(cx: &PageContext<'_>, view: &RecommendView) -> String {
    let known = |label: &String| {
        *label == words::group_everybody(cx.lang)
            || cx.shown.selection.as_ref().is_some_and(|selection| selection.label == *label)
    };
    let first = cx.shown.selection.as_ref().map(|selection| selection.label.clone());
    let fallback = || first.unwrap_or_else(|| words::group_everybody(cx.lang).to_owned());
    view.group.clone().filter(known).unwrap_or_else(fallback)
}

/// The left card's list of groups.
pub fn choose(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    let label = label_of(cx, view);
    ui.spacing_mut().item_spacing.y = 2.0;
    for group in groups(cx, desk) {
        let size = words::group_size(cx.lang, number::whole(group.size as u64));
        if who::row(ui, &group.label, &size, group.label == label) {
            view.group = Some(group.label);
        }
    }
    if cx.shown.selection.is_none() {
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
            worth(*a).total_cmp(&worth(*b)).then(b.cmp(a))
        })
    };
    let wanted = view.group_way.filter(|way| desk.counter.fit.get(*way).is_some());
    wanted.or_else(best).unwrap_or(Algorithm::Popular)
}

pub fn group(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, room: Rect) {
    let label = label_of(cx, view);
    let Some(group) = groups(cx, desk).into_iter().find(|group| group.label == label) else { return };
    let ask =
        GroupAsk { label, customers: group.customers, algorithm: way(view, desk), rules: view.rules(desk), n: PLACES };
    let key = Fingerprint::of(&(desk.id, &ask));
    let shown = cx.shown.extra::<GroupShown>(GROUP, key);
    if shown.is_none() {
        cx.send(Command::Recommend(RecommendCommand::Group(desk.id, Box::new(ask.clone()))));
    }
    card_in(ui, room, |ui| {
        widget::heading(ui, &ask.label);
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

fn places(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>, list: &crate::stage::recommend::group::GroupList) {
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
                    widget::small(ui, words::group_share(cx.lang, number::decimal(share)));
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
