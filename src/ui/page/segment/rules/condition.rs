//! One condition or group of a rule on the page, with its own count and its own complaint.

use egui::Ui;

use super::super::RuleAnswer;
use crate::stage::data::features::{EventKind, USER};
use crate::stage::segment::ground::Ground;
use crate::stage::segment::rfm::RfmGroup;
use crate::stage::segment::rule::{Compare, Deed, Rule, Within};
use crate::ui::PageContext;
use crate::ui::text::{feature, number, segment_tools as tools};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::field::{caret, field_error};
use crate::ui::widget::{Button, icon};

/// What conditions are made from and what they came to.
pub(super) struct Asked<'a> {
    pub cx: &'a PageContext<'a>,
    pub ground: &'a Ground,
    pub answer: Option<&'a RuleAnswer>,
    pub segments: &'a [String],
}

pub(super) fn start_feature(name: &str) -> Rule {
    Rule::Feature { feature: name.to_owned(), compare: Compare::AtMost, value: 90.0 }
}

/// A group with its parts; `path` says where it stands.
pub(super) fn group(ui: &mut Ui, asked: &Asked<'_>, rule: &mut Rule, path: &mut Vec<usize>) {
    let lang = asked.cx.lang;
    // Not has one part; everything else here is a list.
    if let Rule::Not { of } = rule {
        ui.label(egui::RichText::new(tools::none_of(lang)).size(13.0));
        path.push(0);
        part(ui, asked, of, path);
        path.pop();
        return;
    }
    if !matches!(rule, Rule::All { .. } | Rule::Any { .. }) {
        *rule = Rule::All { of: vec![rule.clone()] };
    }
    let mut all = matches!(rule, Rule::All { .. });
    let before = all;
    ui.horizontal(|ui| {
        let choices = [(true, tools::all_of(lang)), (false, tools::any_of(lang))];
        ui.push_id(("group", path.clone()), |ui| crate::ui::widget::toggle::segmented(ui, &mut all, &choices));
        told(ui, asked, path);
    });
    let (Rule::All { of } | Rule::Any { of }) = rule else { return };
    let mut removed = None;
    for (place, rule) in of.iter_mut().enumerate() {
        path.push(place);
        ui.push_id(place, |ui| {
            ui.horizontal_top(|ui| {
                if ui.add(Button::icon_only(icon::CLOSE, tools::delete(lang))).clicked() {
                    removed = Some(place);
                }
                ui.vertical(|ui| part(ui, asked, rule, path));
            });
        });
        path.pop();
    }
    if let Some(place) = removed {
        of.remove(place);
    }
    ui.horizontal(|ui| {
        let add = format!("{} {}", icon::PLUS, tools::add_condition(lang));
        ui.menu_button(egui::RichText::new(add).size(13.0), |ui| {
            for (name, rule) in kinds(asked) {
                if ui.button(name).clicked() {
                    of.push(rule);
                    ui.close();
                }
            }
        });
        if path.len() < 3 {
            let add = format!("{} {}", icon::PLUS, tools::add_group(lang));
            ui.menu_button(egui::RichText::new(add).size(13.0), |ui| {
                let first = || start_feature("recency");
                let groups = [
                    (tools::all_of(lang), Rule::All { of: vec![first()] }),
                    (tools::any_of(lang), Rule::Any { of: vec![first()] }),
                    (tools::none_of(lang), Rule::Not { of: Box::new(Rule::Any { of: vec![first()] }) }),
                ];
                for (name, rule) in groups {
                    if ui.button(name).clicked() {
                        of.push(rule);
                        ui.close();
                    }
                }
            });
        }
    });
    if all != before {
        let of = std::mem::take(of);
        *rule = if all { Rule::All { of } } else { Rule::Any { of } };
    }
}

fn part(ui: &mut Ui, asked: &Asked<'_>, rule: &mut Rule, path: &mut Vec<usize>) {
    if matches!(rule, Rule::All { .. } | Rule::Any { .. } | Rule::Not { .. }) {
        let t = Tokens::of(ui);
        egui::Frame::new().fill(t.sunken).corner_radius(8).inner_margin(8).show(ui, |ui| {
            group(ui, asked, rule, path);
        });
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 4.0);
        fields(ui, asked, rule);
        told(ui, asked, path);
    });
    problem(ui, asked, path);
}

/// How many meet this alone.
fn told(ui: &mut Ui, asked: &Asked<'_>, path: &[usize]) {
    let t = Tokens::of(ui);
    let Some(RuleAnswer::Met { result, .. }) = asked.answer else {
        if path.is_empty() {
            problem(ui, asked, path);
        }
        return;
    };
    if let Some((_, count)) = result.counts.iter().find(|(at, _)| at == path) {
        ui.label(egui::RichText::new(number::whole(*count)).size(13.0).color(t.text_3));
    }
    if result.nobody.as_deref() == Some(path) {
        let lang = asked.cx.lang;
        let group = result.counts.iter().any(|(at, _)| at.len() > path.len() && at.starts_with(path));
        field_error(ui, if group { tools::nobody_together(lang) } else { tools::nobody(lang) });
    }
}

fn problem(ui: &mut Ui, asked: &Asked<'_>, path: &[usize]) {
    if let Some(RuleAnswer::Problem { path: at, problem }) = asked.answer
        && at == path
    {
        field_error(ui, &tools::rule_problem(asked.cx.lang, problem));
    }
}

/// Every kind of condition with a sensible start.
fn kinds(asked: &Asked<'_>) -> Vec<(&'static str, Rule)> {
    let lang = asked.cx.lang;
    let first = asked.ground.numeric().into_iter().next().unwrap_or_default();
    let mut kinds = vec![(tools::kind_feature(lang), start_feature(&first))];
    if asked.ground.events.is_some() {
        let what = Deed { event: Some(EventKind::Purchase), ..Deed::default() };
        kinds.extend([
            (tools::kind_did(lang), Rule::Did { what, least: 2, most: None, within: Within::LastDays(60) }),
            (tools::kind_spent(lang), Rule::Spent { least: Some(100.0), most: None, within: Within::LastDays(90) }),
            (tools::kind_stopped(lang), Rule::StoppedBuying { orders: 2, quiet_days: 60 }),
        ]);
    }
    if let Some(column) = properties(asked.ground).into_iter().next() {
        kinds.push((tools::kind_property(lang), Rule::Property { column, values: Vec::new() }));
    }
    kinds.push((tools::kind_rfm(lang), Rule::Rfm { groups: vec![RfmGroup::Champions] }));
    if let Some(name) = asked.segments.first() {
        kinds.push((tools::kind_segment(lang), Rule::Segment { name: name.clone() }));
    }
    kinds
}

fn properties(ground: &Ground) -> Vec<String> {
    let of_users = ground.properties.iter().flat_map(|frame| frame.get_column_names_owned());
    let words = ground.frame.columns().iter().filter(|column| column.dtype().is_string() && column.name() != USER);
    of_users.map(|name| name.to_string()).chain(words.map(|column| column.name().to_string())).collect()
}

fn fields(ui: &mut Ui, asked: &Asked<'_>, rule: &mut Rule) {
    let lang = asked.cx.lang;
    match rule {
        Rule::Feature { feature: name, compare, value } => {
            let features = asked.ground.numeric().into_iter().map(|key| (feature::column(lang, &key), key));
            let features: Vec<_> = features.map(|(text, key)| (key, text)).collect();
            pick(ui, "feature", tools::kind_feature(lang), 156.0, name, &features);
            let all =
                [Compare::AtLeast, Compare::AtMost, Compare::Above, Compare::Below, Compare::Equal, Compare::NotEqual];
            let all = all.map(|one| (one, tools::comparison(lang, one).to_owned()));
            pick(ui, "compare", tools::kind_feature(lang), 84.0, compare, &all);
            amount(ui, value, tools::kind_feature(lang));
        }
        Rule::Property { column, values } => {
            let names: Vec<_> = properties(asked.ground).into_iter().map(|name| (name.clone(), name)).collect();
            pick(ui, "property", tools::kind_property(lang), 150.0, column, &names);
            let mut text = values.join(", ");
            let field = egui::TextEdit::singleline(&mut text).hint_text(tools::words_comma(lang));
            let response = ui.add_sized([170.0, size::CONTROL], field);
            let label = tools::words_comma(lang);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
            if response.changed() {
                let words = text.split([',', '，', '、']).map(|word| word.trim_start().to_owned());
                *values = words.filter(|word| !word.is_empty()).collect();
            }
        }
        Rule::Did { what, least, most, within } => {
            let events = [None].into_iter().chain(EventKind::ALL.map(Some));
            let events: Vec<_> = events.map(|event| (event, tools::deed(lang, event).to_owned())).collect();
            pick(ui, "event", tools::kind_did(lang), 120.0, &mut what.event, &events);
            if let Some(index) = asked.ground.events.as_ref().map(|events| &events.index)
                && !index.categories.is_empty()
            {
                let categories = index.categories.iter().map(|name| (Some(name.clone()), name.clone()));
                let categories: Vec<_> =
                    [(None, tools::any_category(lang).to_owned())].into_iter().chain(categories).collect();
                pick(ui, "category", tools::in_category(lang), 150.0, &mut what.category, &categories);
            }
            product(ui, lang, &mut what.item);
            small(ui, tools::at_least_times(lang));
            whole(ui, least, tools::at_least_times(lang), 0..=100_000);
            let mut limited = most.is_some();
            if ui.checkbox(&mut limited, egui::RichText::new(tools::at_most_times(lang)).size(13.0)).changed() {
                *most = limited.then_some((*least).max(1));
            }
            if let Some(most) = most {
                whole(ui, most, tools::at_most_times(lang), 0..=100_000);
            }
            window(ui, asked, within, true);
        }
        Rule::Spent { least, most, within } => {
            small(ui, tools::kind_spent(lang));
            for (end, label) in [(least, tools::from_amount(lang)), (most, tools::to_amount(lang))] {
                let mut limited = end.is_some();
                if ui.checkbox(&mut limited, egui::RichText::new(label).size(13.0)).changed() {
                    *end = limited.then_some(100.0);
                }
                if let Some(value) = end {
                    amount(ui, value, label);
                }
            }
            window(ui, asked, within, false);
        }
        Rule::StoppedBuying { orders, quiet_days } => {
            small(ui, tools::bought_on_days(lang));
            whole(ui, orders, tools::bought_on_days(lang), 1..=10_000);
            small(ui, tools::quiet_for(lang));
            whole(ui, quiet_days, tools::quiet_for(lang), 1..=10_000);
        }
        Rule::Rfm { groups } => {
            for group in RfmGroup::ALL {
                let mut on = groups.contains(&group);
                let text = egui::RichText::new(tools::rfm_group(lang, group)).size(13.0);
                if ui.toggle_value(&mut on, text).changed() {
                    groups.retain(|known| *known != group);
                    if on {
                        groups.push(group);
                    }
                }
            }
        }
        Rule::Segment { name } => {
            small(ui, tools::kind_segment(lang));
            let names: Vec<_> = asked.segments.iter().map(|name| (name.clone(), name.clone())).collect();
            pick(ui, "segment", tools::kind_segment(lang), 200.0, name, &names);
        }
        Rule::All { .. } | Rule::Any { .. } | Rule::Not { .. } => {}
    }
}

/// A shop has too many products for a list.
fn product(ui: &mut Ui, lang: crate::ui::text::Lang, item: &mut Option<String>) {
    let mut text = item.clone().unwrap_or_default();
    let label = tools::of_product(lang);
    let field = egui::TextEdit::singleline(&mut text).hint_text(egui::RichText::new(label).size(13.0));
    let response = ui.add_sized([170.0, size::CONTROL], field.font(crate::ui::theme::regular(13.0)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
    if response.changed() {
        *item = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }
}

fn window(ui: &mut Ui, asked: &Asked<'_>, within: &mut Within, anywhere: bool) {
    let lang = asked.cx.lang;
    let days = match within {
        Within::LastDays(days) | Within::AnyDays(days) => *days,
        _ => 60,
    };
    let mut choices =
        vec![(Within::Ever, tools::ever(lang).to_owned()), (Within::LastDays(days), tools::last_days(lang).to_owned())];
    if anywhere {
        choices.push((Within::AnyDays(days), tools::any_days(lang).to_owned()));
    }
    pick(ui, "within", tools::within(lang), 150.0, within, &choices);
    if let Within::LastDays(days) | Within::AnyDays(days) = within {
        whole(ui, days, tools::days(lang), 1..=36_500);
    }
}

fn small(ui: &mut Ui, text: &str) {
    let t = Tokens::of(ui);
    ui.label(egui::RichText::new(text).size(13.0).color(t.text_2));
}

fn pick<T: Clone + PartialEq>(
    ui: &mut Ui,
    salt: &str,
    label: &str,
    width: f32,
    value: &mut T,
    choices: &[(T, String)],
) {
    let shown = choices.iter().find(|(choice, _)| choice == value).map_or("–", |(_, text)| text);
    let text = egui::RichText::new(shown).size(13.0);
    let response = egui::ComboBox::from_id_salt(salt)
        .width(width)
        .truncate()
        .icon(caret)
        .selected_text(text)
        .show_ui(ui, |ui| {
            for (choice, text) in choices {
                if ui.selectable_label(choice == value, egui::RichText::new(text).size(13.0)).clicked() {
                    *value = choice.clone();
                }
            }
        })
        .response;
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, label);
        info.current_text_value = Some(shown.to_owned());
        info
    });
}

fn amount(ui: &mut Ui, value: &mut f64, label: &str) {
    let drag = egui::DragValue::new(value).speed(1.0).max_decimals(3);
    let response = ui.add_sized([72.0, size::CONTROL], drag);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, label));
}

fn whole(ui: &mut Ui, value: &mut u32, label: &str, range: std::ops::RangeInclusive<u32>) {
    let drag = egui::DragValue::new(value).range(range).speed(0.2);
    let response = ui.add_sized([50.0, size::CONTROL], drag);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, label));
}
