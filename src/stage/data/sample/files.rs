//! The sample shop as files in a folder.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::behaviour::Behaviour;
use super::catalogue::Catalogue;
use super::csv::{Days, Lines};
use super::events::{Event, KINDS, PURCHASE, VIEW};
use super::people::{CHANNELS, CITIES, Person, id_digits};
use super::reviews::Review;
use super::{SampleError, SampleRecipe, Shop, calendar, dirty, truth};
use crate::base::{Monitor, Step};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleSummary {
    pub files: Vec<FileSummary>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    pub name: String,
    /// Rows without the header; 0 for `truth.json`.
    pub rows: u64,
    pub bytes: u64,
}

/// Writes all files of the shop into `dir`, which is made when missing. Each file takes its name only when it is
/// whole; what is there under another name is left alone.
pub fn write_files(recipe: &SampleRecipe, dir: &Path, monitor: &Monitor) -> Result<SampleSummary, SampleError> {
    let shop = Shop::make(recipe, monitor)?;
    fs::create_dir_all(dir).map_err(|e| io(dir, &e))?;
    let (orders, orders_dirt) = dirty::orders(&shop.events, &shop.people, &shop.catalogue, recipe.seed);
    let (mixed, mixed_dirt) = dirty::encodings(&shop.events, &shop.people, &shop.catalogue, recipe.seed);
    let truth = truth::text(recipe, &shop.catalogue, &shop.people, &shop.coefficients, &orders_dirt, &mixed_dirt);
    let whole: [(&str, usize, Vec<u8>); 7] = [
        ("products.csv", shop.catalogue.products.len(), products(&shop.catalogue)),
        ("users.csv", shop.people.len(), users(&shop.people)),
        ("reviews.csv", shop.reviews.len(), reviews(&shop.reviews, &shop)),
        ("user_behavior.csv", shop.behaviour.len(), behaviour(&shop.behaviour, &shop.reviews)),
        ("messy_orders.csv", orders_dirt.rows as usize, orders),
        ("messy_encoding.csv", mixed_dirt.rows as usize, mixed),
        ("truth.json", 0, truth.into_bytes()),
    ];
    let mut files = Vec::with_capacity(whole.len() + 1);
    for (name, rows, bytes) in whole {
        monitor.check()?;
        let target = Target::begin(dir, name)?;
        target.end([&bytes[..]].into_iter().map(Ok))?;
        files.push(FileSummary { name: name.to_owned(), rows: rows as u64, bytes: bytes.len() as u64 });
    }
    let bytes = write_events(&shop, dir, monitor)?;
    files.insert(2, FileSummary { name: "events.csv".to_owned(), rows: shop.events.len() as u64, bytes });
    Ok(SampleSummary { files })
}

fn io(path: &Path, error: &std::io::Error) -> SampleError {
    SampleError::Io { path: path.to_owned(), what: error.to_string() }
}

/// A file that has its name only once it is whole.
struct Target {
    path: PathBuf,
    partial: PathBuf,
}

impl Target {
    fn begin(dir: &Path, name: &str) -> Result<Self, SampleError> {
        Ok(Self { path: dir.join(name), partial: dir.join(format!("{name}.partial")) })
    }

    /// Writes the pieces; on any error (cancelled too) the part written goes away.
    fn end<B: AsRef<[u8]>>(self, pieces: impl Iterator<Item = Result<B, SampleError>>) -> Result<u64, SampleError> {
        let result = self.write(pieces);
        if result.is_err() {
            let _ = fs::remove_file(&self.partial);
        }
        result
    }

    fn write<B: AsRef<[u8]>>(&self, pieces: impl Iterator<Item = Result<B, SampleError>>) -> Result<u64, SampleError> {
        let mut file = File::create(&self.partial).map_err(|e| io(&self.path, &e))?;
        let mut bytes = 0;
        for piece in pieces {
            let piece = piece?;
            file.write_all(piece.as_ref()).map_err(|e| io(&self.path, &e))?;
            bytes += piece.as_ref().len() as u64;
        }
        drop(file);
        fs::rename(&self.partial, &self.path).map_err(|e| io(&self.path, &e))?;
        Ok(bytes)
    }
}

/// Rows formatted at a time: by one worker, and by all between two writes.
const PIECE: usize = 32_768;
const PIECES: usize = 32;

/// `events.csv`: formatted in parallel, written in order.
fn write_events(shop: &Shop, dir: &Path, monitor: &Monitor) -> Result<u64, SampleError> {
    let days = Days::new();
    let total = shop.events.len() as u64;
    let header = Lines::with_header("user_id,product_id,event,time,dwell_seconds,quantity,price").bytes;
    let mut done = 0u64;
    let rounds = shop.events.chunks(PIECE * PIECES).flat_map(|round| {
        let texts: Vec<Vec<u8>> = round.par_chunks(PIECE).map(|piece| events(piece, shop, &days)).collect();
        texts
            .into_iter()
            .map(|text| {
                monitor.check()?;
                done += PIECE as u64;
                monitor.report(Step::Writing, done.min(total), total);
                Ok(text)
            })
            .collect::<Vec<_>>()
    });
    Target::begin(dir, "events.csv")?.end(std::iter::once(Ok(header)).chain(rounds))
}

fn events(events: &[Event], shop: &Shop, days: &Days) -> Vec<u8> {
    let (users, products) = (id_digits(shop.people.len()), shop.catalogue.products.len().to_string().len().max(3));
    let mut lines = Lines::with_room(events.len() * 52);
    for event in events {
        lines.id(b'U', u64::from(event.user) + 1, users).id(b'P', u64::from(event.product) + 1, products);
        lines.text(KINDS[usize::from(event.kind)]).time(event.second, days);
        match event.kind {
            VIEW => lines.number(u64::from(event.dwell)).empty().empty(),
            PURCHASE => lines.empty().number(u64::from(event.pieces)).hundredths(event.price),
            _ => lines.empty().empty().empty(),
        };
        lines.end();
    }
    lines.bytes
}

/// Attributes as a JSON object, in the order of the product sheet.
pub fn attributes(pairs: &[(String, String)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> =
        pairs.iter().map(|(label, value)| (label.clone(), value.as_str().into())).collect();
    serde_json::Value::Object(map).to_string()
}

fn products(catalogue: &Catalogue) -> Vec<u8> {
    let mut lines = Lines::with_header(
        "product_id,name,name_zh,category,category_zh,brand,brand_zh,price,stock,attributes,attributes_zh,description,description_zh",
    );
    for product in &catalogue.products {
        let path = &catalogue.categories[usize::from(product.line)].path;
        lines.text(&product.id).text(&product.name.0).text(&product.name.1).text(&path.0).text(&path.1);
        lines.text(&product.brand.0).text(&product.brand.1).hundredths(product.price).number(product.stock.into());
        lines.text(&attributes(&product.attributes)).text(&attributes(&product.attributes_zh));
        lines.text(&product.description.0).text(&product.description.1).end();
    }
    lines.bytes
}

fn users(people: &[Person]) -> Vec<u8> {
    let mut lines = Lines::with_header("user_id,registered,city,channel");
    let digits = id_digits(people.len());
    for (i, person) in people.iter().enumerate() {
        lines.id(b'U', i as u64 + 1, digits).text(&calendar::date_text(person.registered.into()));
        lines.text(CITIES[usize::from(person.city)].0).text(CHANNELS[usize::from(person.channel)].0).end();
    }
    lines.bytes
}

/// `en` or `zh`.
pub fn language(review: &Review) -> &'static str {
    if review.english { "en" } else { "zh" }
}

fn reviews(reviews: &[Review], shop: &Shop) -> Vec<u8> {
    let days = Days::new();
    let mut lines = Lines::with_header("review_id,user_id,product_id,time,rating,title,text,language");
    let digits = reviews.len().to_string().len().max(4);
    for (i, review) in reviews.iter().enumerate() {
        lines.id(b'R', i as u64 + 1, digits).id(b'U', u64::from(review.user) + 1, id_digits(shop.people.len()));
        lines.text(&shop.catalogue.products[review.product as usize].id).time(review.second, &days);
        lines.number(review.stars.into()).text(&review.title).text(&review.text).text(language(review)).end();
    }
    lines.bytes
}

fn behaviour(rows: &[Behaviour], reviews: &[Review]) -> Vec<u8> {
    let mut lines = Lines::with_header(
        "browser_time,purchase_frequency,review_count,review_sentiment,purchase_probability,review_content",
    );
    for row in rows {
        lines.decimal(row.browser_time, 1).decimal(row.purchase_frequency, 2).number(row.review_count.into());
        lines.decimal(row.review_sentiment, 2).decimal(row.purchase_probability, 3);
        lines.text(row.review.map_or("", |i| &reviews[i as usize].text)).end();
    }
    lines.bytes
}
