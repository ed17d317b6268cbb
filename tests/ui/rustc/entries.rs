//! Layers whose constants tell something else of their parameters than there is.

use nn_core::layer::{Backward, Forward};
use nn_core::parameters::{Axis, Entry, Role, Segment};
use nn_core::{Layer, Real, network, shape};

const fn segment(label: &'static str, offset: usize, axes: &'static [Axis]) -> Entry {
    Entry::Segment(Segment { label, offset, shape: &[2, 3], axes, role: Role::Scale })
}
const AXES: &[Axis] = &[Axis { len: 2, stride: 1 }, Axis { len: 3, stride: 2 }];

macro_rules! layers {
    ($($name:ident: $parameters:expr, $entries:expr;)*) => {$(
        pub struct $name;

        impl<T: Real> Layer<T> for $name {
            type Input = shape![3];
            type Output = shape![3];
            const PARAMETERS: usize = $parameters;
            const ENTRIES: &'static [Entry] = $entries;

            fn forward(_: Forward<T>) {}
            fn backward(_: Backward<T>) {}
        }
    )*};
}

layers! {
    Right: 12, &[segment("a", 0, AXES), segment("b", 6, AXES)];
    Silent: 12, &[];
    Spaced: 13, &[segment("a", 0, AXES), segment("b", 7, AXES)];
    Beyond: 6, &[segment("a", 0, &[Axis { len: 2, stride: 1 }, Axis { len: 3, stride: 4 }])];
}

network! {
    pub struct Fits = [3] -> Right -> [3];
    pub struct OfSilent = [3] -> Silent -> [3];
    pub struct OfSpaced = [3] -> Spaced -> [3];
    pub struct OfBeyond = [3] -> Beyond -> [3];
}

fn main() {}
