//! CSV as bytes: UTF-8, commas, `\n`, quotes only where needed.

use super::calendar::{DAY_SECONDS, DAYS, date_text};

/// Lines under construction.
#[derive(Debug, Default)]
pub struct Lines {
    pub bytes: Vec<u8>,
    fresh: bool,
}

impl Lines {
    pub fn with_header(header: &str) -> Self {
        Self { bytes: format!("{header}\n").into_bytes(), fresh: true }
    }

    pub fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), fresh: true }
    }

    fn comma(&mut self) {
        if !self.fresh {
            self.bytes.push(b',');
        }
        self.fresh = false;
    }

    pub fn end(&mut self) {
        self.bytes.push(b'\n');
        self.fresh = true;
    }

    /// A field that may hold anything; quoted where a comma, a quote or a line break is in it.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.comma();
        if text.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
            self.bytes.push(b'"');
            for byte in text.bytes() {
                if byte == b'"' {
                    self.bytes.push(b'"');
                }
                self.bytes.push(byte);
            }
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self
    }

    pub fn empty(&mut self) -> &mut Self {
        self.comma();
        self
    }

    pub fn number(&mut self, n: u64) -> &mut Self {
        self.comma();
        self.digits(n, 0);
        self
    }

    /// A letter and a number of at least `width` digits: `U0001`.
    pub fn id(&mut self, letter: u8, n: u64, width: usize) -> &mut Self {
        self.comma();
        self.bytes.push(letter);
        self.digits(n, width);
        self
    }

    /// Hundredths with two decimals: 13450 is `134.50`.
    pub fn hundredths(&mut self, n: u32) -> &mut Self {
        self.comma();
        self.digits(u64::from(n / 100), 0);
        self.bytes.push(b'.');
        self.digits(u64::from(n % 100), 2);
        self
    }

    /// A number with this many decimals.
    pub fn decimal(&mut self, x: f64, decimals: usize) -> &mut Self {
        self.comma();
        let x = if x == 0.0 { 0.0 } else { x };
        self.bytes.extend_from_slice(format!("{x:.decimals$}").as_bytes());
        self
    }

    pub fn time(&mut self, second: u32, days: &Days) -> &mut Self {
        self.comma();
        let (day, rest) = (second / DAY_SECONDS, second % DAY_SECONDS);
        self.bytes.extend_from_slice(days.of(day));
        for (mark, part) in [(b' ', rest / 3600), (b':', rest / 60 % 60), (b':', rest % 60)] {
            self.bytes.extend_from_slice(&[mark, b'0' + (part / 10) as u8, b'0' + (part % 10) as u8]);
        }
        self
    }

    fn digits(&mut self, mut n: u64, width: usize) {
        let mut buffer = [b'0'; 20];
        let mut at = 20;
        while n > 0 || at == 20 {
            at -= 1;
            buffer[at] = b'0' + (n % 10) as u8;
            n /= 10;
        }
        let from = at.min(20 - width.min(20));
        self.bytes.extend_from_slice(&buffer[from..]);
    }
}

/// The dates of the six months as text, made once.
pub struct Days(Vec<[u8; 10]>);

impl Days {
    pub fn new() -> Self {
        Self(
            (0..=DAYS as i64)
                .map(|day| {
                    let mut bytes = [b'?'; 10];
                    bytes.iter_mut().zip(date_text(day).bytes()).for_each(|(to, from)| *to = from);
                    bytes
                })
                .collect(),
        )
    }

    fn of(&self, day: u32) -> &[u8; 10] {
        &self.0[(day as usize).min(self.0.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_every_kind() {
        let mut lines = Lines::with_header("a,b");
        lines.id(b'U', 7, 4).number(0).hundredths(13_405).decimal(-0.5, 2).decimal(-0.0, 1).empty();
        lines.text("plain").text("say \"tea\", twice").time(2 * DAY_SECONDS + 69_730, &Days::new());
        lines.end();
        let expected = "a,b\nU0007,0,134.05,-0.50,0.0,,plain,\"say \"\"tea\"\", twice\",2026-05-03 19:22:10\n";
        assert_eq!(String::from_utf8(lines.bytes).unwrap(), expected);
        let mut wide = Lines::with_room(0);
        wide.id(b'U', 123_456, 4);
        assert_eq!(wide.bytes, b"U123456");
    }
}
