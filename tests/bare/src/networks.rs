//! What the program with a standard library and the one without predict: a network that has learnt, and every layer.

use nn_core::parameters::Parameters;
use nn_core::{Network, network};

network! {
    #[weights("../../examples/weights/clothes.safetensors.gz")]
    pub struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    block basic(channels) =
        residual(
            conv(channels, 3, pad = same, bias = false) -> batch_norm -> relu
                -> conv(channels, 3, pad = same, bias = false) -> batch_norm
        ) -> relu;

    struct Windows =
        [3, 9, 9] -> conv(4, 3, pad = 1) -> batch_norm -> relu -> 2 * basic(4)
            -> pool(3, stride = 2, pad = 1) -> conv(8, 3, pad = same, groups = 2) -> tanh -> avg_pool(2, stride = 1)
            -> conv(8, [3, 1], pad = [1, 0], groups = 8) -> sigmoid -> conv(5, 1, stride = 2) -> global_avg_pool;

    struct Others(map: [4, 6, 6], row: [4]) = {
        let both = map -> concat(conv(3, 1) -> gelu -> resize([4, 5], bilinear) -> upsample(2) -> crop([6, 6]) | pool(3, stride = 1, pad = 1)) -> silu -> layer_norm;
        both -> reshape([6, 42]) -> leaky_relu(0.1) -> Inner -> [3] -> dropout(0.5) -> log_softmax,
        mul(both -> affine(4) | row) -> add(id | affine(4) | id) -> softmax
    };

    struct Sequences = {
        let (all, end) = [5, 3] -> concat(rnn(4) | lstm(4, reverse = true)) -> gru(6);
        concat(all -> layer_norm -> attention(2, causal = true) -> each(affine(3)) -> last | all -> mean | end)
    };

    struct Further = [6, 7, 6] -> conv(6, 3, pad = [[0, 1], [1, 0]]) -> group_norm(3) -> mul(id | global_pool -> sigmoid)
        -> channel_shuffle(2) -> lrn(3) -> pool(2, stride = 1, dilation = 2) -> transpose -> adaptive_avg_pool([3, 2])
        -> sub(instance_norm | rms_norm) -> max(adaptive_pool([3, 2]) | id);

    struct Regions(map: [3, 6, 6], boxes: [2, 4]) = {
        let regions = map -> roi_align(2, boxes = boxes);
        add(regions | map -> roi_pool(2, boxes = boxes)) -> each(affine(3))
    };

    struct Inner = [6, 42] -> flatten -> affine(3, bias = false);
}

/// The first test picture of Fashion-MNIST, after a header of 13 bytes.
const BOOT: &[u8; 13 + 784] = include_bytes!("../../../examples/embed/pictures/boot.pgm");

/// `N` numbers of no meaning between 0.05 and 0.3.
const fn numbers<const N: usize>() -> [f32; N] {
    let mut numbers = [0.0; N];
    let mut i = 0;
    while i < N {
        numbers[i] = 0.05 + (i * 7919 % 251) as f32 / 1004.0;
        i += 1;
    }
    numbers
}

static WINDOWS: [f32; Windows::PARAMETERS] = numbers();
static SEQUENCES: [f32; Sequences::PARAMETERS] = numbers();
static FURTHER: [f32; Further::PARAMETERS] = numbers();
static REGIONS: [f32; Regions::PARAMETERS] = numbers();
static OTHERS: [f32; Others::PARAMETERS] = numbers();

/// Hands out what all networks predict, and returns the class that the picture is found to be of.
pub fn predict(mut write: impl FnMut(&[f32])) -> usize {
    let mut picture = [0.0; 784];
    for (number, &byte) in picture.iter_mut().zip(&BOOT[13..]) {
        *number = f32::from(byte) / 255.0;
    }
    let classes = Clothes::embedded().predict_one(&picture, &mut Clothes::workspace());
    write(&classes);

    let windows = Windows::from_parameters(Parameters::from_static(&WINDOWS));
    write(&windows.predict_one(&numbers(), &mut Windows::workspace()));

    let others = Others::from_parameters(Parameters::from_static(&OTHERS));
    let (first, second) = others.predict_one(&numbers(), &numbers(), &mut Others::workspace());
    write(&first);
    write(&second);

    let further = Further::from_parameters(Parameters::from_static(&FURTHER));
    write(&further.predict_one(&numbers(), &mut Further::workspace()));

    let sequences = Sequences::from_parameters(Parameters::from_static(&SEQUENCES));
    write(&sequences.predict_one(&numbers(), &mut Sequences::workspace()));

    let regions = Regions::from_parameters(Parameters::from_static(&REGIONS));
    write(&regions.predict_one(&numbers(), &numbers(), &mut Regions::workspace()));

    let best = |best: (usize, f32), output: (usize, f32)| if output.1 > best.1 { output } else { best };
    (0..).zip(classes).fold((0, 0.0), best).0
}
