//! The pass over the table.

use super::column::{ColumnState, Finished, Limits, is_key};
use super::correlation::{self, MOST_COLUMNS, PairSums, finite};
use super::duplicates::RowHashes;
use super::findings::{self, Table};
use super::names::Names;
use super::recipe::{ProfileError, ProfileRecipe};
use super::result::Profile;
use super::sample::RowSample;
use crate::base::{Monitor, Step};
use crate::stage::data::cell::{Cells, ROW_SEED, hash_rows};
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use rayon::prelude::*;

/// Rows of one piece when a whole frame is profiled.
const PIECE: usize = 1 << 17;

/// Profiles a frame that is in memory.
pub fn profile_frame(
    frame: &DataFrame,
    kind: TableKind,
    roles: &[(String, Role)],
    recipe: &ProfileRecipe,
    monitor: &Monitor,
) -> Result<Profile, ProfileError> {
    let height = frame.height();
    let pieces = (0..height.max(1)).step_by(PIECE);
    let chunks = pieces.map(|from| Ok::<_, String>(frame.slice(from as i64, PIECE)));
    profile(chunks, height as u64, kind, roles, recipe, monitor)
}

/// Profiles a table that comes in chunks, in one pass, with bounded memory.
///
/// The first chunk says which columns there are; later ones must have them too, of the same types. `roles` may name
/// only some of them. `rows` is the expected total, for progress only.
pub fn profile<E: std::fmt::Display>(
    chunks: impl Iterator<Item = Result<DataFrame, E>>,
    rows: u64,
    kind: TableKind,
    roles: &[(String, Role)],
    recipe: &ProfileRecipe,
    monitor: &Monitor,
) -> Result<Profile, ProfileError> {
    recipe.check()?;
    let mut pass: Option<Pass> = None;
    let mut done = 0;
    for (number, chunk) in (0..).zip(chunks) {
        monitor.check()?;
        monitor.report(Step::Counting, done, rows.max(done));
        let chunk = chunk.map_err(|e| ProfileError::Source { chunk: number, what: e.to_string() })?;
        let pass = pass.get_or_insert_with(|| Pass::begin(&chunk, roles, recipe));
        pass.add(&chunk, number, monitor)?;
        done += chunk.height() as u64;
    }
    monitor.report(Step::Counting, done, done);
    match pass {
        Some(pass) => pass.finish(done, kind, recipe, monitor),
        None => Pass::begin(&DataFrame::default(), roles, recipe).finish(0, kind, recipe, monitor),
    }
}

/// Everything that is collected on the way.
struct Pass {
    columns: Vec<ColumnState>,
    /// The columns of numbers that are compared with each other, by place.
    compared: Vec<usize>,
    left_out: u64,
    pairs: PairSums,
    sample: RowSample,
    hashes: RowHashes,
    /// With the places of id and name.
    names: Vec<(usize, usize, Names)>,
}

impl Pass {
    fn begin(chunk: &DataFrame, roles: &[(String, Role)], recipe: &ProfileRecipe) -> Self {
        let role_of = |name: &str| roles.iter().find(|(n, _)| n == name).map_or(Role::Other, |(_, role)| *role);
        let limits = Limits::of(recipe, chunk.width());
        let columns: Vec<ColumnState> = chunk
            .columns()
            .iter()
            .map(|c| ColumnState::new(c.name(), role_of(c.name()), Cells::of(c).map(|c| c.column_type()), limits))
            .collect();
        let mut compared: Vec<usize> = (0..columns.len()).filter(|&i| is_compared(&columns[i])).collect();
        let left_out = compared.len().saturating_sub(MOST_COLUMNS) as u64;
        compared.truncate(MOST_COLUMNS);
        let named = |role| columns.iter().position(|c| c.role == role && c.column_type.is_some());
        let mut names = Vec::new();
        if let Some(id) = named(Role::Item) {
            for role in [Role::Name, Role::Category, Role::Brand] {
                if let Some(name) = named(role) {
                    let of = Names::new(&columns[id].name, &columns[name].name, recipe.exact_values as usize);
                    names.push((id, name, of));
                }
            }
        }
        Self {
            pairs: PairSums::new(compared.len()),
            sample: RowSample::new(compared.len(), recipe.sample_rows as usize),
            hashes: RowHashes::new(recipe.exact_rows as usize),
            columns,
            compared,
            left_out,
            names,
        }
    }

    fn add(&mut self, chunk: &DataFrame, number: u64, monitor: &Monitor) -> Result<(), ProfileError> {
        let unlike = |column: &str| ProfileError::UnlikeChunk { chunk: number, column: column.to_owned() };
        let mut cells: Vec<Option<Cells>> = Vec::with_capacity(self.columns.len());
        for state in &self.columns {
            let column = chunk.column(&state.name).map_err(|_| unlike(&state.name))?;
            let of = Cells::of(column);
            if of.as_ref().map(Cells::column_type) != state.column_type {
                return Err(unlike(&state.name));
            }
            cells.push(of);
        }
        let height = chunk.height();
        let hash_all = || {
            let mut rows = vec![ROW_SEED; height];
            cells.iter().flatten().for_each(|cells| hash_rows(cells, &mut rows));
            rows
        };
        let (columns, names, hashes) = (&mut self.columns, &mut self.names, &mut self.hashes);
        rayon::join(
            || {
                columns.par_iter_mut().zip(&cells).for_each(|(state, cells)| match cells {
                    Some(cells) => state.add(cells),
                    None => state.add_foreign(height as u64, 0),
                });
            },
            || {
                rayon::join(
                    || hashes.add(&hash_all()),
                    || {
                        names.par_iter_mut().for_each(|(id, name, names)| {
                            if let (Some(ids), Some(texts)) = (&cells[*id], &cells[*name]) {
                                names.add(ids, texts);
                            }
                        });
                    },
                )
            },
        );
        let numbers: Vec<Vec<f64>> = self
            .compared
            .par_iter()
            .map(|&i| cells[i].as_ref().and_then(Cells::numbers).map(finite).unwrap_or_default())
            .collect();
        if !numbers.is_empty() {
            self.pairs.add(&numbers, monitor)?;
            self.sample.add(&numbers, height);
        }
        Ok(())
    }

    fn finish(
        self,
        rows: u64,
        kind: TableKind,
        recipe: &ProfileRecipe,
        monitor: &Monitor,
    ) -> Result<Profile, ProfileError> {
        monitor.check()?;
        let today = Limits::of(recipe, 1).today;
        let compared = self.compared.iter().map(|&i| self.columns[i].name.clone()).collect();
        let correlations = correlation::finish(compared, self.left_out, self.pairs, self.sample, monitor)?;
        let (finished, duplicates) = rayon::join(
            || self.columns.into_par_iter().map(ColumnState::finish).collect::<Vec<Finished>>(),
            || self.hashes.finish(),
        );
        monitor.check()?;
        let names: Vec<Names> = self.names.into_iter().map(|(_, _, names)| names).collect();
        let table = Table { kind, rows, today, columns: &finished };
        let findings = findings::find(&table, duplicates, &names);
        let columns = finished.into_iter().map(|column| column.profile).collect();
        Ok(Profile { kind: Some(kind), rows, columns, duplicates, correlations, findings })
    }
}

fn is_compared(column: &ColumnState) -> bool {
    use ColumnType::{Decimal, Integer, YesNo};
    matches!(column.column_type, Some(Integer | Decimal | YesNo)) && !is_key(column.role)
}
