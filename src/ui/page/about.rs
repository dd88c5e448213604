//! About: version, licence, what it is built on.

use egui::{Ui, UiBuilder};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use super::page_head;
use crate::ui::PageContext;
use crate::ui::text::home as words;
use crate::ui::widget::{self, card};

#[derive(Default)]
pub struct AboutView {
    cache: CommonMarkCache,
}

pub fn about_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut AboutView) {
    let room = page_head(ui, words::about_title(cx.lang), words::about_lead(cx.lang), |_| {});
    let mut body = ui.new_child(UiBuilder::new().id_salt("about").max_rect(room));
    egui::ScrollArea::vertical().id_salt("about").auto_shrink(false).show(&mut body, |ui| {
        ui.set_max_width(760.0);
        card(ui, |ui| {
            widget::heading(ui, &words::about_version(cx.lang, env!("CARGO_PKG_VERSION")));
            widget::small(ui, words::about_licence(cx.lang));
            widget::small(ui, words::about_fonts(cx.lang));
            widget::small(ui, words::about_built_on(cx.lang));
        });
        ui.add_space(8.0);
        card(ui, |ui| {
            widget::heading(ui, words::about_libraries(cx.lang));
            CommonMarkViewer::new().show(ui, &mut view.cache, include_str!("../../../assets/licences.md"));
        });
    });
}
