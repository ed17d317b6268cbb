//! What the first weights do to activations and to learning.
//!
//!     cargo run --release -p nn-textbook --example weight_init
//!
//! Five hidden layers of 100 with sigmoid, tanh and relu, whose weights start with deviation 1 or 0.01, by Xavier's or by He's
//! rule: histograms of the activations of each layer before training, then the losses of the first steps.

use std::error::Error;
use std::process::ExitCode;

use nn_core::plot::{Curves, Grid, Histogram};
use nn_core::{Batch, Network, Sgd, network, shape};
use nn_textbook::{Arguments, losses, run, start_weights};

/// For an activation: five hidden layers, all of whose activations come out, and the same with a head to train.
macro_rules! networks {
    ($looked_at:ident, $trained:ident, $activation:ident) => {
        network! {
            struct $looked_at = {
                let a = [1, 28, 28] -> affine1: affine(100) -> $activation;
                let b = a -> affine2: affine(100) -> $activation;
                let c = b -> affine3: affine(100) -> $activation;
                let d = c -> affine4: affine(100) -> $activation;
                let e = d -> affine5: affine(100) -> $activation;
                a, b, c, d, e
            };
            struct $trained =
                [1, 28, 28] -> 5 * (affine(100) -> $activation) -> affine(10) -> softmax;
        }
    };
}

networks!(SigmoidLayers, SigmoidNet, sigmoid);
networks!(TanhLayers, TanhNet, tanh);
networks!(ReluLayers, ReluNet, relu);

/// How weights start.
#[derive(Clone, Copy)]
enum Start {
    Deviation(f64),
    Xavier,
    He,
}

impl Start {
    const ALL: [(&'static str, Self); 4] = [
        ("deviation 1", Self::Deviation(1.0)),
        ("deviation 0.01", Self::Deviation(0.01)),
        ("Xavier", Self::Xavier),
        ("He", Self::He),
    ];

    /// The deviation of the weights of a layer with so many inputs: the textbook's forms of the rules.
    fn deviation(self, inputs: usize) -> f64 {
        match self {
            Self::Deviation(deviation) => deviation,
            Self::Xavier => (1.0 / inputs as f64).sqrt(),
            Self::He => (2.0 / inputs as f64).sqrt(),
        }
    }
}

/// A network whose weights start so and whose biases are zero.
fn started<N: Network<Scalar = f32>>(start: Start) -> N {
    let mut net = N::new(0);
    start_weights(&mut net, |inputs| start.deviation(inputs));
    net
}

/// A row of histograms for each start, and the losses of a training from each.
macro_rules! study {
    ($name:literal, $looked_at:ident, $trained:ident, $arguments:ident, $data:ident, $pictures:ident, $histograms:ident, $range:expr) => {{
        let mut curves = Curves::new(concat!("Losses with ", $name)).axes("step", "cross-entropy");
        for (start_name, start) in Start::ALL {
            let net = started::<$looked_at>(start);
            let (a, b, c, d, e) = net.predict(&$pictures)?;
            let mut deviations = Vec::new();
            for (layer, values) in [a, b, c, d, e].iter().enumerate() {
                let values: Vec<f64> = values.as_slice().iter().map(|&value| value.into()).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let variance =
                    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64;
                deviations.push(format!("{:.3}", variance.sqrt()));
                let title = format!("{}, {start_name}, layer {}", $name, layer + 1);
                $histograms = $histograms.panel(Histogram::new(title, &values).between($range.0, $range.1));
            }
            let (mut net, steps) = (started::<$trained>(start), $arguments.choose(2000, 300));
            let losses = losses(&mut net, &mut Sgd::new(0.01), &$data, 128, steps)?;
            let last = losses.iter().rev().take(50).sum::<f64>() / 50.0;
            println!(
                "  {:<8} {start_name:<15} deviation of the layers: {}   loss at the end {last:.2}",
                $name,
                deviations.join("  ")
            );
            curves = curves.curve(start_name, &losses);
        }
        curves.smoothed(25).between(0.0, 5.0)
    }};
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, _) = arguments.fashion(6000, 1)?;
    let mut pictures = Batch::<shape![1, 28, 28]>::zeros(500);
    let indices: Vec<usize> = (0..500).collect();
    data.gather_images(&indices, nn_core::data::Layout::ChannelsFirst, pictures.as_mut_slice())?;
    let mut histograms = Grid::new("Activations before training: layer by layer").columns(5);
    let sigmoid = study!("sigmoid", SigmoidLayers, SigmoidNet, arguments, data, pictures, histograms, (0.0, 1.0));
    let tanh = study!("tanh", TanhLayers, TanhNet, arguments, data, pictures, histograms, (-1.0, 1.0));
    let relu = study!("relu", ReluLayers, ReluNet, arguments, data, pictures, histograms, (0.0, 2.0));
    histograms.save(arguments.picture("weight_init_activations.png")?)?;
    let curves = Grid::new("Losses by the start of the weights").columns(3).panel(sigmoid).panel(tanh).panel(relu);
    curves.save(arguments.picture("weight_init_losses.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("How weights start: activations and learning", experiment)
}
