//! Believable variants of a written product: other colours, pairs and sets.

use super::catalogue::{Both, Product};

const COLOURS: [(&str, &str); 24] = [
    ("Moss Green", "苔绿"),
    ("Oat", "燕麦色"),
    ("Ink Blue", "墨蓝"),
    ("Terracotta", "陶土红"),
    ("Pebble Grey", "卵石灰"),
    ("Plum", "梅紫"),
    ("Mustard", "芥末黄"),
    ("Chalk White", "粉笔白"),
    ("Sage", "鼠尾草绿"),
    ("Charcoal", "炭黑"),
    ("Blush", "浅粉"),
    ("Sky Blue", "天蓝"),
    ("Rust", "铁锈红"),
    ("Cream", "奶油色"),
    ("Forest Green", "森林绿"),
    ("Lilac", "丁香紫"),
    ("Sand", "沙色"),
    ("Navy", "藏青"),
    ("Apricot", "杏色"),
    ("Slate", "石板灰"),
    ("Jade Green", "玉绿"),
    ("Chestnut", "栗色"),
    ("Mist Grey", "雾灰"),
    ("Persimmon", "柿子红"),
];

/// How many of it are sold together: words in both languages, number, price in hundredths of one.
const PACKS: [(&str, &str, u32, u32); 12] = [
    ("", "", 1, 100),
    ("Set of 2", "2 件装", 2, 190),
    ("Set of 4", "4 件装", 4, 370),
    ("Gift-Boxed", "礼盒装", 1, 115),
    ("Set of 3", "3 件装", 3, 280),
    ("Set of 6", "6 件装", 6, 540),
    ("Set of 8", "8 件装", 8, 710),
    ("Gift-Boxed Set of 2", "2 件礼盒装", 2, 205),
    ("Gift-Boxed Set of 4", "4 件礼盒装", 4, 385),
    ("Set of 10", "10 件装", 10, 870),
    ("Set of 12", "12 件装", 12, 1020),
    ("Set of 5", "5 件装", 5, 455),
];

/// How many variants of one product there are, the written one included.
pub const COUNT: usize = 25 * PACKS.len();

/// Turns the written product into its `turn`-th variant; 0 leaves it as it is. Goods without colours come in
/// other packs first, then in boxes of those colours.
pub fn apply(product: &mut Product, turn: usize, colours: bool) {
    if turn == 0 {
        return;
    }
    let turn = turn % COUNT;
    let colours = colours && !names_a_colour(&product.name.0);
    let (colour, pack) = if colours { (turn % 25, turn / 25) } else { (turn / PACKS.len(), turn % PACKS.len()) };
    if colour > 0 {
        let (en, zh) = COLOURS[colour - 1];
        let (label, label_zh) = if colours { ("Colour", "颜色") } else { ("Box colour", "盒色") };
        set(&mut product.attributes, label, en);
        set(&mut product.attributes_zh, label_zh, zh);
        suffix(product, en, zh, if colours { "Colour" } else { "Box colour" }, label_zh);
    }
    if pack > 0 {
        let (en, zh, _, price) = PACKS[pack];
        set(&mut product.attributes, "Pack", en);
        set(&mut product.attributes_zh, "包装", zh);
        suffix(product, en, zh, "Pack", "包装");
        product.price = product.price / 100 * price;
    }
}

/// A "White Bowl" does not come in moss green.
fn names_a_colour(name: &str) -> bool {
    const WORDS: [&str; 16] = [
        "White", "Black", "Blue", "Green", "Red", "Grey", "Brown", "Yellow", "Pink", "Celadon", "Indigo", "Walnut",
        "Brass", "Copper", "Oak", "Bamboo",
    ];
    name.split([' ', '-']).any(|word| WORDS.contains(&word))
}

fn set(attributes: &mut Vec<(String, String)>, label: &str, value: &str) {
    match attributes.iter_mut().find(|(l, _)| l == label) {
        Some(found) => found.1 = value.to_owned(),
        None => attributes.push((label.to_owned(), value.to_owned())),
    }
}

fn suffix(product: &mut Product, en: &str, zh: &str, label: &str, label_zh: &str) {
    let Both(name, name_zh) = &mut product.name;
    *name += &format!(", {en}");
    *name_zh += &format!(" {zh}");
    let Both(text, text_zh) = &mut product.description;
    *text += &format!(" {label}: {}.", en.to_lowercase());
    *text_zh += &format!("{label_zh}：{zh}。");
}
