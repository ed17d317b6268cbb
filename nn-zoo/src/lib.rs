//! Well-known networks, declared in [`network!`](nn_core::network) as their papers' tables have them.
//!
//! Each has a feature of its own, so that only what is asked for is compiled:
//!
//! ```toml
//! nn-zoo = { version = "0.1", features = ["resnet18"] }
//! ```
//!
//! Those that torchvision has too have the same parameters under the same names, and give the same numbers: a `state_dict` that
//! `safetensors.torch.save_file` has saved loads as it is. Outputs are logits, without a softmax; images are normalised as torchvision
//! does it.
//!
//! ```no_run
//! # #[cfg(feature = "resnet18")] {
//! use nn_core::{Batch, Network, shape};
//! use nn_zoo::ResNet18;
//!
//! let net = ResNet18::load("resnet18.safetensors")?;
//! let logits: Batch<shape![1000]> = net.predict(&Batch::<shape![3, 224, 224]>::zeros(1))?;
//! # }
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! A network for other classes takes part of another's parameters: [`Weights`](nn_core::weights::Weights) loads those that both have,
//! and says which they were.
//!
//! | network | feature | from |
//! |---|---|---|
//! | `LeNet5` | `lenet` | LeCun et al., 1998 |
//! | `AlexNet` | `alexnet` | Krizhevsky, 2014, torchvision's |
//! | `DeepConvNet` | `deep_conv` | the textbook's: six convolutions for 28 × 28 pixels |
//! | `Vgg16`, `Vgg19` | `vgg16`, `vgg19` | Simonyan and Zisserman, 2014 |
//! | `GoogLeNet`, `GoogLeNetTraining` | `googlenet` | Szegedy et al., 2014; the second has the auxiliary heads |
//! | `ResNet20` | `resnet20` | He et al., 2015, for 32 × 32 pixels |
//! | `ResNet18`, `ResNet34`, `ResNet50`, `ResNet152` | `resnet18` and so on | He et al., 2015 |
//! | `SqueezeNet` | `squeezenet` | Iandola et al., 2016, version 1.1 |
//! | `MobileNetV2` | `mobilenet_v2` | Sandler et al., 2018 |
//! | `DenseNet121` | `densenet121` | Huang et al., 2016 |

#[cfg(feature = "alexnet")]
mod alexnet;
#[cfg(feature = "densenet121")]
mod densenet;
#[cfg(feature = "googlenet")]
mod googlenet;
#[cfg(any(feature = "lenet", feature = "deep_conv"))]
mod lenet;
#[cfg(feature = "mobilenet_v2")]
mod mobilenet;
#[cfg(any(
    feature = "resnet18",
    feature = "resnet20",
    feature = "resnet34",
    feature = "resnet50",
    feature = "resnet152"
))]
mod resnet;
#[cfg(feature = "squeezenet")]
mod squeezenet;
#[cfg(any(feature = "vgg16", feature = "vgg19"))]
mod vgg;

#[cfg(feature = "alexnet")]
pub use alexnet::AlexNet;
#[cfg(feature = "densenet121")]
pub use densenet::DenseNet121;
#[cfg(feature = "googlenet")]
pub use googlenet::{GoogLeNet, GoogLeNetTraining};
#[cfg(feature = "deep_conv")]
pub use lenet::DeepConvNet;
#[cfg(feature = "lenet")]
pub use lenet::LeNet5;
#[cfg(feature = "mobilenet_v2")]
pub use mobilenet::MobileNetV2;
#[cfg(feature = "resnet18")]
pub use resnet::ResNet18;
#[cfg(feature = "resnet20")]
pub use resnet::ResNet20;
#[cfg(feature = "resnet34")]
pub use resnet::ResNet34;
#[cfg(feature = "resnet50")]
pub use resnet::ResNet50;
#[cfg(feature = "resnet152")]
pub use resnet::ResNet152;
#[cfg(feature = "squeezenet")]
pub use squeezenet::SqueezeNet;
#[cfg(feature = "vgg16")]
pub use vgg::Vgg16;
#[cfg(feature = "vgg19")]
pub use vgg::Vgg19;
