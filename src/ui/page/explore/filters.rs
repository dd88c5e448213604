//! Conditions that rows must pass.

use egui::Ui;

use super::column_name;
use super::draft::Draft;
use crate::project::{Column, ColumnType};
use crate::stage::data::cell::{Condition, Test, Value};
use crate::stage::data::clean::parse;
use crate::ui::PageContext;
use crate::ui::text::{Lang, explore as words};
use crate::ui::theme::Tokens;
use crate::ui::widget::{self, Button, field, icon};

/// What is being typed beside each filter.
#[derive(Default)]
pub struct FilterView {
    typed: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Is,
    IsNot,
    AtLeast,
    AtMost,
    Holds,
    Missing,
    Present,
}

impl Asks {
    fn of(test: &Test) -> Self {
        match test {
            Test::Is(_) => Self::Is,
            Test::IsNot(_) => Self::IsNot,
            Test::AtLeast(_) | Test::Above(_) | Test::Between { .. } => Self::AtLeast,
            Test::AtMost(_) | Test::Below(_) => Self::AtMost,
            Test::Holds(_) => Self::Holds,
            Test::Missing => Self::Missing,
            Test::Present => Self::Present,
        }
    }

    /// What a column of this type can be asked.
    fn fits(kind: ColumnType) -> &'static [Self] {
        match kind {
            ColumnType::Text => &[Self::Is, Self::IsNot, Self::Holds, Self::Missing, Self::Present],
            ColumnType::YesNo => &[Self::Is, Self::Missing, Self::Present],
            _ => &[Self::AtLeast, Self::AtMost, Self::Is, Self::IsNot, Self::Missing, Self::Present],
        }
    }

    fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Is => words::is(lang),
            Self::IsNot => words::is_not(lang),
            Self::AtLeast => words::at_least(lang),
            Self::AtMost => words::at_most(lang),
            Self::Holds => words::holds(lang),
            Self::Missing => words::missing(lang),
            Self::Present => words::present(lang),
        }
    }

    fn test(self, kind: ColumnType, text: &str) -> Option<Test> {
        match self {
            Self::Missing => return Some(Test::Missing),
            Self::Present => return Some(Test::Present),
            Self::Holds => return Some(Test::Holds(text.to_owned())),
            _ => {}
        }
        let list: Option<Vec<Value>> = text.split([',', '，']).map(|part| value_of(kind, part.trim())).collect();
        let list = list.filter(|list| !list.is_empty())?;
        let first = list.first()?.clone();
        Some(match self {
            Self::Is => Test::Is(list),
            Self::IsNot => Test::IsNot(list),
            Self::AtLeast => Test::AtLeast(first),
            _ => Test::AtMost(first),
        })
    }
}

/// A text as a value of a column's type.
pub fn value_of(kind: ColumnType, text: &str) -> Option<Value> {
    match kind {
        ColumnType::Text => Some(Value::Text(text.to_owned())),
        ColumnType::Integer | ColumnType::Decimal => {
            parse::integer(text, false).map(Value::Integer).or_else(|| parse::number(text, false).map(Value::Decimal))
        }
        ColumnType::YesNo => words::yes_or_no(text).map(Value::YesNo),
        ColumnType::Date | ColumnType::Time => parse::time(text, parse::DayOrder::MonthFirst).map(Value::Time),
    }
}

/// The value of a test as it was typed.
fn text_of(test: &Test) -> String {
    let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    match test {
        Test::Is(values) | Test::IsNot(values) => list(values),
        Test::Above(v) | Test::AtLeast(v) | Test::Below(v) | Test::AtMost(v) => v.to_string(),
        Test::Between { from, .. } => from.to_string(),
        Test::Holds(text) => text.clone(),
        Test::Missing | Test::Present => String::new(),
    }
}

pub fn filters_of(ui: &mut Ui, cx: &PageContext<'_>, view: &mut FilterView, draft: &mut Draft, columns: &[Column]) {
    let lang = cx.lang;
    let mut names: Vec<(String, String)> =
        columns.iter().map(|c| (c.name.clone(), column_name(lang, draft.source, &c.name))).collect();
    names.sort_by(|a, b| a.1.cmp(&b.1));
    edit(ui, lang, &mut draft.filters, &mut view.typed, columns, &names);
}

/// Fields for a list of conditions on these columns; `typed` holds what stands in each field.
pub fn edit(
    ui: &mut Ui,
    lang: Lang,
    filters: &mut Vec<Condition>,
    typed: &mut Vec<String>,
    columns: &[Column],
    names: &[(String, String)],
) {
    let t = Tokens::of(ui);
    ui.horizontal(|ui| {
        widget::small(ui, words::filters(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let first = columns.first();
            if ui.add(Button::quiet(words::add_filter(lang)).icon(icon::PLUS).enabled(first.is_some())).clicked()
                && let Some(first) = first
            {
                filters.push(Condition::new(first.name.clone(), Test::Present));
                typed.push(String::new());
            }
        });
    });
    if typed.len() != filters.len() {
        *typed = filters.iter().map(|filter| text_of(&filter.test)).collect();
    }
    let mut remove = None;
    for (i, filter) in filters.iter_mut().enumerate() {
        ui.push_id(("filter", i), |ui| {
            let kind = |name: &str| columns.iter().find(|c| c.name == name).map_or(ColumnType::Text, |c| c.kind);
            ui.horizontal(|ui| {
                ui.allocate_ui(egui::vec2(ui.available_width() - 34.0, 56.0), |ui| {
                    ui.vertical(|ui| {
                        let label = format!("{} {}", words::column(lang), i + 1);
                        if field::choice(ui, &label, None, &mut filter.column, names) {
                            filter.test = Test::Present;
                            typed[i].clear();
                        }
                    });
                });
                if ui.add(Button::icon_only(icon::CLOSE, words::remove_filter(lang))).clicked() {
                    remove = Some(i);
                }
            });
            let kind = kind(&filter.column);
            let mut asks = Asks::of(&filter.test);
            ui.horizontal(|ui| {
                let fits: Vec<_> = Asks::fits(kind).iter().map(|asks| (*asks, asks.name(lang).to_owned())).collect();
                let mut changed = small_choice(ui, ("asks", i), &mut asks, &fits);
                if !matches!(asks, Asks::Missing | Asks::Present) {
                    let width = ui.available_width() - 4.0;
                    let edit = egui::TextEdit::singleline(&mut typed[i]).desired_width(width).char_limit(200);
                    let response = ui.add(edit.margin(egui::vec2(8.0, 6.0)).hint_text(words::value(lang)));
                    let name = words::value(lang);
                    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
                    changed |= response.changed();
                }
                if changed && let Some(test) = asks.test(kind, &typed[i]) {
                    filter.test = test;
                } else if changed {
                    // Until a value can be read the filter waits, but asks what was chosen.
                    filter.test = waiting(asks, kind);
                }
            });
            let asks_value = !matches!(asks, Asks::Missing | Asks::Present | Asks::Holds);
            if asks_value && !typed[i].is_empty() && asks.test(kind, &typed[i]).is_none() {
                ui.label(egui::RichText::new(words::bad_value(lang)).size(12.0).color(t.bad));
            }
        });
    }
    if let Some(i) = remove {
        filters.remove(i);
        typed.remove(i);
    }
}

/// A test that every row passes, of the form that is being typed.
fn waiting(asks: Asks, kind: ColumnType) -> Test {
    let least = match kind {
        ColumnType::Date | ColumnType::Time => Value::Time(i64::MIN / 4),
        _ => Value::Integer(i64::MIN / 4),
    };
    let most = match kind {
        ColumnType::Date | ColumnType::Time => Value::Time(i64::MAX / 4),
        _ => Value::Integer(i64::MAX / 4),
    };
    match asks {
        Asks::AtLeast => Test::AtLeast(least),
        Asks::AtMost => Test::AtMost(most),
        Asks::Is | Asks::IsNot => Test::IsNot(Vec::new()),
        Asks::Holds => Test::Holds(String::new()),
        Asks::Missing => Test::Missing,
        Asks::Present => Test::Present,
    }
}

fn small_choice(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    asks: &mut Asks,
    choices: &[(Asks, String)],
) -> bool {
    let mut changed = false;
    let shown = choices.iter().find(|(choice, _)| choice == asks).map_or("", |(_, text)| text);
    egui::ComboBox::from_id_salt(id).width(96.0).truncate().selected_text(shown).show_ui(ui, |ui| {
        for (choice, text) in choices {
            if ui.selectable_label(choice == asks, text).clicked() && choice != asks {
                *asks = *choice;
                changed = true;
            }
        }
    });
    changed
}
