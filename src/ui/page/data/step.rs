//! A cleaning step being put together by hand.

use egui::Ui;

use crate::project::{Column, ColumnType};
use crate::stage::data::cell::Condition;
use crate::stage::data::clean::{CleanAction, Fence, Fill, Keep};
use crate::ui::page::explore::filters::{self, value_of};
use crate::ui::text::{Lang, clean as words, data};
use crate::ui::widget::{self, field};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Trim,
    Type,
    Map,
    Duplicates,
    DropMissing,
    Fill,
    Clip,
    DropOutliers,
    Filter,
    Standardise,
    MinMax,
    Rename,
    DropColumn,
    Merge,
    Unify,
}

impl Kind {
    const ALL: [Self; 15] = [
        Self::Trim,
        Self::Type,
        Self::Map,
        Self::Merge,
        Self::Unify,
        Self::Duplicates,
        Self::DropMissing,
        Self::Fill,
        Self::Clip,
        Self::DropOutliers,
        Self::Filter,
        Self::Standardise,
        Self::MinMax,
        Self::Rename,
        Self::DropColumn,
    ];

    fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Trim => words::k_trim(lang),
            Self::Type => words::k_type(lang),
            Self::Map => words::k_map(lang),
            Self::Duplicates => words::k_duplicates(lang),
            Self::DropMissing => words::k_drop_missing(lang),
            Self::Fill => words::k_fill(lang),
            Self::Clip => words::k_clip(lang),
            Self::DropOutliers => words::k_drop_outliers(lang),
            Self::Filter => words::k_filter(lang),
            Self::Standardise => words::k_standardise(lang),
            Self::MinMax => words::k_min_max(lang),
            Self::Rename => words::k_rename(lang),
            Self::DropColumn => words::k_drop_column(lang),
            Self::Merge => words::k_merge(lang),
            Self::Unify => words::k_unify(lang),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FillKind {
    Mean,
    Median,
    Mode,
    Previous,
    Constant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FenceKind {
    Iqr,
    Quantile,
    Z,
}

pub struct StepDraft {
    kind: Kind,
    column: String,
    /// Nothing: all that fit.
    maybe: Option<String>,
    key: String,
    to: ColumnType,
    day_first: Option<bool>,
    decimal_comma: bool,
    from_text: String,
    to_text: String,
    fill: FillKind,
    fence: FenceKind,
    limit: f64,
    keep: Keep,
    tests: Vec<Condition>,
    typed: Vec<String>,
}

impl StepDraft {
    pub fn of(columns: &[Column]) -> Self {
        let first = columns.first().map(|c| c.name.clone()).unwrap_or_default();
        Self {
            kind: Kind::Trim,
            key: first.clone(),
            column: first,
            maybe: None,
            to: ColumnType::Decimal,
            day_first: None,
            decimal_comma: false,
            from_text: String::new(),
            to_text: String::new(),
            fill: FillKind::Median,
            fence: FenceKind::Iqr,
            limit: 1.5,
            keep: Keep::First,
            tests: Vec::new(),
            typed: Vec::new(),
        }
    }

    /// The step as far as it can be made: nothing while a value cannot be read.
    pub fn action(&self, columns: &[Column]) -> Option<CleanAction> {
        let column = self.column.clone();
        let list: Vec<String> = self.maybe.iter().cloned().collect();
        let kind = columns.iter().find(|c| c.name == column).map_or(ColumnType::Text, |c| c.kind);
        Some(match self.kind {
            Kind::Trim => CleanAction::Trim { columns: list },
            Kind::Type => CleanAction::FixType {
                column,
                to: self.to,
                day_first: self.day_first,
                decimal_comma: self.decimal_comma,
            },
            Kind::Map => {
                let from = value_of(kind, self.from_text.trim())?;
                let to = match self.to_text.trim() {
                    "" => None,
                    text => Some(value_of(kind, text)?),
                };
                CleanAction::MapValues { column, map: vec![(from, to)] }
            }
            Kind::Duplicates => CleanAction::DropDuplicates { columns: list, keep: self.keep },
            Kind::DropMissing => CleanAction::DropMissing { columns: list },
            Kind::Fill => CleanAction::FillMissing {
                column,
                with: match self.fill {
                    FillKind::Mean => Fill::Mean,
                    FillKind::Median => Fill::Median,
                    FillKind::Mode => Fill::Mode,
                    FillKind::Previous => Fill::Previous,
                    FillKind::Constant => Fill::Constant(value_of(kind, self.to_text.trim())?),
                },
            },
            Kind::Clip => CleanAction::ClipOutliers { column, fence: self.fence() },
            Kind::DropOutliers => CleanAction::DropOutliers { column, fence: self.fence() },
            Kind::Filter => CleanAction::FilterRows { keep: self.tests.clone() },
            Kind::Standardise => CleanAction::Standardise { columns: list },
            Kind::MinMax => CleanAction::MinMax { columns: list },
            Kind::Rename => CleanAction::Rename { column, to: self.to_text.trim().to_owned() },
            Kind::DropColumn => CleanAction::DropColumn { column },
            Kind::Merge => CleanAction::MergeSpellings { column, groups: Vec::new(), places: true },
            Kind::Unify => CleanAction::UnifyByKey { key: self.key.clone(), column },
        })
    }

    fn fence(&self) -> Fence {
        match self.fence {
            FenceKind::Iqr => Fence::Iqr { times: self.limit },
            FenceKind::Quantile => {
                let low = (self.limit / 100.0).clamp(0.0, 0.49);
                Fence::Quantile { low, high: 1.0 - low }
            }
            FenceKind::Z => Fence::ZScore { limit: self.limit },
        }
    }
}

pub fn step_fields(ui: &mut Ui, lang: Lang, draft: &mut StepDraft, columns: &[Column]) {
    let kinds = Kind::ALL.map(|kind| (kind, kind.name(lang).to_owned()));
    field::choice(ui, words::step_kind(lang), None, &mut draft.kind, &kinds);
    let of = |fits: &dyn Fn(&Column) -> bool| -> Vec<(String, String)> {
        columns.iter().filter(|c| fits(c)).map(|c| (c.name.clone(), c.name.clone())).collect()
    };
    let number = |c: &Column| matches!(c.kind, ColumnType::Integer | ColumnType::Decimal);
    let any = |_: &Column| true;
    match draft.kind {
        Kind::Trim | Kind::Standardise | Kind::MinMax | Kind::DropMissing | Kind::Duplicates => {
            let numbers_only = matches!(draft.kind, Kind::Standardise | Kind::MinMax);
            let names = if numbers_only { of(&number) } else { of(&any) };
            let all = match draft.kind {
                Kind::DropMissing => words::any_column(lang),
                Kind::Duplicates => words::all_columns(lang),
                _ => words::columns_all(lang),
            };
            let choices = names.into_iter().map(|(value, name)| (Some(value), name));
            let choices: Vec<_> = [(None, all.to_owned())].into_iter().chain(choices).collect();
            field::choice(ui, words::column(lang), None, &mut draft.maybe, &choices);
            if draft.kind == Kind::Duplicates {
                let keeps = [Keep::First, Keep::Last].map(|keep| (keep, words::keep(lang, keep).to_owned()));
                field::choice(ui, words::keep_which(lang), None, &mut draft.keep, &keeps);
            }
        }
        Kind::Filter => {
            let names = of(&any);
            filters::edit(ui, lang, &mut draft.tests, &mut draft.typed, columns, &names);
        }
        Kind::Unify => {
            field::choice(ui, words::by(lang), None, &mut draft.key, &of(&any));
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&any));
        }
        Kind::Clip | Kind::DropOutliers => {
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&number));
            fence(ui, lang, draft);
        }
        Kind::Type => {
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&any));
            let types = ColumnType::ALL.map(|kind| (kind, data::column_type(lang, kind).to_owned()));
            field::choice(ui, words::to_type(lang), None, &mut draft.to, &types);
            if matches!(draft.to, ColumnType::Date | ColumnType::Time) {
                let choices = [
                    (None, data::dates_as_written(lang).to_owned()),
                    (Some(true), data::dates_day_first(lang).to_owned()),
                    (Some(false), data::dates_month_first(lang).to_owned()),
                ];
                field::choice(ui, words::day_first(lang), None, &mut draft.day_first, &choices);
            } else if matches!(draft.to, ColumnType::Decimal | ColumnType::Integer) {
                field::switch(ui, words::decimal_comma(lang), &mut draft.decimal_comma);
            }
        }
        Kind::Map => {
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&any));
            text(ui, words::from_value(lang), &mut draft.from_text);
            text(ui, words::to_value(lang), &mut draft.to_text);
        }
        Kind::Rename => {
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&any));
            text(ui, words::new_name(lang), &mut draft.to_text);
        }
        Kind::Fill => {
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&any));
            let fills = [
                (FillKind::Median, words::f_median(lang)),
                (FillKind::Mean, words::f_mean(lang)),
                (FillKind::Mode, words::f_mode(lang)),
                (FillKind::Previous, words::f_previous(lang)),
                (FillKind::Constant, words::constant(lang)),
            ];
            let fills = fills.map(|(fill, name)| (fill, name.to_owned()));
            field::choice(ui, words::fill_with(lang), None, &mut draft.fill, &fills);
            if draft.fill == FillKind::Constant {
                text(ui, words::from_value(lang), &mut draft.to_text);
            }
        }
        Kind::DropColumn | Kind::Merge => {
            field::choice(ui, words::column(lang), None, &mut draft.column, &of(&any));
        }
    }
}

fn fence(ui: &mut Ui, lang: Lang, draft: &mut StepDraft) {
    let fences = [
        (FenceKind::Iqr, words::q_iqr(lang)),
        (FenceKind::Quantile, words::q_quantile(lang)),
        (FenceKind::Z, words::q_z(lang)),
    ];
    let fences = fences.map(|(fence, name)| (fence, name.to_owned()));
    if field::choice(ui, words::fence(lang), None, &mut draft.fence, &fences) {
        draft.limit = match draft.fence {
            FenceKind::Iqr => 1.5,
            FenceKind::Quantile => 1.0,
            FenceKind::Z => 3.0,
        };
    }
    widget::small(ui, words::fence_value(lang));
    let suffix = if draft.fence == FenceKind::Quantile { " %" } else { "" };
    ui.add(egui::DragValue::new(&mut draft.limit).speed(0.1).range(0.01..=49.0).suffix(suffix));
}

fn text(ui: &mut Ui, label: &str, value: &mut String) {
    widget::small(ui, label);
    let edit = egui::TextEdit::singleline(value).desired_width(260.0).char_limit(300).margin(egui::vec2(8.0, 6.0));
    let response = ui.add(edit);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
}
