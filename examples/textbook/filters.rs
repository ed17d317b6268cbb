//! What a convolution looks for: its filters before and after training, and what they find in a picture.
//!
//!     cargo run --release -p nn-textbook --example filters

use std::error::Error;
use std::process::ExitCode;

use nn_core::plot::{Grid, Picture, Pictures};
use nn_core::{Adam, Batch, Network, Trainer, network, shape};
use nn_textbook::{Arguments, run};

network! {
    struct Clothes =
        [1, 28, 28] -> first: (conv(30, 5) -> relu) -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    /// Its first two layers, which borrow their parameters.
    struct First = [1, 28, 28] -> conv(30, 5) -> relu;
}

/// The thirty filters of the first convolution.
fn filters(net: &Clothes, title: &str) -> Result<Pictures, Box<dyn Error>> {
    let weights = net.parameters().first().tensor("conv1.weight").ok_or("no weights")?.to_vec();
    let pictures = weights.chunks(25).map(|filter| Picture::new(filter.iter().copied(), [1, 5, 5]).stretched());
    Ok(Pictures::new(title).columns(10).scale(8).pictures(pictures))
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (train, test) = arguments.fashion(6000, 1000)?;
    let mut net = Clothes::new(1);
    // A tenth of the usual size, so that what is learnt is not hidden by what was there.
    let weights = net.parameters().first().range();
    net.block_mut()[weights].iter_mut().for_each(|weight| *weight *= 0.1);
    let before = filters(&net, "Before training: noise")?;
    let epochs = arguments.choose(10, 5);
    let history = Trainer::new(Adam::new(0.001)).epochs(epochs).validation(&test).fit(&mut net, &train)?;
    let accuracy = history.last().and_then(|epoch| epoch.validation_accuracy).unwrap_or(0.0);
    println!("after {epochs} epochs {:.1} % of the test pictures are right", 100.0 * accuracy);
    let after = filters(&net, "After training: edges and spots")?;
    Grid::new("Filters of the first convolution")
        .columns(1)
        .panel(before)
        .panel(after)
        .save(arguments.picture("filters.png")?)?;

    // An ankle boot, which has edges of every direction.
    let index = test.labels().position(|label| label == 9).ok_or("no ankle boot")?;
    let mut boot = Batch::<shape![1, 28, 28]>::zeros(1);
    test.gather_images(&[index], nn_core::data::Layout::ChannelsFirst, boot.as_mut_slice())?;
    let maps = net.part::<First>("first")?.predict(&boot)?;
    let seen = Picture::new(boot.as_slice().iter().copied(), [1, 28, 28]).caption("the picture");
    let maps = maps.as_slice().chunks(24 * 24).enumerate();
    let maps =
        maps.map(|(i, map)| Picture::new(map.iter().copied(), [1, 24, 24]).stretched().caption(format!("filter {i}")));
    Pictures::new("What each filter finds in an ankle boot")
        .columns(8)
        .picture(seen)
        .pictures(maps)
        .save(arguments.picture("feature_maps.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("The filters of the first convolution", experiment)
}
