//! Draws networks as boxes and arrows.
//!
//! ```sh
//! cargo run --release -p nn-zoo --features googlenet,resnet18 --example diagrams -- out
//! ```

use std::path::Path;
use std::process::ExitCode;

use nn_core::Network;
use nn_zoo::{GoogLeNetTraining, ResNet18};

fn main() -> ExitCode {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "out".to_owned());
    match draw(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn draw(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    for (name, diagram) in
        [("resnet18", ResNet18::<f32>::diagram()), ("googlenet", GoogLeNetTraining::<f32>::diagram())]
    {
        diagram.save(folder.join(format!("{name}.svg")))?;
        std::fs::write(folder.join(format!("{name}.dot")), format!("{diagram}\n"))?;
        println!("drawn: {}", folder.join(format!("{name}.svg")).display());
    }
    Ok(())
}
