//! The first rows of a file with the roles of its columns, why they are thought to have them, and what its event words
//! mean; all of it the user's to change.

use egui::{Color32, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::import::ImportView;
use crate::stage::data::kind::Role;
use crate::stage::data::read::Sniffed;
use crate::stage::data::schema::EventWord;
use crate::ui::PageContext;
use crate::ui::failure::Worded;
use crate::ui::text::{common, data as words, number};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::grid::{BAR, GridColumn, HEAD, grid};
use crate::ui::widget::{self, field};

/// Roles share their colour with others of their sort, so that the eye finds who, what, when, how much.
fn role_colour(t: &Tokens, role: Role) -> Color32 {
    match role {
        Role::User | Role::City | Role::Country | Role::Gender | Role::Age | Role::Channel | Role::Registered => {
            t.series(3)
        }
        Role::Item | Role::Name | Role::Category | Role::Brand | Role::Stock | Role::Picture => t.series(2),
        Role::Order | Role::Session => t.series(0),
        Role::Event | Role::Label => t.series(4),
        Role::Time | Role::Dwell => t.series(7),
        Role::Quantity | Role::Rating => t.series(1),
        Role::Price | Role::Amount => t.series(5),
        Role::Description | Role::Attributes | Role::Title | Role::Text | Role::Language => t.series(6),
        Role::Other => t.line_strong,
    }
}

fn role_of(view: &ImportView, sniffed: &Sniffed, column: usize) -> Role {
    let name = &sniffed.columns[column];
    let given = view.recipe.roles.get(name).copied();
    given.or_else(|| sniffed.guess.roles.get(column).map(|guess| guess.role)).unwrap_or_default()
}

pub fn preview(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, sniffed: &Sniffed, area: Rect) {
    let t = Tokens::of(ui);
    let edge = egui::Stroke::new(1.0, t.line);
    ui.painter().rect(area, size::RADIUS_CARD, t.surface, edge, egui::StrokeKind::Inside);
    let head = Rect::from_min_size(area.min, vec2(area.width(), 48.0)).shrink2(vec2(16.0, 6.0));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut top = ui.new_child(UiBuilder::new().id_salt("preview head").max_rect(head).layout(layout));
    widget::heading(&mut top, &sniffed.file);
    widget::small(&mut top, words::first_rows(cx.lang, number::whole(sniffed.rows.len() as u64)));
    let columns: Vec<GridColumn> = (0..sniffed.columns.len()).map(|i| preview_column(cx, view, sniffed, i)).collect();
    let body = Rect::from_min_max(pos2(area.left() + 1.0, head.bottom() + 6.0), area.max - vec2(1.0, 6.0));
    let mut child = ui.new_child(UiBuilder::new().id_salt("preview").max_rect(body));
    let seen = grid(&mut child, &mut view.preview, &columns, sniffed.rows.len() as u64, |row, column| {
        Some(sniffed.rows.get(row as usize)?.get(column)?.clone().unwrap_or_default())
    });
    mark_empty(ui, cx, view, sniffed, &columns, body, seen);
    role_chips(ui, cx, view, sniffed, &columns, body);
}

fn preview_column(cx: &PageContext<'_>, view: &ImportView, sniffed: &Sniffed, i: usize) -> GridColumn {
    let name = &sniffed.columns[i];
    let width_of = |text: &str| unicode_width::UnicodeWidthStr::width(text);
    let cells = sniffed.rows.iter().take(30).filter_map(|row| row.get(i)?.as_deref());
    let role = words::role(cx.lang, role_of(view, sniffed, i));
    let longest = cells.map(width_of).chain([width_of(name), width_of(role) + 2]).max().unwrap_or(8).clamp(6, 30);
    let numeric = sniffed.types.get(i).is_some_and(|kind| matches!(kind.key(), "integer" | "decimal"));
    // The room of the note is for the role's chip.
    GridColumn { name: name.clone(), note: " ".to_owned(), width: longest as f32 * 7.6 + 24.0, right_aligned: numeric }
}

/// Says so where a row lacks what it needs: who, what or when.
fn mark_empty(
    ui: &Ui,
    cx: &PageContext<'_>,
    view: &ImportView,
    sniffed: &Sniffed,
    columns: &[GridColumn],
    body: Rect,
    seen: std::ops::Range<u64>,
) {
    let t = Tokens::of(ui);
    let rows = Rect::from_min_max(body.min + vec2(0.0, HEAD), body.max - vec2(BAR, BAR));
    let painter = ui.painter().with_clip_rect(rows.intersect(ui.clip_rect()));
    let mut x = body.left() - view.preview.left;
    for (i, column) in columns.iter().enumerate() {
        let (left, right) = (x + 8.0, x + column.width - 8.0);
        x += column.width;
        let needed = matches!(role_of(view, sniffed, i), Role::User | Role::Item | Role::Event | Role::Time);
        if !needed || left > body.right() || right < body.left() {
            continue;
        }
        for row in seen.clone() {
            let cell = sniffed.rows.get(row as usize).and_then(|row| row.get(i));
            if cell.is_none_or(|cell| cell.as_deref().is_some_and(|text| !text.trim().is_empty())) {
                continue;
            }
            let y = rows.top() + ((row as f64 - view.preview.top) as f32 + 0.5) * size::ROW;
            let (at, align) = match column.right_aligned {
                true => (pos2(right, y), egui::Align2::RIGHT_CENTER),
                false => (pos2(left, y), egui::Align2::LEFT_CENTER),
            };
            painter.text(at, align, crate::ui::text::clean::empty(cx.lang), regular(text_size::SMALL), t.warn);
        }
    }
}

/// The chips under the column names; a click offers the other roles.
fn role_chips(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut ImportView,
    sniffed: &Sniffed,
    columns: &[GridColumn],
    body: Rect,
) {
    let t = Tokens::of(ui);
    let mut x = body.left() - view.preview.left;
    for (i, column) in columns.iter().enumerate() {
        let left = x;
        x += column.width;
        if left + column.width < body.left() + 24.0 || left + 40.0 > body.right() {
            continue;
        }
        let role = role_of(view, sniffed, i);
        let at = Rect::from_min_size(pos2(left + 6.0, body.top() + 24.0), vec2(column.width - 8.0, 21.0));
        let layout = if column.right_aligned { egui::Align::Max } else { egui::Align::Min };
        let builder = UiBuilder::new().id_salt(("role", i)).max_rect(at).layout(egui::Layout::top_down(layout));
        let mut cell = ui.new_child(builder);
        cell.set_clip_rect(body.intersect(ui.clip_rect()));
        cell.spacing_mut().button_padding = vec2(6.0, 1.0);
        cell.spacing_mut().interact_size.y = 20.0;
        let text = egui::RichText::new(words::role(cx.lang, role)).font(regular(text_size::TINY)).color(t.text);
        let button = egui::Button::new(text).fill(t.tint(role_colour(t, role), 0.18)).stroke(egui::Stroke::NONE);
        let name = &sniffed.columns[i];
        let (response, _) =
            egui::containers::menu::MenuButton::from_button(button.corner_radius(4)).ui(&mut cell, |ui| {
                ui.set_min_width(150.0);
                egui::ScrollArea::vertical().max_height(340.0).show(ui, |ui| {
                    for choice in Role::ALL {
                        if ui.selectable_label(choice == role, words::role(cx.lang, choice)).clicked() {
                            view.recipe.roles.insert(name.clone(), choice);
                            ui.close();
                        }
                    }
                });
            });
        let label = format!("{name}: {}", words::role(cx.lang, role));
        response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    }
}

/// How high the reasons stand, words and all.
pub fn height(view: &ImportView, sniffed: &Sniffed) -> f32 {
    let known = (0..sniffed.columns.len()).filter(|i| role_of(view, sniffed, *i) != Role::Other).count();
    let words = sniffed.event_words.len().div_ceil(2);
    let words = if words > 0 { 40.0 + 36.0 * words as f32 } else { 0.0 };
    let problem = if sniffed.problem.is_some() { 30.0 } else { 0.0 };
    78.0 + 34.0 * known.div_ceil(2) as f32 + words + problem
}

pub fn reasons(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, sniffed: &Sniffed) {
    let lang = cx.lang;
    ui.horizontal(|ui| {
        widget::heading(ui, words::why_roles(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widget::small(ui, words::click_chip(lang));
        });
    });
    if let Some(problem) = &sniffed.problem {
        field::field_error(ui, &problem.text(lang));
    }
    egui::ScrollArea::vertical().id_salt("why roles").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let half = (ui.available_width() - size::S6) / 2.0;
        let known: Vec<usize> =
            (0..sniffed.columns.len()).filter(|i| role_of(view, sniffed, *i) != Role::Other).collect();
        for pair in known.chunks(2) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = size::S6;
                ui.spacing_mut().interact_size.y = 28.0;
                for i in pair {
                    let row = egui::Layout::left_to_right(egui::Align::Center);
                    ui.allocate_ui_with_layout(vec2(half, 28.0), row, |ui| {
                        ui.spacing_mut().item_spacing.x = size::S2;
                        reason_row(ui, cx, view, sniffed, *i);
                    });
                }
            });
        }
        if !sniffed.event_words.is_empty() {
            ui.add_space(size::S3);
            widget::small_strong(ui, words::words_title(lang));
            event_words(ui, cx, view, sniffed, half);
        }
    });
}

fn reason_row(ui: &mut Ui, cx: &PageContext<'_>, view: &ImportView, sniffed: &Sniffed, i: usize) {
    let t = Tokens::of(ui);
    let role = role_of(view, sniffed, i);
    let given = view.recipe.roles.contains_key(&sniffed.columns[i]);
    let guess = sniffed.guess.roles.get(i).filter(|_| !given);
    ui.horizontal(|ui| {
        ui.set_width(ui.available_width());
        let (dot, _) = ui.allocate_exact_size(vec2(11.0, 11.0), Sense::hover());
        ui.painter().rect_filled(dot, 3.0, role_colour(t, role));
        let name = egui::RichText::new(words::role(cx.lang, role)).font(regular(text_size::SMALL)).color(t.text);
        ui.allocate_ui_with_layout(vec2(110.0, 24.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(110.0);
            ui.add(egui::Label::new(name).truncate());
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(guess) = guess {
                let sure = guess.confidence >= 0.95;
                let percent = common::percent(cx.lang, format!("{:.0}", guess.confidence * 100.0));
                let ink = if sure { t.text } else { t.warn };
                ui.label(egui::RichText::new(percent).font(regular(text_size::SMALL)).color(ink));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let why =
                    guess.map_or(words::why_given(cx.lang).to_owned(), |g| words::role_reason(cx.lang, &g.reason));
                let shown = egui::RichText::new(format!("{} – {why}", sniffed.columns[i]));
                let shown = shown.font(regular(text_size::TINY)).color(t.text_3);
                ui.add(egui::Label::new(shown).truncate()).on_hover_text(why);
            });
        });
    });
}

fn event_words(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, sniffed: &Sniffed, half: f32) {
    let choices = EventWord::ALL.map(|word| (word, words::event(cx.lang, word).to_owned()));
    for pair in sniffed.event_words.chunks(2) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::S6;
            for seen in pair {
                let row = egui::Layout::left_to_right(egui::Align::Center);
                ui.allocate_ui_with_layout(vec2(half, size::CONTROL), row, |ui| {
                    ui.set_min_width(half);
                    ui.spacing_mut().item_spacing.x = size::S2;
                    let given = view.recipe.event_words.get(&seen.word.to_lowercase()).copied();
                    let mut meaning = given.unwrap_or(seen.meaning);
                    let label = words::word_times(cx.lang, &seen.word, number::whole(seen.count));
                    ui.allocate_ui_with_layout(vec2(half * 0.5, size::CONTROL), row, |ui| {
                        ui.set_min_width(half * 0.5);
                        let text = egui::RichText::new(&label).font(regular(text_size::SMALL));
                        ui.add(egui::Label::new(text).truncate());
                    });
                    if field::bare_choice(ui, &label, &mut meaning, &choices) {
                        view.recipe.event_words.insert(seen.word.to_lowercase(), meaning);
                    }
                });
            }
        });
    }
}
