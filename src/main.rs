//! Arguments, logging, then the window or the verb; nothing else.

use std::process::ExitCode;

use shopwright::{app, cli};

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn,wgpu=error,egui=error")).init();
    match cli::parse(std::env::args_os()) {
        Ok(cli::Cli { verb: Some(verb), .. }) => cli::run(verb),
        Ok(cli::Cli { verb: None, file }) => app::window::open(file),
        Err(code) => code,
    }
}
