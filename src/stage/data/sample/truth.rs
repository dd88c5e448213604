//! What the generator planted, for whoever wants to check a finding: `truth.json`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::behaviour::Coefficients;
use super::catalogue::{Catalogue, PriceLean, STYLES, ZIPF};
use super::dirty::Dirt;
use super::people::{Person, TYPES, id_digits, user_id};
use super::{SampleRecipe, events};

/// The whole truth as JSON text.
pub fn text(
    recipe: &SampleRecipe,
    catalogue: &Catalogue,
    people: &[Person],
    coefficients: &Coefficients,
    orders: &Dirt,
    encodings: &Dirt,
) -> String {
    let truth = json!({
        "made_up": true,
        "recipe": recipe,
        "today": super::calendar::TODAY,
        "types": types(catalogue, people),
        "styles": STYLES.map(|(en, zh)| json!({"name": en, "name_zh": zh})),
        "choice": {
            "stay_in_line": events::STAY,
            "go_on_to_companion_line": events::GO_ON,
            "back_to_something_bought": events::AGAIN,
            "own_style": events::OWN_STYLE,
            "own_lines": {"count": events::OWN_LINES.0, "times_liked": events::OWN_LINES.1},
            "popularity": {"law": "(rank + offset) ^ -exponent", "exponent": ZIPF.0, "offset": ZIPF.1},
            "companion_lines": companions(catalogue),
        },
        "price_lean": {
            "law": "a product is likelier by (price / 100 CNY) ^ power",
            "powers": PriceLean::ALL.map(|lean| json!({"lean": lean, "power": lean.power()})),
        },
        "offers": {"days_of_month": [1, 18], "part_of_price_paid": events::OFFER_PRICE},
        "purchase_probability": {
            "law": "clip(intercept + sum of coefficient x column + normal noise, 0, 1)",
            "coefficients": coefficients,
        },
        "messy_orders": orders,
        "messy_encoding": encodings,
    });
    let digits = id_digits(people.len());
    let users = || people.iter().enumerate().map(|(i, person)| (user_id(i, digits), person));
    let products = catalogue.products.iter().map(|p| (p.id.clone(), STYLES[usize::from(p.style)].0));
    let maps = [
        ("user_type", flat(users().map(|(id, p)| (id, TYPES[usize::from(p.kind)].key)))),
        ("user_style", flat(users().map(|(id, p)| (id, STYLES[usize::from(p.style)].0)))),
        ("product_style", flat(products)),
    ];
    pretty(&truth, &maps)
}

/// A JSON object of plain words on one line. Written as text: a million users as JSON values take half a gigabyte.
fn flat(pairs: impl Iterator<Item = (String, &'static str)>) -> String {
    let mut text = String::from("{");
    for (key, value) in pairs {
        let comma = if text.len() > 1 { "," } else { "" };
        text.push_str(&format!("{comma}\"{key}\":\"{value}\""));
    }
    text + "}"
}

fn types(catalogue: &Catalogue, people: &[Person]) -> Vec<Value> {
    let whole = people.len().max(1) as f64;
    let mut all = Vec::new();
    for (kind, profile) in TYPES.iter().enumerate() {
        let users = people.iter().filter(|p| usize::from(p.kind) == kind).count();
        let mut value = json!(profile);
        let taste: Vec<Value> = catalogue
            .departments
            .iter()
            .zip(profile.taste)
            .map(|(d, weight)| json!({"department": d.0, "department_zh": d.1, "weight": weight}))
            .collect();
        value["taste"] = taste.into();
        value["hours"] = json!({"from": profile.hours.0, "until": profile.hours.1, "share_of_visits": profile.hours.2});
        value["users"] = users.into();
        value["share_here"] = (users as f64 / whole).into();
        all.push(value);
    }
    all
}

fn companions(catalogue: &Catalogue) -> BTreeMap<&str, &str> {
    let lines = &catalogue.categories;
    lines.iter().map(|line| (line.path.0.as_str(), lines[usize::from(line.next)].path.0.as_str())).collect()
}

/// The first two levels on lines of their own, the rest compact: readable, and small where it is long.
fn pretty(value: &Value, maps: &[(&str, String)]) -> String {
    let Value::Object(map) = value else { return value.to_string() };
    let mut entries: Vec<String> = map
        .iter()
        .map(|(key, value)| match value {
            Value::Object(inner) if inner.len() < 40 => {
                let lines: Vec<String> =
                    inner.iter().map(|(k, v)| format!("    {}: {v}", Value::from(k.as_str()))).collect();
                format!("  {}: {{\n{}\n  }}", Value::from(key.as_str()), lines.join(",\n"))
            }
            Value::Array(inner) => {
                let lines: Vec<String> = inner.iter().map(|v| format!("    {v}")).collect();
                format!("  {}: [\n{}\n  ]", Value::from(key.as_str()), lines.join(",\n"))
            }
            _ => format!("  {}: {value}", Value::from(key.as_str())),
        })
        .collect();
    entries.extend(maps.iter().map(|(key, text)| format!("  {}: {text}", Value::from(*key))));
    format!("{{\n{}\n}}\n", entries.join(",\n"))
}
