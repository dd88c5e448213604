//! Words of the Segments page.

use super::{Lang, error, feature, number, source, words};
use crate::stage::segment::SegmentError;
use crate::stage::segment::choose_k::Verdict;
use crate::stage::segment::matrix::{Notice, Useless};
use crate::stage::segment::run::Method;
use crate::store::segments::SegmentsError;
use crate::ui::failure::Worded;

words! {
    title => "Who your customers are", "你的顾客是谁";
    lead_none => "Find groups of customers who resemble each other, meet them, and take them along.", "找出彼此相似的顾客群，了解他们，并带到后续步骤。";
    lead_found(n) => "{n} groups that resemble each other. Click a group to meet it; a selection follows you to every page.", "{n} 个彼此相似的顾客群。点击即可了解；选中的顾客会带到每一页。";
    lead_rfm(n) => "{n} groups by how recently, how often and for how much they bought.", "按最近购买、购买频率和金额划分为 {n} 个群。";
    lead_pieces => "No clear groups: customers differ by degrees. What you see are slices of one cloud.", "没有清晰的群：顾客之间是渐变的。下面只是同一片云的切块。";
    find => "Find groups", "寻找客群";
    export => "Export", "导出";
    recipe => "Recipe", "设置";
    changed => "Changed", "已修改";
    method => "Method", "方法";
    m_kmeans => "k-means", "k-means";
    m_gmm => "Mixture", "混合";
    m_rfm => "RFM", "RFM";
    hint_kmeans => "Finds customers who resemble each other. Fast, and easy to explain.", "找出彼此相似的顾客。快速，易于解释。";
    hint_gmm => "Groups of any width, and for every customer how surely they belong (Gaussian mixture, chosen by BIC).", "允许宽窄不同的群，并给出每位顾客的归属程度（高斯混合，按 BIC 选择）。";
    hint_rfm => "How recently, how often and for how much they bought, scored 1 to 5: ten groups every marketer knows.", "按最近购买、频率、金额各评 1–5 分，得到十个常用客群。";
    look_at => "Look at", "依据";
    features_n(n) => "{n} features", "{n} 个特征";
    add => "Add", "添加";
    usual => "The usual features", "常用特征";
    remove(name) => "Leave out {name}", "移除 {name}";
    how_many => "How many groups", "分成几群";
    find_k => "Find k", "寻找 k";
    k_fixed => "Fixed", "固定";
    k_auto_hint => "Tries 2 to 12 and shows the curves below the map.", "尝试 2 到 12，曲线显示在地图下方。";
    k_fixed_hint(n) => "Always {n} groups, clear or not.", "始终分为 {n} 群，无论是否清晰。";
    fewer => "Fewer groups", "减少一群";
    more => "More groups", "增加一群";
    scaling => "Scale", "缩放";
    s_auto => "Even out very large spenders", "缩小极大值的影响";
    s_log => "Logarithm of everything", "全部取对数";
    s_standard => "Standard (mean 0, deviation 1)", "标准化（均值 0，标准差 1）";
    s_robust => "Robust (median and quartiles)", "稳健（中位数与四分位）";
    s_none => "As they are", "保持原样";
    today => "Today is", "以这一天为今天";
    today_last => "just after the last event", "最后一次行为之后";
    today_hint => "Features look back from this day: 2024-06-30, or empty.", "特征从这一天往前看：如 2024-06-30，可留空。";
    today_wrong => "Not a date. Write it as 2024-06-30.", "不是日期。请写成 2024-06-30。";
    window => "Look back", "回看";
    window_all => "over everything", "全部时间";
    window_days(n) => "{n} days", "{n} 天";
    customers_from => "Customers from", "顾客来自";
    from_events => "what they did (events, orders)", "行为（事件、订单）";
    seed => "Seed", "随机种子";
    cuts => "Cut points", "分界点";
    cuts_auto => "At the fifths of all buyers", "按买家五等分";
    cuts_own => "My own", "自定义";
    cut_r => "Days since last purchase", "距上次购买天数";
    cut_f => "Orders", "订单数";
    cut_m => "Money spent", "消费金额";
    definitions => "Definitions of the groups", "客群定义";
    definitions_hint => "The first line that holds decides. Scores from 1 to 5, 5 is best: bought most recently, most often, for most. Shares are those of the result in sight; find groups again to see yours.", "从上到下，先符合者为准。分数 1–5，5 最好：最近购买、最频繁、金额最高。占比来自当前结果；重新寻找客群即可更新。";
    definitions_reset => "The usual definitions", "恢复默认定义";
    definitions_done => "Done", "完成";
    definitions_add => "Add a line", "添加一行";
    line_up => "Move up", "上移";
    score_r => "Recency", "最近";
    score_f => "Frequency", "频率";
    score_m => "Money", "金额";
    earlier => "Earlier runs", "以往结果";
    groups_n(n) => "{n} groups", "{n} 群";
    map => "Map", "地图";
    map_of => "Map of customers", "顾客地图";
    table_of => "Every group in numbers", "各群数据";
    profiles_of => "Profiles side by side", "画像对比";
    rules_of => "Segments by rule", "按规则建群";
    compare_of => "Compare", "对比";
    heat => "RFM table", "RFM 表";
    table => "Table", "表格";
    profiles => "Profiles", "画像对比";
    rules => "Rules", "规则";
    compare => "Compare", "对比";
    map_note(n, share) => "{n} customers · {share} % of differences shown", "{n} 位顾客 · 显示了 {share} % 的差异";
    map_tsne(n, of) => "{n} of {of} customers · neighbours stay neighbours, distances mean little (t-SNE)", "{of} 位中的 {n} 位 · 邻近关系可信，距离意义不大（t-SNE）";
    map_hint => "Draw a line around points to select them", "圈出顾客即可选中";
    more_right(what) => "More to the right: {what} →", "越靠右：{what} →";
    more_up(what) => "Further up: {what} →", "越靠上：{what} →";
    is_more(what) => "more {what}", "{what}更多";
    is_less(what) => "less {what}", "{what}更少";
    view => "View", "视图";
    plane => "Overview (PCA)", "总览（PCA）";
    close_look => "Close look (t-SNE)", "近看（t-SNE）";
    colour_by => "Colour", "着色";
    colour_scale(name, low, high) => "{name}: {low} (pale) to {high} (strong).", "{name}：{low}（浅）至 {high}（深）。";
    colour_segment => "Segment", "客群";
    odd => "Odd customers", "异常顾客";
    odd_n(n) => "{n} odd customers fit nowhere", "{n} 位异常顾客不属于任何群";
    odd_none => "Nobody is odd", "没有异常顾客";
    odd_hint => "Customers far from everyone else (DBSCAN): mistakes in the data, resellers, test accounts.", "远离所有人的顾客（DBSCAN）：数据错误、转售者或测试账号。";
    odd_why(what) => "mostly by {what}", "主要因为{what}";
    customer(id) => "Customer {id}", "顾客 {id}";
    certainty(p) => "belongs here with {p} %", "归属程度 {p} %";
    no_segment => "in no group", "不属于任何群";
    drawn(n) => "{n} customers selected", "已选中 {n} 位顾客";
    beyond(n) => "· {n} far outside: turn the wheel to see them", "· {n} 位在画面之外：滚动滚轮可见";
    is_higher(what) => "higher {what}", "{what}更高";
    is_lower(what) => "lower {what}", "{what}更低";
    profiles_hint => "Each group’s average; the stronger the colour, the further from everyone: blue above, orange below.", "各群的平均值；颜色越深，与总体相差越大：蓝色偏高，橙色偏低。";
    n_customers(n) => "{n} customers", "{n} 位顾客";
    n_of_revenue(share) => "{share} of revenue", "营收的 {share}";
    cell_hint(cell, money) => "{cell}, who spent {money}. Click to select them.", "{cell}，消费 {money}。点击即可选中。";
    heat_axes => "Right: more orders. Up: bought more recently. Cut points stand between the cells.", "越靠右：订单越多。越靠上：购买越近。格子之间为分界点。";
    heat_money(cuts) => "{cuts}. Click a cell to select its customers.", "{cuts}。点击格子即可选中其中的顾客。";
    drawn_label => "drawn on the map", "在地图上圈选";
    keep_segment => "Keep as segment", "保存为客群";
    clear => "Clear", "清除";
    reset_view => "Whole map", "显示全图";
    clear_title => "How clear the groups are", "群有多清晰";
    clear_note(k, s, low, high, n) => "{k} groups: silhouette {s} ({low}–{high}) on {n}", "{k} 群：轮廓系数 {s}（{low} 至 {high}），取样 {n} 位";
    tight_title => "How tight the groups are", "群有多紧凑";
    tight_note(k, p) => "After {k}, each split gains less than {p} %", "超过 {k} 群后，每次拆分收益不足 {p} %";
    fixed_note => "The number of groups was given. “Find k” tries 2 to 12 and draws how clear and how tight each would be.", "群数为手动指定。“寻找 k”会尝试 2 到 12，并画出各自的清晰与紧凑程度。";
    gap_note => "gap (right)", "Gap（右轴）";
    gap_hint => "Gap statistic: how much tighter the groups are than those of customers spread evenly. It stops rising where more groups are no longer worth it.", "Gap 统计量：与均匀分布的顾客相比紧凑多少。不再上升时，更多的群便没有意义。";
    bic_title => "Which number fits best", "几个群最合适";
    bic_note(k) => "{k} groups fit best (lowest BIC)", "{k} 群最合适（BIC 最低）";
    axis_k => "number of groups", "群数";
    axis_silhouette => "silhouette", "轮廓系数";
    axis_spread => "spread left, % of one group", "剩余离散度（% ）";
    verdict_clear(k) => "{k} clear groups: between them customers are scarce.", "{k} 个清晰的群：群与群之间顾客稀少。";
    verdict_weak(k) => "{k} groups, weakly parted: they run into each other at the edges.", "{k} 个群，界限较弱：边缘相互交叠。";
    verdict_none(k) => "No clear groups. Cut into {k} if slices are of use; they are slices of one cloud, not kinds of people.", "没有清晰的群。需要时可切成 {k} 块，但这只是同一片云的切块，不是人群类型。";
    chip_clear => "Clear", "清晰";
    chip_weak => "Weak", "较弱";
    chip_none => "No clear groups", "无清晰的群";
    col_segment => "Segment", "客群";
    col_customers => "Customers", "顾客数";
    col_share => "Share", "占比";
    col_revenue => "Revenue", "营收";
    col_revenue_share => "Share of revenue", "营收占比";
    col_sentence => "Who they are", "他们是谁";
    of_all(p) => "{p} % of all", "占全部 {p} %";
    never_bought(n) => "{n} never bought and are in no group", "{n} 位从未购买，不属于任何群";
    never_group(n) => "{n} meet no definition", "{n} 位不符合任何定义";
    cell(r, f, n) => "Recency {r}, frequency {f}: {n} customers", "最近 {r} 分、频率 {f} 分：{n} 位顾客";
    here_and_everyone(here, all) => "Here {here}, everyone {all}", "本群 {here}，全体 {all}";
    monday => "Mon", "一";
    tuesday => "Tue", "二";
    wednesday => "Wed", "三";
    thursday => "Thu", "四";
    friday => "Fri", "五";
    saturday => "Sat", "六";
    sunday => "Sun", "日";
    against => "Against the average", "与平均相比";
    against_hint => "In standard deviations: how far this group's mean lies from everyone's.", "以标准差计：该群均值与总体均值的距离。";
    favourites => "Favourite categories", "偏爱的品类";
    favourite_products => "Favourite products", "偏爱的商品";
    times_average(x) => "{x} times the average", "为平均的 {x} 倍";
    when_active => "When they are active", "活跃时间";
    most_between(p, a, b) => "{p} % from {a} to {b} h", "{p} % 在 {a}–{b} 时";
    mood => "Mood of their reviews", "评价情绪";
    mood_is(x, all) => "{x}, everyone {all} (−1 unhappy, 1 happy)", "{x}，全体 {all}（−1 差，1 好）";
    typical => "Typical customers", "典型顾客";
    why_here => "Why here", "为何在此";
    why_fits(p) => "These conditions tell {p} % of all customers right.", "这些条件对 {p} % 的顾客判断正确。";
    why_path(n, p) => "{n} customers meet this, {p} % of them are here:", "{n} 位符合，其中 {p} % 在此群：";
    why_rfm => "By the definitions in the recipe; a line further up that holds decides first.", "由左侧的客群定义决定；排在前面的定义优先。";
    over(what, a) => "{what} over {a}", "{what}大于 {a}";
    up_to(what, b) => "{what} up to {b}", "{what}不超过 {b}";
    over_to(what, a, b) => "{what} over {a}, up to {b}", "{what}大于 {a}，不超过 {b}";
    why_none => "No short condition tells this group apart.", "没有简短的条件能区分该群。";
    from_to(what, a, b) => "{what} from {a} to below {b}", "{what}：{a} 至 {b}（不含）";
    from(what, a) => "{what} at least {a}", "{what} ≥ {a}";
    below(what, b) => "{what} below {b}", "{what} < {b}";
    e_unknown(name) => "There is no feature {name} (any more). Take it out.", "没有（或已不存在）特征 {name}。请移除。";
    e_text(name) => "{name} is not a number, so groups can’t be made by it. Take it out.", "{name} 不是数值，无法用于分群。请移除。";
    e_twice(name) => "{name} is chosen twice.", "{name} 被选了两次。";
    e_nothing => "Choose at least one feature.", "请至少选择一个特征。";
    e_no_information(names) => "Nobody differs in what is chosen ({names}): every value is empty or the same. Choose other features.", "所选特征（{names}）全部为空或完全相同，无法区分顾客。请选择其他特征。";
    e_too_few(have, need) => "{have} customers are too few for this: at least {need} are needed. Ask for fewer groups, or use RFM.", "顾客太少：{have} 位，至少需要 {need} 位。请减少群数，或使用 RFM。";
    e_too_few_different(have, need) => "Only {have} customers differ from each other; {need} groups need as many. Ask for fewer groups.", "只有 {have} 位顾客彼此不同，无法分成 {need} 群。请减少群数。";
    e_recipe(field, problem) => "{field}: {problem}", "{field}：{problem}";
    e_rule(why) => "A condition can’t be asked: {why}", "有条件无法查询：{why}";
    e_unaligned => "The tables have changed meanwhile. Find groups again.", "数据已变化。请重新寻找客群。";
    e_too_large(name) => "{name} holds a value too large to compute with. Clean it on the Data page.", "{name} 含有过大的数值。请在“数据”页清洗。";
    e_fit(what) => "The fit broke down: {what}. Try k-means, or fewer groups.", "拟合失败：{what}。请改用 k-means，或减少群数。";
    e_column => "Choose the column that says this.", "请选择对应的列。";
    e_groups => "From 2 to 30 groups", "群数须为 2 到 30";
    e_cuts => "Four rising numbers are needed", "需要四个递增的数";
    n_all_missing(name) => "{name} is empty for everyone and was left out.", "{name} 全部为空，已忽略。";
    n_constant(name) => "{name} is the same for everyone and was left out.", "{name} 对所有人相同，已忽略。";
    n_filled(name, n) => "{name}: unknown for {n}, filled in.", "{name}：已填补 {n} 个空值。";
    n_outlier(name, id, value) => "Customer {id} alone makes most of the spread of {name} ({value}). Look at them first: the groups may be “them and the rest”.", "{name} 的差异主要来自顾客 {id}（{value}）。请先核实，否则分群可能只是“此人和其他人”。";
}

pub fn method_name(lang: Lang, of: Method) -> &'static str {
    match of {
        Method::Rfm => m_rfm(lang),
        Method::KMeans => m_kmeans(lang),
        Method::Gmm => m_gmm(lang),
    }
}

/// Monday 0.
pub fn weekday(lang: Lang, day: usize) -> &'static str {
    [monday, tuesday, wednesday, thursday, friday, saturday, sunday][day % 7](lang)
}

pub fn verdict_text(lang: Lang, verdict: Verdict, k: usize) -> String {
    match verdict {
        Verdict::Clear => verdict_clear(lang, k),
        Verdict::Weak => verdict_weak(lang, k),
        Verdict::None => verdict_none(lang, k),
    }
}

/// What a person should know about the data that went in; `id` names a row's customer.
pub fn notice(lang: Lang, notice: &Notice, id: impl Fn(u32) -> String) -> String {
    match notice {
        Notice::LeftOut { feature, why: Useless::AllMissing } => n_all_missing(lang, feature::column(lang, feature)),
        Notice::LeftOut { feature, why: Useless::Constant } => n_constant(lang, feature::column(lang, feature)),
        Notice::Filled { feature, rows } => n_filled(lang, feature::column(lang, feature), number::whole(*rows)),
        Notice::OutlierRules { feature, row, value } => {
            n_outlier(lang, feature::column(lang, feature), id(*row), number::decimal(*value))
        }
    }
}

impl Worded for SegmentError {
    fn text(&self, lang: Lang) -> String {
        let named = |key: &str| feature::column(lang, key);
        match self {
            Self::UnknownFeature(name) => e_unknown(lang, named(name)),
            Self::NotNumeric(name) => e_text(lang, named(name)),
            Self::Twice(name) => e_twice(lang, named(name)),
            Self::NothingChosen => e_nothing(lang).to_owned(),
            Self::NoInformation(names) => {
                let names: Vec<String> = names.iter().map(|name| named(name)).collect();
                e_no_information(lang, names.join(lang.pick(", ", "、")))
            }
            Self::TooFewCustomers { have, need } => e_too_few(lang, have, need),
            Self::TooFewDifferent { have, need } => e_too_few_different(lang, have, need),
            Self::Recipe { field: "groups", .. } => e_groups(lang).to_owned(),
            Self::Recipe { field: "recency_cuts" | "frequency_cuts" | "monetary_cuts", .. } => e_cuts(lang).to_owned(),
            Self::Recipe { field, problem } => e_recipe(lang, field, problem),
            Self::Rule { problem, .. } => e_rule(lang, super::segment_tools::rule_problem(lang, problem)),
            Self::Unaligned { .. } => e_unaligned(lang).to_owned(),
            Self::TooLarge(name) => e_too_large(lang, named(name)),
            Self::Fit(what) => e_fit(lang, what),
            Self::Features(why) => why.text(lang),
            Self::Cancelled(why) => why.text(lang),
            Self::Engine(what) => source::engine(lang, what),
        }
    }
}

impl Worded for SegmentsError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Source(why) => why.text(lang),
            Self::Segment(why) => why.text(lang),
            Self::Store(why) => error::store(lang, why),
            Self::Study(why) => why.text(lang),
            Self::Cancelled(why) => why.text(lang),
        }
    }
}
