//! The networks, and what each is fed with.

#![allow(deprecated, reason = "the textbook's deep network ends in dropout")]

use nn_core::network;

use crate::measure::{Measure, rates};

network! {
    /// The textbook's first network.
    struct Fashion784x128x10 = [784] -> affine(128) -> relu -> affine(10);

    /// The same, smaller.
    struct TwoLayer784x50x10 = [784] -> affine(50) -> relu -> affine(10);

    /// Four hidden layers.
    struct MultiLayer784x100x10 = [784] -> 4 * (affine(100) -> relu) -> affine(10);

    /// The textbook's convolution network.
    struct SimpleConv = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10);

    /// Its deep one.
    struct DeepConv = [1, 28, 28]
        -> conv(16, 3, pad = 1) -> relu -> conv(16, 3, pad = 1) -> relu -> pool(2)
        -> conv(32, 3, pad = 1) -> relu -> conv(32, 3, pad = 2) -> relu -> pool(2)
        -> conv(64, 3, pad = 1) -> relu -> conv(64, 3, pad = 1) -> relu -> pool(2)
        -> affine(50) -> relu -> dropout(0.5) -> affine(10) -> dropout(0.5);

    /// Two convolutions and the way around them.
    block basic(channels) =
        residual(
            conv(channels, 3, pad = 1, bias = false) -> batch_norm -> relu
                -> conv(channels, 3, pad = 1, bias = false) -> batch_norm
        ) -> relu;

    /// The same where maps shrink to half their size, and the way around with them.
    block shrinking(channels) =
        add(
            conv(channels, 3, stride = 2, pad = 1, bias = false) -> batch_norm -> relu
                -> conv(channels, 3, pad = 1, bias = false) -> batch_norm
            | conv(channels, 1, stride = 2, bias = false) -> batch_norm
        ) -> relu;

    /// ResNet-20 for CIFAR-10 (He et al., 2015), its shortcuts being convolutions where maps shrink.
    struct ResNet20 = [3, 32, 32]
        -> conv(16, 3, pad = 1, bias = false) -> batch_norm -> relu
        -> layer1: 3 * basic(16)
        -> layer2: (shrinking(32) -> 2 * basic(32))
        -> layer3: (shrinking(64) -> 2 * basic(64))
        -> global_avg_pool -> affine(10);
}

/// What a network learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Food {
    /// Fashion-MNIST.
    Clothes,
    /// Random numbers in the shape of CIFAR-10's images.
    Noise,
}

/// A network to measure.
pub struct Subject {
    /// Its name on the command line and in the results.
    pub name: &'static str,
    /// Samples of a training step.
    pub batch: usize,
    /// What it learns from.
    pub food: Food,
    /// Measures it.
    pub measure: Measure,
}

/// All of them.
pub const SUBJECTS: [Subject; 6] = [
    Subject { name: "fashion_784_128_10", batch: 128, food: Food::Clothes, measure: rates::<Fashion784x128x10, _> },
    Subject { name: "two_layer_784_50_10", batch: 100, food: Food::Clothes, measure: rates::<TwoLayer784x50x10, _> },
    Subject {
        name: "multi_layer_784_100x4_10",
        batch: 128,
        food: Food::Clothes,
        measure: rates::<MultiLayer784x100x10, _>,
    },
    Subject { name: "simple_conv", batch: 100, food: Food::Clothes, measure: rates::<SimpleConv, _> },
    Subject { name: "deep_conv", batch: 100, food: Food::Clothes, measure: rates::<DeepConv, _> },
    Subject { name: "resnet20", batch: 32, food: Food::Noise, measure: rates::<ResNet20, _> },
];
