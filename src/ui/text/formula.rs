//! How each feature is made, in a sentence; and the words of the Features section.

use super::{Lang, data, feature, words};
use crate::stage::data::features::{Definition, EventKind, Feature, Formula, Quantity};

words! {
    entry => "Customers and features", "顾客与特征";
    entry_none => "Not made yet", "尚未生成";
    title => "One row a customer", "每位顾客一行";
    lead(n) => "{n} features of each customer; every definition is below.", "每位顾客 {n} 个特征，定义如下。";
    recipe => "How they are made", "生成方式";
    make => "Make features", "生成特征";
    make_again => "Make again", "重新生成";
    making => "Making features", "正在生成特征";
    from => "Customers are taken from", "顾客来源";
    from_events => "what customers did", "顾客行为";
    from_table(name) => "the table {name}", "表 {name}";
    today => "Today is", "“今天”为";
    today_hint => "YYYY-MM-DD; empty: just after the last event", "YYYY-MM-DD；留空为最后一次行为之后";
    today_bad => "Write the day as 2026-11-30.", "请按 2026-11-30 的格式填写日期。";
    window => "Looking back", "回看时间";
    window_all => "over everything", "全部";
    window_days(n) => "{n} days", "{n} 天";
    clock => "The shop’s clock", "店铺时区";
    best => "Best rating", "最高评分";
    which => "Features", "特征";
    which_all => "All that the tables allow", "表中数据支持的全部特征";
    nothing => "No features yet", "还没有特征";
    nothing_text => "Features say in numbers what each customer did: how often, how much, how long ago.", "特征用数字描述每位顾客：频次、金额、距今多久。";
    out_of_date => "The tables have changed since.", "表在此之后有变化。";
    customers_n(n) => "{n} customers", "{n} 位顾客";
    as_of(day) => "as of {day}", "截至 {day}";
    definitions => "Definitions", "定义";
    rows => "Rows", "数据行";
    skipped => "Left out, and why", "未生成的特征及原因";
    skipped_why(need) => "needs {need}", "需要{need}";
    per(unit) => "in {unit}", "单位：{unit}";

    count_all => "Number of events", "行为次数";
    count(event) => "How often the customer {event}", "顾客{event}的次数";
    sum_dwell => "Seconds viewed, added up", "浏览秒数之和";
    mean_dwell => "Seconds viewed, mean of the views", "每次浏览的平均秒数";
    sum_pieces => "Pieces bought, added up", "购买件数之和";
    sum_value => "Pieces × price of what was bought, less what was returned", "购买的件数 × 单价之和，减去退货";
    sum_other => "Added up over the customer’s events", "该顾客各次行为之和";
    distinct_product => "Different products in the customer’s events", "涉及的不同商品数";
    distinct_category => "Different categories in the customer’s events", "涉及的不同类目数";
    distinct_day => "Calendar days with an event", "有行为的自然日数";
    distinct_order => "Different orders; without order numbers, days with a purchase", "不同订单数；无订单号时按有购买的天数";
    distinct_other => "Different values in the customer’s events", "不同值的个数";
    since_last => "Days from the last event to today", "最后一次行为距今天数";
    since_last_of(event) => "Days since the customer last {event}", "距上次{event}的天数";
    since_first => "Days from the very first event, also before the window, to today", "距首次行为的天数（含回看时间之前）";
    ratio(top, bottom) => "{top} ÷ {bottom}; empty when there are none", "{top} ÷ {bottom}；分母为零时为空";
    per_month(top) => "{top} ÷ months observed (window or time as customer, at least one)", "{top} ÷ 观察月数（取回看时间与成为顾客时长中较短者，至少一个月）";
    hours(a, b) => "Share of events from {a}:00 to {b}:00", "{a}:00 到 {b}:00 的行为占比";
    weekday(day) => "Share of events on {day}", "{day}的行为占比";
    most_frequent => "The category with most events; of equals the first by name", "行为最多的类目；并列时取名称靠前者";
    reviews => "Number of reviews written", "写下的评价数";
    mood => "Mean of ratings, from −1 (worst) to 1 (best), until the mood model has read the texts", "评分均值，−1（最差）到 1（最好）；情感模型读完文本后以其为准";
}

fn event(lang: Lang, kind: EventKind) -> &'static str {
    match kind {
        EventKind::View => data::event_view(lang),
        EventKind::Cart => data::event_cart(lang),
        EventKind::Favourite => data::event_favourite(lang),
        EventKind::Purchase => data::event_purchase(lang),
        EventKind::Return => data::event_return(lang),
    }
}

/// How a feature is made.
pub fn definition(lang: Lang, definition: &Definition) -> String {
    let name = |of: Feature| feature::name(lang, of);
    match definition.formula {
        Formula::Count { of: None } => count_all(lang).to_owned(),
        Formula::Count { of: Some(kind) } => count(lang, event(lang, kind)),
        Formula::Sum { what: Quantity::Dwell, .. } => sum_dwell(lang).to_owned(),
        Formula::Sum { what: Quantity::Pieces, .. } => sum_pieces(lang).to_owned(),
        Formula::Sum { what: Quantity::NetValue, .. } => sum_value(lang).to_owned(),
        Formula::Sum { .. } => sum_other(lang).to_owned(),
        Formula::Mean { .. } => mean_dwell(lang).to_owned(),
        Formula::Distinct { what, .. } => match what {
            Quantity::Product => distinct_product(lang),
            Quantity::Category => distinct_category(lang),
            Quantity::Day => distinct_day(lang),
            Quantity::Order => distinct_order(lang),
            _ => distinct_other(lang),
        }
        .to_owned(),
        Formula::DaysSinceLast { of: None } => since_last(lang).to_owned(),
        Formula::DaysSinceLast { of: Some(kind) } => since_last_of(lang, event(lang, kind)),
        Formula::DaysSinceFirst => since_first(lang).to_owned(),
        Formula::Ratio { top, bottom } => ratio(lang, name(top), name(bottom)),
        Formula::PerMonth { top } => per_month(lang, name(top)),
        Formula::HourShare { from, to } => hours(lang, from, to),
        Formula::WeekdayShare { day } => weekday(lang, super::explore::weekday(lang, day.into())),
        Formula::MostFrequent { .. } => most_frequent(lang).to_owned(),
        Formula::Reviews => reviews(lang).to_owned(),
        Formula::ReviewMood => mood(lang).to_owned(),
    }
}
