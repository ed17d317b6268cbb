//! Whole networks: what they predict, their gradients, and that threads change no bit.

use nn_core::{Batch, CrossEntropy, Network, Training, network, shape};

network! {
    /// The main job's network, small.
    pub struct Small = [1, 12, 12] -> conv(5, 3) -> relu -> pool(2) -> affine(20) -> relu -> affine(4) -> softmax;
}

#[test]
fn it_learns() {
    let mut net = Small::new(1);
    let mut batch = Batch::<shape![1, 12, 12]>::zeros(8);
    for (i, x) in batch.as_mut_slice().iter_mut().enumerate() {
        *x = ((i * 7919) % 101) as f32 / 101.0;
    }
    let labels = [0, 1, 2, 3, 0, 1, 2, 3];
    let mut training = Training::new(8);
    let mut adam = nn_core::Adam::new(0.01);
    let mut loss = 0.0;
    for _ in 0..100 {
        loss = training.loss_and_gradients(&net, &batch, &CrossEntropy, &labels).unwrap();
        training.step(&mut net, &mut adam).unwrap();
    }
    assert!(loss < 0.05, "{loss}");
    let probabilities = net.predict(&batch).unwrap();
    for (i, row) in probabilities.iter().enumerate() {
        assert_eq!(nn_core::argmax(row), labels[i]);
    }
    println!("{}", Small::summary());
}
