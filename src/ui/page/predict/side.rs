//! The right card: the chosen model (threshold, who is found and who is bothered, what moves the answer), one
//! coefficient, or one customer.

use std::collections::BTreeSet;

use egui::{CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::left::{change, coefficient_lines, fitting};
use super::{KeptList, PredictCommand, PredictView, Seen, board, customer};
use crate::stage::predict::drivers::Move;
use crate::stage::predict::fit::Tested;
use crate::stage::predict::model::Fitted;
use crate::stage::predict::score::{Confusion, Metric};
use crate::stage::predict::study::score_name;
use crate::stage::predict::sweep::Sweep;
use crate::stage::predict::target::Task;
use crate::stage::segment::rule::{Compare, Rule};
use crate::store::sources::FeatureChoice;
use crate::store::study;
use crate::ui::text::{feature, number, predict as words, predict_say as say};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::toggle::segmented;
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    #[default]
    Model,
    /// The chosen feature's coefficient in the chosen model.
    Coefficient,
    Customer,
}

pub fn side_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    ui.spacing_mut().item_spacing.y = 6.0;
    let has_table = !seen.model.model.coefficients().is_empty();
    let mut tabs = vec![(Side::Model, words::side_model(lang)), (Side::Customer, words::side_customer(lang))];
    if has_table {
        tabs.insert(1, (Side::Coefficient, words::coefficient(lang)));
    } else if view.side == Side::Coefficient {
        view.side = Side::Model;
    }
    segmented(ui, &mut view.side, &tabs);
    ui.add_space(size::S1);
    match view.side {
        Side::Model => model(ui, cx, view, seen),
        Side::Coefficient => coefficient(ui, cx, view, seen),
        Side::Customer => customer::customer(ui, cx, view, seen),
    }
}

fn model(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let rows = if can_keep(cx, seen) { 2.0 } else { 1.0 };
    let foot = size::CONTROL * rows + size::S3;
    let room = ui.available_rect_before_wrap();
    let upper = Rect::from_min_max(room.min, pos2(room.right(), room.bottom() - foot));
    let mut above = ui.new_child(egui::UiBuilder::new().id_salt("model side").max_rect(upper));
    egui::ScrollArea::vertical().id_salt("model side").auto_shrink(false).show(&mut above, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.set_max_width(ui.available_width() - 6.0);
        widget::heading(ui, say::model(lang, seen.model.kind)).on_hover_text(say::about(lang, seen.model.kind));
        match &seen.model.tested {
            Tested::Classification { sweep, .. } => {
                let right = sweep.confusion(view.threshold);
                let of_100 = (right.found + right.spared) as f64 / right.rows().max(1) as f64 * 100.0;
                widget::small(ui, words::right_of_100(lang, number::decimal(of_100.round())));
                let costs = view.draft.as_ref().and_then(super::Draft::costs);
                let best = costs.and_then(|c| sweep.best_threshold(c.contact, c.sale));
                threshold(ui, cx, view, best.as_ref());
                matrix(ui, cx, seen, sweep, &right);
            }
            Tested::Regression { residuals } => {
                let of = |metric| seen.model.metrics.get(&metric).copied();
                let miss = of(Metric::Rmse).unwrap_or(residuals.sd);
                widget::small(ui, words::miss_usually(lang, number::decimal(miss)));
                if let Some(right) = of(Metric::Accuracy) {
                    let at = number::decimal(seen.plan.learn.threshold.unwrap_or(0.5));
                    widget::small(ui, words::right_at(lang, number::decimal((right * 100.0).round()), at));
                }
                let mse = of(Metric::Mse).unwrap_or(miss * miss);
                widget::caption(ui, words::miss_terms(lang, number::decimal(miss), number::decimal(mse)));
            }
        }
        if let Some(text) = rivalry(cx, seen) {
            widget::caption(ui, text);
        }
        if let Some(text) = fit_summary(cx, seen) {
            widget::caption(ui, text);
        }
        ui.add_space(size::S1);
        widget::hairline(ui);
        what_moves(ui, cx, view, seen);
    });
    let below = Rect::from_min_max(pos2(room.left(), upper.bottom() + size::S2), room.max);
    let mut below = ui.new_child(egui::UiBuilder::new().id_salt("model foot").max_rect(below));
    actions(&mut below, cx, view, seen);
}

/// The chosen model against the first of the board, or the first against the one that comes nearest to it.
fn rivalry(cx: &PageContext<'_>, seen: &Seen<'_>) -> Option<String> {
    let result = &seen.kept.study.result;
    let own = result.comparisons.iter().find(|c| c.other == seen.model.kind);
    if let Some(c) = own {
        return Some(board::against(cx, c, result.metric));
    }
    let nearest = result.comparisons.iter().max_by(|a, b| a.p_value.total_cmp(&b.p_value))?;
    let begin = words::leads_over(cx.lang, say::model(cx.lang, nearest.other));
    Some(format!("{begin} {}", board::ahead(cx, nearest, result.metric)))
}

/// R² and the test of the whole, for models that have them.
fn fit_summary(cx: &PageContext<'_>, seen: &Seen<'_>) -> Option<String> {
    let d = number::decimal;
    match &seen.model.model.fitted {
        Fitted::Linear(l) => {
            let s = l.summary.as_ref()?;
            let p = board::p_text(cx.lang, s.f_p_value);
            Some(words::summary_line(cx.lang, format!("{:.3}", s.r2), format!("{:.3}", s.adjusted_r2), d(s.f), p))
        }
        Fitted::Logistic(l) => {
            let p = board::p_text(cx.lang, l.summary.lr_p_value);
            Some(words::summary_logit(cx.lang, format!("{:.3}", l.summary.pseudo_r2), p))
        }
        _ => None,
    }
}

fn threshold(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut PredictView,
    best: Option<&crate::stage::predict::sweep::BestThreshold>,
) {
    let lang = cx.lang;
    let mut percent = (view.threshold * 1000.0).round() / 10.0;
    ui.horizontal(|ui| {
        widget::small_strong(ui, words::contact_above(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let drag = egui::DragValue::new(&mut percent).range(0.0..=100.0).speed(0.5).suffix(" %").max_decimals(1);
            ui.add_sized([64.0, 26.0], drag);
        });
    });
    ui.scope(|ui| {
        let tokens = Tokens::of(ui);
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 20.0;
        ui.visuals_mut().widgets.inactive.bg_fill = tokens.line_input;
        ui.visuals_mut().selection.bg_fill = tokens.accent;
        let slider = egui::Slider::new(&mut percent, 0.0..=100.0)
            .show_value(false)
            .trailing_fill(true)
            .handle_shape(egui::style::HandleShape::Circle);
        let response = ui.add(slider);
        // The handle as the look has it: the ground in a ring of accent, over the one that the slider draws.
        let radius = response.rect.height() / 2.5;
        let ends = response.rect.shrink2(vec2(radius, 0.0));
        let at = pos2(ends.left() + ends.width() * (percent / 100.0).clamp(0.0, 1.0) as f32, ends.center().y);
        ui.painter().circle(at, radius + 1.0, tokens.surface, Stroke::new(2.0, tokens.accent));
        let label = words::threshold(lang);
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label(label));
    });
    if (percent / 100.0 - view.threshold).abs() > 1e-9 {
        view.threshold = percent / 100.0;
    }
    ui.horizontal(|ui| {
        widget::caption(ui, words::contact_more(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widget::caption(ui, words::contact_fewer(lang));
        });
    });
    if let Some(best) = best {
        ui.horizontal(|ui| {
            let at = best.threshold.min(1.0);
            let text =
                words::best_at(lang, number::decimal((at * 1000.0).round() / 10.0), number::decimal(best.profit));
            widget::small(ui, text);
            if ui.add(Button::quiet(words::use_best(lang))).clicked() {
                view.threshold = at;
            }
        });
    }
}

/// Who is found, missed, bothered in vain, spared.
fn matrix(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>, sweep: &Sweep, c: &Confusion) {
    let lang = cx.lang;
    let t = Tokens::of(ui);
    let (yes_word, no_word) = class_words(cx, seen);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 150.0), Sense::hover());
    let name_width = 62.0;
    let cell = vec2((rect.width() - name_width - 8.0) / 2.0, 60.0);
    let font = || regular(text_size::TINY);
    let column = |i: f32| rect.left() + name_width + i * (cell.x + 8.0);
    for (i, name) in [words::contacted(lang), words::left_alone(lang)].into_iter().enumerate() {
        ui.painter().text(pos2(column(i as f32), rect.top()), egui::Align2::LEFT_TOP, name, font(), t.text_2);
    }
    let percent = |n: u64, of: u64| number::decimal((n as f64 / of.max(1) as f64 * 100.0).round());
    let rows = [
        (&yes_word, sweep.yes, (c.found, words::found(lang), t.ok, t.ok_soft), (c.missed, words::missed(lang))),
        (&no_word, sweep.no, (c.in_vain, words::in_vain(lang), t.warn, t.warn_soft), (c.spared, words::spared(lang))),
    ];
    for (i, (name, all, (n, word, ink, ground), (other, other_word))) in rows.into_iter().enumerate() {
        let top = rect.top() + 20.0 + i as f32 * (cell.y + 8.0);
        let galley = ui.painter().layout(name.clone(), font(), t.text_2, name_width - 6.0);
        let place = pos2(rect.left(), top + (cell.y - galley.size().y) / 2.0);
        ui.painter()
            .with_clip_rect(Rect::from_min_size(pos2(rect.left(), top), vec2(name_width, cell.y)))
            .galley(place, galley, t.text_2);
        let cells = [(n, word, ink, ground), (other, other_word, t.text, t.sunken)];
        for (j, (n, word, ink, ground)) in cells.into_iter().enumerate() {
            let area = Rect::from_min_size(pos2(column(j as f32), top), cell);
            ui.painter().rect_filled(area, CornerRadius::same(4), ground);
            let at = |y: f32| pos2(area.left() + 10.0, area.top() + y);
            let left = egui::Align2::LEFT_TOP;
            ui.painter().text(at(5.0), left, number::whole(n), semibold(text_size::HEAD), ink);
            let text = format!("{word} {} %", percent(n, all));
            ui.painter().with_clip_rect(area).text(at(36.0), left, text, font(), t.text_2);
        }
    }
    if c.contacted() > 0 {
        let rate = percent(c.found, c.contacted());
        let base = percent(sweep.yes, sweep.yes + sweep.no);
        let text = if seen.is_buying() {
            words::of_contacted(lang, number::whole(c.contacted()), number::whole(c.found), rate, base)
        } else {
            words::of_chosen(lang, number::whole(c.contacted()), number::whole(c.found), yes_word, rate, base)
        };
        widget::small(ui, text);
    }
}

/// The words of the two classes.
fn class_words(cx: &PageContext<'_>, seen: &Seen<'_>) -> (String, String) {
    use crate::stage::predict::target::{Outcome, TargetRecipe};
    let lang = cx.lang;
    match &seen.plan.learn.target {
        TargetRecipe::Events { outcome: Outcome::Buys { .. }, .. } => {
            (words::bought(lang).to_owned(), words::did_not_buy(lang).to_owned())
        }
        TargetRecipe::Events { .. } => (words::went_quiet(lang).to_owned(), words::stayed(lang).to_owned()),
        TargetRecipe::Column { .. } => {
            let classes = seen.kept.study.result.target.classes.clone().unwrap_or_default();
            let word = |class: &str| match class {
                "yes" => say::yes(lang).to_owned(),
                "no" => say::no(lang).to_owned(),
                other => other.to_owned(),
            };
            (word(&classes[1]), word(&classes[0]))
        }
    }
}

fn what_moves(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    ui.horizontal(|ui| match seen.task() {
        Task::Classification => {
            widget::small_strong(ui, words::moves_chance(lang));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widget::caption(ui, words::points_unit(lang));
            });
        }
        Task::Regression => drop(widget::small_strong(ui, words::moves_amount(lang))),
    });
    let Some(moves) = seen.kept.study.moves.get(&seen.model.kind) else { return };
    let most = moves.iter().map(|m| m.change().abs()).fold(0.0, f64::max);
    let width_of = |m: &Move| {
        let text = move_number(cx, seen, m);
        ui.painter().layout_no_wrap(text, regular(text_size::SMALL), egui::Color32::PLACEHOLDER).size().x
    };
    let numbers = moves.iter().map(width_of).fold(36.0, f32::max);
    ui.spacing_mut().item_spacing.y = 0.0;
    // What luck may explain comes last.
    let (sure, unsure): (Vec<&Move>, Vec<&Move>) = moves.iter().partition(|m| m.is_sure());
    for m in sure.into_iter().chain(unsure).take(12) {
        if move_row(ui, cx, view, seen, m, (most, numbers)) {
            view.feature = Some(m.name.clone());
        }
    }
}

/// How far a step moves the answer, as its row says it.
fn move_number(cx: &PageContext<'_>, seen: &Seen<'_>, m: &Move) -> String {
    match seen.task() {
        Task::Classification => {
            format!("{}{}", if m.change() < 0.0 { "−" } else { "+" }, say::hundredths(m.change().abs()))
        }
        Task::Regression => change(cx, seen, m.change()),
    }
}

/// One step as a bar; `most` is the longest, `numbers` the room of the widest number.
fn move_row(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &PredictView,
    seen: &Seen<'_>,
    m: &Move,
    (most, numbers): (f64, f32),
) -> bool {
    let t = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::click());
    let name = say::step(cx.lang, m);
    let said = change(cx, seen, m.change());
    let label = format!("{name}: {said}");
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    let chosen = view.feature.as_ref() == Some(&m.name);
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 4.0, if chosen { t.selected } else { t.hover });
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, 4.0, Stroke::new(2.0, t.focus), StrokeKind::Inside);
    }
    let number = move_number(cx, seen, m);
    let right = rect.right() - 4.0;
    let font = || regular(text_size::SMALL);
    ui.painter().text(pos2(right, rect.center().y), egui::Align2::RIGHT_CENTER, number, font(), t.text);
    let names = Rect::from_min_max(rect.min, pos2(right - numbers - 62.0, rect.bottom()));
    let galley = fitting(ui, &name, names.width() - 4.0, t.text);
    ui.painter().galley(pos2(rect.left() + 4.0, rect.center().y - galley.size().y / 2.0), galley, t.text);
    let zero = names.right() + 30.0;
    let length = 26.0 * (m.change() / most.max(1e-12)) as f32;
    let bar = Rect::from_min_max(
        pos2(zero.min(zero + length), rect.center().y - 4.0),
        pos2(zero.max(zero + length), rect.center().y + 4.0),
    );
    let colour = if m.change() < 0.0 { t.chart[5] } else { t.chart[0] };
    let sure = if m.is_sure() { colour } else { t.tint(colour, 0.4) };
    ui.painter().rect_filled(bar, CornerRadius::same(2), sure);
    ui.painter().vline(zero, rect.shrink(4.0).y_range(), Stroke::new(1.0, t.axis));
    let clicked = response.clicked();
    let mut hover = seen.about().headline(cx.lang, m);
    if let Some(p) = m.p_value {
        hover.push_str(&format!("\n{}", board::p_text(cx.lang, p)));
    }
    response.on_hover_text(hover);
    clicked
}

fn actions(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    ui.spacing_mut().item_spacing.y = 6.0;
    let scores = seen.look.map(|look| look.scores.as_slice());
    if let (true, Some(scores)) = (can_keep(cx, seen), scores) {
        let above = scores.iter().filter(|s| **s >= view.threshold).count();
        let text = words::keep_list(lang, number::whole(above as u64));
        let keep = Button::suggested(&text).icon(icon::SEGMENT).full_width().enabled(above > 0);
        if ui.add(keep).clicked() {
            let rows = (0..scores.len()).filter(|row| scores[*row] >= view.threshold);
            let customers: BTreeSet<String> = rows.map(|row| seen.kept.id(row)).collect();
            let label =
                words::list_label(lang, number::decimal((view.threshold * 100.0).round()), seen.about().todo(lang));
            let rule = rule_of(cx, view, seen);
            let list = KeptList { name: label, customers, rule };
            cx.send(Command::Predict(PredictCommand::KeepList(Box::new(list))));
        }
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if ui.add(Button::plain(words::export(lang)).icon(icon::TABLE)).clicked() {
            cx.send(Command::Predict(PredictCommand::Export(seen.id, seen.model.kind)));
        }
        let apply = ui.add(Button::plain(words::apply(lang)).enabled(cx.can_write()));
        egui::Popup::menu(&apply).show(|ui| {
            widget::small_strong(ui, words::apply_title(lang));
            let Some(project) = cx.project() else { return };
            let mut choices = vec![];
            if !crate::store::sources::event_tables(project).is_empty() {
                choices.push((super::Draft::events(Some(project)), words::rows_customers(lang).to_owned()));
            }
            for (id, name) in super::Draft::tables(project) {
                choices.push((FeatureChoice::Table(id), name));
            }
            for (rows, name) in choices {
                if ui.add(Button::quiet(&name)).clicked() {
                    cx.send(Command::Predict(PredictCommand::Apply(seen.id, seen.model.kind, rows)));
                    ui.close();
                }
            }
        });
    });
}

/// Whether there is a threshold, and rows are customers, so that those above it are a list for other stages.
fn can_keep(cx: &PageContext<'_>, seen: &Seen<'_>) -> bool {
    let named = cx.project().is_some_and(|project| study::names_customers(project, &seen.plan.rows));
    named && seen.task() == Task::Classification
}

/// The threshold as a condition on the score that other stages read, when this run's leader made it.
fn rule_of(cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>) -> Option<Rule> {
    let target = &seen.kept.study.result.target;
    let feature = score_name(target.task, &target.name);
    let leads = seen.kept.study.result.best().is_some_and(|best| best.kind == seen.model.kind);
    let known = study::score_columns(cx.project()?).into_iter().any(|s| s.name == feature && s.run == seen.id);
    (leads && known).then_some(Rule::Feature { feature, compare: Compare::AtLeast, value: view.threshold })
}

/// One feature's line of the coefficient table, in words first.
fn coefficient(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let parts = &seen.model.model.encoder.parts;
    let chosen = view.feature.clone().unwrap_or_default();
    egui::ScrollArea::vertical().id_salt("coefficient side").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.set_max_width(ui.available_width() - 6.0);
        widget::heading(ui, &feature::column(lang, &chosen));
        let moves = seen.kept.study.moves.get(&seen.model.kind);
        if let Some(m) = moves.and_then(|moves| moves.iter().find(|m| m.name == chosen)) {
            widget::small(ui, seen.about().headline(lang, m));
            let (before, after) = (seen.about().score(lang, m.before), seen.about().score(lang, m.after));
            let at = |setting| say::setting(lang, &m.name, setting);
            widget::small(ui, words::from_to(lang, before, at(&m.from), after, at(&m.to)));
            widget::caption(ui, words::link_not_cause(lang));
        }
        let place = parts.iter().position(|part| part.name == chosen);
        for c in seen.model.model.coefficients().iter().filter(|c| c.feature.is_some() && c.feature == place) {
            ui.add_space(size::S2);
            widget::hairline(ui);
            ui.spacing_mut().interact_size.y = 22.0;
            if c.name != chosen {
                widget::small_strong(ui, say::encoded(lang, &c.name));
            }
            let planted = seen.model.model.planted().and_then(|all| all.iter().find(|(own, _)| *own == c.name));
            let planted = planted.map(|(_, value)| (words::planted(lang), number::decimal(*value)));
            for (name, value) in coefficient_lines(cx, c).into_iter().chain(planted) {
                ui.horizontal(|ui| {
                    widget::small(ui, name);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        widget::small_strong(ui, value);
                    });
                });
            }
        }
    });
}
