//! Everything that can be done without saying more: one enum behind menu, palette and shortcut.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::Page;
use super::text::{Lang, action as words};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Go(Page),
    NewProject,
    OpenProject,
    OpenSample,
    ImportTable,
    SaveCopy,
    CloseProject,
    Undo,
    Redo,
    Find,
    Theme,
    Language,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    StopJobs,
    Quit,
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

impl Action {
    pub fn all() -> impl Iterator<Item = Self> {
        Page::ALL.into_iter().map(Self::Go).chain([
            Self::NewProject,
            Self::OpenProject,
            Self::OpenSample,
            Self::ImportTable,
            Self::SaveCopy,
            Self::CloseProject,
            Self::Undo,
            Self::Redo,
            Self::Find,
            Self::Theme,
            Self::Language,
            Self::ZoomIn,
            Self::ZoomOut,
            Self::ZoomReset,
            Self::StopJobs,
            Self::Quit,
        ])
    }

    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Go(page) => page.go(lang),
            Self::NewProject => words::new_project(lang),
            Self::OpenProject => words::open_project(lang),
            Self::OpenSample => words::open_sample(lang),
            Self::ImportTable => words::import_table(lang),
            Self::SaveCopy => words::save_copy(lang),
            Self::CloseProject => words::close_project(lang),
            Self::Undo => words::undo(lang),
            Self::Redo => words::redo(lang),
            Self::Find => words::find(lang),
            Self::Theme => words::theme(lang),
            Self::Language => words::language(lang),
            Self::ZoomIn => words::zoom_in(lang),
            Self::ZoomOut => words::zoom_out(lang),
            Self::ZoomReset => words::zoom_reset(lang),
            Self::StopJobs => words::stop_jobs(lang),
            Self::Quit => words::quit(lang),
        }
    }

    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::Go(page) => (CTRL, page.key()?),
            Self::NewProject => (CTRL, Key::N),
            Self::OpenProject => (CTRL, Key::O),
            Self::ImportTable => (CTRL, Key::I),
            Self::SaveCopy => (CTRL_SHIFT, Key::S),
            Self::CloseProject => (CTRL, Key::W),
            Self::Undo => (CTRL, Key::Z),
            Self::Redo => (CTRL_SHIFT, Key::Z),
            Self::Find => (CTRL, Key::K),
            Self::Theme => (CTRL_SHIFT, Key::D),
            Self::Language => (CTRL_SHIFT, Key::L),
            Self::ZoomIn => (CTRL, Key::Plus),
            Self::ZoomOut => (CTRL, Key::Minus),
            Self::ZoomReset => (CTRL, Key::Num0),
            Self::StopJobs => (CTRL, Key::Period),
            Self::Quit => (CTRL, Key::Q),
            Self::OpenSample => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// Left to a text field that has the keyboard: it has its own undo.
    pub fn yields_to_text(self) -> bool {
        matches!(self, Self::Undo | Self::Redo)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn no_two_actions_share_a_shortcut() {
        let mut seen = HashMap::new();
        for action in Action::all() {
            if let Some(keys) = action.shortcut()
                && let Some(other) = seen.insert((keys.modifiers, keys.logical_key), action)
            {
                panic!("{action:?} and {other:?} share {keys:?}");
            }
        }
    }

    #[test]
    fn names_differ_in_each_language() {
        for lang in Lang::ALL {
            let names: Vec<_> = Action::all().map(|action| action.name(lang)).collect();
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
        }
    }
}
