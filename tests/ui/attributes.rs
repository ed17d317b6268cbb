//! Attributes that are misspelt, misplaced or unfinished.

use nn_core::network;

network! {
    #[wieghts("digits.safetensors")]
    struct Misspelt = [10] -> affine(10);
    #[weights]
    struct Bare = [10] -> affine(10);
    #[weights()]
    struct Empty = [10] -> affine(10);
    #[weights(digits)]
    struct Word = [10] -> affine(10);
    #[weights("digits.safetensors", 3)]
    struct More = [10] -> affine(10);
    #[weights("weights/right.safetensors")]
    #[weights("weights/right.safetensors")]
    struct Twice = [4] -> affine(3) -> relu -> affine(2);
    #[weights("digits.safetensors")]
    block layer(n) = affine(n);
    #[weights("weights/right.safetensors", precission = f16)]
    struct Argument = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", precision = half)]
    struct Precision = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", rename("affine1" = "first"))]
    struct Equals = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", rename(affine1 -> first))]
    struct Words = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", rename("affine1" -> "a"), rename("affine2" -> "b"))]
    struct Again = [4] -> affine(3) -> relu -> affine(2);
    #[expect(dead_code)]
    struct Fine = [10] -> layer(10);
}

fn main() {}
