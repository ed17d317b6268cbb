//! Once warm, neither prediction nor training touches the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use nn_core::data::Order;
use nn_core::train::Step;
use nn_core::train::callback::{Callback, Run};
use nn_core::train::loss::scaled;
use nn_core::{
    Adam, Batch, CrossEntropy, Error, MeanSquaredError, Network, Trainer, Training, Workspace, network, shape,
};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

network! {
    struct Deep = [3, 16, 16] -> conv(8, 3, pad = same, bias = false) -> bn -> relu
        -> residual(conv(8, 3, pad = same) -> bn -> relu -> conv(8, 3, pad = same) -> bn) -> relu
        -> concat(conv(4, 1) | pool(3, stride = 1, pad = 1)) -> conv(16, 3) -> relu -> pool(2)
        -> dropout(0.2) -> affine(64) -> gelu -> layer_norm -> affine(10) -> softmax;
    struct Several(left: [20], right: [3 of 9]) = {
        let both = concat(left -> affine(30) | right -> embedding(8) -> attention(2) -> 2 * lstm(6) -> concat(last | mean)) -> relu;
        both -> affine(4) -> softmax, both -> affine(1)
    };
}

/// Allocations during `action`, by all threads.
fn allocations(mut action: impl FnMut()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    action();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// One test, so that nothing else allocates meanwhile.
#[test]
fn nothing_is_allocated_once_warm() {
    // First, as the threads of a pool that is dropped end when they come to it.
    choosing();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(predicting);
        pool.install(training);
        pool.install(with_a_trainer);
    }
}

fn predicting() {
    let net = Deep::new(1);
    let mut workspace = Workspace::new();
    for samples in [1, 300] {
        let inputs = Batch::<shape![3, 16, 16]>::zeros(samples);
        let mut outputs = Batch::<shape![10]>::zeros(samples);
        let mut predict = || net.predict_into(&inputs, &mut outputs, &mut workspace).expect("as many outputs");
        (0..10).for_each(|_| predict());
        assert_eq!(allocations(|| (0..10).for_each(|_| predict())), 0, "predicting {samples}");
    }
}

/// How many allocations there were before each step.
struct Allocations(Vec<usize>);

impl<N: Network> Callback<N> for Allocations {
    fn step(&mut self, _: &mut Run<'_, N>, _: &Step) -> Result<(), Error> {
        self.0.push(ALLOCATIONS.load(Ordering::Relaxed));
        Ok(())
    }
}

/// Several inputs and outputs with weights, from the second step of an epoch on.
fn with_a_trainer() {
    let (left, right) = (Batch::<shape![20]>::zeros(90), Batch::<shape![3 of 9]>::zeros(90));
    let (classes, values, weights) = ([2; 90], [0.5; 90], [0.5; 90]);
    let mut counts = Allocations(Vec::with_capacity(100));
    let mut trainer = Trainer::new(Adam::new(0.001))
        .loss((CrossEntropy, scaled(0.3, MeanSquaredError)))
        .batch_size(8)
        .callback(&mut counts);
    trainer.fit(&mut Several::new(1), ((&left, &right), (&classes, &values), &weights)).expect("valid");
    drop(trainer);
    assert_eq!(counts.0.len(), 12);
    assert!(counts.0[1..].iter().all(|&count| count == counts.0[1]), "{:?}", counts.0);
}

fn training() {
    let mut net = Deep::new(1);
    let mut adam = Adam::new(0.001);
    let mut training = Training::new(64).seed(1).with_input_gradients();
    for samples in [64, 17] {
        let inputs = Batch::<shape![3, 16, 16]>::zeros(samples);
        let labels: Vec<usize> = (0..samples).map(|i| i % 10).collect();
        let mut step = || {
            training.loss_and_gradients(&net, &inputs, &CrossEntropy, &labels).expect("a batch");
            training.step(&mut net, &mut adam).expect("a step");
        };
        (0..10).for_each(|_| step());
        assert_eq!(allocations(|| (0..10).for_each(|_| step())), 0, "training on {samples}");
    }
}

fn choosing() {
    let mut order = Order::new(1000, 1);
    order.shuffle(1);
    let mut batches = order.batches(64);
    assert_eq!(allocations(|| while batches.next().is_some() {}), 0, "choosing samples");
}
