//! The real App in a harness without a display, with folders of its own and scripted dialogs.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use shopwright::app::App;
use shopwright::app::services::{Ask, Dialogs, Services};
use shopwright::base::time::Moment;
use shopwright::jobs::Wake;
use shopwright::ui::Command;
use shopwright::ui::text::Lang;
use tempfile::TempDir;

/// Answers file dialogs with the paths it was given, in order; with none left it cancels.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<VecDeque<PathBuf>>>);

impl Script {
    pub fn will_choose(&self, path: impl Into<PathBuf>) {
        self.0.lock().expect("script").push_back(path.into());
    }
}

impl Dialogs for Script {
    fn ask(&mut self, what: Ask, _suggestion: &Path, _lang: Lang, reply: Sender<Command>, wake: Wake) {
        if let Some(path) = self.0.lock().expect("script").pop_front() {
            reply.send(what.command(path)).expect("app listens");
            wake();
        }
    }
}

pub struct Stand {
    pub harness: Harness<'static, App>,
    pub script: Script,
    pub folder: PathBuf,
    // Kept so that the folder lives as long as the app.
    _folder: Arc<TempDir>,
}

pub const SIZE: egui::Vec2 = egui::vec2(1440.0, 900.0);

impl Stand {
    pub fn new() -> Self {
        Self::in_folder(Arc::new(TempDir::new().expect("temp folder")), None, SIZE)
    }

    pub fn sized(size: egui::Vec2) -> Self {
        Self::in_folder(Arc::new(TempDir::new().expect("temp folder")), None, size)
    }

    /// A second start of the program with the same settings and projects.
    pub fn again(self) -> Self {
        let folder = self._folder.clone();
        drop(self);
        Self::in_folder(folder, None, SIZE)
    }

    pub fn in_folder(folder: Arc<TempDir>, open: Option<PathBuf>, size: egui::Vec2) -> Self {
        let script = Script::default();
        let services = Services {
            dialogs: Box::new(script.clone()),
            settings_file: Some(folder.path().join("settings.json")),
            projects_folder: folder.path().join("projects"),
            system_lang: Lang::En,
            clock: Moment::now,
            started: Instant::now(),
        };
        let harness = Harness::builder()
            .with_size(size)
            .with_max_steps(8)
            .allow_missing_glyphs()
            .build_eframe(|cc| App::new(cc, services, open));
        let mut stand = Self { harness, script, folder: folder.path().to_owned(), _folder: folder };
        stand.settle();
        stand
    }

    pub fn app(&mut self) -> &mut App {
        self.harness.state_mut()
    }

    /// Steps until no job runs, nothing is queued and everything is saved.
    pub fn settle(&mut self) {
        let end = Instant::now() + Duration::from_secs(120);
        let mut quiet = 0;
        // A dialog takes some frames to find its size and place.
        while quiet < 6 {
            self.harness.step();
            quiet = if self.harness.state().is_idle() { quiet + 1 } else { 0 };
            assert!(Instant::now() < end, "the app does not come to rest");
            if quiet == 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Clicks what is labelled so and waits until everything has settled.
    pub fn click(&mut self, label: &str) {
        // What can be pressed comes before a plain label of the same words.
        let pressable = |node: &egui_kittest::Node<'_>| !matches!(node.accesskit_node().role(), egui::Role::Label);
        let found: Vec<_> = self.harness.query_all_by_label(label).collect();
        let node = found.iter().find(|node| pressable(node)).or(found.first());
        node.unwrap_or_else(|| panic!("nothing is labelled {label:?}")).click();
        self.harness.step();
        self.settle();
    }

    pub fn sees(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
            || self.values().iter().any(|value| value.contains(label))
    }

    /// What fields and lists hold.
    pub fn values(&self) -> Vec<String> {
        let fields = self.harness.query_all_by(|node| node.value().is_some());
        fields.filter_map(|node| node.accesskit_node().value()).collect()
    }

    /// Everything on the screen by its label, to say what was there instead.
    pub fn labels(&self) -> Vec<String> {
        self.harness.query_all_by_label_contains("").filter_map(|node| node.accesskit_node().label()).collect()
    }

    pub fn send(&mut self, command: Command) {
        self.app().send(command);
        self.settle();
    }

    pub fn open_sample(&mut self) {
        self.send(Command::Do(shopwright::ui::Action::OpenSample));
        assert!(self.app().project().is_some(), "{:?}", self.app().failures());
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, content).expect("writable");
        path
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        use eframe::App as _;
        self.harness.state_mut().on_exit(None);
    }
}
