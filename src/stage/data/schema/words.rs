//! The words by which shops call columns and events, in English and Chinese.

use super::types::EventWord;
use crate::stage::data::kind::Role;

/// Names of columns: lower case, without spaces and signs. The first role that lists a name has it.
#[rustfmt::skip]
const NAMES: &[(Role, &[&str])] = &[
    (Role::User, &[
        "userid", "user", "uid", "visitorid", "visitor", "customerid", "customer", "custid", "customerno",
        "customernumber", "customercode", "clientid", "client", "memberid", "member", "memberno", "membercode",
        "buyerid", "buyer", "shopperid", "accountid", "account", "fullvisitorid", "cookieid", "deviceid", "openid",
        "unionid", "vipid", "personid", "householdkey", "reviewerid", "authorid", "customeruniqueid", "useridhash",
        "contactid", "loginid", "用户id", "用户", "用户编号", "用户号", "用户标识", "会员号", "会员id", "会员编号",
        "会员卡号", "会员", "客户id", "客户编号", "客户号", "客户", "顾客id", "顾客编号", "顾客", "买家id", "买家",
        "买家会员名", "访客id", "账号", "帐号",
    ]),
    (Role::Item, &[
        "itemid", "item", "itemcode", "itemno", "iid", "productid", "product", "productcode", "productno", "prodid",
        "pid", "sku", "skuid", "skucode", "stockcode", "articleid", "articleno", "article", "asin", "goodsid",
        "goods", "goodsno", "parentasin", "isbn", "ean", "upc", "gtin", "barcode", "movieid", "styleid", "variantid",
        "lineitemsku", "contentid", "handle", "clothingid", "merchandiseid", "商品id", "商品", "商品编号", "商品编码",
        "商品号", "货号", "款号", "产品id", "产品编号", "产品编码", "产品", "宝贝id", "条码", "条形码", "物品id",
        "sku编码",
    ]),
    (Role::Order, &[
        "orderid", "order", "orderno", "ordernumber", "ordercode", "invoiceno", "invoice", "invoiceid",
        "invoicenumber", "transactionid", "transactionno", "receiptid", "receiptno", "receipt", "basketid", "billno",
        "billid", "tradeid", "salesid", "saleid", "salesorder", "purchaseid", "订单号", "订单编号", "订单id", "订单",
        "交易号", "交易编号", "发票号", "单号", "小票号", "流水号", "主订单编号",
    ]),
    (Role::Session, &[
        "sessionid", "session", "usersession", "visitid", "sid", "sessionkey", "会话id", "会话", "会话编号",
    ]),
    (Role::Event, &[
        "event", "eventtype", "eventname", "behavior", "behaviour", "behaviortype", "behaviourtype", "action",
        "actiontype", "activity", "activitytype", "interaction", "interactiontype", "type", "op", "operation",
        "hittype", "行为", "行为类型", "用户行为", "事件", "事件类型", "动作", "操作", "操作类型",
    ]),
    (Role::Time, &[
        "time", "eventtime", "timestamp", "timestampms", "ts", "datetime", "date", "invoicedate", "orderdate",
        "ordertime", "createdat", "createtime", "createdtime", "created", "orderpurchasetimestamp", "purchasedate",
        "purchasetime", "transactiondate", "transactiontime", "saledate", "paytime", "paymenttime", "paidat",
        "eventdate", "eventtimestamp", "visitdate", "visittime", "reviewdate", "reviewtime", "unixreviewtime",
        "logtime", "accesstime", "occurredat", "dt", "day", "processedat", "submissiontime", "orderedat", "时间",
        "时间戳", "日期", "行为时间", "事件时间", "下单时间", "订单时间", "付款时间", "支付时间", "交易时间",
        "购买时间", "购买日期", "创建时间", "订单创建时间", "订单付款时间", "订单日期", "评论时间", "评价时间",
        "操作时间", "访问时间", "浏览时间", "发生时间",
    ]),
    (Role::Dwell, &[
        "dwell", "dwelltime", "dwellseconds", "timespent", "timeonpage", "staytime", "stayseconds", "viewtime",
        "duration", "durationseconds", "watchtime", "停留时间", "停留时长", "浏览时长", "访问时长", "停留秒数",
        "时长",
    ]),
    (Role::Quantity, &[
        "quantity", "qty", "units", "unitssold", "count", "num", "orderquantity", "orderqty", "itemquantity",
        "lineitemquantity", "numberofitems", "pieces", "数量", "购买数量", "件数", "商品数量", "销量", "订购数量",
        "宝贝总数量",
    ]),
    (Role::Price, &[
        "price", "unitprice", "itemprice", "saleprice", "sellingprice", "listprice", "productprice", "retailprice",
        "lineitemprice", "variantprice", "单价", "价格", "商品单价", "售价", "销售单价", "商品价格", "原价", "现价",
    ]),
    (Role::Amount, &[
        "amount", "total", "totalamount", "totalprice", "totalsales", "sales", "revenue", "orderamount", "ordertotal",
        "ordervalue", "linetotal", "subtotal", "spend", "payment", "paymentvalue", "gmv", "salesvalue", "turnover",
        "grandtotal", "netsales", "金额", "总金额", "订单金额", "实付金额", "支付金额", "付款金额", "销售额",
        "交易金额", "总价", "实收金额", "消费金额", "成交金额", "买家实际支付金额", "应付金额",
    ]),
    (Role::Category, &[
        "category", "categoryid", "categorycode", "categoryname", "productcategory", "productcategoryname",
        "itemcategory", "cat", "catid", "department", "departmentname", "classname", "class", "producttype",
        "subcategory", "maincategory", "division", "divisionname", "genre", "genres", "productgroup", "group",
        "topic", "mastercategory", "articletype", "类目", "类目id", "品类", "分类", "类别", "商品类目", "商品类目id",
        "商品分类", "商品类别", "商品品类", "类型", "品类id", "分类id", "产品类别", "产品分类",
    ]),
    (Role::Brand, &[
        "brand", "brandname", "brandid", "vendor", "manufacturer", "maker", "品牌", "品牌名称", "品牌id", "商品品牌",
        "厂商",
    ]),
    (Role::Stock, &[
        "stock", "stocklevel", "inventory", "onhand", "instock", "stockqty", "stockquantity", "variantinventoryqty",
        "库存", "库存量", "库存数量", "现货",
    ]),
    (Role::Attributes, &[
        "attributes", "attrs", "specs", "spec", "specification", "properties", "options", "features", "属性", "规格",
        "商品属性", "参数", "卖点",
    ]),
    (Role::Picture, &[
        "picture", "image", "imageurl", "img", "imgurl", "photo", "imagesrc", "pictureurl", "imagepath", "thumbnail",
        "图片", "图片链接", "图片地址", "主图", "商品图片",
    ]),
    (Role::Description, &[
        "description", "desc", "productdescription", "itemdescription", "details", "body", "bodyhtml", "描述",
        "商品描述", "产品描述", "详情", "商品详情", "介绍",
    ]),
    (Role::Name, &[
        "name", "productname", "itemname", "goodsname", "username", "customername", "nickname", "fullname",
        "producttitle", "itemtitle", "lineitemname", "productdisplayname", "名称", "商品名称", "商品名", "产品名称",
        "品名", "姓名", "昵称", "客户姓名", "客户名称", "用户名", "会员名", "宝贝标题", "商品标题",
    ]),
    (Role::Rating, &[
        "rating", "score", "stars", "star", "starrating", "overall", "reviewscore", "reviewrating", "grade", "评分",
        "星级", "打分", "分数", "评价分数", "评价星级", "得分",
    ]),
    (Role::Title, &[
        "title", "reviewtitle", "headline", "summary", "reviewheadline", "reviewsummary", "reviewcommenttitle",
        "标题", "评论标题", "评价标题",
    ]),
    (Role::Text, &[
        "text", "review", "reviewtext", "reviewbody", "comment", "comments", "content", "reviewcontent", "message",
        "feedback", "reviewcommentmessage", "opinion", "评论", "评论内容", "评价", "评价内容", "内容", "留言", "反馈",
        "评语",
    ]),
    (Role::Language, &["language", "lang", "locale", "语言", "语种"]),
    (Role::City, &[
        "city", "town", "customercity", "shippingcity", "billingcity", "城市", "所在城市", "收货城市", "市",
    ]),
    (Role::Country, &[
        "country", "countrycode", "countryname", "nation", "shippingcountry", "billingcountry", "国家", "国家地区",
        "国别",
    ]),
    (Role::Channel, &[
        "channel", "source", "utmsource", "trafficsource", "medium", "utmmedium", "platform", "saleschannel",
        "channelgrouping", "referrer", "渠道", "来源", "平台", "流量来源", "下单渠道", "销售渠道",
    ]),
    (Role::Registered, &[
        "registered", "registrationdate", "registerdate", "registeredat", "signupdate", "signupat", "signup",
        "joindate", "joined", "membersince", "dtcustomer", "registertime", "registrationtime", "regdate", "注册时间",
        "注册日期", "入会时间", "入会日期",
    ]),
    (Role::Gender, &["gender", "sex", "性别"]),
    (Role::Age, &["age", "agegroup", "agerange", "agelevel", "年龄", "年龄段", "年龄层"]),
    (Role::Label, &[
        "label", "target", "churn", "churned", "exited", "converted", "conversion", "purchased", "bought", "buyer01",
        "response", "responded", "revenue", "isbuyer", "hasbought", "willbuy", "subscribed", "clicked", "outcome",
        "标签", "是否购买", "是否流失", "是否转化", "流失", "目标", "是否响应",
    ]),
];

/// Words within a longer name, weaker than the name itself; the last one of a name counts most.
#[rustfmt::skip]
const PARTS: &[(Role, &[&str])] = &[
    (Role::User, &[
        "user", "customer", "visitor", "member", "buyer", "client", "shopper", "用户", "会员", "客户", "顾客", "买家",
    ]),
    (Role::Item, &["item", "product", "sku", "article", "goods", "商品", "产品", "货品"]),
    (Role::Order, &["order", "invoice", "transaction", "receipt", "订单", "发票"]),
    (Role::Session, &["session", "会话"]),
];

/// What turns a part into an id: `loyalty customer number`.
const ID_ENDINGS: &[&str] =
    &["id", "no", "code", "key", "number", "num", "nr", "uuid", "guid", "编号", "号", "编码", "号码"];

/// Words that tell the role as the last word of a longer name.
#[rustfmt::skip]
const ENDINGS: &[(Role, &[&str])] = &[
    (Role::Time, &["time", "timestamp", "date", "datetime", "时间", "日期"]),
    (Role::Quantity, &["quantity", "qty", "数量", "件数"]),
    (Role::Price, &["price", "单价", "价格"]),
    (Role::Amount, &["amount", "revenue", "金额", "销售额"]),
    (Role::Rating, &["rating", "stars", "评分", "星级"]),
    (Role::Category, &["category", "类目", "品类", "分类", "类别"]),
    (Role::Brand, &["brand", "品牌"]),
    (Role::City, &["city", "城市"]),
    (Role::Country, &["country", "国家"]),
    (Role::Gender, &["gender", "性别"]),
    (Role::Name, &["name", "名称", "名字"]),
    (Role::Event, &["behavior", "behaviour", "行为类型"]),
];

/// Event words in lower case.
#[rustfmt::skip]
const EVENTS: &[(EventWord, &[&str])] = &[
    (EventWord::View, &[
        "view", "views", "viewed", "pv", "pageview", "page_view", "page view", "click", "clicks", "clicked", "clk",
        "browse", "browsed", "visit", "view_item", "viewitem", "product_view", "productview", "item_view", "detail",
        "details", "detail_view", "impression", "watch", "open", "product_viewed", "product viewed", "viewcontent",
        "view_content", "浏览", "点击", "查看", "访问", "浏览商品", "点击商品", "看",
    ]),
    (EventWord::Favourite, &[
        "fav", "favorite", "favourite", "favorites", "favor", "wishlist", "add_to_wishlist", "addtowishlist", "like",
        "liked", "collect", "save", "saved", "bookmark", "收藏", "加收藏", "喜欢", "点赞", "关注",
    ]),
    (EventWord::Cart, &[
        "cart", "addtocart", "add_to_cart", "add to cart", "add-to-cart", "addcart", "add_cart", "basket",
        "add_to_basket", "added_to_cart", "added to cart", "cart_add", "加购", "加购物车", "加入购物车", "购物车",
        "加车",
    ]),
    (EventWord::Purchase, &[
        "buy", "bought", "purchase", "purchased", "purchases", "order", "ordered", "orders", "transaction",
        "transactions", "sale", "sold", "pay", "paid", "payment", "checkout_complete", "order_completed",
        "order completed", "completed", "conversion", "alipay", "购买", "下单", "支付", "付款", "成交", "交易", "买",
        "已付款", "已购买",
    ]),
    (EventWord::Return, &[
        "return", "returned", "returns", "refund", "refunded", "refunds", "退货", "退款", "退货退款", "退单",
        "已退款",
    ]),
];

/// The codes of a column of events that holds nothing but 1 to 4, in the order of the Tianchi logs.
const EVENT_CODES: [(&str, EventWord); 4] =
    [("1", EventWord::View), ("2", EventWord::Favourite), ("3", EventWord::Cart), ("4", EventWord::Purchase)];

/// What an event word means, if it is a known one. Any case.
pub fn known_event(word: &str) -> Option<EventWord> {
    let word = word.trim().to_lowercase();
    EVENTS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(meaning, _)| *meaning)
}

/// What a code means in a column of events whose values are all 1 to 4.
pub fn event_code(code: &str) -> Option<EventWord> {
    EVENT_CODES.iter().find(|(c, _)| *c == code.trim()).map(|(_, meaning)| *meaning)
}

/// How a name tells a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameMatch {
    /// The name is this word.
    Is(Role, String),
    /// The name holds this word.
    Holds(Role, String),
}

/// The roles that a name tells, the best first.
pub fn roles_of(name: &str) -> Vec<NameMatch> {
    let tokens = tokens(name);
    let joined = tokens.concat();
    let mut found = Vec::new();
    for (role, names) in NAMES {
        if names.contains(&joined.as_str()) {
            found.push(NameMatch::Is(*role, joined.clone()));
        }
    }
    if found.is_empty() {
        found.extend(parts(&tokens, &joined));
    }
    found
}

fn parts(tokens: &[String], joined: &str) -> Option<NameMatch> {
    let last = tokens.last()?.as_str();
    let ends = |word: &str| last == word || !word.is_ascii() && joined.ends_with(word);
    if let Some(ending) = ID_ENDINGS.iter().find(|e| ends(e)) {
        let holds = |word: &str| tokens.iter().any(|t| t == word) || !word.is_ascii() && joined.contains(word);
        let part = PARTS.iter().rev().find_map(|(role, words)| Some((*role, *words.iter().find(|w| holds(w))?)));
        return part.map(|(role, word)| NameMatch::Holds(role, format!("{word} {ending}")));
    }
    ENDINGS
        .iter()
        .find_map(|(role, words)| Some((*role, *words.iter().find(|w| ends(w))?)))
        .map(|(role, word)| NameMatch::Holds(role, word.to_owned()))
}

/// Whether a name is a known one in full.
pub fn knows_name(name: &str) -> bool {
    roles_of(name).iter().any(|m| matches!(m, NameMatch::Is(..)))
}

/// Whether a name is nothing but "id", so that the kind of table must say whose.
pub fn is_bare_id(name: &str) -> bool {
    matches!(tokens(name).concat().as_str(), "id" | "编号" | "code" | "key")
}

/// The words of a name in lower case: `CustomerID` and `customer_id` are `customer`, `id`.
pub fn tokens(name: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = i.checked_sub(1).map(|j| chars[j]);
        let hump = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase() || b.is_uppercase() && chars.get(i + 1).is_some_and(|n| n.is_lowercase())
            });
        let script = before.is_some_and(|b| b.is_ascii() != c.is_ascii());
        if (hump || script) && !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(name: &str) -> Option<Role> {
        roles_of(name).into_iter().next().map(|m| match m {
            NameMatch::Is(role, _) | NameMatch::Holds(role, _) => role,
        })
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(tokens("CustomerID"), ["customer", "id"]);
        assert_eq!(tokens("event_time"), ["event", "time"]);
        assert_eq!(tokens(" Review Text "), ["review", "text"]);
        assert_eq!(tokens("XMLHttpId"), ["xml", "http", "id"]);
        assert_eq!(tokens("用户ID"), ["用户", "id"]);
        assert!(tokens("--").is_empty());
    }

    #[test]
    fn names_of_public_data_sets() {
        let known = [
            ("visitorid", Role::User),
            ("CustomerID", Role::User),
            ("Customer ID", Role::User),
            ("用户ID", Role::User),
            ("会员号", Role::User),
            ("InvoiceNo", Role::Order),
            ("订单号", Role::Order),
            ("order_id", Role::Order),
            ("StockCode", Role::Item),
            ("event_time", Role::Time),
            ("InvoiceDate", Role::Time),
            ("order_purchase_timestamp", Role::Time),
            ("behavior", Role::Event),
            ("行为类型", Role::Event),
            ("event_type", Role::Event),
            ("UnitPrice", Role::Price),
            ("Review Text", Role::Text),
            ("Clothing ID", Role::Item),
            ("user_session", Role::Session),
            ("category_code", Role::Category),
            ("商品类目ID", Role::Category),
            ("transactionid", Role::Order),
            ("loyalty_customer_number", Role::User),
            ("商品唯一编号", Role::Item),
            ("实付金额", Role::Amount),
        ];
        for (name, role) in known {
            assert_eq!(best(name), Some(role), "{name}");
        }
        for name in [
            "VisitorType",
            "Administrative_Duration",
            "Month",
            "Region",
            "Weekend",
            "Browser",
            "",
            "column_1",
            "Recommended IND",
        ] {
            assert_eq!(best(name), None, "{name}");
        }
    }

    #[test]
    fn event_words_of_public_logs() {
        let known = [
            ("pv", EventWord::View),
            ("Click", EventWord::View),
            ("浏览", EventWord::View),
            ("fav", EventWord::Favourite),
            ("收藏", EventWord::Favourite),
            ("addtocart", EventWord::Cart),
            ("加购", EventWord::Cart),
            ("buy", EventWord::Purchase),
            ("transaction", EventWord::Purchase),
            ("购买", EventWord::Purchase),
            ("退货", EventWord::Return),
            ("REFUND ", EventWord::Return),
        ];
        for (word, meaning) in known {
            assert_eq!(known_event(word), Some(meaning), "{word}");
        }
        assert_eq!(known_event("login"), None);
        assert_eq!(event_code("4"), Some(EventWord::Purchase));
    }

    #[test]
    fn the_tables_hold_each_word_in_its_plain_form() {
        for (_, names) in NAMES {
            for name in *names {
                assert!(!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase()), "{name}");
            }
        }
        let mut words: Vec<&str> = EVENTS.iter().flat_map(|(_, w)| w.iter().copied()).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count, "an event word with two meanings");
    }
}
