//! A picture through eight numbers and back.
//!
//!     cargo run --release -p nn-textbook --example autoencoder
//!
//! The network learns to give back what it is given. Its halves are networks of their own that borrow its parameters: the encoder
//! finds the numbers of a picture, the decoder draws from numbers that lie between those of two pictures.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{Layout, Samples};
use nn_core::plot::{Picture, Pictures};
use nn_core::{Adam, Batch, BinaryCrossEntropy, Network, Trainer, network, shape};
use nn_textbook::{Arguments, run};

network! {
    struct Encoder = [784] -> affine(256) -> relu -> affine(64) -> relu -> affine(8);
    struct Decoder = [8] -> affine(64) -> relu -> affine(256) -> relu -> affine(784) -> sigmoid;
    struct Both = [784] -> encoder: Encoder -> [8] -> decoder: Decoder -> [784];
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (train, test) = arguments.fashion(6000, 1000)?;
    let numbers = |data: &nn_core::data::Dataset, count: usize| -> Result<Vec<f32>, nn_core::Error> {
        let mut numbers = vec![0.0; count * 784];
        data.gather_images(&(0..count).collect::<Vec<_>>(), Layout::ChannelsFirst, &mut numbers)?;
        Ok(numbers)
    };
    let inputs = numbers(&train, train.len())?;
    let data = Samples::new(train.len(), inputs.clone(), inputs)?;
    let mut net = Both::new(1);
    let epochs = arguments.choose(20, 15);
    let history =
        Trainer::new(Adam::new(0.001)).loss(BinaryCrossEntropy).batch_size(100).epochs(epochs).fit(&mut net, &data)?;
    for epoch in history.iter().filter(|epoch| epoch.epoch == 1 || epoch.epoch % 5 == 0) {
        println!("epoch {:>2}: loss {:.4}", epoch.epoch, epoch.train_loss);
    }

    let shown = Batch::<shape![784]>::from_slice(&numbers(&test, 10)?)?;
    let codes = net.part::<Encoder>("encoder")?.predict(&shown)?;
    let back = net.part::<Decoder>("decoder")?.predict(&codes)?;
    let picture = |pixels: &[f32]| Picture::new(pixels.iter().copied(), [1, 28, 28]);
    Pictures::new("Test pictures, and what eight numbers keep of them")
        .pictures(shown.iter().map(picture))
        .pictures(back.iter().map(picture))
        .save(arguments.picture("autoencoder.png")?)?;

    let mut between = Batch::<shape![8]>::zeros(40);
    for (i, place) in between.iter_mut().enumerate() {
        let (from, to, share) = (codes.sample(i / 10), codes.sample(i / 10 + 1), (i % 10) as f32 / 9.0);
        place.iter_mut().zip(from.iter().zip(to)).for_each(|(place, (from, to))| *place = from + share * (to - from));
    }
    let drawn = net.part::<Decoder>("decoder")?.predict(&between)?;
    Pictures::new("On the way from one picture to another")
        .pictures(drawn.iter().map(picture))
        .save(arguments.picture("autoencoder_between.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("An autoencoder: pictures through eight numbers", experiment)
}
