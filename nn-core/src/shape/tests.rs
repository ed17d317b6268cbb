use super::*;
use crate::{BatchView, size};

#[test]
fn every_size_has_one_spelling() {
    fn same<A: Size>(_: A, value: usize) {
        assert_eq!(A::VALUE, value);
    }
    same::<size!(0)>(N::<0>, 0);
    same::<size!(999)>(N::<999>, 999);
    same::<size!(1000)>(K::<1, 0>, 1000);
    same::<size!(4320)>(K::<4, 320>, 4320);
    same::<size!(25088)>(K::<25, 88>, 25088);
    same::<size!(999_999)>(K::<999, 999>, 999_999);
    same::<size!(1_000_000)>(M::<1, 0, 0>, 1_000_000);
    same::<size!(3_211_264)>(M::<3, 211, 264>, 3_211_264);
    same::<size!(1_000_000_007)>(G::<1, 0, 0, 7>, 1_000_000_007);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn the_largest_size_is_the_largest_number() {
    assert_eq!(<size!(usize::MAX)>::VALUE, usize::MAX);
}

#[test]
fn shapes_know_their_sizes() {
    type Image = shape![3, 224, 224];
    assert_eq!(Image::DIMS, [3, 224, 224]);
    assert_eq!((Image::RANK, Image::LEN), (3, 150_528));
    type Weights = shape![25088, 4096,];
    assert_eq!(Weights::LEN, 102_760_448);
}

#[test]
fn inputs_have_equally_many_samples() {
    type Inputs = (shape![2], shape![1, 3]);
    let images = BatchView::from_slice(&[0.0; 6]).unwrap();
    let classes = BatchView::from_slice(&[1.0; 9]).unwrap();
    assert_eq!(Inputs::samples::<f32>((images, classes)), Ok(3));
    assert_eq!(
        Inputs::samples::<f32>((images, classes.range(0..2))),
        Err(SamplesError { input: 1, expected: 3, found: 2 })
    );
    let mut seen = [0; 2];
    Inputs::for_each((images, classes), |input, numbers| seen[input] = numbers.len());
    assert_eq!(seen, [6, 9]);
}

#[cfg(feature = "std")]
#[test]
fn outputs_are_allocated_together() {
    type Outputs = (shape![2], shape![1, 3], shape![4]);
    let mut batches = Outputs::allocate::<f64>(5);
    Outputs::for_each_mut(&mut batches, |output, numbers| numbers.fill(output as f64));
    Outputs::for_each(Outputs::views(&batches), |output, numbers| {
        assert_eq!(numbers.len(), 5 * Outputs::LENS[output]);
        assert!(numbers.reals().iter().all(|&number| number == output as f64));
    });
    assert_eq!(<(shape![7],)>::allocate::<f32>(3).samples(), 3);
}

#[test]
fn whole_numbers_carry_their_bound() {
    type Words = shape![3 of 40];
    const BOUND: usize = 50_000;
    assert_eq!((Words::DIMS, Words::LEN, Words::BELOW), (&[3][..], 3, Some(40)));
    assert_eq!(<shape![2, BOUND of { 2 * BOUND }]>::BELOW, Some(100_000));
    assert_eq!(<shape![2, BOUND of { 2 * BOUND }]>::DIMS, [2, BOUND]);
    assert_eq!(<shape![3]>::BELOW, None);
    assert_eq!(<shape![1, 2]>::name().to_string(), "[1, 2]");
    assert_eq!(Words::name().to_string(), "[3 of 40]");
    let words = BatchView::<Words>::from_slice(&[1, 2, 3, 4, 5, 39]).unwrap();
    assert_eq!((words.samples(), words.sample(1)), (2, &[4, 5, 39][..]));
    let error = BatchView::<Words, f64>::from_slice(&[1, 2]).unwrap_err();
    assert_eq!((error.expected, error.found), (3, 2));
}

#[test]
fn numbers_are_held_to_their_bounds() {
    type Inputs = (shape![2 of 7], shape![3], shape![1 of 2]);
    const NAMES: &[&str] = &["words", "more", "switch"];
    assert_eq!(Inputs::BELOW, [Some(7), None, Some(2)]);
    let more = [9.5_f32; 6];
    let check = |words: &[u32], switch: &[u32]| Inputs::check_bounds::<f32>((words, &more, switch), &[], NAMES);
    assert_eq!(check(&[0, 6, 6, 0], &[1, 0]), Ok(()));
    let error = check(&[0, 6, 6, 7], &[2, 0]).unwrap_err();
    assert_eq!(error, BoundError { input: "words", sample: 1, position: 1, number: 7, below: 7 });
    let error = check(&[0, 6, 6, 0], &[1, 2]).unwrap_err();
    assert_eq!(error.to_string(), "input `switch`: number 2 of sample 1 at position 0 must be below 2");
}

#[cfg(feature = "std")]
#[test]
fn gradients_of_whole_numbers_are_empty() {
    type Inputs = (shape![2 of 7], shape![3]);
    let mut gradients = Inputs::allocate_gradients::<f64>(4);
    let [words, more] = Inputs::slices_mut(&mut gradients, 1..3);
    assert_eq!((words.len(), more.len()), (0, 6));
    let (words, more) = Inputs::gradients(&gradients, 2);
    assert_eq!((words.samples(), more.samples()), (0, 2));

    let batches = Inputs::allocate::<f64>(4);
    let copy = Inputs::to_batches(Inputs::range(Inputs::views(&batches), 0..3));
    assert_eq!((copy.0.samples(), copy.1.samples()), (3, 3));
}

#[cfg(feature = "std")]
#[test]
fn batches_of_whole_numbers_are_batches() {
    use crate::{Batch, Tensor};

    let mut batch = Batch::<shape![2 of 7]>::from_slice(&[1, 2, 3, 4]).unwrap();
    batch.sample_mut(0).fill(6);
    assert_eq!(batch.as_slice(), [6, 6, 3, 4]);
    let tensor: Tensor<shape![2 of 7]> = batch.tensor(1);
    assert_eq!((tensor.as_slice(), tensor[[1]]), (&[3, 4][..], 4));
    assert_eq!(format!("{batch:?}"), "2 × [2] [[6, 6],\n [3, 4]]");
    assert_eq!(batch.to_tensors().len(), 2);
}
