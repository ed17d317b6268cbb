//! The network.

use nn_core::network;

network! {
    /// The network of the example `fashion`, with what it has learnt.
    #[weights("../weights/clothes.safetensors.gz")]
    #[export(c)]
    pub struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}
