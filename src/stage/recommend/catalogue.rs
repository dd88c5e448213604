//! What the shop knows of its products, by item number.

use serde::{Deserialize, Serialize};

use super::{Ids, RecommendError};

/// A row of the products table; everything but the id may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    pub id: String,
    pub name: Option<String>,
    pub category: Option<String>,
    pub brand: Option<String>,
    pub description: Option<String>,
    /// Name and value: colour → red. A table's text like `colour:red;size:L` is split by [`parse_attributes`].
    pub attributes: Vec<(String, String)>,
    pub price: Option<f64>,
    pub stock: Option<f64>,
    /// A file name or address, as the table has it.
    pub picture: Option<String>,
}

/// `colour:red;size:L` (also with `=`, `|`, `,`, `；`, `：`) into names and values; a bare word names itself.
pub fn parse_attributes(text: &str) -> Vec<(String, String)> {
    text.split([';', '|', ',', '；', '，', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once([':', '=', '：']) {
            Some((name, value)) => (name.trim().to_lowercase(), value.trim().to_lowercase()),
            None => (String::new(), part.to_lowercase()),
        })
        .collect()
}

/// Products by item number. Without a products table it is absent: every item counts as listed, known by its id.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    products: Vec<Option<Product>>,
    absent: bool,
}

impl Catalogue {
    /// No products table: ids are shown, and the lists say so.
    pub fn absent() -> Self {
        Self { products: Vec::new(), absent: true }
    }

    /// Lines the products up with the item numbers; products nobody touched yet become items too.
    /// The first row of an id wins; rows without an id are left out.
    pub fn new(products: Vec<Product>, items: &mut Ids) -> Result<Self, RecommendError> {
        if products.is_empty() {
            return Ok(Self::absent());
        }
        let mut by_item: Vec<Option<Product>> = vec![None; items.len()];
        for product in products {
            let id = product.id.trim();
            if id.is_empty() {
                continue;
            }
            let item = items.intern(id, "items")? as usize;
            if item >= by_item.len() {
                by_item.resize(item + 1, None);
            }
            by_item[item].get_or_insert(product);
        }
        Ok(Self { products: by_item, absent: false })
    }

    pub fn is_absent(&self) -> bool {
        self.absent
    }

    /// The product of an item; nothing when it is not in the table.
    pub fn get(&self, item: u32) -> Option<&Product> {
        self.products.get(item as usize)?.as_ref()
    }

    /// In the catalogue, or there is none to be out of.
    pub fn is_listed(&self, item: u32) -> bool {
        self.absent || self.get(item).is_some()
    }

    pub fn category(&self, item: u32) -> Option<&str> {
        self.get(item)?.category.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    pub fn brand(&self, item: u32) -> Option<&str> {
        self.get(item)?.brand.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Finite prices only.
    pub fn price(&self, item: u32) -> Option<f64> {
        self.get(item)?.price.filter(|price| price.is_finite())
    }

    /// Items that have a product, ascending.
    pub fn listed(&self) -> impl Iterator<Item = (u32, &Product)> {
        self.products.iter().enumerate().filter_map(|(item, product)| Some((item as u32, product.as_ref()?)))
    }

    /// A number for every item's category, and the names; `u32::MAX` where it has none.
    pub fn category_numbers(&self, items: usize) -> (Vec<u32>, Ids) {
        let mut names = Ids::default();
        let numbers = (0..items as u32)
            .map(|item| match self.category(item) {
                Some(category) => names.intern(category, "categories").unwrap_or(u32::MAX),
                None => u32::MAX,
            })
            .collect();
        (numbers, names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_line_up_with_items_and_new_ones_are_added() {
        let mut items = Ids::default();
        items.intern("gone", "items").unwrap();
        items.intern("tray", "items").unwrap();
        let product = |id: &str, name: &str| Product { id: id.into(), name: Some(name.into()), ..Product::default() };
        let list = vec![product("lamp", "Lamp"), product("tray", "Tray"), product("tray", "again"), product(" ", "x")];
        let catalogue = Catalogue::new(list, &mut items).unwrap();
        assert_eq!(items.find("lamp"), Some(2));
        assert!(!catalogue.is_listed(0) && catalogue.is_listed(1) && catalogue.is_listed(2));
        assert_eq!(catalogue.get(1).and_then(|p| p.name.as_deref()), Some("Tray"));
        assert!(Catalogue::absent().is_listed(77));
        assert!(Catalogue::new(vec![], &mut items).unwrap().is_absent());
    }

    #[test]
    fn attributes_come_apart() {
        let want = vec![("colour".into(), "red".into()), ("尺码".into(), "l".into()), (String::new(), "new".into())];
        assert_eq!(parse_attributes("Colour: Red；尺码：L;; new"), want);
        assert!(parse_attributes("").is_empty());
    }
}
