//! SqueezeNet.

use nn_core::network;

network! {
    /// A narrow map seen by 1 × 1 and by 3 × 3 pixels, side by side.
    block fire(narrow, wide) =
        squeeze: conv(narrow, 1) -> relu
        -> concat(expand1x1: conv(wide, 1) -> relu | expand3x3: conv(wide, 3, pad = 1) -> relu);

    /// SqueezeNet 1.1 (Iandola et al., 2016): 224 × 224 pixels, a thousand classes.
    pub struct SqueezeNet = [3, 224, 224]
        -> "features.0": conv(64, 3, stride = 2) -> relu -> pool(3, stride = 2, ceil = true)
        -> "features.3": 2 * fire(16, 64) -> pool(3, stride = 2, ceil = true)
        -> "features.6": 2 * fire(32, 128) -> pool(3, stride = 2, ceil = true)
        -> "features.9": 2 * fire(48, 192) -> "features.11": 2 * fire(64, 256)
        -> dropout(0.5) -> "classifier.1": conv(1000, 1) -> relu -> global_avg_pool;
}
