//! Networks that are part of the program predict what the same networks predict that were loaded from their files.

#![forbid(unsafe_code)]

use nn_core::data::Normalisation;
use nn_core::layer::{Backward, Forward};
use nn_core::parameters::{Int8, flatten};
use nn_core::shape::Shape;
use nn_core::weights::{Precision, round};
use nn_core::{
    Adam, Batch, BatchView, CrossEntropy, Layer, Network, PredictError, Real, Training, Workspace, network, normalise,
    shape,
};

/// `2x`.
pub struct Double;

impl<T: Real> Layer<T> for Double {
    type Input = shape![2];
    type Output = shape![2];

    fn forward(call: Forward<'_, T>) {
        call.outputs[0].iter_mut().zip(call.inputs[0]).for_each(|(y, &x)| *y = x + x);
    }

    fn backward(call: Backward<'_, T>) {
        call.input_gradients[0].iter_mut().zip(&*call.output_gradients[0]).for_each(|(dx, &dy)| *dx = dy + dy);
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

    /// With other names than in the file.
    #[weights("ui/weights/right.safetensors", rename("affine1" -> "first", "affine2" -> "rest.second"))]
    struct Renamed = [4] -> first: affine(3) -> relu -> "rest.second": affine(2);

    #[weights("ui/weights/normalised.safetensors")]
    struct Normalised = [4] -> affine(3) -> relu -> affine(2);

    #[weights("ui/weights/normalised.safetensors", precision = f16)]
    struct NormalisedF16 = [4] -> affine(3) -> relu -> affine(2);

    #[weights("fixtures/residual_state_dict.safetensors", precision = f16)]
    struct ResidualF16 =
        [3, 8, 8] -> stem: conv(4, 3, pad = 1) -> batch_norm -> relu
            -> layer1: 2 * basic(4)
            -> global_avg_pool -> affine(5) -> softmax;

    #[weights("../examples/weights/clothes.safetensors.gz", precision = f16)]
    struct ClothesF16 =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    #[weights("../examples/weights/clothes.safetensors.gz", precision = bf16)]
    struct ClothesBf16 =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    #[weights("../examples/weights/clothes.safetensors.gz", precision = int8)]
    struct ClothesInt8 =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

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
    I: Shape<Element<f32> = f32>,
    O: Shape<Element<f32> = f32>,
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
    let original = Encoder::<f32>::load("ui/weights/right.safetensors").expect("a file with its own names");
    assert_eq!(Renamed::embedded().block(), original.block());
    assert!(CLOTHES.block().as_ptr().addr().is_multiple_of(64));
    assert!(std::ptr::eq(CLOTHES, Clothes::embedded()) && std::ptr::eq(RESIDUAL.block(), Residual::embedded().block()));
}

#[test]
fn an_embedded_network_knows_its_normalisation() {
    let normalisation = Normalisation::load("ui/weights/normalised.safetensors").expect("a file with one");
    let channels = Normalised::NORMALISATION;
    assert_eq!((channels, channels), (normalisation.channels(), NormalisedF16::NORMALISATION));
    let raw = [0.4_f32, 1.5, 800.0, -3.0];
    let mut sample = raw;
    normalise(channels, &mut sample);
    for (found, expected) in sample.iter().zip([1.0, 1.0, -2.0, -3.0]) {
        assert!((found - expected).abs() < 1e-6, "{sample:?}");
    }
    let mut on_heap = raw;
    normalisation.apply(&mut on_heap).expect("four columns");
    assert_eq!(on_heap, sample);
    assert!(normalisation.apply(&mut [0.0_f32; 5]).is_err(), "five columns");
    let none = Normalisation::load("ui/weights/right.safetensors").expect_err("a file without one").to_string();
    assert!(none.contains("no entry `normalisation`"), "{none}");
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

static NARROW: &ClothesInt8<Int8> = ClothesInt8::embedded();

/// Compares the predictions of a network whose weights are narrow with those of the loaded one, its weights rounded alike.
fn predicts_as_rounded<N, I, O>(
    precision: Precision,
    file: &str,
    bytes: usize,
    narrow: impl Fn(&Batch<I>) -> Result<Batch<O>, PredictError>,
) where
    I: Shape<Element<f32> = f32>,
    O: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (I,), Outputs = (O,)>,
{
    let mut rounded = N::load(file).expect("the file that was embedded");
    let after = round(precision, &flatten(<N as Network>::ENTRIES), rounded.block_mut()).expect("small weights");
    assert_eq!(after.bytes, bytes);
    for samples in [1, 3, 40] {
        let inputs = Batch::<I>::from_slice(&inputs::<I>(samples)).expect("whole samples");
        let (found, expected) = (narrow(&inputs).expect("one input"), rounded.predict(&inputs).expect("one input"));
        for (found, expected) in found.as_slice().iter().zip(expected.as_slice()) {
            assert!((found - expected).abs() < 1e-5, "{precision:?}: {found}, not {expected}");
        }
    }
}

#[test]
fn a_narrow_network_is_the_rounded_one() {
    let (residual, clothes) =
        ("fixtures/residual_state_dict.safetensors", "../examples/weights/clothes.safetensors.gz");
    predicts_as_rounded::<ResidualF16, _, _>(Precision::F16, residual, ResidualF16::WEIGHTS_BYTES, |inputs| {
        ResidualF16::embedded().predict(inputs)
    });
    predicts_as_rounded::<ClothesF16, _, _>(Precision::F16, clothes, ClothesF16::WEIGHTS_BYTES, |inputs| {
        ClothesF16::embedded().predict(inputs)
    });
    predicts_as_rounded::<ClothesBf16, _, _>(Precision::Bf16, clothes, ClothesBf16::WEIGHTS_BYTES, |inputs| {
        ClothesBf16::embedded().predict(inputs)
    });
    predicts_as_rounded::<ClothesInt8, _, _>(Precision::Int8, clothes, ClothesInt8::WEIGHTS_BYTES, |inputs| {
        ClothesInt8::embedded().predict(inputs)
    });
}

#[test]
fn a_narrow_network_predicts_in_every_way() {
    let input: [f32; 784] = std::array::from_fn(|i| (i % 7) as f32 / 7.0);
    let mut workspace = ClothesInt8::workspace();
    let one = NARROW.predict_one(&input, &mut workspace);
    let batch = BatchView::<shape![1, 28, 28]>::from_slice(&input).expect("one sample");
    assert_eq!(NARROW.predict(batch).expect("one input").as_slice(), one);
    let mut into = Batch::zeros(1);
    NARROW.predict_into(batch, &mut into, &mut Workspace::new()).expect("one sample");
    assert_eq!(into.as_slice(), one);
    let mut memory = [0.0; 10];
    NARROW.predict_in(batch, [&mut memory], &mut *workspace).expect("enough workspace");
    assert_eq!(memory, one);
}
