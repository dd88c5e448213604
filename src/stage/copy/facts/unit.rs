//! Units that numbers in product copy come with, and which of them measure the same.

use super::fold::Folded;

/// What a unit measures. Numbers of one dimension are compared after their factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Length,
    Area,
    Mass,
    Volume,
    Time,
    Power,
    Voltage,
    Charge,
    Energy,
    Temperature,
    Pressure,
    Frequency,
    Data,
    Rotation,
    Sound,
    Light,
    Pixels,
    Density,
    Dose,
    Percent,
    /// A price; the currency's name. `"any"` where a sheet's price names none.
    Currency(&'static str),
    /// How many times as much.
    Times,
    /// Counted things.
    Count(&'static str),
}

/// A unit: dimension, factor to the dimension's base, and its spellings in folded text.
#[derive(Debug, PartialEq)]
pub struct Unit {
    pub dimension: Dimension,
    pub factor: f64,
    pub spellings: &'static [&'static str],
}

const fn unit(dimension: Dimension, factor: f64, spellings: &'static [&'static str]) -> Unit {
    Unit { dimension, factor, spellings }
}

use Dimension::*;

pub const ANY_CURRENCY: Unit = unit(Currency("any"), 1.0, &[]);

pub static UNITS: &[Unit] = &[
    unit(Length, 1e-3, &["mm", "millimetre", "millimeter", "millimetres", "millimeters", "毫米"]),
    unit(Length, 1e-2, &["cm", "centimetre", "centimeter", "centimetres", "centimeters", "厘米", "公分"]),
    unit(Length, 1.0, &["m", "metre", "meter", "metres", "meters", "米"]),
    unit(Length, 1e3, &["km", "kilometre", "kilometer", "kilometres", "kilometers", "公里", "千米"]),
    unit(Length, 0.0254, &["inch", "inches", "\"", "英寸", "寸"]),
    unit(Length, 0.3048, &["ft", "foot", "feet", "英尺"]),
    unit(Length, 1_609.344, &["mile", "miles", "英里"]),
    unit(Length, 1e-6, &["micron", "microns", "µm", "um", "微米"]),
    unit(Area, 1.0, &["m2", "m²", "sqm", "square metres", "square meters", "平方米", "平米", "平方"]),
    unit(Mass, 1e-6, &["mg", "milligram", "milligrams", "毫克"]),
    unit(Mass, 1e-9, &["mcg", "µg", "微克"]),
    unit(Mass, 1e-3, &["g", "gram", "grams", "gramme", "grammes", "克"]),
    unit(Mass, 1.0, &["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "公斤", "千克"]),
    unit(Mass, 0.5, &["斤"]),
    unit(Mass, 0.05, &["两"]),
    unit(Mass, 1e3, &["tonne", "tonnes", "ton", "tons", "吨"]),
    unit(Mass, 0.028_349_523_125, &["oz", "ounce", "ounces", "盎司"]),
    unit(Mass, 0.453_592_37, &["lb", "lbs", "pound", "pounds", "磅"]),
    unit(Volume, 1e-3, &["ml", "millilitre", "milliliter", "millilitres", "milliliters", "毫升"]),
    unit(Volume, 1e-2, &["cl"]),
    unit(Volume, 1.0, &["l", "litre", "liter", "litres", "liters", "升"]),
    unit(Volume, 0.029_573_53, &["fl oz", "fluid ounce", "fluid ounces"]),
    unit(Volume, 3.785_411_784, &["gallon", "gallons", "加仑"]),
    unit(Time, 1e-3, &["ms", "millisecond", "milliseconds", "毫秒"]),
    unit(Time, 1.0, &["s", "sec", "secs", "second", "seconds", "秒", "秒钟"]),
    unit(Time, 60.0, &["min", "mins", "minute", "minutes", "分钟"]),
    unit(Time, 3_600.0, &["h", "hr", "hrs", "hour", "hours", "小时", "个小时", "钟头"]),
    unit(Time, 86_400.0, &["day", "days", "天", "日"]),
    unit(Time, 604_800.0, &["week", "weeks", "周", "星期", "个星期"]),
    unit(Time, 2_629_746.0, &["month", "months", "个月", "月"]),
    unit(Time, 31_556_952.0, &["year", "years", "yr", "yrs", "年", "周年"]),
    unit(Time, 315_569_520.0, &["decade", "decades"]),
    unit(Count("night"), 1.0, &["night", "nights", "晚"]),
    unit(Power, 1.0, &["w", "watt", "watts", "瓦"]),
    unit(Power, 1e3, &["kw", "kilowatt", "kilowatts", "千瓦"]),
    unit(Voltage, 1.0, &["v", "volt", "volts", "伏"]),
    unit(Charge, 1.0, &["mah", "毫安", "毫安时"]),
    unit(Charge, 1e3, &["ah"]),
    unit(Energy, 1.0, &["wh"]),
    unit(Energy, 1e3, &["kwh"]),
    unit(Energy, 1.163, &["kcal", "calories", "calorie", "大卡", "千卡", "卡路里"]),
    unit(Energy, 1.0 / 3.6, &["kj", "千焦"]),
    unit(Temperature, 1.0, &["°c", "℃", "degrees", "degree", "°", "度", "摄氏度", "degrees celsius"]),
    unit(Temperature, 5.0 / 9.0, &["°f", "℉", "degrees fahrenheit", "华氏度"]),
    unit(Pressure, 1.0, &["bar", "bars", "巴"]),
    unit(Frequency, 1.0, &["hz", "赫兹"]),
    unit(Frequency, 1e3, &["khz"]),
    unit(Frequency, 1e6, &["mhz"]),
    unit(Frequency, 1e9, &["ghz"]),
    unit(Data, 1e6, &["mb"]),
    unit(Data, 1e9, &["gb"]),
    unit(Data, 1e12, &["tb"]),
    unit(Rotation, 1.0, &["rpm", "转", "转每分"]),
    unit(Sound, 1.0, &["db", "decibel", "decibels", "分贝"]),
    unit(Light, 1.0, &["lm", "lumen", "lumens", "流明"]),
    unit(Pixels, 1e6, &["mp", "megapixel", "megapixels"]),
    unit(Pixels, 1e4, &["万像素"]),
    unit(Density, 1.0, &["gsm", "g/m2", "g/m²", "克重"]),
    unit(Dose, 1.0, &["spf"]),
    unit(Percent, 1.0, &["%", "percent", "per cent", "pct"]),
    unit(Times, 1.0, &["x", "×", "times", "fold", "倍"]),
    unit(Currency("cny"), 1.0, &["¥", "元", "rmb", "cny", "yuan", "块钱", "人民币"]),
    unit(Currency("usd"), 1.0, &["$", "us$", "usd", "dollar", "dollars", "bucks", "美元", "美金"]),
    unit(Currency("usd"), 0.01, &["cent", "cents"]),
    unit(Currency("eur"), 1.0, &["€", "eur", "euro", "euros", "欧元"]),
    unit(Currency("gbp"), 1.0, &["£", "gbp", "pence", "英镑"]),
    unit(Currency("jpy"), 1.0, &["jpy", "yen", "日元"]),
    unit(Currency("hkd"), 1.0, &["hk$", "hkd", "港币", "港元"]),
    unit(Count("layer"), 1.0, &["layer", "layers", "layered", "ply", "wall", "walled", "层"]),
    unit(
        Count("piece"),
        1.0,
        &[
            "piece", "pieces", "pcs", "pc", "pack", "packs", "count", "件", "个", "只", "枚", "支", "条", "片", "张",
            "块", "粒", "颗", "根", "把", "台",
        ],
    ),
    unit(Count("bag"), 1.0, &["bag", "bags", "sachet", "sachets", "包", "袋"]),
    unit(Count("box"), 1.0, &["box", "boxes", "盒", "箱"]),
    unit(Count("bottle"), 1.0, &["bottle", "bottles", "瓶", "罐", "can", "cans", "jar", "jars"]),
    unit(Count("set"), 1.0, &["set", "sets", "套", "组"]),
    unit(Count("pair"), 1.0, &["pair", "pairs", "双", "对"]),
    unit(Count("cup"), 1.0, &["cup", "cups", "杯"]),
    unit(Count("colour"), 1.0, &["colour", "colours", "color", "colors", "shade", "shades", "色", "种颜色"]),
    unit(Count("size"), 1.0, &["size", "sizes", "码", "种尺码"]),
    unit(Count("person"), 1.0, &["people", "person", "persons", "guests", "人", "位", "人份"]),
    unit(Count("step"), 1.0, &["step", "steps", "步"]),
    unit(
        Count("mode"),
        1.0,
        &["mode", "modes", "setting", "settings", "speed", "speeds", "level", "levels", "档", "挡", "种模式", "级"],
    ),
    unit(Count("star"), 1.0, &["star", "stars", "星", "星级"]),
    unit(Count("use"), 1.0, &["use", "uses", "wash", "washes", "cycles", "次"]),
    unit(Count("serving"), 1.0, &["serving", "servings", "份"]),
    unit(Count("kind"), 1.0, &["kinds", "types", "种", "款", "flavours", "flavors", "种口味", "味"]),
    unit(Count("page"), 1.0, &["page", "pages", "页"]),
    unit(Count("pocket"), 1.0, &["pocket", "pockets", "口袋", "个口袋"]),
];

/// The unit at `i`, the longest spelling that stands there; with its end.
pub fn unit_at(text: &Folded, i: usize) -> Option<(&'static Unit, usize)> {
    let first = text.get(i)?;
    let mut best: Option<(&'static Unit, usize)> = None;
    for unit in UNITS {
        for spelling in unit.spellings {
            let end = i + spelling.chars().count();
            if spelling.starts_with(first) && best.is_none_or(|(_, b)| end > b) && stands(text, i, end, spelling) {
                best = Some((unit, end));
            }
        }
    }
    best
}

fn stands(text: &Folded, i: usize, end: usize, spelling: &str) -> bool {
    let latin = spelling.ends_with(|c: char| c.is_ascii_alphanumeric());
    text.has(i, spelling) && (!latin || text.ends_word(end))
}

/// Spellings of currencies that stand before the number.
pub const SIGNS: [&str; 12] = ["hk$", "us$", "$", "¥", "€", "£", "rmb", "cny", "usd", "eur", "gbp", "hkd"];

/// A currency sign or code before a number: unit and end, blanks after it skipped.
pub fn currency_at(text: &Folded, i: usize) -> Option<(&'static Unit, usize)> {
    let first = text.get(i)?;
    if first.is_ascii_alphabetic() && !text.begins_word(i) {
        return None;
    }
    let sign = SIGNS.into_iter().find(|sign| text.has(i, sign))?;
    let mut end = i + sign.chars().count();
    while text.get(end) == Some(' ') {
        end += 1;
    }
    UNITS.iter().find(|unit| unit.spellings.contains(&sign)).map(|unit| (unit, end))
}
