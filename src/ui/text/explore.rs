//! Words of the Explore page.

use super::{Lang, words};
use crate::stage::data::explore::{ChartError, Grain, Label};
use crate::ui::failure::Worded;
use crate::ui::page::explore::{ChartKind, Sum};

words! {
    title => "Explore", "探索";
    lead => "Draw any column, filter it, and pick customers on the picture.", "把任意列画成图，筛选数据，并在图上圈选顾客。";
    nothing_title => "Nothing to draw yet", "还没有可画的数据";
    nothing_text => "Import a table, then draw it here.", "导入表格后即可在此作图。";
    what => "Draw", "数据来源";
    customers => "Customers and their features", "顾客及其特征";
    chart => "Chart", "图表";
    line => "Over time", "走势";
    bars => "Bars", "条形";
    scatter => "Scatter", "散点";
    histogram => "Histogram", "直方";
    box_plot => "Box plot", "箱线";
    heat => "Week", "周时段";
    funnel => "Funnel", "漏斗";
    cohorts => "Return", "留存";
    correlation => "Together", "相关";
    line_long => "A measure over time", "随时间变化的指标";
    bars_long => "A measure by category", "按类别比较指标";
    scatter_long => "Two numbers against each other", "两个数值的关系";
    histogram_long => "How often each size occurs", "各数值出现的频次";
    box_long => "Middle, quarters and outliers by group (box plot)", "各组的中位数、四分位与离群值（箱线图）";
    heat_long => "A measure by hour and weekday (heat map)", "按小时与星期的指标（热力图）";
    funnel_long => "How many go from step to step", "各步骤的转化人数";
    cohorts_long => "Who comes back in later months (cohort retention)", "后续各月的回访（同期群留存）";
    correlation_long => "Which numbers rise and fall together (Pearson, Spearman)", "数值之间的相关性（皮尔逊、斯皮尔曼）";
    title_by(what, by) => "{what} by {by}", "{what}，按 {by}";
    title_over(what) => "{what} over time", "{what}，随时间变化";
    title_week(what) => "{what} by hour and weekday", "{what}，按小时与星期";
    title_sizes(column) => "{column}: how often each size occurs", "{column}：各数值出现的频次";
    title_spread(column) => "{column}: middle, quarters, outliers", "{column}：中位数、四分位、离群值";
    across => "Across", "横轴";
    up => "Up", "纵轴";
    log_across => "Logarithm across", "横轴取对数";
    log_up => "Logarithm up", "纵轴取对数";
    column => "Column", "列";
    bins => "Bars", "条数";
    bins_auto => "As the data asks", "自动";
    category => "Category", "类别";
    most => "At most", "最多显示";
    order => "Order", "排序";
    order_value => "Largest first", "按大小";
    order_name => "By name", "按名称";
    time => "Time", "时间";
    grain => "Steps of", "时间粒度";
    hour => "an hour", "小时";
    day => "a day", "天";
    week => "a week", "周";
    month => "a month", "月";
    measure => "Shows", "指标";
    count => "how many rows", "行数";
    sum => "the sum of", "求和";
    mean => "the mean of", "平均";
    median => "the median of", "中位数";
    distinct => "how many different", "不同值个数";
    measured => "of", "指标列";
    group => "Colour by", "按颜色分组";
    no_group => "Nothing", "不分组";
    user => "Customer", "顾客列";
    event => "Event", "行为列";
    same_item => "The same product all the way", "限同一商品";
    steps => "Steps", "步骤";
    filters => "Filters", "筛选";
    add_filter => "Add a filter", "添加筛选";
    remove_filter => "Remove this filter", "移除此筛选";
    draw_kept => "Charts kept", "已保存的图表";
    none_kept => "Keep a chart to find it here again.", "保存图表后可在此重新打开。";
    keep => "Keep chart", "保存图表";
    keep_name => "Name", "名称";
    kept_as(name) => "Keep chart {name}", "保存图表 {name}";
    forget => "Remove this chart", "移除此图表";
    png => "Save picture", "保存图片";
    csv => "Save data", "保存数据";
    png_saved(file) => "Picture saved: {file}", "图片已保存：{file}";
    csv_saved(file) => "Data saved: {file}", "数据已保存：{file}";
    drawing => "Drawing", "绘制中";
    rows => "rows", "行数";
    share => "share", "占比";
    points_n(n) => "{n} points", "{n} 个点";
    points_dense(n) => "{n} points, by density", "{n} 个点，按密度显示";
    left_out_n(n) => "{n} rows without a value left out", "{n} 行无值，未计入";
    others_n(n) => "{n} rarer ones together", "其余 {n} 种合并";
    tool_move => "Move", "移动";
    tool_rectangle => "Rectangle", "矩形选择";
    tool_lasso => "Lasso", "套索选择";
    whole => "Show all", "显示全部";
    scroll_hint => "Scroll to zoom, drag to move", "滚轮缩放，拖动平移";
    draw_hint => "Draw around customers to choose them", "圈选要选择的顾客";
    selection => "Selection", "所选顾客";
    no_selection => "Draw around points, or click a bar, to choose customers. They are shown on every page.", "圈选散点或点击条形即可选择顾客，所有页面都会显示。";
    selected_n(n) => "{n} customers selected", "已选 {n} 位顾客";
    customers_n(n) => "{n} customers", "{n} 位顾客";
    and_more(n) => "and {n} more", "另有 {n} 位";
    clear => "Clear", "清除";
    export_customers => "Export list", "导出名单";
    customers_saved(file) => "List saved: {file}", "名单已保存：{file}";
    drawn_on(x, y) => "Drawn on {x} and {y}", "圈选自 {x} 与 {y}";
    picked(column, value) => "{column}: {value}", "{column}：{value}";
    no_user_here => "This table has no customer column, so nobody can be chosen on it.", "此表没有顾客列，无法在图上选择顾客。";
    all_rows => "All rows", "全部";
    others => "Others", "其他";
    empty => "(empty)", "（空）";
    users => "customers", "顾客数";
    of_first => "of the first step", "占首步";
    of_previous => "of the step before", "占上一步";
    wait => "median wait", "等待中位数";
    cohort => "first seen", "首次出现";
    later(n) => "{n} later", "第 {n} 期";
    monday => "Mon", "周一";
    tuesday => "Tue", "周二";
    wednesday => "Wed", "周三";
    thursday => "Thu", "周四";
    friday => "Fri", "周五";
    saturday => "Sat", "周六";
    sunday => "Sun", "周日";
    hour_of_day => "hour of the day", "一天中的小时";
    first_quarter => "lower quarter", "下四分位";
    third_quarter => "upper quarter", "上四分位";
    whiskers => "whiskers", "须线";
    outliers => "outliers", "离群值";
    smallest => "least", "最小";
    greatest => "greatest", "最大";
    pearson => "straight line (Pearson)", "线性（皮尔逊）";
    spearman => "rank (Spearman)", "秩次（斯皮尔曼）";
    outside_n(n) => "{n} beyond the picture", "{n} 个超出范围";
    is => "is", "等于";
    is_not => "is not", "不等于";
    at_least => "at least", "不小于";
    at_most => "at most", "不大于";
    holds => "contains", "包含";
    missing => "is empty", "为空";
    present => "is not empty", "不为空";
    value => "Value", "值";
    bad_value => "This can’t be read as a value of the column.", "无法识别为该列的值。";

    e_not_chosen(setting) => "Choose a column for “{setting}”.", "请为“{setting}”选择一列。";
    e_setting(setting, value) => "{setting}: {value} does not fit.", "{setting}：{value} 不适用。";
    e_column(column) => "The table has no column {column}. Choose another.", "表中没有 {column} 列，请另选。";
    e_type(column, found) => "{column} holds {found}, which can’t be drawn here. Choose another column.", "{column} 为{found}，不能用于此图，请另选一列。";
    e_filter(column) => "The filter on {column} does not fit what it holds. Change or remove it.", "{column} 的筛选条件不适用，请修改或移除。";
    e_no_rows => "No row with a value passes the filters. Loosen them, or choose another column.", "没有符合条件的行。请放宽筛选或另选一列。";
    e_too_fine(n) => "That would be {n} steps of time. Choose coarser steps, or filter the time.", "时间步数达 {n}，请选择更粗的粒度或筛选时间。";
    e_customers => "Customers have no features yet. Make them on the Data page, under Features.", "尚未生成顾客特征。请在数据页“特征”中生成。";
}

/// What people write for yes and no, in any case.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "是" => Some(true),
        "no" | "false" | "0" | "否" => Some(false),
        _ => None,
    }
}

pub fn kind(lang: Lang, kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Scatter => scatter(lang),
        ChartKind::Line => line(lang),
        ChartKind::Bars => bars(lang),
        ChartKind::Histogram => histogram(lang),
        ChartKind::Box => box_plot(lang),
        ChartKind::Heat => heat(lang),
        ChartKind::Funnel => funnel(lang),
        ChartKind::Cohorts => cohorts(lang),
        ChartKind::Correlation => correlation(lang),
    }
}

pub fn kind_long(lang: Lang, kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Scatter => scatter_long(lang),
        ChartKind::Line => line_long(lang),
        ChartKind::Bars => bars_long(lang),
        ChartKind::Histogram => histogram_long(lang),
        ChartKind::Box => box_long(lang),
        ChartKind::Heat => heat_long(lang),
        ChartKind::Funnel => funnel_long(lang),
        ChartKind::Cohorts => cohorts_long(lang),
        ChartKind::Correlation => correlation_long(lang),
    }
}

pub fn sum_of(lang: Lang, what: Sum) -> &'static str {
    match what {
        Sum::Count => count(lang),
        Sum::Sum => sum(lang),
        Sum::Mean => mean(lang),
        Sum::Median => median(lang),
        Sum::Distinct => distinct(lang),
    }
}

pub fn grain_of(lang: Lang, grain: Grain) -> &'static str {
    match grain {
        Grain::Hour => hour(lang),
        Grain::Day => day(lang),
        Grain::Week => week(lang),
        Grain::Month => month(lang),
    }
}

pub fn weekday(lang: Lang, day: usize) -> &'static str {
    [monday, tuesday, wednesday, thursday, friday, saturday, sunday][day.min(6)](lang)
}

pub fn label(lang: Lang, label: &Label) -> String {
    match label {
        Label::All => all_rows(lang).to_owned(),
        Label::Value(value) => value.to_string(),
        Label::Others => others(lang).to_owned(),
        Label::Missing => empty(lang).to_owned(),
    }
}

/// What a place of a recipe is called on the page.
pub fn setting(lang: Lang, key: &str) -> &str {
    match key {
        "x" => across(lang),
        "y" => up(lang),
        "time" => time(lang),
        "measure" => measured(lang),
        "group" => group(lang),
        "category" => category(lang),
        "column" | "columns" => column(lang),
        "user" => user(lang),
        "event" => event(lang),
        "steps" => steps(lang),
        "bins" => bins(lang),
        "most" => most(lang),
        other => other,
    }
}

impl Worded for ChartError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::NotChosen { setting: place } => e_not_chosen(lang, setting(lang, place)),
            Self::BadSetting { setting: place, value } => e_setting(lang, setting(lang, place), value),
            Self::Column(crate::stage::data::cell::WrongColumn::Missing(column)) => e_column(lang, column),
            Self::WrongType { column, found, .. } => e_type(lang, column, super::data::column_type(lang, *found)),
            Self::WrongFilter { column, .. } => e_filter(lang, column),
            Self::NoRows => e_no_rows(lang).to_owned(),
            Self::TooFine { steps, .. } => e_too_fine(lang, super::number::whole(*steps)),
            Self::Table { what } => what.clone(),
            other => other.to_string(),
        }
    }
}
