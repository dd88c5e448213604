//! Ten million events beside polars and duckdb (Python): features straight from the CSV, the import into a project,
//! and opening it again.
//!
//! ```text
//! python gen_events.py --rows 10000000 --out events.csv           (in the folder of the peers)
//! cargo bench --bench features_peers -- compare events.csv PEERS_FOLDER PYTHON [rounds]
//! ```
//!
//! Ours and the peers run in turn, each in a process of its own; what is told are medians and their ratios.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use polars::prelude::*;
use serde_json::{Value, json};
use shopwright::base::Monitor;
use shopwright::base::time::Moment;
use shopwright::project::{Edit, Project};
use shopwright::stage::data::features::{EventColumns, Feature, FeatureRecipe, FeatureSource, compute_from};
use shopwright::stage::data::read::{self, ReadError, ReadRecipe};
use shopwright::store::ingest::Ingest;
use shopwright::store::{Store, StoreError, feature_run, sources::FeatureChoice};

type Done = Result<Value, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let path = |at: usize| args.get(at).map(PathBuf::from).ok_or("too few arguments");
    let told = match args.first().map(String::as_str) {
        Some("features") => features(&path(1)?, &path(2)?)?,
        Some("import") => import(&path(1)?, &path(2)?)?,
        Some("open") => open(&path(1)?)?,
        Some("project") => project_features(&path(1)?)?,
        Some("scatter") => scatter(&path(1)?)?,
        Some("compare") => compare(&path(1)?, &path(2)?, &path(3)?, args.get(4).map_or(Ok(3), |n| n.parse())?)?,
        // Without arguments, as `cargo bench` runs everything: nothing to measure on.
        _ => return Ok(()),
    };
    println!("{told}");
    Ok(())
}

/// The most memory this process held, in MB (Linux; elsewhere nothing).
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// The peers' features, from the CSV by a scan: counts by kind, distinct items and categories, first and last day,
/// active days, rates.
fn features(csv: &Path, out: &Path) -> Done {
    let began = Instant::now();
    let integer = |name: &str| Field::new(name.into(), DataType::Int64);
    let schema = Schema::from_iter([
        integer("user_id"),
        integer("item_id"),
        integer("category_id"),
        Field::new("behavior".into(), DataType::String),
        integer("timestamp"),
    ]);
    let events = LazyCsvReader::new(PlRefPath::new(csv.to_string_lossy())).with_schema(Some(schema.into())).finish()?;
    let word = || col("behavior");
    let known = |from: &str| word().eq(lit(from.to_owned()));
    let mapped = when(known("pv"))
        .then(lit("view"))
        .when(known("buy"))
        .then(lit("purchase"))
        .when(known("fav"))
        .then(lit("favourite"))
        .otherwise(word());
    let source = FeatureSource {
        events: events.with_column(mapped.alias("behavior")),
        columns: EventColumns {
            user: "user_id".into(),
            item: "item_id".into(),
            event: Some("behavior".into()),
            time: "timestamp".into(),
            category: Some("category_id".into()),
            ..EventColumns::default()
        },
        products: None,
        reviews: None,
    };
    let wanted = vec![
        Feature::Events,
        Feature::Views,
        Feature::Carts,
        Feature::Favourites,
        Feature::Purchases,
        Feature::DistinctProducts,
        Feature::DistinctCategories,
        Feature::LastSeen,
        Feature::Tenure,
        Feature::ActiveDays,
        Feature::PurchaseRate,
    ];
    let recipe = FeatureRecipe { features: Some(wanted), ..FeatureRecipe::default() };
    let mut table = compute_from(&source, &recipe, &Monitor::quiet())?;
    let file = std::fs::File::create(out)?;
    ParquetWriter::new(file).with_compression(ParquetCompression::Zstd(None)).finish(&mut table.frame)?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(json!({"name": "features_ours", "seconds": seconds, "users": table.frame.height(), "peak_rss_mb": peak_mb()}))
}

enum Stopped {
    Read(ReadError),
    Store(StoreError),
}

impl From<ReadError> for Stopped {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn import(csv: &Path, project: &Path) -> Done {
    let _ = std::fs::remove_file(project);
    let began = Instant::now();
    let mut decided = Project::named("bench");
    let mut store = Store::create(project, &decided)?;
    let mut ingest = Ingest::default();
    let told = |stopped: Stopped| match stopped {
        Stopped::Read(error) => error.to_string(),
        Stopped::Store(error) => error.to_string(),
    };
    let summary = read::read(csv, &ReadRecipe::default(), &Monitor::quiet(), |frame| -> Result<(), Stopped> {
        Ok(ingest.push(frame, csv, &mut |blob| store.put_blob(&blob))?)
    })
    .map_err(told)?;
    let table = ingest.finish_read("events", csv, &summary, Moment::now(), &mut |blob| store.put_blob(&blob))?;
    let edits = [Edit::Table(decided.next_table_id(), Some(table))];
    decided.apply_all(&edits)?;
    store.write(&edits)?;
    store.close()?;
    let seconds = began.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(project)?.len();
    Ok(json!({"name": "import_ours", "seconds": seconds, "rows": summary.rows_kept, "bytes": bytes,
        "peak_rss_mb": peak_mb()}))
}

/// Until every table is known and the first rows can be shown.
fn open(project: &Path) -> Done {
    let began = Instant::now();
    let opened = Store::open(project)?;
    let reader = opened.store.reader()?;
    let mut rows = 0;
    for (_, table) in opened.project.tables() {
        if let Some(chunk) = table.chunks.first() {
            rows += reader.chunk(chunk)?.height();
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    opened.store.close()?;
    Ok(json!({"name": "open_ours", "seconds": seconds, "first_rows": rows, "peak_rss_mb": peak_mb()}))
}

/// All features that the tables allow, from the project.
fn project_features(project: &Path) -> Done {
    let began = Instant::now();
    let opened = Store::open_to_read(project)?;
    let reader = opened.store.reader()?;
    let choice = FeatureChoice::default();
    let (set, _, bytes) = feature_run::make(&opened.project, &reader, &choice, &Monitor::quiet())?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(json!({"name": "project_features_ours", "seconds": seconds, "users": set.frame.height(),
        "features": set.frame.width() - 1, "bytes": bytes.len(), "peak_rss_mb": peak_mb()}))
}

/// Every event of a project as a point (time across, product up): what a job takes for the cloud and for a part of it,
/// and what a frame costs that draws the densest picture of single points.
fn scatter(project: &Path) -> Done {
    use shopwright::stage::data::explore::{ChartData, ChartRecipe, PointCloud, ScatterRecipe, ScatterView};
    use shopwright::ui::page::explore::picture::{Drawing, draw};
    let opened = Store::open_to_read(project)?;
    let (_, table) = opened.project.tables().next().ok_or("no table")?;
    let frame = opened.store.reader()?.frame(table, Some(&["timestamp", "item_id"]))?;
    let recipe = ScatterRecipe { x: "timestamp".into(), y: "item_id".into(), ..ScatterRecipe::default() };
    let monitor = Monitor::quiet();
    let began = Instant::now();
    let cloud = PointCloud::of(&frame, &recipe, &monitor)?;
    let cloud_seconds = began.elapsed().as_secs_f64();
    let whole = cloud.window();
    let part = |share: f64| {
        let of = |(a, b): (f64, f64)| (a + (b - a) * 0.31, a + (b - a) * (0.31 + share));
        shopwright::stage::data::explore::Window { x: of(whole.x), y: of(whole.y) }
    };
    let time = |share: f64| -> Result<f64, Box<dyn Error>> {
        let mut all = Vec::new();
        for _ in 0..9 {
            let began = Instant::now();
            cloud.view(if share == 1.0 { whole } else { part(share) }, (500, 300), &monitor)?;
            all.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        all.sort_by(f64::total_cmp);
        Ok(all[all.len() / 2])
    };
    let (all_ms, half_ms, tenth_ms) = (time(1.0)?, time(0.5)?, time(0.1)?);
    // The most points that are ever drawn one by one.
    let narrow = PointCloud::of(&frame.head(Some(20_000)), &recipe, &monitor)?;
    let data = narrow.data(&monitor)?;
    let points = match &data.view {
        ScatterView::Points(points) => points.len(),
        ScatterView::Density(_) => 0,
    };
    let data = ChartData::Scatter(data);
    let recipe = ChartRecipe::Scatter(recipe);
    let ctx = egui::Context::default();
    shopwright::ui::theme::install(&ctx);
    let mut frames = Vec::new();
    for _ in 0..30 {
        let size = egui::vec2(760.0, 680.0);
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
        let input = egui::RawInput { screen_rect: Some(screen), ..egui::RawInput::default() };
        let began = Instant::now();
        let mut output = ctx.run_ui(input, |ui| {
            let painter = ui.painter().clone();
            let name = |column: &str| column.to_owned();
            let d = Drawing {
                painter: &painter,
                t: shopwright::ui::theme::Tokens::for_mode(false),
                lang: shopwright::ui::text::Lang::En,
                rect: screen,
                pointer: None,
                recipe: &recipe,
                name: &name,
            };
            draw(&d, &data);
        });
        let shapes = std::mem::take(&mut output.shapes);
        std::hint::black_box(ctx.tessellate(shapes, output.pixels_per_point));
        frames.push(began.elapsed().as_secs_f64() * 1000.0);
        output.textures_delta.clear();
    }
    frames.sort_by(f64::total_cmp);
    Ok(json!({"name": "scatter_ours", "points": cloud.len(), "cloud_seconds": cloud_seconds, "whole_ms": all_ms,
        "half_ms": half_ms, "tenth_ms": tenth_ms, "drawn_points": points, "frame_ms": frames[15],
        "slowest_frame_ms": frames[29], "peak_rss_mb": peak_mb()}))
}

fn compare(csv: &Path, peers: &Path, python: &Path, rounds: usize) -> Done {
    let folder = std::env::temp_dir().join("shopwright-features-bench");
    std::fs::create_dir_all(&folder)?;
    let (out, project) = (folder.join("out.parquet"), folder.join("bench.shopwright"));
    let ours = std::env::current_exe()?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let peer = |script: &str| (text(python), vec![text(&peers.join(script)), text(csv), text(&out)]);
    let own = |mode: &str, last: &Path| (text(&ours), vec![mode.to_owned(), text(csv), text(last)]);
    let jobs = [
        ("ours", own("features", &out)),
        ("polars", peer("features_polars.py")),
        ("duckdb", peer("features_duckdb.py")),
        ("import", own("import", &project)),
        ("open", (text(&ours), vec!["open".to_owned(), text(&project)])),
        ("project", (text(&ours), vec!["project".to_owned(), text(&project)])),
    ];
    let mut told: Vec<Vec<Value>> = vec![Vec::new(); jobs.len()];
    for _ in 0..rounds {
        for ((_, (program, args)), told) in jobs.iter().zip(&mut told) {
            let output = Command::new(program).args(args).output()?;
            let line = String::from_utf8_lossy(&output.stdout);
            let last = line.lines().last().ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
            told.push(serde_json::from_str(last)?);
        }
    }
    let median = |told: &[Value], field: &str| {
        let mut all: Vec<f64> = told.iter().filter_map(|value| value[field].as_f64()).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let seconds: Vec<f64> = told.iter().map(|told| median(told, "seconds")).collect();
    let memory: Vec<f64> = told.iter().map(|told| median(told, "peak_rss_mb")).collect();
    for ((name, _), (seconds, memory)) in jobs.iter().zip(seconds.iter().zip(&memory)) {
        println!("{name:<10}{seconds:>9.2} s{memory:>9.0} MB");
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(json!({"rounds": rounds, "features_over_polars": seconds[0] / seconds[1],
        "features_over_duckdb": seconds[0] / seconds[2], "import_over_polars": seconds[3] / seconds[1],
        "import_over_duckdb": seconds[3] / seconds[2], "open_seconds": seconds[4], "features_peak_mb": memory[0]}))
}
