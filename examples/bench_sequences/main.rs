//! How long recurrent layers take, beside PyTorch: `pytorch.py` in this folder measures the same.
//!
//!     cargo run --release --example bench_sequences -- [threads]
//!
//! 128 states over 32 steps of 64 numbers. A step of training is loss and all gradients. Each figure is that
//! of which a tenth of many calls were faster, as other programs disturb the rest.

use std::error::Error;
use std::time::Instant;

use nn_core::{Batch, MeanSquaredError, Network, Training, Workspace, network, on_threads, shape};

network! {
    struct Lstm = [32, 64] -> lstm(128);
    struct Gru = [32, 64] -> gru(128);
}

/// Seconds that each measurement takes.
const SECONDS: f64 = 1.5;

/// The time of which a tenth of many calls were faster, in milliseconds.
fn undisturbed(mut call: impl FnMut() -> Result<(), nn_core::Error>) -> Result<f64, nn_core::Error> {
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < SECONDS || times.len() < 10 {
        let before = Instant::now();
        call()?;
        times.push(before.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 10])
}

fn measure<N>(name: &str) -> Result<(), nn_core::Error>
where
    N: Network<Scalar = f32, Inputs = (shape![32, 64],), Outputs = (shape![32, 128],)>,
{
    let net = N::new(1);
    for samples in [1, 32, 128] {
        let mut inputs = Batch::<shape![32, 64]>::zeros(samples);
        inputs.as_mut_slice().iter_mut().enumerate().for_each(|(i, x)| *x = (i * 37 % 101) as f32 / 50.0 - 1.0);
        let (mut outputs, mut workspace) = (Batch::<shape![32, 128]>::zeros(samples), Workspace::new());
        let predict = undisturbed(|| Ok(net.predict_into(&inputs, &mut outputs, &mut workspace)?))?;
        let (mut training, targets) = (Training::new(samples), vec![0.5; samples * 32 * 128]);
        let train = undisturbed(|| training.loss_and_gradients(&net, &inputs, &MeanSquaredError, &targets).map(drop))?;
        println!("{name} batch {samples:>3}   inference {predict:>8.3} ms   training {train:>8.3} ms");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let threads = std::env::args().nth(1).map_or(Ok(2), |threads| threads.parse())?;
    on_threads(Some(threads), || {
        measure::<Lstm>("lstm")?;
        measure::<Gru>("gru ")
    })??;
    Ok(())
}
