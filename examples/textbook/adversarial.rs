//! Pictures that a network takes for something else, and how it learns not to.
//!
//!     cargo run --release -p nn-textbook --example adversarial
//!
//! The fast gradient sign method (Goodfellow, Shlens and Szegedy, 2015) moves every pixel by ε in the direction in which the loss
//! rises; its stepwise form (Madry et al., 2018) takes ten steps of ε / 4 and stays within ε. The defence is to train on such
//! pictures.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{Dataset, FASHION_CLASSES, Layout, MiniBatch, Order};
use nn_core::plot::{Curves, Picture, Pictures};
use nn_core::{Adam, Batch, CrossEntropy, Network, Training, accuracy, argmax, network, shape};
use nn_textbook::{Arguments, run};

network! {
    struct Clothes =
        [1, 28, 28] -> conv(16, 3, pad = same) -> relu -> pool(2) -> conv(32, 3, pad = same) -> relu -> pool(2)
        -> affine(100) -> relu -> affine(10) -> softmax;
}

type Images = Batch<shape![1, 28, 28]>;

const BATCH: usize = 100;
const EPSILONS: [f32; 7] = [0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1];

/// How pictures are changed.
#[derive(Clone, Copy)]
enum Attack {
    /// One step.
    Sign,
    /// Ten small ones.
    Stepwise,
}

impl Attack {
    const fn steps(self) -> usize {
        match self {
            Self::Sign => 1,
            Self::Stepwise => 10,
        }
    }

    /// The pictures, each pixel at most `epsilon` from where it was, and from 0 to 1.
    fn run(
        self,
        net: &Clothes,
        training: &mut Training<Clothes>,
        images: &Images,
        labels: &[usize],
        epsilon: f32,
    ) -> Result<Images, nn_core::Error> {
        let mut changed = images.clone();
        let step = if self.steps() == 1 { epsilon } else { epsilon / 4.0 };
        for _ in 0..self.steps() {
            training.loss_and_gradients(net, &changed, &CrossEntropy, labels)?;
            let gradients = training.input_gradients().map(|gradients| gradients.as_slice()).unwrap_or_default();
            let pixels = changed.as_mut_slice().iter_mut().zip(images.as_slice());
            for ((pixel, original), gradient) in pixels.zip(gradients) {
                let direction = if *gradient == 0.0 { 0.0 } else { gradient.signum() };
                let moved = *pixel + step * direction;
                *pixel = moved.clamp(original - epsilon, original + epsilon).clamp(0.0, 1.0);
            }
        }
        Ok(changed)
    }
}

/// Trains on pictures, half of each batch changed if `defended`.
fn train(data: &Dataset, epochs: u64, defended: bool) -> Result<Clothes, nn_core::Error> {
    let (mut net, mut adam) = (Clothes::new(1), Adam::new(0.001));
    let mut training = Training::new(BATCH).with_input_gradients();
    let mut order = Order::new(data.len(), 1);
    let mut images = Images::zeros(BATCH);
    for epoch in 1..=epochs {
        order.shuffle(epoch);
        let mut batches = order.batches(BATCH);
        while let Some(indices) = batches.next().filter(|indices| indices.len() == BATCH) {
            data.gather_images(indices, Layout::ChannelsFirst, images.as_mut_slice())?;
            let labels: Vec<usize> = indices.iter().map(|&index| data.label(index)).collect();
            if defended {
                let changed = Attack::Sign.run(&net, &mut training, &images, &labels, 0.1)?;
                let half = BATCH / 2 * 784;
                images.as_mut_slice()[..half].copy_from_slice(&changed.as_slice()[..half]);
            }
            training.loss_and_gradients(&net, &images, &CrossEntropy, &labels)?;
            training.step(&mut net, &mut adam)?;
        }
    }
    Ok(net)
}

/// The share of pictures that are right under an attack of each strength.
fn under(attack: Attack, net: &Clothes, data: &Dataset) -> Result<Vec<(f64, f64)>, nn_core::Error> {
    let (mut training, mut batch) = (Training::new(BATCH).with_input_gradients(), MiniBatch::<Clothes, _>::new(BATCH));
    let mut images = Images::zeros(BATCH);
    let indices: Vec<usize> = (0..data.len() / BATCH * BATCH).collect();
    let mut points = Vec::new();
    for epsilon in EPSILONS {
        let mut right = 0.0;
        for indices in indices.chunks(BATCH) {
            batch.gather(data, indices)?;
            data.gather_images(indices, Layout::ChannelsFirst, images.as_mut_slice())?;
            let changed = attack.run(net, &mut training, &images, batch.targets(), epsilon)?;
            right += accuracy(10, net.predict(&changed)?.as_slice(), batch.targets())?;
        }
        points.push((epsilon.into(), right / (indices.len() / BATCH) as f64));
    }
    Ok(points)
}

/// Pictures that were right, and what the network says when they are changed.
fn sheet(net: &Clothes, data: &Dataset, epsilon: f32) -> Result<Pictures, nn_core::Error> {
    let mut training = Training::new(BATCH).with_input_gradients();
    let mut images = Images::zeros(BATCH);
    let indices: Vec<usize> = (0..BATCH).collect();
    data.gather_images(&indices, Layout::ChannelsFirst, images.as_mut_slice())?;
    let labels: Vec<usize> = data.labels().take(BATCH).collect();
    let changed = Attack::Sign.run(net, &mut training, &images, &labels, epsilon)?;
    let said = [net.predict(&images)?, net.predict(&changed)?];
    let class = |of: &Batch<shape![10]>, i: usize| FASHION_CLASSES[argmax(of.sample(i))];
    let fooled = (0..BATCH)
        .filter(|&i| class(&said[0], i) == FASHION_CLASSES[labels[i]] && class(&said[1], i) != class(&said[0], i));
    let picture = |pixels: &[f32], words: String| Picture::new(pixels.iter().copied(), [1, 28, 28]).caption(words);
    let fooled: Vec<usize> = fooled.take(8).collect();
    let before = fooled.iter().map(|&i| picture(images.sample(i), class(&said[0], i).into()));
    let noise = fooled.iter().map(|&i| {
        let difference = changed.sample(i).iter().zip(images.sample(i)).map(|(a, b)| (a - b) / (2.0 * epsilon) + 0.5);
        picture(&difference.collect::<Vec<_>>(), format!("ε = {epsilon}"))
    });
    let after = fooled.iter().map(|&i| picture(changed.sample(i), class(&said[1], i).into()));
    let title = "Above: right. Middle: what is added. Below: what the network says then";
    Ok(Pictures::new(title).columns(fooled.len()).pictures(before).pictures(noise).pictures(after))
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(6000, 1000)?;
    let epochs = arguments.choose(5, 8);
    let mut curves =
        Curves::new("Accuracy under attack").axes("ε: how far each pixel may be moved", "accuracy on test pictures");
    for (name, defended) in [("plain", false), ("trained on changed pictures", true)] {
        let net = train(&data, epochs, defended)?;
        for (attack_name, attack) in [("one step", Attack::Sign), ("ten steps", Attack::Stepwise)] {
            let points = under(attack, &net, &test)?;
            let shares: Vec<String> =
                points.iter().map(|(epsilon, share)| format!("{epsilon:.2}: {:.1} %", 100.0 * share)).collect();
            println!("{name}, {attack_name}: {}", shares.join("  "));
            curves = curves.points(format!("{name}, {attack_name}"), &points);
        }
        if !defended {
            sheet(&net, &test, 0.06)?.save(arguments.picture("adversarial.png")?)?;
        }
    }
    curves.between(0.0, 1.0).save(arguments.picture("adversarial_accuracy.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Adversarial examples, and training as the defence", experiment)
}
