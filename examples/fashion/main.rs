//! Trains a small convolution network on pictures of clothes.

fn main() {}
