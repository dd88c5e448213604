//! What a verb prints: one JSON object, or lines for people; progress on stderr.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::{Failed, OutArgs};
use crate::base::Monitor;

/// Prints results in the form that was asked for.
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(args: OutArgs) -> Self {
        Self { json: args.json }
    }

    /// The JSON object, or the lines that `text` makes for people.
    pub fn print<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), Failed> {
        let shown = if self.json { serde_json::to_string(value)? } else { text(value).trim_end().to_owned() };
        match writeln!(std::io::stdout().lock(), "{shown}") {
            // A reader that has gone (`| head`) is no failure.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failed(format!("stdout: {error}"))),
            _ => Ok(()),
        }
    }
}

/// A monitor whose progress is a bar on a terminal and silent otherwise.
pub fn monitor() -> Monitor {
    if !std::io::stderr().is_terminal() {
        return Monitor::quiet();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg:12} {wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    Monitor::listening(move |progress| {
        if progress.total > 0 {
            bar.set_length(progress.total);
        }
        bar.set_position(progress.done);
        bar.set_message(crate::stage::step_word(progress.step));
    })
}

pub fn complain(line: &str) {
    let one_line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(std::io::stderr().lock(), "shopwright: {one_line}");
}

/// A count for people: 541,909.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How wide a column of these texts must be, within reason.
pub fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0).clamp(12, 40)
}

/// The text filled up with spaces, by what a terminal shows: a Chinese character is two wide.
pub fn padded(text: &str, wide: usize) -> String {
    let gap = wide.saturating_sub(unicode_width::UnicodeWidthStr::width(text));
    format!("{text}{}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators_and_columns_line_up() {
        assert_eq!([0, 999, 1000, 541_909, 12_345_678].map(grouped), ["0", "999", "1,000", "541,909", "12,345,678"]);
        assert_eq!(width(["数量", "online_shoppers_intention"].into_iter()), 25);
        assert_eq!(padded("数量", 6), "数量  ");
        assert_eq!(padded("long enough", 4), "long enough");
    }
}
