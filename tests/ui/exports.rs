//! Networks that C cannot call.

use nn_core::network;

network! {
    #[export(c)]
    pub struct Weightless = [4] -> affine(3);
    #[export(c)]
    #[export(c)]
    pub struct Twice = [4] -> affine(3);
    #[weights("weights/right.safetensors")]
    #[export(c, prefix = "1st")]
    pub struct First = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors")]
    #[export(c)]
    pub struct Größe = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors")]
    #[export(c)]
    pub struct MyNetwork = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors")]
    #[export(c, prefix = "my_network")]
    pub struct Other = [4] -> affine(3) -> relu -> affine(2);
    #[weights("weights/right.safetensors")]
    #[export(c)]
    pub struct Broken = [4] -> affine(3) -> rellu -> affine(2);
    #[export]
    pub struct Bare = [4] -> affine(3);
    #[export()]
    pub struct Empty = [4] -> affine(3);
    #[export(fortran)]
    pub struct Fortran = [4] -> affine(3);
    #[export(c, "my")]
    pub struct NoName = [4] -> affine(3);
    #[export(c, prefix "my")]
    pub struct NoSign = [4] -> affine(3);
    #[export(c, prefix = my)]
    pub struct Word = [4] -> affine(3);
    #[export(c, prefix = "my", 3)]
    pub struct More = [4] -> affine(3);
    #[exprot(c)]
    pub struct Misspelt = [4] -> affine(3);
}

fn main() {
    println!("{}{}{}", Weightless::C_HEADER, First::C_HEADER, Broken::C_HEADER);
}
