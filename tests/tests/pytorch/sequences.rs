//! Layers along sequences, each as a network of its own.

use nn_core::network;

use crate::layers::compare;

/// Declares a network for each case of `sequences.safetensors`, and a test that compares it in both precisions.
macro_rules! cases {
    ($($case:ident $name:ident = $body:tt;)+) => {$(
        #[test]
        fn $case() {
            network! { struct $name = $body; }
            compare::<$name, _, _>("sequences", stringify!($case));
            compare::<$name<f64>, _, _>("sequences", stringify!($case));
        }
    )+};
}

cases! {
    rnn Rnn = { [6, 3] -> rnn(5) };
    rnn_relu RnnRelu = { [6, 3] -> rnn(5, nonlinearity = relu) };
    lstm Lstm = { [6, 3] -> lstm(5) };
    gru Gru = { [6, 3] -> gru(5) };
    lstm_wide LstmWide = { [4, 20] -> lstm(33) };
    gru_reverse GruReverse = { [6, 3] -> gru(5, reverse = true) };
    lstm_reverse LstmReverse = { [6, 3] -> lstm(5, reverse = true) };
    lstm_deep LstmDeep = { [6, 3] -> 2 * lstm(4) };
    both_ways BothWays = { [6, 3] -> concat(lstm(4) | gru(2, reverse = true)) };
    lstm_handed LstmHanded = {
        let (all, h, c) = [6, 3] -> lstm(4);
        all -> lstm(4, start = (h, c))
    };
    gru_handed GruHanded = {
        let (all, end) = [6, 3] -> gru(4);
        all -> gru(4, start = end)
    };
    attention Attention = { [6, 4] -> attention(2) };
    attention_causal AttentionCausal = { [7, 6] -> attention(3, causal = true) };
    attention_wide AttentionWide = { [20, 36] -> attention(2) };
    attention_over AttentionOver = {
        let x = [5, 4];
        let memory = x -> gru(4);
        x -> each(affine(4)) -> attention(2, over = memory)
    };
    transformer Transformer = {
        [6, 4] -> residual(layer_norm -> attention(2, causal = true))
            -> residual(layer_norm -> each(affine(7) -> gelu -> affine(4)))
    };
    last Last = { [6, 3] -> last };
    mean Mean = { [6, 3] -> mean };
    layer_norm_steps LayerNormSteps = { [6, 3] -> layer_norm };
    log_softmax_steps LogSoftmaxSteps = { [6, 3] -> log_softmax };
}
