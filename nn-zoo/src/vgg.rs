//! VGG.

use nn_core::network;

#[cfg(feature = "vgg16")]
network! {
    /// VGG with sixteen layers (Simonyan and Zisserman, 2014): 224 × 224 pixels, a thousand classes.
    pub struct Vgg16 = [3, 224, 224]
        -> "features.0": conv(64, 3, pad = 1) -> relu -> "features.2": conv(64, 3, pad = 1) -> relu -> pool(2)
        -> "features.5": conv(128, 3, pad = 1) -> relu -> "features.7": conv(128, 3, pad = 1) -> relu -> pool(2)
        -> "features.10": conv(256, 3, pad = 1) -> relu -> "features.12": conv(256, 3, pad = 1) -> relu
        -> "features.14": conv(256, 3, pad = 1) -> relu -> pool(2)
        -> "features.17": conv(512, 3, pad = 1) -> relu -> "features.19": conv(512, 3, pad = 1) -> relu
        -> "features.21": conv(512, 3, pad = 1) -> relu -> pool(2)
        -> "features.24": conv(512, 3, pad = 1) -> relu -> "features.26": conv(512, 3, pad = 1) -> relu
        -> "features.28": conv(512, 3, pad = 1) -> relu -> pool(2)
        -> "classifier.0": affine(4096) -> relu -> dropout(0.5)
        -> "classifier.3": affine(4096) -> relu -> dropout(0.5)
        -> "classifier.6": affine(1000);
}

#[cfg(feature = "vgg19")]
network! {
    /// VGG with nineteen layers (Simonyan and Zisserman, 2014): 224 × 224 pixels, a thousand classes.
    pub struct Vgg19 = [3, 224, 224]
        -> "features.0": conv(64, 3, pad = 1) -> relu -> "features.2": conv(64, 3, pad = 1) -> relu -> pool(2)
        -> "features.5": conv(128, 3, pad = 1) -> relu -> "features.7": conv(128, 3, pad = 1) -> relu -> pool(2)
        -> "features.10": conv(256, 3, pad = 1) -> relu -> "features.12": conv(256, 3, pad = 1) -> relu
        -> "features.14": conv(256, 3, pad = 1) -> relu -> "features.16": conv(256, 3, pad = 1) -> relu -> pool(2)
        -> "features.19": conv(512, 3, pad = 1) -> relu -> "features.21": conv(512, 3, pad = 1) -> relu
        -> "features.23": conv(512, 3, pad = 1) -> relu -> "features.25": conv(512, 3, pad = 1) -> relu -> pool(2)
        -> "features.28": conv(512, 3, pad = 1) -> relu -> "features.30": conv(512, 3, pad = 1) -> relu
        -> "features.32": conv(512, 3, pad = 1) -> relu -> "features.34": conv(512, 3, pad = 1) -> relu -> pool(2)
        -> "classifier.0": affine(4096) -> relu -> dropout(0.5)
        -> "classifier.3": affine(4096) -> relu -> dropout(0.5)
        -> "classifier.6": affine(1000);
}
