//! MobileNetV2.

use nn_core::network;

network! {
    /// Each channel looked at by itself.
    block depthwise(channels, stride) =
        "0": conv(channels, 3, stride = stride, pad = 1, groups = channels, bias = false) -> "1": bn -> relu6;

    /// Made wide, looked at channel by channel, and made narrow again without a rectifier.
    block inverted(wide, out, stride = 1) =
        "conv.0": ("0": conv(wide, 1, bias = false) -> "1": bn -> relu6)
        -> "conv.1": depthwise(wide, stride)
        -> "conv.2": conv(out, 1, bias = false) -> "conv.3": bn;

    /// The same with the way around it.
    block around(channels, times = 6) = residual("": inverted(times * channels, channels));

    /// MobileNetV2 (Sandler et al., 2018): 224 × 224 pixels, a thousand classes.
    pub struct MobileNetV2 = [3, 224, 224]
        -> "features.0": ("0": conv(32, 3, stride = 2, pad = 1, bias = false) -> "1": bn -> relu6)
        -> "features.1": ("conv.0": depthwise(32, 1) -> "conv.1": conv(16, 1, bias = false) -> "conv.2": bn)
        -> "features.2": inverted(96, 24, stride = 2) -> "features.3": around(24)
        -> "features.4": inverted(144, 32, stride = 2) -> "features.5": 2 * around(32)
        -> "features.7": inverted(192, 64, stride = 2) -> "features.8": 3 * around(64)
        -> "features.11": inverted(384, 96) -> "features.12": 2 * around(96)
        -> "features.14": inverted(576, 160, stride = 2) -> "features.15": 2 * around(160)
        -> "features.17": inverted(960, 320)
        -> "features.18": ("0": conv(1280, 1, bias = false) -> "1": bn -> relu6)
        -> global_avg_pool -> dropout(0.2) -> "classifier.1": affine(1000);
}
