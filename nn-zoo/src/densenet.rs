//! DenseNet.

use nn_core::network;

network! {
    /// Channels that are added on each layer.
    const GROWTH = 32;

    /// A layer that sees all before it, and adds to it.
    block layer = concat(
        id
        | norm1: bn -> relu -> conv1: conv(4 * GROWTH, 1, bias = false)
            -> norm2: bn -> relu -> conv2: conv(GROWTH, 3, pad = 1, bias = false)
    );

    /// Half as many channels over half the map.
    block transition(channels) = norm: bn -> relu -> conv: conv(channels, 1, bias = false) -> avg_pool(2);

    /// DenseNet with a hundred and twenty-one layers (Huang et al., 2016): 224 × 224 pixels, a thousand classes.
    pub struct DenseNet121 = [3, 224, 224]
        -> features: (
            conv0: conv(64, 7, stride = 2, pad = 3, bias = false) -> norm0: bn -> relu -> pool(3, stride = 2, pad = 1)
            -> denseblock1: ("denselayer1": 6 * layer) -> transition1: transition(128)
            -> denseblock2: ("denselayer1": 12 * layer) -> transition2: transition(256)
            -> denseblock3: ("denselayer1": 24 * layer) -> transition3: transition(512)
            -> denseblock4: ("denselayer1": 16 * layer) -> norm5: bn -> relu
        )
        -> global_avg_pool -> classifier: affine(1000);
}
