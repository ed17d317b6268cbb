//! A wrong network is one mistake, however it is used.

use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};

network! {
    pub struct Digits = [1, 28, 28] -> conv(30, 5) -> rellu -> pool(25) -> affine(10) -> softmax;
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{} {}", Digits::summary(), Digits::PARAMETERS);
    let mut net = Digits::new(1);
    let images = Batch::<shape![1, 28, 28]>::zeros(3);
    let mut training = Training::new(3);
    training.loss_and_gradients(&net, &images, &CrossEntropy, &[1, 2, 3])?;
    training.step(&mut net, &mut Adam::new(0.001))?;
    println!("{:?}", net.predict(&images)?.sample(0));
    println!("{:?}", net.predict_one(&[0.0; 784], &mut Digits::workspace()));
    net.save("digits.safetensors")?;
    Digits::load("digits.safetensors")?;
    Ok(())
}
