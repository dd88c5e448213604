//! What goes with a product: bought together, with support and lift.

use egui::{Rect, Ui};

use super::view::RecommendView;
use super::{Desk, tile};
use crate::ui::PageContext;
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, card_in};

const NUMBER: f32 = 108.0;

pub fn product(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, room: Rect) {
    let counter = desk.counter;
    if view.product.is_none() {
        view.product = counter
            .best_sellers(50)
            .into_iter()
            .map(|best| best.item)
            .find(|item| !counter.together.of(*item).is_empty());
    }
    card_in(ui, room, |ui| {
        let Some(item) = view.product else {
            widget::small(ui, words::product_none(cx.lang));
            return;
        };
        let tokens = Tokens::of(ui);
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(egui::vec2(56.0, 56.0), egui::Sense::hover());
            tile::tile(ui.painter(), tokens, counter, item, square);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                widget::heading(ui, counter.name(item));
                widget::small(ui, tile::facts(cx.lang, counter, item));
                let baskets = number::whole(counter.together.baskets as u64);
                let of = if counter.together.by_order { words::baskets_orders } else { words::baskets_days };
                widget::caption(ui, of(cx.lang, baskets));
            });
        });
        widget::small(ui, words::product_lead(cx.lang));
        ui.add_space(size::S2);
        let companions = counter.together.of(item);
        if companions.is_empty() {
            widget::body(ui, words::together_none(cx.lang));
            return;
        }
        head(ui, cx);
        egui::ScrollArea::vertical().id_salt("together").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for companion in companions {
                let lift = number::decimal(companion.lift);
                let (both, all) =
                    (number::whole(companion.together.into()), number::whole(counter.together.baskets as u64));
                let hover = words::together_hover(cx.lang, &both, all, &lift);
                ui.horizontal(|ui| {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        ui.set_height(44.0);
                        let percent = |share: f64| format!("{} %", number::decimal(share * 100.0));
                        for text in
                            [format!("× {lift}"), percent(companion.support), percent(companion.confidence), both]
                        {
                            let text = egui::RichText::new(text).size(13.0).color(tokens.text);
                            ui.add_sized([NUMBER, 44.0], egui::Label::new(text)).on_hover_text(&hover);
                        }
                        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                            if tile::product_row(ui, cx.lang, counter, companion.item, false) {
                                view.product = Some(companion.item);
                            }
                        });
                    });
                });
            }
        });
    });
}

fn head(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.set_height(26.0);
            let names = [
                words::together_lift(cx.lang),
                words::together_support(cx.lang),
                words::together_share(cx.lang),
                words::together_times(cx.lang),
            ];
            for name in names {
                let text = egui::RichText::new(name).size(12.0).color(tokens.text_3);
                ui.add_sized([NUMBER, 26.0], egui::Label::new(text));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                widget::small_strong(ui, words::together_col(cx.lang));
            });
        });
    });
    widget::hairline(ui);
}
