//! The native window: its place, its icon, and what to say where there is no display.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::App;
use super::services::Services;
use crate::store::settings::Settings;

const NO_DISPLAY: &str = "shopwright: there is no display to open a window on; \
                          use the command line instead, see 'shopwright --help'";

pub fn open(file: Option<PathBuf>) -> ExitCode {
    if !has_display() {
        return complain(NO_DISPLAY);
    }
    let services = Services::of_this_machine();
    let settings = services.settings_file.as_deref().map(Settings::load).unwrap_or_default();
    let options = eframe::NativeOptions {
        // OpenGL starts on the oldest drivers.
        renderer: eframe::Renderer::Glow,
        viewport: viewport(&settings),
        persist_window: false,
        ..Default::default()
    };
    let make = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        Ok(Box::new(App::new(cc, services, file)))
    };
    match eframe::run_native("Shopwright", options, Box::new(make)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("shopwright: the window could not be opened: {error}; see 'shopwright --help'"))
        }
    }
}

fn viewport(settings: &Settings) -> egui::ViewportBuilder {
    let builder = egui::ViewportBuilder::default()
        .with_title("Shopwright")
        .with_app_id("shopwright")
        .with_min_inner_size([880.0, 600.0])
        .with_maximized(settings.maximised);
    let builder = match eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icons/shopwright.png")) {
        Ok(icon) => builder.with_icon(icon),
        Err(_) => builder,
    };
    match settings.window {
        Some([x, y, width, height]) if width >= 200.0 && height >= 200.0 => {
            builder.with_position([x.max(0.0), y.max(0.0)]).with_inner_size([width, height])
        }
        _ => builder.with_inner_size([1440.0, 900.0]),
    }
}

/// On Linux and the BSDs a window needs X11 or Wayland; elsewhere there is always one.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn complain(line: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
    ExitCode::from(1)
}
