//! Products in small: a coloured tile, a row, a price.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align2, CornerRadius, Painter, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::stage::recommend::counter::Counter;
use crate::ui::text::{Lang, number, recommend as words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::icon;

/// A colour for the product's category, the same on every list.
pub fn colour(tokens: &Tokens, counter: &Counter, item: u32) -> egui::Color32 {
    tokens.series(counter.shades.get(item as usize).copied().unwrap_or(0).into())
}

/// Pictures by item, where tiles find them.
type Pictures = Arc<HashMap<u32, egui::TextureHandle>>;

fn pictures_id() -> egui::Id {
    egui::Id::unique("product pictures")
}

pub fn put_pictures(ctx: &egui::Context, found: &HashMap<u32, egui::ColorImage>) {
    let texture = |(item, image): (&u32, &egui::ColorImage)| {
        (*item, ctx.load_texture(format!("product {item}"), image.clone(), egui::TextureOptions::LINEAR))
    };
    let pictures: Pictures = Arc::new(found.iter().map(texture).collect());
    ctx.data_mut(|data| data.insert_temp(pictures_id(), pictures));
}

/// The product's picture, or a tinted square with the first letter of its name.
pub fn tile(painter: &Painter, tokens: &Tokens, counter: &Counter, item: u32, rect: Rect) {
    let has_one = counter.catalogue.get(item).is_some_and(|product| product.picture.is_some());
    let pictures = painter.ctx().data(|data| data.get_temp::<Pictures>(pictures_id())).filter(|_| has_one);
    if let Some(picture) = pictures.as_ref().and_then(|pictures| pictures.get(&item)) {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let mut shape = egui::epaint::RectShape::filled(rect, CornerRadius::same(6), egui::Color32::WHITE);
        shape = shape.with_texture(picture.id(), whole);
        painter.add(shape);
        return;
    }
    let ink = colour(tokens, counter, item);
    painter.rect_filled(rect, CornerRadius::same(6), tokens.tint(ink, 0.16));
    let letter = counter.name(item).chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string());
    let named = counter.catalogue.get(item).is_some_and(|product| product.name.is_some());
    let (text, font) = match letter.filter(|_| named) {
        Some(letter) => (letter, semibold(rect.height() * 0.42)),
        None => (icon::PACKAGE.to_owned(), regular(rect.height() * 0.5)),
    };
    painter.text(rect.center(), Align2::CENTER_CENTER, text, font, tokens.text_2.lerp_to_gamma(ink, 0.35));
}

/// `236`, `12.95`: as tables have it, whatever the currency.
pub fn price(value: f64) -> String {
    let cents = format!("{:.2}", value.abs());
    let (whole, rest) = cents.split_once('.').unwrap_or((&cents, "00"));
    let grouped = whole.parse().map_or_else(|_| whole.to_owned(), number::whole);
    if rest == "00" { grouped } else { format!("{grouped}.{rest}") }
}

/// Price and stock, as far as the catalogue tells.
pub fn facts(lang: Lang, counter: &Counter, item: u32) -> String {
    let Some(product) = counter.catalogue.get(item) else {
        return if counter.catalogue.is_absent() { String::new() } else { words::not_listed(lang).to_owned() };
    };
    let mut parts = Vec::new();
    if let Some(value) = product.price.filter(|price| price.is_finite()) {
        parts.push(price(value));
    }
    match product.stock {
        Some(stock) if stock <= 0.0 => parts.push(words::out_of_stock(lang).to_owned()),
        Some(stock) if stock.is_finite() => parts.push(words::in_stock_n(lang, number::whole(stock as u64))),
        _ => {}
    }
    parts.join(" · ")
}

/// Items whose name or number holds the words; the best sellers while nothing is typed.
pub fn find_products(counter: &Counter, query: &str, most: usize) -> Vec<u32> {
    let query = query.trim().to_lowercase();
    if query.is_empty() {
        return counter.best_sellers(most).into_iter().map(|scored| scored.item).collect();
    }
    // A frame must not wait for a million names.
    const LOOKED_AT: usize = 60_000;
    let holds = |item: u32, id: &str| {
        id.to_lowercase().starts_with(&query) || counter.name(item).to_lowercase().contains(&query)
    };
    counter
        .items
        .iter()
        .take(LOOKED_AT)
        .filter(|(item, id)| holds(*item, id))
        .map(|(item, _)| item)
        .take(most)
        .collect()
}

/// A product as a line: tile, name, price and stock.
pub fn product_row(ui: &mut Ui, lang: Lang, counter: &Counter, item: u32, chosen: bool) -> bool {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::click());
    let name = counter.name(item).to_owned();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let fill = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        _ => tokens.surface,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_CONTROL), fill);
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.focus);
        ui.painter().rect_stroke(rect, CornerRadius::same(size::RADIUS_CONTROL), ring, egui::StrokeKind::Inside);
    }
    let square = Rect::from_min_size(rect.min + vec2(6.0, 6.0), vec2(32.0, 32.0));
    tile(ui.painter(), tokens, counter, item, square);
    let clip = Rect::from_min_max(pos2(square.right() + 8.0, rect.top()), rect.max - vec2(6.0, 0.0));
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    let under = facts(lang, counter, item);
    let y = if under.is_empty() { rect.center().y } else { rect.top() + 14.0 };
    painter.text(pos2(clip.left(), y), Align2::LEFT_CENTER, &name, semibold(text_size::SMALL), tokens.text);
    painter.text(pos2(clip.left(), rect.top() + 31.0), Align2::LEFT_CENTER, under, regular(12.0), tokens.text_3);
    response.on_hover_text(name).clicked()
}
