//! A part with parameters whose declaration the macro cannot see.

use nn_core::network;

mod elsewhere {
    use nn_core::network;

    network! {
        pub struct Encoder = [3] -> affine(2);
    }
}

network! {
    #[weights("weights/missing.safetensors")]
    struct Stranger = [4] -> affine(3) -> elsewhere::Encoder -> [2];
}

fn main() {}
