//! What each feature of a customer is called, and how it is made.

use super::{Lang, words};
use crate::stage::data::features::{Feature, Need, Unit};

words! {
    events => "Events", "行为次数";
    views => "Views", "浏览次数";
    carts => "Added to cart", "加购次数";
    favourites => "Favourites", "收藏次数";
    purchases => "Purchases", "购买次数";
    orders => "Orders", "订单数";
    returns => "Returns", "退货次数";
    units => "Pieces bought", "购买件数";
    browsing_time => "Browsing time", "浏览时长";
    mean_browsing_time => "Time a view", "平均浏览时长";
    recency => "Days since last purchase", "距上次购买天数";
    last_seen => "Days since last seen", "距上次到访天数";
    tenure => "Days as a customer", "成为顾客天数";
    purchase_frequency => "Purchases a month", "每月购买次数";
    monetary => "Money spent", "消费金额";
    average_basket => "Average basket", "客单价";
    cart_rate => "Cart rate", "加购率";
    purchase_rate => "Purchase rate", "购买率";
    return_rate => "Return rate", "退货率";
    distinct_products => "Different products", "商品种类数";
    distinct_categories => "Different categories", "类目数";
    active_days => "Active days", "活跃天数";
    share_night => "Share at night (0–6 h)", "夜间占比（0–6 时）";
    share_morning => "Share in the morning (6–12 h)", "上午占比（6–12 时）";
    share_afternoon => "Share in the afternoon (12–18 h)", "下午占比（12–18 时）";
    share_evening => "Share in the evening (18–24 h)", "晚间占比（18–24 时）";
    share_monday => "Share on Mondays", "周一占比";
    share_tuesday => "Share on Tuesdays", "周二占比";
    share_wednesday => "Share on Wednesdays", "周三占比";
    share_thursday => "Share on Thursdays", "周四占比";
    share_friday => "Share on Fridays", "周五占比";
    share_saturday => "Share on Saturdays", "周六占比";
    share_sunday => "Share on Sundays", "周日占比";
    top_category => "Favourite category", "最常看的类目";
    review_count => "Reviews written", "评价数";
    review_sentiment => "Mood of reviews", "评价情感";
    unit_times => "times", "次";
    unit_pieces => "pieces", "件";
    unit_seconds => "seconds", "秒";
    unit_days => "days", "天";
    unit_per_month => "a month", "每月";
    unit_money => "in the shop’s currency", "店铺货币";
    unit_share => "share", "占比";
    unit_mood => "from −1 to 1", "−1 到 1";
    unit_name => "name", "名称";
    chance(what) => "Chance: {what}", "概率：{what}";
    expected(what) => "Expected: {what}", "预期：{what}";
    buys_within(days) => "buys within {days} days", "{days} 天内购买";
    spends_within(days) => "spends within {days} days", "{days} 天内消费";
    quiet_for(days) => "goes quiet for {days} days", "沉默 {days} 天";
    need_event => "a column that says what was done", "行为类型列";
    need_item => "a column of products", "商品列";
    need_dwell => "a column of viewing time", "浏览时长列";
    need_price => "a column of prices", "价格列";
    need_category => "categories, in the events or the products", "行为表或商品表中的类目";
    need_reviews => "a table of reviews with customers", "带顾客的评价表";
    need_ratings => "ratings in the reviews", "评价中的评分";
}

/// A column of a feature table: the feature's name, what was predicted, or the column's own where it is none of ours.
pub fn column(lang: Lang, key: &str) -> String {
    if let Some(feature) = Feature::from_key(key) {
        return name(lang, feature).to_owned();
    }
    if let Some(what) = key.strip_prefix("chance_") {
        return chance(lang, outcome(lang, what));
    }
    match key.strip_prefix("expected_") {
        Some(what) => expected(lang, outcome(lang, what)),
        None => key.to_owned(),
    }
}

/// `buys_within_30_days` as people say it; other targets by their own name.
fn outcome(lang: Lang, key: &str) -> String {
    let days = |before: &str| -> Option<u32> { key.strip_prefix(before)?.strip_suffix("_days")?.parse().ok() };
    if let Some(days) = days("buys_within_") {
        return buys_within(lang, days);
    }
    if let Some(days) = days("spends_within_") {
        return spends_within(lang, days);
    }
    match days("quiet_for_") {
        Some(days) => quiet_for(lang, days),
        None => Feature::from_key(key).map_or_else(|| key.to_owned(), |feature| name(lang, feature).to_owned()),
    }
}

pub fn name(lang: Lang, feature: Feature) -> &'static str {
    match feature {
        Feature::Events => events(lang),
        Feature::Views => views(lang),
        Feature::Carts => carts(lang),
        Feature::Favourites => favourites(lang),
        Feature::Purchases => purchases(lang),
        Feature::Orders => orders(lang),
        Feature::Returns => returns(lang),
        Feature::Units => units(lang),
        Feature::BrowsingTime => browsing_time(lang),
        Feature::MeanBrowsingTime => mean_browsing_time(lang),
        Feature::Recency => recency(lang),
        Feature::LastSeen => last_seen(lang),
        Feature::Tenure => tenure(lang),
        Feature::PurchaseFrequency => purchase_frequency(lang),
        Feature::Monetary => monetary(lang),
        Feature::AverageBasket => average_basket(lang),
        Feature::CartRate => cart_rate(lang),
        Feature::PurchaseRate => purchase_rate(lang),
        Feature::ReturnRate => return_rate(lang),
        Feature::DistinctProducts => distinct_products(lang),
        Feature::DistinctCategories => distinct_categories(lang),
        Feature::ActiveDays => active_days(lang),
        Feature::ShareNight => share_night(lang),
        Feature::ShareMorning => share_morning(lang),
        Feature::ShareAfternoon => share_afternoon(lang),
        Feature::ShareEvening => share_evening(lang),
        Feature::ShareMonday => share_monday(lang),
        Feature::ShareTuesday => share_tuesday(lang),
        Feature::ShareWednesday => share_wednesday(lang),
        Feature::ShareThursday => share_thursday(lang),
        Feature::ShareFriday => share_friday(lang),
        Feature::ShareSaturday => share_saturday(lang),
        Feature::ShareSunday => share_sunday(lang),
        Feature::TopCategory => top_category(lang),
        Feature::ReviewCount => review_count(lang),
        Feature::ReviewSentiment => review_sentiment(lang),
    }
}

pub fn unit(lang: Lang, unit: Unit) -> &'static str {
    match unit {
        Unit::Times => unit_times(lang),
        Unit::Pieces => unit_pieces(lang),
        Unit::Seconds => unit_seconds(lang),
        Unit::Days => unit_days(lang),
        Unit::PerMonth => unit_per_month(lang),
        Unit::Money => unit_money(lang),
        Unit::Share => unit_share(lang),
        Unit::Mood => unit_mood(lang),
        Unit::Name => unit_name(lang),
    }
}

pub fn need(lang: Lang, need: Need) -> &'static str {
    match need {
        Need::Event => need_event(lang),
        Need::Item => need_item(lang),
        Need::Dwell => need_dwell(lang),
        Need::Price => need_price(lang),
        Need::Category => need_category(lang),
        Need::Reviews => need_reviews(lang),
        Need::Ratings => need_ratings(lang),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_called_by_what_they_say() {
        assert_eq!(column(Lang::En, "chance_buys_within_30_days"), "Chance: buys within 30 days");
        assert_eq!(column(Lang::Zh, "expected_spends_within_7_days"), "预期：7 天内消费");
        assert_eq!(column(Lang::En, "chance_Revenue"), "Chance: Revenue");
        assert_eq!(column(Lang::En, "colour"), "colour");
    }
}
