//! A layer that takes whole numbers.

use nn_core::{Batch, MeanSquaredError, Network, Number, Training, network, shape};

use crate::fixture::Fixture;
use crate::layers::compare_steps;
use crate::state::{Temporary, state_dict};
use crate::{comparison, in_file_order, of, to_f64};

network! {
    struct Embedding = [4 of 9] -> embedding(5);
}

macro_rules! compare {
    ($scalar:ty) => {
        let reference = Fixture::open("embedding");
        let mut comparison = comparison::<$scalar>("embedding");
        let label = "embedding1.weight";
        let table: Vec<f32> = of(reference.get(&format!("state/{label}")));
        let name = format!("embedding-{}", size_of::<$scalar>());
        let file = Temporary::new(&name, &state_dict(&[(label.to_owned(), vec![9, 5], table)]));
        let net = <Embedding<$scalar> as Network>::load(&file.0).unwrap_or_else(|error| panic!("{error}"));

        let words: Vec<u32> = reference.get("input").iter().map(|&word| word as u32).collect();
        let words = Batch::<shape![4 of 9], $scalar>::from_slice(&words).expect("whole samples");
        let targets: Vec<$scalar> = of(reference.get("target"));
        let mut training = Training::new(words.samples());
        let loss = training.loss_and_gradients(&net, &words, &MeanSquaredError, &targets).expect("targets of the network");

        let outputs = net.predict(&words).expect("a batch of the right shape");
        comparison.close("output", reference.get("output"), &to_f64(outputs.as_slice()));
        comparison.close("loss", reference.get("loss"), &[loss.to_f64()]);
        let [segment] = &nn_core::parameters::flatten(Embedding::<$scalar>::ENTRIES)[..] else { panic!("one table") };
        let gradient = in_file_order(segment, training.gradients());
        comparison.close("gradient", reference.get(&format!("gradient/{label}")), &gradient);
        compare_steps(&reference, &mut comparison, &mut training, net);
        comparison.finish();
    };
}

#[test]
fn embedding() {
    compare!(f32);
    compare!(f64);
}
