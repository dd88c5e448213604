//! Recommend: what each customer would be shown, why, and how good it is.
//!
//! `view` what the page remembers and asks for · `who` the left card · `past` the timeline · `rules` · `lists` ·
//! `why` the right card · `recipe` how it learns · `worth` how good, `board` its leaderboard · `group`, `product`

mod board;
mod group;
mod lists;
mod past;
mod product;
mod recipe;
mod rules;
mod tile;
mod view;
mod who;
mod why;
mod worth;

pub use view::{
    Asked, CURVE, Face, GROUP, GROUPS, GroupAsk, GroupShown, PICTURES, PREVIEW, RecommendCommand, RecommendView, Whom,
};

use egui::{Popup, PopupCloseBehavior, Rect, Ui, pos2, vec2};

use super::page_head;
use crate::jobs::Slot;
use crate::project::{Project, Run, RunId};
use crate::stage::Stage;
use crate::stage::recommend::Algorithm;
use crate::stage::recommend::counter::Counter;
use crate::stage::recommend::fit::FitRecipe;
use crate::store::recommend as shop;
use crate::ui::context::StageLook;
use crate::ui::text::{common, recommend as words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::toggle::segmented;
use crate::ui::widget::{self, Button, bars, card_in, field, icon};
use crate::ui::{Action, Command, Page, PageContext};

/// Narrower than this the right card comes over the lists, and only when something is chosen.
const WIDE: f32 = 1200.0;

pub fn recommend_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView) {
    let has_events = cx.project().is_some_and(shop::has_events);
    let fit = cx.project().and_then(|project| shop::latest_fit(project, None));
    let counter = fit.and_then(|(id, _)| cx.shown.result::<Counter>(id));
    let lead = match counter {
        Some(counter) => match view.shown_algorithms(counter).len() {
            1 => words::lead_one(cx.lang).to_owned(),
            n => words::lead(cx.lang, n),
        },
        None => words::lead_none(cx.lang).to_owned(),
    };
    let room = page_head(ui, words::title(cx.lang), &lead, |ui| head_buttons(ui, cx, view, fit, counter, has_events));
    let Some(project) = cx.project().filter(|_| has_events) else {
        card_in(ui, room, |ui| empty(ui, cx));
        return;
    };
    match (fit, counter) {
        (Some((id, run)), Some(counter)) => {
            // Events or products came since it was opened: the old lists stay until the new ones are there.
            if counter.seen != shop::inputs_key(project) && !cx.failures.contains_key(&Slot::Load(Stage::Recommend)) {
                cx.send(Command::Recommend(RecommendCommand::Want(id)));
            }
            let desk = Desk { project, id, run, counter };
            body(ui, cx, view, &desk, room);
        }
        (Some((id, _)), None) => {
            if cx.failures.get(&Slot::Load(Stage::Recommend)).is_none() {
                cx.send(Command::Recommend(RecommendCommand::Want(id)));
            }
            waiting(ui, cx, room, Slot::Load(Stage::Recommend), words::loading(cx.lang));
        }
        (None, _) => first_time(ui, cx, view, project, room),
    }
}

/// What all parts of the page look at.
pub struct Desk<'a> {
    pub project: &'a Project,
    pub id: RunId,
    pub run: &'a Run,
    pub counter: &'a Counter,
}

impl Desk<'_> {
    /// The settings as decided now; those of the fit while nobody changed them.
    pub fn recipe(&self) -> FitRecipe {
        self.project.item(shop::ID).or_else(|| serde_json::from_value(self.run.recipe.clone()).ok()).unwrap_or_default()
    }

    /// The settings were changed since the fit.
    pub fn changed(&self) -> bool {
        self.recipe() != self.counter.fit.recipe
    }

    pub fn stale(&self) -> bool {
        self.changed() || !shop::is_current(self.project, self.run)
    }
}

fn head_buttons(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    fit: Option<(RunId, &Run)>,
    counter: Option<&Counter>,
    has_events: bool,
) {
    if let StageLook::Running(job) = cx.look(Stage::Recommend) {
        if ui.add(Button::plain(common::stop(cx.lang))).clicked() {
            cx.send(Command::Stop(job.slot));
        }
        let layout = egui::Layout::top_down(egui::Align::Min);
        ui.allocate_ui_with_layout(vec2(200.0, 36.0), layout, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let left = job.time_left.map(|left| crate::ui::text::number::span(cx.lang, left));
            let text = match left {
                Some(left) => {
                    format!("{} · {}", common::step(cx.lang, job.progress.step), common::about_left(cx.lang, left))
                }
                None => common::step(cx.lang, job.progress.step).to_owned(),
            };
            widget::caption(ui, text);
            bars::progress(ui, job.progress.fraction());
        });
        return;
    }
    let can = cx.can_write() && has_events;
    match (cx.project(), fit, counter) {
        (Some(project), Some((id, run)), Some(counter)) => {
            let desk = Desk { project, id, run, counter };
            let stale = desk.stale();
            let lists = words::make_lists(cx.lang);
            let button = if stale { Button::plain(lists) } else { Button::primary(lists).icon(icon::PLAY) };
            let again = Button::primary(words::learn_again(cx.lang)).icon(icon::AGAIN).enabled(can);
            if stale && ui.add(again).clicked() {
                cx.send(Command::Recommend(RecommendCommand::Fit(Box::new(desk.recipe()))));
            }
            let response = ui.add(button);
            Popup::from_toggle_button_response(&response)
                .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                .frame(popup_frame(ui))
                .show(|ui| export_menu(ui, cx, view, &desk));
            let another = view.face == Face::Customer && !stale && view.found.rows.len() > 1;
            if another && ui.add(Button::plain(words::preview_another(cx.lang))).clicked() {
                who::another(view, counter);
            }
        }
        (Some(project), None, _) if has_events => {
            let learn = ui.add(Button::primary(words::learn(cx.lang)).icon(icon::PLAY).enabled(can));
            if learn.clicked() {
                let recipe = project.item(shop::ID).unwrap_or_default();
                cx.send(Command::Recommend(RecommendCommand::Fit(Box::new(recipe))));
            }
        }
        _ => {}
    }
}

/// A popup's frame with room around what stands in it.
fn popup_frame(ui: &Ui) -> egui::Frame {
    egui::Frame::popup(ui.style()).inner_margin(14)
}

fn export_menu(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    ui.set_width(280.0);
    ui.spacing_mut().item_spacing.y = 8.0;
    widget::heading(ui, words::export_title(cx.lang));
    let choices: Vec<(Algorithm, String)> = desk
        .counter
        .fit
        .models
        .iter()
        .map(|fitted| (fitted.algorithm(), words::algorithm(cx.lang, fitted.algorithm()).to_owned()))
        .collect();
    let mut algorithm = view.export_way.filter(|way| desk.counter.fit.get(*way).is_some()).unwrap_or(choices[0].0);
    field::choice(ui, words::export_way(cx.lang), None, &mut algorithm, &choices);
    view.export_way = Some(algorithm);
    let lengths: Vec<(usize, String)> = [5, 10, 20, 50, 100].map(|n| (n, n.to_string())).to_vec();
    field::choice(ui, words::export_length(cx.lang), None, &mut view.export_length, &lengths);
    let mut whom = vec![(Whom::Everybody, words::show_all(cx.lang).to_owned())];
    if let Some(selection) = &cx.shown.selection {
        whom.push((Whom::Selection, words::show_selection(cx.lang, &selection.label)));
    }
    let groups = view.groups(cx, desk).map_or(&[][..], |groups| &groups.groups);
    whom.extend(
        groups.iter().map(|group| (Whom::Segment(group.key.clone()), cx.lang.pick(&group.en, &group.zh).clone())),
    );
    if !whom.iter().any(|(one, _)| *one == view.export_whom) {
        view.export_whom = Whom::Everybody;
    }
    if whom.len() > 1 {
        field::choice(ui, words::export_who(cx.lang), None, &mut view.export_whom, &whom);
    }
    field::hint(ui, words::export_format(cx.lang));
    if ui.add(Button::primary(words::export_go(cx.lang)).full_width()).clicked() {
        let customers = match &view.export_whom {
            Whom::Everybody => None,
            Whom::Selection => cx.shown.selection.as_ref().map(|chosen| chosen.customers.iter().cloned().collect()),
            Whom::Segment(name) => groups.iter().find(|group| group.key == *name).map(|group| group.customers.clone()),
        };
        view.export = Some((desk.id, view.lists_ask(algorithm, customers, desk)));
        cx.send(Command::Recommend(RecommendCommand::AskExport));
        ui.close();
    }
}

fn empty(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    ui.add_space((ui.available_height() * 0.28).max(0.0));
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::RECOMMEND).size(40.0).color(tokens.text_3));
        widget::heading(ui, words::empty_title(cx.lang));
        widget::small(ui, words::empty_text(cx.lang));
        ui.add_space(size::S3);
        let (action, glyph) = match cx.open {
            Some(_) => (Action::Go(Page::Data), icon::DATA),
            None => (Action::OpenSample, icon::PLAY),
        };
        if ui.add(Button::suggested(action.name(cx.lang)).icon(glyph)).clicked() {
            cx.act(action);
        }
    });
}

fn waiting(ui: &mut Ui, cx: &PageContext<'_>, room: Rect, slot: Slot, text: &str) {
    card_in(ui, room, |ui| {
        ui.add_space((ui.available_height() * 0.4).max(0.0));
        ui.vertical_centered(|ui| {
            widget::body(ui, text);
            ui.allocate_ui(vec2(280.0, 8.0), |ui| {
                bars::progress(ui, cx.job(slot).and_then(|job| job.progress.fraction()));
            });
        });
    });
}

/// Before the first fit: the settings at the left, what will happen in the middle.
fn first_time(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, project: &Project, room: Rect) {
    let left = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE, room.bottom()));
    card_in(ui, left, |ui| recipe::recipe_card(ui, cx, view, project, None));
    let middle = Rect::from_min_max(pos2(left.right() + size::S4, room.top()), room.max);
    card_in(ui, middle, |ui| {
        let tokens = Tokens::of(ui);
        ui.add_space((ui.available_height() * 0.28).max(0.0));
        ui.vertical_centered(|ui| {
            ui.label(egui::RichText::new(icon::RECOMMEND).size(40.0).color(tokens.text_3));
            widget::heading(ui, words::ready_title(cx.lang));
            widget::small(ui, words::ready_text(cx.lang));
            worth::curve_now(ui, cx);
        });
    });
}

fn body(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, room: Rect) {
    view.keep_up(cx, desk);
    let left = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE, room.bottom()));
    card_in(ui, left, |ui| {
        if view.settings {
            recipe::recipe_card(ui, cx, view, desk.project, Some(desk));
        } else {
            who::left_card(ui, cx, view, desk);
        }
    });
    let with_why = matches!(view.face, Face::Customer | Face::Visitor);
    let wide = room.width() >= WIDE;
    view.wide = wide;
    let right_width = if with_why && wide { size::SELECTION + size::S4 } else { 0.0 };
    let middle =
        Rect::from_min_max(pos2(left.right() + size::S4, room.top()), pos2(room.right() - right_width, room.bottom()));
    let tabs = Rect::from_min_size(middle.min, vec2(middle.width(), size::CONTROL));
    let mut top = ui.new_child(egui::UiBuilder::new().id_salt("faces").max_rect(tabs));
    let faces = [
        (Face::Customer, words::face_customer(cx.lang)),
        (Face::Visitor, words::face_visitor(cx.lang)),
        (Face::Group, words::face_group(cx.lang)),
        (Face::Product, words::face_product(cx.lang)),
        (Face::Worth, words::face_worth(cx.lang)),
    ];
    if segmented(&mut top, &mut view.face, &faces) {
        view.chosen = None;
        view.query.clear();
    }
    let below = Rect::from_min_max(pos2(middle.left(), tabs.bottom() + size::S3), middle.max);
    match view.face {
        Face::Customer | Face::Visitor => lists::preview(ui, cx, view, desk, below),
        Face::Group => group::group(ui, cx, view, desk, below),
        Face::Product => product::product(ui, cx, view, desk, below),
        Face::Worth => worth::worth(ui, cx, view, desk, below),
    }
    if !with_why {
        return;
    }
    if wide {
        let right = Rect::from_min_max(pos2(middle.right() + size::S4, room.top()), room.max);
        card_in(ui, right, |ui| why::why_card(ui, cx, view, desk));
    } else if view.chosen.is_some() {
        // Over the lists, as a drawer.
        let right = Rect::from_min_max(pos2(room.right() - size::SELECTION, room.top()), room.max);
        let area = egui::Area::new(ui.scope_id().with("why drawer")).fixed_pos(right.min).order(egui::Order::Middle);
        area.show(ui.ctx(), |ui| {
            ui.set_clip_rect(right.expand(4.0));
            card_in(ui, right, |ui| why::why_card(ui, cx, view, desk));
        });
    }
}
