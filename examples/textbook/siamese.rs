//! Twins: one network looks at two pictures and says whether they show the same kind of thing.
//!
//!     cargo run --release -p nn-textbook --example siamese
//!
//! It learns from pairs of eight classes, and is tried on pairs of the two classes that it has never seen.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{Dataset, FASHION_CLASSES};
use nn_core::plot::Curves;
use nn_core::{Adam, Batch, BinaryCrossEntropy, Network, Training, network, shape};
use nn_textbook::{Arguments, Noise, run};

network! {
    block look = conv(16, 3, pad = same) -> relu -> pool(2) -> conv(32, 3, pad = same) -> relu -> pool(2) -> affine(32);

    /// Both pictures go the same way, one after the other as two rows of one sample; then their numbers are compared.
    struct Twins = [2, 1, 28, 28] -> each(look) -> [2, 32] -> affine(64) -> relu -> affine(1) -> sigmoid;
}

/// Classes of which no pair is learned from: sandals and shirts.
const UNSEEN: [usize; 2] = [5, 6];
const BATCH: usize = 100;

type Pair = shape![2, 1, 28, 28];

/// Pairs of pictures of some classes, as many alike as not.
struct Pairs<'a> {
    data: &'a Dataset,
    of_class: Vec<Vec<usize>>,
    noise: Noise,
}

impl<'a> Pairs<'a> {
    fn new(data: &'a Dataset, classes: impl Fn(usize) -> bool, seed: u64) -> Self {
        let of =
            |class: usize| data.labels().enumerate().filter(|(_, label)| *label == class).map(|(i, _)| i).collect();
        Self { data, of_class: (0..10).filter(|&class| classes(class)).map(of).collect(), noise: Noise::new(seed) }
    }

    fn fill(&mut self, inputs: &mut Batch<Pair>, targets: &mut [f32]) {
        for (i, (pair, target)) in inputs.iter_mut().zip(targets).enumerate() {
            let first = self.noise.below(self.of_class.len());
            let others = self.of_class.len() - 1;
            let second = if i % 2 == 0 { first } else { (first + 1 + self.noise.below(others)) % (others + 1) };
            *target = f32::from(u8::from(first == second));
            for (place, class) in pair.chunks_exact_mut(784).zip([first, second]) {
                let index = self.of_class[class][self.noise.below(self.of_class[class].len())];
                place
                    .iter_mut()
                    .zip(self.data.image(index))
                    .for_each(|(place, &byte)| *place = f32::from(byte) / 255.0);
            }
        }
    }
}

/// The share of some thousand pairs that are judged right.
fn right(net: &Twins, mut pairs: Pairs) -> Result<f64, nn_core::Error> {
    let (mut inputs, mut targets) = (Batch::zeros(2000), vec![0.0; 2000]);
    pairs.fill(&mut inputs, &mut targets);
    let said = net.predict(&inputs)?;
    let right =
        said.as_slice().iter().zip(&targets).filter(|(said, target)| (**said > 0.5) == (**target > 0.5)).count();
    Ok(right as f64 / 2000.0)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (train, test) = arguments.fashion(6000, 1000)?;
    let seen = |class: usize| !UNSEEN.contains(&class);
    let mut pairs = Pairs::new(&train, seen, 1);
    let (mut net, mut adam, mut training) = (Twins::new(1), Adam::new(0.001), Training::new(BATCH));
    let (mut inputs, mut targets) = (Batch::zeros(BATCH), [0.0; BATCH]);
    let mut losses = Vec::new();
    for _ in 0..arguments.choose(4000, 1000) {
        pairs.fill(&mut inputs, &mut targets);
        losses.push(training.loss_and_gradients(&net, &inputs, &BinaryCrossEntropy, &targets)?.into());
        training.step(&mut net, &mut adam)?;
    }
    let of_seen = right(&net, Pairs::new(&test, seen, 2))?;
    let of_unseen = right(&net, Pairs::new(&test, |class| UNSEEN.contains(&class), 3))?;
    let names = UNSEEN.map(|class| FASHION_CLASSES[class]).join(" and ");
    println!("pairs of test pictures: {:.1} % right among the classes learned from", 100.0 * of_seen);
    println!("                        {:.1} % right of {names}, never seen before", 100.0 * of_unseen);
    Curves::new("Loss on pairs")
        .axes("step", "binary cross-entropy")
        .curve("", &losses)
        .smoothed(51)
        .save(arguments.picture("siamese.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Siamese twins: alike or not?", experiment)
}
