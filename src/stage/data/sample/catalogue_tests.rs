use std::collections::{BTreeMap, HashSet};

use super::*;

fn full() -> Catalogue {
    Catalogue::make(400, 42).unwrap()
}

#[test]
fn eight_departments_of_five_lines_of_ten() {
    let departments = read_departments().unwrap();
    assert_eq!(departments.len(), 8);
    for department in &departments {
        assert_eq!(department.lines.len(), 5, "{}", department.name.0);
        for line in &department.lines {
            assert_eq!(line.products.len(), 10, "{}", line.name.0);
        }
    }
    let catalogue = full();
    assert_eq!(catalogue.products.len(), 400);
    assert_eq!(catalogue.categories[0].path, Both("Kitchen > Tea ware".to_owned(), "厨房 > 茶具".to_owned()));
    assert!(catalogue.categories.iter().all(|c| c.products.len() == 10));
    let brands: HashSet<&str> = catalogue.products.iter().map(|p| p.brand.0.as_str()).collect();
    assert_eq!(brands.len(), read_brands().unwrap().len(), "a brand without goods");
    let styles = catalogue.products.iter().fold([0; 4], |mut n, p| {
        n[usize::from(p.style)] += 1;
        n
    });
    assert!(styles.iter().all(|&n| n >= 80), "{styles:?}");
}

fn numbers(text: &str) -> Vec<String> {
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !plain(c)).map(|n| n.trim_matches('.').to_owned()).filter(|n| !n.is_empty()).collect()
}

#[test]
fn descriptions_state_only_numbers_of_the_sheet() {
    for product in &full().products {
        let sheets = [(&product.description.0, &product.attributes), (&product.description.1, &product.attributes_zh)];
        for (text, attributes) in sheets {
            let sheet: HashSet<String> = attributes.iter().flat_map(|(_, value)| numbers(value)).collect();
            for number in numbers(text) {
                assert!(sheet.contains(&number), "{}: {number} is not on the sheet: {text}", product.name.0);
            }
        }
        assert!((4..=8).contains(&product.attributes.len()), "{}", product.name.0);
    }
}

#[test]
fn chinese_is_chinese_throughout() {
    // Symbols and names that stand in Latin letters in Chinese too.
    let latin = ["LED", "USB-C", "E27", "HRC", "HB", "ABS", "PVC", "A5", "A6", "B6", "C", "M–XL"];
    let foreign = |text: &str| {
        let mut rest = text.to_owned();
        latin.iter().for_each(|word| rest = rest.replace(word, ""));
        rest.chars().any(|c| c.is_ascii_alphabetic())
    };
    for product in &full().products {
        let texts = [&product.name.1, &product.brand.1, &product.description.1];
        let sheet = product.attributes_zh.iter().flat_map(|(label, value)| [label, value]);
        for text in texts.into_iter().chain(sheet) {
            assert!(!foreign(text), "{}: {text}", product.name.0);
        }
        let english = [&product.name.0, &product.brand.0, &product.description.0];
        let sheet = product.attributes.iter().flat_map(|(label, value)| [label, value]);
        for text in english.into_iter().chain(sheet) {
            assert!(text.chars().all(|c| (c as u32) < 0x2e80), "{text}");
        }
        assert_eq!(product.attributes.len(), product.attributes_zh.len());
    }
}

#[test]
fn nothing_is_praised() {
    let words = ["best", "finest", "perfect", "ultimate", "unique", "first-class", "world", "number one", "amazing"];
    let words_zh = ["最佳", "最好", "第一", "顶级", "极致", "完美", "国家级", "唯一", "首选"];
    for product in &full().products {
        let text = format!("{} {}", product.name.0, product.description.0).to_lowercase();
        assert!(!words.iter().any(|w| text.contains(w)), "{text}");
        let text = format!("{}{}", product.name.1, product.description.1);
        assert!(!words_zh.iter().any(|w| text.contains(w)), "{text}");
    }
}

#[test]
fn names_and_ids_are_unique_and_variants_differ_in_their_sheet() {
    for count in [400, 5_000, 100_000] {
        let catalogue = Catalogue::make(count, 1).unwrap();
        assert_eq!(catalogue.products.len(), count as usize);
        let mut sheets: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ids = HashSet::new();
        for (i, product) in catalogue.products.iter().enumerate() {
            assert!(ids.insert(&product.id));
            if let Some(other) = sheets.insert(&product.name.0, i) {
                panic!("{} twice: {} and {}", product.name.0, catalogue.products[other].id, product.id);
            }
        }
        let names: HashSet<&str> = catalogue.products.iter().map(|p| p.name.1.as_str()).collect();
        assert_eq!(names.len(), count as usize);
    }
}

#[test]
fn a_small_shop_spans_all_departments() {
    let catalogue = Catalogue::make(16, 1).unwrap();
    let departments: HashSet<u8> =
        catalogue.products.iter().map(|p| catalogue.categories[usize::from(p.line)].department).collect();
    assert_eq!(departments.len(), 8);
}

#[test]
fn values_are_put_into_chinese() {
    let words = HashMap::from([("Oak".to_owned(), "橡木".to_owned()), ("Tea".to_owned(), "茶".to_owned())]);
    assert_eq!(value_zh("260 ml", &words), "260 毫升");
    assert_eq!(value_zh("15 × 10 × 9 cm", &words), "15 × 10 × 9 厘米");
    assert_eq!(value_zh("Oak, Tea", &words), "橡木、茶");
    assert_eq!(value_zh("Oak", &words), "橡木");
}
