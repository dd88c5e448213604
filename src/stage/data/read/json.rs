//! JSON: one object a line, or an array of objects. What is nested in an object becomes a column `outer.inner`.

use super::block::Block;
use super::encoding::newlines;
use super::pieces::Piece;
use super::source::Source;
use super::{AsideReason, ReadError};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Finds where an array of objects can be cut.
#[derive(Debug, Default)]
pub struct ArrayCut {
    opened: bool,
    closed: bool,
}

/// What is wrong with an array, and where in the text.
pub struct Damage {
    at: usize,
    what: &'static str,
}

impl Damage {
    pub fn at(self, source: &Source, text: &[u8], line: u64) -> ReadError {
        let line = line + newlines(&text[..self.at.min(text.len())]);
        ReadError::JsonDamaged { file: source.file.clone(), line, what: self.what.to_owned() }
    }
}

impl ArrayCut {
    /// How much of `text` is whole elements with their commas; `Err(0)` when not even one is. The brackets of the
    /// array count as whole, and are skipped by [`elements`].
    pub fn whole(&mut self, text: &[u8], ended: bool) -> Result<Result<usize, usize>, Damage> {
        let mut at = skip_space(text, 0);
        let mut whole = 0;
        if !self.opened && text.get(at) == Some(&b'[') {
            self.opened = true;
            at += 1;
            whole = at;
        }
        loop {
            at = skip_space(text, at);
            match text.get(at) {
                None => break,
                Some(_) if self.closed => return Err(Damage { at, what: "text after the end of the array" }),
                Some(b',') => {
                    at += 1;
                    whole = at;
                }
                Some(b']') => {
                    self.closed = true;
                    at += 1;
                    whole = at;
                }
                Some(b'}' | b':') => return Err(Damage { at, what: "a bracket too many" }),
                Some(_) => match element_end(text, at) {
                    Some(end) => {
                        at = end;
                        let next = skip_space(text, at);
                        match text.get(next) {
                            None => {}
                            Some(b',' | b']') => whole = at,
                            Some(_) => return Err(Damage { at: next, what: "no comma between two elements" }),
                        }
                    }
                    None => break,
                },
            }
        }
        if ended && !self.closed {
            return Err(Damage { at: text.len(), what: "ends within the array" });
        }
        Ok(if whole > 0 { Ok(whole) } else { Err(0) })
    }
}

fn skip_space(text: &[u8], from: usize) -> usize {
    text.get(from..).and_then(|t| t.iter().position(|b| !b.is_ascii_whitespace())).map_or(text.len(), |n| from + n)
}

/// Behind the element that begins at `at`; nothing if the text ends before it does.
fn element_end(text: &[u8], at: usize) -> Option<usize> {
    let (mut depth, mut i) = (0_usize, at);
    loop {
        match *text.get(i)? {
            b'"' => i = string_end(text, i)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b'}' | b']' | b',' if depth == 0 => return Some(i),
            _ => {}
        }
        i += 1;
        if depth == 0 && matches!(text[i - 1], b'}' | b']' | b'"') {
            return Some(i);
        }
    }
}

/// The closing quote of the string that opens at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut i = at + 1;
    loop {
        match *text.get(i)? {
            b'"' => return Some(i),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
}

/// The texts of the objects of a piece, with their lines.
fn objects(piece: &Piece, array: bool) -> Vec<(u64, &str)> {
    let text = piece.text.as_bytes();
    let (mut found, mut at, mut counted, mut line) = (Vec::new(), 0, 0, piece.line);
    let mut opens = piece.first;
    while at < text.len() {
        at = skip_space(text, at);
        let end = if array {
            match text.get(at) {
                None => break,
                Some(b',' | b']') => {
                    at += 1;
                    continue;
                }
                // The array's own bracket.
                Some(b'[') if opens => {
                    opens = false;
                    at += 1;
                    continue;
                }
                Some(_) => element_end(text, at).unwrap_or(text.len()),
            }
        } else {
            text[at..].iter().position(|b| *b == b'\n').map_or(text.len(), |n| at + n)
        };
        if end <= at {
            break;
        }
        line += newlines(&text[counted..at]);
        counted = at;
        found.push((line, piece.text.get(at..end).unwrap_or_default().trim()));
        at = end;
    }
    found
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// The column names of a piece in the order of their first coming.
pub fn names(piece: &Piece, array: bool) -> Vec<String> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for (_, text) in objects(piece, array) {
        for_cells("", &object(text).unwrap_or_default(), &mut |name, _| {
            if !known.contains(name) {
                known.insert(name.to_owned());
                names.push(name.to_owned());
            }
        });
    }
    names
}

/// The rows of a piece.
pub fn block(piece: &Piece, array: bool, columns: &HashMap<String, usize>) -> Block {
    let mut block = Block::for_columns(columns.len());
    for (line, text) in objects(piece, array) {
        let Some(object) = object(text) else {
            block.push_misfit(line, AsideReason::BadJson, text);
            continue;
        };
        let mut row = block.push_row(line);
        for_cells("", &object, &mut |name, text| {
            if let (Some(&column), Some(text)) = (columns.get(name), text) {
                row.cell(column, &text);
            }
        });
    }
    block
}

/// Tells each value of an object with its name; nothing for null.
fn for_cells(prefix: &str, object: &Map<String, Value>, tell: &mut dyn FnMut(&str, Option<Cow<'_, str>>)) {
    for (key, value) in object {
        let name = if prefix.is_empty() { Cow::Borrowed(key.as_str()) } else { Cow::Owned(format!("{prefix}.{key}")) };
        match value {
            Value::Object(inner) if !inner.is_empty() => for_cells(&name, inner, tell),
            Value::Object(_) | Value::Null => tell(&name, None),
            Value::String(text) => tell(&name, Some(Cow::Borrowed(text))),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => tell(&name, Some(Cow::Owned(value.to_string()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> Piece {
        Piece { text: text.into(), line: 1, first: true }
    }

    #[test]
    fn an_array_is_cut_between_elements() {
        let text = br#" [ {"a": "x,]}\"", "b": [1, {"c": 2}]}, {"a": 1} , 3 ]"#;
        for end in 0..text.len() {
            let mut cut = ArrayCut::default();
            let whole = cut.whole(&text[..end], false).ok().expect("no damage");
            if let Ok(whole) = whole {
                assert!(matches!(text[whole - 1], b'[' | b',' | b'}' | b']' | b'3'), "{end}: {whole}");
            }
        }
        let mut cut = ArrayCut::default();
        assert!(matches!(cut.whole(text, true), Ok(Ok(n)) if n == text.len()));
        for broken in ["[{\"a\":1}", "[{\"a\":1} {\"a\":2}]", "[] x", "[}]", "["] {
            assert!(ArrayCut::default().whole(broken.as_bytes(), true).is_err(), "{broken}");
        }
    }

    #[test]
    fn rows_of_an_array_and_of_lines() {
        let columns = HashMap::from([("a".to_owned(), 0), ("b.c".to_owned(), 1)]);
        let array =
            block(&piece("[{\"a\":\"x\\ny\"},\n {\"b\":{\"c\":2.50},\"a\":null},\n7, {\"a\":[1,2]}]"), true, &columns);
        assert_eq!((array.len(), array.misfits.len()), (3, 1));
        assert_eq!(array.cell(0, 0).as_deref(), Some("x\ny"));
        assert_eq!((array.cell(1, 0), array.cell(1, 1).as_deref(), array.line(1)), (None, Some("2.5"), 2));
        assert_eq!(array.cell(2, 0).as_deref(), Some("[1,2]"));
        let lines = block(&piece("{\"a\":1}\n\n{broken\n{\"a\":true}\r\n"), false, &columns);
        assert_eq!((lines.len(), lines.misfits[0].line, lines.line(1)), (2, 3, 4));
        assert_eq!(lines.cell(1, 0).as_deref(), Some("true"));
        assert_eq!(names(&piece("{\"b\":{\"c\":1},\"a\":2}\n{\"d\":null}"), false), ["b.c", "a", "d"]);
    }
}
