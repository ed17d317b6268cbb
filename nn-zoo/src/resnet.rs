//! Residual networks (He, Zhang, Ren and Sun, 2015).

use nn_core::network;

/// Declares networks that are made of two convolutions and the way around them.
#[cfg(any(feature = "resnet18", feature = "resnet20", feature = "resnet34"))]
macro_rules! of_basic_blocks {
    ($($networks:tt)*) => {
        network! {
            /// Two convolutions and the way around them.
            block basic(channels) = residual(
                conv1: conv(channels, 3, pad = 1, bias = false) -> bn1: bn -> relu
                    -> conv2: conv(channels, 3, pad = 1, bias = false) -> bn2: bn
            ) -> relu;

            /// The same where maps shrink to half their size, and the way around with them.
            block shrinking(channels) = add(
                conv1: conv(channels, 3, stride = 2, pad = 1, bias = false) -> bn1: bn -> relu
                    -> conv2: conv(channels, 3, pad = 1, bias = false) -> bn2: bn
                | "downsample.0": conv(channels, 1, stride = 2, bias = false) -> "downsample.1": bn
            ) -> relu;

            $($networks)*
        }
    };
}

/// Declares networks that are made of three convolutions, the middle one narrow, and the way around them.
#[cfg(any(feature = "resnet50", feature = "resnet152"))]
macro_rules! of_bottlenecks {
    ($($networks:tt)*) => {
        network! {
            /// A wide map made narrow, looked at, and made wide again.
            block narrow(channels, stride = 1) =
                conv1: conv(channels, 1, bias = false) -> bn1: bn -> relu
                -> conv2: conv(channels, 3, stride = stride, pad = 1, bias = false) -> bn2: bn -> relu
                -> conv3: conv(4 * channels, 1, bias = false) -> bn3: bn;

            /// That, and the way around it.
            block bottleneck(channels) = residual("": narrow(channels)) -> relu;

            /// The same where the way around needs other channels.
            block widening(channels, stride) = add(
                "": narrow(channels, stride = stride)
                | "downsample.0": conv(4 * channels, 1, stride = stride, bias = false) -> "downsample.1": bn
            ) -> relu;

            $($networks)*
        }
    };
}

#[cfg(feature = "resnet20")]
of_basic_blocks! {
    /// ResNet-20 for 32 × 32 pixels and ten classes, its shortcuts being convolutions where maps shrink.
    pub struct ResNet20 = [3, 32, 32]
        -> conv1: conv(16, 3, pad = 1, bias = false) -> bn1: bn -> relu
        -> layer1: 3 * basic(16)
        -> "layer2.0": shrinking(32) -> "layer2.1": 2 * basic(32)
        -> "layer3.0": shrinking(64) -> "layer3.1": 2 * basic(64)
        -> global_avg_pool -> fc: affine(10);
}

#[cfg(feature = "resnet18")]
of_basic_blocks! {
    /// ResNet with eighteen layers: 224 × 224 pixels, a thousand classes.
    pub struct ResNet18 = [3, 224, 224]
        -> conv1: conv(64, 7, stride = 2, pad = 3, bias = false) -> bn1: bn -> relu -> pool(3, stride = 2, pad = 1)
        -> layer1: 2 * basic(64)
        -> "layer2.0": shrinking(128) -> "layer2.1": basic(128)
        -> "layer3.0": shrinking(256) -> "layer3.1": basic(256)
        -> "layer4.0": shrinking(512) -> "layer4.1": basic(512)
        -> global_avg_pool -> fc: affine(1000);
}

#[cfg(feature = "resnet34")]
of_basic_blocks! {
    /// ResNet with thirty-four layers: 224 × 224 pixels, a thousand classes.
    pub struct ResNet34 = [3, 224, 224]
        -> conv1: conv(64, 7, stride = 2, pad = 3, bias = false) -> bn1: bn -> relu -> pool(3, stride = 2, pad = 1)
        -> layer1: 3 * basic(64)
        -> "layer2.0": shrinking(128) -> "layer2.1": 3 * basic(128)
        -> "layer3.0": shrinking(256) -> "layer3.1": 5 * basic(256)
        -> "layer4.0": shrinking(512) -> "layer4.1": 2 * basic(512)
        -> global_avg_pool -> fc: affine(1000);
}

#[cfg(feature = "resnet50")]
of_bottlenecks! {
    /// ResNet with fifty layers: 224 × 224 pixels, a thousand classes.
    pub struct ResNet50 = [3, 224, 224]
        -> conv1: conv(64, 7, stride = 2, pad = 3, bias = false) -> bn1: bn -> relu -> pool(3, stride = 2, pad = 1)
        -> "layer1.0": widening(64, 1) -> "layer1.1": 2 * bottleneck(64)
        -> "layer2.0": widening(128, 2) -> "layer2.1": 3 * bottleneck(128)
        -> "layer3.0": widening(256, 2) -> "layer3.1": 5 * bottleneck(256)
        -> "layer4.0": widening(512, 2) -> "layer4.1": 2 * bottleneck(512)
        -> global_avg_pool -> fc: affine(1000);
}

#[cfg(feature = "resnet152")]
of_bottlenecks! {
    /// ResNet with a hundred and fifty-two layers: 224 × 224 pixels, a thousand classes.
    pub struct ResNet152 = [3, 224, 224]
        -> conv1: conv(64, 7, stride = 2, pad = 3, bias = false) -> bn1: bn -> relu -> pool(3, stride = 2, pad = 1)
        -> "layer1.0": widening(64, 1) -> "layer1.1": 2 * bottleneck(64)
        -> "layer2.0": widening(128, 2) -> "layer2.1": 7 * bottleneck(128)
        -> "layer3.0": widening(256, 2) -> "layer3.1": 35 * bottleneck(256)
        -> "layer4.0": widening(512, 2) -> "layer4.1": 2 * bottleneck(512)
        -> global_avg_pool -> fc: affine(1000);
}
