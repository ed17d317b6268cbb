//! A path that leads nowhere.

use nn_core::network;

network! {
    pub struct Missing = [100] -> Nowhere -> [784];
}

fn main() {}
