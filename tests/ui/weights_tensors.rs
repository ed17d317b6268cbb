//! Weights of another network: each is told at the layer, or at the file's name if there is no such layer.

use nn_core::network;

network! {
    #[weights("weights/misnamed.safetensors")]
    struct Misnamed = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/misshapen.safetensors")]
    struct Misshapen = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/missing.safetensors")]
    struct Missing = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/extra.safetensors")]
    struct Extra = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/integers.safetensors")]
    struct Integers = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/overlap.safetensors")]
    struct Overlap = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/length.safetensors")]
    struct Length = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", rename("first" -> "affine1"))]
    struct Unknown = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", rename("affine1" -> "affine2"))]
    struct Twice = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors", rename("affine1" -> "frist"))]
    struct Misspelt = [4] -> first: affine(3) -> relu -> affine2: affine(2);

    // A mistake in a part stands where the part's layer stands.
    struct Encoder = [4] -> affine(3) -> relu -> affine(3);
    #[weights("weights/parts.safetensors")]
    struct Whole = [4] -> encoder: Encoder -> [3] -> head: affine(2, bias = false);
}

fn main() {
    let _: &Misnamed = Misnamed::embedded();
}
