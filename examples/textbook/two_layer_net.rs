//! Two dense layers on Fashion-MNIST: gradients checked, then ten thousand steps of plain gradient descent.
//!
//!     cargo run --release -p nn-textbook --example two_layer_net
//!
//! The textbook's 784-50-10 with sigmoid and with relu: mini-batches of 100, learning rate 0.1.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{MiniBatch, Order};
use nn_core::plot::Curves;
use nn_core::{Batch, CrossEntropy, GradientCheck, Network, Sgd, Training, evaluate, network, shape};
use nn_textbook::{Arguments, run};

network! {
    struct Sigmoid = [1, 28, 28] -> affine(50) -> sigmoid -> affine(10) -> softmax;
    struct Relu = [1, 28, 28] -> affine(50) -> relu -> affine(10) -> softmax;
}

const BATCH: usize = 100;

/// Compares the gradients of three pictures with differences of the loss, parameter by parameter.
fn check<N>(data: &nn_core::data::Dataset) -> Result<(), nn_core::Error>
where
    N: Network<Scalar = f64, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let mut pictures = Batch::<shape![1, 28, 28], f64>::zeros(3);
    data.gather_images(&[0, 1, 2], nn_core::data::Layout::ChannelsFirst, pictures.as_mut_slice())?;
    let labels: Vec<usize> = data.labels().take(3).collect();
    for difference in GradientCheck::new().at_most(500).network(&N::new(1), &pictures, &CrossEntropy, &labels)? {
        println!("  {:<16} analytic and numerical gradient differ by {:.1e}", difference.label, difference.relative);
    }
    Ok(())
}

/// Trains and gives the accuracy on training and test pictures after each epoch.
fn train<N>(arguments: &Arguments, steps: usize) -> Result<[Vec<f64>; 2], nn_core::Error>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let (train, test) = arguments.fashion(usize::MAX, usize::MAX)?;
    let (mut net, mut sgd) = (N::new(1), Sgd::new(0.1));
    let (mut training, mut batch) = (Training::new(BATCH), MiniBatch::new(BATCH));
    let mut order = Order::new(train.len(), 1);
    let mut accuracies = [Vec::new(), Vec::new()];
    let mut done = 0;
    for epoch in 1.. {
        order.shuffle(epoch);
        let mut batches = order.batches(BATCH);
        while let Some(indices) = batches.next().filter(|_| done < steps) {
            batch.gather(&train, indices)?;
            training.loss_and_gradients_of(&net, &batch, &CrossEntropy)?;
            training.step(&mut net, &mut sgd)?;
            done += 1;
        }
        for (accuracies, data) in accuracies.iter_mut().zip([&train, &test]) {
            accuracies.extend(evaluate(&net, data, &CrossEntropy, 1000)?.accuracy);
        }
        if epoch % 5 == 0 || done == steps {
            let [train, test] = accuracies.each_ref().map(|shares| 100.0 * shares.last().copied().unwrap_or(0.0));
            println!(
                "  {done:>6} steps: {train:.1} % of the training pictures right, {test:.1} % of the test pictures"
            );
        }
        if done == steps {
            break;
        }
    }
    Ok(accuracies)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, _) = arguments.fashion(3, 1)?;
    let steps = arguments.choose(10_000, 2_000);
    println!("784-50-10 with sigmoid");
    check::<Sigmoid<f64>>(&data)?;
    let sigmoid = train::<Sigmoid>(arguments, steps)?;
    println!("784-50-10 with relu");
    check::<Relu<f64>>(&data)?;
    let relu = train::<Relu>(arguments, steps)?;
    Curves::new("784-50-10, SGD 0.1, batches of 100")
        .axes("epoch", "accuracy")
        .curve("sigmoid, training", &sigmoid[0])
        .curve("sigmoid, test", &sigmoid[1])
        .curve("relu, training", &relu[0])
        .curve("relu, test", &relu[1])
        .save(arguments.picture("two_layer_net.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("A network of two layers, from gradient check to accuracy", experiment)
}
