//! Export: whom, which columns, hashed or not; asks first where the audience is small.

use std::collections::BTreeSet;

use egui::{Id, Modal, ScrollArea, Ui};

use super::{SegmentCommand, SegmentView, Sight, Whom, floor};
use crate::project::document::Label;
use crate::project::{Item, RunId};
use crate::stage::segment::saved::AudienceFloor;
use crate::store::segments;
use crate::ui::text::{Lang, common, feature, number, segment_tools as tools};
use crate::ui::theme::size;
use crate::ui::widget::field::{choice, field_error, hint, switch};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

/// Everything that decides an export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportSpec {
    pub run: RunId,
    pub whom: Whom,
    /// For the file's name.
    pub name: String,
    pub columns: Vec<String>,
    pub hashed: bool,
    pub lang: Lang,
}

#[derive(Default)]
pub(super) struct ExportView {
    open: Option<Whom>,
    left_out: BTreeSet<String>,
    hashed: bool,
    small: bool,
}

impl ExportView {
    pub fn open(&mut self, whom: Whom, _sight: &Sight<'_>) {
        self.open = Some(whom);
        self.small = false;
    }
}

/// What can be exported beside the id and the segment: every column in which somebody has a value.
fn columns<'a>(sight: &Sight<'a>) -> impl Iterator<Item = &'a String> + use<'a> {
    sight.picture.columns.iter().filter(|(_, values)| values.iter().any(|x| x.is_finite())).map(|(name, _)| name)
}

/// The smallest audience, to be changed; gives what it is.
fn floor_field(ui: &mut Ui, cx: &PageContext<'_>, sight: &Sight<'_>) -> u64 {
    let mut least = floor(sight.project);
    ui.horizontal(|ui| {
        widget::small(ui, tools::floor(cx.lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let drag = egui::DragValue::new(&mut least).range(0..=1_000_000).speed(0.3);
            let response = ui.add_enabled(cx.can_write(), drag);
            let label = tools::floor(cx.lang);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, label));
            if response.changed()
                && let Ok(edit) = AudienceFloor(least).put(segments::THE_ONE)
            {
                let label = Label::Change("audience_floor");
                cx.send(Command::Edit { label, edits: vec![edit], merge: Some("audience floor") });
            }
        });
    });
    least
}

pub(super) fn export_window(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let Some(mut whom) = view.export.open else { return };
    let mut close = false;
    let frame = super::definitions::dialog_frame(crate::ui::theme::Tokens::of(ui));
    let modal = Modal::new(Id::unique("export customers")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(400.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        widget::heading(ui, tools::export_title(cx.lang));
        let mut choices = vec![(Whom::Everyone, tools::everyone(cx.lang).to_owned(), sight.picture.len() as u64)];
        for card in &sight.picture.found.personas {
            choices.push((Whom::Found(card.segment), sight.name(cx.lang, card), card.size));
        }
        for (id, segment) in super::saved(sight.project) {
            choices.push((Whom::Saved(id), segment.name, segment.count));
        }
        let texts: Vec<_> =
            choices.iter().map(|(whom, name, n)| (*whom, format!("{name} · {}", number::whole(*n)))).collect();
        choice(ui, tools::export_whom(cx.lang), None, &mut whom, &texts);
        let known: Vec<&String> = columns(sight).collect();
        ui.horizontal(|ui| {
            let n = known.iter().filter(|name| !view.export.left_out.contains(**name)).count();
            widget::small(ui, tools::export_columns(cx.lang, n, known.len()));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.add(Button::quiet(tools::no_columns(cx.lang))).clicked() {
                    view.export.left_out = known.iter().map(|name| (*name).clone()).collect();
                }
                if ui.add(Button::quiet(tools::all_columns(cx.lang))).clicked() {
                    view.export.left_out.clear();
                }
            });
        });
        ScrollArea::vertical().id_salt("export columns").max_height(190.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for name in known {
                let mut on = !view.export.left_out.contains(name);
                if switch(ui, &feature::column(cx.lang, name), &mut on) {
                    if on {
                        view.export.left_out.remove(name);
                    } else {
                        view.export.left_out.insert(name.clone());
                    }
                }
            }
        });
        switch(ui, tools::export_hash(cx.lang), &mut view.export.hashed);
        hint(ui, tools::export_hash_hint(cx.lang));
        let (name, count) = choices
            .iter()
            .find(|(known, ..)| *known == whom)
            .map_or((String::new(), 0), |(_, name, count)| (name.clone(), *count));
        let least = floor_field(ui, cx, sight);
        if count < least {
            field_error(ui, &tools::small_group(cx.lang, number::whole(count), least));
            switch(ui, tools::export_small(cx.lang), &mut view.export.small);
        }
        ui.add_space(size::S1);
        ui.horizontal(|ui| {
            let ready = count >= least || view.export.small;
            let go = Button::primary(tools::export_file(cx.lang)).icon(icon::FILE).enabled(ready && count > 0);
            if ui.add(go).on_hover_text(tools::export_hint(cx.lang)).clicked() {
                let columns = columns(sight).filter(|name| !view.export.left_out.contains(*name));
                cx.send(Command::Segment(SegmentCommand::AskExport(Box::new(ExportSpec {
                    run: sight.id,
                    whom,
                    name,
                    columns: columns.cloned().collect(),
                    hashed: view.export.hashed,
                    lang: cx.lang,
                }))));
                close = true;
            }
            if ui.add(Button::plain(common::cancel(cx.lang))).clicked() {
                close = true;
            }
        });
        hint(ui, tools::export_hint(cx.lang));
    });
    view.export.open = (!close && !modal.should_close()).then_some(whom);
}
