//! Networks that are more than a chain: blocks, repeats, ways around, branches, several outputs.
//!
//!     cargo run --release --example graph

use std::error::Error;

use nn_core::{Batch, network, shape};

network! {
    const WIDTH = 16;

    /// Two convolutions and the way around them (He et al., 2015).
    block basic(channels) =
        residual(
            conv(channels, 3, pad = same, bias = false) -> batch_norm -> relu
                -> conv(channels, 3, pad = same, bias = false) -> batch_norm
        ) -> relu;

    /// Windows of three sizes over the same map (Szegedy et al., 2014).
    block inception(channels) =
        concat(
            conv(channels, 1) -> relu
                | conv(channels, 1) -> relu -> conv(channels, 3, pad = same) -> relu
                | conv(channels, 1) -> relu -> conv(channels, 5, pad = same) -> relu
                | pool(3, stride = 1, pad = 1) -> conv(channels, 1) -> relu
        );

    /// A picture in; what it shows, and whether it was taken indoors, out.
    pub struct Scene(picture: [3, 32, 32]) = {
        let features = picture
            -> stem: conv(WIDTH, 3, pad = same) -> batch_norm -> relu
            -> layer1: 2 * basic(WIDTH)
            -> pool(2) -> [WIDTH, 16, 16];
        let wide = features -> layer2: inception(WIDTH / 2) -> [2 * WIDTH, 16, 16] -> global_avg_pool;

        wide -> thing: affine(10) -> softmax,
        wide -> indoors: affine(1) -> sigmoid
    };
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", Scene::summary());

    let net = Scene::new(1);
    let pictures = Batch::<shape![3, 32, 32]>::zeros(4);
    let (thing, indoors) = net.predict(&pictures)?;
    println!("{} pictures: {:?} and {:?}", pictures.samples(), thing, indoors);
    Ok(())
}
