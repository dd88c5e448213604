//! What keeps the project's tables from a stage, in words: sources, cleaning, features.

use super::{Lang, data, error, feature, words};
use crate::stage::data::cell::WrongColumn;
use crate::stage::data::clean::{CleanError, StepError};
use crate::stage::data::features::FeatureError;
use crate::stage::data::features::leak::LeakReason;
use crate::store::sources::SourceError;
use crate::ui::failure::Worded;

words! {
    no_events => "There is no table of events or orders yet. Import one on the Data page.", "还没有行为表或订单表。请在“数据”页导入。";
    no_role(table, role) => "The table {table} has no column for “{role}”. Import it again and give one column that role.", "表 {table} 没有“{role}”列。请重新导入并指定该列。";
    no_table => "The table this was made from is not in the project any more.", "所用的表已不在项目中。";
    in_table(table, why) => "Table {table}: {why}", "表 {table}：{why}";
    engine(what) => "The table engine refused: {what}", "表格引擎报错：{what}";
    cancelled => "Cancelled", "已取消";
    step(n, why) => "Cleaning step {n}: {why}", "清洗第 {n} 步：{why}";
    no_column(column) => "there is no column {column} (any more). Choose another, or switch the step off.", "没有（或已不存在）列 {column}。请另选一列，或关闭此步骤。";
    foreign(column, found) => "column {column} holds {found}, which can’t be worked with.", "列 {column} 的内容为 {found}，无法处理。";
    wrong_type(column, found) => "column {column} holds {found}, for which this step is not made. Fix its type first.", "列 {column} 的类型为 {found}，不适用此步骤。请先修正类型。";
    bad_setting(setting, value) => "the setting “{setting}” can’t be “{value}”.", "设置“{setting}”不能为“{value}”。";
    name_taken(name) => "there is a column named {name} already. Take another name.", "已有名为 {name} 的列。请换一个名称。";
    ambiguous(column, example) => "{example} in column {column} can be day or month first. Say which.", "列 {column} 中的 {example} 无法判断日、月顺序。请指定。";
    no_values(column) => "column {column} has no values to compute from.", "列 {column} 没有可用于计算的值。";
    nothing_left => "no row would be left. Loosen the step, or switch it off.", "不会剩下任何行。请放宽或关闭此步骤。";
    missing_column(column) => "Column {column} is not there (any more).", "列 {column} 不存在（或已被移除）。";
    unreadable(column) => "Column {column} can’t be read as what it should be. Look at its type on the Data page.", "列 {column} 的类型不符。请在“数据”页查看其类型。";
    not_possible(name, need) => "“{name}” can’t be made: it needs {need}.", "无法生成“{name}”：需要{need}。";
    twice(name) => "“{name}” is chosen twice.", "“{name}”被选了两次。";
    nothing_chosen => "No feature is chosen. Choose at least one.", "未选择任何特征。请至少选一个。";
    nothing_before => "Nothing happened before the chosen day. Choose a later one.", "所选日期之前没有任何行为。请选更晚的日期。";
    too_many(rows) => "{rows} events are more than one computer’s index holds (4,294,967,295).", "{rows} 条行为超出单机索引上限（4,294,967,295）。";
    leak_after(name) => "“{name}” was measured after the cut, so it already knows the answer. Leave it out.", "“{name}”是在截止日之后测得的，已包含答案。请移除。";
    leak_tells(name, auc) => "“{name}” alone tells the answer (AUC {auc}). It most likely holds what is to be predicted: leave it out.", "仅凭“{name}”就能得出答案（AUC {auc}），它很可能包含了预测目标。请移除。";
}

impl Worded for SourceError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Store(why) => error::store(lang, why),
            Self::Clean { table, why } => in_table(lang, table, why.text(lang)),
            Self::Features(why) => why.text(lang),
            Self::NoEvents => no_events(lang).to_owned(),
            Self::NoRole { table, role } => no_role(lang, table, data::role(lang, *role)),
            Self::NoTable(_) => no_table(lang).to_owned(),
            Self::Cancelled(_) => cancelled(lang).to_owned(),
            Self::Engine(what) => engine(lang, what),
        }
    }
}

impl Worded for CleanError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Step { step: n, why } => step(lang, n + 1, step_error(lang, why)),
            Self::Cancelled(_) => cancelled(lang).to_owned(),
        }
    }
}

/// What is wrong with one step, to stand beside it.
pub fn step_error(lang: Lang, why: &StepError) -> String {
    match why {
        StepError::Column(WrongColumn::Missing(column)) => no_column(lang, column),
        StepError::Column(WrongColumn::Foreign { column, found }) => foreign(lang, column, found),
        StepError::WrongType { column, found } => wrong_type(lang, column, data::column_type(lang, *found)),
        StepError::BadSetting { setting, value } => bad_setting(lang, setting, value),
        StepError::NameTaken { name } => name_taken(lang, name),
        StepError::AmbiguousDates { column, example } => ambiguous(lang, column, example),
        StepError::NoValues { column } => no_values(lang, column),
        StepError::NothingLeft => nothing_left(lang).to_owned(),
        StepError::Table { what } => engine(lang, what),
    }
}

impl Worded for FeatureError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::MissingColumn { column, .. } => missing_column(lang, column),
            Self::WrongType { column, .. } => unreadable(lang, column),
            Self::NotPossible { feature, need } => {
                not_possible(lang, feature::name(lang, *feature), feature::need(lang, *need))
            }
            Self::Twice(feature) => twice(lang, feature::name(lang, *feature)),
            Self::NothingChosen => nothing_chosen(lang).to_owned(),
            Self::NoEvents => nothing_before(lang).to_owned(),
            Self::TooManyEvents { rows } => too_many(lang, rows),
            Self::Recipe { field, problem } => bad_setting(lang, field, problem),
            Self::Leak { feature, reason: LeakReason::AfterCut { .. } } => {
                leak_after(lang, feature::column(lang, feature))
            }
            Self::Leak { feature, reason: LeakReason::TellsLabel { auc } } => {
                leak_tells(lang, feature::column(lang, feature), format!("{auc:.3}"))
            }
            Self::Cancelled(_) => cancelled(lang).to_owned(),
            Self::Engine(what) => engine(lang, what),
        }
    }
}
