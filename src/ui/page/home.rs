//! Home: where the work stands, what to do next, recent projects.

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::{loop_picture, page_head};
use crate::stage::Stage;
use crate::stage::data::overview::{Need, Overview};
use crate::ui::context::StageLook;
use crate::ui::text::{self, home as words, number};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, bars, card_in, icon};
use crate::ui::{Action, Command, PageContext};

const SIDE: f32 = 352.0;
const BOTTOM: f32 = 264.0;

pub fn home_page(ui: &mut Ui, cx: &PageContext<'_>) {
    let room = page_head(ui, greeting(cx), &lead(cx), |ui| primary(ui, cx));
    if cx.open.is_some_and(|open| open.project.tables().next().is_some()) {
        let wanted = overview_key(cx);
        if cx.shown.overview.as_ref().map(|(key, _)| *key) != wanted {
            cx.send(Command::Data(super::data::DataCommand::WantOverview));
        }
    }
    // Narrow windows give up the side column's width first, then the pictures' height by scrolling.
    let needed = 430.0 + BOTTOM + size::S4;
    egui::ScrollArea::vertical().id_salt("home").auto_shrink(false).show(
        &mut ui.new_child(UiBuilder::new().id_salt("home body").max_rect(room)),
        |ui| {
            let (area, _) = ui.allocate_exact_size(vec2(room.width(), room.height().max(needed)), Sense::hover());
            let side_width = SIDE.min(area.width() * 0.3).max(260.0);
            let split = area.right() - side_width;
            let main = Rect::from_min_max(area.min, pos2(split - size::S4, area.bottom()));
            let side = Rect::from_min_max(pos2(split, area.top()), area.max);
            main_column(ui, cx, main);
            side_column(ui, cx, side);
        },
    );
}

fn greeting(cx: &PageContext<'_>) -> &'static str {
    match cx.now.hour() {
        Some(4..12) => words::good_morning(cx.lang),
        Some(12..18) => words::good_afternoon(cx.lang),
        _ => words::good_evening(cx.lang),
    }
}

fn lead(cx: &PageContext<'_>) -> String {
    let Some(project) = cx.project() else { return words::lead_no_project(cx.lang).to_owned() };
    if project.tables().next().is_none() {
        return words::lead_empty_project(cx.lang).to_owned();
    }
    let stale = Stage::ALL.into_iter().filter(|stage| cx.look(*stage) == StageLook::OutOfDate).count();
    if stale > 0 {
        return words::lead_stale(cx.lang, stale);
    }
    if project.runs().next().is_none() { words::lead_data_only(cx.lang) } else { words::lead_fresh(cx.lang) }.to_owned()
}

fn primary(ui: &mut Ui, cx: &PageContext<'_>) {
    if cx.open.is_none() {
        return;
    }
    let button = Button::primary(words::data_import(cx.lang)).icon(icon::IMPORT).enabled(cx.can_write());
    if ui.add(button).clicked() {
        cx.act(Action::ImportTable);
    }
}

fn overview_key(cx: &PageContext<'_>) -> Option<crate::base::Fingerprint> {
    cx.project().map(crate::project::Project::tables_fingerprint)
}

fn main_column(ui: &mut Ui, cx: &PageContext<'_>, area: Rect) {
    let split = area.bottom() - BOTTOM;
    loop_picture::draw(ui, cx, Rect::from_min_max(area.min, pos2(area.right(), split - size::S4)));
    let width = (area.width() - 2.0 * size::S4) / 3.0;
    let card = |i: f32| {
        Rect::from_min_size(pos2(area.left() + i * (width + size::S4), split), vec2(width, area.bottom() - split))
    };
    let overview = cx.shown.overview.as_ref().map(|(_, overview)| overview.as_ref());
    card_in(ui, card(0.0), |ui| orders_card(ui, cx, overview));
    card_in(ui, card(1.0), |ui| categories_card(ui, cx, overview));
    card_in(ui, card(2.0), |ui| needs_card(ui, cx, overview));
}

fn orders_card(ui: &mut Ui, cx: &PageContext<'_>, overview: Option<&Overview>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    widget::heading(ui, words::orders_week(cx.lang));
    let Some(weeks) = overview.map(|overview| &overview.orders_by_week).filter(|weeks| weeks.len() > 1) else {
        widget::small(ui, words::orders_none(cx.lang));
        return;
    };
    let shown = &weeks[weeks.len().saturating_sub(12)..];
    if let [.., before, last] = shown {
        let change = change_text(cx, before.orders, last.orders);
        widget::small(ui, words::orders_last_week(cx.lang, number::whole(last.orders), change));
    }
    ui.add_space(size::S2);
    let columns: Vec<_> = shown
        .iter()
        .map(|week| {
            let label = number::short_date(cx.lang, week.monday);
            let orders = words::orders_n(cx.lang, number::whole(week.orders));
            let hover = format!("{}\n{orders}", words::week_of(cx.lang, &label));
            bars::Column { value: week.orders as f64, label, hover }
        })
        .collect();
    bars::columns(ui, ui.available_height(), &columns);
}

fn change_text(cx: &PageContext<'_>, before: u64, last: u64) -> String {
    if before == 0 || before == last {
        return words::change_none(cx.lang).to_owned();
    }
    let percent = (last as f64 / before as f64 - 1.0) * 100.0;
    let shown = format!("{:.0}", percent.abs());
    if percent > 0.0 { words::change_up(cx.lang, shown) } else { words::change_down(cx.lang, shown) }
}

fn categories_card(ui: &mut Ui, cx: &PageContext<'_>, overview: Option<&Overview>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    widget::heading(ui, words::top_categories(cx.lang));
    let Some(shares) = overview.map(|overview| &overview.revenue_by_category).filter(|shares| !shares.is_empty())
    else {
        widget::small(ui, words::categories_none(cx.lang));
        return;
    };
    widget::small(ui, words::top_categories_lead(cx.lang));
    ui.add_space(size::S2);
    let tokens = Tokens::of(ui);
    let mut rows: Vec<(String, f64)> =
        shares.iter().take(5).map(|share| (share.category.clone(), share.share)).collect();
    let rest: f64 = 1.0 - rows.iter().map(|(_, share)| share).sum::<f64>();
    if rest > 0.005 {
        rows.push((words::others(cx.lang).to_owned(), rest));
    }
    let colour = |i: usize| if i < 5 { tokens.series(i) } else { tokens.line_strong };
    let parts: Vec<_> = rows.iter().enumerate().map(|(i, (_, share))| (*share as f32, colour(i))).collect();
    bars::stacked(ui, &parts);
    ui.add_space(size::S1);
    ui.spacing_mut().item_spacing.y = 0.0;
    for (i, (name, share)) in rows.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.set_height(22.0);
            let (dot, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().rect_filled(dot, 3.0, colour(i));
            let percent = text::common::percent(cx.lang, number::decimal((share * 1000.0).round() / 10.0));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widget::small_strong(ui, percent);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let label = egui::RichText::new(name).size(13.0).color(tokens.text);
                    ui.add(egui::Label::new(label).truncate()).on_hover_text(name);
                });
            });
        });
    }
}

fn needs_card(ui: &mut Ui, cx: &PageContext<'_>, overview: Option<&Overview>) {
    widget::heading(ui, words::needs_look(cx.lang));
    let needs = overview.map(|overview| overview.needs.as_slice()).unwrap_or_default();
    if needs.is_empty() {
        widget::small(ui, words::needs_nothing(cx.lang));
        return;
    }
    let tokens = Tokens::of(ui);
    for need in needs.iter().take(4) {
        widget::hairline(ui);
        ui.horizontal(|ui| {
            ui.set_height(size::CONTROL);
            let (glyph, text) = need_words(cx, need);
            ui.label(egui::RichText::new(glyph).size(17.0).color(tokens.warn));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.add(Button::quiet(words::show(cx.lang))).clicked() {
                    cx.act(Action::Go(super::Page::Data));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let label = egui::RichText::new(&text).size(13.0).color(tokens.text);
                    ui.add(egui::Label::new(label).truncate()).on_hover_text(&text);
                });
            });
        });
    }
}

fn need_words(cx: &PageContext<'_>, need: &Need) -> (&'static str, String) {
    match need {
        Need::NoCategory(n) => (icon::TAG, words::need_no_category(cx.lang, number::whole(*n))),
        Need::NoDescription(n) => (icon::FILE, words::need_no_description(cx.lang, number::whole(*n))),
        Need::OutOfStock(n) => (icon::PACKAGE, words::need_out_of_stock(cx.lang, number::whole(*n))),
        Need::LowRatings(n) => (icon::VOICE, words::need_low_ratings(cx.lang, number::whole(*n))),
        Need::UnknownProducts(n) => (icon::WARNING, words::need_unknown_products(cx.lang, number::whole(*n))),
    }
}

fn side_column(ui: &mut Ui, cx: &PageContext<'_>, area: Rect) {
    let sample = Rect::from_min_size(area.min, vec2(area.width(), 172.0));
    card_in(ui, sample, |ui| sample_card(ui, cx));
    let recents = Rect::from_min_max(pos2(area.left(), sample.bottom() + size::S4), area.max);
    card_in(ui, recents, |ui| recents_card(ui, cx));
}

fn sample_card(ui: &mut Ui, cx: &PageContext<'_>) {
    let recipe = crate::stage::data::sample::SampleRecipe::default();
    widget::heading(ui, words::new_here(cx.lang));
    widget::small(ui, words::sample_about(cx.lang, number::whole(u64::from(recipe.users)), 6));
    ui.add_space(size::S1);
    let name = Action::OpenSample.name(cx.lang);
    if ui.add(Button::suggested(name).icon(icon::PLAY)).clicked() {
        cx.act(Action::OpenSample);
    }
    widget::caption(ui, words::sample_note(cx.lang));
}

fn recents_card(ui: &mut Ui, cx: &PageContext<'_>) {
    widget::heading(ui, words::recent(cx.lang));
    let foot = 84.0;
    let list = ui.available_rect_before_wrap();
    let list = Rect::from_min_max(list.min, pos2(list.right(), list.bottom() - foot));
    let mut upper = ui.new_child(UiBuilder::new().id_salt("recents").max_rect(list));
    if cx.settings.recents.is_empty() {
        widget::small(&mut upper, words::recent_none(cx.lang));
    }
    egui::ScrollArea::vertical().id_salt("recents list").auto_shrink(false).show(&mut upper, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for recent in &cx.settings.recents {
            recent_row(ui, cx, recent);
        }
    });
    let tokens = Tokens::of(ui);
    let below =
        Rect::from_min_max(pos2(list.left(), list.bottom() + size::S2), pos2(list.right(), list.bottom() + foot));
    let mut lower = ui.new_child(UiBuilder::new().id_salt("recents foot").max_rect(below));
    lower.horizontal(|ui| {
        ui.label(egui::RichText::new(icon::INFO).size(15.0).color(tokens.text_3));
        widget::small(ui, words::drop_file(cx.lang));
    });
    lower.horizontal(|ui| {
        if ui.add(Button::plain(words::new_project(cx.lang)).icon(icon::PLUS)).clicked() {
            cx.act(Action::NewProject);
        }
        if ui.add(Button::plain(words::open_file(cx.lang)).icon(icon::FOLDER)).clicked() {
            cx.act(Action::OpenProject);
        }
    });
}

fn recent_row(ui: &mut Ui, cx: &PageContext<'_>, recent: &crate::store::settings::Recent) {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
    let name = recent.name.clone();
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    ui.painter().hline(rect.x_range(), rect.top(), egui::Stroke::new(1.0, tokens.line));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.shrink2(vec2(0.0, 2.0)), 6.0, tokens.hover);
    }
    if response.clicked() {
        cx.send(Command::Open(recent.path.clone()));
    }
    let open_now = cx.open.is_some_and(|open| open.path == recent.path);
    let when = if open_now {
        words::recent_open_now(cx.lang).to_owned()
    } else {
        number::moment(cx.lang, recent.opened_at, cx.now)
    };
    let painter = ui.painter();
    let at = |y: f32| pos2(rect.left() + 32.0, y);
    let ink = |size| crate::ui::theme::regular(size);
    painter.text(
        pos2(rect.left() + 10.0, rect.center().y),
        egui::Align2::CENTER_CENTER,
        icon::FILE,
        ink(18.0),
        tokens.text_2,
    );
    let dots = recent.stages.len() as f32 * 12.0;
    let clip = Rect::from_min_max(rect.min, pos2(rect.right() - dots - 8.0, rect.bottom()));
    let clipped = painter.with_clip_rect(clip.intersect(ui.clip_rect()));
    clipped.text(at(rect.top() + 18.0), egui::Align2::LEFT_CENTER, &recent.name, ink(15.0), tokens.text);
    let facts = format!("{when} · {}", number::bytes(recent.bytes));
    clipped.text(at(rect.top() + 39.0), egui::Align2::LEFT_CENTER, facts, ink(12.0), tokens.text_3);
    for (i, (_, state)) in recent.stages.iter().rev().enumerate() {
        let centre = pos2(rect.right() - 6.0 - i as f32 * 12.0, rect.center().y);
        let dot = Rect::from_center_size(centre, vec2(8.0, 8.0));
        match state.as_str() {
            "fresh" => painter.rect_filled(dot, 2.0, tokens.ok),
            "out_of_date" => painter.rect_filled(dot, 2.0, tokens.warn_mark),
            _ => {
                let edge = egui::Stroke::new(1.0, tokens.line_strong);
                painter.rect_stroke(dot, 2.0, edge, egui::StrokeKind::Inside)
            }
        };
    }
    response.on_hover_text(recent.path.display().to_string());
}
