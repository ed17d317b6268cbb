//! Feeding a network: one input, several inputs, and the wrong ones.

use nn_core::shape::{IntoViews, Shapes};
use nn_core::{Batch, BatchView, Tensor, shape};

struct Digits;

impl Digits {
    fn predict<'a>(&self, _: impl IntoViews<'a, (shape![1, 28, 28],), f32>) {}
}

struct Captions;

impl Captions {
    fn predict<'a>(&self, _: impl IntoViews<'a, (shape![3, 224, 224], shape![4320]), f32>) {}
}

fn largest<L: Shapes>() {}

fn main() {
    let digit = Batch::<shape![1, 28, 28]>::zeros(1);
    let colour = Batch::<shape![3, 32, 32]>::zeros(1);
    let words = Tensor::<shape![4320]>::zeros();
    let view = BatchView::<shape![784]>::from_slice(&[]).unwrap();

    Digits.predict(&digit);
    Digits.predict(&colour);
    Digits.predict(&words);
    Digits.predict(view);
    Digits.predict(digit);
    Digits.predict(&vec![0.0_f32; 784]);
    Captions.predict(&words);
    Captions.predict((&colour, &words));
    Captions.predict((&colour, &words, &words));
    largest::<shape![28]>();
}
