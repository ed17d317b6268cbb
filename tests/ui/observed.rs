//! Networks whose values are to be seen.

use nn_core::network;
use nn_core::observe::Activations;

network! {
    #[observe(relu1)]
    struct Argument = [10] -> affine(10);
    #[observe]
    #[observe]
    struct Twice = [10] -> affine(10);
    #[obsreve]
    struct Misspelt = [10] -> affine(10);
    #[observe]
    block layer(n) = affine(n);
    #[observe]
    struct Rows = [..5, 4] -> relu;
    /// It has a mistake, so that what uses it is not wrong too.
    #[observe]
    struct Broken = [10] -> afine(10);
    struct Fine = [10] -> layer(10);
}

fn look(net: &Broken, inputs: &nn_core::Batch<nn_core::shape![10]>) {
    let _ = Activations::of(net, inputs);
}

fn main() {}
