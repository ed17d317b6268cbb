//! A shape that is none, and a wrong number of places.

use nn_core::shape::{Elements, Shape};
use nn_core::{Tensor, shape};

fn name<S: Shape>() {}

fn length<S: Elements>() {}

fn main() {
    name::<(usize, usize)>();
    name::<[usize; 2]>();
    length::<shape![1_000_000_000, 1_000_000]>();
    let array: [[f32; 3]; 3] = *Tensor::<shape![2, 3]>::zeros().as_array();
    let tensor = Tensor::<shape![2, 3]>::from([[1.0, 2.0], [3.0, 4.0]]);
}
