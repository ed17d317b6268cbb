//! The networks that are trained: those of `examples/bench`.

use nn_core::network;

network! {
    /// The textbook's convolution network.
    pub struct SimpleConv = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    /// Its deep one.
    pub struct DeepConv = [1, 28, 28]
        -> conv(16, 3, pad = 1) -> relu -> conv(16, 3, pad = 1) -> relu -> pool(2)
        -> conv(32, 3, pad = 1) -> relu -> conv(32, 3, pad = 2) -> relu -> pool(2)
        -> conv(64, 3, pad = 1) -> relu -> conv(64, 3, pad = 1) -> relu -> pool(2)
        -> affine(50) -> relu -> dropout(0.5) -> affine(10);

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

    /// ResNet-20 for pictures of CIFAR-10's size (He et al., 2015).
    pub struct ResNet20 = [3, 32, 32]
        -> conv(16, 3, pad = 1, bias = false) -> batch_norm -> relu
        -> layer1: 3 * basic(16)
        -> layer2: (shrinking(32) -> 2 * basic(32))
        -> layer3: (shrinking(64) -> 2 * basic(64))
        -> global_avg_pool -> affine(10);
}
