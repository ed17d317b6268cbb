//! A network of `f64` takes no `f32`.

use nn_core::shape::IntoViews;
use nn_core::{Batch, shape};

fn predict<'a>(_: impl IntoViews<'a, (shape![1, 28, 28],), f64>) {}

fn main() {
    predict(&Batch::<shape![1, 28, 28], f32>::zeros(1));
}
