//! Words of cleaning: what each step does, and what it did.

use super::{Lang, data, number, words};
use crate::stage::data::cell::{Condition, Test};
use crate::stage::data::clean::{CleanAction, Fence, Fill, Keep};

words! {
    title => "Steps", "步骤";
    lead => "Your data stays as it came. These steps are done to it, in this order, whenever it is used.", "原始数据保持不变。每次使用数据时，按顺序执行这些步骤。";
    no_steps => "No step yet. Repair a problem at the right, or add a step.", "还没有步骤。点击右侧的修复，或添加一个步骤。";
    add => "Add a step", "添加步骤";
    up => "Move up", "上移";
    down => "Move down", "下移";
    remove => "Remove this step", "移除此步骤";
    on => "Step is done", "启用此步骤";
    off => "Switched off", "已关闭";
    working => "Trying the steps", "正在试运行";
    cells_n(n) => "{n} cells changed", "更改 {n} 个单元格";
    rows_n(n) => "{n} rows left out", "排除 {n} 行";
    nothing => "Changed nothing", "没有变化";
    emptied_n(n) => "{n} of them now empty", "其中 {n} 个变为空";
    before => "before", "之前";
    after => "after", "之后";
    row => "row", "行";
    dropped => "Left out, for example", "被排除的行（示例）";
    changed => "Changed, for example", "更改示例";
    empty => "(empty)", "（空）";
    result(n, m) => "{n} rows become {m}", "{n} 行变为 {m} 行";
    preview(n) => "After cleaning: the first {n} rows", "清洗后：前 {n} 行";
    apply => "Add", "添加";
    step_kind => "What to do", "操作";
    column => "Column", "列";
    columns_all => "All that fit", "所有适用的列";
    to_type => "Becomes", "转为";
    day_first => "Day before month", "日在前";
    decimal_comma => "Decimal comma", "逗号作小数点";
    from_value => "Value", "原值";
    to_value => "Becomes (nothing: empty)", "改为（留空则为空值）";
    fill_with => "With", "填补为";
    constant => "This value", "指定值";
    fence => "Outlier is", "离群值判定";
    fence_value => "Limit", "界限";
    new_name => "New name", "新名称";
    by => "For each", "按";
    keep_which => "Keep", "保留";

    k_trim => "Tidy spaces", "清除空格";
    k_type => "Fix the type", "修正类型";
    k_map => "Replace a value", "替换值";
    k_duplicates => "Drop duplicates", "去除重复行";
    k_drop_missing => "Drop rows with empty cells", "排除有空值的行";
    k_fill => "Fill empty cells", "填补空值";
    k_clip => "Draw outliers in", "收敛离群值";
    k_drop_outliers => "Drop outliers", "排除离群值";
    k_filter => "Keep only some rows", "筛选行";
    k_standardise => "Standardise", "标准化";
    k_min_max => "Scale to 0–1", "缩放到 0–1";
    k_rename => "Rename a column", "重命名列";
    k_drop_column => "Drop a column", "删除列";
    k_merge => "Merge spellings", "合并写法";
    k_unify => "One name for each id", "统一同一编号的名称";

    s_trim(columns) => "Tidy spaces in {columns}", "清除 {columns} 中的多余空格";
    s_type(column, kind) => "Read {column} as {kind}", "将 {column} 转为{kind}";
    s_map(column, map) => "In {column}: {map}", "{column}：{map}";
    s_duplicates_all => "Keep one of rows that are the same", "相同的行只保留一行";
    s_duplicates(columns) => "Keep one row for each {columns}", "每个 {columns} 只保留一行";
    s_drop_missing(columns) => "Leave out rows with nothing in {columns}", "排除 {columns} 为空的行";
    s_fill(column, with) => "Fill empty {column} with {with}", "用{with}填补 {column} 的空值";
    s_clip(column, fence) => "Limit {column} to {fence}", "将 {column} 收到{fence}";
    s_drop_outliers(column, fence) => "Leave out rows with {column} beyond {fence}", "排除 {column} 超出{fence}的行";
    s_filter(test) => "Keep rows where {test}", "保留 {test} 的行";
    s_standardise(columns) => "Standardise {columns}", "标准化 {columns}";
    s_min_max(columns) => "Scale {columns} to 0–1", "将 {columns} 缩放到 0–1";
    s_rename(column, to) => "Rename {column} to {to}", "将 {column} 改名为 {to}";
    s_drop_column(column) => "Drop {column}", "删除 {column}";
    s_merge(column) => "Merge spellings in {column}", "合并 {column} 的写法";
    s_merge_n(column, n) => "Merge spellings of {n} names in {column}", "合并 {column} 中 {n} 个名称的写法";
    s_unify(column, key) => "Give each {key} its commonest {column}", "每个 {key} 统一为最常见的 {column}";

    f_mean => "the mean", "平均值";
    f_median => "the median", "中位数";
    f_mode => "the commonest value", "众数";
    f_previous => "the value above", "上一个值";
    f_iqr(n) => "{n} times the quarter range (IQR)", "{n} 倍四分位距（IQR）";
    f_quantile(low, high) => "the middle {low}–{high} %", "{low}–{high}% 分位";
    f_z(n) => "{n} standard deviations", "{n} 个标准差";
    q_iqr => "quarter range (IQR)", "四分位距（IQR）";
    q_quantile => "quantile", "分位数";
    q_z => "standard deviations (z)", "标准差（z）";
    keep_first => "the first", "第一行";
    keep_last => "the last", "最后一行";
    all_columns => "all columns", "所有列";
    any_column => "any column", "任一列";
    between(column, from, to) => "{column} is from {from} to {to}", "{column} 在 {from} 到 {to} 之间";
    above(column, value) => "{column} is above {value}", "{column} 大于 {value}";
    below(column, value) => "{column} is below {value}", "{column} 小于 {value}";
    at_least(column, value) => "{column} is at least {value}", "{column} 不小于 {value}";
    at_most(column, value) => "{column} is at most {value}", "{column} 不大于 {value}";
    is(column, value) => "{column} is {value}", "{column} 为 {value}";
    is_not(column, value) => "{column} is not {value}", "{column} 不为 {value}";
    holds(column, value) => "{column} contains {value}", "{column} 包含 {value}";
    is_missing(column) => "{column} is empty", "{column} 为空";
    is_present(column) => "{column} is not empty", "{column} 不为空";
}

/// A step in one line.
pub fn action(lang: Lang, action: &CleanAction) -> String {
    let list = |columns: &[String], none: &'static str| match columns {
        [] => none.to_owned(),
        many => many.join(lang.pick(", ", "、")),
    };
    match action {
        CleanAction::Trim { columns } => s_trim(lang, list(columns, all_columns(lang))),
        CleanAction::FixType { column, to, .. } => s_type(lang, column, data::column_type(lang, *to)),
        CleanAction::MapValues { column, map } => {
            let one = |(from, to): &(_, Option<_>)| {
                let to = to.as_ref().map_or_else(|| empty(lang).to_owned(), super::profile::short);
                format!("{} → {to}", super::profile::short(from))
            };
            let mut shown: Vec<String> = map.iter().take(3).map(one).collect();
            if map.len() > 3 {
                shown.push("…".to_owned());
            }
            s_map(lang, column, shown.join(lang.pick(", ", "，")))
        }
        CleanAction::DropDuplicates { columns, .. } if columns.is_empty() => s_duplicates_all(lang).to_owned(),
        CleanAction::DropDuplicates { columns, .. } => s_duplicates(lang, list(columns, "")),
        CleanAction::DropMissing { columns } => s_drop_missing(lang, list(columns, any_column(lang))),
        CleanAction::FillMissing { column, with } => s_fill(lang, column, fill(lang, with)),
        CleanAction::ClipOutliers { column, fence } => s_clip(lang, column, fence_of(lang, fence)),
        CleanAction::DropOutliers { column, fence } => s_drop_outliers(lang, column, fence_of(lang, fence)),
        CleanAction::FilterRows { keep } => {
            let tests: Vec<String> = keep.iter().map(|c| condition(lang, c)).collect();
            s_filter(lang, tests.join(lang.pick(" and ", " 且 ")))
        }
        CleanAction::Standardise { columns } => s_standardise(lang, list(columns, all_columns(lang))),
        CleanAction::MinMax { columns } => s_min_max(lang, list(columns, all_columns(lang))),
        CleanAction::Rename { column, to } => s_rename(lang, column, to),
        CleanAction::DropColumn { column } => s_drop_column(lang, column),
        CleanAction::MergeSpellings { column, groups, .. } if groups.is_empty() => s_merge(lang, column),
        CleanAction::MergeSpellings { column, groups, .. } => s_merge_n(lang, column, groups.len()),
        CleanAction::UnifyByKey { key, column } => s_unify(lang, column, key),
    }
}

pub fn fill(lang: Lang, with: &Fill) -> String {
    match with {
        Fill::Mean => f_mean(lang).to_owned(),
        Fill::Median => f_median(lang).to_owned(),
        Fill::Mode => f_mode(lang).to_owned(),
        Fill::Previous => f_previous(lang).to_owned(),
        Fill::Constant(value) => super::profile::short(value),
    }
}

pub fn fence_of(lang: Lang, fence: &Fence) -> String {
    match fence {
        Fence::Iqr { times } => f_iqr(lang, number::decimal(*times)),
        Fence::Quantile { low, high } => f_quantile(lang, number::decimal(low * 100.0), number::decimal(high * 100.0)),
        Fence::ZScore { limit } => f_z(lang, number::decimal(*limit)),
    }
}

pub fn keep(lang: Lang, which: Keep) -> &'static str {
    match which {
        Keep::First => keep_first(lang),
        Keep::Last => keep_last(lang),
    }
}

pub fn condition(lang: Lang, condition: &Condition) -> String {
    use super::profile::short;
    let column = &condition.column;
    let list = |values: &[_]| values.iter().map(short).collect::<Vec<_>>().join(lang.pick(", ", "、"));
    match &condition.test {
        Test::Is(values) => is(lang, column, list(values)),
        Test::IsNot(values) => is_not(lang, column, list(values)),
        Test::Above(value) => above(lang, column, short(value)),
        Test::AtLeast(value) => at_least(lang, column, short(value)),
        Test::Below(value) => below(lang, column, short(value)),
        Test::AtMost(value) => at_most(lang, column, short(value)),
        Test::Between { from, to } => between(lang, column, short(from), short(to)),
        Test::Holds(text) => holds(lang, column, text),
        Test::Missing => is_missing(lang, column),
        Test::Present => is_present(lang, column),
    }
}
