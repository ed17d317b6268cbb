//! What is measured.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};

use nn_core::__private::memory::Buffer;

/// One kernel on one shape.
pub struct Benchmark {
    /// Such as `conv 3×3`.
    pub kernel: &'static str,
    /// Such as `28×28×16 → 32, stride 2`.
    pub shape: String,
    /// Such as `forward`.
    pub pass: &'static str,
    /// What a call does.
    pub work: Work,
    /// What several threads do.
    pub scope: Scope,
    /// Takes the memory, and gives the call.
    pub start: Start,
    /// A part of that call, the time of which does not count.
    pub without: Option<Start>,
}

/// What does something once, over and over.
pub type Call = Box<dyn FnMut() + Send>;

/// What makes a [`Call`], once for each thread.
pub type Start = Box<dyn Fn() -> Call + Sync>;

/// What a kernel does, for the limit it is compared with.
#[derive(Clone, Copy)]
pub enum Work {
    /// Multiply–adds.
    MultiplyAdds(u64),
    /// Numbers of four bytes read, and others written (or changed in place).
    Moved {
        /// Read alone.
        read: usize,
        /// Written, which counts twice: a cache line is read before it is written.
        written: usize,
    },
}

impl Work {
    /// Multiply–adds, or bytes.
    pub fn amount(self) -> f64 {
        match self {
            Self::MultiplyAdds(count) => count as f64,
            Self::Moved { read, written } => 4.0 * (read + 2 * written) as f64,
        }
    }
}

/// What threads do where there are several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each runs the kernel on memory of its own, as the samples of a batch are spread over them.
    Each,
    /// They share the work of one call.
    Together,
}

impl Benchmark {
    /// A kernel that each thread runs.
    pub fn new(
        [kernel, pass]: [&'static str; 2],
        shape: String,
        work: Work,
        start: impl Fn() -> Call + Sync + 'static,
    ) -> Self {
        Self { kernel, shape, pass, work, scope: Scope::Each, start: Box::new(start), without: None }
    }

    /// Threads share the work.
    pub fn together(self) -> Self {
        Self { scope: Scope::Together, ..self }
    }

    /// The time of this part does not count.
    pub fn without(self, part: impl Fn() -> Call + Sync + 'static) -> Self {
        Self { without: Some(Box::new(part)), ..self }
    }

    /// What the table calls it.
    pub fn line(&self) -> String {
        format!("{:<14} {:<34} {:<15}", self.kernel, self.shape, self.pass)
    }
}

/// The work of a kernel that reads so many numbers, and writes others (or changes them in place).
pub fn moved(read: usize, written: usize) -> Work {
    Work::Moved { read, written }
}

/// A block of numbers.
pub struct Numbers {
    buffer: Buffer<f32>,
    start: usize,
}

/// Numbers between -0.5 and 0.5.
///
/// Each block starts at another place of its page, thirteen cache lines before the last one's. Where a program happens to
/// have all blocks at the same place, a load may wait for a store to the same place of another page, and times jump.
pub fn numbers(len: usize) -> Numbers {
    static START: AtomicUsize = AtomicUsize::new(0);
    const PAGE: usize = 1024;
    let start = START.fetch_add(PAGE - 13 * 16, Ordering::Relaxed) % PAGE;
    let mut numbers = Numbers { buffer: Buffer::zeros(start + len), start };
    let mut state = 1_u32;
    for number in numbers.iter_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); // Numerical Recipes
        *number = (state >> 8) as f32 / (1 << 24) as f32 - 0.5;
    }
    numbers
}

impl Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer[self.start..]
    }
}

impl DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer[self.start..]
    }
}
