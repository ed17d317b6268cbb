//! What is where: a class for every pixel.
//!
//!     cargo run --release -p nn-textbook --example segment
//!
//! Clothes are scattered over a picture, and a fully convolutional network says of each pixel whether it is ground or which garment
//! (Long, Shelhamer and Darrell, 2015). Three forms of it, named as theirs: FCN-32s enlarges its coarsest map at once; FCN-16s and
//! FCN-8s add what one and two finer maps say. Each begins with what the one before has learnt, and all enlarging begins as bilinear
//! interpolation. Then a small U-Net (Ronneberger, Fischer and Brox, 2015), which joins maps in place of adding scores.
//!
//! No layer of these depends on the size of the picture: at last the parameters of FCN-8s are lent to a network of larger pictures.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::{Dataset, FASHION_CLASSES, Masked, fashion_mnist};
use nn_core::parameters::flatten;
use nn_core::plot::{Picture, Pictures};
use nn_core::shape::Shape;
use nn_core::train::loss::PixelCrossEntropy;
use nn_core::train::metric::Confusion;
use nn_core::train::schedule::{Every, OneCycle};
use nn_core::{Adam, Batch, Network, Trainer, network, shape};
use nn_examples::location::Location;
use nn_textbook::scenes::{CLASSES, SIDE, Scene, Scenes};
use nn_textbook::{Arguments, run};

network! {
    const CLASSES = 11;
    block twice(channels) = 2 * (conv(channels, 3, pad = same) -> relu);
    block score = conv(CLASSES, 1);
    block double = deconv(CLASSES, 4, stride = 2, pad = 1, bias = false, init = bilinear);

    block fcn32 = one: twice(16) -> pool(2) -> two: twice(32) -> pool(2) -> three: twice(64) -> pool(2)
        -> deep: conv(128, 3, pad = same) -> relu -> score3: score
        -> deconv(CLASSES, 16, stride = 8, pad = 4, bias = false, init = bilinear);

    block fcn16 = {
        let quarter = id -> one: twice(16) -> pool(2) -> two: twice(32) -> pool(2);
        let eighth = quarter -> three: twice(64) -> pool(2);
        add(eighth -> deep: conv(128, 3, pad = same) -> relu -> score3: score -> up3: double | quarter -> score2: score)
            -> deconv(CLASSES, 8, stride = 4, pad = 2, bias = false, init = bilinear)
    };

    block fcn8 = {
        let half = id -> one: twice(16) -> pool(2);
        let quarter = half -> two: twice(32) -> pool(2);
        let eighth = quarter -> three: twice(64) -> pool(2);
        let coarse = add(eighth -> deep: conv(128, 3, pad = same) -> relu -> score3: score -> up3: double | quarter -> score2: score);
        add(coarse -> up2: double | half -> score1: score) -> up1: double
    };
    struct Fcn32 = [1, 96, 96] -> fcn: fcn32;
    struct Fcn16 = [1, 96, 96] -> fcn: fcn16;
    struct Fcn8 = [1, 96, 96] -> fcn: fcn8;
    /// The same for larger pictures.
    struct Large = [1, 128, 128] -> fcn: fcn8;

    block up(channels) = conv(channels, 1) -> upsample(2, bilinear);
    struct UNet = {
        let fine = [1, 96, 96] -> twice(16);
        let middle = fine -> pool(2) -> twice(32);
        let coarse = middle -> pool(2) -> twice(64);
        let larger = concat(coarse -> pool(2) -> twice(128) -> up(64) | coarse) -> conv(64, 3, pad = same) -> relu;
        let large = concat(larger -> up(32) | middle) -> conv(32, 3, pad = same) -> relu;
        concat(large -> up(16) | fine) -> conv(16, 3, pad = same) -> relu -> score
    };
}

/// Colours of the ground and the clothes: red, green, blue.
const COLOURS: [[f64; 3]; CLASSES] = [
    [0.0, 0.0, 0.0],
    [0.90, 0.10, 0.29],
    [0.24, 0.71, 0.29],
    [1.00, 0.88, 0.10],
    [0.26, 0.39, 0.85],
    [0.96, 0.51, 0.19],
    [0.57, 0.12, 0.71],
    [0.27, 0.94, 0.94],
    [0.94, 0.20, 0.90],
    [0.67, 1.00, 0.76],
    [0.60, 0.39, 0.14],
];

/// Scenes as pictures with masks.
fn masked(scenes: impl Iterator<Item = Scene>, side: usize) -> Result<Masked, nn_core::Error> {
    let (mut pictures, mut masks, mut count) = (Vec::new(), Vec::new(), 0);
    for scene in scenes {
        pictures.extend(scene.picture);
        masks.extend(scene.mask);
        count += 1;
    }
    Masked::new(Dataset::new(pictures, [1, side, side], vec![0; count], 1)?, masks, CLASSES)
}

/// The mask as a picture in colours.
fn coloured(mask: impl Iterator<Item = usize> + Clone) -> Picture {
    let channel = |c: usize| mask.clone().map(move |class| COLOURS[class][c]);
    Picture::new(channel(0).chain(channel(1)).chain(channel(2)), [3, SIDE, SIDE])
}

/// The class of each pixel, by a network's map.
fn classes(map: &[f32]) -> Vec<usize> {
    let pixels = map.len() / CLASSES;
    let score = |pixel: usize, class: usize| map[class * pixels + pixel];
    let best = |pixel| (0..CLASSES).max_by(|&a, &b| score(pixel, a).total_cmp(&score(pixel, b))).unwrap_or(0);
    (0..pixels).map(best).collect()
}

/// Copies the parameters that two networks have under the same names. A new score says nothing at first: what was learnt stands.
fn inherit<A: Network<Scalar = f32>, B: Network<Scalar = f32>>(from: &A, to: &mut B) {
    let theirs = flatten(A::ENTRIES);
    for own in flatten(B::ENTRIES) {
        if let Some(other) = theirs.iter().find(|other| other.label == own.label && other.shape == own.shape) {
            to.block_mut()[own.range()].copy_from_slice(&from.block()[other.range()]);
        } else if own.label.starts_with("fcn.score") {
            to.block_mut()[own.range()].fill(0.0);
        }
    }
}

/// Scenes to learn from and to test with, how many are a step, and where the columns of the sheet come together.
struct Study {
    train: Masked,
    test: Masked,
    batch_size: usize,
    shown: Batch<shape![1, 96, 96]>,
    columns: Vec<(String, Vec<Vec<usize>>)>,
}

impl Study {
    /// Trains a network, says how good it is, and keeps what it makes of the scenes that are shown.
    fn learn<S, N>(&mut self, name: &str, net: &mut N, rate: f64, epochs: usize) -> Result<(), Box<dyn Error>>
    where
        S: Shape<Element<f32> = f32>,
        N: Network<Scalar = f32, Inputs = (shape![1, 96, 96],), Outputs = (S,)>,
    {
        let (start, steps) = (Instant::now(), epochs * self.train.len().div_ceil(self.batch_size));
        let history = Trainer::new(Adam::new(rate))
            .loss(PixelCrossEntropy::new(CLASSES))
            .schedule(Every::Step, OneCycle::new(steps as u64))
            .batch_size(self.batch_size)
            .epochs(epochs)
            .fit(net, &self.train)?;
        let seconds = start.elapsed().as_secs_f64();
        let confusion = Confusion::of_pixels(net, &self.test, 50)?;
        let loss = history.last().map_or(f64::NAN, |epoch| epoch.train_loss);
        println!(
            "{name:8} {:>7} parameters, {epochs:>2} epochs: loss {loss:.4}, mean IoU {:.4}, pixels {:.4}; {seconds:.0} s",
            N::PARAMETERS,
            confusion.mean_iou(),
            confusion.accuracy()
        );
        let maps = net.predict(&self.shown)?;
        self.columns.push((format!("{name}: {:.3}", confusion.mean_iou()), maps.iter().map(classes).collect()));
        Ok(())
    }

    /// Pictures, truth, and what each network says.
    fn sheet(&self) -> Pictures {
        let captions = |first: &str, row: usize| if row == 0 { first.to_owned() } else { String::new() };
        let mut sheet = Pictures::new("Clothes, pixel by pixel").columns(2 + self.columns.len()).scale(1);
        for row in 0..self.shown.samples() {
            let picture = self.shown.view().sample(row).iter().copied();
            sheet = sheet
                .picture(Picture::new(picture, [1, SIDE, SIDE]).caption(captions("picture", row)))
                .picture(coloured(self.test.mask(row).iter().map(|&c| c.into())).caption(captions("truth", row)));
            for (name, masks) in &self.columns {
                sheet = sheet.picture(coloured(masks[row].iter().copied()).caption(captions(name, row)));
            }
        }
        sheet
    }
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (clothes, test_clothes) = fashion_mnist(Location::find(arguments.data.clone()).folder())?;
    let (count, test_count) = arguments.choose((6000, 1000), (800, 200));
    let test = masked(Scenes::test(&test_clothes).take(test_count), SIDE)?;
    let mut shown = Batch::zeros(6);
    for (row, place) in shown.iter_mut().enumerate() {
        place.iter_mut().zip(test.image(row)).for_each(|(place, &byte)| *place = f32::from(byte) / 255.0);
    }
    let train = masked(Scenes::train(&clothes).take(count), SIDE)?;
    let ground = (0..test.len()).flat_map(|i| test.mask(i)).filter(|label| **label == 0).count();
    let ground = ground as f64 / (test.len() * SIDE * SIDE) as f64;
    println!(
        "{count} scenes to learn from, {test_count} to test with; ground everywhere: mean IoU {:.4}, pixels {ground:.4}",
        ground / 11.0
    );
    let mut study = Study { train, test, batch_size: arguments.choose(32, 8), shown, columns: Vec::new() };

    let epochs = arguments.choose([5, 5, 5, 8], [4, 2, 3, 4]);
    let mut fcn32 = Fcn32::new(1);
    study.learn("FCN-32s", &mut fcn32, 0.003, epochs[0])?;
    let mut fcn16 = Fcn16::new(1);
    inherit(&fcn32, &mut fcn16);
    study.learn("FCN-16s", &mut fcn16, 0.001, epochs[1])?;
    let mut fcn8 = Fcn8::new(1);
    inherit(&fcn16, &mut fcn8);
    study.learn("FCN-8s", &mut fcn8, 0.001, epochs[2])?;
    let mut unet = UNet::new(1);
    study.learn("U-Net", &mut unet, 0.003, epochs[3])?;
    study.sheet().save(arguments.picture("segment.png")?)?;

    let large = masked(Scenes::test(&test_clothes).side(128).take(test_count), 128)?;
    let confusion = Confusion::of_pixels(&fcn8.part::<Large>("")?.to_network(), &large, 50)?;
    println!("FCN-8s with the same parameters on pictures of 128×128: mean IoU {:.4}", confusion.mean_iou());
    let each =
        FASHION_CLASSES.iter().enumerate().map(|(class, name)| format!("{name} {:.2}", confusion.iou(class + 1)));
    println!("of its classes: {}", each.collect::<Vec<_>>().join(", "));
    Ok(())
}

fn main() -> ExitCode {
    run("Segmentation: a class for every pixel", experiment)
}
