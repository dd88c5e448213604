//! Packs groups (a sheet and several texts about it) into rows of fixed length.
//!
//! All texts of a group share the sheet's tokens: each text sees the sheet and itself, never its neighbours, and its
//! positions go on where the sheet's end. So each is trained exactly as it will be asked for, and the sheet is
//! computed once for several texts.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::LmError;
use super::ops::Sight;
use super::tokenizer::HouseTokenizer;
use crate::stage::copy::corpus::task::Group;
use crate::stage::copy::prompt::{Special, brief_pieces, sheet_pieces};

/// A place where the next token is to be foretold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Index into the batch's tokens.
    pub at: usize,
    pub token: u32,
    pub weight: f32,
}

/// Rows of equal length. Tokens, positions and sights have rows · tokens_per_row entries.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub rows: usize,
    pub tokens_per_row: usize,
    pub tokens: Vec<u32>,
    pub positions: Vec<u32>,
    pub sights: Vec<Sight>,
    pub targets: Vec<Target>,
}

impl Batch {
    pub fn wanted(&self) -> Vec<(u32, f32)> {
        self.targets.iter().map(|target| (target.token, target.weight)).collect()
    }

    pub fn weight(&self) -> f64 {
        self.targets.iter().map(|target| f64::from(target.weight)).sum()
    }

    /// One plain sequence, each token seeing all before it, with a target of weight 1 after each but the last.
    pub fn sequence(tokens: &[u32]) -> Self {
        let n = tokens.len();
        let targets = (1..n).map(|i| Target { at: i - 1, token: tokens[i], weight: 1.0 }).collect();
        Self {
            rows: 1,
            tokens_per_row: n,
            tokens: tokens.to_vec(),
            positions: (0..n as u32).collect(),
            sights: vec![Sight { shared: (0, 0), own: 0 }; n],
            targets,
        }
    }
}

/// A group in tokens.
#[derive(Debug, Clone)]
pub struct TokenGroup {
    pub sheet: Vec<u32>,
    /// Brief (to `<|copy|>`) and text (to `<|end|>`).
    pub copies: Vec<(Vec<u32>, Vec<u32>)>,
}

pub fn encode_group(tokenizer: &HouseTokenizer, group: &Group) -> Result<TokenGroup, LmError> {
    let sheet = tokenizer.encode_pieces(&sheet_pieces(&group.sheet))?;
    let mut copies = Vec::new();
    for (brief, copy) in &group.copies {
        let mut tokens = tokenizer.encode_pieces(copy)?;
        tokens.push(Special::END.0);
        copies.push((tokenizer.encode_pieces(&brief_pieces(&group.sheet, brief))?, tokens));
    }
    Ok(TokenGroup { sheet, copies })
}

/// A row being filled.
struct Row {
    tokens: Vec<u32>,
    positions: Vec<u32>,
    sights: Vec<Sight>,
    targets: Vec<Target>,
}

impl Row {
    fn push(&mut self, token: u32, position: usize, sight: Sight) {
        self.tokens.push(token);
        self.positions.push(position as u32);
        self.sights.push(sight);
    }

    fn target(&mut self, at: usize, token: u32, weight: f32) {
        self.targets.push(Target { at, token, weight });
    }

    fn sheet(&mut self, group: &TokenGroup) {
        let start = self.tokens.len();
        let sight = Sight { shared: (start as u32, start as u32), own: start as u32 };
        for (position, &token) in group.sheet.iter().enumerate() {
            self.push(token, position, sight);
        }
    }

    fn copy(&mut self, sheet: (usize, usize), brief: &[u32], text: &[u32]) {
        let own = self.tokens.len();
        let sight = Sight { shared: (sheet.0 as u32, sheet.1 as u32), own: own as u32 };
        // The last token of the text, <|end|>, is only ever a target.
        let seen = brief.iter().chain(&text[..text.len().saturating_sub(1)]);
        for (position, &token) in (sheet.1 - sheet.0..).zip(seen) {
            self.push(token, position, sight);
        }
        for (i, &token) in text.iter().enumerate() {
            self.target(own + brief.len() - 1 + i, token, 1.0);
        }
    }

    fn pad(&mut self, length: usize) {
        while self.tokens.len() < length {
            let at = self.tokens.len() as u32;
            self.push(Special::PAD.0, 0, Sight { shared: (at, at), own: at });
        }
    }
}

/// Fills `rows` rows with groups that `next` makes (it is told how many texts to make).
pub fn pack(
    rows: usize,
    tokens_per_row: usize,
    rng: &mut ChaCha8Rng,
    mut next: impl FnMut(usize, &mut ChaCha8Rng) -> Result<TokenGroup, LmError>,
) -> Result<Batch, LmError> {
    let mut batch = Batch { rows, tokens_per_row, ..Batch::default() };
    for index in 0..rows {
        let mut row = Row { tokens: Vec::new(), positions: Vec::new(), sights: Vec::new(), targets: Vec::new() };
        let mut misses = 0;
        while misses < 3 && tokens_per_row - row.tokens.len() > 40 {
            let copies = rng.random_range(6..=10);
            let group = next(copies, rng)?;
            if !fill(&mut row, &group, tokens_per_row) {
                misses += 1;
            }
        }
        row.pad(tokens_per_row);
        let base = index * tokens_per_row;
        batch.targets.extend(row.targets.into_iter().map(|t| Target { at: base + t.at, ..t }));
        batch.tokens.extend(row.tokens);
        batch.positions.extend(row.positions);
        batch.sights.extend(row.sights);
    }
    Ok(batch)
}

/// Adds the group's sheet and as many of its texts as fit; nothing and `false` if not one does.
fn fill(row: &mut Row, group: &TokenGroup, length: usize) -> bool {
    let room = length - row.tokens.len();
    let needs = |copy: &(Vec<u32>, Vec<u32>)| copy.0.len() + copy.1.len() - 1;
    let fits = group.copies.iter().any(|copy| group.sheet.len() + needs(copy) <= room);
    if !fits {
        return false;
    }
    let start = row.tokens.len();
    row.sheet(group);
    let sheet = (start, row.tokens.len());
    for copy in &group.copies {
        if row.tokens.len() + needs(copy) <= length {
            row.copy(sheet, &copy.0, &copy.1);
        }
    }
    true
}
