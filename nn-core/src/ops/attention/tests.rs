//! Against the definition, pair by pair, and gradients against central differences.

use super::*;
use crate::ops::testing::{Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Steps;
use std::format;
use std::vec;
use std::vec::Vec;

/// A batch with all that goes into a layer.
#[derive(Clone)]
struct Batch<T> {
    d: Attention,
    /// The step that each sample of both sequences begins with, and the end.
    starts: [Vec<usize>; 2],
    x: Vec<T>,
    memory: Vec<T>,
    p: Vec<T>,
}

/// What a backward pass gives.
#[derive(Debug, PartialEq)]
struct Gradients<T> {
    x: Vec<T>,
    memory: Vec<T>,
    p: Vec<T>,
}

/// The steps of a sequence of these lengths, and where each begins. If they vary, it is the input of this number.
fn counted(lens: &[usize], input: usize) -> (Steps, Vec<usize>) {
    let most = lens.iter().copied().max().unwrap_or(1);
    let is_fixed = lens.iter().all(|len| *len == most);
    let mut starts = vec![0];
    lens.iter().for_each(|len| starts.push(starts[starts.len() - 1] + len));
    (Steps { count: most, varies: (!is_fixed).then_some(input) }, starts)
}

impl<T: Real> Batch<T> {
    /// Of samples with so many steps; `asked` are those of another sequence, if there is one.
    fn new([size, heads]: [usize; 2], lens: &[usize], asked: &[usize], causal: bool) -> Self {
        let ((steps, starts), (memory, asked_starts)) = (counted(lens, 0), counted(asked, 1));
        let d = Attention { steps, memory: (!asked.is_empty()).then_some(memory), size, heads, causal };
        Self {
            d,
            x: numbers(lens.iter().sum::<usize>() * size, 1),
            memory: numbers(asked.iter().sum::<usize>() * size, 2),
            p: numbers(d.parameters(), 3),
            starts: [starts, asked_starts],
        }
    }

    fn samples(&self) -> usize {
        self.starts[0].len() - 1
    }

    /// What memory is counted by.
    fn units(&self) -> usize {
        if self.d.per_step() { self.starts[0][self.samples()] } else { self.samples() }
    }

    fn inputs(&self) -> Vec<&[T]> {
        let memory = self.d.memory.map(|_| &self.memory[..]);
        [&self.x[..]].into_iter().chain(memory).collect()
    }

    /// The output, and what is saved if `saves`.
    fn forward(&self, saves: bool) -> (Vec<T>, Vec<T>) {
        let (d, nine) = (&self.d, T::from_f64(9.0));
        let mut y = vec![nine; self.x.len()];
        let mut saved = vec![nine; if saves { self.units() * d.saved() } else { 0 }];
        let mut scratch = vec![nine; self.units() * d.scratch()];
        let starts = self.starts.each_ref().map(Vec::as_slice);
        d.forward(Forward {
            inputs: &self.inputs(),
            outputs: &mut [&mut y],
            saved: &mut saved,
            scratch: &mut scratch,
            ..Forward::new(&Pass::training(self.samples(), 0, 0).starts(&starts), 0, &self.p[..])
        });
        (y, saved)
    }

    /// The gradients of a loss whose gradient with respect to the output is this.
    fn backward(&self, dy: &[T]) -> Gradients<T> {
        let (d, nine) = (&self.d, T::from_f64(9.0));
        let (_, mut saved) = self.forward(true);
        let [mut x, mut memory, mut p] = [&self.x, &self.memory, &self.p].map(|numbers| vec![nine; numbers.len()]);
        let mut input_gradients: Vec<&mut [T]> = vec![&mut x];
        input_gradients.extend(d.memory.map(|_| &mut memory[..]));
        let starts = self.starts.each_ref().map(Vec::as_slice);
        d.backward(Backward {
            inputs: &self.inputs(),
            output_gradients: &mut [&mut dy.to_vec()],
            input_gradients: &mut input_gradients,
            parameter_gradients: &mut p,
            saved: &mut saved,
            scratch: &mut vec![nine; self.units() * d.scratch_backward()],
            ..Backward::new(&Pass::training(self.samples(), 0, 0).starts(&starts), 0, &self.p)
        });
        Gradients { x, memory, p }
    }

    fn wide(&self) -> Batch<f64> {
        let Self { d, starts, x, memory, p } = self;
        Batch { d: *d, starts: starts.clone(), x: wide(x), memory: wide(memory), p: wide(p) }
    }
}

/// Query by query and head by head.
fn naive(batch: &Batch<f64>) -> Vec<f64> {
    let Attention { size, heads, causal, memory, .. } = batch.d;
    let (of_projection, of_output) = batch.p.split_at(batch.d.projection().parameters());
    let dense = |x: &[f64], p: &[f64], column: usize, columns: usize| {
        let sum: f64 = x.iter().enumerate().map(|(i, x)| x * p[i * columns + column]).sum();
        sum + p[size * columns + column]
    };
    let (other, asked) =
        if memory.is_some() { (&batch.memory, &batch.starts[1]) } else { (&batch.x, &batch.starts[0]) };
    let mut y = Vec::new();
    for sample in 0..batch.samples() {
        let (first, keys) = (batch.starts[0][sample], asked[sample]..asked[sample + 1]);
        for step in first..batch.starts[0][sample + 1] {
            let seen = if causal { keys.start..keys.start + step - first + 1 } else { keys.clone() };
            let row = |rows: &[f64], row: usize| rows[row * size..][..size].to_vec();
            let mut mixed = vec![0.0; size];
            for head in 0..heads {
                let units = head * size / heads..(head + 1) * size / heads;
                let score = |key: usize| {
                    let pair = |unit| {
                        let query = dense(&row(&batch.x, step), of_projection, unit, 3 * size);
                        query * dense(&row(other, key), of_projection, size + unit, 3 * size)
                    };
                    units.clone().map(pair).sum::<f64>() / (units.len() as f64).sqrt()
                };
                let shares: Vec<f64> = seen.clone().map(|key| score(key).exp()).collect();
                let total: f64 = shares.iter().sum();
                for (key, share) in seen.clone().zip(shares) {
                    for unit in units.clone() {
                        let value = dense(&row(other, key), of_projection, 2 * size + unit, 3 * size);
                        mixed[unit] += share / total * value;
                    }
                }
            }
            y.extend((0..size).map(|unit| dense(&mixed, of_output, unit, size)));
        }
    }
    y
}

/// Size and heads, steps of each sample, steps of another sequence if there is one, and whether it is causal.
type Case = ([usize; 2], &'static [usize], &'static [usize], bool);

/// Calls `body` with what each case is in words, and its sizes.
fn each_case(mut body: impl FnMut(&str, [usize; 2], &[usize], &[usize], bool)) {
    let cases: [Case; 12] = [
        ([1, 1], &[1], &[], false),
        ([1, 1], &[3, 3], &[], true),
        ([4, 2], &[5, 5, 5], &[], false),
        ([4, 4], &[5, 2, 1, 7], &[], false),
        ([6, 2], &[5, 2, 1, 7], &[], true),
        ([16, 1], &[17], &[], true),
        ([34, 2], &[18, 18], &[], false),
        ([40, 5], &[33, 1, 6], &[], true),
        ([4, 2], &[5, 5], &[3, 3], false),
        ([6, 3], &[4, 1, 2], &[1, 6, 3], false),
        ([6, 2], &[4, 4, 4], &[1, 6, 3], false),
        ([18, 2], &[4, 20, 1], &[17, 17, 17], false),
    ];
    for (sizes, lens, asked, causal) in cases {
        body(&format!("{sizes:?}, {lens:?} over {asked:?}, causal {causal}"), sizes, lens, asked, causal);
    }
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        each_case(|what, sizes, lens, asked, causal| {
            let batch = Batch::<f32>::new(sizes, lens, asked, causal);
            let (y, _) = batch.forward(false);
            failures.compare(&format!("{what} on {isa:?}"), &y, &naive(&batch.wide()), 1e-5);
            failures.require(batch.forward(true).0 == y, &format!("{what}: training, on {isa:?}"));
        });
    });
    failures.report();
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    each_case(|what, sizes, lens, asked, causal| {
        if sizes[0] > 20 {
            return;
        }
        let batch = Batch::<f64>::new(sizes, lens, asked, causal);
        let dy = numbers(batch.x.len(), 5);
        let found = batch.backward(&dy);
        let mut other = batch.clone();
        failures.check_gradient(&format!("dx of {what}"), &found.x, &batch.x, |x| {
            other.x.copy_from_slice(x);
            dot(&other.forward(false).0, &dy)
        });
        let mut other = batch.clone();
        failures.check_gradient(&format!("dp of {what}"), &found.p, &batch.p, |p| {
            other.p.copy_from_slice(p);
            dot(&other.forward(false).0, &dy)
        });
        let mut other = batch.clone();
        failures.check_gradient(&format!("memory of {what}"), &found.memory, &batch.memory, |memory| {
            other.memory.copy_from_slice(memory);
            dot(&other.forward(false).0, &dy)
        });
    });
    failures.report();
}

#[test]
fn single_precision_is_near() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        each_case(|what, sizes, lens, asked, causal| {
            let batch = Batch::<f32>::new(sizes, lens, asked, causal);
            let dy = numbers::<f32>(batch.x.len(), 5);
            let (found, expected) = (batch.backward(&dy), batch.wide().backward(&wide(&dy)));
            failures.compare(&format!("dx of {what} on {isa:?}"), &found.x, &expected.x, 2e-5);
            failures.compare(&format!("dp of {what} on {isa:?}"), &found.p, &expected.p, 2e-5);
            failures.compare(&format!("memory of {what} on {isa:?}"), &found.memory, &expected.memory, 2e-5);
        });
    });
    failures.report();
}

#[test]
fn threads_change_no_bit() {
    let lens: Vec<usize> = (0..60).map(|i| 1 + i * 7 % 23).collect();
    let asked: Vec<usize> = (0..60).map(|i| 1 + i * 5 % 19).collect();
    for (asked, causal) in [(&[][..], false), (&[][..], true), (&asked[..], false)] {
        let batch = Batch::<f32>::new([48, 3], &lens, asked, causal);
        let dy = numbers(batch.x.len(), 5);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| (batch.forward(false).0, batch.backward(&dy)))
        };
        let one = on(1);
        assert!(one == on(2) && one == on(3), "{} asked, causal {causal}", asked.len());
    }
}

/// What stands behind a step changes nothing of it, and neither do other samples.
#[test]
fn a_causal_step_sees_no_later_one() {
    let batch = Batch::<f32>::new([32, 4], &[40, 40], &[], true);
    let (whole, _) = batch.forward(false);
    for len in [1, 7, 16, 39] {
        let mut begun = Batch::<f32>::new([32, 4], &[len], &[], true);
        begun.x.copy_from_slice(&batch.x[..len * 32]);
        let mut failures = Failures::default();
        failures.compare("begun", &begun.forward(false).0, &wide(&whole[..len * 32]), 2e-6);
        failures.report();
    }
}

#[test]
fn large_scores_do_not_overflow() {
    let mut batch = Batch::<f32>::new([4, 2], &[6], &[], false);
    batch.p.iter_mut().for_each(|p| *p *= 1e4);
    assert!(batch.forward(false).0.iter().all(|y| y.is_finite()));
}

#[test]
fn no_samples_leave_no_gradient() {
    let (d, starts) = (Batch::<f32>::new([4, 2], &[3, 1], &[], false).d, [vec![0], vec![0]]);
    let batch = Batch::<f32> { d, starts, x: Vec::new(), memory: Vec::new(), p: numbers(d.parameters(), 3) };
    assert!(batch.backward(&[]).p.iter().all(|number| *number == 0.0));
}
