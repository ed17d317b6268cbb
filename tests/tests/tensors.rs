//! Tensors of any size: nothing large passes over the stack.

use nn_core::shape::{IntoViews, Shapes};
use nn_core::{Batch, Tensor, shape};
use std::thread;

/// As many numbers as VGG-16 has parameters, in a thread whose stack could not hold a thousandth of them.
#[test]
fn a_large_tensor_never_touches_the_stack() {
    let numbers = thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(|| {
            let mut tensor = Tensor::<shape![138_357, 1000]>::zeros();
            tensor[[138_356, 999]] = 1.0;
            let row: Tensor<shape![138_357_000]> = tensor.flatten();
            let batch = Batch::from(row.reshape::<shape![1000, 138_357]>());
            assert_eq!(batch.as_slice().last(), Some(&1.0));
            batch.as_slice().len()
        })
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(numbers, 138_357_000);
}

#[test]
fn what_there_is_no_memory_for_is_an_error() {
    let error = Tensor::<shape![1_000_000_000, 1_000_000_000]>::try_zeros().unwrap_err();
    assert_eq!(error.to_string(), "no memory for a block of 1000000000000000000 numbers");
    assert!(Batch::<shape![10]>::try_zeros(usize::MAX).is_err());
}

#[test]
fn wrong_lengths_say_what_was_expected() {
    let numbers = vec![0.0_f32; 783];
    let error = Tensor::<shape![1, 28, 28]>::try_from(numbers.as_slice()).unwrap_err();
    assert_eq!(error.to_string(), "shape [1, 28, 28] needs 784 numbers, but 783 were given");
    let error = Batch::<shape![1, 28, 28]>::try_from(numbers.as_slice()).unwrap_err();
    assert_eq!((error.expected, error.found), (784, 783));
    assert!(Tensor::<shape![3]>::try_from(vec![1.0, 2.0, 3.0]).is_ok());
}

#[test]
fn large_tensors_print_their_edges() {
    let small = Tensor::<shape![2, 1, 2]>::from([[[1.0, 2.0]], [[3.0, -4.5]]]);
    assert_eq!(format!("{small:?}"), "[2, 1, 2] [[[1.0, 2.0]],\n [[3.0, -4.5]]]");
    let large = Tensor::<shape![7, 100]>::from_fn(|i| i as f32);
    let text = format!("{large:?}");
    assert!(text.starts_with("[7, 100] [[0.0, 1.0, 2.0, …, 97.0, 98.0, 99.0],\n [100.0,"), "{text}");
    assert!(text.contains("],\n …,\n [400.0"), "{text}");
    assert!(text.ends_with("697.0, 698.0, 699.0]]"), "{text}");
    let batch = Batch::<shape![2]>::from_slice(&[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(format!("{batch:?}"), "2 × [2] [[1.0, 2.0],\n [3.0, 4.0]]");
    assert_eq!(format!("{:?}", Batch::<shape![2]>::zeros(0)), "0 × [2] []");
}

#[test]
#[should_panic(expected = "place 3 on axis 1 of a tensor of shape [2, 3]")]
fn a_place_outside_is_refused() {
    let _ = Tensor::<shape![2, 3]>::zeros()[[1, 3]];
}

#[test]
fn the_product_is_that_of_the_definition() {
    let a = Tensor::<shape![3, 5], f64>::from_fn(|i| (i as f64 * 0.7).sin());
    let b = Tensor::<shape![5, 4], f64>::from_fn(|i| (i as f64 * 1.3).cos());
    let product: Tensor<shape![3, 4], f64> = a.matmul(&b);
    for i in 0..3 {
        for j in 0..4 {
            let expected: f64 = (0..5).map(|k| a[[i, k]] * b[[k, j]]).sum();
            assert!((product[[i, j]] - expected).abs() < 1e-14);
        }
    }
    assert_eq!(b.transpose().matmul(&a.transpose()), product.transpose());
}

#[test]
fn any_mixture_of_batches_tensors_and_views_is_an_input() {
    type Inputs = (shape![2], shape![1, 3], shape![4]);
    fn lens<'a>(inputs: impl IntoViews<'a, Inputs, f32>) -> Vec<usize> {
        let mut lens = Vec::new();
        let views = inputs.into_views();
        assert_eq!(Inputs::samples(views), Ok(1));
        Inputs::for_each(views, |_, numbers| lens.push(numbers.len()));
        lens
    }
    let (batch, tensor, other) = (Batch::zeros(1), Tensor::zeros(), Batch::zeros(1));
    assert_eq!(lens((&batch, &tensor, other.view())), [2, 3, 4]);
}
