//! The table that says which scores make which RFM group, as a dialog: the first line that holds decides.

use egui::{Modal, ScrollArea, Ui};

use crate::stage::segment::rfm::{GroupRule, Rfm, RfmGroup, Scores, usual_groups};
use crate::ui::PageContext;
use crate::ui::text::{common, number, segment as words, segment_tools as tools};
use crate::ui::theme::{Tokens, semibold, size, text_size};
use crate::ui::widget::field::{caret, hint};
use crate::ui::widget::{self, Button, icon};

/// The dialogs' ground, as wide as they ask for.
pub(super) fn dialog_frame(tokens: &Tokens) -> egui::Frame {
    egui::Frame::new()
        .fill(tokens.raised)
        .stroke(egui::Stroke::new(1.0, tokens.line))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(egui::Margin::same(20))
}

/// Shows the table while it is open; the groups change as they are edited, so that *Cancel* needs no copy: the recipe
/// is a plan until it is run.
pub(super) fn definitions(
    ui: &Ui,
    cx: &PageContext<'_>,
    open: &mut bool,
    groups: &mut Vec<GroupRule>,
    known: Option<&Rfm>,
) {
    if !*open {
        return;
    }
    let frame = dialog_frame(Tokens::of(ui));
    let modal = Modal::new(egui::Id::unique("rfm definitions")).frame(frame).show(ui.ctx(), |ui| {
        let room = ui.ctx().content_rect();
        ui.set_width((room.width() - 120.0).clamp(320.0, 680.0));
        ui.spacing_mut().item_spacing.y = 6.0;
        widget::heading(ui, words::definitions(cx.lang));
        hint(ui, words::definitions_hint(cx.lang));
        ScrollArea::vertical().id_salt("definitions").max_height((room.height() - 260.0).max(160.0)).show(ui, |ui| {
            egui::Grid::new("definition lines").num_columns(6).spacing([14.0, 4.0]).show(ui, |ui| {
                lines(ui, cx, groups, known);
            });
        });
        ui.add_space(size::S1);
        ui.horizontal(|ui| {
            let done = ui.add(Button::primary(words::definitions_done(cx.lang))).clicked();
            if ui.add(Button::plain(words::definitions_add(cx.lang)).icon(icon::PLUS)).clicked() {
                let any = Scores::ANY;
                groups.push(GroupRule { group: RfmGroup::Promising, recency: any, frequency: any, monetary: any });
            }
            let changed = *groups != usual_groups();
            if changed && ui.add(Button::quiet(words::definitions_reset(cx.lang))).clicked() {
                *groups = usual_groups();
            }
            done
        })
        .inner
    });
    *open = !modal.inner && !modal.should_close();
}

fn lines(ui: &mut Ui, cx: &PageContext<'_>, groups: &mut Vec<GroupRule>, known: Option<&Rfm>) {
    let heads = [
        words::col_segment(cx.lang),
        words::score_r(cx.lang),
        words::score_f(cx.lang),
        words::score_m(cx.lang),
        words::col_revenue_share(cx.lang),
    ];
    for head in heads {
        let text = egui::RichText::new(head).font(semibold(text_size::SMALL)).color(Tokens::of(ui).text);
        ui.add(egui::Label::new(text).extend());
    }
    ui.end_row();
    let (mut up, mut gone) = (None, None);
    let most = groups.len();
    for (row, rule) in groups.iter_mut().enumerate() {
        ui.push_id(row, |ui| group_choice(ui, cx, &mut rule.group));
        let name = tools::rfm_group(cx.lang, rule.group);
        for (letter, scores) in [("R", &mut rule.recency), ("F", &mut rule.frequency), ("M", &mut rule.monetary)] {
            score_range(ui, &format!("{name} {letter}"), scores);
        }
        let share = known.and_then(|rfm| rfm.groups.iter().find(|known| known.group == rule.group)?.revenue_share);
        widget::small(
            ui,
            share.map_or_else(
                || "–".to_owned(),
                |share| common::percent(cx.lang, number::decimal((share * 1000.0).round() / 10.0)),
            ),
        );
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if ui.add(Button::icon_only(icon::UP, words::line_up(cx.lang)).enabled(row > 0)).clicked() {
                up = Some(row);
            }
            let delete = tools::delete_named(cx.lang, name);
            if ui.add(Button::icon_only(icon::TRASH, &delete).enabled(most > 1)).clicked() {
                gone = Some(row);
            }
        });
        ui.end_row();
    }
    if let Some(row) = up {
        groups.swap(row, row - 1);
    }
    if let Some(row) = gone {
        groups.remove(row);
    }
}

fn group_choice(ui: &mut Ui, cx: &PageContext<'_>, group: &mut RfmGroup) {
    let shown = tools::rfm_group(cx.lang, *group);
    let text = egui::RichText::new(&shown).size(13.0);
    let response = egui::ComboBox::from_id_salt("group")
        .width(164.0)
        .truncate()
        .selected_text(text)
        .icon(caret)
        .show_ui(ui, |ui| {
            for one in RfmGroup::ALL {
                ui.selectable_value(group, one, egui::RichText::new(tools::rfm_group(cx.lang, one)).size(13.0));
            }
        })
        .response;
    let label = words::col_segment(cx.lang);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, label);
        info.current_text_value = Some(shown.clone());
        info
    });
}

/// "4 – 5"; the lower end never above the upper.
fn score_range(ui: &mut Ui, label: &str, scores: &mut Scores) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let low = egui::DragValue::new(&mut scores.from).range(1..=5).speed(0.05);
        let response = ui.add_sized([34.0, size::CONTROL], low);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, format!("{label} −")));
        if response.changed() {
            scores.to = scores.to.max(scores.from);
        }
        widget::small(ui, "–");
        let high = egui::DragValue::new(&mut scores.to).range(1..=5).speed(0.05);
        let response = ui.add_sized([34.0, size::CONTROL], high);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, format!("{label} +")));
        if response.changed() {
            scores.from = scores.from.min(scores.to);
        }
    });
}
