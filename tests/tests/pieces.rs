//! One sample on several threads, and what a workspace keeps from one prediction to the next.

use nn_core::shape::Shape;
use nn_core::{Batch, Network, Workspace, network, shape};

network! {
    /// Pieces of every kind: pooled windows that overlap, strides, dilation, groups, padding, a map of one row.
    struct Odd = [3, 33, 31]
        -> conv(17, 5, pad = 2) -> relu -> pool(3, stride = 2, pad = 1)
        -> conv(32, 3, pad = 1) -> tanh -> pool(3, stride = 2)
        -> conv(34, 3, pad = 2, dilation = 2, groups = 2) -> relu
        -> conv(64, [3, 1], stride = [2, 1], pad = [1, 0]) -> gelu
        -> conv(64, 3, pad = 2) -> conv(96, [6, 4]) -> relu
        -> affine(40) -> softmax;

    block basic(channels) = residual(
        conv(channels, 3, pad = 1, bias = false) -> bn -> relu -> conv(channels, 3, pad = 1) -> bn
    ) -> relu;

    struct Inner = [16, 20, 20] -> basic(16) -> conv(32, 3, stride = 2, pad = 1) -> bn -> relu;

    /// Normalised convolutions, and a network within.
    struct Residual = [16, 20, 20] -> basic(16) -> Inner -> [32, 10, 10] -> basic(32) -> global_avg_pool -> affine(10);
}

/// Numbers that look random, the same everywhere.
fn noise<S: Shape<Element<f32> = f32>>(samples: usize) -> Batch<S> {
    let mut batch = Batch::zeros(samples);
    for (i, x) in batch.as_mut_slice().iter_mut().enumerate() {
        *x = ((i * 7919 + i * i * 31) % 1009) as f32 / 504.5 - 1.0;
    }
    batch
}

/// Runs `action` in a pool of so many threads.
fn on<R: Send>(threads: usize, action: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(action)
}

/// Predicts few samples on few and many threads, together and each alone.
macro_rules! threads_change_no_bit {
    ($net:ty, $input:ty, $output:ty) => {
        let net = <$net>::new(3);
        let inputs = noise::<$input>(5);
        let together = on(1, || net.predict(&inputs)).expect("a batch");
        for threads in [1, 2, 3, 8, 20] {
            let mut workspace = Workspace::new();
            // Twice, as the second time nothing is prepacked.
            for samples in [1, 2, 2, 5, 5, 1] {
                let some = inputs.view().range(0..samples);
                let mut found = Batch::<$output>::zeros(samples);
                on(threads, || net.predict_into(some, &mut found, &mut workspace)).expect("as many outputs");
                let expected = together.view().range(0..samples);
                assert_eq!(found.as_slice(), expected.as_slice(), "{samples} on {threads} threads");
            }
        }
        // By the calling thread, which asks the pool for help.
        assert_eq!(
            net.predict(inputs.view().range(0..1)).expect("one").as_slice(),
            together.view().range(0..1).as_slice()
        );
    };
}

#[test]
fn one_sample_in_pieces() {
    const { assert!(Odd::<f32>::MULTIPLY_ADDS > 1 << 20 && Residual::<f32>::MULTIPLY_ADDS > 1 << 20) };
    threads_change_no_bit!(Odd, shape![3, 33, 31], shape![40]);
    threads_change_no_bit!(Residual, shape![16, 20, 20], shape![10]);
}

#[test]
fn a_workspace_follows_the_parameters() {
    let input = noise::<shape![16, 20, 20]>(1);
    let mut workspace = Workspace::new();
    let mut predict = |net: &Residual| {
        let mut found = Batch::<shape![10]>::zeros(1);
        net.predict_into(&input, &mut found, &mut workspace).expect("as many outputs");
        assert_eq!(found, net.predict(&input).expect("one sample"), "in a new workspace");
        found
    };
    let (mut net, other) = (Residual::new(1), Residual::new(2));
    let (first, second) = (predict(&net), predict(&other));
    assert_ne!(first, second);
    assert_eq!(predict(&net), first);
    // The same numbers elsewhere, and then others in their place.
    let copy = net.clone();
    assert_eq!(predict(&copy), first);
    net.block_mut().copy_from_slice(other.block());
    assert_eq!(predict(&net), second);
    assert_eq!(predict(&copy), first);
    drop(copy);
    net = Residual::from_parameters(Residual::new(1).storage().clone());
    assert_eq!(predict(&net), first);
}
