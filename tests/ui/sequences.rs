//! What does not fit along a sequence.

use nn_core::network;

network! {
    pub struct NoSequence = [12] -> lstm(3) -> affine(10);
    pub struct Map = [3, 4, 5] -> last -> affine(10);
    pub struct Start(words: [..30 of 100], image: [7]) = words -> embedding(4) -> lstm(5, start = image) -> last;
    pub struct Unknown(steps: [9, 2], image: [5]) = {
        let ahead = image -> affine(5);
        steps -> gru(5, start = ahaed) -> last, ahead -> relu
    };
    pub struct Two(steps: [9, 2], image: [5]) = {
        let (h, c) = image -> affine(10) -> split(2);
        steps -> gru(5, start = (h, c)) -> last
    };
    pub struct Foreign = [9, 2] -> lstm(input_size = 2, hidden_size = 5, batch_first = true) -> last;
    pub struct Bend = [9, 2] -> rnn(4, nonlinearity = sigmoid) -> last;
    pub struct Flag = [9, 2] -> gru(4, reverse = 1) -> last;
    pub struct Ends = {
        let (all, h, c) = [9, 2] -> gru(4);
        concat(all -> last | h | c)
    };
    pub struct Directions = [9, 2] -> concat(lstm(4) | last) -> affine(2);
    pub struct Heads = [9, 10] -> attention(4) -> last;
    pub struct Other(steps: [9, 4], more: [..5, 3]) = steps -> attention(2, over = more) -> last;
    pub struct Future(steps: [9, 4], more: [5, 4]) = steps -> attention(2, over = more, causal = true) -> last;
    pub struct ForeignAttention = [9, 4] -> attention(embed_dim = 4, num_heads = 2, batch_first = true) -> last;
    pub struct AlongMap = [3, 40] -> conv(8, 5) -> relu -> lstm(6) -> last;
    pub struct Whole = [9 of 20] -> lstm(4) -> last;
}

fn main() {}
