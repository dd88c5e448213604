//! What is wrong with a table, worst first, each with its repair; and what was repaired.

use egui::{Ui, vec2};

use super::DataCommand;
use crate::project::document::Label;
use crate::project::{Edit, Table, TableId};
use crate::stage::data::clean::{CleanRecipe, CleanStep};
use crate::stage::data::profile::{Finding, Profile};
use crate::ui::text::{clean as clean_words, profile as words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::chip::{Tone, chip_with};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, Failure, PageContext};

/// A table's profile, or why there is none.
pub type ProfileMade = Result<Profile, Failure>;

/// The profile of a table as it is now; asked for when it is not there. The old one stays meanwhile.
pub fn profile_of<'a>(cx: &'a PageContext<'_>, id: TableId, table: &Table) -> (Option<&'a ProfileMade>, bool) {
    let key = profile_key(id, table);
    if let Some(made) = cx.shown.extra::<(TableId, ProfileMade)>("profile", key) {
        return (Some(&made.1), true);
    }
    cx.send(Command::Data(DataCommand::WantProfile(id)));
    let stale = cx.shown.stale_extra::<(TableId, ProfileMade)>("profile").filter(|(of, _)| *of == id);
    (stale.map(|made| &made.1), false)
}

pub fn profile_key(id: TableId, table: &Table) -> crate::base::Fingerprint {
    crate::base::Fingerprint::of(&(id, table.fingerprint()))
}

/// Puts another cleaning recipe in the table's place, as one step of the history.
pub fn set_cleaning(cx: &PageContext<'_>, id: TableId, table: &Table, cleaning: CleanRecipe) {
    let label = Label::Clean(table.name.clone());
    let changed = Table { cleaning, ..table.clone() };
    cx.send(Command::Edit { label, edits: vec![Edit::Table(id, Some(changed))], merge: None });
}

pub fn problems(ui: &mut Ui, cx: &PageContext<'_>, id: TableId, table: &Table) {
    let (made, fresh) = profile_of(cx, id, table);
    let profile = made.and_then(|made| made.as_ref().ok());
    let on = table.cleaning.steps.iter().filter(|step| step.on).count();
    ui.horizontal(|ui| {
        widget::heading(ui, words::problems(cx.lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if on > 0 {
                chip_with(ui, Tone::Ok, None, &words::repaired_n(cx.lang, on));
            }
            if let Some(profile) = profile.filter(|profile| !profile.findings.is_empty()) {
                chip_with(ui, Tone::Warn, None, &words::open_n(cx.lang, profile.findings.len()));
            }
        });
    });
    widget::hairline(ui);
    egui::ScrollArea::vertical().id_salt("problems").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        if !fresh {
            ui.multiply_opacity(0.6);
        }
        match made {
            Some(Err(failure)) => drop(widget::small(ui, failure.text(cx.lang))),
            Some(Ok(profile)) if profile.findings.is_empty() => drop(widget::small(ui, words::none(cx.lang))),
            Some(Ok(profile)) => {
                for finding in &profile.findings {
                    problem(ui, cx, id, table, finding, fresh);
                }
            }
            None => {
                ui.horizontal(|ui| {
                    ui.add(egui::Spinner::new().size(14.0));
                    widget::small(ui, words::profiling(cx.lang));
                });
            }
        }
        for (i, step) in table.cleaning.steps.iter().enumerate().filter(|(_, step)| step.on) {
            repaired(ui, cx, id, table, i, step);
        }
    });
}

/// An icon at the left of what `add` draws.
fn marked(ui: &mut Ui, glyph: &str, colour: egui::Color32, add: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::S2;
        let (at, _) = ui.allocate_exact_size(vec2(18.0, 20.0), egui::Sense::hover());
        ui.painter().text(at.center(), egui::Align2::CENTER_CENTER, glyph, regular(16.0), colour);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            add(ui);
        });
    });
    ui.add_space(2.0);
    widget::hairline(ui);
}

fn problem(ui: &mut Ui, cx: &PageContext<'_>, id: TableId, table: &Table, finding: &Finding, fresh: bool) {
    let t = Tokens::of(ui);
    let (title, why) = words::problem(cx.lang, finding);
    let colour = if finding.severity >= 0.3 { t.bad } else { t.warn };
    marked(ui, icon::WARNING, colour, |ui| {
        let text = egui::RichText::new(&title).font(semibold(text_size::SMALL)).color(t.text);
        ui.add(egui::Label::new(text).wrap());
        if !why.is_empty() {
            let text = egui::RichText::new(why).font(regular(text_size::TINY)).color(t.text_2);
            ui.add(egui::Label::new(text).wrap());
        }
        let Some(name) = words::repair(cx.lang, finding) else { return };
        let button = Button::suggested(&name).enabled(fresh && cx.can_write());
        let steps = || finding.repair.iter().map(|a| clean_words::action(cx.lang, a)).collect::<Vec<_>>().join("\n");
        if ui.add(button).on_hover_text(steps()).clicked() {
            let mut cleaning = table.cleaning.clone();
            cleaning.steps.extend(finding.repair.iter().cloned().map(CleanStep::from));
            set_cleaning(cx, id, table, cleaning);
        }
    });
}

fn repaired(ui: &mut Ui, cx: &PageContext<'_>, id: TableId, table: &Table, i: usize, step: &CleanStep) {
    let t = Tokens::of(ui);
    ui.push_id(("repaired", i), |ui| {
        marked(ui, icon::CHECK, t.ok, |ui| {
            let text = clean_words::action(cx.lang, &step.what);
            let text = egui::RichText::new(text).font(regular(text_size::SMALL)).color(t.text);
            ui.add(egui::Label::new(text).wrap());
            let undo = Button::plain(words::r_undo(cx.lang)).icon(icon::UNDO).enabled(cx.can_write());
            if ui.add(undo).clicked() {
                let mut cleaning = table.cleaning.clone();
                cleaning.steps.remove(i);
                set_cleaning(cx, id, table, cleaning);
            }
        });
    });
}
