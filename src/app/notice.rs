//! Short messages that something was done, and failures that wait to be read.

use std::time::Duration;

use egui_notify::Toasts;

use crate::ui::theme::Tokens;

#[derive(Default)]
pub struct Notices {
    toasts: Toasts,
    /// The last ones in words, for tests and for whoever reads the screen aloud.
    said: Vec<String>,
}

impl Notices {
    pub fn done(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.toasts.success(text.clone()).duration(Some(Duration::from_secs(4)));
        self.remember(text);
    }

    pub fn problem(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.toasts.error(text.clone()).duration(Some(Duration::from_secs(10)));
        self.remember(text);
    }

    fn remember(&mut self, text: String) {
        self.said.push(text);
        if self.said.len() > 20 {
            self.said.remove(0);
        }
    }

    pub fn said(&self) -> &[String] {
        &self.said
    }

    pub fn show(&mut self, ctx: &egui::Context, _tokens: &Tokens) {
        self.toasts.show(ctx);
    }
}
