//! Predictions in sentences: models, metrics, steps of a feature, warnings, refusals.

use super::{Lang, common, feature, number, words};
use crate::stage::data::features::{Feature, Unit};
use crate::stage::predict::drivers::Move;
use crate::stage::predict::encode::Part;
use crate::stage::predict::explain::Setting;
use crate::stage::predict::model::{FitCheck, ModelKind};
use crate::stage::predict::score::Metric;
use crate::stage::predict::target::{Outcome, TargetRecipe, Task};
use crate::stage::predict::tree::{Condition, Test};
use crate::stage::predict::{ColumnKind, PredictError, Reason, Warning};
use crate::store::study::StudyError;
use crate::ui::failure::Worded;

words! {
    linear => "Linear regression", "线性回归";
    gd => "Linear, step by step", "线性（逐步下降）";
    ridge => "Ridge", "岭回归";
    lasso => "Lasso", "套索回归";
    elastic => "Elastic net", "弹性网络";
    logistic => "Logistic regression", "逻辑回归";
    tree => "Decision tree", "决策树";
    forest => "Random forest", "随机森林";
    svm_linear => "Support vectors, line", "支持向量（线性）";
    svm => "Support vector machine", "支持向量机";
    boost => "Boosted trees", "梯度提升树";
    about_linear => "A straight line through all features, by least squares; with standard errors.", "用最小二乘拟合的直线，带标准误。";
    about_gd => "The same line, found by gradient descent, so that its loss can be watched.", "同一条直线，用梯度下降求得，可观察损失。";
    about_ridge => "A line that pays for large weights; the price is chosen by cross-validation.", "对大权重加惩罚的直线，惩罚由交叉验证选出。";
    about_lasso => "A line that drops weak features; the price is chosen by cross-validation.", "会舍弃弱特征的直线，惩罚由交叉验证选出。";
    about_elastic => "Between ridge and lasso.", "介于岭回归与套索之间。";
    about_logistic => "Chances from a line in log odds; with odds ratios and intervals.", "对数几率上的直线，给出优势比与区间。";
    about_tree => "A few questions one after the other; read it as rules.", "一连串问题，可当规则阅读。";
    about_forest => "Many trees on random parts of the data, averaged.", "在数据随机部分上训练的多棵树，取平均。";
    about_svm_linear => "A line with the widest margin between the classes.", "两类之间间隔最大的直线。";
    about_svm => "A curved margin (Gaussian kernel). Learns from a sample when there are many rows.", "弯曲的边界（高斯核）。行数多时从样本学习。";
    about_boost => "Trees one after the other, each mending the last one’s misses.", "一棵接一棵的树，依次修正误差。";
    m_accuracy => "accuracy", "准确率";
    m_balanced => "balanced accuracy", "平衡准确率";
    m_precision => "precision", "精确率";
    m_recall => "recall", "召回率";
    m_f1 => "F1", "F1";
    m_auc => "AUC", "AUC";
    m_pr_auc => "PR AUC", "PR AUC";
    m_log_loss => "log loss", "对数损失";
    m_brier => "Brier score", "Brier 分数";
    m_r2 => "R²", "R²";
    m_rmse => "RMSE", "RMSE";
    m_mae => "MAE", "MAE";
    m_mse => "MSE", "MSE";
    who_browse(step) => "who browse {step} longer", "浏览时长多 {step} 的顾客";
    who_more(step, what) => "with {step} more in “{what}”", "“{what}”多 {step} 的顾客";
    who_days(n) => "who come on {n} more days", "活跃天数多 {n} 天的顾客";
    who_views(n) => "who look at products {n} times more", "多浏览 {n} 次的顾客";
    who_carts(n) => "who put {n} more things in the cart", "多加购 {n} 次的顾客";
    who_likes(n) => "with {n} more favourites", "多收藏 {n} 次的顾客";
    who_orders(n) => "with {n} more orders", "多下 {n} 单的顾客";
    who_pieces(n) => "who bought {n} more pieces", "多购买 {n} 件的顾客";
    who_reviews(n) => "who wrote {n} more reviews", "多写 {n} 条评价的顾客";
    who_products(n) => "who look at {n} more different products", "多看 {n} 种商品的顾客";
    who_bought_ago(step) => "who last bought {step} longer ago", "上次购买再早 {step} 的顾客";
    who_seen_ago(step) => "who were last seen {step} longer ago", "上次到访再早 {step} 的顾客";
    who_older(step) => "who have been customers {step} longer", "成为顾客的时间多 {step} 的顾客";
    who_often(step) => "who buy {step} times more a month", "每月多购买 {step} 次的顾客";
    who_spent(step) => "who spent {step} more so far", "此前多消费 {step} 的顾客";
    who_higher(what, step) => "whose “{what}” is {step} higher", "“{what}”高 {step} 的顾客";
    who_yes(what) => "with “{what}”", "“{what}”为是的顾客";
    who_level(what, to, from) => "whose “{what}” is {to} rather than {from}", "“{what}”为 {to}（而非 {from}）的顾客";
    are_likelier(who, n, todo) => "Customers {who} are {n} points likelier to {todo}.", "{who}，{todo}的可能性高 {n} 个百分点。";
    are_less(who, n, todo) => "Customers {who} are {n} points less likely to {todo}.", "{who}，{todo}的可能性低 {n} 个百分点。";
    have_more(who, n, what) => "Customers {who} spend {n} more {what}.", "{who}，{what}消费多 {n}。";
    have_less(who, n, what) => "Customers {who} spend {n} less {what}.", "{who}，{what}消费少 {n}。";
    todo_buy(days) => "buy within {days} days", "{days} 天内购买";
    todo_quiet(days) => "go quiet for {days} days", "沉默 {days} 天";
    todo_class(column, class) => "have “{column}”: {class}", "“{column}”为“{class}”";
    within_days(days) => "within {days} days", "{days} 天内";
    what_spend(days) => "spent within {days} days", "{days} 天内消费";
    column_more(who, n, column) => "Customers {who} score {n} higher in “{column}”.", "{who}，“{column}”高 {n}。";
    column_less(who, n, column) => "Customers {who} score {n} lower in “{column}”.", "{who}，“{column}”低 {n}。";
    did_buy => "bought", "已购买";
    did_quiet => "went quiet", "已沉默";
    yes => "yes", "是";
    no => "no", "否";
    other_levels => "others", "其他";
    missing => "missing", "缺失";
    unit_minutes => "minutes", "分钟";
    unit_hours => "hours", "小时";
    days_n(n) => "{n} days", "{n} 天";
    day_one => "1 day", "1 天";
    leak(column) => "“{column}”: this column alone predicts the target perfectly. If it is only known afterwards, leave it out.", "“{column}”：仅凭这一列就能完全预测目标。如果它是事后才知道的，请移除。";
    no_target(rows) => "{rows} rows without an answer were left out.", "{rows} 行没有答案，已略去。";
    infinite(column, n) => "“{column}”: {n} infinite numbers were read as missing.", "“{column}”：{n} 个无穷值按缺失处理。";
    many_levels(column, levels, kept) => "“{column}” has {levels} categories; the {kept} most frequent stand alone, the rest share one place.", "“{column}”有 {levels} 个类别；最常见的 {kept} 个单独处理，其余合并。";
    collinear(model, column, with) => "{model}: “{column}” says nothing beyond {with}, so it was left out there.", "{model}：“{column}”与 {with} 重复，已在该模型中略去。";
    level_column(model, column) => "{model}: “{column}” is the same for everybody, so it was left out there.", "{model}：“{column}”对所有人都相同，已在该模型中略去。";
    separation(model, columns) => "{model}: {columns} separate yes from no perfectly, so weights were held back and have no standard errors.", "{model}：{columns} 能完全区分是与否，权重已受约束，没有标准误。";
    penalised(model, columns, rows) => "{model}: {columns} columns for {rows} rows, so weights were held back and have no standard errors.", "{model}：{rows} 行却有 {columns} 列，权重已受约束，没有标准误。";
    not_settled(model, after) => "{model}: not settled after {after} steps.", "{model}：{after} 步后仍未收敛。";
    sampled(model, rows, of) => "{model}: learned from {rows} of {of} rows, its limit.", "{model}：从 {of} 行中抽取 {rows} 行学习（上限）。";
    not_covered(days, covered) => "The data covers {covered} of the {days} days; late ones are not known yet.", "数据只覆盖 {days} 天中的 {covered} 天，之后的尚未可知。";
    aside_text => "free text", "自由文本";
    aside_id => "a name of the row", "行的标识";
    aside_constant => "the same everywhere", "全部相同";
    aside_empty => "empty", "全部为空";
    aside_time => "a date or time", "日期或时间";
    aside_numbers => "numbers kept as text; fix its type on the Data page", "以文本保存的数字，请在“数据”页修正类型";
    aside_range => "numbers too large", "数值过大";
    aside_type => "a type no model reads", "模型无法读取的类型";
    aside_not_chosen => "not chosen", "未选择";
    not_used(column, why) => "“{column}” is not used: {why}.", "未使用“{column}”：{why}。";
    e_table(what) => "The table could not be read: {what}.", "无法读取表：{what}。";
    e_no_column(column) => "There is no column “{column}” (any more). Choose another.", "没有（或已不存在）列“{column}”。请另选。";
    e_two(column) => "Two columns are named “{column}”. Rename one.", "有两列同名“{column}”。请重命名其一。";
    e_empty(column) => "No row has a value in “{column}”. Choose another column.", "“{column}”没有任何值。请另选一列。";
    e_constant(column, value) => "Every row of “{column}” says {value}: there is nothing to tell apart. Choose another column, other days or an earlier cut.", "“{column}”每行都是 {value}，无法区分。请另选列、天数或更早的截止日。";
    e_classes(column, n) => "“{column}” has {n} different answers; this page tells two apart, or predicts a number.", "“{column}”有 {n} 种答案；这里只能区分两种，或预测数字。";
    e_no_class(column, class) => "“{column}” never says “{class}”.", "“{column}”中没有“{class}”。";
    e_kind(column) => "“{column}” is neither a number nor yes/no.", "“{column}”既不是数字也不是是/否。";
    e_huge(column) => "“{column}” holds numbers beyond 10¹⁵⁰. Clean it on the Data page.", "“{column}”含有超过 10¹⁵⁰ 的数字。请在“数据”页清洗。";
    e_no_features => "No column is left to learn from. Choose more features, or mend the table’s types on the Data page.", "没有可学习的列。请选择更多特征，或在“数据”页修正类型。";
    e_few(rows, needed) => "{rows} rows are too few; at least {needed} are needed.", "{rows} 行太少，至少需要 {needed} 行。";
    e_few_class(class, n, needed) => "Only {n} rows say “{class}”; at least {needed} are needed. Ask about more days, or test on fewer parts.", "只有 {n} 行为“{class}”，至少需要 {needed} 行。请增加天数，或减少份数。";
    e_wide(features, rows) => "{features} columns for {rows} rows: a plain line has no unique answer. Use ridge or lasso, or fewer features.", "{rows} 行却有 {features} 列：普通直线没有唯一解。请用岭回归或套索，或减少特征。";
    e_yes_no(model) => "{model} needs a yes/no question.", "{model}只能回答是/否问题。";
    e_diverged(rate, largest) => "A learning rate of {rate} runs away; below {largest} it settles.", "学习率 {rate} 会发散；低于 {largest} 可收敛。";
    e_numerical => "The numbers ran out of range while fitting. Clean outliers on the Data page.", "拟合时数值溢出。请在“数据”页处理异常值。";
    e_setting(field, why) => "Setting {field}: {why}.", "设置 {field}：{why}。";
    e_not_fit(what) => "The table does not fit the model: {what}.", "该表与模型不符：{what}。";
    e_lacks(column) => "no column “{column}”", "缺少列“{column}”";
    e_other_type(column, has, learned) => "“{column}” is {has}, learned was {learned}", "“{column}”是{has}，学习时为{learned}";
    e_stored(what) => "The kept model can’t be read: {what}. Run again.", "无法读取保存的模型：{what}。请重新运行。";
    e_no_model => "No model is kept yet. Press Predict now first.", "还没有保存的模型。请先开始预测。";
    e_other_model(model) => "{model} is not among the kept models. Run again with it.", "保存的模型中没有{model}。请重新运行。";
    e_other => "That can’t be worked out here.", "此处无法计算。";
    up_to(name, v) => "{name} up to {v}", "{name} ≤ {v}";
    above(name, v) => "{name} above {v}", "{name} > {v}";
    between(name, low, high) => "{name} {low} to {high}", "{name} {low} 至 {high}";
    is_not(name, level) => "{name} not {level}", "{name} 不是 {level}";
    is_known(name) => "{name} known", "{name} 已知";
    kind_number => "a number", "数字";
    kind_yes_no => "yes/no", "是/否";
    kind_category => "words", "文字";
    kind_time => "a time", "时间";
    kind_other => "of an unknown type", "未知类型";
}

pub fn model(lang: Lang, kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Linear => linear(lang),
        ModelKind::Gd => gd(lang),
        ModelKind::Ridge => ridge(lang),
        ModelKind::Lasso => lasso(lang),
        ModelKind::Elastic => elastic(lang),
        ModelKind::Logistic => logistic(lang),
        ModelKind::Tree => tree(lang),
        ModelKind::Forest => forest(lang),
        ModelKind::SvmLinear => svm_linear(lang),
        ModelKind::Svm => svm(lang),
        ModelKind::Boost => boost(lang),
    }
}

pub fn about(lang: Lang, kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Linear => about_linear(lang),
        ModelKind::Gd => about_gd(lang),
        ModelKind::Ridge => about_ridge(lang),
        ModelKind::Lasso => about_lasso(lang),
        ModelKind::Elastic => about_elastic(lang),
        ModelKind::Logistic => about_logistic(lang),
        ModelKind::Tree => about_tree(lang),
        ModelKind::Forest => about_forest(lang),
        ModelKind::SvmLinear => about_svm_linear(lang),
        ModelKind::Svm => about_svm(lang),
        ModelKind::Boost => about_boost(lang),
    }
}

pub fn metric(lang: Lang, metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => m_accuracy(lang),
        Metric::BalancedAccuracy => m_balanced(lang),
        Metric::Precision => m_precision(lang),
        Metric::Recall => m_recall(lang),
        Metric::F1 => m_f1(lang),
        Metric::Auc => m_auc(lang),
        Metric::PrAuc => m_pr_auc(lang),
        Metric::LogLoss => m_log_loss(lang),
        Metric::Brier => m_brier(lang),
        Metric::R2 => m_r2(lang),
        Metric::Rmse => m_rmse(lang),
        Metric::Mae => m_mae(lang),
        Metric::Mse => m_mse(lang),
    }
}

fn unit(name: &str) -> Option<Unit> {
    Feature::from_key(name).map(|feature| feature.definition().unit)
}

/// 0.0637 as `6.4`, 0.637 as `64`.
pub fn hundredths(share: f64) -> String {
    let n = share * 100.0;
    number::decimal(if n.abs() < 9.95 { (n * 10.0).round() / 10.0 } else { n.round() })
}

/// In which unit an axis of a feature is drawn: what its values are divided by, and the unit's word.
pub fn axis_unit(lang: Lang, name: &str, largest: f64) -> (f64, String) {
    let column = feature::column(lang, name);
    let with = |unit: &str| format!("{column} ({unit})");
    match unit(name) {
        Some(Unit::Seconds) if largest >= 10_800.0 => (3600.0, with(unit_hours(lang))),
        Some(Unit::Seconds) if largest >= 180.0 => (60.0, with(unit_minutes(lang))),
        Some(Unit::Seconds) => (1.0, with(feature::unit(lang, Unit::Seconds))),
        Some(Unit::Share) => (0.01, with("%")),
        _ => (1.0, column),
    }
}

/// A value of a feature with its unit: `20 min`, `24 %`, `3 days`.
pub fn amount(lang: Lang, name: &str, value: f64) -> String {
    match unit(name) {
        Some(Unit::Seconds) if value.abs() >= 5_400.0 => common::hours_n(lang, number::decimal(value / 3600.0)),
        Some(Unit::Seconds) if value.abs() >= 90.0 => common::minutes_n(lang, number::decimal(value / 60.0)),
        Some(Unit::Seconds) => common::seconds_n(lang, number::decimal(value)),
        Some(Unit::Days) if value == 1.0 => day_one(lang).to_owned(),
        Some(Unit::Days) => days_n(lang, number::decimal(value)),
        Some(Unit::Share) => common::percent(lang, number::decimal(value * 100.0)),
        _ => number::decimal(value),
    }
}

pub fn setting(lang: Lang, name: &str, setting: &Setting) -> String {
    match setting {
        Setting::Number(v) => amount(lang, name, *v),
        Setting::YesNo(true) => yes(lang).to_owned(),
        Setting::YesNo(false) => no(lang).to_owned(),
        Setting::Level(level) => level.clone(),
        Setting::OtherLevels => other_levels(lang).to_owned(),
        Setting::Missing => missing(lang).to_owned(),
    }
}

/// Where a step begins and how large it is, when it is one of a number.
fn step_of(m: &Move) -> Option<f64> {
    match (&m.from, &m.to) {
        (Setting::Number(from), Setting::Number(to)) => Some(to - from),
        _ => None,
    }
}

/// A question of a tree with its answer: `Views above 12`.
pub fn condition(lang: Lang, parts: &[Part], condition: &Condition) -> String {
    let Some(part) = parts.get(condition.feature) else { return String::new() };
    let name = feature::column(lang, &part.name);
    let value = |v: f64| amount(lang, &part.name, v);
    let is = |level: &str| super::predict::is_level(lang, &name, level);
    match &condition.test {
        Test::Between { low: Some(low), high: Some(high) } => between(lang, name, value(*low), value(*high)),
        Test::Between { low: Some(low), high: None } => above(lang, name, value(*low)),
        Test::Between { low: None, high: Some(high) } => up_to(lang, name, value(*high)),
        Test::Between { low: None, high: None } => name,
        Test::Yes => is(yes(lang)),
        Test::No => is(no(lang)),
        Test::Is(level) => is(level),
        Test::IsNot(level) => is_not(lang, name, level),
        Test::IsOther => is(other_levels(lang)),
        Test::IsNotOther => is_not(lang, name, other_levels(lang)),
        Test::IsMissing => is(missing(lang)),
        Test::IsKnown => is_known(lang, name),
    }
}

/// `Browsing time, 10 min more`, for a list.
pub fn step(lang: Lang, m: &Move) -> String {
    let name = feature::column(lang, &m.name);
    match (step_of(m), &m.to) {
        (Some(step), _) => super::predict::more(lang, name, amount(lang, &m.name, step)),
        (None, Setting::YesNo(_)) => super::predict::is_yes(lang, name),
        (None, to) => super::predict::is_level(lang, name, setting(lang, &m.name, to)),
    }
}

fn who(lang: Lang, m: &Move) -> String {
    let name = feature::column(lang, &m.name);
    let Some(by) = step_of(m) else {
        return match &m.to {
            Setting::YesNo(_) => who_yes(lang, name),
            to => who_level(lang, name, setting(lang, &m.name, to), setting(lang, &m.name, &m.from)),
        };
    };
    let by = amount(lang, &m.name, by);
    match Feature::from_key(&m.name) {
        Some(Feature::BrowsingTime) => who_browse(lang, by),
        Some(Feature::ActiveDays) => who_days(lang, by),
        Some(Feature::Views) => who_views(lang, by),
        Some(Feature::Carts) => who_carts(lang, by),
        Some(Feature::Favourites) => who_likes(lang, by),
        Some(Feature::Orders | Feature::Purchases) => who_orders(lang, by),
        Some(Feature::Units) => who_pieces(lang, by),
        Some(Feature::ReviewCount) => who_reviews(lang, by),
        Some(Feature::DistinctProducts) => who_products(lang, by),
        Some(Feature::Recency) => who_bought_ago(lang, by),
        Some(Feature::LastSeen) => who_seen_ago(lang, by),
        Some(Feature::Tenure) => who_older(lang, by),
        Some(Feature::PurchaseFrequency) => who_often(lang, by),
        Some(Feature::Monetary) => who_spent(lang, by),
        Some(f) if matches!(f.definition().unit, Unit::Times | Unit::Pieces) => who_more(lang, by, name),
        Some(f) if f.definition().unit == Unit::Share => {
            who_higher(lang, name, super::predict::points(lang, hundredths(step_of(m).unwrap_or(0.0))))
        }
        _ => who_higher(lang, name, by),
    }
}

/// What the answer is about: the question and, for a yes/no column, the word for yes.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub target: &'a TargetRecipe,
    pub task: Task,
    pub classes: Option<&'a [String; 2]>,
}

impl About<'_> {
    /// What somebody does whose answer is yes: "buy within 30 days".
    pub fn todo(&self, lang: Lang) -> String {
        match self.target {
            TargetRecipe::Events { outcome: Outcome::Buys { days } | Outcome::Spends { days }, .. } => {
                todo_buy(lang, days)
            }
            TargetRecipe::Events { outcome: Outcome::GoesQuiet { days }, .. } => todo_quiet(lang, days),
            TargetRecipe::Column { name, .. } => {
                todo_class(lang, name, self.classes.map_or("", |classes| classes[1].as_str()))
            }
        }
    }

    /// The target's own name for an axis.
    pub fn what(&self, lang: Lang) -> String {
        match self.target {
            TargetRecipe::Events { outcome: Outcome::Spends { days }, .. } => what_spend(lang, days),
            TargetRecipe::Events { .. } => self.todo(lang),
            TargetRecipe::Column { name, .. } => feature::column(lang, name),
        }
    }

    /// `Customers who browse 10 min longer are 6 points likelier to buy within 30 days.`
    pub fn headline(&self, lang: Lang, m: &Move) -> String {
        let (who, change) = (who(lang, m), m.change());
        if self.task == Task::Classification {
            let n = hundredths(change.abs());
            let todo = self.todo(lang);
            return if change >= 0.0 { are_likelier(lang, who, n, todo) } else { are_less(lang, who, n, todo) };
        }
        let n = number::decimal(change.abs());
        match self.target {
            TargetRecipe::Events { outcome, .. } => {
                let what = within_days(lang, outcome.days());
                if change >= 0.0 { have_more(lang, who, n, what) } else { have_less(lang, who, n, what) }
            }
            TargetRecipe::Column { name, .. } => {
                let column = feature::column(lang, name);
                if change >= 0.0 { column_more(lang, who, n, column) } else { column_less(lang, who, n, column) }
            }
        }
    }

    /// A score as people say it: `24 in 100`, or the number.
    pub fn score(&self, lang: Lang, score: f64) -> String {
        match self.task {
            Task::Classification => super::predict::in_100(lang, hundredths(score)),
            Task::Regression => number::decimal(score),
        }
    }
}

/// A column that models read: `top_category=Tea` as `Favourite category: Tea`, `recency=?` as its gap.
pub fn encoded(lang: Lang, name: &str) -> String {
    match name.split_once('=') {
        Some((feature, "?")) => super::predict::is_level(lang, feature::column(lang, feature), missing(lang)),
        Some((feature, "…")) => super::predict::is_level(lang, feature::column(lang, feature), other_levels(lang)),
        Some((feature, level)) => super::predict::is_level(lang, feature::column(lang, feature), level),
        None => feature::column(lang, name),
    }
}

pub fn warning(lang: Lang, warning: &Warning) -> String {
    let named = |name: &str| encoded(lang, name);
    let list = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|n| format!("“{}”", named(n))).collect();
        names.join(lang.pick(", ", "、"))
    };
    match warning {
        Warning::Leak { column, .. } => leak(lang, named(column)),
        Warning::RowsWithoutTarget { rows } => no_target(lang, number::whole(*rows as u64)),
        Warning::Infinite { column, values } => infinite(lang, named(column), number::whole(*values as u64)),
        Warning::ManyLevels { column, levels, kept } => {
            many_levels(lang, named(column), number::whole(*levels as u64), kept)
        }
        Warning::Collinear { model: kind, column, with } if with.is_empty() => {
            level_column(lang, model(lang, *kind), named(column))
        }
        Warning::Collinear { model: kind, column, with } => {
            collinear(lang, model(lang, *kind), named(column), list(with))
        }
        Warning::Separation { model: kind, columns, .. } => separation(lang, model(lang, *kind), list(columns)),
        Warning::Penalised { model: kind, columns, rows } => {
            penalised(lang, model(lang, *kind), columns, number::whole(*rows as u64))
        }
        Warning::NotConverged { model: kind, after } => {
            not_settled(lang, model(lang, *kind), number::whole(*after as u64))
        }
        Warning::Sampled { model: kind, rows, of } => {
            sampled(lang, model(lang, *kind), number::whole(*rows as u64), number::whole(*of as u64))
        }
        Warning::NotCovered { days, covered } => not_covered(lang, days, format!("{covered:.0}")),
    }
}

pub fn reason(lang: Lang, reason: &Reason) -> &'static str {
    match reason {
        Reason::NotChosen => aside_not_chosen(lang),
        Reason::Text => aside_text(lang),
        Reason::IdLike => aside_id(lang),
        Reason::Constant => aside_constant(lang),
        Reason::Empty => aside_empty(lang),
        Reason::Time => aside_time(lang),
        Reason::NumbersAsText { .. } => aside_numbers(lang),
        Reason::OutOfRange => aside_range(lang),
        Reason::Unsupported { .. } => aside_type(lang),
    }
}

fn kind(lang: Lang, kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Number => kind_number(lang),
        ColumnKind::YesNo => kind_yes_no(lang),
        ColumnKind::Category => kind_category(lang),
        ColumnKind::Time => kind_time(lang),
        ColumnKind::Unsupported => kind_other(lang),
    }
}

/// What a table lacks for a model.
pub fn lacks(lang: Lang, check: &FitCheck) -> String {
    let missing = check.missing.iter().map(|name| e_lacks(lang, feature::column(lang, name)));
    let typed = check.other_type.iter().map(|(name, learned, has)| {
        e_other_type(lang, feature::column(lang, name), kind(lang, *has), kind(lang, *learned))
    });
    missing.chain(typed).collect::<Vec<_>>().join(lang.pick("; ", "；"))
}

impl Worded for PredictError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Cancelled => common::cancel(lang).to_owned(),
            Self::Table { message } => e_table(lang, message),
            Self::NoColumn { column } => e_no_column(lang, column),
            Self::TwoColumns { column } => e_two(lang, column),
            Self::TargetEmpty { column } => e_empty(lang, column),
            Self::TargetConstant { column, value } => e_constant(lang, column, value),
            Self::TargetManyClasses { column, classes } => e_classes(lang, column, classes),
            Self::TargetNoClass { column, class } => e_no_class(lang, column, class),
            Self::TargetNotNumber { column, .. } => e_kind(lang, column),
            Self::TargetOutOfRange { column } => e_huge(lang, column),
            Self::NoFeatures { .. } => e_no_features(lang).to_owned(),
            Self::TooFewRows { rows, needed } => e_few(lang, rows, needed),
            Self::TooFewOfClass { class, count, needed } => e_few_class(lang, class, count, needed),
            Self::MoreFeaturesThanRows { features, rows } => e_wide(lang, features, rows),
            Self::NeedsYesNo { kind } => e_yes_no(lang, model(lang, *kind)),
            Self::Diverged { learning_rate, largest, .. } => {
                e_diverged(lang, number::decimal(*learning_rate), number::decimal(*largest))
            }
            Self::Numerical => e_numerical(lang).to_owned(),
            Self::Recipe { field, message } => e_setting(lang, field, message),
            Self::DoesNotFit { check } => e_not_fit(lang, lacks(lang, check)),
            Self::Stored { message } => e_stored(lang, message),
            Self::LabelCount { .. } | Self::NotExplained { .. } | Self::NoRow { .. } => e_other(lang).to_owned(),
        }
    }
}

impl Worded for StudyError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Source(why) => why.text(lang),
            Self::Predict(why) => why.text(lang),
            Self::NoModel => e_no_model(lang).to_owned(),
            Self::OtherModels { asked, .. } => e_other_model(lang, model(lang, *asked)),
        }
    }
}
