//! What the machine can do at best: the loops that kernels are compared with.

use std::hint::black_box;

use nn_core::Real;

use crate::benchmark::{Call, Start, Work, numbers};

/// Numbers that take part in multiply–adds, and how often.
const IN_REGISTERS: usize = 192;
const TIMES: usize = 500;

/// A loop that does what `work` is counted in, on one of so many threads that share the memory, and how much of it.
pub fn limit(work: Work, threads: usize) -> (Start, f64) {
    match work {
        Work::MultiplyAdds(_) => {
            let start = || {
                let mut x = numbers(IN_REGISTERS);
                Box::new(move || multiply_adds(&mut x)) as Call
            };
            (Box::new(start), (IN_REGISTERS * TIMES) as f64)
        }
        Work::Moved { read, written } => {
            let [read, written] = [read, written].map(|len| len / threads);
            let start = move || {
                let (x, mut y) = (numbers(read), numbers(written));
                Box::new(move || stream(&x, &mut y)) as Call
            };
            (Box::new(start), Work::Moved { read, written }.amount())
        }
    }
}

/// Touches all of both: copies what is read as well as written, and reads or fills the rest.
fn stream(x: &[f32], y: &mut [f32]) {
    let (x, read) = x.split_at(x.len().min(y.len()));
    let (y, written) = y.split_at_mut(x.len());
    copy(x, y);
    if !read.is_empty() {
        read_through(read);
    }
    if !written.is_empty() {
        fill(written);
    }
}

// The kernels are there for those who are generic.

fn multiply_adds<T: Real>(x: &mut [T]) {
    T::multiply_adds(black_box(TIMES), black_box(x));
}

fn copy<T: Real>(x: &[T], y: &mut [T]) {
    T::scaled_copy(black_box(T::ONE), black_box(x), black_box(y));
}

fn read_through<T: Real>(x: &[T]) {
    black_box(T::read_through(black_box(x)));
}

fn fill<T: Real>(y: &mut [T]) {
    T::fill(black_box(T::ONE), black_box(y));
}
