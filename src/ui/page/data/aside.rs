//! The Set aside tab: rows of the file that are not in the table, by reason, with where they stood.

use std::sync::Arc;

use egui::{Rect, Ui, UiBuilder};
use polars::prelude::{AnyValue, DataFrame};

use super::DataCommand;
use super::imported::{count_row, reason_colour, text_width};
use crate::project::{Aside, Table, TableId};
use crate::stage::data::read::AsideReason;
use crate::ui::text::{data as words, number};
use crate::ui::theme::Tokens;
use crate::ui::widget::grid::{GridColumn, GridView, grid};
use crate::ui::widget::{self, Button};
use crate::ui::{Command, PageContext};

pub fn aside_tab(ui: &mut Ui, cx: &PageContext<'_>, view: &mut GridView, id: TableId, table: &Table, aside: &Aside) {
    let lang = cx.lang;
    let t = Tokens::of(ui);
    ui.horizontal(|ui| {
        widget::small_strong(ui, words::rows_aside(lang, number::whole(aside.rows())));
        let share = aside.rows() as f64 / aside.rows_read.max(1) as f64;
        widget::small(ui, words::aside_note(lang, crate::ui::text::profile::percent(lang, share)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add(Button::plain(words::aside_export(lang)).enabled(aside.kept.is_some())).clicked() {
                cx.send(Command::Data(DataCommand::AskAside(Some(id))));
            }
        });
    });
    for (why, n) in &aside.counts {
        count_row(ui, reason_colour(t, *why), words::aside(lang, *why), Some(number::whole(*n)));
    }
    let Some(kept) = aside.kept else { return };
    let rows = cx.shown.rows.get(kept.blob);
    if rows.is_none() {
        cx.send(Command::Data(DataCommand::WantRows(kept.blob)));
    }
    if kept.rows < aside.rows() {
        widget::caption(ui, words::aside_first(lang, number::whole(kept.rows)));
    }
    let body = Rect::from_min_max(ui.cursor().min, ui.max_rect().max);
    let column = |name: &str, width: f32, right_aligned: bool| GridColumn {
        name: name.to_owned(),
        note: String::new(),
        width,
        right_aligned,
    };
    let file = (unicode_width::UnicodeWidthStr::width(table.source.as_str()) as f32 * 7.6 + 24.0).clamp(90.0, 170.0);
    let texts = rows.and_then(|rows| rows.columns().get(3)?.str().ok());
    let wide = text_width(texts.into_iter().flat_map(|texts| texts.iter().flatten()), body.width() - file - 270.0);
    let columns = [
        column(words::aside_file(lang), file, false),
        column(words::aside_line(lang), 80.0, true),
        column(words::aside_why(lang), 170.0, false),
        column(words::aside_text(lang), wide, false),
    ];
    let mut child = ui.new_child(UiBuilder::new().id_salt("aside rows").max_rect(body.with_min_y(body.top() + 6.0)));
    grid(&mut child, view, &columns, kept.rows, |row, column| cell(cx, rows?, row, column));
}

fn cell(cx: &PageContext<'_>, rows: &Arc<DataFrame>, row: u64, column: usize) -> Option<String> {
    let value = rows.columns().get(column)?.get(row as usize).ok()?;
    Some(match (column, &value) {
        (2, AnyValue::String(key)) => {
            let known = AsideReason::ALL.into_iter().find(|reason| reason.key() == *key);
            known.map_or_else(|| (*key).to_owned(), |reason| words::aside(cx.lang, reason).to_owned())
        }
        (_, AnyValue::String(text)) => (*text).to_owned(),
        (_, AnyValue::UInt64(n)) => n.to_string(),
        _ => value.to_string(),
    })
}
