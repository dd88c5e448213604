//! What a profile says in words: problems with their repairs, figures of columns.

use super::{Lang, data, number, words};
use crate::stage::data::cell::Value;
use crate::stage::data::clean::CleanAction;
use crate::stage::data::profile::{Finding, Problem, ProfileError};
use crate::ui::failure::Worded;

words! {
    tab_rows => "Rows", "数据行";
    tab_profile => "Profile", "概况";
    tab_cleaning => "Cleaning", "清洗";
    tab_aside => "Set aside", "搁置行";
    profiling => "Looking through the rows", "正在查看各行";
    problems => "Problems", "问题";
    open_n(n) => "{n} open", "{n} 个待处理";
    repaired_n(n) => "{n} repaired", "{n} 个已修复";
    none => "Nothing wrong was found.", "未发现问题。";
    columns => "Columns", "列";
    column => "Column", "列";
    missing => "missing", "缺失";
    distinct => "different", "不同值";
    about_n(n) => "about {n}", "约 {n}";
    mean => "mean", "平均值";
    median => "median", "中位数";
    deviation => "standard deviation", "标准差";
    skew => "skew", "偏度";
    least => "least", "最小";
    greatest => "greatest", "最大";
    zeros => "zeros", "零值";
    negative => "below zero", "负值";
    outliers => "outliers", "离群值";
    quantiles => "Quantiles", "分位数";
    examples => "Examples", "示例";
    top => "Most frequent", "最常见的值";
    shortest => "shortest", "最短";
    longest => "longest", "最长";
    characters(n) => "{n} characters", "{n} 字";
    first => "first", "最早";
    last => "last", "最晚";
    days_with => "days with rows", "有数据的天数";
    days_without => "days without", "无数据的天数";
    gap(from, to) => "nothing from {from} to {to}", "{from} 至 {to} 无数据";
    about => "Over the whole table", "整张表";
    duplicates => "Rows that repeat another", "重复行";
    related => "Numbers that move together", "相关的数值";
    pearson => "straight line", "线性（Pearson）";
    pearson_says => "Pearson: from −1 (one falls as the other rises, along a line) to 1 (both rise)", "Pearson：−1（一升一降）到 1（同升同降）";
    spearman => "rank", "排名（Spearman）";
    spearman_says => "Spearman: the same for the order of the values, which far outliers bend less", "Spearman：按数值排名计算，受离群值影响较小";
    related_none => "No two numbers move together.", "没有明显相关的数值。";
    approximate => "Counted approximately: there are very many values.", "值非常多，此处为近似统计。";

    p_no_rows => "There are no rows", "没有任何行";
    p_no_rows_why => "Import the file again.", "请重新导入文件。";
    p_missing_user(n) => "{n} rows have no customer", "{n} 行没有顾客";
    p_missing_user_why => "They belong to nobody, so no stage can use them.", "无法归属到任何人，后续步骤无法使用。";
    p_missing(n, column) => "{column} is empty in {n} rows", "{column} 有 {n} 行为空";
    p_missing_why(role) => "A row without its {role} says little.", "缺少{role}的行意义不大。";
    p_mostly(column, percent) => "{column} is {percent} empty", "{column} 有 {percent} 为空";
    p_mostly_why => "It says little about most rows.", "对大多数行没有信息。";
    p_constant(column, value) => "{column} is always {value}", "{column} 始终为 {value}";
    p_constant_why => "A column that never changes tells nothing.", "从不变化的列没有信息。";
    p_duplicates(n) => "{n} rows repeat exactly", "{n} 行完全重复";
    p_duplicates_why => "Likely exported twice. Sales would be counted twice.", "很可能被重复导出，销售额会被重复计算。";
    p_repeated(n, column) => "{n} rows share their {column} with another", "{n} 行的 {column} 与其他行相同";
    p_repeated_why => "Each should stand once.", "每个编号应只出现一次。";
    p_spelling(column, n) => "{column}: {n} names in several spellings", "{column}：{n} 个名称有多种写法";
    p_spelling_example(keep, others, rows) => "“{others}” for “{keep}”: {rows} rows would be counted apart.", "“{keep}”也写作“{others}”：{rows} 行会被分开统计。";
    p_spaces(n, column) => "{n} cells of {column} have stray spaces", "{column} 有 {n} 个单元格含多余空格";
    p_spaces_why => "Equal names would be counted apart.", "相同的名称会被分开统计。";
    p_placeholder(n, column) => "{n} cells of {column} hold a word for nothing", "{column} 有 {n} 个单元格填的是占位词";
    p_placeholder_why(words) => "Such as {words}; they would count as a value.", "例如 {words}，会被当作真实值。";
    p_numbers(column) => "{column} holds numbers written as text", "{column} 的数字被存为文本";
    p_dates(column) => "{column} holds dates written as text", "{column} 的日期被存为文本";
    p_as_text_why(n) => "As text they can’t be added up or sorted; {n} cells can’t be read.", "文本无法求和与排序；有 {n} 个单元格无法识别。";
    p_outliers(n, column) => "{n} cells of {column} lie far outside", "{column} 有 {n} 个值远离正常范围";
    p_outliers_why(low, high) => "Below {low} or above {high}: they pull averages.", "低于 {low} 或高于 {high}，会拉偏平均值。";
    p_infinite(n, column) => "{n} cells of {column} are infinite", "{column} 有 {n} 个无穷值";
    p_infinite_why => "Usually a division by zero.", "通常来自除以零。";
    p_negative_quantity(n) => "{n} rows sell less than nothing", "{n} 行的数量为负";
    p_negative_quantity_why => "Returns written as sales; they would be subtracted.", "退货记成了销售，会被抵减。";
    p_negative_price(n, column) => "{n} rows have a {column} below zero", "{n} 行的 {column} 为负";
    p_negative_price_why => "Corrections of the books, not sales.", "多为账务调整，而非销售。";
    p_zero_price(n, column) => "{n} rows have a {column} of zero", "{n} 行的 {column} 为零";
    p_zero_price_why => "Gifts and corrections; they bend the averages.", "赠品或调整，会影响平均值。";
    p_range(n, column, low, high) => "{n} cells of {column} are not from {low} to {high}", "{column} 有 {n} 个值不在 {low} 到 {high} 之间";
    p_range_why => "There is no such value.", "不存在这样的取值。";
    p_future(n) => "{n} rows lie in the future", "{n} 行的时间在未来";
    p_future_why(last) => "The last is {last}.", "最晚为 {last}。";
    p_unset(n) => "{n} rows have a time that was never set", "{n} 行的时间未设置";
    p_unset_why => "1970-01-01 stands for no time at all.", "1970-01-01 表示没有时间。";
    p_gaps(days) => "{days} days without a single row", "有 {days} 天没有任何数据";
    p_gaps_why(from, to) => "The longest gap: {from} to {to}. Was something not exported?", "最长缺口：{from} 至 {to}。是否漏导出？";
    p_names(n, id, column) => "{n} of {id} have several names in {column}", "{n} 个 {id} 在 {column} 中有多个名称";
    p_names_why(id, names) => "{id}: {names}", "{id}：{names}";
    p_languages(column) => "{column} is in two languages", "{column} 有两种语言";
    p_languages_why(chinese, latin) => "{chinese} rows in Chinese, {latin} in Latin letters.", "{chinese} 行中文，{latin} 行拉丁字母。";

    r_drop_duplicates => "Keep one of each", "每组保留一行";
    r_drop_missing => "Leave them out", "排除这些行";
    r_fill => "Fill them in", "填补空值";
    r_trim => "Tidy the spaces", "清除多余空格";
    r_numbers => "Read as numbers", "转为数字";
    r_dates => "Read as dates", "转为日期";
    r_type => "Fix the type", "修正类型";
    r_map => "Count as empty", "视为空值";
    r_merge => "Merge spellings", "合并写法";
    r_merge_as(name) => "Merge as {name}", "合并为 {name}";
    r_drop_column => "Drop the column", "删除此列";
    r_clip => "Limit them", "收到边界";
    r_drop_outliers => "Leave them out", "排除这些行";
    r_filter => "Leave them out", "排除这些行";
    r_unify => "Use the commonest name", "统一为最常见名称";
    r_other => "Repair", "修复";
    r_undo => "Undo", "撤销";

    e_source(what) => "The table’s rows can’t be read: {what}.", "无法读取表中的行：{what}。";
    e_setting(setting, value) => "The setting “{setting}” can’t be “{value}”.", "设置“{setting}”不能为“{value}”。";
}

/// Title and one sentence.
pub fn problem(lang: Lang, finding: &Finding) -> (String, String) {
    use Problem::*;
    let n = || number::whole(finding.rows);
    let plain = |title: String, why: &'static str| (title, why.to_owned());
    match &finding.problem {
        NoRows => plain(p_no_rows(lang).to_owned(), p_no_rows_why(lang)),
        MissingUser { .. } => plain(p_missing_user(lang, n()), p_missing_user_why(lang)),
        MissingValues { column, role } => (p_missing(lang, n(), column), p_missing_why(lang, data::role(lang, *role))),
        MostlyMissing { column, share } => plain(p_mostly(lang, column, percent(lang, *share)), p_mostly_why(lang)),
        ConstantColumn { column, value } => plain(p_constant(lang, column, short(value)), p_constant_why(lang)),
        ExactDuplicates { exact } => {
            let n = if *exact { n() } else { about_n(lang, n()) };
            plain(p_duplicates(lang, n), p_duplicates_why(lang))
        }
        RepeatedId { column } => plain(p_repeated(lang, n(), column), p_repeated_why(lang)),
        SpellingVariants { column, groups, count } => {
            let why = groups.first().map(|group| {
                let others: Vec<_> = group.variants.iter().take(3).map(|(name, _)| name.as_str()).collect();
                let rows: u64 = group.variants.iter().map(|(_, rows)| rows).sum();
                p_spelling_example(lang, &group.keep, others.join(lang.pick(", ", "、")), number::whole(rows))
            });
            (p_spelling(lang, column, number::whole(*count)), why.unwrap_or_default())
        }
        UntidySpaces { column } => plain(p_spaces(lang, n(), column), p_spaces_why(lang)),
        PlaceholderWords { column, words } => {
            (p_placeholder(lang, n(), column), p_placeholder_why(lang, words.join(lang.pick(", ", "、"))))
        }
        NumbersAsText { column, unreadable, .. } => {
            (p_numbers(lang, column), p_as_text_why(lang, number::whole(*unreadable)))
        }
        DatesAsText { column, unreadable, .. } => {
            (p_dates(lang, column), p_as_text_why(lang, number::whole(*unreadable)))
        }
        FarOutliers { column, low, high, .. } => {
            (p_outliers(lang, n(), column), p_outliers_why(lang, number::decimal(*low), number::decimal(*high)))
        }
        InfiniteNumbers { column } => plain(p_infinite(lang, n(), column), p_infinite_why(lang)),
        NegativeQuantity { .. } => plain(p_negative_quantity(lang, n()), p_negative_quantity_why(lang)),
        NegativePrice { column } => plain(p_negative_price(lang, n(), column), p_negative_price_why(lang)),
        ZeroPrice { column } => plain(p_zero_price(lang, n(), column), p_zero_price_why(lang)),
        OutOfRange { column, low, high } => {
            plain(p_range(lang, n(), column, number::decimal(*low), number::decimal(*high)), p_range_why(lang))
        }
        FutureDates { last, .. } => (p_future(lang, n()), p_future_why(lang, short(last))),
        UnsetDates { .. } => plain(p_unset(lang, n()), p_unset_why(lang)),
        TimeGaps { days, longest_from, longest_to, .. } => {
            (p_gaps(lang, number::whole(*days)), p_gaps_why(lang, short(longest_from), short(longest_to)))
        }
        IdWithManyNames { id, column, ids, examples, .. } => {
            let why = examples.first().map(|pair| {
                let names: Vec<_> = pair.names.iter().map(short).collect();
                p_names_why(lang, &pair.id, names.join(lang.pick(", ", "、")))
            });
            (p_names(lang, number::whole(*ids), id, column), why.unwrap_or_default())
        }
        MixedLanguages { column, chinese, latin } => {
            (p_languages(lang, column), p_languages_why(lang, number::whole(*chinese), number::whole(*latin)))
        }
    }
}

/// What the one-click repair of a problem is called; nothing when there is none.
pub fn repair(lang: Lang, finding: &Finding) -> Option<String> {
    let action = finding.repair.last()?;
    if let (CleanAction::MergeSpellings { .. }, Problem::SpellingVariants { groups, count: 1, .. }) =
        (action, &finding.problem)
        && let Some(group) = groups.first()
    {
        return Some(r_merge_as(lang, &group.keep));
    }
    Some(
        match action {
            CleanAction::DropDuplicates { .. } => r_drop_duplicates(lang),
            CleanAction::DropMissing { .. } => r_drop_missing(lang),
            CleanAction::FillMissing { .. } => r_fill(lang),
            CleanAction::Trim { .. } => r_trim(lang),
            CleanAction::FixType { to, .. } => match to.key() {
                "integer" | "decimal" => r_numbers(lang),
                "date" | "time" => r_dates(lang),
                _ => r_type(lang),
            },
            CleanAction::MapValues { .. } => r_map(lang),
            CleanAction::MergeSpellings { .. } => r_merge(lang),
            CleanAction::DropColumn { .. } => r_drop_column(lang),
            CleanAction::ClipOutliers { .. } => r_clip(lang),
            CleanAction::DropOutliers { .. } => r_drop_outliers(lang),
            CleanAction::FilterRows { .. } => r_filter(lang),
            CleanAction::UnifyByKey { .. } => r_unify(lang),
            CleanAction::Standardise { .. } | CleanAction::MinMax { .. } | CleanAction::Rename { .. } => r_other(lang),
        }
        .to_owned(),
    )
}

/// A share from 0 to 1.
pub fn percent(lang: Lang, share: f64) -> String {
    let hundredths = share * 100.0;
    let text = match hundredths {
        0.0 => "0".to_owned(),
        p if p < 0.1 => "< 0.1".to_owned(),
        p if p < 10.0 => number::decimal((p * 10.0).round() / 10.0),
        p if p > 99.9 && p < 100.0 => "> 99.9".to_owned(),
        p => number::decimal((p * 10.0).round() / 10.0),
    };
    super::common::percent(lang, text)
}

/// A value in a sentence.
pub fn short(value: &Value) -> String {
    match value {
        Value::Decimal(v) => number::decimal(*v),
        Value::Time(_) => value.to_string().trim_end_matches(" 00:00:00").to_owned(),
        other => crate::ui::widget::plot::shorten(&other.to_string(), 60),
    }
}

impl Worded for crate::store::shape::ShapeError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Source(why) => why.text(lang),
            Self::Profile(why) => why.text(lang),
        }
    }
}

impl Worded for ProfileError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::BadSetting { setting, value, .. } => e_setting(lang, setting, value),
            Self::Source { what, .. } => e_source(lang, what),
            Self::UnlikeChunk { column, .. } => e_source(lang, column),
            Self::Cancelled(_) => super::common::cancel(lang).to_owned(),
        }
    }
}
