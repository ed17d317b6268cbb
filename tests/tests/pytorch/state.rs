//! Writing weights as PyTorch would, for the library to read.

use std::path::PathBuf;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};

/// Names, shapes and numbers as the bytes of a safetensors file.
pub fn state_dict(tensors: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("the bytes are as many as the shape says"))
    });
    serialize(views, None).expect("nothing is left out")
}

/// A file that is removed when it goes out of scope.
pub struct Temporary(pub PathBuf);

impl Temporary {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("nn-pytorch-{}-{name}.safetensors", std::process::id()));
        std::fs::write(&path, bytes).expect("the temporary folder can be written to");
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0); // what cannot be removed is the system's to clean up
    }
}
