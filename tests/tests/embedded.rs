//! Networks that are part of the program predict what the same networks predict that were loaded from their files.

#![forbid(unsafe_code)]

use nn_core::run::Run;
use nn_core::shape::Shape;
use nn_core::{Adam, Batch, BatchView, CrossEntropy, Layer, Network, Real, Training, network, shape};

/// `2x`.
pub struct Double;

impl<T: Real> Layer<T> for Double {
    type Input = shape![2];
    type Output = shape![2];

    fn forward(_: &Run, _: &[T], x: &[T], y: &mut [T], _: &mut [T]) {
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = x + x);
    }

    fn backward(
        _: &Run,
        _: &[T],
        _: &[T],
        _: &[T],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        _: &mut [T],
        _: &mut [T],
        _: &mut [u32],
        _: &mut [T],
    ) {
        dx.into_iter().flatten().zip(dy).for_each(|(dx, &mut dy)| *dx = dy + dy);
    }
}

network! {
    block basic(channels) =
        residual(
            conv(channels, 3, pad = same, bias = false) -> batch_norm -> relu
                -> conv(channels, 3, pad = same, bias = false) -> batch_norm
        ) -> relu;

    #[weights("fixtures/residual_state_dict.safetensors")]
    struct Residual =
        [3, 8, 8] -> stem: conv(4, 3, pad = 1) -> batch_norm -> relu
            -> layer1: 2 * basic(4)
            -> global_avg_pool -> affine(5) -> softmax;

    struct Encoder = [4] -> affine(3) -> relu -> affine(2);

    /// With a part, and with a layer that is declared elsewhere but has no parameters.
    #[weights("ui/weights/parts.safetensors")]
    struct Parts = [4] -> encoder: Encoder -> [2] -> Double -> [2] -> head: affine(2, bias = false);

    // Compressed, and outside of the crate.
    #[weights("../examples/weights/clothes.safetensors.gz")]
    pub struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

static RESIDUAL: &Residual = Residual::embedded();
const CLOTHES: &Clothes = Clothes::embedded();

/// Numbers that look random.
fn inputs<S: Shape>(samples: usize) -> Vec<f32> {
    (0..samples * S::LEN).map(|i| (i * 7919 % 251) as f32 / 251.0).collect()
}

fn same_predictions<N, I, O>(embedded: &N, file: &str)
where
    I: Shape,
    O: Shape,
    N: Network<Scalar = f32, Inputs = (I,), Outputs = (O,)>,
{
    let loaded = N::load(file).expect("the file that was embedded");
    assert_eq!(embedded.block(), loaded.block());
    for samples in [1, 3, 40] {
        let inputs = inputs::<I>(samples);
        let inputs = BatchView::<I>::from_slice(&inputs).expect("whole samples");
        let predict = |net: &N| net.predict(inputs).expect("one input");
        assert_eq!(predict(embedded).as_slice(), predict(&loaded).as_slice(), "{samples} samples");
    }
}

#[test]
fn an_embedded_network_is_the_loaded_one() {
    same_predictions(RESIDUAL, "fixtures/residual_state_dict.safetensors");
    same_predictions(CLOTHES, "../examples/weights/clothes.safetensors.gz");
    same_predictions(Parts::embedded(), "ui/weights/parts.safetensors");
    assert!(CLOTHES.block().as_ptr().addr().is_multiple_of(64));
    assert!(std::ptr::eq(CLOTHES, Clothes::embedded()) && std::ptr::eq(RESIDUAL.block(), Residual::embedded().block()));
}

#[test]
fn a_copy_of_an_embedded_network_is_trained() {
    let mut net = RESIDUAL.clone();
    let inputs = Batch::<shape![3, 8, 8]>::from_slice(&inputs::<shape![3, 8, 8]>(4)).expect("whole samples");
    let mut training = Training::new(4);
    training.loss_and_gradients(&net, &inputs, &CrossEntropy, &[0, 1, 2, 3]).expect("labels of the network");
    training.step(&mut net, &mut Adam::new(0.01)).expect("a step");
    assert_ne!(net.block(), RESIDUAL.block());
}
