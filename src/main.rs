//! Stand-in until the command line is merged: `shopwright OUT CORPUS [SEED] [MINUTES]` trains the house model,
//! `shopwright write OUT CORPUS` lets its last checkpoint write.
use std::path::Path;
use std::process::ExitCode;

use rand_chacha::rand_core::SeedableRng;
use shopwright::base::monitor::Monitor;
use shopwright::stage::copy::corpus::Corpus;
use shopwright::stage::copy::corpus::task::{Split, TaskMaker};
use shopwright::stage::copy::lm::{self, LmError, checkpoint, tokenizer::HouseTokenizer, train};
use shopwright::stage::copy::prompt;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["write", out, corpus] => write(Path::new(out), Path::new(corpus), 0.0),
        ["write", out, corpus, heat] => write(Path::new(out), Path::new(corpus), heat.parse().unwrap_or(0.0)),
        [out, corpus, ref rest @ ..] => {
            let seed = rest.first().and_then(|s| s.parse().ok()).unwrap_or(1);
            let minutes = rest.get(1).and_then(|s| s.parse().ok());
            train::train_house_model(Path::new(out), minutes, seed, Path::new(corpus), &Monitor::quiet())
                .map(|summary| log(&format!("{summary:?}")))
        }
        _ => {
            log("arguments: OUT CORPUS [SEED] [MINUTES]");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn write(out: &Path, corpus: &Path, heat: f32) -> Result<(), LmError> {
    let corpus = Corpus::load(corpus)?;
    let tokenizer = HouseTokenizer::load(&out.join("tokenizer.json"))?;
    let recipe = train::TrainRecipe::default();
    let state = checkpoint::load(&out.join("checkpoint.safetensors"), recipe.shape)?;
    let maker = TaskMaker::new(&corpus, Split::HeldOut);
    let all = TaskMaker::new(&corpus, Split::All);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    log(&format!("step {}", state.step));
    for index in 0..16 {
        let new = if index % 2 == 0 { all.held_out_group(2, &mut rng) } else { None };
        let group = new.unwrap_or_else(|| maker.group(2, &mut rng));
        let Some((brief, wanted)) = group.copies.first() else { continue };
        let text = lm::write_text::write(&state.net, &tokenizer, &group.sheet, brief, 200, heat, &mut rng)?;
        let asked = prompt::readable(&prompt::prompt_pieces(&group.sheet, brief));
        log(&format!("\n--- {asked}\nWRITTEN: {text}\nCORPUS:  {wanted}"));
    }
    Ok(())
}

fn log(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
