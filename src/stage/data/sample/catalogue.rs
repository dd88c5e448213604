//! The shop's goods: the hand-written catalogue, and as many variants of it as a recipe asks for.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::SampleError;
use super::number::{Dice, Purpose, pow, running};
use super::variant;

const BRANDS: &str = include_str!("../../../../assets/sample/brands.json");
/// The departments in the order of the shop: file name and text.
const DEPARTMENTS: [(&str, &str); 8] = [
    ("catalogue/kitchen.json", include_str!("../../../../assets/sample/catalogue/kitchen.json")),
    ("catalogue/living.json", include_str!("../../../../assets/sample/catalogue/living.json")),
    ("catalogue/bedroom.json", include_str!("../../../../assets/sample/catalogue/bedroom.json")),
    ("catalogue/bath.json", include_str!("../../../../assets/sample/catalogue/bath.json")),
    ("catalogue/lighting.json", include_str!("../../../../assets/sample/catalogue/lighting.json")),
    ("catalogue/stationery.json", include_str!("../../../../assets/sample/catalogue/stationery.json")),
    ("catalogue/food.json", include_str!("../../../../assets/sample/catalogue/food.json")),
    ("catalogue/garden.json", include_str!("../../../../assets/sample/catalogue/garden.json")),
];

/// A text in English and Chinese.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Both(pub String, pub String);

/// A department as written in its file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    pub name: Both,
    /// Labels and values of the attributes, English to Chinese.
    pub words: HashMap<String, String>,
    /// Whether goods come in other colours (or only in other packs).
    pub colours: bool,
    pub lines: Vec<Line>,
}

/// A product line: a leaf of the category tree.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub name: Both,
    /// Where the line differs from its department.
    #[serde(default)]
    pub colours: Option<bool>,
    /// English name of the line that a customer goes on to from this one.
    pub next: String,
    pub labels: Vec<String>,
    pub products: Vec<Written>,
}

/// A product as written: name, name_zh, brand, price in CNY, style 0–3, values by label, description in both.
#[derive(Debug, Clone, Deserialize)]
pub struct Written(pub String, pub String, pub String, pub u32, pub u8, pub Vec<String>, pub String, pub String);

/// The looks that tastes and products share; an index everywhere else.
pub const STYLES: [(&str, &str); 4] =
    [("plain", "素简"), ("classic", "古雅"), ("playful", "活泼"), ("technical", "精工")];

/// A product of the generated shop.
#[derive(Debug, Clone)]
pub struct Product {
    pub id: String,
    pub name: Both,
    pub brand: Both,
    /// Number of the line over all departments.
    pub line: u16,
    pub style: u8,
    /// Price in fen (1/100 CNY).
    pub price: u32,
    pub stock: u32,
    /// Label and value, English.
    pub attributes: Vec<(String, String)>,
    /// Label and value, Chinese.
    pub attributes_zh: Vec<(String, String)>,
    pub description: Both,
    /// Weight in the long tail of popularity.
    pub weight: f64,
    /// How good customers find it, around 0 with standard deviation 1.
    pub quality: f64,
}

/// A leaf category of the generated shop.
#[derive(Debug, Clone)]
pub struct Category {
    pub path: Both,
    pub department: u8,
    /// The line that customers go on to.
    pub next: u16,
    /// Its products' positions.
    pub products: Vec<u32>,
}

/// The goods of a shop.
#[derive(Debug)]
pub struct Catalogue {
    pub departments: Vec<Both>,
    pub categories: Vec<Category>,
    pub products: Vec<Product>,
}

/// Exponent and offset of the popularity law: weight = (rank + offset)^-exponent.
pub const ZIPF: (f64, f64) = (0.85, 4.0);

impl Catalogue {
    /// The first `count` goods of the shop: a selection over all lines up to 400, then variants.
    pub fn make(count: u32, seed: u64) -> Result<Self, SampleError> {
        let departments = read_departments()?;
        let brands = read_brands()?;
        let mut categories = categories(&departments)?;
        let mut products = Vec::with_capacity(count as usize);
        for (line, index, turn) in selection(&departments, count as usize) {
            let department = &departments[categories[line].department as usize];
            let shelf = line_of(&departments, line);
            let mut product = translate(&shelf.products[index], &shelf.labels, department, &brands)?;
            product.line = line as u16;
            variant::apply(&mut product, turn, shelf.colours.unwrap_or(department.colours));
            categories[line].products.push(products.len() as u32);
            products.push(product);
        }
        finish(&mut products, seed);
        let departments = departments.into_iter().map(|d| d.name).collect();
        Ok(Self { departments, categories, products })
    }
}

fn read_departments() -> Result<Vec<Department>, SampleError> {
    DEPARTMENTS.iter().map(|(file, text)| read(file, text)).collect()
}

fn read_brands() -> Result<HashMap<String, String>, SampleError> {
    read("brands.json", BRANDS)
}

pub fn read<T: for<'a> Deserialize<'a>>(file: &'static str, text: &str) -> Result<T, SampleError> {
    serde_json::from_str(text).map_err(|e| SampleError::Asset { file, what: e.to_string() })
}

fn line_of(departments: &[Department], line: usize) -> &Line {
    let per = departments[0].lines.len();
    &departments[line / per].lines[line % per]
}

fn categories(departments: &[Department]) -> Result<Vec<Category>, SampleError> {
    let per = departments[0].lines.len();
    let names: Vec<&str> = departments.iter().flat_map(|d| &d.lines).map(|l| l.name.0.as_str()).collect();
    let mut categories = Vec::new();
    for (d, department) in departments.iter().enumerate() {
        for line in &department.lines {
            let next = names.iter().position(|name| *name == line.next).filter(|_| department.lines.len() == per);
            let Some(next) = next else {
                let what = format!("line {} has no place or no next line", line.name.0);
                return Err(SampleError::Asset { file: DEPARTMENTS[d].0, what });
            };
            let path = Both(
                format!("{} > {}", department.name.0, line.name.0),
                format!("{} > {}", department.name.1, line.name.1),
            );
            categories.push(Category { path, department: d as u8, next: next as u16, products: Vec::new() });
        }
    }
    Ok(categories)
}

/// (line, product in the line, variant) of each of `count` goods in shop order. A selection below the full
/// catalogue goes round the departments, then the lines; above it, every product gets its next variant.
fn selection(departments: &[Department], count: usize) -> Vec<(usize, usize, usize)> {
    let per = departments[0].lines.len();
    let mut round = Vec::new();
    let deepest = departments.iter().flat_map(|d| &d.lines).map(|l| l.products.len()).max().unwrap_or(0);
    for index in 0..deepest {
        for line in 0..per {
            for (d, department) in departments.iter().enumerate() {
                if index < department.lines[line].products.len() {
                    round.push((d * per + line, index));
                }
            }
        }
    }
    let mut chosen: Vec<_> =
        (0..count).map(|i| (round[i % round.len()].0, round[i % round.len()].1, i / round.len())).collect();
    chosen.sort_unstable();
    chosen
}

fn translate(
    written: &Written,
    labels: &[String],
    department: &Department,
    brands: &HashMap<String, String>,
) -> Result<Product, SampleError> {
    let Written(name, name_zh, brand, price, style, values, text, text_zh) = written;
    let missing = |what: &str| SampleError::Asset { file: "catalogue", what: format!("{name}: {what}") };
    if values.len() != labels.len() || usize::from(*style) >= STYLES.len() || *price == 0 {
        return Err(missing("values, style or price do not fit"));
    }
    let mut attributes = Vec::new();
    let mut attributes_zh = Vec::new();
    for (label, value) in labels.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
        let label_zh = department.words.get(label).ok_or_else(|| missing(label))?;
        attributes.push((label.clone(), value.clone()));
        attributes_zh.push((label_zh.clone(), value_zh(value, &department.words)));
    }
    let brand_zh = brands.get(brand).ok_or_else(|| missing(brand))?;
    Ok(Product {
        id: String::new(),
        name: Both(name.clone(), name_zh.clone()),
        brand: Both(brand.clone(), brand_zh.clone()),
        line: 0,
        style: *style,
        price: price * 100,
        stock: 0,
        attributes,
        attributes_zh,
        description: Both(text.clone(), text_zh.clone()),
        weight: 0.0,
        quality: 0.0,
    })
}

const UNITS: [(&str, &str); 27] = [
    ("ml", "毫升"),
    ("l", "升"),
    ("cm", "厘米"),
    ("mm", "毫米"),
    ("m", "米"),
    ("g", "克"),
    ("kg", "千克"),
    ("W", "瓦"),
    ("V", "伏"),
    ("K", "开"),
    ("lm", "流明"),
    ("dB", "分贝"),
    ("mAh", "毫安时"),
    ("h", "小时"),
    ("min", "分钟"),
    ("s", "秒"),
    ("days", "天"),
    ("months", "个月"),
    ("years", "年"),
    ("pieces", "件"),
    ("sheets", "张"),
    ("pages", "页"),
    ("bags", "袋"),
    ("cups", "杯"),
    ("m²", "平方米"),
    ("g/m²", "克/平方米"),
    ("°C", "℃"),
];

/// A value in Chinese: from the word list as a whole, else part by part ("," between parts), else its units put
/// into Chinese ("260 ml" → "260 毫升").
pub fn value_zh(value: &str, words: &HashMap<String, String>) -> String {
    if let Some(whole) = words.get(value) {
        return whole.clone();
    }
    if value.contains(", ") {
        return value.split(", ").map(|part| value_zh(part, words)).collect::<Vec<_>>().join("、");
    }
    value
        .split(' ')
        .map(|token| {
            let unit = UNITS.iter().find(|(en, _)| *en == token).map(|(_, zh)| *zh);
            unit.or_else(|| words.get(token).map(String::as_str)).unwrap_or(token)
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Ids, stock, popularity and quality.
fn finish(products: &mut [Product], seed: u64) {
    let digits = products.len().to_string().len().max(3);
    let mut dice = Dice::new(seed, Purpose::Products, 0);
    let mut rank: Vec<usize> = (0..products.len()).collect();
    dice.shuffle(&mut rank);
    for (i, product) in products.iter_mut().enumerate() {
        product.id = format!("P{:0digits$}", i + 1);
        product.weight = pow(rank[i] as f64 + ZIPF.1, -ZIPF.0);
        product.quality = dice.normal();
        // One in twenty-five is sold out; the rest lasts weeks.
        product.stock = if dice.chance(0.04) { 0 } else { dice.lognormal(90.0, 0.8) as u32 + 1 };
    }
}

/// For each line and bias: how likely each of its products is met.
pub struct Shelves {
    /// By (line, style, bias): running weights over the line's products.
    running: Vec<Vec<f64>>,
}

/// How a customer leans by price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceLean {
    Cheap,
    None,
    Dear,
}

impl PriceLean {
    pub const ALL: [Self; 3] = [Self::Cheap, Self::None, Self::Dear];

    pub fn power(self) -> f64 {
        match self {
            Self::Cheap => -1.0,
            Self::None => 0.0,
            Self::Dear => 0.55,
        }
    }

    /// How much likelier a price makes a choice, beside a price of 100 CNY: a power of the price.
    pub fn factor(self, fen: f64) -> f64 {
        pow(fen / 10_000.0, self.power())
    }
}

impl Shelves {
    /// A product's weight is its popularity × 5 for one's own style × the factor of its price.
    pub fn build(catalogue: &Catalogue) -> Self {
        let mut all = Vec::with_capacity(catalogue.categories.len() * STYLES.len() * PriceLean::ALL.len());
        for category in &catalogue.categories {
            let products = || category.products.iter().map(|&p| &catalogue.products[p as usize]);
            for style in 0..STYLES.len() {
                for lean in PriceLean::ALL {
                    all.push(running(products().map(|product| {
                        let own = if usize::from(product.style) == style { 5.0 } else { 1.0 };
                        product.weight * own * lean.factor(f64::from(product.price))
                    })));
                }
            }
        }
        Self { running: all }
    }

    /// A product of this line for this taste; nothing where the line is empty.
    pub fn pick(&self, catalogue: &Catalogue, line: usize, style: u8, lean: PriceLean, dice: &mut Dice) -> Option<u32> {
        let sums = &self.running[(line * STYLES.len() + usize::from(style)) * PriceLean::ALL.len() + lean as usize];
        catalogue.categories[line].products.get(dice.pick(sums)).copied()
    }
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
