//! The same numbers as PyTorch: single layers, and whole networks through a step of training.
//!
//! `fixtures/generate.py` wrote the references in double precision and says what they are.

mod embedding;
mod fixture;
mod formula;
mod layers;
mod networks;
mod optimizers;
mod regions;
mod schedules;
mod sequences;
mod state;

use nn_core::Real;
use nn_core::parameters::FlatSegment;

use fixture::Comparison;

/// What rounding costs.
///
/// In double precision the only rounding to speak of is that of the stored reference, half a unit in the last place of
/// single precision: 6e-8 of the number. In single precision each number is a sum of up to 4,320 products in an order
/// other than the reference's, whose rounding errors of 6e-8 add up like a random walk, over up to five layers:
/// 65 × 6e-8 × 5 = 2e-5. Where a sum cancels to zero the error is that of its terms.
fn comparison<T: Real>(name: &str) -> Comparison {
    if T::EPSILON.to_f64() < 1e-10 {
        Comparison::new(&format!("{name} in double precision"), 1e-7, 1e-12)
    } else {
        Comparison::new(&format!("{name} in single precision"), 2e-5, 1e-7)
    }
}

/// A parameter, its gradient or a running statistic in the order of a weights file.
fn in_file_order<T: Real>(segment: &FlatSegment, block: &[T]) -> Vec<f64> {
    let mut numbers = Vec::with_capacity(segment.len());
    segment.for_each_position(|position| numbers.push(block[position].to_f64()));
    numbers
}

/// Numbers of a reference as a network computes with them; all are exact in single precision.
fn of<T: Real>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|&x| T::from_f64(x)).collect()
}

fn to_f64<T: Real>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|x| x.to_f64()).collect()
}
