//! Networks that look at regions of a map: layers before and after, and the number of threads.

use nn_core::{Batch, GradientCheck, MeanSquaredError, Network, Training, network, on_threads, shape};
use nn_tests::noise;

network! {
    /// The heads of a detector: scores and corrections for every box.
    struct Heads(picture: [3, 12, 10], boxes: [4, 4]) = {
        let features = picture -> conv(5, 3, pad = same) -> tanh;
        let regions = features -> roi_align(3, boxes = boxes, scale = 0.5);
        regions -> each(affine(6) -> tanh -> affine(2))
    };

    /// Convolutions within each region, and both ways to cut it out.
    struct Both(picture: [3, 12, 10], boxes: [4, 4]) = {
        let features = picture -> conv(5, 3, pad = same) -> tanh;
        let pooled = features -> roi_pool([2, 3], boxes = boxes, scale = 0.5) -> each(conv(4, 2) -> affine(2));
        let aligned = features -> roi_align([2, 3], boxes = boxes, scale = 0.5) -> each(conv(4, 2) -> affine(2));
        add(pooled | aligned)
    };
}

type Picture = shape![3, 12, 10];
type Boxes = shape![4, 4];

const SAMPLES: usize = 5;

/// Pictures, and boxes of which some reach over the edges.
fn inputs() -> (Batch<Picture, f64>, Batch<Boxes, f64>) {
    let boxes = noise(SAMPLES * 4 * 4, 2);
    let boxes = boxes.chunks(4).flat_map(|box_| {
        let [x, y] = [10.0 + 9.0 * box_[0], 12.0 + 11.0 * box_[1]];
        let [width, height] = [5.0 + 4.0 * box_[2], 5.0 + 4.0 * box_[3]];
        [x - width, y - height, x + width, y + height]
    });
    let pictures = Batch::from_slice(&noise(SAMPLES * 360, 1)).expect("pictures");
    (pictures, Batch::from_slice(&boxes.collect::<Vec<_>>()).expect("boxes"))
}

/// Of the parameters and the picture; boxes have no gradient.
fn check<N: Network<Scalar = f64, Inputs = (Picture, Boxes)>>() {
    let (pictures, boxes) = inputs();
    let squares = |outputs: &[&mut [f64]], gradients: &mut [&mut [f64]]| {
        let sum = outputs[0].iter().zip(gradients[0].iter_mut()).map(|(y, dy)| {
            *dy = 2.0 * y;
            y * y
        });
        Ok(sum.sum())
    };
    let found = GradientCheck::new().at_most(60).network_with(&N::new(3), (&pictures, &boxes), squares);
    let mut found = found.expect("pictures and boxes");
    let of_boxes = found.iter().position(|difference| difference.label == "input 1").expect("the boxes");
    found.remove(of_boxes);
    assert!(found.len() > 5);
    for difference in found {
        assert!(difference.relative < 2e-7, "{}: {difference:?}", N::NAME);
    }
}

#[test]
fn gradients() {
    check::<Heads<f64>>();
    check::<Both<f64>>();
}

#[test]
fn threads_do_not_matter() {
    let (pictures, boxes) = inputs();
    let targets = noise(SAMPLES * 8, 4);
    let run = |threads| {
        on_threads(Some(threads), || {
            let (net, mut training) = (Both::<f64>::new(3), Training::new(SAMPLES));
            training.loss_and_gradients(&net, (&pictures, &boxes), &MeanSquaredError, &targets).expect("targets");
            let outputs = net.predict((&pictures, &boxes)).expect("pictures and boxes");
            (outputs.as_slice().to_vec(), training.gradients().to_vec())
        })
        .expect("threads")
    };
    assert_eq!(run(1), run(3));
}
