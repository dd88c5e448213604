//! Floor 6: owns everything. `logic` drains events and carries commands out and never draws; `shell` draws and
//! never decides.

pub mod desk;
mod logic;
pub mod notice;
mod palette;
mod projects;
pub mod services;
mod shell;
pub mod window;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::jobs::{Jobs, Slot, Wake};
use crate::store::settings::Settings;
use crate::ui::shown::Shown;
use crate::ui::text::Lang;
use crate::ui::{Command, Failure, Page, Views};
use desk::Outcome;
use notice::Notices;
use projects::Open;
use services::Services;

pub struct App {
    services: Services,
    settings: Settings,
    /// The settings as the file held them when it was last read or written here.
    filed: Settings,
    jobs: Jobs<Outcome, Failure>,
    open: Option<Open>,
    /// Imported as soon as the project that is being opened is there.
    import_next: Vec<PathBuf>,
    page: Page,
    views: Views,
    shown: Shown,
    failures: BTreeMap<Slot, Failure>,
    notices: Notices,
    palette: palette::Palette,
    /// Chunks whose rows are being fetched.
    rows_wanted: Option<crate::base::Fingerprint>,
    overview_wanted: Option<crate::base::Fingerprint>,
    /// What is to be exported once a file is chosen: the plan and the batch.
    copy_export: Option<(crate::store::copyfile::ExportPlan, String)>,
    /// The language model that was used last.
    keeper: crate::stage::copy::lm::desk::ModelKeeper,
    /// Results being loaded, and things being made for pages.
    loading: std::collections::BTreeSet<crate::project::RunId>,
    making: BTreeMap<&'static str, (Slot, crate::base::Fingerprint)>,
    /// What the dialog for an export's file was opened for.
    segment_export: Option<crate::ui::page::segment::ExportSpec>,
    /// Columns that charts were drawn from last.
    columns: desk::explore::SharedColumns,
    /// Commands from dialogs, which answer on threads of their own.
    replies: (Sender<Command>, Receiver<Command>),
    queue: Vec<Command>,
    quit: bool,
    wake: Wake,
    system_lang: Lang,
    title: String,
    first_frame_told: bool,
}

impl App {
    /// `open`: the project named on the command line.
    pub fn new(cc: &eframe::CreationContext<'_>, services: Services, open: Option<PathBuf>) -> Self {
        crate::ui::theme::install(&cc.egui_ctx);
        let settings = services.settings_file.as_deref().map(Settings::load).unwrap_or_default();
        let ctx = cc.egui_ctx.clone();
        let wake: Wake = std::sync::Arc::new(move || ctx.request_repaint());
        let mut app = Self {
            jobs: Jobs::new(wake.clone()),
            filed: settings.clone(),
            settings,
            open: None,
            import_next: Vec::new(),
            page: Page::Home,
            views: Views::default(),
            shown: Shown::default(),
            failures: BTreeMap::new(),
            notices: Notices::default(),
            palette: palette::Palette::default(),
            rows_wanted: None,
            overview_wanted: None,
            copy_export: None,
            keeper: Default::default(),
            loading: Default::default(),
            making: BTreeMap::new(),
            segment_export: None,
            columns: Default::default(),
            replies: unbounded(),
            queue: Vec::new(),
            quit: false,
            wake,
            system_lang: services.system_lang,
            title: String::new(),
            first_frame_told: false,
            services,
        };
        app.apply_look(&cc.egui_ctx);
        // What was open last is opened again, if it is still there.
        let last = app.settings.last_project.clone().filter(|path| path.exists());
        if let Some(path) = open.or(last) {
            app.queue.push(logic::command_for(path));
        }
        app
    }

    pub fn lang(&self) -> Lang {
        use crate::store::settings::LanguageChoice as Choice;
        match self.settings.language {
            Choice::System => self.system_lang,
            Choice::English => Lang::En,
            Choice::Chinese => Lang::Zh,
        }
    }

    fn apply_look(&self, ctx: &egui::Context) {
        use crate::store::settings::ThemeChoice as Choice;
        let theme = match self.settings.theme {
            Choice::System => egui::ThemePreference::System,
            Choice::Light => egui::ThemePreference::Light,
            Choice::Dark => egui::ThemePreference::Dark,
        };
        ctx.set_theme(theme);
        ctx.set_zoom_factor(self.settings.zoom);
    }

    fn save_settings(&mut self) {
        self.refresh_settings();
        let Some(file) = &self.services.settings_file else { return };
        match self.settings.save(file) {
            Ok(()) => self.filed = self.settings.clone(),
            Err(error) => log::warn!("settings: {error}"),
        }
    }

    /// Takes in what another program has put into the settings meanwhile, such as a model that the command line added.
    fn refresh_settings(&mut self) {
        if let Some(file) = &self.services.settings_file {
            self.settings.take_changes_in(file, &mut self.filed);
        }
    }

    /// What tests look at: nothing is waiting and nothing runs.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.jobs.all().is_empty() && self.open.as_ref().is_none_or(Open::is_saved)
    }

    pub fn page(&self) -> Page {
        self.page
    }

    pub fn go(&mut self, page: Page) {
        self.page = page;
    }

    pub fn send(&mut self, command: Command) {
        self.queue.push(command);
    }

    pub fn project(&self) -> Option<&crate::project::Project> {
        self.open.as_ref().map(|open| open.document.project())
    }

    pub fn project_path(&self) -> Option<&std::path::Path> {
        self.open.as_ref().map(|open| open.path.as_path())
    }

    /// The chart on the Explore page, and whether it could be drawn.
    pub fn shown_chart(&self) -> Option<(crate::ui::page::explore::ChartKind, bool)> {
        let made: &crate::ui::page::explore::ChartMade = self.shown.stale_extra("chart")?;
        Some((crate::ui::page::explore::ChartKind::of(&made.recipe), made.picture.is_ok()))
    }

    pub fn selection(&self) -> Option<&crate::ui::shown::Selection> {
        self.shown.selection.as_deref()
    }

    pub fn failures(&self) -> &BTreeMap<Slot, Failure> {
        &self.failures
    }

    /// Runs a job in the overview slot; for tests of how the window stands long work and faults.
    pub fn run_for_test(&mut self, work: impl FnOnce(&crate::base::Monitor) -> Result<(), Failure> + Send + 'static) {
        self.jobs.start(Slot::Export, move |worker| work(&worker.monitor).map(|()| Outcome::Nothing));
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.step(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.shut_down();
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        crate::ui::theme::Tokens::for_mode(visuals.dark_mode).app.to_normalized_gamma_f32()
    }
}
