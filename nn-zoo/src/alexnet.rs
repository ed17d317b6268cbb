//! AlexNet.

use nn_core::network;

network! {
    /// AlexNet as torchvision has it, after "One weird trick" (Krizhevsky, 2014): 224 × 224 pixels, a thousand classes.
    pub struct AlexNet = [3, 224, 224]
        -> "features.0": conv(64, 11, stride = 4, pad = 2) -> relu -> pool(3, stride = 2)
        -> "features.3": conv(192, 5, pad = 2) -> relu -> pool(3, stride = 2)
        -> "features.6": conv(384, 3, pad = 1) -> relu
        -> "features.8": conv(256, 3, pad = 1) -> relu
        -> "features.10": conv(256, 3, pad = 1) -> relu -> pool(3, stride = 2)
        -> adaptive_avg_pool(6)
        -> dropout(0.5) -> "classifier.1": affine(4096) -> relu
        -> dropout(0.5) -> "classifier.4": affine(4096) -> relu
        -> "classifier.6": affine(1000);
}
