//! The right card: one product of one list, and what put it there.

use egui::{CornerRadius, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::view::{Face, RecommendCommand, RecommendView, decide};
use super::{Desk, lists, rules, tile};
use crate::stage::recommend::counter::{Answer, Off, Preview};
use crate::stage::recommend::list::Source;
use crate::stage::recommend::rules::{Rules, Subject};
use crate::stage::recommend::{EventKind, Explanation};
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::chip::{Tone, chip_with};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

/// Past items told one by one; the rest is summed up.
const TOLD: usize = 6;

pub fn why_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    let preview = view.answer(cx, desk).and_then(|asked| asked.preview.as_ref().ok());
    let found = preview.zip(view.chosen).and_then(|(preview, (algorithm, item))| {
        let answer = preview.answers.iter().find(|answer| answer.algorithm == algorithm)?;
        let at = answer.list.places.iter().position(|place| place.item == item);
        Some((preview, answer, item, at))
    });
    let Some((preview, answer, item, at)) = found else {
        nothing(ui, cx);
        return;
    };
    let foot = 2.0 * size::CONTROL + 2.0 * size::S2;
    let full = ui.available_rect_before_wrap();
    let upper = Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - foot));
    let mut top = ui.new_child(UiBuilder::new().id_salt("why").max_rect(upper));
    top.set_clip_rect(upper.expand2(vec2(14.0, 0.0)).intersect(ui.clip_rect()));
    egui::ScrollArea::vertical().id_salt("why").auto_shrink(false).show(&mut top, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.set_max_width(ui.available_width());
        head(ui, cx, view, desk, preview, item);
        ui.add_space(6.0);
        // What fell off the list is told by its places only.
        if let Some(at) = at {
            let placed = answer.list.places[at].source;
            because(ui, cx, view, desk, preview, (&answer.why[at], placed));
        }
        changes(ui, cx, view, answer, item);
        ui.add_space(6.0);
        places(ui, cx, preview, item);
        goes_with(ui, cx, desk, item);
    });
    let lower = Rect::from_min_max(pos2(full.left(), full.bottom() - foot + size::S2), full.max);
    let mut rows = ui.new_child(UiBuilder::new().id_salt("why buttons").max_rect(lower));
    rows.spacing_mut().item_spacing.y = size::S2;
    let write = Button::suggested(words::write_for_it(cx.lang)).icon(icon::COPY_DESK).full_width();
    if rows.add(write.enabled(cx.can_write())).clicked() {
        let customer = view.customer.as_deref().filter(|_| view.face == Face::Customer);
        let audience = customer.and_then(|id| Some(view.groups(cx, desk)?.of(id)?.en.clone()));
        let products = vec![desk.counter.items.name(item).to_owned()];
        cx.send(Command::Recommend(RecommendCommand::Write { products, audience }));
    }
    rows.horizontal(|ui| buttons(ui, cx, view, desk, item));
}

fn nothing(ui: &mut Ui, cx: &PageContext<'_>) {
    ui.add_space((ui.available_height() * 0.35).max(0.0));
    ui.vertical_centered(|ui| {
        let tokens = Tokens::of(ui);
        ui.label(egui::RichText::new(icon::RECOMMEND).size(30.0).color(tokens.text_3));
        widget::heading(ui, words::nothing_chosen_title(cx.lang));
        widget::small(ui, words::nothing_chosen(cx.lang));
    });
}

fn head(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, preview: &Preview, item: u32) {
    let tokens = Tokens::of(ui);
    ui.horizontal_top(|ui| {
        let (square, _) = ui.allocate_exact_size(vec2(72.0, 72.0), Sense::hover());
        tile::tile(ui.painter(), tokens, desk.counter, item, square);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.set_width(ui.available_width());
            let name = egui::RichText::new(desk.counter.name(item)).font(crate::ui::theme::semibold(text_size::BODY));
            ui.add(egui::Label::new(name.color(tokens.text)).wrap());
            let facts = tile::facts(cx.lang, desk.counter, item);
            if !facts.is_empty() {
                widget::small(ui, facts);
            }
            let text = words::in_lists(cx.lang, lists::lists_with(preview, item), preview.answers.len());
            chip_with(ui, Tone::Accent, None, &text);
        });
    });
    if_bought(ui, cx, view, desk, item);
    if !view.wide && ui.add(Button::quiet(crate::ui::text::common::close(cx.lang)).icon(icon::CLOSE)).clicked() {
        view.chosen = None;
    }
}

/// As if it had just been looked at or bought: the lists change at once.
fn if_bought(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, item: u32) {
    let list = if view.face == Face::Visitor { &mut view.visitor } else { &mut view.added };
    let id = desk.counter.items.name(item).to_owned();
    if list.iter().any(|(other, _)| *other == id) {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (text, kind) in
            [(words::if_looked(cx.lang), EventKind::View), (words::if_bought(cx.lang), EventKind::Purchase)]
        {
            if ui.add(Button::quiet(text).icon(icon::PLUS)).clicked() {
                list.push((id.clone(), kind));
            }
        }
    });
}

fn because(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    desk: &Desk<'_>,
    preview: &Preview,
    (why, placed): (&Explanation, Source),
) {
    widget::heading(ui, words::because_of_past(cx.lang));
    let whole: f32 = why.base.abs() + why.parts.iter().map(|part| part.value.abs()).sum::<f32>();
    if whole <= 0.0 {
        let text = match placed {
            Source::Model => words::because_nothing(cx.lang),
            placed => words::placed_by(cx.lang, placed),
        };
        widget::small(ui, text);
        return;
    }
    let share = |value: f32| f64::from(value / whole) * 100.0;
    for part in why.parts.iter().take(TOLD) {
        let name = desk.counter.name(part.item);
        let text = if part.value < 0.0 { words::against(cx.lang, name) } else { name.to_owned() };
        let out = words::leave_out(cx.lang, name);
        let did = preview
            .did(part.item)
            .map(|did| words::did_last(cx.lang, words::did(cx.lang, &did), number::short_date(cx.lang, did.last)));
        let under = did.unwrap_or_default();
        let hover = format!("{name}\n{under}\n{:+.4}", part.value);
        let shown = Bar { item: Some(part.item), text: &text, under: &under, share: share(part.value), hover: &hover };
        if bar(ui, desk, &shown, Some(&out)) {
            leave_out(view, desk, part.item);
        }
    }
    let rest = why.parts.get(TOLD..).unwrap_or_default();
    if !rest.is_empty() {
        let sum: f32 = rest.iter().map(|part| part.value).sum();
        let text = words::the_rest(cx.lang, rest.len());
        let hover = format!("{sum:+.4}");
        bar(ui, desk, &Bar { item: None, text: &text, under: "", share: share(sum), hover: &hover }, None);
    }
    if why.base != 0.0 {
        let hover = format!("{:+.4}", why.base);
        let text = words::everybody(cx.lang);
        bar(ui, desk, &Bar { item: None, text, under: "", share: share(why.base), hover: &hover }, None);
    }
    widget::caption(ui, words::adds_up(cx.lang, number::decimal(f64::from(why.score))));
}

/// One reason, as it is drawn.
struct Bar<'a> {
    item: Option<u32>,
    text: &'a str,
    /// What was done with it, and when; may be empty.
    under: &'a str,
    /// Of the whole, in percent.
    share: f64,
    hover: &'a str,
}

/// One reason: tile, name, share of the whole, and a cross; true when the cross was pressed.
fn bar(ui: &mut Ui, desk: &Desk<'_>, shown: &Bar<'_>, out: Option<&str>) -> bool {
    let tokens = Tokens::of(ui);
    let height = if shown.under.is_empty() { 38.0 } else { 50.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let label = format!("{}: {:.0} %", shown.text, shown.share);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
    response.on_hover_text(shown.hover);
    let square = Rect::from_min_size(pos2(rect.left(), rect.center().y - 17.0), vec2(32.0, 32.0));
    match shown.item {
        Some(item) => tile::tile(ui.painter(), tokens, desk.counter, item, square),
        None => drop(ui.painter().rect_filled(square, CornerRadius::same(6), tokens.sunken)),
    }
    let (left, right) = (square.right() + 10.0, rect.right() - 26.0);
    let percent = format!("{}{:.0} %", if shown.share < 0.0 { "−" } else { "" }, shown.share.abs());
    let number = ui.painter().layout_no_wrap(percent, regular(text_size::SMALL), tokens.text);
    let line = |text: &str, font: egui::FontId, ink: egui::Color32, width: f32, top: f32| {
        let mut job = egui::text::LayoutJob::single_section(text.to_owned(), egui::TextFormat::simple(font, ink));
        job.wrap = egui::text::TextWrapping::truncate_at_width(width);
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(pos2(left, rect.top() + top), galley, ink);
    };
    line(shown.text, regular(text_size::SMALL), tokens.text, right - left - number.size().x - 8.0, 3.0);
    line(shown.under, regular(12.0), tokens.text_3, right - left, 20.0);
    ui.painter().galley(pos2(right - number.size().x, rect.top() + 3.0), number, tokens.text);
    let track = Rect::from_min_max(pos2(left, rect.bottom() - 12.0), pos2(right, rect.bottom() - 6.0));
    ui.painter().rect_filled(track, CornerRadius::same(3), tokens.sunken);
    let length = track.width() * (shown.share.abs() as f32 / 100.0).min(1.0);
    let ink = if shown.share < 0.0 { tokens.line_strong } else { tokens.series(0) };
    ui.painter().rect_filled(Rect::from_min_size(track.min, vec2(length, 6.0)), CornerRadius::same(3), ink);
    let Some(out) = out else { return false };
    let place = Rect::from_min_size(pos2(right + 4.0, rect.center().y - 12.0), vec2(24.0, 24.0));
    let mut corner = ui.new_child(UiBuilder::new().id_salt(("out", shown.item)).max_rect(place));
    let cross = corner.add(egui::Button::new(egui::RichText::new(icon::CLOSE).size(13.0)).frame(false));
    cross.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, out));
    cross.on_hover_text(out).clicked()
}

fn leave_out(view: &mut RecommendView, desk: &Desk<'_>, item: u32) {
    let id = desk.counter.items.name(item).to_owned();
    if view.face == Face::Visitor {
        view.visitor.retain(|(other, _)| *other != id);
        return;
    }
    if view.added.iter().any(|(other, _)| *other == id) {
        view.added.retain(|(other, _)| *other != id);
    } else if !view.off.iter().any(|off| off.item == id && off.time.is_none()) {
        view.off.push(Off { item: id, time: None });
    }
}

/// What the user's changes to the history did to this product's place.
fn changes(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, answer: &Answer, item: u32) {
    if !view.edited() {
        return;
    }
    let tokens = Tokens::of(ui);
    let rank =
        |ranks: &[(u32, Option<usize>)]| ranks.iter().find(|(other, _)| *other == item).and_then(|(_, rank)| *rank);
    let (now, before) = (rank(&answer.ranks), rank(&answer.ranks_before));
    let ordinal = |n| words::ordinal(cx.lang, n);
    let text = match (before, now) {
        (Some(before), Some(now)) if now < before => words::rose(cx.lang, ordinal(before), ordinal(now)),
        (Some(before), Some(now)) if now > before => words::fell(cx.lang, ordinal(before), ordinal(now)),
        (_, Some(now)) => words::stayed(cx.lang, ordinal(now)),
        _ => words::changed_hint(cx.lang).to_owned(),
    };
    ui.add_space(4.0);
    egui::Frame::new().fill(tokens.warn_soft).corner_radius(6).inner_margin(12).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let title = match (view.off.len(), view.added.len()) {
                (0, added) => words::n_added(cx.lang, added),
                (off, _) => words::n_left_out(cx.lang, off),
            };
            ui.label(egui::RichText::new(title).font(crate::ui::theme::semibold(text_size::SMALL)).color(tokens.warn));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.add(Button::quiet(words::put_back(cx.lang))).clicked() {
                    view.off.clear();
                    view.added.clear();
                }
            });
        });
        ui.label(egui::RichText::new(text).size(text_size::SMALL).color(tokens.text_2));
    });
}

fn places(ui: &mut Ui, cx: &PageContext<'_>, preview: &Preview, item: u32) {
    widget::heading(ui, words::place_in_lists(cx.lang));
    for answer in &preview.answers {
        let listed = answer.list.places.iter().position(|place| place.item == item).map(|at| at + 1);
        let by_score = answer.ranks.iter().find(|(other, _)| *other == item).and_then(|(_, rank)| *rank);
        let place =
            listed.or(by_score).map_or_else(|| words::no_place(cx.lang).to_owned(), |n| words::ordinal(cx.lang, n));
        ui.horizontal(|ui| {
            ui.set_height(24.0);
            widget::small(ui, words::algorithm(cx.lang, answer.algorithm));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if listed.is_some() {
                    widget::small_strong(ui, place);
                } else {
                    widget::small(ui, place);
                }
            });
        });
    }
}

fn goes_with(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>, item: u32) {
    let companions = desk.counter.together.of(item);
    if companions.is_empty() {
        return;
    }
    ui.add_space(6.0);
    widget::heading(ui, words::goes_with(cx.lang));
    for companion in companions.iter().take(3) {
        let (together, baskets) = (number::whole(companion.together.into()), desk.counter.together.baskets as u64);
        let lift = number::decimal(companion.lift);
        let hover = words::together_hover(cx.lang, together, number::whole(baskets), &lift);
        ui.horizontal(|ui| {
            ui.set_height(24.0);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widget::small(ui, format!("× {lift}")).on_hover_text(&hover);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let name = egui::RichText::new(desk.counter.name(companion.item)).size(text_size::SMALL);
                    ui.add(egui::Label::new(name.color(Tokens::of(ui).text_2)).truncate());
                });
            });
        });
    }
}

fn buttons(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, item: u32) {
    let id = desk.counter.items.name(item).to_owned();
    let now = view.rules(desk);
    let can = cx.can_write();
    let pinned = now.pin.contains(&id);
    ui.spacing_mut().item_spacing.x = 6.0;
    let pin = if pinned { words::unpin(cx.lang) } else { words::pin(cx.lang) };
    if ui.add(Button::plain(pin).enabled(can)).clicked() {
        let mut next = now.clone();
        if pinned {
            next.pin.retain(|other| *other != id)
        } else {
            next.pin.push(id.clone())
        }
        decide(cx, &next, None);
    }
    let mut change = |text: &str, turn: &dyn Fn(&mut Rules)| {
        let pressed = ui.add(Button::plain(text).enabled(can)).clicked();
        if pressed {
            let mut next = now.clone();
            turn(&mut next);
            decide(cx, &next, None);
        }
        pressed
    };
    change(words::raise(cx.lang), &|next| rules::lift(next, Subject::Item(id.clone()), 0.25));
    change(words::lower(cx.lang), &|next| rules::lift(next, Subject::Item(id.clone()), -0.25));
    let hidden = change(words::hide(cx.lang), &|next| {
        next.pin.retain(|other| *other != id);
        next.exclude.push(id.clone());
    });
    if hidden {
        view.chosen = None;
    }
}
