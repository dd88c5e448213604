//! Text cells into a typed frame, and every row that does not fit set aside with its reason.

use super::block::Block;
use super::plan::{Convert, Plan, PlanColumn};
use super::summary::ASIDE_KEPT;
use super::{AsideReason, AsideRow, ReadError};
use crate::stage::data::kind::Role;
use crate::stage::data::schema::EventWord;
use crate::stage::data::schema::value::{decimal, float_id, id_integer, integer, is_missing, yes_no};
use crate::stage::data::schema::when::{DateOrder, when};
use polars::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a block came to. `frame` has the kept rows only.
pub struct Built {
    pub frame: DataFrame,
    pub rows_read: u64,
    pub set_aside: BTreeMap<AsideReason, u64>,
    /// The first of the rows set aside, in the file's order.
    pub aside: Vec<AsideRow>,
    /// The first row of the wrong form: line and number of cells.
    pub first_misfit: Option<(u64, u64)>,
}

/// The first reason to set a row aside, by row.
type Verdicts = Vec<Option<AsideReason>>;

const DAY_MS: i64 = 86_400_000;

/// Columns are judged in this order, so that a row without a user counts as that whatever else is wrong with it.
fn rank(role: Role) -> u8 {
    match role {
        Role::User => 0,
        Role::Item => 1,
        Role::Event => 2,
        Role::Time => 3,
        _ => 4,
    }
}

/// Builds the frame of a block; numbers of rows count from 1 within the block.
pub fn build(block: &Block, plan: &Plan) -> Result<Built, ReadError> {
    let mut verdicts: Verdicts = vec![None; block.len()];
    let mut order: Vec<usize> = (0..plan.columns.len()).collect();
    order.sort_by_key(|&i| rank(plan.columns[i].role));
    let mut made: Vec<Option<Column>> = vec![None; plan.columns.len()];
    for i in order {
        made[i] = Some(column(block, plan, &plan.columns[i], &mut verdicts).into_column());
    }
    let mut columns: Vec<Column> = made.into_iter().flatten().collect();
    if let Some(name) = &plan.add_event {
        columns.push(order_events(name, plan, &columns, &mut verdicts).into_column());
    }
    if let Some(name) = &plan.add_number {
        let numbers = (0..block.len()).map(|row| i64::from(block.order(row)) + 1);
        columns.insert(0, Int64Chunked::from_iter_values(name.into(), numbers).into_column());
    }
    let odd = |e: PolarsError| ReadError::Io { file: plan.file.clone(), what: e.to_string() };
    let mut frame = DataFrame::new(block.len(), columns).map_err(odd)?;
    if verdicts.iter().any(Option::is_some) {
        let keep = BooleanChunked::from_iter_values("".into(), verdicts.iter().map(Option::is_none));
        frame = frame.filter(&keep).map_err(odd)?;
    }
    let (set_aside, aside) = set_aside(block, &verdicts);
    let first_misfit = block.misfits.first().map(|m| (m.line, m.cells));
    Ok(Built { frame, rows_read: block.len_read() as u64, set_aside, aside, first_misfit })
}

/// Counts the rows set aside by reason and describes the first of them.
fn set_aside(block: &Block, verdicts: &Verdicts) -> (BTreeMap<AsideReason, u64>, Vec<AsideRow>) {
    let mut counts = BTreeMap::new();
    let mut rows: Vec<(u32, AsideRow)> = Vec::new();
    for misfit in &block.misfits {
        *counts.entry(misfit.reason).or_default() += 1;
        if rows.len() < ASIDE_KEPT {
            let row = AsideRow { line: misfit.line, reason: misfit.reason, text: misfit.text.clone() };
            rows.push((misfit.order, row));
        }
    }
    let mut cursor = block.line_cursor();
    let mut described = 0;
    for (row, reason) in verdicts.iter().enumerate() {
        let Some(reason) = *reason else { continue };
        *counts.entry(reason).or_default() += 1;
        if described < ASIDE_KEPT {
            described += 1;
            let line = block.line_after(row, &mut cursor);
            rows.push((block.order(row), AsideRow { line, reason, text: block.raw(row) }));
        }
    }
    rows.sort_by_key(|(order, _)| *order);
    rows.truncate(ASIDE_KEPT);
    (counts, rows.into_iter().map(|(_, row)| row).collect())
}

/// Builds one column. Cells of a bad form count as missing and mark their row.
fn column(block: &Block, plan: &Plan, column: &PlanColumn, verdicts: &mut Verdicts) -> Series {
    let name = PlSmallStr::from_str(&column.name);
    let mut cells = Cells { block, column, verdicts };
    match column.convert {
        Convert::Text => cells.text(name, Some),
        Convert::Id => cells.text(name, |cell| if is_missing(&cell) { None } else { Some(trimmed(cell)) }),
        Convert::FloatIdText => cells.text(name, |cell| match float_id(&cell) {
            Some(id) => Some(id.to_string().into()),
            None if is_missing(&cell) => None,
            None => Some(trimmed(cell)),
        }),
        Convert::Event => cells.events(name, &plan.event_words),
        Convert::IdInteger => {
            Int64Chunked::from_iter_options(name, cells.values(|c| id_integer(c).or_else(|| float_id(c)))).into_series()
        }
        Convert::Integer => Int64Chunked::from_iter_options(name, cells.values(integer)).into_series(),
        Convert::Decimal { comma } => {
            Float64Chunked::from_iter_options(name, cells.values(|c| decimal(c, comma))).into_series()
        }
        Convert::YesNo => BooleanChunked::from_iter_options(name, cells.values(yes_no)).into_series(),
        Convert::Date(order) => {
            let mut day = wall_reader(plan, order);
            let days = cells.values(|c| day(c).and_then(|ms| i32::try_from(ms.div_euclid(DAY_MS)).ok()));
            Int32Chunked::from_iter_options(name, days).into_date().into_series()
        }
        Convert::Time(order) => {
            let millis = cells.values(wall_reader(plan, order));
            Int64Chunked::from_iter_options(name, millis).into_datetime(TimeUnit::Milliseconds, None).into_series()
        }
    }
}

fn trimmed(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Reads times as milliseconds on the wall clock of the plan's zone.
fn wall_reader(plan: &Plan, order: DateOrder) -> impl FnMut(&str) -> Option<i64> + '_ {
    let mut cache = (i64::MIN, 0);
    move |cell| {
        let found = when(cell, order)?;
        Some(if found.absolute { plan.clock.wall(found.millis, &mut cache) } else { found.millis })
    }
}

struct Cells<'a> {
    block: &'a Block,
    column: &'a PlanColumn,
    verdicts: &'a mut Verdicts,
}

impl<'a> Cells<'a> {
    fn condemn(verdicts: &mut Verdicts, row: usize, reason: AsideReason) {
        if let Some(verdict) = verdicts.get_mut(row) {
            verdict.get_or_insert(reason);
        }
    }

    /// The values of the column; `read` gives nothing for what is no value.
    fn values<'s, T>(
        &'s mut self,
        mut read: impl FnMut(&str) -> Option<T> + 's,
    ) -> impl ExactSizeIterator<Item = Option<T>> + 's {
        let (block, column) = (self.block, self.column);
        let verdicts = &mut *self.verdicts;
        (0..block.len()).map(move |row| {
            let Some(cell) = block.cell(row, column.source) else {
                if let Some(reason) = column.if_empty {
                    Self::condemn(verdicts, row, reason);
                }
                return None;
            };
            let value = read(&cell);
            if value.is_none() {
                if !is_missing(&cell) {
                    Self::condemn(verdicts, row, column.if_bad);
                } else if let Some(reason) = column.if_empty {
                    Self::condemn(verdicts, row, reason);
                }
            }
            value
        })
    }

    fn text(&mut self, name: PlSmallStr, mut keep: impl FnMut(Cow<'a, str>) -> Option<Cow<'a, str>>) -> Series {
        let mut builder = StringChunkedBuilder::new(name, self.block.len());
        for row in 0..self.block.len() {
            match self.block.cell(row, self.column.source).and_then(&mut keep) {
                Some(text) => builder.append_value(&text),
                None => {
                    builder.append_null();
                    if let Some(reason) = self.column.if_empty {
                        Self::condemn(self.verdicts, row, reason);
                    }
                }
            }
        }
        builder.finish().into_series()
    }

    fn events(&mut self, name: PlSmallStr, words: &BTreeMap<String, EventWord>) -> Series {
        let mut builder = StringChunkedBuilder::new(name, self.block.len());
        // The few words of a log, as written, with what becomes of them.
        let mut known: Vec<(String, EventWord)> = Vec::new();
        for row in 0..self.block.len() {
            let cell = self.block.cell(row, self.column.source);
            let Some(cell) = cell.as_deref().map(str::trim).filter(|c| !is_missing(c)) else {
                builder.append_null();
                if let Some(reason) = self.column.if_empty {
                    Self::condemn(self.verdicts, row, reason);
                }
                continue;
            };
            let meaning = match known.iter().find(|(word, _)| word == cell) {
                Some((_, meaning)) => *meaning,
                None => {
                    let meaning = words.get(&cell.to_lowercase()).copied().unwrap_or(EventWord::Other);
                    if known.len() < 64 {
                        known.push((cell.to_owned(), meaning));
                    }
                    meaning
                }
            };
            match meaning {
                EventWord::Other => builder.append_value(cell),
                EventWord::Skip => {
                    builder.append_value(cell);
                    Self::condemn(self.verdicts, row, AsideReason::SkippedEvent);
                }
                _ => builder.append_value(meaning.key()),
            }
        }
        builder.finish().into_series()
    }
}

/// The events of order lines: a negative quantity, or else a negative amount, is a return; a quantity of zero is
/// neither, and sets the row aside.
fn order_events(name: &str, plan: &Plan, columns: &[Column], verdicts: &mut Verdicts) -> Series {
    if plan.only_views {
        let views = std::iter::repeat_n(EventWord::View.key(), verdicts.len());
        return StringChunked::from_iter_values(name.into(), views).into_series();
    }
    let of = |role| plan.columns.iter().position(|c| c.role == role).and_then(|i| columns.get(i));
    let quantity = of(Role::Quantity);
    let signs = quantity.or_else(|| of(Role::Amount)).and_then(|c| c.cast(&DataType::Float64).ok());
    let signs = signs.as_ref().and_then(|c| c.f64().ok());
    let mut builder = StringChunkedBuilder::new(name.into(), verdicts.len());
    for row in 0..verdicts.len() {
        let sign = signs.and_then(|s| s.get(row)).unwrap_or(1.0);
        if sign == 0.0 && quantity.is_some() {
            Cells::condemn(verdicts, row, AsideReason::ZeroQuantity);
        }
        builder.append_value(if sign < 0.0 { EventWord::Return.key() } else { EventWord::Purchase.key() });
    }
    builder.finish().into_series()
}
