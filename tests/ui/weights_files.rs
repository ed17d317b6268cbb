//! Files that hold no weights: each is told at the file's name.

use nn_core::network;

network! {
    #[weights("/no/such/folder/digits.safetensors")]
    struct Missing = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights")]
    struct Folder = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/pointer.safetensors")]
    struct Pointer = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/page.safetensors")]
    struct Page = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/archive.safetensors")]
    struct Archive = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/text.safetensors")]
    struct Text = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/claims.safetensors")]
    struct Claims = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/cut.safetensors")]
    struct Cut = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/cut.safetensors.gz")]
    struct CutGz = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/more.safetensors")]
    struct More = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/bomb.safetensors.gz")]
    struct Bomb = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/infinite.safetensors")]
    struct Infinite = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/unnormalised.safetensors")]
    struct Unnormalised = [4] -> affine(3) -> relu -> affine(2);
}

// One mistake gives one message: what uses such a network is not wrong.
static MISSING: &Missing = Missing::embedded();

fn main() {}
