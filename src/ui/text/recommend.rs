//! Words of the Recommend page.

use super::words;

words! {
    title => "What to show each customer", "给每位顾客看什么";
    lead(n) => "{n} ways to choose, side by side. Every product says why it is there.", "{n} 种选法并排对照，每件商品都说明理由。";
    lead_one => "One way to choose. Every product says why it is there.", "一种选法，每件商品都说明理由。";
    lead_none => "Learns from what customers did, then shows what each would be shown and why.", "从顾客行为中学习，再展示给每位顾客看什么、为什么。";
    learn => "Learn from what customers did", "从顾客行为中学习";
    learn_again => "Learn again", "重新学习";
    measure => "Measure", "测一测";
    measure_again => "Measure again", "重新测量";
    make_lists => "Make lists for everyone", "为所有人生成清单";
    empty_title => "Nobody did anything yet", "还没有任何顾客行为";
    empty_text => "Import a table of events or orders on the Data page. Lists follow in under a minute.", "请先在“数据”页导入行为表或订单表，一分钟内即可得到清单。";
    ready_title => "Ready to learn", "可以开始学习";
    ready_text => "It takes a few seconds. Nothing leaves this computer, and every list says why.", "只需几秒。数据不会离开本机，每份清单都附理由。";
    loading => "Opening what was learned", "正在打开学习结果";

    face_customer => "One customer", "单个顾客";
    face_visitor => "A new visitor", "新访客";
    face_group => "A group", "一群顾客";
    face_product => "A product", "一件商品";
    face_worth => "How good", "效果如何";
    face_rules => "Rules", "规则";

    customer => "Customer", "顾客";
    customer_named(id) => "Customer {id}", "顾客 {id}";
    visitor_named => "A new visitor", "一位新访客";
    find_customer => "Customer number", "顾客编号";
    find_product => "Product name or number", "商品名称或编号";
    show_all => "All customers", "所有顾客";
    show_selection(label) => "Chosen: {label}", "已选：{label}";
    show_newer => "With newer events", "有新行为的";
    show_bought => "Who bought", "买过的";
    show_looked => "Who only looked", "只看过的";
    more(n) => "{n} more", "还有 {n} 位";
    none_found => "Nobody of that number", "没有这个编号";
    no_product_found => "No product of that name", "没有匹配的商品";
    today => "today", "今天";
    yesterday => "yesterday", "昨天";
    days_ago(n) => "{n} days ago", "{n} 天前";
    facts(orders, views) => "{orders} orders, {views} other events", "{orders} 笔订单，{views} 次其他行为";
    facts_one(views) => "1 order, {views} other events", "1 笔订单，{views} 次其他行为";
    facts_views(views) => "{views} events, nothing bought", "{views} 次行为，未购买";
    no_history => "No history that counts", "没有可用的历史";

    recommenders => "Recommenders", "推荐方法";
    right_in_100 => "right in 100", "每百人命中";
    hit_hover(metric, value) => "{metric}: {value}", "{metric}：{value}";
    not_measured => "Not measured yet", "尚未测量";
    tested_time => "Tested by hiding the newest fifth of all events and looking for them in a list of 10.", "测试方法：隐藏最近五分之一的行为，看能否出现在前 10 名。";
    tested_last => "Tested by hiding each customer’s last product and looking for it in a list of 10.", "测试方法：隐藏每位顾客的最后一件商品，看能否出现在前 10 名。";
    not_tested => "Nobody knows yet how often these are right. “How good” measures it on your own past.", "还不知道这些方法有多准。可在“效果如何”中用你自己的历史来测量。";
    right_for(n) => "Right for {n} customers in 100", "每 100 位顾客命中 {n} 位";
    how_it_learns => "How it learns", "学习设置";
    back => "Back", "返回";

    popular => "What sells most", "热销商品";
    neighbours => "Similar customers", "相似顾客";
    als => "Learned tastes", "学到的口味";
    bpr => "Learned order", "学到的排序";
    ease => "Bought along with", "常一起买";
    content => "Similar goods", "相似商品";
    neural => "What comes next", "下一步会看";
    blend => "Blend of all", "综合";
    popular_term => "Popularity, newer events count more", "热度，越新的行为权重越大";
    neighbours_term => "Item neighbours (cosine, TF-IDF or BM25)", "物品近邻（余弦、TF-IDF 或 BM25）";
    als_term => "Matrix factors by alternating least squares (ALS)", "交替最小二乘矩阵分解（ALS）";
    bpr_term => "Bayesian personalised ranking (BPR)", "贝叶斯个性化排序（BPR）";
    ease_term => "Linear item-to-item weights in closed form (EASE)", "闭式线性物品权重（EASE）";
    content_term => "Words, category and attributes of products", "商品文字、品类与属性";
    neural_term => "A small transformer over the order of events, trained on this computer", "在本机训练的小型序列模型（Transformer）";
    blend_term => "Several recommenders by rank or score", "按名次或分数综合多种方法";

    order => "order", "订单";
    view => "view, cart, favourite", "浏览、加购、收藏";
    left_out_by_you => "left out by you", "被你略去";
    click_order => "Click an order to leave it out and watch the lists change", "点击订单可略去它，清单会随之变化";
    left_out => "left out", "已略去";
    added => "added", "已添加";
    n_left_out(n) => "{n} left out", "已略去 {n} 项";
    n_added(n) => "{n} added", "已添加 {n} 项";
    put_back => "Put back", "恢复";
    rose(from, to) => "With your changes this product rose from {from} to {to}.", "按你的改动，这件商品从第 {from} 升至第 {to}。";
    fell(from, to) => "With your changes this product fell from {from} to {to}.", "按你的改动，这件商品从第 {from} 降至第 {to}。";
    stayed(at) => "With your changes this product stays at {at}.", "按你的改动，这件商品仍排第 {at}。";
    changed_hint => "The lists show what this history would give.", "清单显示的是改动后的结果。";

    rules => "Rules", "规则";
    add_rule => "Add", "添加";
    variety => "Variety", "多样性";
    variety_hover => "To the right: less alike. Term: maximal marginal relevance.", "越往右越不相似。术语：最大边际相关性（MMR）。";
    not_bought => "Not bought already", "未买过";
    not_touched => "Not even looked at", "未看过";
    bought_too => "Bought ones too", "含已买过";
    in_stock => "In stock", "有货";
    unlisted_too => "Out of catalogue too", "含已下架";
    services_too => "Postage and fees too", "含运费、手续费";
    only_category(name) => "Only {name}", "仅 {name}";
    not_category(name) => "Not {name}", "不含 {name}";
    from_price(p) => "From {p}", "{p} 起";
    up_to_price(p) => "Up to {p}", "不超过 {p}";
    ceiling(segment, p) => "{segment}: up to {p}", "{segment}：不超过 {p}";
    pinned(name) => "Pinned: {name}", "置顶：{name}";
    hidden(name) => "Hidden: {name}", "隐藏：{name}";
    raised(name) => "Raised: {name}", "提升：{name}";
    lowered(name) => "Lowered: {name}", "降低：{name}";
    take_out(name) => "Take out: {name}", "移除：{name}";
    rule_owned => "What a customer has already", "顾客已有的商品";
    rule_category => "Category", "品类";
    rule_brand => "Brand", "品牌";
    rule_any => "Any", "不限";
    rule_only => "Only this", "仅此";
    rule_never => "Never this", "排除";
    rule_more => "Raise", "提升";
    rule_less => "Lower", "降低";
    rule_lowest => "Lowest price", "最低价";
    rule_highest => "Highest price", "最高价";
    rule_ceiling => "Highest price for a segment", "某分群的最高价";
    rule_segment => "Segment", "分群";
    rule_segment_none => "Make segments first to give each its own ceiling.", "请先做分群，再分别设置上限。";
    set => "Set", "设定";
    unknown_ids(ids) => "No product has this number: {ids}", "没有此编号的商品：{ids}";

    removed_here(n) => "{n} left out here by rules", "此处有 {n} 件被规则移除";
    removed_line(rank, name, reason) => "{rank}. {name}: {reason}", "{rank}. {name}：{reason}";
    kept_out(n) => "The rules keep {n} products from this customer.", "规则共排除 {n} 件商品。";
    reason_bought => "already bought", "已买过";
    reason_touched => "already looked at", "已看过";
    reason_not_in_catalogue => "no longer in the catalogue", "已不在目录中";
    reason_not_goods => "postage, a fee or an entry by hand", "运费、手续费等，不是商品";
    reason_excluded => "hidden by you", "已被你隐藏";
    reason_category => "category left out", "品类被排除";
    reason_brand => "brand left out", "品牌被排除";
    reason_price => "outside the price range", "超出价格范围";
    reason_ceiling => "above the segment’s ceiling", "超过分群价格上限";
    reason_out_of_stock => "out of stock", "缺货";
    reason_displaced => "moved down by pins, raises or variety", "因置顶、提升或多样性后移";
    fallback_filled => "Filled up with what sells most.", "不足部分以热销商品补齐。";
    fallback_no_history => "No history that counts, so this is what sells most.", "没有可用的历史，因此显示热销商品。";
    fallback_unknown => "Only products that it does not know, so this is what sells most.", "历史中只有未知商品，因此显示热销商品。";
    no_catalogue => "There is no products table: numbers stand for names.", "没有商品表，以编号代替名称。";
    no_list => "The rules leave nothing to show.", "规则没有留下可展示的商品。";

    because(name) => "because of {name}", "因为 {name}";
    because_itself => "looked at before", "之前看过";
    because_popular => "sells well", "卖得好";
    because_pinned => "pinned by you", "由你置顶";
    because_filled => "sells well, to fill up", "热销补位";
    because_nothing => "by score alone", "仅按分数";
    lists_agree(n) => "{n} lists agree", "{n} 份清单一致";
    in_stock_n(n) => "{n} in stock", "库存 {n}";
    out_of_stock => "out of stock", "缺货";
    not_listed => "not in the catalogue", "不在目录中";

    in_lists(n, all) => "In {n} of {all} lists", "{all} 份清单中有 {n} 份";
    because_of_past => "Because of the past", "来自历史的理由";
    everybody => "Sells well with everybody", "大家都在买";
    the_rest(n) => "{n} more", "其余 {n} 项";
    against(name) => "{name}, speaks against", "{name}（反向）";
    if_looked => "If they saw it", "假如看过";
    if_bought => "If they bought it", "假如买过";
    did_bought_once => "bought once", "买过 1 次";
    did_bought_twice => "bought twice", "买过 2 次";
    did_bought(n) => "bought {n} times", "买过 {n} 次";
    did_cart => "put in the cart", "加购过";
    did_favourite => "saved as a favourite", "收藏过";
    did_viewed_once => "looked at once", "看过 1 次";
    did_viewed_twice => "looked at twice", "看过 2 次";
    did_viewed(n) => "looked at {n} times", "看过 {n} 次";
    did_last(what, date) => "{what}, last on {date}", "{what}，最近 {date}";
    because_did(name, did) => "because of {name}, {did}", "因为 {name}，{did}";
    write_for_it => "Write for it", "为它写文案";
    write_for_these => "Write for these", "为这些商品写文案";
    preview_another => "Preview another", "换一位预览";
    adds_up(score) => "Together these add up to the score, {score}.", "以上相加即为得分 {score}。";
    leave_out(name) => "Leave out {name}", "略去 {name}";
    place_in_lists => "Place in each list", "在各清单中的名次";
    place_n(n) => "{n}", "第 {n}";
    no_place => "not listed", "未上榜";
    nothing_chosen_title => "Choose a product", "选择一件商品";
    nothing_chosen => "Click a product in a list to see what put it there.", "点击清单中的商品，查看它上榜的原因。";
    pin => "Pin", "置顶";
    unpin => "Unpin", "取消置顶";
    hide => "Hide", "隐藏";
    raise => "Raise", "提升";
    lower => "Lower", "降低";
    goes_with => "Goes with it", "搭配商品";

    weights_title => "What counts how much", "各行为的权重";
    weight_view => "View", "浏览";
    weight_cart => "Into the cart", "加购";
    weight_favourite => "Favourite", "收藏";
    weight_purchase => "Purchase", "购买";
    weight_return => "Return", "退货";
    fading => "Counts half after", "权重减半所需";
    fading_never => "Never fades", "不随时间减弱";
    fading_days(n) => "{n} days", "{n} 天";
    repeats => "Several times", "重复行为";
    repeats_once => "Counts once", "只算一次";
    repeats_log => "Counts a little more", "略微加权";
    repeats_sum => "Adds up", "累加";
    by_quantity => "More pieces count more", "件数越多权重越大";
    learned_from => "Learned by", "学习方法";
    factors => "Factors", "因子数";
    iterations => "Rounds", "轮数";
    penalty => "Caution", "正则强度";
    dropout => "Kept hidden while learning", "训练时隐藏的比例";
    confidence => "Trust in events", "行为置信度";
    neighbours_n => "Neighbours kept", "近邻数";
    similarity => "Similarity", "相似度";
    epochs => "Passes", "训练轮数";
    text_weight => "Words", "文字";
    category_weight => "Category", "品类";
    attribute_weight => "Attributes", "属性";
    half_life => "Counts half after (days)", "减半天数";
    own_categories => "Own categories", "偏向自己的品类";
    mix => "Blended by", "综合方式";
    mix_rank => "Rank", "名次";
    mix_scores => "Score", "分数";
    settings_of(name) => "Settings of {name}", "{name}的设置";
    find_better => "Find better settings", "寻找更好的设置";
    found_better(from, to) => "Found: {from} → {to}. Use it", "已找到：{from} → {to}，采用";
    nothing_better => "Nothing better found", "没有找到更好的";
    changed_since => "Changed since it learned", "学习后设置有改动";
    not_possible(name, why) => "{name} is left out: {why}", "{name}未能使用：{why}";
    learned_curve => "How the network learned", "网络的学习曲线";
    curve_axis => "loss (nats) by pass", "损失（nats）/ 轮次";
    curve_held_out => "customers kept out", "未参与训练的顾客";
    curve_training => "training", "训练";
    curve_now(epoch, loss) => "Pass {epoch}: loss {loss}", "第 {epoch} 轮：损失 {loss}";

    newer_events(n) => "{n} newer events", "{n} 条新行为";
    newer_hover(events, customers, waiting) => "{events} events of {customers} customers are newer than what was learned and already in the lists; {waiting} are about products it does not know and wait for the next learning.", "{customers} 位顾客的 {events} 条新行为已计入清单；另有 {waiting} 条涉及未知商品，等待下次学习。";
    learned_at(when, events, customers) => "Learned {when} from {events} events of {customers} customers", "{when}学习，{customers} 位顾客的 {events} 条行为";

    visitor_lead => "Pick what somebody has just looked at or bought, and see what they would be shown.", "选择访客刚看过或买过的商品，看会向其推荐什么。";
    visitor_empty => "Nothing picked yet: everybody sees what sells most.", "尚未选择：所有人看到的都是热销商品。";
    looked_at => "Looked at", "看过";
    bought => "Bought", "买过";
    pick(name) => "Add {name}", "添加 {name}";
    took(ms) => "Answered in {ms} ms, without learning again", "{ms} 毫秒内得出，无需重新学习";
    start_over => "Start over", "重新开始";

    group_lead => "What the customers of a group would agree on. A place near the top of a list counts more.", "一群顾客最一致的选择，名次越靠前计分越多。";
    group_everybody => "Everybody", "所有人";
    group_size(n) => "{n} customers", "{n} 位顾客";
    group_voters(n, all) => "{n} of {all} have a history that counts", "{all} 位中有 {n} 位有可用历史";
    group_share(p) => "on the lists of {p} %", "在 {p} % 的清单上";
    group_none => "No segments yet. Make some on the Segments page, or choose customers there.", "还没有分群。请在“分群”页创建或选择顾客。";
    group_by => "Chosen by", "选择方法";

    product_lead => "What goes with a product: bought together more often than chance would have it.", "与某商品搭配购买、且高于随机概率的商品。";
    product_none => "Choose a product at the left.", "请在左侧选择商品。";
    together_none => "Not bought together with anything often enough to say.", "没有足够的同购记录。";
    together_col => "Bought together", "一起购买";
    together_times => "Baskets", "订单数";
    together_share => "of its buyers", "占其买家";
    together_lift => "Times chance", "提升度";
    together_support => "of all baskets", "占全部订单";
    together_hover(together, baskets, lift) => "{together} of {baskets} baskets hold both: {lift} times as often as chance (lift).", "{baskets} 笔订单中有 {together} 笔同时包含两者，是随机的 {lift} 倍（提升度）。";
    baskets_orders(n) => "{n} orders", "{n} 笔订单";
    baskets_days(n) => "{n} customer days (there are no order numbers)", "{n} 个顾客日（没有订单号）";

    worth_lead => "Part of the past is hidden, and each way looks for it among all products.", "隐藏一部分历史，让每种方法在全部商品中寻找。";
    worth_split => "What is hidden", "隐藏什么";
    split_time => "The newest fifth of all events", "最近五分之一的行为";
    split_last => "Each customer’s last product", "每位顾客的最后一件商品";
    worth_only_new => "Only products new to them", "只找顾客没接触过的商品";
    worth_none => "Not measured yet. It takes about as long as learning.", "尚未测量，用时与学习相近。";
    worth_facts(users, items) => "{users} customers, {items} products, all of them ranked", "{users} 位顾客、{items} 件商品，全部参与排序";
    col_way => "Way", "方法";
    col_hit => "Right in 100", "每百人命中";
    col_coverage => "Coverage", "覆盖率";
    col_gini => "Gini", "基尼系数";
    col_novelty => "Novelty", "新颖度";
    col_diversity => "Diversity", "多样性";
    col_seconds => "Seconds", "用时（秒）";
    first_k(k) => "First {k}", "前 {k} 名";
    about_ndcg => "How near the top of the list the right products stand (NDCG).", "命中的商品排得多靠前（NDCG）。";
    about_recall => "How much of what customers then chose stands on the list (recall).", "顾客后来选择的商品有多少在清单上（召回率）。";
    about_precision => "How much of the list customers then chose (precision).", "清单中有多少商品被顾客选择（精确率）。";
    about_map => "Precision at every right product, averaged (MAP).", "在每件命中商品处的精确率的平均（MAP）。";
    about_mrr => "One divided by the place of the first right product (MRR).", "首个命中商品名次的倒数（MRR）。";
    about_coverage => "The share of all products that stand on anybody’s list.", "出现在任何清单上的商品占全部商品的比例。";
    about_gini => "How unequally products are shown: 0 all alike, towards 1 always the same few.", "商品展示的不均程度：0 为完全平均，越近 1 越集中。";
    about_novelty => "How little known the shown products are, in bits: one bit more, half as many customers.", "所展示商品的冷门程度（比特）：每多一比特，接触过的顾客减半。";
    about_diversity => "How unlike each other the products of a list are, 0 to 1.", "同一清单中商品之间的差异程度，0 到 1。";
    about_seconds => "Seconds to learn, and beneath them to rank all products for everybody tested.", "学习所需秒数；下方为给所有测试顾客排序所需秒数。";
    differences_by(k) => "By NDCG@{k}, customer by customer, corrected for the number of pairs", "按 NDCG@{k} 逐位顾客比较，并按对数校正";
    surely_better(name, others) => "{name}: surely better than {others}", "{name}：确实优于 {others}";
    perhaps_better(name, others) => "{name}: ahead of {others}, but it could be chance", "{name}：略高于 {others}，但可能是偶然";
    differences => "Which differences are real", "哪些差异是真实的";
    interval_hover(low, high) => "95 % interval {low} to {high}", "95 % 区间 {low} 至 {high}";
    worth_failed(name, why) => "{name}: {why}", "{name}：{why}";
    stale_measure => "Measured on older data or settings", "测量所用数据或设置已变";

    export_title => "Lists as a file", "导出清单";
    export_way => "Way", "方法";
    export_length => "Products a list", "每份清单的商品数";
    export_who => "For whom", "对象";
    export_format => "CSV, XLSX or Parquet, with score and reason; the file’s ending decides.", "CSV、XLSX 或 Parquet，含分数和理由，由扩展名决定。";
    export_go => "Choose the file", "选择文件";
    exported(rows, file) => "{rows} rows written to {file}", "已将 {rows} 行写入 {file}";
    lists_name => "lists.csv", "推荐清单.csv";

    err_not_written(what) => "The lists could not be written: {what}", "清单未能写入：{what}";
    err_no_events => "There are no events with a customer, a product and a time. Look at the roles of your table’s columns on the Data page.", "没有同时包含顾客、商品和时间的行为。请在“数据”页检查各列的角色。";
    err_no_items => "The events don’t say which product they are about. Import the table again and give one column the role “item”.", "行为表中没有商品列。请重新导入并为一列指定“商品”角色。";
    err_nothing_counts => "With these weights no event counts for anything. Give views or purchases a weight above zero.", "按当前权重，没有任何行为计入。请将浏览或购买的权重设为大于零。";
    err_setting(name, must) => "{name}: must be {must}.", "{name}：必须为 {must}。";
    err_too_many_ids(what) => "There are more than 4 billion different {what}.", "不同的 {what} 超过 40 亿个。";
    err_too_many_items(items, limit) => "It takes at most {limit} products with events; this shop has {items}. The other ways work.", "最多支持 {limit} 件有行为的商品，本店有 {items} 件。请使用其他方法。";
    err_no_text => "The catalogue has no names, categories or descriptions. Import a products table.", "目录中没有名称、品类或描述。请导入商品表。";
    err_unknown_user(id) => "There is no customer {id} in the events.", "行为数据中没有顾客 {id}。";
    err_unknown_item(id) => "There is no product {id}.", "没有商品 {id}。";
    err_not_fitted(name) => "“{name}” was not learned yet. Tick it under “How it learns” and learn again.", "尚未学习“{name}”。请在“学习设置”中勾选后重新学习。";
    err_empty_segment => "Nobody in this group is in the events.", "该群体中没有人出现在行为数据里。";
    err_nothing_to_test(users, two) => "There is nothing to test on: of {users} customers, {two} have two products or more. Try the other way of hiding, or import a longer past.", "无法测试：{users} 位顾客中只有 {two} 位有两件以上商品。请换一种隐藏方式，或导入更长的历史。";
    err_unstable => "Its equations have no stable solution. Raise “Caution” and learn again.", "方程不稳定。请提高“正则强度”后重试。";
    err_net(what) => "The network could not be trained: {what}", "网络训练失败：{what}";
    err_table(what) => "The table can’t be used: {what}", "表格无法使用：{what}";
    err_kept(what) => "What was learned can’t be read back ({what}). Learn again.", "学习结果无法读取（{what}）。请重新学习。";
}

use super::{Lang, error, source};
use crate::stage::recommend::counter::Did;
use crate::stage::recommend::list::{Fallback, Source};
use crate::stage::recommend::rules::Reason;
use crate::stage::recommend::{Algorithm, EventKind, RecommendError};
use crate::store::recommend::ShopError;
use crate::ui::failure::Worded;

pub fn algorithm(lang: Lang, algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Popular => popular(lang),
        Algorithm::Neighbours => neighbours(lang),
        Algorithm::Als => als(lang),
        Algorithm::Bpr => bpr(lang),
        Algorithm::Ease => ease(lang),
        Algorithm::Content => content(lang),
        Algorithm::Neural => neural(lang),
        Algorithm::Blend => blend(lang),
    }
}

pub fn term(lang: Lang, algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Popular => popular_term(lang),
        Algorithm::Neighbours => neighbours_term(lang),
        Algorithm::Als => als_term(lang),
        Algorithm::Bpr => bpr_term(lang),
        Algorithm::Ease => ease_term(lang),
        Algorithm::Content => content_term(lang),
        Algorithm::Neural => neural_term(lang),
        Algorithm::Blend => blend_term(lang),
    }
}

pub fn reason(lang: Lang, reason: Reason) -> &'static str {
    match reason {
        Reason::Bought => reason_bought(lang),
        Reason::Touched => reason_touched(lang),
        Reason::NotInCatalogue => reason_not_in_catalogue(lang),
        Reason::NotGoods => reason_not_goods(lang),
        Reason::Excluded => reason_excluded(lang),
        Reason::Category => reason_category(lang),
        Reason::Brand => reason_brand(lang),
        Reason::Price => reason_price(lang),
        Reason::Ceiling => reason_ceiling(lang),
        Reason::OutOfStock => reason_out_of_stock(lang),
        Reason::Displaced => reason_displaced(lang),
    }
}

pub fn fallback(lang: Lang, fallback: Fallback) -> Option<&'static str> {
    match fallback {
        Fallback::None => None,
        Fallback::Filled => Some(fallback_filled(lang)),
        Fallback::NoHistory => Some(fallback_no_history(lang)),
        Fallback::UnknownItems => Some(fallback_unknown(lang)),
    }
}

/// Why a place is there when no past item speaks for it.
pub fn placed_by(lang: Lang, source: Source) -> &'static str {
    match source {
        Source::Model => because_popular(lang),
        Source::Popular => because_filled(lang),
        Source::Pin => because_pinned(lang),
    }
}

/// `1st`, `2nd`, `第 3`.
pub fn ordinal(lang: Lang, n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    match lang {
        Lang::En => place_n(lang, format!("{}{ending}", super::number::whole(n as u64))),
        Lang::Zh => place_n(lang, super::number::whole(n as u64)),
    }
}

/// "bought twice"; "saved as a favourite".
pub fn did(lang: Lang, did: &Did) -> String {
    match (did.kind, did.times) {
        (EventKind::Purchase, 1) => did_bought_once(lang).to_owned(),
        (EventKind::Purchase, 2) => did_bought_twice(lang).to_owned(),
        (EventKind::Purchase, n) => did_bought(lang, n),
        (EventKind::Cart, _) => did_cart(lang).to_owned(),
        (EventKind::Favourite, _) => did_favourite(lang).to_owned(),
        (_, 1) => did_viewed_once(lang).to_owned(),
        (_, 2) => did_viewed_twice(lang).to_owned(),
        (_, n) => did_viewed(lang, n),
    }
}

impl Worded for RecommendError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Cancelled(_) => super::common::cancel(lang).to_owned(),
            Self::NoEvents => err_no_events(lang).to_owned(),
            Self::NoItems => err_no_items(lang).to_owned(),
            Self::NothingCounts => err_nothing_counts(lang).to_owned(),
            Self::BadSetting { name, must_be } => err_setting(lang, name, must_be),
            Self::TooManyIds { what } => err_too_many_ids(lang, what),
            Self::TooManyItems { items, limit, .. } => {
                err_too_many_items(lang, super::number::whole(*items as u64), super::number::whole(*limit as u64))
            }
            Self::NoProductText => err_no_text(lang).to_owned(),
            Self::UnknownUser { id } => err_unknown_user(lang, id),
            Self::UnknownItem { id } => err_unknown_item(lang, id),
            Self::NotFitted { algorithm: which } => err_not_fitted(lang, algorithm(lang, *which)),
            Self::EmptySegment => err_empty_segment(lang).to_owned(),
            Self::NothingToTest { users, with_two } => err_nothing_to_test(lang, users, with_two),
            Self::Unstable { .. } => err_unstable(lang).to_owned(),
            Self::Net(what) => err_net(lang, what),
            Self::Table(what) => err_table(lang, what),
            Self::Kept(what) => err_kept(lang, what),
        }
    }
}

/// Lists that could not be written.
#[derive(Debug)]
pub struct NotWritten(pub crate::store::export::ExportError);

impl Worded for NotWritten {
    fn text(&self, lang: Lang) -> String {
        match &self.0 {
            crate::store::export::ExportError::Store(why) => error::store(lang, why),
            why => err_not_written(lang, why),
        }
    }
}

impl Worded for ShopError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Source(why) => match why {
                crate::store::sources::SourceError::NoEvents => source::no_events(lang).to_owned(),
                why => why.text(lang),
            },
            Self::Store(why) => error::store(lang, why),
            Self::Recommend(why) => why.text(lang),
        }
    }
}
