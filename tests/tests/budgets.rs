//! Networks that keep to their budgets to the last byte; `ui/budgets.rs` has those that do not.

use nn_core::network;

network! {
    #[budget(parameters = 110, multiply_adds = 100, workspace = 128 B, flash = 440)]
    pub struct Plain = [10] -> affine(10);

    pub struct Inner = [10] -> affine(30) -> relu -> affine(5);

    /// With a part by path.
    #[budget(parameters = 503, multiply_adds = 465, workspace = 588, flash = 2012 B)]
    pub struct Outer = [10] -> Inner -> [5] -> affine(3);

    /// 18 weights of two bytes, 5 biases of four.
    #[weights("ui/weights/right.safetensors", precision = f16)]
    #[budget(flash = 56)]
    pub struct Halves = [4] -> affine(3) -> relu -> affine(2);

    /// 18 weights of a byte, 5 scales and 5 biases of four.
    #[weights("ui/weights/right.safetensors", precision = int8)]
    #[budget(flash = 58)]
    pub struct Bytes = [4] -> affine(3) -> relu -> affine(2);

    #[budget(flash = 1 MiB)]
    pub struct Labels = [10] -> affine(10);
}

#[test]
fn budgets_are_kept_exactly() {
    assert_eq!((Plain::PARAMETERS, Plain::MULTIPLY_ADDS), (110, 100));
    assert_eq!((Plain::WORKSPACE_BYTES, Plain::WEIGHTS_BYTES), (128, 440));
    assert_eq!((Outer::PARAMETERS, Outer::MULTIPLY_ADDS), (503, 465));
    assert_eq!((Outer::WORKSPACE_BYTES, Outer::WEIGHTS_BYTES), (588, 2012));
    assert_eq!((Halves::WEIGHTS_BYTES, Bytes::WEIGHTS_BYTES), (56, 58));
    assert_eq!(Labels::new(1).parameters().len(), Labels::PARAMETERS);
}
