//! Two networks that learn from each other: one draws clothes, the other tells drawn from real ones.
//!
//!     cargo run --release -p nn-textbook --example gan
//!
//! First as in the textbook: dense layers, real pictures are 1 and drawn ones 0, and the generator learns through the
//! discriminator, which is frozen then, with the answers turned to 1. Then one that works better (Radford, Metz and Chintala,
//! 2016): transposed convolutions, batch normalisation, leaky rectifiers, Adam with β₁ = 0.5, real pictures counted as 0.9. Last
//! a generator that is told the class to draw. All three are judged by a classifier that was trained on real pictures.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{Dataset, Order};
use nn_core::layer::{Backward, Forward};
use nn_core::plot::{Curves, Picture, Pictures};
use nn_core::shape::Shape;
use nn_core::train::Group;
use nn_core::{Adam, Batch, BinaryCrossEntropy, Layer, Network, Real, Trainer, Training, argmax, network, shape};
use nn_textbook::{Arguments, Noise, run};

network! {
    struct Generator = [100] -> affine(128) -> leaky_relu(0.2) -> affine(256) -> leaky_relu(0.2) -> affine(784) -> sigmoid;
    struct Discriminator = [784] -> affine(100) -> leaky_relu(0.2) -> dropout(0.5) -> affine(1) -> sigmoid;
    struct Gan = [100] -> generator: Generator -> [784] -> discriminator: Discriminator -> [1];

    /// Seven by seven pixels become twenty-eight by twenty-eight.
    block draw =
        affine(64 * 7 * 7, bias = false) -> bn -> relu -> reshape([64, 7, 7])
        -> deconv(32, 4, stride = 2, pad = 1, bias = false) -> bn -> relu
        -> deconv(1, 4, stride = 2, pad = 1) -> sigmoid;
    block judge =
        conv(32, 4, stride = 2, pad = 1) -> leaky_relu(0.2) -> conv(64, 4, stride = 2, pad = 1) -> leaky_relu(0.2)
        -> dropout(0.3);

    struct ConvGenerator = [64] -> draw;
    struct ConvDiscriminator = [1, 28, 28] -> judge -> affine(1) -> sigmoid;
    struct ConvGan = [64] -> generator: ConvGenerator -> [1, 28, 28] -> discriminator: ConvDiscriminator -> [1];

    /// Noise and the class, one of the last ten numbers being 1, which becomes ten maps beside the drawing.
    struct ClassGenerator = { let latent = [74]; concat(latent -> draw | latent -> per_sample(Classes) -> [10, 28, 28]) };
    struct ClassDiscriminator = [11, 28, 28] -> judge -> affine(1) -> sigmoid;
    struct ClassGan = [74] -> generator: ClassGenerator -> [11, 28, 28] -> discriminator: ClassDiscriminator -> [1];

    /// What judges the drawings.
    struct Classifier =
        [1, 28, 28] -> conv(32, 3, pad = same) -> relu -> pool(2) -> conv(64, 3, pad = same) -> relu -> pool(2)
        -> affine(128) -> relu -> dropout(0.4) -> affine(10) -> softmax;
}

/// Each of the last ten numbers, all over a map of its own. Maps have their channels last here.
struct Classes;

impl<T: Real> Layer<T> for Classes {
    type Input = shape![74];
    type Output = shape![10, 28, 28];
    const PER_SAMPLE: bool = true;

    fn forward(call: Forward<T>) {
        for pixel in call.outputs[0].chunks_exact_mut(10) {
            pixel.copy_from_slice(&call.inputs[0][64..]);
        }
    }

    /// The class is given: nobody asks for its gradient.
    fn backward(call: Backward<T>) {
        call.input_gradients[0].fill(T::ZERO);
    }
}

const BATCH: usize = 64;

/// What is played with: how a real picture and the generator's input are made, and how the two learn.
#[derive(Clone)]
struct Game<'a> {
    name: &'a str,
    real: &'a dyn Fn(usize, &mut [f32]),
    latent: &'a dyn Fn(&mut Noise, &mut [f32]),
    pictures: usize,
    epochs: usize,
    /// What the discriminator is to say of real pictures.
    truth: f32,
    rule: [Adam<f32>; 2],
    /// Weight decay of the discriminator.
    decay: f64,
}

/// A discriminator's mean answer.
fn mean_answer(logits: &[f32]) -> f64 {
    logits.iter().map(|&x| 1.0 / (1.0 + f64::from(-x).exp())).sum::<f64>() / logits.len() as f64
}

/// Plays, and gives the two networks as one.
fn play<Z, X, G, D, W>(arguments: &Arguments, game: Game) -> Result<W, Box<dyn Error>>
where
    Z: Shape<Element<f32> = f32>,
    X: Shape<Element<f32> = f32>,
    G: Network<Scalar = f32, Inputs = (Z,), Outputs = (X,)>,
    D: Network<Scalar = f32, Inputs = (X,), Outputs = (shape![1],)>,
    W: Network<Scalar = f32, Inputs = (Z,), Outputs = (shape![1],)>,
{
    let Game { name, real, latent, pictures, epochs, truth, rule: [mut of_generator, mut of_discriminator], decay } =
        game;
    println!("{name}");
    let (mut gan, mut noise) = (W::new(1), Noise::new(2));
    let (mut discriminating, mut generating) = (Training::<D>::new(2 * BATCH), Training::<W>::new(BATCH));
    generating.freeze("discriminator")?;
    discriminating.group("", Group { decay: Some(decay), ..Group::default() })?;
    // Real pictures, then drawn ones.
    let (mut images, mut latents) = (Batch::<X>::zeros(2 * BATCH), Batch::<Z>::zeros(BATCH));
    let truths: Vec<f32> = [truth; BATCH].into_iter().chain([0.0; BATCH]).collect();
    let mut order = Order::new(pictures, 1);
    let mut losses = [Vec::new(), Vec::new()];
    for epoch in 1..=epochs {
        order.shuffle(epoch as u64);
        let mut batches = order.batches(BATCH);
        let (mut steps, mut sums, mut answers) = (0.0, [0.0; 2], [0.0; 2]);
        while let Some(indices) = batches.next().filter(|indices| indices.len() == BATCH) {
            latents.iter_mut().for_each(|place| latent(&mut noise, place));
            let drawn = gan.part::<G>("generator")?.predict(&latents)?;
            let mut places = images.iter_mut();
            indices.iter().zip(&mut places).for_each(|(&index, image)| real(index, image));
            drawn.iter().zip(places).for_each(|(drawn, image)| image.copy_from_slice(drawn));
            let mut discriminator = gan.part_mut::<D>("discriminator")?;
            let loss = discriminating.loss_and_gradients(&discriminator, &images, &BinaryCrossEntropy, &truths)?;
            sums[0] += f64::from(loss);
            let (of_real, of_drawn) = discriminating.logits().as_slice().split_at(BATCH);
            answers = [answers[0] + mean_answer(of_real), answers[1] + mean_answer(of_drawn)];
            discriminating.step(&mut discriminator, &mut of_discriminator)?;
            latents.iter_mut().for_each(|place| latent(&mut noise, place));
            sums[1] += f64::from(generating.loss_and_gradients(&gan, &latents, &BinaryCrossEntropy, &[1.0; BATCH])?);
            generating.step(&mut gan, &mut of_generator)?;
            steps += 1.0;
        }
        losses.iter_mut().zip(sums).for_each(|(losses, sum)| losses.push(sum / steps));
        if epoch == 1 || epoch % (epochs / 5).max(1) == 0 {
            let [of_real, of_drawn] = answers.map(|answer| answer / steps);
            println!(
                "  epoch {epoch:>3}: losses {:.3} (discriminator) and {:.3} (generator), D(x) {of_real:.2}, D(G(z)) {of_drawn:.2}",
                sums[0] / steps,
                sums[1] / steps
            );
        }
    }
    let file = name.split(' ').next().unwrap_or_default();
    Curves::new(format!("Losses: {name}"))
        .axes("epoch", "binary cross-entropy")
        .curve("discriminator", &losses[0])
        .curve("generator", &losses[1])
        .save(arguments.picture(&format!("gan_{file}_losses.svg"))?)?;
    Ok(gan)
}

/// What a classifier makes of drawings: for each the class and how sure it is.
fn judge(classifier: &Classifier, drawings: &[&[f32]]) -> Result<Vec<(usize, f32)>, Box<dyn Error>> {
    let numbers: Vec<f32> = drawings.iter().flat_map(|drawing| drawing[..784].iter().copied()).collect();
    let said = classifier.predict(&Batch::<shape![1, 28, 28]>::from_slice(&numbers)?)?;
    Ok(said.iter().map(|said| (argmax(said), said.iter().copied().fold(0.0, f32::max))).collect())
}

/// Draws, has it judged, and saves a sheet.
fn show<
    Z: Shape<Element<f32> = f32>,
    X: Shape<Element<f32> = f32>,
    G: Network<Scalar = f32, Inputs = (Z,), Outputs = (X,)>,
>(
    arguments: &Arguments,
    name: &str,
    gan: &impl Network<Scalar = f32>,
    classifier: &Classifier,
    latent: &dyn Fn(usize, &mut Noise, &mut [f32]),
) -> Result<Vec<(usize, f32)>, Box<dyn Error>> {
    let (count, mut noise) = (1000, Noise::new(9));
    let mut latents = Batch::<Z>::zeros(count);
    latents.iter_mut().enumerate().for_each(|(i, place)| latent(i, &mut noise, place));
    let drawn = gan.part::<G>("generator")?.predict(&latents)?;
    let drawings: Vec<&[f32]> = drawn.iter().collect();
    let judged = judge(classifier, &drawings)?;
    let sure = judged.iter().filter(|(_, sure)| *sure > 0.9).count();
    let mut classes: Vec<usize> = judged.iter().filter(|(_, sure)| *sure > 0.9).map(|(class, _)| *class).collect();
    classes.sort_unstable();
    classes.dedup();
    println!(
        "  of {count} drawings {:.1} % are recognised with over 90 % confidence, as {} of 10 classes",
        100.0 * sure as f64 / count as f64,
        classes.len()
    );
    let pictures = drawings.iter().take(60).map(|drawing| Picture::new(drawing[..784].iter().copied(), [1, 28, 28]));
    let file = name.split(' ').next().unwrap_or_default();
    Pictures::new(name).columns(10).pictures(pictures).save(arguments.picture(&format!("gan_{file}.png"))?)?;
    Ok(judged)
}

/// A picture as numbers.
fn picture(data: &Dataset, index: usize, place: &mut [f32]) {
    for (number, &byte) in place.iter_mut().zip(data.image(index)) {
        *number = f32::from(byte) / 255.0;
    }
}

fn normal(noise: &mut Noise, place: &mut [f32]) {
    place.iter_mut().for_each(|number| *number = noise.normal() as f32);
}

/// The class as the last ten numbers.
fn of_class(class: usize, noise: &mut Noise, place: &mut [f32]) {
    normal(noise, &mut place[..64]);
    place[64..].fill(0.0);
    place[64 + class] = 1.0;
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(4000, 1000)?;
    let mut classifier = Classifier::new(5);
    let history =
        Trainer::new(Adam::new(0.001)).epochs(arguments.choose(8, 6)).validation(&test).fit(&mut classifier, &data)?;
    let accuracy = history.last().and_then(|epoch| epoch.validation_accuracy).unwrap_or(0.0);
    println!("the classifier that judges is right on {:.1} % of the test pictures", 100.0 * accuracy);
    let real = |index: usize, place: &mut [f32]| picture(&data, index, place);
    let any = |_: usize, noise: &mut Noise, place: &mut [f32]| normal(noise, place);

    let adam = |rate: f64| Adam::new(rate).decays(0.5, 0.999);
    let dense = Game {
        name: "dense networks, as in the textbook",
        real: &real,
        latent: &normal,
        pictures: data.len(),
        epochs: arguments.choose(60, 40),
        truth: 1.0,
        rule: [adam(0.0005), adam(0.0002)],
        decay: 1e-4,
    };
    let convolutional = Game {
        name: "convolutional networks",
        epochs: arguments.choose(25, 16),
        truth: 0.9,
        // A discriminator that learns more slowly does not see noise: two rates (Heusel et al., 2017).
        rule: [adam(0.0005), adam(0.002)],
        decay: 0.0,
        ..dense.clone()
    };
    let gan: Gan = play::<_, _, Generator, Discriminator, _>(arguments, dense)?;
    show::<_, _, Generator>(arguments, "dense networks, as in the textbook", &gan, &classifier, &any)?;

    let gan: ConvGan = play::<_, _, ConvGenerator, ConvDiscriminator, _>(arguments, convolutional.clone())?;
    show::<_, _, ConvGenerator>(arguments, "convolutional networks", &gan, &classifier, &any)?;

    let of_its_class = |index: usize, place: &mut [f32]| {
        picture(&data, index, &mut place[..784]);
        place[784..].fill(0.0);
        let class = data.label(index);
        place[784 * (1 + class)..784 * (2 + class)].fill(1.0);
    };
    let any_class = |noise: &mut Noise, place: &mut [f32]| {
        let class = noise.below(10);
        of_class(class, noise, place);
    };
    let conditional =
        Game { name: "class by class, convolutional", real: &of_its_class, latent: &any_class, ..convolutional };
    let gan: ClassGan = play::<_, _, ClassGenerator, ClassDiscriminator, _>(arguments, conditional)?;
    let asked = |i: usize, noise: &mut Noise, place: &mut [f32]| of_class(i % 10, noise, place);
    let title = "class by class: a column for each of the ten classes";
    let judged = show::<_, _, ClassGenerator>(arguments, title, &gan, &classifier, &asked)?;
    let right = judged.iter().enumerate().filter(|(i, (class, _))| *class == i % 10).count();
    println!(
        "  the class asked for is recognised in {:.1} % of the drawings",
        100.0 * right as f64 / judged.len() as f64
    );
    Ok(())
}

fn main() -> ExitCode {
    run("Generative adversarial networks", experiment)
}
