//! The window around the pages: rail, header, notices, palette. Draws what `logic` decided.

use std::cell::RefCell;

use egui::{Align, CornerRadius, Layout, Panel, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::App;
use super::projects::Open;
use crate::jobs::{JobStatus, Slot};
use crate::ui::context::{SaveState, StageLook};
use crate::ui::text::{self, Lang, common, error as error_words, number};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, Tone, bars, chip, icon};
use crate::ui::{Action, Command, Failure, Page, PageContext};

impl App {
    pub(super) fn draw(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let jobs = self.jobs.all();
        let cx = PageContext {
            lang: self.lang(),
            now: (self.services.clock)(),
            open: self.open.as_ref().map(Open::as_context),
            jobs: &jobs,
            failures: &self.failures,
            settings: &self.settings,
            shown: &self.shown,
            commands: RefCell::default(),
        };
        let frame = |fill| egui::Frame::new().fill(fill);
        Panel::left("rail")
            .exact_size(size::RAIL)
            .resizable(false)
            .show_separator_line(false)
            .frame(frame(tokens.rail))
            .show(ui, |ui| rail(ui, &cx, self.page));
        Panel::top("header")
            .exact_size(size::HEADER)
            .resizable(false)
            .show_separator_line(false)
            .frame(frame(tokens.app))
            .show(ui, |ui| header(ui, &cx));
        failure_bars(ui, &cx);
        egui::CentralPanel::default().frame(frame(tokens.app)).show(ui, |ui| {
            self.page.show(ui, &cx, &mut self.views);
        });
        drop_overlay(ui, &cx);
        let lang = cx.lang;
        let commands = cx.commands.into_inner();
        self.queue.extend(commands);
        if let Some(command) = self.palette.show(ui, lang, &self.settings) {
            self.queue.push(command);
        }
        self.notices.show(ui.ctx(), tokens);
        if !std::mem::replace(&mut self.first_frame_told, true) {
            log::info!("first frame {} ms after the start", self.services.started.elapsed().as_millis());
        }
        if !self.queue.is_empty() || !jobs.is_empty() {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(if self.queue.is_empty() {
                100
            } else {
                0
            }));
        }
    }
}

fn rail(ui: &mut Ui, cx: &PageContext<'_>, current: Page) {
    let t = Tokens::of(ui);
    let area = ui.max_rect();
    ui.painter().vline(area.right() - 0.5, area.y_range(), Stroke::new(1.0, t.line));
    let logo = Rect::from_center_size(pos2(area.center().x, area.top() + 26.0), vec2(32.0, 32.0));
    ui.painter().rect_filled(logo, CornerRadius::same(8), t.accent);
    ui.painter().text(logo.center(), egui::Align2::CENTER_CENTER, icon::BAG, regular(21.0), t.on_accent);
    let mut y = area.top() + 56.0;
    for page in Page::RAIL {
        rail_item(ui, cx, page, current, y);
        y += 63.0;
    }
    rail_item(ui, cx, Page::Settings, current, area.bottom() - 72.0);
}

fn rail_item(ui: &mut Ui, cx: &PageContext<'_>, page: Page, current: Page, top: f32) {
    let t = Tokens::of(ui);
    let area = ui.max_rect();
    let rect = Rect::from_min_size(pos2(area.left() + 4.0, top), vec2(area.width() - 8.0, 58.0));
    let response = ui.interact(rect, ui.scope_id().with(("rail", page)), Sense::click());
    let chosen = page == current || (page == Page::Settings && matches!(current, Page::About | Page::Models));
    let name = page.name(cx.lang);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, name));
    if response.clicked() {
        cx.act(Action::Go(page));
    }
    let radius = CornerRadius::same(size::RADIUS_CARD);
    if chosen {
        ui.painter().rect(rect, radius, t.surface, Stroke::new(1.0, t.line), StrokeKind::Inside);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, radius, t.hover);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(2.0, t.focus), StrokeKind::Inside);
    }
    let ink = if chosen { t.accent_text } else { t.text_2 };
    let centre = rect.center();
    let middle = egui::Align2::CENTER_CENTER;
    ui.painter().text(centre - vec2(0.0, 10.0), middle, page.icon(), regular(19.0), ink);
    let font = |size| if chosen { semibold(size) } else { regular(size) };
    let mut label = ui.painter().layout_no_wrap(name.to_owned(), font(text_size::SMALL), ink);
    if label.size().x > rect.width() - 4.0 {
        label = ui.painter().layout_no_wrap(name.to_owned(), font(text_size::TINY), ink);
    }
    ui.painter().galley(centre + vec2(0.0, 14.0) - label.size() / 2.0, label, ink);
    let dot = match page.stage().map(|stage| cx.look(stage)) {
        Some(StageLook::OutOfDate) => Some(t.warn_mark),
        Some(StageLook::Running(_)) => Some(t.accent),
        _ => None,
    };
    if let Some(colour) = dot {
        ui.painter().circle_filled(centre + vec2(15.0, -17.0), 4.0, colour);
    }
    if let Some(keys) = Action::Go(page).shortcut() {
        response.on_hover_text(ui.ctx().format_shortcut(&keys));
    }
}

fn header(ui: &mut Ui, cx: &PageContext<'_>) {
    let t = Tokens::of(ui);
    let area = ui.max_rect();
    ui.painter().hline(area.x_range(), area.bottom() - 0.5, Stroke::new(1.0, t.line));
    let bar = area.shrink2(vec2(size::S6, 0.0));
    let place = |ui: &mut Ui, salt, rect, layout| {
        let mut child = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout));
        child.set_clip_rect(rect.expand(4.0).intersect(ui.clip_rect()));
        child
    };
    let mut right = place(ui, "header right", bar, Layout::right_to_left(Align::Center));
    header_right(&mut right, cx);
    let right_edge = right.min_rect().left() - size::S4;

    let field_width = (area.width() * 0.27).clamp(150.0, 360.0);
    let centre = area.center().x.min(right_edge - field_width / 2.0);
    let field = Rect::from_center_size(pos2(centre, area.center().y), vec2(field_width, size::CONTROL + 2.0));
    let left_room = Rect::from_min_max(bar.min, pos2(field.left() - size::S4, bar.bottom()));
    let mut left = place(ui, "header left", left_room, Layout::left_to_right(Align::Center));
    header_left(&mut left, cx);
    find_field(ui, cx, field);
}

fn find_field(ui: &mut Ui, cx: &PageContext<'_>, rect: Rect) {
    let t = Tokens::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("find"), Sense::click());
    let name = common::find_title(cx.lang);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    if response.clicked() {
        cx.act(Action::Find);
    }
    let edge = if response.hovered() || response.has_focus() { t.line_strong } else { t.line_input };
    ui.painter().rect(rect, CornerRadius::same(6), t.surface, Stroke::new(1.0, edge), StrokeKind::Inside);
    let middle = egui::Align2::LEFT_CENTER;
    ui.painter().text(rect.left_center() + vec2(12.0, 0.0), middle, icon::SEARCH, regular(16.0), t.text_2);
    let keys = Action::Find.shortcut().map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    let keys = ui.painter().layout_no_wrap(keys, regular(text_size::TINY), t.text_2);
    let key_rect = Rect::from_center_size(
        pos2(rect.right() - 12.0 - keys.size().x / 2.0, rect.center().y),
        keys.size() + vec2(10.0, 4.0),
    );
    let clip = Rect::from_min_max(rect.min, pos2(key_rect.left() - 4.0, rect.bottom()));
    let hint = common::find_hint(cx.lang);
    ui.painter().with_clip_rect(clip).text(
        rect.left_center() + vec2(36.0, 0.0),
        middle,
        hint,
        regular(text_size::SMALL),
        t.text_3,
    );
    ui.painter().rect(key_rect, CornerRadius::same(4), t.sunken, Stroke::new(1.0, t.line), StrokeKind::Inside);
    ui.painter().galley(key_rect.min + vec2(5.0, 2.0), keys, t.text_2);
}

fn header_left(ui: &mut Ui, cx: &PageContext<'_>) {
    let t = Tokens::of(ui);
    let name = cx.project().map_or(common::no_project(cx.lang), |project| project.name());
    let shown = egui::RichText::new(format!("{} {}", shorten(name, 28), icon::DOWN));
    let shown = shown.font(semibold(text_size::BODY)).color(t.text);
    let button = egui::Button::new(shown).frame_when_inactive(false);
    egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| project_menu(ui, cx));
    let Some(open) = cx.open else { return };
    if !open.access.can_write() {
        let why = match open.access {
            crate::store::Access::ReadBecauseInUse => common::read_only_in_use(cx.lang),
            _ => common::read_only_file(cx.lang),
        };
        chip::chip_with(ui, Tone::Warn, Some(icon::LOCK), common::read_only(cx.lang)).on_hover_text(why);
        if ui.add(Button::quiet(common::save_copy(cx.lang))).clicked() {
            cx.act(Action::SaveCopy);
        }
        return;
    }
    match open.save {
        SaveState::Saved(at) => {
            let text =
                at.map_or(common::saved(cx.lang).to_owned(), |at| common::saved_at(cx.lang, at.local_text("%H:%M")));
            ui.label(egui::RichText::new(icon::CHECK).size(15.0).color(t.ok));
            widget::small(ui, text);
        }
        SaveState::Saving => {
            ui.add(egui::Spinner::new().size(13.0).color(t.text_3));
            widget::small(ui, common::saving(cx.lang));
        }
        SaveState::Failed(error) => {
            chip::chip(ui, Tone::Bad, common::not_saved(cx.lang)).on_hover_text(error_words::store(cx.lang, error));
            if ui.add(Button::quiet(common::retry(cx.lang))).clicked() {
                cx.send(Command::RetrySave);
            }
        }
    }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn project_menu(ui: &mut Ui, cx: &PageContext<'_>) {
    ui.set_min_width(220.0);
    let item = |ui: &mut Ui, action: Action, enabled: bool| {
        let keys = action.shortcut().map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
        let button = egui::Button::new(action.name(cx.lang)).shortcut_text(keys).frame_when_inactive(false);
        if ui.add_enabled(enabled, button).clicked() {
            cx.act(action);
            ui.close();
        }
    };
    let open = cx.open.is_some();
    for action in [Action::NewProject, Action::OpenProject, Action::OpenSample] {
        item(ui, action, true);
    }
    ui.separator();
    item(ui, Action::ImportTable, !open || cx.can_write());
    item(ui, Action::SaveCopy, open);
    item(ui, Action::CloseProject, open);
    ui.separator();
    item(ui, Action::Quit, true);
}

fn header_right(ui: &mut Ui, cx: &PageContext<'_>) {
    let dark = ui.visuals().dark_mode;
    let (glyph, name) =
        if dark { (icon::SUN, common::theme_to_light(cx.lang)) } else { (icon::MOON, common::theme_to_dark(cx.lang)) };
    if ui.add(Button::icon_only(glyph, name)).clicked() {
        cx.act(Action::Theme);
    }
    job_tray(ui, cx);
    let named = |label: Option<&crate::project::Label>, words: fn(Lang, String) -> String, plain: &str| {
        label.map_or(plain.to_owned(), |label| words(cx.lang, text::action::label(cx.lang, label)))
    };
    let (undo, redo) = cx.open.map_or((None, None), |open| (open.undo, open.redo));
    let redo_name = named(redo, common::redo_named, text::action::redo(cx.lang));
    if ui.add(Button::icon_only(icon::REDO, &redo_name).enabled(redo.is_some())).clicked() {
        cx.act(Action::Redo);
    }
    let undo_name = named(undo, common::undo_named, text::action::undo(cx.lang));
    if ui.add(Button::icon_only(icon::UNDO, &undo_name).enabled(undo.is_some())).clicked() {
        cx.act(Action::Undo);
    }
}

/// Jobs that a user started; rows and figures being fetched are no news.
fn shown_jobs<'a>(cx: &PageContext<'a>) -> Vec<&'a JobStatus> {
    cx.jobs
        .iter()
        .filter(|job| {
            use Slot::*;
            !matches!(job.slot, Rows | Overview | Shelf | Explore | Pick | Load(_))
        })
        .collect()
}

fn job_tray(ui: &mut Ui, cx: &PageContext<'_>) {
    let t = Tokens::of(ui);
    let jobs = shown_jobs(cx);
    let Some(first) = jobs.first() else {
        let padded = egui::Frame::new().inner_margin(vec2(8.0, 0.0));
        padded.show(ui, |ui| {
            widget::small(ui, common::on_this_computer(cx.lang));
            ui.label(egui::RichText::new(icon::LOCK).size(14.0).color(t.ok));
        });
        return;
    };
    let mut label = common::slot(cx.lang, first.slot).to_owned();
    if let Some(share) = first.progress.fraction() {
        let percent = common::percent(cx.lang, format!("{:.0}", share * 100.0));
        label = format!("{label}, {percent}");
    }
    let count =
        if jobs.len() == 1 { common::job_one(cx.lang).to_owned() } else { common::jobs_many(cx.lang, jobs.len()) };
    let shown = egui::RichText::new(format!("{label}   {count}")).font(regular(text_size::SMALL)).color(t.text_2);
    egui::containers::menu::MenuButton::new(shown).ui(ui, |ui| {
        ui.set_min_width(280.0);
        for job in jobs {
            job_row(ui, cx, job);
        }
    });
    ui.add(egui::Spinner::new().size(15.0).color(t.accent));
}

fn job_row(ui: &mut Ui, cx: &PageContext<'_>, job: &JobStatus) {
    widget::small_strong(ui, common::slot(cx.lang, job.slot));
    bars::progress(ui, job.progress.fraction());
    ui.horizontal(|ui| {
        let left = job.time_left.map(|left| common::about_left(cx.lang, number::span(cx.lang, left)));
        let step = common::step(cx.lang, job.progress.step);
        widget::caption(ui, left.map_or(step.to_owned(), |left| format!("{step}, {left}")));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Button::quiet(common::stop(cx.lang))).clicked() {
                cx.send(Command::Stop(job.slot));
            }
        });
    });
}

/// Failures stand above the page until they are read: what, why, how to mend; details folded.
fn failure_bars(ui: &mut Ui, cx: &PageContext<'_>) {
    for (slot, failure) in cx.failures {
        let t = Tokens::of(ui);
        let frame = egui::Frame::new().fill(t.bad_soft).inner_margin(egui::Margin::symmetric(24, 10));
        Panel::top(egui::Id::unique(("failure", *slot)))
            .resizable(false)
            .show_separator_line(false)
            .frame(frame)
            .show(ui, |ui| failure_bar(ui, cx, *slot, failure));
    }
}

fn failure_bar(ui: &mut Ui, cx: &PageContext<'_>, slot: Slot, failure: &Failure) {
    let t = Tokens::of(ui);
    let title = match (slot, failure) {
        (_, Failure::Panicked(_)) => error_words::title_panic(cx.lang),
        (Slot::Project, _) => error_words::title_open(cx.lang),
        (Slot::Import, _) => error_words::title_import(cx.lang),
        (Slot::Rows, _) => error_words::title_rows(cx.lang),
        (Slot::Models, _) => text::model::title_failed(cx.lang),
        _ => error_words::title_job(cx.lang),
    };
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(icon::WARNING).size(18.0).color(t.bad));
        ui.label(egui::RichText::new(title).font(semibold(text_size::BODY)).color(t.bad));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Button::quiet(common::dismiss(cx.lang))).clicked() {
                cx.send(Command::DismissFailure(slot));
            }
            let text = failure.text(cx.lang);
            let copied = failure.details().map_or(text.clone(), |details| format!("{text}\n{details}"));
            if ui.add(Button::quiet(common::copy(cx.lang))).clicked() {
                cx.send(Command::CopyText(copied));
            }
        });
    });
    let words = egui::RichText::new(failure.text(cx.lang)).font(regular(text_size::SMALL)).color(t.text);
    ui.add(egui::Label::new(words).wrap());
    if let Some(details) = failure.details() {
        egui::CollapsingHeader::new(common::details(cx.lang)).id_salt(("details", slot)).show(ui, |ui| {
            widget::small(ui, details);
        });
    }
}

fn drop_overlay(ui: &Ui, cx: &PageContext<'_>) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let t = Tokens::of(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = ui.ctx().layer_painter(layer);
    let screen = ui.ctx().content_rect();
    painter.rect_filled(screen, 0.0, t.app.gamma_multiply(0.85));
    let frame = screen.shrink(size::S6);
    painter.rect_stroke(frame, CornerRadius::same(16), Stroke::new(2.0, t.accent), StrokeKind::Inside);
    let middle = egui::Align2::CENTER_CENTER;
    painter.text(frame.center() - vec2(0.0, 40.0), middle, icon::IMPORT, regular(44.0), t.accent);
    painter.text(frame.center() + vec2(0.0, 8.0), middle, common::drop_here(cx.lang), semibold(24.0), t.text);
    painter.text(frame.center() + vec2(0.0, 40.0), middle, common::drop_hint(cx.lang), regular(15.0), t.text_2);
}
