//! Layers that want more memory than there can be.

use nn_core::layer::{Backward, Forward, MemoryNeed, MemoryNeeds};
use nn_core::{Layer, Real, network, shape};

macro_rules! layers {
    ($($name:ident: $field:ident, $need:ident = $numbers:expr;)*) => {$(
        pub struct $name;

        impl<T: Real> Layer<T> for $name {
            type Input = shape![3];
            type Output = shape![3];
            const MEMORY: MemoryNeeds =
                MemoryNeeds { $field: MemoryNeed { $need: $numbers, ..MemoryNeed::NONE }, ..MemoryNeeds::NONE };

            fn forward(_: Forward<T>) {}
            fn backward(_: Backward<T>) {}
        }
    )*};
}

layers! {
    Large: saved, per_sample = 1 << 32;
    Vast: inference, per_sample = usize::MAX;
    Wide: training, fixed = usize::MAX / 4;
}

network! {
    pub struct OfLarge = [3] -> Large -> [3];
    pub struct OfVast = [3] -> Vast -> [3];
    pub struct OfWide = [3] -> Wide -> [3];
}

fn main() {}
