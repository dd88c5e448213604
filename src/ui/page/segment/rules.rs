//! Segments built by hand: conditions in and/or/not groups with a live count, kept live or fixed; two joined to one.

mod condition;

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2};

use super::{RuleAnswer, SegmentCommand, SegmentView, Sight, Whom, count_key, extra};
use crate::project::Item;
use crate::project::document::Label;
use crate::stage::segment::ground::Ground;
use crate::stage::segment::rule::Rule;
use crate::stage::segment::saved::{Origin, SavedSegment};
use crate::store::segments::plan_of;
use crate::ui::text::{number, segment_tools as tools};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::field::{caret, field_error};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

/// The rule being built.
pub(super) struct RulesView {
    rule: Rule,
    name: String,
    live: bool,
    /// The kept segment that is being changed.
    editing: Option<u64>,
    join: (String, String),
}

impl Default for RulesView {
    fn default() -> Self {
        let first = condition::start_feature("recency");
        Self {
            rule: Rule::All { of: vec![first] },
            name: String::new(),
            live: true,
            editing: None,
            join: Default::default(),
        }
    }
}

/// The customers behind the run in sight, once a job has read them.
pub(super) fn ground<'a>(cx: &PageContext<'a>, sight: &Sight<'_>) -> Option<&'a Ground> {
    let plan = plan_of(sight.run)?;
    let found = cx.shown.extra::<Ground>(extra::GROUND, plan.ground_key(sight.project));
    if found.is_none() {
        cx.send(Command::Segment(SegmentCommand::WantGround(Box::new(plan))));
    }
    found
}

pub(super) fn rules(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let ground = ground(cx, sight);
    let full = ui.available_rect_before_wrap();
    let list_width = (full.width() * 0.28).clamp(170.0, 230.0);
    let left = Rect::from_min_max(full.min, pos2(full.left() + list_width, full.bottom()));
    let right = Rect::from_min_max(pos2(left.right() + size::S5, full.top()), full.max);
    let t = Tokens::of(ui);
    ui.painter().vline(left.right() + size::S3, full.y_range(), egui::Stroke::new(1.0, t.line));
    let mut child = ui.new_child(UiBuilder::new().id_salt("kept").max_rect(left));
    child.set_clip_rect(left.intersect(ui.clip_rect()));
    kept(&mut child, cx, view, sight);
    let mut child = ui.new_child(UiBuilder::new().id_salt("builder").max_rect(right));
    child.set_clip_rect(right.expand(2.0).intersect(ui.clip_rect()));
    let Some(ground) = ground else {
        widget::small(&mut child, tools::counting(cx.lang));
        return;
    };
    builder(&mut child, cx, view, sight, ground);
}

fn kept(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    widget::small_strong(ui, tools::saved_segments(cx.lang));
    let all = super::saved(sight.project);
    if all.is_empty() {
        widget::caption(ui, tools::saved_none(cx.lang));
    }
    let foot = 188.0;
    ScrollArea::vertical().id_salt("kept").auto_shrink([false, true]).max_height(ui.available_height() - foot).show(
        ui,
        |ui| {
            for (id, segment) in &all {
                kept_row(ui, cx, view, sight, *id, segment);
            }
        },
    );
    if ui.add(Button::plain(tools::new_rule(cx.lang)).icon(icon::PLUS).full_width()).clicked() {
        view.rules = RulesView::default();
    }
    let mut names: Vec<String> = sight.picture.found.personas.iter().map(|card| sight.name(cx.lang, card)).collect();
    names.extend(all.iter().map(|(_, segment)| segment.name.clone()));
    join(ui, cx, view, &names);
}

fn kept_row(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut SegmentView,
    sight: &Sight<'_>,
    id: u64,
    segment: &SavedSegment,
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let chosen = view.rules.editing == Some(id);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let delete = tools::delete_named(cx.lang, &segment.name);
            if ui.add(Button::icon_only(icon::TRASH, &delete).enabled(cx.can_write())).clicked() {
                let edits = vec![SavedSegment::remove(&id.to_string())];
                cx.send(Command::Edit { label: Label::Change("segment"), edits, merge: None });
            }
            if ui.add(Button::icon_only(icon::SEGMENT, &tools::select_them(cx.lang, &segment.name))).clicked() {
                let (run, whom, label) = (sight.id, Whom::Saved(id), segment.name.clone());
                cx.send(Command::Segment(SegmentCommand::Select { run, whom, label }));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let kind = if segment.is_live() { tools::live(cx.lang) } else { tools::fixed(cx.lang) };
                let text = format!("{}\n{} · {kind}", segment.name, number::whole(segment.count));
                let text = egui::RichText::new(text).size(13.0);
                let response = ui.selectable_label(chosen, text).on_hover_text(tools::live_hint(cx.lang));
                if response.clicked()
                    && let Some(rule) = match &segment.origin {
                        Origin::Rule { rule } => Some(rule),
                        Origin::Customers { .. } => segment.rule.as_ref(),
                    }
                {
                    let live = segment.is_live();
                    let (rule, name) = (rule.clone(), segment.name.clone());
                    view.rules = RulesView { rule, name, live, editing: Some(id), ..RulesView::default() };
                }
            });
        });
    });
}

/// Union, intersection, difference: a rule of two segments.
fn join(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, names: &[String]) {
    let rules = &mut view.rules;
    let (Some(first), Some(second)) = (names.first(), names.get(1)) else { return };
    if !names.contains(&rules.join.0) {
        rules.join.0 = first.clone();
    }
    if !names.contains(&rules.join.1) {
        rules.join.1 = second.clone();
    }
    widget::small_strong(ui, tools::set_operations(cx.lang));
    let width = ui.available_width();
    for (salt, value) in [("join a", &mut rules.join.0), ("join b", &mut rules.join.1)] {
        let combo = egui::ComboBox::from_id_salt(salt)
            .width(width - 8.0)
            .truncate()
            .icon(caret)
            .selected_text(egui::RichText::new(value.as_str()).size(13.0));
        let response = combo
            .show_ui(ui, |ui| {
                for name in names {
                    ui.selectable_value(value, name.clone(), name);
                }
            })
            .response;
        let label = format!("{} {}", tools::kind_segment(cx.lang), if salt == "join a" { 1 } else { 2 });
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &label));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        let (a, b) = rules.join.clone();
        let of = |name: &String| Rule::Segment { name: name.clone() };
        let both = vec![of(&a), of(&b)];
        let without = vec![of(&a), Rule::Not { of: Box::new(of(&b)) }];
        let choices = [
            (tools::op_and(cx.lang), Rule::All { of: both.clone() }, tools::joined(cx.lang, &a, &b)),
            (tools::op_or(cx.lang), Rule::Any { of: both }, tools::either(cx.lang, &a, &b)),
            (tools::op_minus(cx.lang), Rule::All { of: without }, tools::without(cx.lang, &a, &b)),
        ];
        for (text, rule, name) in choices {
            if ui.add(Button::plain(text)).on_hover_text(&name).clicked() {
                *rules = RulesView { rule, name, join: (a.clone(), b.clone()), ..RulesView::default() };
            }
        }
    });
}

fn builder(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>, ground: &Ground) {
    let key = plan_of(sight.run).map(|plan| plan.ground_key(sight.project)).unwrap_or_default();
    // Kept segments are part of the question.
    let key = crate::base::Fingerprint::of(&(key, sight.id, super::saved(sight.project)));
    let answer = cx.shown.extra::<RuleAnswer>(extra::COUNT, count_key(key, &view.rules.rule));
    if answer.is_none() {
        cx.send(Command::Segment(SegmentCommand::Count(Box::new(view.rules.rule.clone()))));
    }
    let old = answer.or_else(|| cx.shown.stale_extra::<RuleAnswer>(extra::COUNT));
    let foot = 104.0;
    let full = ui.available_rect_before_wrap();
    let upper = Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - foot));
    let mut child = ui.new_child(UiBuilder::new().id_salt("conditions").max_rect(upper));
    child.set_clip_rect(upper.intersect(ui.clip_rect()));
    ScrollArea::vertical().id_salt("conditions").auto_shrink(false).show(&mut child, |ui| {
        let names: Vec<String> = {
            let found = sight.picture.found.personas.iter().map(|card| sight.name(cx.lang, card));
            let kept = super::saved(sight.project).into_iter().map(|(_, segment)| segment.name);
            found.chain(kept).filter(|name| *name != view.rules.name).collect()
        };
        let asked = condition::Asked { cx, ground, answer, segments: &names };
        condition::group(ui, &asked, &mut view.rules.rule, &mut Vec::new());
    });
    let lower = Rect::from_min_max(pos2(full.left(), upper.bottom() + size::S2), full.max);
    let mut child = ui.new_child(UiBuilder::new().id_salt("rule foot").max_rect(lower));
    count(&mut child, cx, old, answer.is_some());
    keep(&mut child, cx, view, sight, answer);
}

fn count(ui: &mut Ui, cx: &PageContext<'_>, answer: Option<&RuleAnswer>, fresh: bool) {
    let t = Tokens::of(ui);
    match answer {
        Some(RuleAnswer::Met { result, of, preview }) => {
            ui.horizontal(|ui| {
                let text = tools::met_by(cx.lang, number::whole(result.count), number::whole(*of));
                let ink = if fresh { t.text } else { t.text_3 };
                ui.label(egui::RichText::new(text).font(crate::ui::theme::semibold(17.0)).color(ink));
                if !preview.is_empty() {
                    let text = format!("{}: {}", tools::preview(cx.lang), preview.join(", "));
                    ui.add(egui::Label::new(egui::RichText::new(text).size(12.0).color(t.text_3)).truncate());
                }
            });
        }
        // Said at its condition.
        Some(RuleAnswer::Problem { .. }) => drop(widget::small(ui, "–")),
        None => drop(widget::small(ui, tools::counting(cx.lang))),
    }
}

fn keep(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>, answer: Option<&RuleAnswer>) {
    let rules = &mut view.rules;
    let taken = super::saved(sight.project)
        .iter()
        .any(|(id, known)| known.name == rules.name.trim() && rules.editing != Some(*id));
    ui.horizontal(|ui| {
        let field = egui::TextEdit::singleline(&mut rules.name).hint_text(tools::rule_name(cx.lang));
        let response = ui.add_sized([(ui.available_width() - 250.0).clamp(110.0, 260.0), size::CONTROL], field);
        let label = tools::rule_name(cx.lang);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
        let choices = [(true, tools::live(cx.lang)), (false, tools::fixed(cx.lang))];
        widget::toggle::segmented(ui, &mut rules.live, &choices);
        let ready = matches!(answer, Some(RuleAnswer::Met { .. })) && !rules.name.trim().is_empty() && !taken;
        let save = Button::suggested(tools::rule_save(cx.lang)).enabled(ready && cx.can_write());
        if ui.add(save).clicked() {
            cx.send(Command::Segment(SegmentCommand::KeepRule {
                id: rules.editing,
                name: rules.name.trim().to_owned(),
                rule: Box::new(rules.rule.clone()),
                live: rules.live,
            }));
        }
    });
    if taken {
        field_error(ui, tools::name_taken(cx.lang));
    }
}
