//! Tensors whose shapes do not fit together.

use nn_core::{Tensor, shape};

fn main() {
    let a = Tensor::<shape![10, 4320]>::zeros();
    let b = Tensor::<shape![25088, 10]>::zeros();
    a.matmul(&b);

    let six = Tensor::<shape![2, 3]>::zeros();
    six.reshape::<shape![7]>();
    let map = Tensor::<shape![64, 224, 224]>::zeros();
    map.reshape::<shape![64, 50177]>();

    let left = Tensor::<shape![448, 7, 7]>::zeros();
    let right = Tensor::<shape![512, 14, 14]>::zeros();
    left.concat(&right);
    left.concat(&six2());

    let row: Tensor<shape![25087]> = Tensor::<shape![512, 7, 7]>::zeros().flatten();
}

fn six2() -> Tensor<shape![2, 3]> {
    Tensor::zeros()
}
