//! One mistake, and a file full of what uses the network: nothing else is wrong.

use nn_core::network;

mod inner {
    nn_core::network! {
        pub struct Encoder = [8] -> afine(4);
    }
}

network! {
    pub struct Whole = [8] -> inner::Encoder -> [4] -> head: affine(2);
}

fn main() {
    let whole = Whole::new(1);
    let _ = whole.parameters().head();
    let _ = inner::Encoder::new(1).parameters();
}
