//! What other frameworks call our layers.

/// Names in other frameworks, in lower case without underscores, and ours.
const FOREIGN: &[(&str, &str)] = &[
    ("linear", "affine"),
    ("dense", "affine"),
    ("fc", "affine"),
    ("fullyconnected", "affine"),
    ("gemm", "affine"),
    ("conv1d", "conv"),
    ("conv2d", "conv"),
    ("convolution", "conv"),
    ("convolution2d", "conv"),
    ("maxpool", "pool"),
    ("maxpool2d", "pool"),
    ("maxpooling2d", "pool"),
    ("pooling", "pool"),
    ("avgpool", "avg_pool"),
    ("avgpool2d", "avg_pool"),
    ("averagepool", "avg_pool"),
    ("averagepooling2d", "avg_pool"),
    ("adaptiveavgpool2d", "adaptive_avg_pool"),
    ("adaptivemaxpool2d", "adaptive_pool"),
    ("globalmaxpool", "global_pool"),
    ("globalmaxpooling2d", "global_pool"),
    ("globalaveragepool", "global_avg_pool"),
    ("globalaveragepooling2d", "global_avg_pool"),
    ("globalavgpool", "global_avg_pool"),
    ("gap", "global_avg_pool"),
    ("relu", "relu"),
    ("leakyrelu", "leaky_relu"),
    ("lrelu", "leaky_relu"),
    ("relu6", "relu6"),
    ("elu", "elu"),
    ("selu", "selu"),
    ("softplus", "softplus"),
    ("mish", "mish"),
    ("hardtanh", "hard_tanh"),
    ("hardsigmoid", "hard_sigmoid"),
    ("sigmoid", "sigmoid"),
    ("tanh", "tanh"),
    ("gelu", "gelu"),
    ("silu", "silu"),
    ("swish", "silu"),
    ("hardswish", "hard_swish"),
    ("prelu", "prelu"),
    ("convtranspose2d", "deconv"),
    ("conv2dtranspose", "deconv"),
    ("convtranspose", "deconv"),
    ("deconvolution", "deconv"),
    ("softmax", "softmax"),
    ("logsoftmax", "log_softmax"),
    ("batchnorm", "batch_norm"),
    ("batchnorm1d", "batch_norm"),
    ("batchnorm2d", "batch_norm"),
    ("batchnormalization", "batch_norm"),
    ("groupnorm", "group_norm"),
    ("groupnormalization", "group_norm"),
    ("instancenorm2d", "instance_norm"),
    ("instancenormalization", "instance_norm"),
    ("rmsnorm", "rms_norm"),
    ("rmsnormalization", "rms_norm"),
    ("localresponsenorm", "local_response_norm"),
    ("lrn", "local_response_norm"),
    ("layernorm", "layer_norm"),
    ("layernormalization", "layer_norm"),
    ("dropout", "dropout"),
    ("dropout2d", "dropout"),
    ("flatten", "flatten"),
    ("reshape", "reshape"),
    ("view", "reshape"),
    ("permute", "transpose"),
    ("channelshuffle", "channel_shuffle"),
    ("concatenate", "concat"),
    ("concat", "concat"),
    ("cat", "concat"),
    ("chunk", "split"),
    ("split", "split"),
    ("upsample", "upsample"),
    ("upsampling2d", "upsample"),
    ("interpolate", "resize"),
    ("resizing", "resize"),
    ("centercrop", "crop"),
    ("cropping2d", "crop"),
    ("roialign", "roi_align"),
    ("roipool", "roi_pool"),
    ("embedding", "embedding"),
    ("multiheadattention", "attention"),
    ("selfattention", "attention"),
    ("mha", "attention"),
    ("add", "add"),
    ("sum", "add"),
    ("multiply", "mul"),
    ("mul", "mul"),
    ("subtract", "sub"),
    ("maximum", "max"),
    ("identity", "id"),
];

/// Our name for what `name` is elsewhere: `conv` for `Conv2d`.
pub fn meant(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace('_', "");
    FOREIGN.iter().find(|(foreign, _)| *foreign == name).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_neighbours() {
        assert_eq!(meant("Conv2d"), Some("conv"));
        assert_eq!(meant("BatchNorm2d"), Some("batch_norm"));
        assert_eq!(meant("Swish"), Some("silu"));
        assert_eq!(meant("MultiheadAttention"), Some("attention"));
        assert_eq!(meant("Transformer"), None);
    }

    #[test]
    fn leads_to_words_of_the_language() {
        for (foreign, ours) in FOREIGN {
            let known = super::super::find(ours).is_some() || crate::words::MERGES.contains(ours) || *ours == "id";
            assert!(known, "{foreign} leads to {ours}");
        }
    }
}
