//! Made-up names and brands, so that the model must copy names and cannot remember them.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

const ONSETS: &str = "b c d f g h j k l m n p r s t v w z br ch cl cr dr fl fr gl gr kl kr pl pr qu sh sk sl sm sn sp st str sw th tr tw vr wh y";
const VOWELS: &str = "a e i o u a e i o a e ae ai au ea ee ei ia ie io oa oo ou y";
const CODAS: &str = "b ck d f g l ld ll lm ln lt m n nd ng nt p r rd rk rl rm rn rt s sh sk ss st t th v x z";
const BRAND_TAILS: [&str; 17] = [
    "Studio",
    "House",
    "Works",
    "Goods",
    "Supply",
    "Home",
    "Atelier",
    "Makers",
    "Mill",
    "Yard",
    "Lab",
    "Trading",
    "Workshop",
    "Company",
    "& Co",
    "& Daughters",
    "& Sons",
];
const HANZI: &str = "云山水木林溪月星雨雪风花叶草竹松梅兰菊莲荷桃李杏桐柏枫桑茶米禾谷田园野村巷桥舟渔灯火炉砚墨书画琴棋诗词歌\
赋弦音声声色青蓝白素黛朱丹赤紫金银玉石泥沙陶瓷铜铁布麻棉丝纱锦绣衣裳履帽篮筐箱柜几案榻屏帘窗门檐瓦墙庭院阁楼亭台轩斋堂舍居屋庐\
春夏秋冬晨朝暮夕夜昼午晴阴岚雾霞露霜冰虹光影明晓曦旭阳辰宿汉江河湖海洋浪潮汐浦汀洲岛屿岸湾泉涧潭池沼泽\
南北东西中上下左右远近高低长短深浅浓淡轻重缓急快慢动静安宁和平康乐喜悦欢欣怡然自在知行思念忆忘归来去往返停留憩息栖止\
鹿鹤鸟雀燕鸥鹭雁鹰马牛羊兔猫犬鱼虾贝蝶蜂蝉蛙龟一二三四五六七八九十百千半双小大老少新旧初元真善美信义礼智仁勇恒常";

fn words(list: &'static str) -> Vec<&'static str> {
    list.split(' ').collect()
}

fn pick<'a, T>(rng: &mut ChaCha8Rng, list: &'a [T]) -> Option<&'a T> {
    list.choose(rng)
}

fn pick_word(rng: &mut ChaCha8Rng, list: &'static str) -> &'static str {
    pick(rng, &words(list)).copied().unwrap_or("")
}

/// A capitalised word that no dictionary has: two or three syllables.
pub fn pseudo_word(rng: &mut ChaCha8Rng) -> String {
    let syllables = if rng.random_bool(0.75) { 2 } else { rng.random_range(1..=3) };
    let mut word = String::new();
    for index in 0..syllables {
        if index > 0 || rng.random_bool(0.85) {
            word.push_str(pick_word(rng, ONSETS));
        }
        word.push_str(pick_word(rng, VOWELS));
        if index + 1 == syllables || rng.random_bool(0.3) {
            if rng.random_bool(0.7) {
                word.push_str(pick_word(rng, CODAS));
            } else {
                word.push_str(pick_word(rng, "a e o i y"));
            }
        }
    }
    capitalised(&word)
}

pub fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

/// Two or three pleasant characters; sometimes any common ones, so that every character gets copied now and then.
pub fn pseudo_hanzi(rng: &mut ChaCha8Rng) -> String {
    let count = if rng.random_bool(0.75) { 2 } else { rng.random_range(1..=4) };
    if rng.random_bool(0.4) {
        return (0..count).map(|_| common_hanzi(rng)).collect();
    }
    let pleasant: Vec<char> = HANZI.chars().collect();
    (0..count).filter_map(|_| pick(rng, &pleasant).copied()).collect()
}

/// Any of the 3,755 characters of GB 2312's first level (rows B0 to D7).
pub fn common_hanzi(rng: &mut ChaCha8Rng) -> char {
    loop {
        let bytes = [rng.random_range(0xB0..=0xD7u8), rng.random_range(0xA1..=0xFEu8)];
        if let Some(found) = gb_char(bytes) {
            return found;
        }
    }
}

fn gb_char(bytes: [u8; 2]) -> Option<char> {
    // D7FA to D7FE are not assigned in GB 2312.
    let assigned = !(bytes[0] == 0xD7 && bytes[1] > 0xF9);
    let (text, _, _) = encoding_rs::GBK.decode(&bytes);
    text.chars().next().filter(|&c| assigned && ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// All of GB 2312's first level, in its order.
pub fn all_common_hanzi() -> Vec<char> {
    let rows = (0xB0..=0xD7u8).flat_map(|row| (0xA1..=0xFEu8).map(move |cell| [row, cell]));
    rows.filter_map(gb_char).collect()
}

/// A brand in Latin letters.
pub fn brand_en(rng: &mut ChaCha8Rng) -> String {
    let word = pseudo_word(rng);
    match rng.random_range(0..20) {
        0..=10 => word,
        11..=13 => format!("{word} {}", pick(rng, &BRAND_TAILS).unwrap_or(&"Studio")),
        14 => word.to_uppercase(),
        15 => format!("{word} & {}", pseudo_word(rng)),
        16 => format!("{word} {}", pseudo_word(rng)),
        17 => format!("{word}{}", pseudo_word(rng)),
        18 => word.to_lowercase(),
        _ => format!("{word} {}", rng.random_range(2..99)),
    }
}

/// A brand for a Chinese sheet: mostly characters, sometimes Latin letters.
pub fn brand_zh(rng: &mut ChaCha8Rng) -> String {
    match rng.random_range(0..20) {
        0..=15 => pseudo_hanzi(rng),
        16 => format!(
            "{}{}",
            pseudo_hanzi(rng),
            pick(rng, &["记", "坊", "家", "社", "生活", "制造", "工房"]).unwrap_or(&"")
        ),
        17 => pseudo_word(rng).to_uppercase(),
        _ => brand_en(rng),
    }
}

/// "M3", "No. 7", "II": what some product names carry.
pub fn series(rng: &mut ChaCha8Rng) -> String {
    let number = rng.random_range(1..100);
    match rng.random_range(0..8) {
        0 => format!("No. {}", rng.random_range(1..30)),
        1 => format!("No.{}", rng.random_range(1..30)),
        2 => format!("Mk {}", rng.random_range(2..6)),
        3 => (*pick(rng, &["II", "III", "IV", "Pro", "Mini", "Plus", "Lite", "XL", "S", "Max"]).unwrap_or(&"II"))
            .to_owned(),
        4 => format!("{}.0", rng.random_range(2..5)),
        5 => format!("{}{}", letter(rng), number * 10),
        6 => format!("{}{}-{number}", letter(rng), letter(rng)),
        _ => format!("{}{}", letter(rng), rng.random_range(1..10)),
    }
}

fn letter(rng: &mut ChaCha8Rng) -> char {
    char::from(b'A' + rng.random_range(0..26u8))
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// GB 2312 says how many characters its first level has, the first and the last.
    #[test]
    fn the_common_characters_are_gb_2312s_first_level() {
        let all = all_common_hanzi();
        assert_eq!(all.len(), 3755);
        assert_eq!((all[0], all[3754]), ('啊', '座'));
    }

    #[test]
    fn names_are_many_and_repeatable() {
        let draw = || {
            let mut rng = ChaCha8Rng::seed_from_u64(4);
            (0..2000).map(|_| (brand_en(&mut rng), brand_zh(&mut rng), series(&mut rng))).collect::<Vec<_>>()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        let different = |pick: fn(&(String, String, String)) -> &String| {
            drawn.iter().map(pick).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert!(different(|d| &d.0) > 1950, "{}", different(|d| &d.0));
        assert!(different(|d| &d.1) > 1900, "{}", different(|d| &d.1));
        assert!(drawn.iter().all(|d| !d.0.trim().is_empty() && !d.1.trim().is_empty() && !d.2.is_empty()));
    }
}
