//! The recipe card: question, whom to learn from, features, models, how to test, what a contact costs.

use egui::{Checkbox, RichText, ScrollArea, TextEdit, Ui};

use super::draft::{Draft, Question, Scheme};
use super::{PredictView, Seen};
use crate::jobs::Slot;
use crate::project::Project;
use crate::project::StageState;
use crate::stage::Stage;
use crate::stage::data::features::{Feature, USER};
use crate::stage::predict::Reason;
use crate::stage::predict::model::{ModelKind, ModelRecipe};
use crate::stage::predict::svm::SvmRecipe;
use crate::store::sources::FeatureChoice;
use crate::ui::PageContext;
use crate::ui::text::{Lang, feature, number, predict as words, predict_say as say};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::{self, Button, Tone, bars, chip, field};

pub fn recipe_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: Option<&Seen<'_>>) {
    let stale = cx.project().is_some_and(|p| p.stage_state(Stage::Predict) == StageState::OutOfDate);
    ui.horizontal(|ui| {
        widget::heading(ui, words::recipe(cx.lang));
        if stale {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                chip(ui, Tone::Warn, words::out_of_date(cx.lang));
            });
        }
    });
    if let Some(job) = cx.job(Slot::Stage(Stage::Predict)) {
        widget::caption(ui, crate::ui::text::common::step(cx.lang, job.progress.step));
        bars::progress(ui, job.progress.fraction());
    }
    let Some(draft) = &mut view.draft else { return };
    ScrollArea::vertical().id_salt("predict recipe").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        // Room for the scroll bar, so that it never lies over a field.
        ui.set_max_width(ui.available_width() - 2.0);
        question(ui, cx, draft);
        if draft.question != Question::Column {
            when(ui, cx.lang, draft);
        }
        ui.add_space(size::S2);
        features(ui, cx, draft, seen);
        ui.add_space(size::S2);
        models(ui, cx, draft, seen);
        ui.add_space(size::S2);
        scheme(ui, cx, draft);
        if draft.question != Question::Spends {
            costs(ui, cx.lang, draft);
        }
        notes(ui, cx, draft, seen, stale);
    });
}

fn question(ui: &mut Ui, cx: &PageContext<'_>, draft: &mut Draft) {
    let lang = cx.lang;
    let days = draft.days;
    let name = |question| match question {
        Question::Buys => words::ask_buys(lang, days),
        Question::Spends => words::ask_spends(lang, days),
        Question::Quiet => words::ask_quiet(lang, days),
        Question::Column => words::ask_column(lang).to_owned(),
    };
    let choices = Question::ALL.map(|q| (q, name(q)));
    if field::choice(ui, words::question(lang), None, &mut draft.question, &choices) {
        draft.without.clear();
        draft.usual_models();
        draft.rows = match (draft.question, cx.project()) {
            (Question::Column, Some(project)) => match Draft::tables(project).first() {
                Some((id, _)) => FeatureChoice::Table(*id),
                None => Draft::events(Some(project)),
            },
            (_, project) => Draft::events(project),
        };
        draft.column.clear();
    }
    if draft.question != Question::Column {
        return;
    }
    let Some(project) = cx.project() else { return };
    let mut rows = vec![];
    if !crate::store::sources::event_tables(project).is_empty() {
        rows.push((Draft::events(Some(project)), words::rows_customers(lang).to_owned()));
    }
    rows.extend(Draft::tables(project).into_iter().map(|(id, name)| (FeatureChoice::Table(id), name)));
    if field::choice(ui, words::learn_from(lang), None, &mut draft.rows, &rows) {
        draft.column.clear();
        draft.without.clear();
    }
    let mut columns: Vec<(String, String)> =
        columns(draft, project).into_iter().map(|name| (name.clone(), feature::column(lang, &name))).collect();
    if draft.column.is_empty() {
        columns.insert(0, (String::new(), words::column_none(lang).to_owned()));
    }
    field::choice(ui, words::column(lang), None, &mut draft.column, &columns);
}

/// The columns that there are to learn from, before anything has been run.
fn columns(draft: &Draft, project: &Project) -> Vec<String> {
    match draft.table().and_then(|id| project.table(id)) {
        Some(table) if draft.question == Question::Column => {
            let user = table.columns.iter().position(|c| c.role == crate::stage::data::Role::User);
            let kept = table.columns.iter().enumerate().filter(|(i, _)| Some(*i) != user);
            kept.map(|(_, c)| c.name.clone()).collect()
        }
        _ => Feature::ALL.iter().map(|f| f.key().to_owned()).collect(),
    }
}

fn when(ui: &mut Ui, lang: Lang, draft: &mut Draft) {
    ui.horizontal(|ui| {
        widget::small(ui, words::days(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let drag = egui::DragValue::new(&mut draft.days).range(1..=3650).speed(0.5);
            named(ui.add_sized([72.0, size::CONTROL], drag), words::days(lang));
        });
    });
    line(ui, words::cut(lang), &mut draft.cut, "2026-09-30").on_hover_text(words::cut_hint(lang));
    if !draft.cut_is_good() {
        field::field_error(ui, words::cut_bad(lang));
    }
}

/// A label at the left and a narrow text field at the right.
fn line(ui: &mut Ui, label: &str, text: &mut String, hint: &str) -> egui::Response {
    ui.horizontal(|ui| {
        widget::small(ui, label);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let edit = TextEdit::singleline(text)
                .hint_text(RichText::new(hint).font(regular(text_size::SMALL)))
                .font(regular(text_size::SMALL))
                .desired_width(104.0)
                .margin(egui::Margin::symmetric(8, 6));
            named(ui.add(edit), label)
        })
        .inner
    })
    .inner
}

/// Names a field for screen readers and tests.
fn named(response: egui::Response, label: &str) -> egui::Response {
    let label = label.to_owned();
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(label));
    response
}

fn features(ui: &mut Ui, cx: &PageContext<'_>, draft: &mut Draft, seen: Option<&Seen<'_>>) {
    let lang = cx.lang;
    let Some(project) = cx.project() else { return };
    let all = columns(draft, project);
    let target = draft.column.clone();
    let known = |name: &str| {
        let result = seen.map(|s| &s.kept.study.result)?;
        let here = result.features.iter().any(|f| f.name == name) || result.set_aside.iter().any(|a| a.column == name);
        Some(here)
    };
    // What the tables do not allow is not offered, once a run has found it out.
    let made_from_events = draft.question != Question::Column || draft.table().is_none();
    let offered: Vec<String> = all
        .into_iter()
        .filter(|name| *name != target && name != USER)
        .filter(|name| !made_from_events || known(name) != Some(false))
        .collect();
    // Columns that the run could not use (text, names of rows) are no features of it.
    let useless = |name: &str| {
        let same = seen.filter(|seen| seen.plan.rows == draft.rows && seen.plan.learn.target.column() == target);
        let asked = |reason: &Reason| *reason == Reason::NotChosen;
        same.is_some_and(|s| s.kept.study.result.set_aside.iter().any(|a| a.column == name && !asked(&a.reason)))
    };
    let count = offered.iter().filter(|name| !draft.without.contains(*name) && !useless(name)).count();
    ui.horizontal(|ui| {
        widget::small(ui, words::look_at(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = if count == 1 { words::feature_one(lang).to_owned() } else { words::features_n(lang, count) };
            widget::small(ui, text);
        });
    });
    let response = ui
        .horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
            ui.spacing_mut().interact_size.y = size::CHIP;
            let used = |name: &String| offered.contains(name) && !draft.without.contains(name);
            let chips: Vec<String> = leaning(seen).filter(used).take(5).collect();
            for name in chips {
                if removable(ui, &feature::column(lang, &name), lang) {
                    draft.without.insert(name);
                }
            }
            ui.add(Button::plain(words::choose(lang)).icon(widget::icon::PLUS))
        })
        .inner;
    egui::Popup::menu(&response).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            ui.set_min_width(220.0);
            for name in &offered {
                let mut on = !draft.without.contains(name);
                let text = RichText::new(feature::column(lang, name)).font(regular(text_size::SMALL));
                if ui.add(Checkbox::new(&mut on, text)).changed() {
                    if on {
                        draft.without.remove(name);
                    } else {
                        draft.without.insert(name.clone());
                    }
                }
            }
        });
    });
}

/// What the chosen model leans on most, in that order.
fn leaning<'a>(seen: Option<&Seen<'a>>) -> impl Iterator<Item = String> + use<'a> {
    let model = seen.map(|s| s.model);
    model.into_iter().flat_map(|model| {
        let parts = &model.model.encoder.parts;
        model.importance.iter().filter_map(|i| parts.get(i.feature).map(|p| p.name.clone()))
    })
}

/// A feature's chip with a cross; true when it was taken out.
fn removable(ui: &mut Ui, name: &str, lang: Lang) -> bool {
    let t = Tokens::of(ui);
    let place = |text: &str, size| ui.painter().layout_no_wrap(text.to_owned(), regular(size), t.text_2);
    let (label, cross) = (place(name, text_size::SMALL), place(widget::icon::CLOSE, text_size::TINY));
    let wanted = egui::vec2(label.size().x + cross.size().x + 22.0, size::CHIP);
    let (rect, response) = ui.allocate_exact_size(wanted, egui::Sense::click());
    let said = words::leave_out(lang, name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
    let ground = if response.hovered() { t.hover } else { t.idle_soft };
    ui.painter().rect_filled(rect, egui::CornerRadius::same(size::RADIUS_KEY), ground);
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, t.focus);
        ui.painter().rect_stroke(rect, egui::CornerRadius::same(size::RADIUS_KEY), ring, egui::StrokeKind::Inside);
    }
    let at = |x: f32, height: f32| egui::pos2(x, rect.center().y - height / 2.0);
    let after = rect.left() + 8.0 + label.size().x + 6.0;
    ui.painter().galley(at(rect.left() + 8.0, label.size().y), label, t.text);
    ui.painter().galley(at(after, cross.size().y), cross, t.text_3);
    response.on_hover_text(said).clicked()
}

fn models(ui: &mut Ui, cx: &PageContext<'_>, draft: &mut Draft, seen: Option<&Seen<'_>>) {
    let lang = cx.lang;
    widget::small(ui, words::compare(lang));
    let usual = [ModelKind::Logistic, ModelKind::Linear, ModelKind::Tree, ModelKind::Forest, ModelKind::Boost];
    let yes_no = matches!(draft.question, Question::Buys | Question::Quiet);
    let fits = |kind: &ModelKind| match kind {
        ModelKind::Logistic => draft.question != Question::Spends,
        ModelKind::Linear => !yes_no,
        _ => true,
    };
    let first: Vec<ModelKind> = usual.into_iter().filter(fits).collect();
    let rest: Vec<ModelKind> = ModelKind::ALL
        .into_iter()
        .filter(|kind| !first.contains(kind) && (*kind != ModelKind::Logistic || draft.question != Question::Spends))
        .collect();
    let shown = if draft.more_models { [first, rest.clone()].concat() } else { first };
    let extra = rest.iter().filter(|kind| draft.models.contains(kind) && !shown.contains(kind)).copied();
    let shown: Vec<ModelKind> = shown.iter().copied().chain(extra).collect();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = size::CHIP;
        for kind in shown {
            let mut on = draft.models.contains(&kind);
            let text = RichText::new(say::model(lang, kind)).font(regular(text_size::SMALL));
            if ui.add(Checkbox::new(&mut on, text)).on_hover_text(say::about(lang, kind)).changed() {
                if on {
                    draft.models.insert(kind);
                } else {
                    draft.models.remove(&kind);
                }
            }
        }
    });
    if [ModelKind::Svm, ModelKind::SvmLinear].into_iter().any(|kind| draft.models.contains(&kind)) {
        widget::caption(ui, words::svm_limit(lang, number::whole(SvmRecipe::default().row_limit as u64)));
    }
    ui.spacing_mut().item_spacing.y = 3.0;
    let more = if draft.more_models { words::fewer_models(lang) } else { words::more_models(lang) };
    if ui.add(Button::quiet(more)).clicked() {
        draft.more_models = !draft.more_models;
    }
    if draft.models.is_empty() {
        field::field_error(ui, words::models_none(lang));
    }
    if draft.models.contains(&ModelKind::Gd) {
        let last = seen.and_then(|s| s.kept.study.result.of(ModelKind::Gd));
        let rate = last.and_then(|m| match &m.model.recipe {
            ModelRecipe::Gd(gd) => gd.learning_rate,
            _ => None,
        });
        let hint = rate.map_or("1/λ".to_owned(), |r| r.to_string());
        line(ui, words::learning_rate(lang), &mut draft.learning_rate, &hint)
            .on_hover_text(words::learning_rate_hint(lang));
        line(ui, words::epochs(lang), &mut draft.epochs, "200000");
        if [&draft.learning_rate, &draft.epochs].into_iter().any(|text| Draft::money(text).is_none()) {
            field::field_error(ui, words::number_bad(lang));
        }
    }
}

fn scheme(ui: &mut Ui, cx: &PageContext<'_>, draft: &mut Draft) {
    let lang = cx.lang;
    let name = |scheme| match scheme {
        Scheme::Folds(n) => words::folds_n(lang, n),
        Scheme::Holdout(share) => words::holdout(lang, share),
        Scheme::ByTime => words::by_time(lang).to_owned(),
    };
    let timed = draft.question == Question::Column && draft.time_column(cx.project()).is_some();
    if draft.scheme == Scheme::ByTime && !timed {
        draft.scheme = Scheme::Folds(5);
    }
    let mut all: Vec<Scheme> = Scheme::ALL.into_iter().filter(|s| timed || *s != Scheme::ByTime).collect();
    if !all.contains(&draft.scheme) {
        all.push(draft.scheme);
    }
    let choices: Vec<(Scheme, String)> = all.into_iter().map(|s| (s, name(s))).collect();
    ui.scope(|ui| field::choice(ui, words::test_how(lang), None, &mut draft.scheme, &choices))
        .response
        .on_hover_text(words::scheme_hover(lang));
}

fn costs(ui: &mut Ui, lang: Lang, draft: &mut Draft) {
    line(ui, words::contact_cost(lang), &mut draft.contact, "0.5");
    line(ui, words::sale_value(lang), &mut draft.sale, "20");
    if [&draft.contact, &draft.sale].into_iter().any(|text| Draft::money(text).is_none()) {
        field::field_error(ui, words::number_bad(lang));
    }
}

fn notes(ui: &mut Ui, cx: &PageContext<'_>, draft: &Draft, seen: Option<&Seen<'_>>, stale: bool) {
    let Some(seen) = seen else { return };
    let changed = draft.differs(cx.project(), seen.plan);
    let text = match (stale, changed) {
        (true, _) => words::out_of_date_note(cx.lang),
        (false, true) => words::changed_note(cx.lang),
        _ => return,
    };
    ui.add_space(size::S2);
    let tokens = Tokens::of(ui);
    egui::Frame::new().fill(tokens.warn_soft).corner_radius(6).inner_margin(10).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(text).font(regular(text_size::SMALL)).color(tokens.warn));
    });
}
