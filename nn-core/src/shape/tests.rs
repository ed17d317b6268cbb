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
