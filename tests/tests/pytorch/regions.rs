//! Regions of maps, given by boxes.

use nn_core::{Batch, MeanSquaredError, Network, Real, Training, network, shape};

use crate::fixture::Fixture;
use crate::{comparison, of, to_f64};

network! {
    struct Align(map: [5, 9, 11], boxes: [6, 4]) = map -> roi_align([3, 2], boxes = boxes, scale = 0.25);
    struct Corner(map: [5, 9, 11], boxes: [6, 4]) =
        map -> roi_align([3, 2], boxes = boxes, scale = 0.25, samples = 3, aligned = false);
    struct Pool(map: [5, 9, 11], boxes: [6, 4]) = map -> roi_pool([3, 2], boxes = boxes, scale = 0.25);
}

type Map = shape![5, 9, 11];
type Boxes = shape![6, 4];
type Regions = shape![6, 5, 3, 2];

fn compare<T, N>(case: &str)
where
    T: Real,
    Map: shape::Shape<Element<T> = T>,
    Boxes: shape::Shape<Element<T> = T>,
    N: Network<Scalar = T, Inputs = (Map, Boxes), Outputs = (Regions,)>,
{
    let (fixture, mut comparison) = (Fixture::open("regions"), comparison::<T>(case));
    let maps = Batch::<Map, T>::from_slice(&of::<T>(fixture.get("map"))).expect("maps");
    let boxes = Batch::<Boxes, T>::from_slice(&of::<T>(fixture.get("boxes"))).expect("boxes");
    let (reference, net) = (fixture.part(case), N::new(1));
    let mut training = Training::<N>::new(maps.samples()).with_input_gradients();
    let targets = of(reference.get("target"));
    let loss = training.loss_and_gradients(&net, (&maps, &boxes), &MeanSquaredError, &targets).expect("targets");

    let outputs = net.predict((&maps, &boxes)).expect("maps and boxes");
    comparison.close("output", reference.get("output"), &to_f64(outputs.as_slice()));
    comparison.close("loss", reference.get("loss"), &[loss.to_f64()]);
    let (of_maps, of_boxes) = training.input_gradients().expect("asked for");
    comparison.close("map gradient", reference.get("map_gradient"), &to_f64(of_maps.as_slice()));
    assert!(of_boxes.as_slice().iter().all(|&number| number == T::ZERO), "boxes have no gradient");
    comparison.finish();
}

#[test]
fn regions() {
    compare::<f32, Align>("align");
    compare::<f64, Align<f64>>("align");
    compare::<f32, Corner>("align_corner");
    compare::<f64, Corner<f64>>("align_corner");
    compare::<f32, Pool>("pool");
    compare::<f64, Pool<f64>>("pool");
}
