//! Networks that are given something else than they take.

use nn_core::{Batch, Tensor, network, shape};

network! {
    pub struct Digits = [1, 28, 28] -> conv(4, 5) -> affine(10);
    pub struct Captions(image: [3, 224, 224], words: [12 of 4320]) = {
        concat(image -> affine(4) | words -> embedding(4) -> flatten) -> affine(2)
    };
}

fn main() {
    let (digits, captions) = (Digits::new(1), Captions::new(1));
    let rows = Batch::<shape![784]>::zeros(2);
    let image = Tensor::<shape![3, 224, 224]>::zeros();
    let _ = digits.predict(&rows);
    let _ = digits.predict(&[0.0_f32; 784]);
    let _ = digits.to_f64().predict(&Tensor::<shape![1, 28, 28]>::zeros());
    let _ = captions.predict(&image);
    let _ = captions.predict((&image, &rows));
}
