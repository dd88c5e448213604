//! The fact lock: while a draft is written, no claim gets in that the product's sheet does not support.
//!
//! It looks at the text as it would stand with the next token. A claim that is complete must be supported;
//! one that the text's end cuts off may stay while it can still become a supported one ("50" on the way to
//! "500 ml"). Words that are claims already when they may still grow ("ten" of "tender") are refused at
//! once: taking them back later would spoil the sentence.

use crate::stage::copy::facts::{Allowed, ClaimKind, FactSheet, Folded, claims};

/// What the lock thinks of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// From byte `since` on stands the beginning of a supported claim.
    Pending {
        since: usize,
    },
    /// From byte `since` on stands a claim that the sheet does not support.
    Wrong {
        since: usize,
        kind: ClaimKind,
    },
}

/// A compiled sheet. One lock serves all drafts about a product.
pub struct Lock {
    allowed: Allowed,
}

/// Characters at the end of a text that are looked at; no claim is longer.
const TAIL: usize = 160;

impl Lock {
    pub fn new(sheet: &FactSheet) -> Self {
        Self { allowed: Allowed::new(sheet) }
    }

    pub fn allowed(&self) -> &Allowed {
        &self.allowed
    }

    /// Looks at the last claims in `text`; `ended` when nothing will follow.
    pub fn verdict(&self, text: &str, ended: bool) -> Verdict {
        let from = tail(text);
        let folded = Folded::new(&text[from..]);
        let mut pending = Verdict::Fine;
        for claim in claims(&folded, self.allowed.brands()) {
            if self.allowed.supports(&folded, &claim) {
                continue;
            }
            let since = from + folded.byte(claim.from);
            if ended || !self.allowed.may_become(&folded, &claim) {
                return Verdict::Wrong { since, kind: claim.kind };
            }
            if pending == Verdict::Fine {
                pending = Verdict::Pending { since };
            }
        }
        pending
    }
}

/// Where the last [`TAIL`] characters begin, moved on to a place where no claim is cut in two.
fn tail(text: &str) -> usize {
    let Some((cut, _)) = text.char_indices().rev().nth(TAIL) else { return 0 };
    let seam =
        text[cut..].char_indices().take(TAIL / 2).find(|(_, c)| matches!(c, ' ' | '\n' | '，' | '。' | '、' | '！'));
    cut + seam.map_or(0, |(at, c)| at + c.len_utf8())
}
