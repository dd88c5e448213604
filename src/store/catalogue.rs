//! The shop's catalogue as products that copy can be written about.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::blob::Reader;
use super::copydesk::{CopyError, THE_ONE};
use super::sources::{SourceError, Sources, newest};
use crate::base::Monitor;
use crate::project::Project;
use crate::stage::copy::brief::{BriefError, HouseStyle, Product, Scope};
use crate::stage::copy::channel::CopyLang;
use crate::stage::data::{Role, TableKind};

/// The catalogue in a language, and every brand in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalogue {
    pub products: Vec<Product>,
    pub brands: Vec<String>,
}

impl Catalogue {
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// The products that a brief means, in the catalogue's order.
    pub fn chosen(&self, scope: &Scope) -> Result<Vec<&Product>, CopyError> {
        match scope {
            Scope::Nothing => Err(BriefError::NoProducts.into()),
            Scope::All => Ok(self.products.iter().collect()),
            Scope::Products(ids) => {
                let find = |id: &String| self.product(id).ok_or_else(|| CopyError::UnknownProduct(id.clone()));
                ids.iter().map(find).collect()
            }
            Scope::Filter(text) => {
                let found: Vec<&Product> = self.products.iter().filter(|product| fits(product, text)).collect();
                if found.is_empty() { Err(CopyError::NothingFits(text.clone())) } else { Ok(found) }
            }
        }
    }

    /// The other brands, which copy about a product may not name.
    pub fn other_brands(&self, product: &Product) -> Vec<String> {
        let own = product.brand.as_deref().unwrap_or_default();
        self.brands.iter().filter(|brand| brand.as_str() != own).cloned().collect()
    }
}

/// Whether every part of a filter fits: `category:tea`, `brand:云汀`, `price<200`, `price>=50`, or a word anywhere.
pub fn fits(product: &Product, filter: &str) -> bool {
    let has = |text: Option<&str>, word: &str| text.is_some_and(|text| text.to_lowercase().contains(word));
    let price = || product.price.as_deref().and_then(amount);
    filter.to_lowercase().split_whitespace().all(|part| {
        if let Some(rest) = part.strip_prefix("price") {
            let sign = rest.trim_start_matches(|c: char| !"<>=".contains(c));
            let bound = sign.trim_start_matches(['<', '>', '=']);
            if let (Some(price), Ok(bound)) = (price(), bound.parse::<f64>()) {
                return match &sign[..sign.len() - bound_len(sign)] {
                    "<" => price < bound,
                    "<=" => price <= bound,
                    ">" => price > bound,
                    ">=" => price >= bound,
                    "=" => price == bound,
                    _ => false,
                };
            }
        }
        match part.split_once(':') {
            Some(("category", word)) => has(product.category.as_deref(), word),
            Some(("brand", word)) => has(product.brand.as_deref(), word),
            Some(("name", word)) => has(Some(&product.name), word),
            Some(("id", word)) => product.id.to_lowercase() == word,
            _ => {
                let texts = [Some(product.name.as_str()), product.category.as_deref(), product.brand.as_deref()];
                let values = product.attributes.iter().map(|(_, value)| Some(value.as_str()));
                texts.into_iter().chain(values).chain([product.description.as_deref()]).any(|text| has(text, part))
            }
        }
    })
}

fn bound_len(sign: &str) -> usize {
    sign.trim_start_matches(['<', '>', '=']).len()
}

fn amount(text: &str) -> Option<f64> {
    text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse().ok()
}

/// Reads the catalogue in `lang`. A column of the other language (`name_zh` beside `name`) is used where copy is in it.
pub fn catalogue(
    project: &Project,
    reader: &Reader,
    lang: CopyLang,
    monitor: &Monitor,
) -> Result<Catalogue, CopyError> {
    let sources = Sources::new(project, reader);
    let Some(table) = newest(project, TableKind::Products).and_then(|id| Some((id, project.table(id)?))) else {
        return from_orders(&sources, monitor);
    };
    let (id, table) = table;
    let frame = sources.frame(id, None, monitor)?;
    let style = project.item::<HouseStyle>(THE_ONE).unwrap_or_default();
    let columns = Columns::of(&frame, table, lang);
    let Some(item) = &columns.item else {
        return Err(SourceError::NoRole { table: table.name.clone(), role: Role::Item }.into());
    };
    let mut products = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        if row % 4096 == 0 {
            monitor.check()?;
        }
        let text = |name: &Option<String>| name.as_ref().and_then(|name| cell(&frame, name, row));
        let Some(id) = cell(&frame, item, row) else { continue };
        let price = text(&columns.price).map(|price| match price.parse::<f64>() {
            Ok(value) => format!("{}{}", style.currency, plain(value)),
            Err(_) => price,
        });
        let mut attributes = text(&columns.attributes).map(|json| parse_attributes(&json)).unwrap_or_default();
        for name in &columns.others {
            if let Some(value) = cell(&frame, name, row) {
                attributes.push((label(name), value));
            }
        }
        products.push(Product {
            id,
            name: text(&columns.name).unwrap_or_default(),
            brand: text(&columns.brand),
            category: text(&columns.category),
            price,
            description: text(&columns.description),
            attributes,
        });
    }
    let brands: BTreeSet<String> = products.iter().filter_map(|product| product.brand.clone()).collect();
    Ok(Catalogue { products, brands: brands.into_iter().collect() })
}

/// A shop without a table of products: the names that stand in its order lines, and nothing else.
fn from_orders(sources: &Sources<'_>, monitor: &Monitor) -> Result<Catalogue, CopyError> {
    let Some(table) = sources.products(monitor)? else { return Err(CopyError::NoProducts) };
    let title = table.title.clone().ok_or(CopyError::NoProducts)?;
    let rows = 0..table.frame.height();
    let product = |row: usize| {
        let id = cell(&table.frame, &table.item, row)?;
        Some(Product { id, name: cell(&table.frame, &title, row).unwrap_or_default(), ..Product::default() })
    };
    Ok(Catalogue { products: rows.filter_map(product).collect(), brands: Vec::new() })
}

struct Columns {
    item: Option<String>,
    name: Option<String>,
    brand: Option<String>,
    category: Option<String>,
    price: Option<String>,
    description: Option<String>,
    attributes: Option<String>,
    /// Columns that are attributes by themselves.
    others: Vec<String>,
}

impl Columns {
    fn of(frame: &DataFrame, table: &crate::project::Table, lang: CopyLang) -> Self {
        let there = |name: &str| frame.schema().contains(name);
        let in_lang = |role: Role| {
            let name = table.name_of(role).filter(|name| there(name))?;
            let bare = name.trim_end_matches("_en").trim_end_matches("_zh").to_owned();
            let own = format!("{bare}_{}", lang.key());
            if there(&own) {
                Some(own)
            } else if lang == CopyLang::En && there(&bare) {
                Some(bare)
            } else {
                Some(name)
            }
        };
        let found = [Role::Name, Role::Brand, Role::Category, Role::Description, Role::Attributes].map(in_lang);
        let [name, brand, category, description, attributes] = found;
        let name = name.or_else(|| in_lang(Role::Title));
        let other_lang = |name: &str| name.ends_with("_zh") || name.ends_with("_en");
        let skipped = |role: Role| !matches!(role, Role::Other);
        let others = table.columns.iter().filter(|column| !skipped(column.role) && !other_lang(&column.name));
        Self {
            item: table.name_of(Role::Item),
            price: table.name_of(Role::Price).filter(|name| there(name)),
            others: others.map(|column| column.name.clone()).filter(|name| there(name)).collect(),
            name,
            brand,
            category,
            description,
            attributes,
        }
    }
}

fn cell(frame: &DataFrame, name: &str, row: usize) -> Option<String> {
    let value = frame.column(name).ok()?.get(row).ok()?;
    let text = match value {
        AnyValue::Null => return None,
        AnyValue::String(text) => text.to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Float64(x) => plain(x),
        AnyValue::Float32(x) => plain(f64::from(x)),
        other => other.to_string(),
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A number as a price or a measure is written: at most two decimals, none for whole ones.
fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `under_score` and `Capital case` as a label.
fn label(column: &str) -> String {
    column.replace('_', " ")
}

/// Attributes as the catalogue writes them: a JSON object, or `Label: value; Label: value`.
pub fn parse_attributes(text: &str) -> Vec<(String, String)> {
    if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) {
        let value = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            serde_json::Value::Array(list) => list
                .iter()
                .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        };
        return map.iter().map(|(label, v)| (label.clone(), value(v))).collect();
    }
    let pairs = text.split([';', '；', '|', '\n']).filter_map(|part| {
        let (label, value) = part.split_once([':', '：', '='])?;
        Some((label.trim().to_owned(), value.trim().to_owned()))
    });
    let pairs: Vec<(String, String)> = pairs.filter(|(l, v)| !l.is_empty() && !v.is_empty()).collect();
    if pairs.is_empty() && !text.trim().is_empty() {
        return vec![("Details".to_owned(), text.trim().to_owned())];
    }
    pairs
}
