//! Cities and countries that exports name in Chinese and in Latin letters.

#[rustfmt::skip]
/// Lower case without spaces, and the Chinese name.
const NAMES: [(&str, &str); 120] = [
    ("beijing", "北京"), ("peking", "北京"), ("shanghai", "上海"), ("guangzhou", "广州"), ("canton", "广州"),
    ("shenzhen", "深圳"), ("hangzhou", "杭州"), ("suzhou", "苏州"), ("nanjing", "南京"), ("nanking", "南京"),
    ("chengdu", "成都"), ("chongqing", "重庆"), ("tianjin", "天津"), ("wuhan", "武汉"), ("xian", "西安"),
    ("changsha", "长沙"), ("zhengzhou", "郑州"), ("qingdao", "青岛"), ("ningbo", "宁波"), ("wuxi", "无锡"),
    ("foshan", "佛山"), ("dongguan", "东莞"), ("hefei", "合肥"), ("jinan", "济南"), ("shenyang", "沈阳"),
    ("dalian", "大连"), ("harbin", "哈尔滨"), ("haerbin", "哈尔滨"), ("changchun", "长春"), ("kunming", "昆明"),
    ("xiamen", "厦门"), ("amoy", "厦门"), ("fuzhou", "福州"), ("nanchang", "南昌"), ("guiyang", "贵阳"),
    ("nanning", "南宁"), ("taiyuan", "太原"), ("shijiazhuang", "石家庄"), ("lanzhou", "兰州"), ("urumqi", "乌鲁木齐"),
    ("wulumuqi", "乌鲁木齐"), ("hohhot", "呼和浩特"), ("huhehaote", "呼和浩特"), ("haikou", "海口"), ("sanya", "三亚"),
    ("yinchuan", "银川"), ("xining", "西宁"), ("lhasa", "拉萨"), ("lasa", "拉萨"), ("wenzhou", "温州"),
    ("jinhua", "金华"), ("jiaxing", "嘉兴"), ("shaoxing", "绍兴"), ("huzhou", "湖州"), ("changzhou", "常州"),
    ("nantong", "南通"), ("xuzhou", "徐州"), ("yangzhou", "扬州"), ("zhuhai", "珠海"), ("zhongshan", "中山"),
    ("huizhou", "惠州"), ("shantou", "汕头"), ("quanzhou", "泉州"), ("yantai", "烟台"), ("weifang", "潍坊"),
    ("luoyang", "洛阳"), ("guilin", "桂林"), ("lijiang", "丽江"), ("hongkong", "香港"), ("macau", "澳门"),
    ("macao", "澳门"), ("taipei", "台北"), ("kaohsiung", "高雄"), ("singapore", "新加坡"), ("tokyo", "东京"),
    ("osaka", "大阪"), ("seoul", "首尔"), ("london", "伦敦"), ("paris", "巴黎"), ("newyork", "纽约"),
    ("newyorkcity", "纽约"), ("nyc", "纽约"), ("berlin", "柏林"), ("sydney", "悉尼"), ("losangeles", "洛杉矶"),
    ("china", "中国"), ("prc", "中国"), ("中华人民共和国", "中国"), ("usa", "美国"), ("us", "美国"),
    ("unitedstates", "美国"), ("unitedstatesofamerica", "美国"), ("uk", "英国"), ("unitedkingdom", "英国"),
    ("greatbritain", "英国"), ("japan", "日本"), ("germany", "德国"), ("deutschland", "德国"), ("france", "法国"),
    ("italy", "意大利"), ("spain", "西班牙"), ("netherlands", "荷兰"), ("thenetherlands", "荷兰"), ("holland", "荷兰"),
    ("canada", "加拿大"), ("australia", "澳大利亚"), ("korea", "韩国"), ("southkorea", "韩国"), ("russia", "俄罗斯"),
    ("india", "印度"), ("brazil", "巴西"), ("mexico", "墨西哥"), ("switzerland", "瑞士"), ("sweden", "瑞典"),
    ("norway", "挪威"), ("denmark", "丹麦"), ("finland", "芬兰"), ("belgium", "比利时"), ("austria", "奥地利"),
    ("portugal", "葡萄牙"),
];

const ENDINGS: [&str; 7] = ["特别行政区", "维吾尔自治区", "自治区", "市", "省", "city", "shi"];

/// One name for a place, from a key in lower case without spaces.
pub(super) fn name(key: String) -> String {
    // "shi" and "city" also end names of their own, so a known name is looked for first.
    if let Some(known) = known(&key) {
        return known.to_owned();
    }
    for ending in ENDINGS {
        let Some(stem) = key.strip_suffix(ending) else { continue };
        if let Some(known) = known(stem) {
            return known.to_owned();
        }
        if !ending.is_ascii() && stem.chars().count() >= 2 {
            return stem.to_owned();
        }
    }
    key
}

fn known(key: &str) -> Option<&'static str> {
    NAMES.iter().find(|(latin, chinese)| *latin == key || *chinese == key).map(|(_, chinese)| *chinese)
}
