//! GoogLeNet.

use nn_core::network;

network! {
    /// A convolution without bias, normalised and rectified.
    block basic(channels, kernel, stride = 1, pad = 0) =
        conv: conv(channels, kernel, stride = stride, pad = pad, bias = false) -> bn: bn(eps = 1e-3) -> relu;

    /// Four ways of looking at a map, side by side. The third looks at 3 × 3 pixels, as torchvision has it, and not at 5 × 5.
    block inception(one, reduce3, three, reduce5, five, pooled) = concat(
        branch1: basic(one, 1)
        | "branch2.0": basic(reduce3, 1) -> "branch2.1": basic(three, 3, pad = 1)
        | "branch3.0": basic(reduce5, 1) -> "branch3.1": basic(five, 3, pad = 1)
        | pool(3, stride = 1, pad = 1, ceil = true) -> "branch4.1": basic(pooled, 1)
    );

    /// As far as the first auxiliary head.
    block first =
        conv1: basic(64, 7, stride = 2, pad = 3) -> pool(3, stride = 2, ceil = true)
        -> conv2: basic(64, 1) -> conv3: basic(192, 3, pad = 1) -> pool(3, stride = 2, ceil = true)
        -> inception3a: inception(64, 96, 128, 16, 32, 32)
        -> inception3b: inception(128, 128, 192, 32, 96, 64) -> pool(3, stride = 2, ceil = true)
        -> inception4a: inception(192, 96, 208, 16, 48, 64);

    /// As far as the second.
    block second =
        inception4b: inception(160, 112, 224, 24, 64, 64)
        -> inception4c: inception(128, 128, 256, 24, 64, 64)
        -> inception4d: inception(112, 144, 288, 32, 64, 64);

    /// As far as the classes.
    block third =
        inception4e: inception(256, 160, 320, 32, 128, 128) -> pool(2, stride = 2, ceil = true)
        -> inception5a: inception(256, 160, 320, 32, 128, 128)
        -> inception5b: inception(384, 192, 384, 48, 128, 128)
        -> global_avg_pool -> dropout(0.2) -> fc: affine(1000);

    /// An auxiliary head.
    block auxiliary =
        adaptive_avg_pool(4) -> conv: basic(128, 1) -> fc1: affine(1024) -> relu -> dropout(0.7) -> fc2: affine(1000);

    /// GoogLeNet, or Inception v1 with batch normalisation (Szegedy et al., 2014): 224 × 224 pixels, a thousand classes.
    pub struct GoogLeNet = [3, 224, 224] -> "": first -> "": second -> "": third;

    /// The same with its auxiliary heads, whose losses count 0.3 each in training. What it has learnt, [`GoogLeNet`] predicts with: it
    /// loads a part of what this one saves.
    pub struct GoogLeNetTraining(image: [3, 224, 224]) = {
        let early = image -> "": first;
        let late = early -> "": second;
        late -> "": third,
        early -> aux1: auxiliary,
        late -> aux2: auxiliary,
    };
}
