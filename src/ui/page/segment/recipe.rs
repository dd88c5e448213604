//! The recipe: method, features, scaling, number of groups, today, RFM cut points and definitions.

use egui::{ScrollArea, Ui};

use super::definitions::definitions;
use super::{SegmentView, Sight};
use crate::base::time::Moment;
use crate::project::{ColumnType, Project};
use crate::stage::data::TableKind;
use crate::stage::segment::rfm::{Cuts, RfmRecipe};
use crate::stage::segment::run::{GroupCount, Method};
use crate::stage::segment::scale::Scaling;
use crate::store::segments::{self, SegmentPlan};
use crate::store::sources::FeatureChoice;
use crate::ui::PageContext;
use crate::ui::failure::Worded;
use crate::ui::text::{feature, number, segment as words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::field::{choice, field_error, hint};
use crate::ui::widget::{self, Button, icon};

/// Fields being typed.
#[derive(Default)]
pub(super) struct RecipeView {
    today: Option<String>,
    cuts: [Option<String>; 3],
    definitions: bool,
}

pub(super) fn recipe_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: Option<&Sight<'_>>) {
    widget::heading(ui, words::recipe(cx.lang));
    let Some(project) = cx.project() else { return };
    let before = view.plan(project);
    let mut plan = before.clone();
    ScrollArea::vertical().id_salt("segment recipe").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 6.0);
        ui.spacing_mut().item_spacing.y = 6.0;
        method(ui, cx, &mut plan);
        ui.add_space(size::S2);
        if plan.segment.method == Method::Rfm {
            rfm(ui, cx, view, &mut plan, sight);
        } else {
            features(ui, cx, &mut plan, sight);
            ui.add_space(size::S2);
            groups(ui, cx, &mut plan, sight);
            ui.add_space(size::S2);
            scaling(ui, cx, &mut plan);
        }
        ui.add_space(size::S2);
        customers(ui, cx, view, &mut plan, project);
        if let Some(problem) = problem(&plan, view) {
            field_error(ui, &problem.text(cx.lang));
        }
        if let Some(sight) = sight {
            notices(ui, cx, sight);
        }
        earlier(ui, cx, view, project);
    });
    if plan != before {
        view.plan = Some(plan);
    }
}

/// Why the recipe cannot be run as it stands.
pub(super) fn problem(plan: &SegmentPlan, view: &SegmentView) -> Option<Box<dyn Worded>> {
    if let Err(error) = plan.segment.check() {
        return Some(Box::new(error));
    }
    let typed = view.recipe.today.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if typed.is_some_and(|text| Moment::parse_date(text).is_none()) {
        return Some(Box::new(BadDate));
    }
    None
}

#[derive(Debug)]
struct BadDate;

impl Worded for BadDate {
    fn text(&self, lang: crate::ui::text::Lang) -> String {
        words::today_wrong(lang).to_owned()
    }
}

fn method(ui: &mut Ui, cx: &PageContext<'_>, plan: &mut SegmentPlan) {
    widget::small(ui, words::method(cx.lang));
    let choices =
        [Method::KMeans, Method::Gmm, Method::Rfm].map(|method| (method, words::method_name(cx.lang, method)));
    widget::toggle::segmented(ui, &mut plan.segment.method, &choices);
    hint(
        ui,
        match plan.segment.method {
            Method::KMeans => words::hint_kmeans(cx.lang),
            Method::Gmm => words::hint_gmm(cx.lang),
            Method::Rfm => words::hint_rfm(cx.lang),
        },
    );
}

fn features(ui: &mut Ui, cx: &PageContext<'_>, plan: &mut SegmentPlan, sight: Option<&Sight<'_>>) {
    // Those chosen, or those that the last run took by itself.
    let used = match sight {
        Some(sight) if plan.segment.features.is_empty() && sight.picture.found.rfm.is_none() => {
            sight.picture.found.features.clone()
        }
        _ => plan.segment.features.clone(),
    };
    ui.horizontal(|ui| {
        widget::small(ui, words::look_at(cx.lang));
        let text = if plan.segment.features.is_empty() {
            words::usual(cx.lang).to_owned()
        } else {
            words::features_n(cx.lang, used.len())
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| widget::caption(ui, text));
    });
    let mut removed = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        ui.spacing_mut().interact_size.y = size::CHIP;
        ui.horizontal_wrapped(|ui| {
            for name in &used {
                if removable(ui, cx, &feature::column(cx.lang, name)) {
                    removed = Some(name.clone());
                }
            }
        });
    });
    if let Some(removed) = removed {
        plan.segment.features = used.iter().filter(|name| **name != removed).cloned().collect();
    }
    let Some(sight) = sight else { return };
    ui.horizontal(|ui| {
        let others: Vec<&String> = sight.picture.choices.iter().filter(|name| !used.contains(name)).collect();
        let add = egui::RichText::new(format!("{} {}", icon::PLUS, words::add(cx.lang))).size(13.0);
        ui.menu_button(add, |ui| {
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for name in others {
                    if ui.button(feature::column(cx.lang, name)).clicked() {
                        plan.segment.features = used.iter().cloned().chain([name.clone()]).collect();
                        ui.close();
                    }
                }
            });
        });
        if !plan.segment.features.is_empty() && ui.add(Button::quiet(words::usual(cx.lang))).clicked() {
            plan.segment.features.clear();
        }
    });
}

/// A chip with a cross; true when it was pressed.
fn removable(ui: &mut Ui, cx: &PageContext<'_>, name: &str) -> bool {
    use crate::ui::theme::{regular, text_size};
    let t = Tokens::of(ui);
    let place = |text: String| {
        let mut job = egui::text::LayoutJob::simple_singleline(text, regular(text_size::SMALL), t.text);
        job.wrap = egui::text::TextWrapping::truncate_at_width(190.0);
        ui.painter().layout_job(job)
    };
    let label = place(name.to_owned());
    let wanted = egui::vec2(label.size().x + 34.0, size::CHIP);
    let (rect, response) = ui.allocate_exact_size(wanted, egui::Sense::click());
    let said = words::remove(cx.lang, name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
    let ground = if response.hovered() { t.hover } else { t.sunken };
    ui.painter().rect_filled(rect, egui::CornerRadius::same(size::RADIUS_CONTROL), ground);
    let y = rect.center().y - label.size().y / 2.0;
    ui.painter().galley(egui::pos2(rect.left() + 8.0, y), label, t.text);
    let cross = egui::pos2(rect.right() - 12.0, rect.center().y);
    ui.painter().text(cross, egui::Align2::CENTER_CENTER, icon::CLOSE, regular(12.0), t.text_3);
    response.on_hover_text(&said).clicked()
}

fn groups(ui: &mut Ui, cx: &PageContext<'_>, plan: &mut SegmentPlan, sight: Option<&Sight<'_>>) {
    widget::small(ui, words::how_many(cx.lang));
    let auto = matches!(plan.segment.groups, GroupCount::Auto { .. });
    // What was found last stands there until something else is asked for.
    let found = sight.map(|sight| &sight.picture.found).filter(|found| found.rfm.is_none()).map(|found| found.k);
    ui.horizontal(|ui| {
        let mut k = match plan.segment.groups {
            GroupCount::Fixed(k) => k,
            GroupCount::Auto { .. } => found.unwrap_or(5),
        };
        let was = k;
        if ui.add(Button::icon_only("−", words::fewer(cx.lang))).clicked() {
            k = (k - 1).max(2);
        }
        let text = if auto && found.is_none() { "–".to_owned() } else { k.to_string() };
        widget::small_strong(ui, text);
        if ui.add(Button::icon_only(icon::PLUS, words::more(cx.lang))).clicked() {
            k = (k + 1).min(30);
        }
        if k != was {
            plan.segment.groups = GroupCount::Fixed(k);
        }
        let find = if auto { Button::suggested(words::find_k(cx.lang)) } else { Button::plain(words::find_k(cx.lang)) };
        if ui.add(find.icon(icon::SEARCH)).clicked() {
            plan.segment.groups = GroupCount::Auto { from: 2, to: 12 };
        }
    });
    match plan.segment.groups {
        GroupCount::Auto { .. } => hint(ui, words::k_auto_hint(cx.lang)),
        GroupCount::Fixed(k) => hint(ui, &words::k_fixed_hint(cx.lang, k)),
    }
}

fn scaling(ui: &mut Ui, cx: &PageContext<'_>, plan: &mut SegmentPlan) {
    let choices = [
        (Scaling::Auto, words::s_auto(cx.lang).to_owned()),
        (Scaling::Log, words::s_log(cx.lang).to_owned()),
        (Scaling::Standard, words::s_standard(cx.lang).to_owned()),
        (Scaling::Robust, words::s_robust(cx.lang).to_owned()),
        (Scaling::None, words::s_none(cx.lang).to_owned()),
    ];
    choice(ui, words::scaling(cx.lang), None, &mut plan.segment.scaling, &choices);
}

fn customers(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, plan: &mut SegmentPlan, project: &Project) {
    let tables = project.tables().filter(|(_, table)| table.kind == TableKind::Features);
    let mut choices: Vec<(FeatureChoice, String)> =
        tables.map(|(id, table)| (FeatureChoice::Table(id), table.name.clone())).collect();
    if !choices.is_empty() {
        let events = FeatureChoice::Events(segments::feature_recipe(&plan.customers));
        choices.insert(0, (events, words::from_events(cx.lang).to_owned()));
        choice(ui, words::customers_from(cx.lang), None, &mut plan.customers, &choices);
    }
    let FeatureChoice::Events(recipe) = &mut plan.customers else { return };
    // Features made from events have our names, whatever a table before them was called.
    let usual = RfmRecipe::default();
    plan.segment.persona.revenue = usual.monetary.clone();
    let rfm = &mut plan.segment.rfm;
    (rfm.recency, rfm.frequency, rfm.monetary) = (usual.recency, usual.frequency, usual.monetary);
    widget::small(ui, words::today(cx.lang));
    let known = recipe.today.map(|today| today.utc_text("%Y-%m-%d")).unwrap_or_default();
    let mut text = view.recipe.today.clone().unwrap_or_else(|| known.clone());
    let field = egui::TextEdit::singleline(&mut text)
        .hint_text(egui::RichText::new(words::today_last(cx.lang)).size(13.0))
        .font(small_font());
    let response = ui.add_sized([ui.available_width(), size::CONTROL], field);
    let label = words::today(cx.lang);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
    let response = response.on_hover_text(words::today_hint(cx.lang));
    if response.changed() {
        if text.trim().is_empty() {
            recipe.today = None;
        } else if let Some(day) = Moment::parse_date(&text) {
            recipe.today = Some(day);
        }
        view.recipe.today = Some(text);
    } else if !response.has_focus() && view.recipe.today.as_deref().is_some_and(|typed| typed.trim() == known) {
        view.recipe.today = None;
    }
    let days = [None, Some(30), Some(90), Some(180), Some(365)];
    let name = |days: Option<u32>| match days {
        None => words::window_all(cx.lang).to_owned(),
        Some(days) => words::window_days(cx.lang, days),
    };
    choice(ui, words::window(cx.lang), None, &mut recipe.window_days, &days.map(|days| (days, name(days))));
}

fn rfm(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, plan: &mut SegmentPlan, sight: Option<&Sight<'_>>) {
    let known = sight.and_then(|sight| sight.picture.found.rfm.as_ref());
    measures(ui, cx, plan);
    widget::small(ui, words::cuts(cx.lang));
    let recipe = &mut plan.segment.rfm;
    let fields = [
        (words::cut_r(cx.lang), &mut recipe.recency_cuts, known.map(|rfm| rfm.recency_cuts)),
        (words::cut_f(cx.lang), &mut recipe.frequency_cuts, known.map(|rfm| rfm.frequency_cuts)),
        (words::cut_m(cx.lang), &mut recipe.monetary_cuts, known.map(|rfm| rfm.monetary_cuts)),
    ];
    for ((label, cuts, known), typed) in fields.into_iter().zip(&mut view.recipe.cuts) {
        cut_field(ui, cx, label, cuts, known, typed);
    }
    ui.horizontal(|ui| {
        if ui.add(Button::plain(words::definitions(cx.lang)).icon(icon::TABLE)).clicked() {
            view.recipe.definitions = true;
        }
    });
    definitions(ui, cx, &mut view.recipe.definitions, &mut plan.segment.rfm.groups, known);
}

/// Which columns of a finished table say how recently, how often and for how much.
fn measures(ui: &mut Ui, cx: &PageContext<'_>, plan: &mut SegmentPlan) {
    let FeatureChoice::Table(id) = plan.customers else { return };
    let Some(table) = cx.project().and_then(|project| project.table(id)) else { return };
    let numeric = |column: &&crate::project::Column| matches!(column.kind, ColumnType::Integer | ColumnType::Decimal);
    let choices: Vec<(String, String)> = (table.columns.iter().filter(numeric))
        .map(|column| (column.name.clone(), feature::column(cx.lang, &column.name)))
        .collect();
    let recipe = &mut plan.segment.rfm;
    for (label, column) in [
        (words::cut_r(cx.lang), &mut recipe.recency),
        (words::cut_f(cx.lang), &mut recipe.frequency),
        (words::cut_m(cx.lang), &mut recipe.monetary),
    ] {
        choice(ui, label, None, column, &choices);
        if !choices.iter().any(|(name, _)| name == column) {
            field_error(ui, words::e_column(cx.lang));
        }
    }
    plan.segment.persona.revenue = recipe.monetary.clone();
    ui.add_space(size::S2);
}

/// Four numbers on one line; empty: at the fifths, which stand there as a hint.
fn cut_field(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    label: &str,
    cuts: &mut Cuts,
    known: Option<[f64; 4]>,
    typed: &mut Option<String>,
) {
    widget::caption(ui, label);
    let join = |cuts: [f64; 4]| cuts.map(|cut| number::decimal(cut).replace(',', "")).join(" · ");
    let told = match cuts {
        Cuts::Own(cuts) => join(*cuts),
        Cuts::Quantiles => String::new(),
    };
    let mut text = typed.clone().unwrap_or(told);
    let fifths = known.map_or_else(|| words::cuts_auto(cx.lang).to_owned(), join);
    let field =
        egui::TextEdit::singleline(&mut text).hint_text(egui::RichText::new(fifths).size(13.0)).font(small_font());
    let response = ui.add_sized([ui.available_width(), 28.0], field);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
    if response.on_hover_text(words::cuts_auto(cx.lang)).changed() {
        let numbers: Vec<f64> = text
            .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')))
            .filter_map(|part| part.parse().ok())
            .collect();
        *cuts = match <[f64; 4]>::try_from(numbers) {
            _ if text.trim().is_empty() => Cuts::Quantiles,
            Ok(four) => Cuts::Own(four),
            // Said under the field: four rising numbers are needed.
            Err(_) => Cuts::Own([f64::NAN; 4]),
        };
        *typed = (!text.trim().is_empty()).then_some(text);
    }
    if let Cuts::Own(cuts) = cuts
        && !(cuts.iter().all(|cut| cut.is_finite()) && cuts.is_sorted_by(|a, b| a < b))
    {
        field_error(ui, words::e_cuts(cx.lang));
    }
}

fn small_font() -> egui::FontId {
    crate::ui::theme::regular(crate::ui::theme::text_size::SMALL)
}

fn notices(ui: &mut Ui, cx: &PageContext<'_>, sight: &Sight<'_>) {
    let found = &sight.picture.found;
    let id = |row: u32| sight.picture.ids.get(row as usize).cloned().unwrap_or_default();
    let tokens = Tokens::of(ui);
    for notice in &found.notices {
        let text = words::notice(cx.lang, notice, id);
        ui.horizontal_wrapped(|ui| {
            ui.label(egui::RichText::new(icon::INFO).size(13.0).color(tokens.warn));
            ui.label(egui::RichText::new(text).size(12.0).color(tokens.text_2));
        });
    }
    if let Some(rfm) = &found.rfm {
        if rfm.never_bought > 0 {
            hint(ui, &words::never_bought(cx.lang, number::whole(rfm.never_bought)));
        }
        if rfm.ungrouped > 0 {
            hint(ui, &words::never_group(cx.lang, number::whole(rfm.ungrouped)));
        }
    }
}

fn earlier(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, project: &Project) {
    let runs: Vec<_> =
        project.runs().rev().filter(|(_, run)| run.stage == crate::stage::Stage::Segment).take(6).collect();
    let Some((newest, _)) = runs.first() else { return };
    ui.add_space(size::S2);
    widget::hairline(ui);
    widget::small_strong(ui, words::earlier(cx.lang));
    for (id, run) in &runs {
        let groups = run.summary.get("segments").and_then(|s| s.as_array()).map_or(0, Vec::len);
        let silhouette = run.summary.get("silhouette").and_then(serde_json::Value::as_f64);
        let method = segments::method_from_key(&run.method).map_or("", |method| words::method_name(cx.lang, method));
        let figure = silhouette.map_or_else(|| method.to_owned(), |s| number::decimal((s * 100.0).round() / 100.0));
        let text = format!(
            "{}   {} · {figure}",
            number::moment(cx.lang, run.made_at, cx.now),
            words::groups_n(cx.lang, groups)
        );
        let now = view.run.unwrap_or(*newest) == *id;
        let tokens = Tokens::of(ui);
        let ink = if now { tokens.accent_text } else { tokens.text_2 };
        let response = ui.selectable_label(now, egui::RichText::new(text).size(13.0).color(ink));
        if response.clicked() {
            view.run = Some(*id);
            view.chosen = None;
            view.plan = segments::plan_of(run);
        }
    }
}
