//! Words of the Segments page's tools: editing, selection, rules, comparison, export.

use super::{Lang, feature, words};
use crate::stage::data::features::EventKind;
use crate::stage::segment::rfm::RfmGroup;
use crate::stage::segment::rule::{Compare, RuleProblem};
use crate::store::export::ExportError;
use crate::ui::failure::Worded;

words! {
    edit_name => "Edit name and sentence", "编辑名称和描述";
    name_en => "Name, English", "英文名称";
    name_zh => "Name, Chinese", "中文名称";
    sentence_en => "Sentence, English", "英文描述";
    sentence_zh => "Sentence, Chinese", "中文描述";
    see_card => "The chosen segment", "所选客群";
    keep => "Keep", "保存";
    as_written => "As written by the program", "恢复自动描述";
    see(n) => "See {n}", "查看 {n} 位";
    select_them(name) => "Select {name}", "选中 {name}";
    small_group(n, floor) => "Only {n} customers: fewer than the floor of {floor}. A picture of so few may point at single people.", "仅 {n} 位顾客，少于下限 {floor}。人数过少，画像可能指向个人。";
    show_anyway => "Show anyway", "仍然显示";
    floor => "Smallest audience", "最小人群";
    empty_title => "No groups yet", "还没有客群";
    empty_data => "Segments need events or orders: who did what and when. Import them on the Data page.", "分群需要行为或订单数据：谁在何时做了什么。请在“数据”页导入。";
    empty_ready => "Find groups in what your customers did. It takes a few seconds.", "根据顾客行为寻找客群，只需几秒。";
    empty_project => "Open the sample shop to see groups of customers.", "打开示例店铺即可查看客群。";
    saved_segments => "Your segments", "自建客群";
    saved_none => "Rules and drawn groups that you keep are listed here.", "保存的规则和圈选会列在这里。";
    new_rule => "New rule", "新建规则";
    live => "live", "实时";
    fixed => "fixed", "固定";
    live_hint => "Live: asked again whenever the data changes. Fixed: these customers, whatever happens.", "实时：数据变化后重新计算。固定：始终是这些顾客。";
    delete => "Delete", "删除";
    delete_named(name) => "Delete {name}", "删除 {name}";
    rule_name => "Name of the segment", "客群名称";
    rule_save => "Save segment", "保存客群";
    rule_saved(name) => "Saved: {name}", "已保存：{name}";
    name_missing => "Give it a name first.", "请先填写名称。";
    name_taken => "There is a segment of that name already.", "已有同名客群。";
    met_by(n, of) => "{n} of {of} customers", "{of} 位中的 {n} 位顾客";
    counting => "Counting…", "正在统计…";
    nobody => "Nobody meets this condition.", "没有顾客符合此条件。";
    nobody_together => "Nobody meets these conditions together.", "没有顾客同时符合这些条件。";
    preview => "For example", "例如";
    all_of => "All of these", "全部符合";
    any_of => "Any of these", "符合任一";
    none_of => "Not", "排除";
    add_condition => "Add a condition", "添加条件";
    add_group => "Add a group", "添加条件组";
    kind_feature => "Feature", "特征";
    kind_did => "Did something", "做过某事";
    kind_spent => "Spent", "消费";
    kind_stopped => "Stopped buying", "停止购买";
    kind_property => "Property", "属性";
    kind_rfm => "RFM group", "RFM 客群";
    kind_segment => "Another segment", "其他客群";
    cmp_below => "below", "小于";
    cmp_at_most => "at most", "不超过";
    cmp_equal => "is", "等于";
    cmp_not_equal => "is not", "不等于";
    cmp_at_least => "at least", "至少";
    cmp_above => "above", "大于";
    deed_any => "did anything", "有任何行为";
    deed_view => "looked at", "浏览";
    deed_cart => "put into the cart", "加购";
    deed_favourite => "saved", "收藏";
    deed_purchase => "bought", "购买";
    deed_return => "returned", "退货";
    of_product => "product id (any)", "商品编号（任意）";
    in_category => "in category", "品类";
    any_category => "any category", "任意品类";
    at_least_times => "at least (times)", "至少（次）";
    at_most_times => "at most", "至多";
    within => "when", "时间";
    ever => "ever", "任何时候";
    last_days => "in the last … days", "最近…天内";
    any_days => "within any … days", "任意连续…天内";
    days => "days", "天";
    from_amount => "from", "从";
    to_amount => "to", "到";
    bought_on_days => "bought on so many days before", "此前购买过的天数";
    quiet_for => "and not for so many days", "且已有多少天未购买";
    words_comma => "words, with commas", "词，用逗号分隔";
    joined(a, b) => "{a} and {b}", "{a} 且 {b}";
    either(a, b) => "{a} or {b}", "{a} 或 {b}";
    without(a, b) => "{a} without {b}", "{a} 除去 {b}";
    set_operations => "Join two segments", "组合两个客群";
    op_and => "Both", "交集";
    op_or => "Either", "并集";
    op_minus => "Without", "差集";
    frozen => "Keep these customers (fixed)", "保留这些顾客（固定）";
    left_segment => "Left", "左侧";
    right_segment => "Right", "右侧";
    side_by_side => "Two segments", "两个客群";
    two_periods => "Two periods", "两个时期";
    compare_do => "Compare", "对比";
    bars_hint => "The bar points to who has more", "条形指向数值更高的一方";
    both_n(n) => "{n} are in both", "{n} 位同时在两侧";
    before_days => "As they were", "对照日";
    days_ago(n) => "{n} days earlier", "{n} 天前";
    moved(p) => "{p} % stayed in their group", "{p} % 留在原群";
    then_now(a, b) => "from {a} (rows, left) to {b} (columns, right)", "从 {a}（行，左）到 {b}（列，右）";
    gone => "no purchase yet", "尚未购买";
    as_matrix => "Matrix", "矩阵";
    as_flow => "Flow", "流向图";
    moves_hint => "The same cut points and centres on both days: whoever moved did so by what they did.", "两天使用相同的分界和中心，变化只来自顾客行为。";
    no_periods => "Two periods need events; this project's customers come from a finished table.", "两个时期的对比需要行为数据；本项目的顾客来自现成的表。";
    n_moved(n, a, b) => "{n} from {a} to {b}", "{n} 位从 {a} 到 {b}";
    export_title => "Export customers", "导出顾客";
    export_whom => "Whom", "导出谁";
    everyone => "Everyone", "全部顾客";
    export_columns(n, of) => "Columns beside id and segment: {n} of {of}", "编号和客群之外的列：{n} / {of}";
    all_columns => "All", "全选";
    no_columns => "None", "全不选";
    export_hash => "Hash the customers' ids", "加密顾客编号";
    export_hash_hint => "The same customer gets the same hash in every export of this project; nobody else can make it.", "同一顾客在本项目的每次导出中得到相同的加密值，他人无法生成。";
    export_file => "Choose a file…", "选择文件…";
    export_hint => "The ending decides: .csv, .xlsx or .parquet", "由扩展名决定：.csv、.xlsx 或 .parquet";
    export_small => "Export anyway", "仍然导出";
    exported(n, file) => "{n} customers written to {file}", "已将 {n} 位顾客写入 {file}";
    filter_export => "CSV, Excel or Parquet", "CSV、Excel 或 Parquet";
    bad_ending(file) => "{file}: the ending must be .csv, .xlsx or .parquet.", "{file}：扩展名须为 .csv、.xlsx 或 .parquet。";
    too_large(rows) => "{rows} rows are more than a workbook holds (1,048,575). Write CSV or Parquet.", "{rows} 行超出工作簿上限（1,048,575）。请导出 CSV 或 Parquet。";
    no_export_column(name) => "There is no column {name}.", "没有列 {name}。";
    not_written(why) => "The file could not be made: {why}", "无法生成文件：{why}";
    p_feature(name) => "There is no feature {name}.", "没有特征 {name}。";
    p_kind(name) => "{name} is not of the kind that this condition needs.", "{name} 的类型不适用于此条件。";
    p_property(name) => "There is no property {name}.", "没有属性 {name}。";
    p_segment(name) => "There is no segment {name}.", "没有客群 {name}。";
    p_category(name) => "There is no category {name}.", "没有品类 {name}。";
    p_item(name) => "There is no product {name}.", "没有商品 {name}。";
    p_empty => "The group is empty: add a condition.", "条件组为空：请添加条件。";
    p_nothing => "Nothing is chosen.", "未选择任何项。";
    p_number => "The number is missing, or the limits are crossed.", "数值缺失，或上下限颠倒。";
    p_events => "The project has no events to ask.", "项目中没有可查询的行为数据。";
    p_prices => "The events tell no prices.", "行为数据中没有价格。";
    p_properties => "The project has no table of customers with properties.", "项目中没有带属性的顾客表。";
    p_rfm => "There is no RFM run yet: find groups by RFM first.", "还没有 RFM 结果：请先按 RFM 寻找客群。";
    p_unaligned => "The tables have changed meanwhile. Try again.", "数据已变化，请重试。";
    p_deep => "Groups are nested too deep.", "条件组嵌套过深。";
}

pub fn rule_problem(lang: Lang, problem: &RuleProblem) -> String {
    match problem {
        RuleProblem::UnknownFeature(name) => p_feature(lang, feature::column(lang, name)),
        RuleProblem::WrongKind(name) => p_kind(lang, feature::column(lang, name)),
        RuleProblem::UnknownProperty(name) => p_property(lang, name),
        RuleProblem::UnknownSegment(name) => p_segment(lang, name),
        RuleProblem::UnknownCategory(name) => p_category(lang, name),
        RuleProblem::UnknownItem(name) => p_item(lang, name),
        RuleProblem::EmptyGroup => p_empty(lang).to_owned(),
        RuleProblem::NothingChosen => p_nothing(lang).to_owned(),
        RuleProblem::BadNumber => p_number(lang).to_owned(),
        RuleProblem::NoEvents => p_events(lang).to_owned(),
        RuleProblem::NoPrices => p_prices(lang).to_owned(),
        RuleProblem::NoProperties => p_properties(lang).to_owned(),
        RuleProblem::NoRfm => p_rfm(lang).to_owned(),
        RuleProblem::Unaligned => p_unaligned(lang).to_owned(),
        RuleProblem::TooDeep => p_deep(lang).to_owned(),
    }
}

pub fn comparison(lang: Lang, compare: Compare) -> &'static str {
    match compare {
        Compare::Below => cmp_below(lang),
        Compare::AtMost => cmp_at_most(lang),
        Compare::Equal => cmp_equal(lang),
        Compare::NotEqual => cmp_not_equal(lang),
        Compare::AtLeast => cmp_at_least(lang),
        Compare::Above => cmp_above(lang),
    }
}

pub fn deed(lang: Lang, event: Option<EventKind>) -> &'static str {
    match event {
        None => deed_any(lang),
        Some(EventKind::View) => deed_view(lang),
        Some(EventKind::Cart) => deed_cart(lang),
        Some(EventKind::Favourite) => deed_favourite(lang),
        Some(EventKind::Purchase) => deed_purchase(lang),
        Some(EventKind::Return) => deed_return(lang),
    }
}

pub fn rfm_group(lang: Lang, group: RfmGroup) -> String {
    let name = crate::stage::segment::run::group_name(group);
    lang.pick(name.en, name.zh)
}

impl Worded for ExportError {
    fn text(&self, lang: Lang) -> String {
        let file = |path: &std::path::Path| super::error::file_name(path);
        match self {
            Self::Ending(path) => bad_ending(lang, file(path)),
            Self::TooLarge { rows, .. } => too_large(lang, super::number::whole(*rows as u64)),
            Self::NoColumn(name) => no_export_column(lang, name),
            Self::Store(why) => super::error::store(lang, why),
            Self::Workbook(why) => not_written(lang, why),
            Self::Engine(why) => not_written(lang, why),
            Self::Cancelled(why) => why.text(lang),
        }
    }
}
