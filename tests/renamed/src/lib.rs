//! Networks in a crate of the edition before, which knows `nn-core` by another name.

#![deny(warnings)]
#![forbid(unsafe_code)]

networks::network! {
    /// A part.
    pub struct Part = [1, 8, 8] -> conv(2, 3) -> relu -> pool(2) -> affine(4);
    /// The whole.
    #[observe]
    pub struct Whole = [1, 8, 8] -> Part -> [4] -> affine(3) -> softmax;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicts() {
        let sum: f32 = Whole::new(1).predict_one(&[0.5; 64], &mut Whole::workspace()).iter().sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }
}
