//! Two networks that learn from each other: one draws clothes, the other tells drawn from real ones.
//!
//!     cargo run --release -p nn-textbook --example gan
//!
//! First as in the textbook: dense layers, real pictures are 1 and drawn ones 0, and the generator learns through the
//! discriminator, which is frozen then, with the answers turned to 1. Then one that works better (Radford, Metz and Chintala,
//! 2016): transposed convolutions, batch normalisation, leaky rectifiers, Adam with β₁ = 0.5, real pictures counted as 0.9. Last
//! a generator that is told the class to draw, and a discriminator that says the class too: one of ten, or "drawn" (Salimans and
//! others, 2016). All three are judged by a classifier that was trained on real pictures.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{Dataset, Order};
use nn_core::plot::{Curves, Picture, Pictures};
use nn_core::shape::Shape;
use nn_core::train::Group;
use nn_core::{
    Adam, Batch, BinaryCrossEntropy, CrossEntropy, Loss, Network, Trainer, Training, argmax, network, shape,
};
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

    /// Noise and the class, one of the last ten numbers being 1.
    struct ClassGenerator = [74] -> draw;
    struct ClassDiscriminator = [1, 28, 28] -> judge -> affine(11) -> softmax;
    struct ClassGan = [74] -> generator: ClassGenerator -> [1, 28, 28] -> discriminator: ClassDiscriminator -> [11];

    /// What judges the drawings.
    struct Classifier =
        [1, 28, 28] -> conv(32, 3, pad = same) -> relu -> pool(2) -> conv(64, 3, pad = same) -> relu -> pool(2)
        -> affine(128) -> relu -> dropout(0.4) -> affine(10) -> softmax;
}

const BATCH: usize = 32;

/// What the class-conditional discriminator says of drawings.
const DRAWN: usize = 10;

/// What is played with: how a real picture and the generator's input are made, and how the two learn.
#[derive(Clone)]
struct Game<'a, L: Loss<f32>> {
    name: &'a str,
    /// Writes a real picture, and gives what the discriminator is to say of it.
    real: &'a dyn Fn(usize, &mut [f32]) -> L::Target,
    /// Writes what the generator draws from, and gives what it wants the discriminator to say.
    latent: &'a dyn Fn(&mut Noise, &mut [f32]) -> L::Target,
    /// What the discriminator is to say of drawings.
    drawn: L::Target,
    /// How real a picture is by the discriminator's logits.
    realness: &'a dyn Fn(&[f32]) -> f32,
    loss: L,
    pictures: usize,
    epochs: usize,
    rule: [Adam<f32>; 2],
    /// Weight decay of the discriminator.
    decay: f64,
}

/// The answer of a discriminator that says one number.
fn sigmoid(logits: &[f32]) -> f32 {
    1.0 / (1.0 + (-logits[0]).exp())
}

/// The probability of the ten classes, where the last logit is that of a drawing.
fn not_drawn(logits: &[f32]) -> f32 {
    let largest = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    1.0 - (logits[DRAWN] - largest).exp() / sum
}

/// Plays, and gives the two networks as one.
fn play<Z, X, O, G, D, W, L>(arguments: &Arguments, game: Game<L>) -> Result<W, Box<dyn Error>>
where
    Z: Shape<Element<f32> = f32>,
    X: Shape<Element<f32> = f32>,
    O: Shape<Element<f32> = f32>,
    G: Network<Scalar = f32, Inputs = (Z,), Outputs = (X,)>,
    D: Network<Scalar = f32, Inputs = (X,), Outputs = (O,)>,
    W: Network<Scalar = f32, Inputs = (Z,), Outputs = (O,)>,
    L: Loss<f32>,
{
    let Game { name, real, latent, drawn, realness, loss, pictures, epochs, rule, decay } = game;
    let [mut of_generator, mut of_discriminator] = rule;
    println!("{name}");
    let (mut gan, mut noise) = (W::new(1), Noise::new(2));
    let (mut discriminating, mut generating) = (Training::<D>::new(2 * BATCH), Training::<W>::new(BATCH));
    generating.freeze("discriminator")?;
    discriminating.group("", Group { decay: Some(decay), ..Group::default() })?;
    // Real pictures, then drawn ones.
    let (mut images, mut latents) = (Batch::<X>::zeros(2 * BATCH), Batch::<Z>::zeros(BATCH));
    let mut order = Order::new(pictures, 1);
    let mut losses = [Vec::new(), Vec::new()];
    for epoch in 1..=epochs {
        order.shuffle(epoch as u64);
        let mut batches = order.batches(BATCH);
        let (mut sums, mut answers) = ([0.0; 2], [0.0; 2]);
        while let Some(indices) = batches.next().filter(|indices| indices.len() == BATCH) {
            latents.iter_mut().for_each(|place| _ = latent(&mut noise, place));
            let drawings = gan.part::<G>("generator")?.predict(&latents)?;
            let mut places = images.iter_mut();
            let mut truths: Vec<_> =
                indices.iter().zip(&mut places).map(|(&index, image)| real(index, image)).collect();
            truths.resize(2 * BATCH, drawn);
            drawings.iter().zip(places).for_each(|(drawing, image)| image.copy_from_slice(drawing));
            let mut discriminator = gan.part_mut::<D>("discriminator")?;
            sums[0] += discriminating.loss_and_gradients(&discriminator, &images, &loss, &truths)?;
            for (i, logits) in discriminating.logits().iter().enumerate() {
                answers[i / BATCH] += realness(logits) / BATCH as f32;
            }
            discriminating.step(&mut discriminator, &mut of_discriminator)?;
            let wanted: Vec<_> = latents.iter_mut().map(|place| latent(&mut noise, place)).collect();
            sums[1] += generating.loss_and_gradients(&gan, &latents, &loss, &wanted)?;
            generating.step(&mut gan, &mut of_generator)?;
        }
        let steps = (pictures / BATCH) as f32;
        let [of_discriminator, of_generator] = sums.map(|sum| sum / steps);
        let [of_real, of_drawn] = answers.map(|answer| answer / steps);
        losses.iter_mut().zip([of_discriminator, of_generator]).for_each(|(losses, loss)| losses.push(f64::from(loss)));
        if epoch == 1 || epoch % (epochs / 5).max(1) == 0 {
            println!(
                "  epoch {epoch:>3}: losses {of_discriminator:.3} (discriminator) and {of_generator:.3} (generator), \
                 D(x) {of_real:.2}, D(G(z)) {of_drawn:.2}"
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
    let real = |truth: f32| {
        let data = &data;
        move |index: usize, place: &mut [f32]| {
            picture(data, index, place);
            truth
        }
    };
    let taken_for_real = |noise: &mut Noise, place: &mut [f32]| {
        normal(noise, place);
        1.0
    };
    let any = |_: usize, noise: &mut Noise, place: &mut [f32]| normal(noise, place);

    let adam = |rate: f64| Adam::new(rate).decays(0.5, 0.999);
    let title = "dense networks, as in the textbook";
    let dense = Game {
        name: title,
        real: &real(1.0),
        latent: &taken_for_real,
        drawn: 0.0,
        realness: &sigmoid,
        loss: BinaryCrossEntropy,
        pictures: data.len(),
        epochs: arguments.choose(60, 40),
        rule: [adam(0.0005), adam(0.0002)],
        decay: 1e-4,
    };
    let gan: Gan = play::<_, _, _, Generator, Discriminator, _, _>(arguments, dense.clone())?;
    show::<_, _, Generator>(arguments, title, &gan, &classifier, &any)?;

    let title = "convolutional networks";
    let convolutional = Game {
        name: title,
        real: &real(0.9),
        epochs: arguments.choose(25, 40),
        // Two rates (Heusel et al., 2017): with equal ones the discriminator soon knows all drawings.
        rule: [adam(0.001), adam(0.0004)],
        decay: 0.0,
        ..dense
    };
    let gan: ConvGan = play::<_, _, _, ConvGenerator, ConvDiscriminator, _, _>(arguments, convolutional)?;
    show::<_, _, ConvGenerator>(arguments, title, &gan, &classifier, &any)?;

    let of_its_class = |index: usize, place: &mut [f32]| {
        picture(&data, index, place);
        data.label(index)
    };
    let any_class = |noise: &mut Noise, place: &mut [f32]| {
        let class = noise.below(10);
        of_class(class, noise, place);
        class
    };
    let conditional = Game {
        name: "class by class, convolutional",
        real: &of_its_class,
        latent: &any_class,
        drawn: DRAWN,
        realness: &not_drawn,
        loss: CrossEntropy,
        pictures: data.len(),
        epochs: arguments.choose(25, 40),
        rule: [adam(0.0005), adam(0.001)],
        decay: 0.0,
    };
    let gan: ClassGan = play::<_, _, _, ClassGenerator, ClassDiscriminator, _, _>(arguments, conditional)?;
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
