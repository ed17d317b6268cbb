//! A network with a mistake is still a type, so that what uses it is not wrong too.

use nn_core::network;

network! {
    /// Misspelt.
    pub struct Digits = [1, 28, 28] -> conv(30, 5) -> rellu -> affine(10);
    /// Has it as a part.
    pub struct Twice = [1, 28, 28] -> Digits -> [10] -> affine(10);
}

struct Reader {
    network: Digits,
}

fn describe(reader: &Reader) -> Digits {
    reader.network.clone()
}

fn main() {}
