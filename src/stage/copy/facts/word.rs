//! Words that are claims by themselves: certifications and the like, and brands of others.

use super::fold::Folded;

/// Spellings of one seal, standard or tested property; a sheet that has one of them supports all. A
/// trailing `*` stands for any ending of a Latin word.
pub static CERTIFICATIONS: &[&[&str]] = &[
    &["fda"],
    &["ce certified", "ce-certified", "ce marked", "ce mark", "ce认证"],
    &["iso"],
    &["ul listed", "ul certified", "ul认证"],
    &["rohs"],
    &["gots"],
    &["oeko-tex", "oeko tex", "oekotex"],
    &["fsc"],
    &["gmp"],
    &["haccp"],
    &["usda"],
    &["ccc", "3c认证", "3c"],
    &["sgs"],
    &["tuv", "tüv"],
    &["energy star"],
    &["fair trade", "fairtrade", "公平贸易"],
    &["rainforest alliance", "雨林联盟"],
    &["leaping bunny"],
    &["halal", "清真"],
    &["kosher", "犹太洁食"],
    &["vegan", "纯素"],
    &["vegetarian"],
    &["organic", "organically", "有机"],
    &["gluten-free", "gluten free", "无麸质"],
    &["sugar-free", "sugar free", "无糖", "零糖", "0糖"],
    &["fat-free", "fat free", "零脂", "0脂"],
    &["lactose-free", "lactose free", "无乳糖"],
    &["non-gmo", "gmo-free", "非转基因"],
    &["bpa-free", "bpa free", "without bpa", "不含bpa", "不含双酚a", "bpa"],
    &["phthalate-free", "phthalate free", "邻苯"],
    &["paraben-free", "paraben free", "不含对羟基苯甲酸酯"],
    &["fragrance-free", "fragrance free", "无香精"],
    &["cruelty-free", "cruelty free", "零残忍"],
    &["food grade", "food-grade", "食品级"],
    &["medical grade", "medical-grade", "医用级", "医疗级"],
    &["hypoallergenic", "低敏", "抗敏", "防过敏"],
    &["dermatologist*", "dermatologically", "皮肤科"],
    &["clinically", "clinical", "临床"],
    &["antibacterial", "anti-bacterial", "antimicrobial", "抗菌", "抑菌", "杀菌", "除菌"],
    &["sterile", "sterilised", "sterilized", "无菌"],
    &["patent*", "专利"],
    &["certif*", "认证", "认可证书"],
    &["award*", "获奖", "金奖", "大奖"],
    &["lab-tested", "lab tested", "laboratory*", "检测合格", "实验室"],
    &["waterproof", "防水"],
    &["fireproof", "flame retardant", "flame-retardant", "阻燃", "防火"],
    &["biodegradable", "可降解", "生物降解"],
    &["compostable", "可堆肥"],
    &["carbon neutral", "carbon-neutral", "碳中和"],
    &["recycled", "再生材料", "回收材料"],
    &["handmade", "hand-made", "handcrafted", "hand-crafted", "手工"],
    &["warrant*", "质保", "保修"],
    &["guarantee*", "保证退款", "包退"],
    &["free shipping", "free delivery", "包邮", "免运费"],
    &["officially", "官方", "国家级", "国标"],
    &["limited edition", "限量"],
];

/// Well-known brands that turn up in copy uninvited. Those that are common words too (apple, dove) are left
/// out.
pub static BRANDS: &[&str] = &[
    "adidas",
    "aesop",
    "airpods",
    "alibaba",
    "amazon",
    "android",
    "asics",
    "asus",
    "audi",
    "bmw",
    "bosch",
    "bose",
    "burberry",
    "chanel",
    "coca-cola",
    "converse",
    "costco",
    "crocs",
    "dell",
    "dior",
    "disney",
    "dyson",
    "electrolux",
    "estee lauder",
    "facebook",
    "fila",
    "garmin",
    "gillette",
    "goodyear",
    "google",
    "gore-tex",
    "gopro",
    "gucci",
    "hasbro",
    "heinz",
    "hermes",
    "hermès",
    "hoover",
    "huawei",
    "hydro flask",
    "ikea",
    "instagram",
    "ipad",
    "iphone",
    "john lewis",
    "kitchenaid",
    "kleenex",
    "lancome",
    "lego",
    "lenovo",
    "levi's",
    "logitech",
    "l'oreal",
    "lululemon",
    "lycra",
    "macbook",
    "mattel",
    "mcdonald's",
    "mercedes",
    "michelin",
    "microsoft",
    "miele",
    "muji",
    "nescafe",
    "nespresso",
    "nestle",
    "netflix",
    "new balance",
    "nike",
    "nikon",
    "nintendo",
    "nivea",
    "olay",
    "panasonic",
    "patagonia",
    "pepsi",
    "philips",
    "playstation",
    "polaroid",
    "prada",
    "pyrex",
    "ray-ban",
    "reebok",
    "rolex",
    "samsung",
    "sephora",
    "siemens",
    "sony",
    "spotify",
    "starbucks",
    "swarovski",
    "tefal",
    "teflon",
    "tesla",
    "thermos",
    "tiffany",
    "tiktok",
    "timberland",
    "tupperware",
    "twinings",
    "under armour",
    "uniqlo",
    "velcro",
    "vitamix",
    "volvo",
    "whirlpool",
    "xbox",
    "xiaomi",
    "yeti",
    "youtube",
    "zara",
    "zwilling",
    "阿迪达斯",
    "安踏",
    "爱马仕",
    "大疆",
    "戴森",
    "迪奥",
    "迪士尼",
    "飞利浦",
    "格力",
    "古驰",
    "海尔",
    "华为",
    "京东",
    "肯德基",
    "可口可乐",
    "蔻驰",
    "兰蔻",
    "乐高",
    "李宁",
    "联想",
    "路易威登",
    "麦当劳",
    "茅台",
    "美的",
    "耐克",
    "农夫山泉",
    "欧莱雅",
    "拼多多",
    "苹果手机",
    "雀巢",
    "三星",
    "三只松鼠",
    "膳魔师",
    "索尼",
    "淘宝",
    "特斯拉",
    "天猫",
    "无印良品",
    "西门子",
    "香奈儿",
    "小米",
    "星巴克",
    "雅诗兰黛",
    "优衣库",
    "宜家",
    "资生堂",
];

/// Chinese words that contain a listed word and claim nothing.
const HARMLESS: &[&str] = &[
    "小米粥",
    "小米饭",
    "美的感",
    "美的享",
    "美的生",
    "美的时",
    "美的一",
    "美的设",
    "美的造",
    "美的模",
    "有机会",
    "有机可乘",
];

/// The longest of `spellings` that stands at `i`, with its end.
fn spelling_at(text: &Folded, i: usize, spelling: &str) -> Option<usize> {
    let (word, open) = match spelling.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (spelling, false),
    };
    if !text.has(i, word) {
        return None;
    }
    let end = i + word.chars().count();
    let latin_start = word.starts_with(|c: char| c.is_ascii_alphanumeric());
    let latin_end = word.ends_with(|c: char| c.is_ascii_alphanumeric());
    if latin_start && !text.begins_word(i) {
        return None;
    }
    match (open, latin_end) {
        (true, _) => Some(text.letters(end)),
        (false, true) if !text.ends_word(end) => None,
        _ => Some(end),
    }
}

/// The number of the certification group at `i`, and where it ends.
pub fn certification_at(text: &Folded, i: usize) -> Option<(usize, usize)> {
    if harmless_at(text, i) {
        return None;
    }
    let ends = CERTIFICATIONS.iter().enumerate().filter_map(|(group, spellings)| {
        spellings.iter().filter_map(|spelling| spelling_at(text, i, spelling)).max().map(|end| (group, end))
    });
    ends.max_by_key(|(_, end)| *end)
}

/// Where the brand at `i` ends.
pub fn brand_at(text: &Folded, i: usize, more: &[String]) -> Option<usize> {
    if harmless_at(text, i) {
        return None;
    }
    let known = BRANDS.iter().copied().chain(more.iter().map(String::as_str));
    known.filter_map(|brand| spelling_at(text, i, brand)).max()
}

fn harmless_at(text: &Folded, i: usize) -> bool {
    HARMLESS.iter().any(|word| text.has(i, word))
}
