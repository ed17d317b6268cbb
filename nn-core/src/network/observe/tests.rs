use super::*;
use crate::{Batch, Number, network, shape};

network! {
    #[observe]
    struct Fused = [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu -> pool(2) -> conv(6, 2) -> tanh -> affine(5) -> gelu
        -> dropout(0.5) -> affine(3) -> softmax;

    // The same up to each layer, so that the parameters are the first ones of the block.
    struct Conv1 = [2, 9, 8] -> conv(4, 3, pad = same);
    struct BatchNorm1 = [2, 9, 8] -> conv(4, 3, pad = same) -> bn;
    struct Relu1 = [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu;
    struct Pool1 = [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu -> pool(2);
    struct Conv2 = [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu -> pool(2) -> conv(6, 2);
    struct Tanh1 = [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu -> pool(2) -> conv(6, 2) -> tanh;
    struct Affine1 = [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu -> pool(2) -> conv(6, 2) -> tanh -> affine(5);
    struct Gelu1 =
        [2, 9, 8] -> conv(4, 3, pad = same) -> bn -> relu -> pool(2) -> conv(6, 2) -> tanh -> affine(5) -> gelu;

    struct Part = [3] -> affine(4) -> relu;
    block twice(size) = residual(affine(size) -> tanh) -> relu;
    #[observe]
    struct Graph(left: [3], right: [2 of 5]) = {
        let words = right -> embedding(2) -> flatten;
        let (a, b) = add(left -> part: Part -> [4] -> body: 2 * twice(4) | words) -> split(2);
        mul(a | b) -> affine(2) -> softmax, a
    };
    #[observe]
    struct One = [3] -> only: affine(2);
}

fn noise<S: shape::Shape<Element<T> = T>, T: Real>(samples: usize) -> Batch<S, T> {
    let mut batch = Batch::zeros(samples);
    for (i, x) in batch.as_mut_slice().iter_mut().enumerate() {
        *x = T::from_f64(((i * 7919 + i * i * 31) % 1009) as f64 / 504.5 - 1.0);
    }
    batch
}

/// Parameters none of which is what it was at the start, so that batch norm does something.
fn stirred<N: Network>() -> N {
    let mut net = N::new(3);
    for (i, x) in net.block_mut().iter_mut().enumerate() {
        *x += N::Scalar::from_f64((i * 37 % 11) as f64 / 50.0);
    }
    net
}

type Images = shape![2, 9, 8];

fn check<N, Y>(activations: &Activations<f64>, label: &str, whole: &[f64], images: &Batch<Images, f64>)
where
    Y: shape::Shape<Element<f64> = f64>,
    N: Network<Scalar = f64, Inputs = (Images,), Outputs = (Y,)>,
{
    let mut net = N::new(1);
    net.block_mut().copy_from_slice(&whole[..N::PARAMETERS]);
    let expected = net.predict(images).expect("a batch");
    let found = activations.get(label).expect(label);
    assert_eq!((found.dims(), found.samples()), (Y::DIMS, images.samples()), "{label}");
    for (found, expected) in found.to_vec().iter().zip(expected.as_slice()) {
        assert!((found - expected).abs() < 1e-12, "{label}: {found} for {expected}");
    }
}

#[test]
fn every_fused_value_is_that_of_a_network_up_to_it() {
    let net = stirred::<Fused<f64>>();
    for samples in [1, 7] {
        let images = noise(samples);
        let found = Activations::of(&net, &images).expect("a batch");
        check::<Conv1<f64>, _>(&found, "conv1", net.block(), &images);
        check::<BatchNorm1<f64>, _>(&found, "batch_norm1", net.block(), &images);
        check::<Relu1<f64>, _>(&found, "relu1", net.block(), &images);
        check::<Pool1<f64>, _>(&found, "pool1", net.block(), &images);
        check::<Conv2<f64>, _>(&found, "conv2", net.block(), &images);
        check::<Tanh1<f64>, _>(&found, "tanh1", net.block(), &images);
        check::<Affine1<f64>, _>(&found, "affine1", net.block(), &images);
        check::<Gelu1<f64>, _>(&found, "gelu1", net.block(), &images);
        // Dropout rests.
        check::<Gelu1<f64>, _>(&found, "dropout1", net.block(), &images);
        check::<Fused<f64>, _>(&found, "softmax1", net.block(), &images);
        let labels: Vec<&str> = found.iter().map(|activation| activation.label()).collect();
        assert_eq!(labels.len(), 11);
        assert_eq!(found.get("conv1").expect("a label").text(), "conv(4, 3, pad = same)");
        assert!(found.get("conv3").is_none());
    }
}

#[test]
fn graphs_are_seen_with_their_branches_and_parts() {
    let net = stirred::<Graph>();
    let left = noise::<shape![3], f32>(4);
    let right = Batch::<shape![2 of 5]>::from_slice(&[0, 1, 2, 3, 4, 0, 1, 4]).expect("rows");
    let found = Activations::of(&net, (&left, &right)).expect("a batch");
    let labels: Vec<&str> = found.iter().map(|activation| activation.label()).collect();
    let expected = [
        "embedding1",
        "flatten1",
        "part",
        "body.0.affine1",
        "body.0.tanh1",
        "body.0.residual1",
        "body.0.relu1",
        "body.1.affine1",
        "body.1.tanh1",
        "body.1.residual1",
        "body.1.relu1",
        "add1",
        "split1.0",
        "split1.1",
        "mul1",
        "affine1",
        "softmax1",
    ];
    assert_eq!(labels, expected);
    let of = |label: &str| found.get(label).expect(label).to_vec();
    let part = net.part::<Part>("part").expect("a part").predict(&left).expect("a batch");
    assert_eq!(of("part"), part.as_slice());
    let (classes, a) = net.predict((&left, &right)).expect("a batch");
    assert_eq!((of("softmax1").as_slice(), of("split1.0").as_slice()), (classes.as_slice(), a.as_slice()));
    let product: Vec<f32> = of("split1.0").iter().zip(of("split1.1")).map(|(a, b)| a * b).collect();
    assert_eq!(of("mul1"), product);
    let sum: Vec<f32> = of("body.1.relu1").iter().zip(of("flatten1")).map(|(a, b)| a + b).collect();
    assert_eq!(of("add1"), sum);
    let relu: Vec<f32> = of("body.0.residual1").iter().map(|x| x.max(0.0)).collect();
    assert_eq!(of("body.0.relu1"), relu);
    // Errors are those of a prediction.
    assert!(matches!(Activations::of(&net, (&noise::<shape![3], f32>(3), &right)), Err(PredictError::Samples(_))));
}

#[test]
fn a_network_of_one_layer_is_seen() {
    let (net, inputs) = (One::<f32>::new(1), noise(3));
    let found = Activations::of(&net, &inputs).expect("a batch");
    let expected = net.predict(&inputs).expect("a batch");
    assert_eq!(found.get("only").expect("the only one").to_vec(), expected.as_slice());
    let none = Activations::of(&net, &Batch::<shape![3]>::zeros(0)).expect("an empty batch");
    assert_eq!(none.get("only").expect("the only one").iter().len(), 0);
}
