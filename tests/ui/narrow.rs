//! Weights of fewer bits where they cannot be.

use nn_core::network;

network! {
    struct Encoder = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/parts.safetensors", precision = f16)]
    struct Parts = [4] -> encoder: Encoder -> [2] -> head: affine(2, bias = false);
    #[weights("weights/large.safetensors", precision = f16)]
    struct Large = [4] -> affine(3) -> relu -> affine(2);
}

fn main() {
    println!("{}", Parts::embedded().predict_one(&[0.0; 4], &mut Parts::workspace())[0]);
}
