//! What the app needs from the outside, so that tests can hand it something else: dialogs, folders, the language.

use std::path::{Path, PathBuf};

use crossbeam_channel::Sender;

use crate::base::time::Moment;
use crate::jobs::Wake;
use crate::project::RunId;
use crate::stage::predict::model::ModelKind;
use crate::ui::Command;
use crate::ui::page::copy::CopyCommand;
use crate::ui::page::data::DataCommand;
use crate::ui::page::explore::ExploreCommand;
use crate::ui::page::models::ModelsCommand;
use crate::ui::page::predict::PredictCommand;
use crate::ui::page::recommend::RecommendCommand;
use crate::ui::page::segment::SegmentCommand;
use crate::ui::text::{Lang, common};

/// What a file dialog is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    OpenProject,
    NewProject,
    SaveCopy,
    ImportTable,
    AddModel,
    AddModelFolder,
    /// Where recommendation lists go.
    SaveLists,
    ExportSegment,
    /// Where a model's scores go.
    Scores(RunId, ModelKind),
    /// Where a picture of a prediction goes.
    StudyPicture,
    /// Where to write a chart, the customers selected, rows set aside (of a table, or of the last import).
    ChartPicture,
    ChartData,
    Customers,
    Aside(Option<crate::project::TableId>),
    ExportCopy,
    CopyEdits,
}

impl Ask {
    /// The command that a chosen path turns into.
    pub fn command(self, path: PathBuf) -> Command {
        match self {
            Self::OpenProject => Command::Open(path),
            Self::NewProject => Command::New(with_ending(path)),
            Self::SaveCopy => Command::SaveCopyTo(with_ending(path)),
            Self::ImportTable => Command::Data(DataCommand::look(path)),
            Self::AddModel | Self::AddModelFolder => Command::Models(ModelsCommand::Look(path)),
            Self::SaveLists => Command::Recommend(RecommendCommand::ExportTo(path)),
            Self::ExportSegment => Command::Segment(SegmentCommand::ExportTo(path)),
            Self::Scores(run, model) => Command::Predict(PredictCommand::ExportTo(run, model, path)),
            Self::StudyPicture => Command::Predict(PredictCommand::PictureTo(path)),
            Self::ChartPicture => Command::Explore(ExploreCommand::PictureTo(path)),
            Self::ChartData => Command::Explore(ExploreCommand::DataTo(path)),
            Self::Customers => Command::Explore(ExploreCommand::CustomersTo(path)),
            Self::Aside(of) => Command::Data(DataCommand::AsideTo { of, path }),
            Self::ExportCopy => Command::Copy(CopyCommand::ExportTo(path)),
            Self::CopyEdits => Command::Copy(CopyCommand::TakeEdits(path)),
        }
    }
}

fn with_ending(path: PathBuf) -> PathBuf {
    if path.extension().is_some_and(|ending| ending == crate::store::EXTENSION) {
        return path;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(crate::store::EXTENSION);
    path.with_file_name(name)
}

pub trait Dialogs {
    /// Shows the dialog without waiting; the answer comes as a command. Nothing comes when it is cancelled.
    fn ask(&mut self, what: Ask, suggestion: &Path, lang: Lang, reply: Sender<Command>, wake: Wake);
}

pub struct Services {
    pub dialogs: Box<dyn Dialogs>,
    /// Where settings are kept; none: nowhere.
    pub settings_file: Option<PathBuf>,
    /// Where new projects go unless the user says otherwise.
    pub projects_folder: PathBuf,
    pub system_lang: Lang,
    /// What time it is; snapshots of pages stop it.
    pub clock: fn() -> Moment,
    /// When the program started, to tell how long the first frame took.
    pub started: std::time::Instant,
}

impl Services {
    pub fn of_this_machine() -> Self {
        Self {
            dialogs: Box::new(SystemDialogs),
            settings_file: crate::store::settings::config_file(),
            projects_folder: crate::store::settings::documents_folder().join("Shopwright"),
            system_lang: Lang::from_system(),
            clock: Moment::now,
            started: std::time::Instant::now(),
        }
    }
}

/// The system's own file dialogs.
pub struct SystemDialogs;

impl Dialogs for SystemDialogs {
    fn ask(&mut self, what: Ask, suggestion: &Path, lang: Lang, reply: Sender<Command>, wake: Wake) {
        let mut dialog = rfd::AsyncFileDialog::new();
        if let Some(folder) = suggestion.parent().filter(|folder| folder.is_dir()) {
            dialog = dialog.set_directory(folder);
        }
        let projects = common::filter_projects(lang);
        let tables = common::filter_tables(lang);
        let every = common::filter_all(lang);
        let name = suggestion.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The dialog is made here, on the main thread (macOS wants it so), and waited for elsewhere.
        let chosen: std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> = match what {
            Ask::OpenProject => Box::pin(dialog.add_filter(projects, &[crate::store::EXTENSION]).pick_file()),
            Ask::ImportTable => {
                let endings = ["csv", "tsv", "txt", "gz", "zip", "json", "ndjson", "jsonl", "parquet", "xlsx"];
                Box::pin(dialog.add_filter(tables, &endings).add_filter(every, &["*"]).pick_file())
            }
            Ask::AddModel => {
                let models = crate::ui::text::model::filter_models(lang);
                Box::pin(dialog.add_filter(models, &["gguf"]).add_filter(every, &["*"]).pick_file())
            }
            Ask::AddModelFolder => Box::pin(dialog.pick_folder()),
            Ask::SaveLists => {
                let endings = ["csv", "xlsx", "parquet"];
                Box::pin(dialog.add_filter(tables, &endings).set_file_name(name).save_file())
            }
            Ask::ExportCopy => {
                let dialog = dialog.add_filter("CSV", &["csv"]).add_filter("Excel", &["xlsx"]);
                Box::pin(dialog.set_file_name(name).save_file())
            }
            Ask::CopyEdits => Box::pin(dialog.add_filter(tables, &["csv", "xlsx"]).pick_file()),
            Ask::ExportSegment => {
                let filter = crate::ui::text::segment_tools::filter_export(lang);
                Box::pin(dialog.add_filter(filter, &["csv", "xlsx", "parquet"]).set_file_name(name).save_file())
            }
            Ask::Scores(..) => {
                let endings = ["csv", "xlsx", "parquet"];
                Box::pin(dialog.add_filter(tables, &endings).set_file_name(name).save_file())
            }
            Ask::ChartPicture | Ask::StudyPicture => {
                Box::pin(dialog.add_filter("PNG", &["png"]).set_file_name(name).save_file())
            }
            Ask::ChartData | Ask::Customers | Ask::Aside(_) => {
                Box::pin(dialog.add_filter("CSV", &["csv"]).set_file_name(name).save_file())
            }
            Ask::NewProject | Ask::SaveCopy => {
                Box::pin(dialog.add_filter(projects, &[crate::store::EXTENSION]).set_file_name(name).save_file())
            }
        };
        let wait = move || {
            if let Some(file) = pollster::block_on(chosen) {
                let _ = reply.send(what.command(file.path().to_owned()));
                wake();
            }
        };
        if let Err(error) = crate::jobs::spawn("dialog", wait) {
            log::error!("dialog: {error}");
        }
    }
}
