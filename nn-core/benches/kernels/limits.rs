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
        Work::Moved { touched, .. } => {
            let len = touched / 8 / threads;
            let start = move || {
                let (x, mut y) = (numbers(len), numbers(len));
                Box::new(move || copy(&x, &mut y)) as Call
            };
            (Box::new(start), (MOVED_BY_COPY * len) as f64)
        }
        Work::Read { bytes } => {
            let len = bytes / 4 / threads;
            let start = move || {
                let x = numbers(len);
                Box::new(move || read(&x)) as Call
            };
            (Box::new(start), (4 * len) as f64)
        }
    }
}

/// Bytes for each number of a copy: read, and written, for which the cache line is read as well.
const MOVED_BY_COPY: usize = 12;

// The kernels are there for those who are generic.

fn multiply_adds<T: Real>(x: &mut [T]) {
    T::multiply_adds(black_box(TIMES), black_box(x));
}

fn copy<T: Real>(x: &[T], y: &mut [T]) {
    T::scaled_copy(black_box(T::ONE), black_box(x), black_box(y));
}

fn read<T: Real>(x: &[T]) {
    black_box(T::read_through(black_box(x)));
}
