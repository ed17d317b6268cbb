//! A bill as a network: forward it costs, backward it says what each price and count changes.
//!
//!     cargo run --release -p nn-textbook --example computational_graph
//!
//! The textbook's apple shop: two apples at 100 each, with tax; then two apples and three oranges. Multiplication and addition
//! are the layers `mul` and `add`, the numbers are inputs, and the gradients of the inputs are the derivatives of the price.

use std::error::Error;
use std::process::ExitCode;

use nn_core::{Batch, Network, Training, network, shape};
use nn_textbook::run;

network! {
    struct Apples(apple: [1], count: [1], tax: [1]) = mul(mul(apple | count) | tax);

    struct Fruit(apple: [1], apples: [1], orange: [1], oranges: [1], tax: [1]) =
        mul(add(mul(apple | apples) | mul(orange | oranges)) | tax);
}

type Number = Batch<shape![1], f64>;

fn number(value: f64) -> Number {
    Batch::from([[value]])
}

/// The price, and with the gradient of the price itself, which is one, those of all inputs.
fn price(outputs: &[&mut [f64]], gradients: &mut [&mut [f64]]) -> Result<f64, nn_core::Error> {
    gradients[0][0] = 1.0;
    Ok(outputs[0][0])
}

fn apples() -> Result<(), Box<dyn Error>> {
    let net = Apples::<f64>::new(0);
    let mut training = Training::new(1).with_input_gradients();
    let inputs = (&number(100.0), &number(2.0), &number(1.1));
    let price = training.pass(&net, inputs, price)?;
    let (apple, count, tax) = training.input_gradients().ok_or("no gradients")?;
    println!("2 apples at 100 with 10 % tax: {price:.0}");
    println!("  changes by {:.1} for each unit of an apple's price", apple.as_slice()[0]);
    println!("             {:.0} for each apple", count.as_slice()[0]);
    println!("             {:.0} for each unit of tax", tax.as_slice()[0]);
    Ok(())
}

fn fruit() -> Result<(), Box<dyn Error>> {
    let net = Fruit::<f64>::new(0);
    let mut training = Training::new(1).with_input_gradients();
    let inputs = (&number(100.0), &number(2.0), &number(150.0), &number(3.0), &number(1.1));
    let price = training.pass(&net, inputs, price)?;
    let (apple, apples, orange, oranges, tax) = training.input_gradients().ok_or("no gradients")?;
    println!("2 apples at 100 and 3 oranges at 150 with 10 % tax: {price:.0}");
    println!("  changes by {:.1} for each unit of an apple's price", apple.as_slice()[0]);
    println!("             {:.0} for each apple", apples.as_slice()[0]);
    println!("             {:.1} for each unit of an orange's price", orange.as_slice()[0]);
    println!("             {:.0} for each orange", oranges.as_slice()[0]);
    println!("             {:.0} for each unit of tax", tax.as_slice()[0]);
    Ok(())
}

fn main() -> ExitCode {
    run("The apple shop: derivatives by back-propagation", |_| {
        apples()?;
        fruit()
    })
}
