//! Every construct of the language, as far as the names, sizes and outputs of what it becomes.

use nn_core::parameters::flatten;
use nn_core::{Batch, Network, network, shape};

network! {
    const WIDTH = 4;
    const LATENT = 2 * (WIDTH + 1);

    /// Two convolutions around which the input passes.
    block basic(channels, stride = 1) =
        add(
            conv(channels, 3, stride = stride, pad = 1, bias = false) -> bn -> relu
                -> conv(channels, 3, pad = same, bias = false) -> bn
            | shortcut: conv(channels, 1, stride = stride)
        ) -> relu;

    /// Blocks, labels and repeats.
    pub struct Deep =
        [1, 8, 8] -> stem: conv(WIDTH, 3, pad = same) -> layer1: 2 * basic(WIDTH) -> basic(2 * WIDTH, stride = 2)
            -> [8, 4, 4] -> global_avg_pool -> fc: affine(3) -> softmax;

    /// Two inputs, two outputs, named values.
    pub struct Two(image: [1, 6, 6], noise: [5]) = {
        let seen = image -> conv(2, 3) -> relu;
        let both = concat(seen -> flatten | noise -> 2 * (affine(5) -> tanh));
        both -> affine(3) -> log_softmax,
        seen -> affine(1) -> sigmoid,
    };

    /// Shapes in every direction.
    pub struct Shapes =
        [6, 4, 4] -> reshape([4, 4, 6]) -> conv(2, [3, 1], pad = [1, 0], dilation = 1) -> avg_pool(2, ceil = true)
            -> reshape([12]) -> mul(id | sigmoid) -> reshape([3, 2, 2]) -> layer_norm -> residual(gelu) -> pool(1) -> reshape([2, 3, 2]);

    struct Generator = [LATENT] -> affine(36) -> tanh;
    struct Judge(picture: [36]) = picture -> affine(1) -> sigmoid;
    /// Networks by path.
    pub struct Gan = Generator -> [36] -> judge: Judge -> [1];
}

/// The names of the weights, without those of normalisations and biases.
fn weights<N: Network>() -> Vec<String> {
    let labels = flatten(N::ENTRIES).into_iter().map(|segment| segment.label);
    let weights = labels.filter_map(|label| label.strip_suffix(".weight").map(str::to_owned));
    weights.filter(|label| !label.contains("batch_norm")).collect()
}

#[test]
fn labels_nest() {
    let expected = [
        "stem",
        "layer1.0.conv1",
        "layer1.0.conv2",
        "layer1.0.shortcut",
        "layer1.1.conv1",
        "layer1.1.conv2",
        "layer1.1.shortcut",
        "basic1.conv1",
        "basic1.conv2",
        "basic1.shortcut",
        "fc",
    ];
    assert_eq!(weights::<Deep>(), expected);
    assert_eq!(weights::<Two>(), ["conv1", "affine1", "affine2", "affine3", "affine4"]);
    assert_eq!(weights::<Gan>(), ["generator1.affine1", "judge.affine1"]);
}

#[test]
fn sizes_follow_from_numbers() {
    assert_eq!(Generator::<f32>::PARAMETERS, 10 * 36 + 36);
    assert_eq!(Gan::<f32>::PARAMETERS, Generator::<f32>::PARAMETERS + 37);
}

#[test]
fn every_output_is_given() {
    let two = Two::new(1);
    let (image, noise) = (Batch::<shape![1, 6, 6]>::zeros(3), Batch::<shape![5]>::zeros(3));
    let (classes, judgement) = two.predict((&image, &noise)).expect("three samples each");
    assert_eq!((classes.samples(), judgement.samples()), (3, 3));
    let sum: f32 = classes.as_slice().iter().map(|log| log.exp()).sum();
    assert!((sum - 3.0).abs() < 1e-5, "{sum}");
    let deep = Deep::new(1).predict(&Batch::zeros(2)).expect("two samples");
    assert!((deep.as_slice().iter().sum::<f32>() - 2.0).abs() < 1e-5);
}

#[test]
fn a_reshape_keeps_the_order_of_the_language() {
    network! {
        struct Turned = [6, 4, 5] -> pool(1) -> reshape([4, 5, 6]) -> pool(1) -> reshape([2, 60]) -> reshape([3, 8, 5]) -> pool(1);
    }
    let numbers: Vec<f32> = (0..240).map(|i| i as f32).collect();
    let mut batch = Batch::<shape![6, 4, 5]>::zeros(2);
    batch.as_mut_slice().copy_from_slice(&numbers);
    assert_eq!(Turned::new(0).predict(&batch).expect("two samples").as_slice(), numbers);
}
