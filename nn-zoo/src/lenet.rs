//! Small networks for images of 28 × 28 pixels.

use nn_core::network;

#[cfg(feature = "lenet")]
network! {
    /// LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998): 28 × 28 grey pixels, ten classes.
    pub struct LeNet5 = [1, 28, 28]
        -> conv(6, 5, pad = 2) -> tanh -> avg_pool(2)
        -> conv(16, 5) -> tanh -> avg_pool(2)
        -> affine(120) -> tanh -> affine(84) -> tanh -> affine(10);
}

#[cfg(feature = "deep_conv")]
network! {
    /// Pairs of convolutions, the second of which halves the map.
    block pair(channels, pad) = conv(channels, 3, pad = 1) -> relu -> conv(channels, 3, pad = pad) -> relu -> pool(2);

    /// The deep network of a textbook: 28 × 28 grey pixels, ten classes.
    pub struct DeepConvNet = [1, 28, 28]
        -> pair(16, 1) -> pair(32, 2) -> pair(64, 1)
        -> affine(50) -> relu -> dropout(0.5) -> affine(10);
}
