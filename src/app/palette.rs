//! The command palette: every action and every recent project, found by typing.

use egui::{Id, Key, Modal, ScrollArea, TextEdit, Ui, vec2};

use crate::store::settings::Settings;
use crate::ui::text::{Lang, common};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::icon;
use crate::ui::{Action, Command};

#[derive(Default)]
pub struct Palette {
    open: bool,
    query: String,
    chosen: usize,
}

struct Entry {
    glyph: &'static str,
    name: String,
    note: String,
    command: Command,
}

impl Palette {
    pub fn toggle(&mut self) {
        *self = Self { open: !self.open, ..Self::default() };
    }

    /// Draws it when open; a chosen entry's command is returned and the palette closes.
    pub fn show(&mut self, ui: &Ui, lang: Lang, settings: &Settings) -> Option<Command> {
        if !self.open {
            return None;
        }
        let ctx = ui.ctx().clone();
        let mut chosen = None;
        let modal = Modal::new(Id::unique("palette")).show(&ctx, |ui| {
            ui.set_width(520.0);
            let field = TextEdit::singleline(&mut self.query)
                .hint_text(common::find_hint(lang))
                .desired_width(f32::INFINITY)
                .margin(vec2(12.0, 9.0));
            let response = ui.add(field);
            let name = common::find_title(lang);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
            response.request_focus();
            if response.changed() {
                self.chosen = 0;
            }
            let entries = matching(&ctx, lang, settings, &self.query);
            self.move_by_keys(ui, entries.len());
            if ui.input(|input| input.key_pressed(Key::Enter)) {
                chosen = entries.get(self.chosen).map(|entry| entry.command.clone());
            }
            ui.add_space(size::S1);
            if entries.is_empty() {
                crate::ui::widget::small(ui, common::nothing_found(lang));
            }
            ScrollArea::vertical().max_height(380.0).auto_shrink([false, true]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for (i, entry) in entries.iter().enumerate() {
                    if row(ui, entry, i == self.chosen) {
                        chosen = Some(entry.command.clone());
                    }
                }
            });
        });
        if chosen.is_some() || modal.should_close() {
            self.open = false;
        }
        chosen
    }

    fn move_by_keys(&mut self, ui: &Ui, count: usize) {
        let (down, up) = ui.input(|input| (input.key_pressed(Key::ArrowDown), input.key_pressed(Key::ArrowUp)));
        let last = count.saturating_sub(1);
        self.chosen = match (down, up) {
            (true, _) => (self.chosen + 1).min(last),
            (_, true) => self.chosen.saturating_sub(1),
            _ => self.chosen.min(last),
        };
    }
}

/// Every word of the query must stand in the name, in either language; names that begin with it come first.
fn matching(ctx: &egui::Context, lang: Lang, settings: &Settings, query: &str) -> Vec<Entry> {
    let actions = Action::all().filter(|action| *action != Action::Find).map(|action| {
        let other = action.name(lang.pick(Lang::Zh, Lang::En));
        let entry = Entry {
            glyph: match action {
                Action::Go(page) => page.icon(),
                Action::Undo => icon::UNDO,
                Action::Redo => icon::REDO,
                Action::OpenProject => icon::FOLDER,
                Action::ImportTable => icon::IMPORT,
                Action::OpenSample => icon::PLAY,
                Action::NewProject => icon::PLUS,
                _ => icon::DOWN,
            },
            name: action.name(lang).to_owned(),
            note: action.shortcut().map(|keys| ctx.format_shortcut(&keys)).unwrap_or_default(),
            command: Command::Do(action),
        };
        (format!("{} {other}", entry.name).to_lowercase(), entry)
    });
    let recents = settings.recents.iter().map(|recent| {
        let entry = Entry {
            glyph: icon::FILE,
            name: recent.name.clone(),
            note: crate::ui::text::error::file_name(&recent.path),
            command: Command::Open(recent.path.clone()),
        };
        (format!("{} {}", entry.name, entry.note).to_lowercase(), entry)
    });
    let query = query.to_lowercase();
    let mut found: Vec<_> =
        actions.chain(recents).filter(|(text, _)| query.split_whitespace().all(|word| text.contains(word))).collect();
    found.sort_by_key(|(text, _)| !text.starts_with(query.trim()));
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn row(ui: &mut Ui, entry: &Entry, chosen: bool) -> bool {
    let t = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::PRIMARY), egui::Sense::click());
    let name = entry.name.clone();
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 6.0, if chosen { t.selected } else { t.hover });
    }
    if chosen {
        response.scroll_to_me(None);
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let left = rect.left_center() + vec2(10.0, 0.0);
    let middle = egui::Align2::LEFT_CENTER;
    painter.text(left, middle, entry.glyph, regular(17.0), t.text_2);
    painter.text(left + vec2(28.0, 0.0), middle, &entry.name, regular(text_size::BODY), t.text);
    let right = rect.right_center() - vec2(10.0, 0.0);
    painter.text(right, egui::Align2::RIGHT_CENTER, &entry.note, regular(text_size::TINY), t.text_3);
    response.clicked()
}
