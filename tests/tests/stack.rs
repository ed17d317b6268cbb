//! How much stack a prediction needs: threads of small machines have little.

use std::thread;

use nn_core::network;

network! {
    #[weights("../examples/weights/clothes.safetensors.gz")]
    struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// What docs/embedding.md promises of an optimised build, and what the thread itself takes.
const STACK: usize = (if cfg!(debug_assertions) { 64 } else { 32 }) << 10;

#[test]
fn a_prediction_fits_a_small_stack() {
    let picture = [0.5; 784];
    let mut workspace = Box::new(Clothes::workspace());
    let expected = Clothes::embedded().predict_one(&picture, &mut workspace);
    let predict = move || Clothes::embedded().predict_one(&picture, &mut workspace);
    let thread = thread::Builder::new().stack_size(STACK).spawn(predict).expect("a thread");
    assert_eq!(thread.join().expect("no panic"), expected);
}
