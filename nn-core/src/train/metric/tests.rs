use super::*;
use crate::data::Samples;
use crate::{Error, network};

/// Seven samples of three classes.
fn seen() -> Predictions<f32, usize> {
    let outputs = [
        [0.8, 0.1, 0.1],
        [0.2, 0.7, 0.1],
        [0.5, 0.3, 0.2],
        [0.1, 0.6, 0.3],
        [0.4, 0.4, 0.2],
        [0.1, 0.2, 0.7],
        [0.6, 0.3, 0.1],
    ];
    Predictions::new(3, outputs.concat(), vec![0, 0, 0, 1, 1, 2, 2]).expect("valid")
}

/// The expected values are those of scikit-learn's `confusion_matrix`, `precision_score` and so on, worked out by hand.
#[test]
fn classes_are_counted() {
    let confusion = seen().confusion().expect("valid");
    assert_eq!(confusion.counts, [2, 1, 0, 1, 1, 0, 1, 0, 1]);
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    near(confusion.accuracy(), 4.0 / 7.0);
    near(confusion.precision(0), 0.5);
    near(confusion.recall(0), 2.0 / 3.0);
    near(confusion.f1(0), 4.0 / 7.0);
    near(confusion.precision(2), 1.0);
    near(confusion.recall(2), 0.5);
    near(confusion.mean(Confusion::recall), (2.0 / 3.0 + 0.5 + 0.5) / 3.0);
    let expected = [
        "     cat  dog  2  precision  recall     F1",
        "cat    2    1  0      0.500   0.667  0.571",
        "dog    1    1  0      0.500   0.500  0.500",
        "  2    1    0  1      1.000   0.500  0.667",
        "accuracy 0.571, mean F1 0.579",
    ];
    assert_eq!(confusion.named(["cat", "dog"]).to_string(), expected.join("\n"));
}

/// By hand: of class 0 two of three pixels that are it or were taken for it, of class 1 two of three, of class 2 none of one.
#[test]
fn pixels_are_counted() {
    // Five pixels of four classes, of which the last does not occur.
    let map = [
        [9.0, 9.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 9.0, 9.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 9.0],
        [1.0, 1.0, 1.0, 1.0, 1.0_f32],
    ];
    let mut confusion = Confusion::new(4);
    confusion.add_pixels(&map.concat(), &[0, 0, 1, 1, 255]).expect("a mask");
    confusion.add_pixels(&map.concat(), &[0, 255, 255, 0, 255]).expect("a mask");
    confusion.add_pixels(&map.concat(), &[255, 255, 255, 1, 1]).expect("a mask");
    assert_eq!((confusion.count(0, 0), confusion.count(0, 1), confusion.count(1, 2)), (3, 1, 1));
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    near(confusion.iou(0), 3.0 / 4.0);
    near(confusion.iou(1), 3.0 / 5.0);
    near(confusion.iou(2), 0.0);
    near(confusion.iou(3), 0.0);
    near(confusion.mean_iou(), (3.0 / 4.0 + 3.0 / 5.0) / 3.0);
    near(confusion.accuracy(), 6.0 / 8.0);
    assert_eq!(Confusion::new(3).mean_iou(), 0.0);
    assert!(matches!(confusion.add_pixels(&map.concat(), &[0, 0, 1, 1, 4]), Err(Error::Label { label: 4, .. })));
    assert!(matches!(confusion.add_pixels(&map.concat(), &[0, 0, 1]), Err(Error::Size { .. })));
}

#[test]
fn pixels_of_a_data_set_are_counted() {
    network! {
        struct Maps = [1, 2, 3] -> conv(4, 1);
    }
    let data = Samples::new(2, (0..12).map(|i| i as f32 / 12.0).collect(), (0..12).map(|i| i % 4).collect::<Vec<u8>>());
    let (data, net) = (data.expect("valid"), Maps::<f32>::new(1));
    let mut expected = Confusion::new(4);
    let outputs = net.predict(
        &crate::Batch::<crate::shape![1, 2, 3]>::from_slice(&(0..12).map(|i| i as f32 / 12.0).collect::<Vec<_>>())
            .expect("two samples"),
    );
    for (map, sample) in outputs.expect("a batch").iter().zip(0..) {
        let mask: Vec<u8> = (0..6).map(|i| (sample * 6 + i) % 4).collect();
        expected.add_pixels(map, &mask).expect("a mask");
    }
    assert_eq!(Confusion::of_pixels(&net, &data, 1).expect("valid"), expected);
    let short = Samples::new(2, vec![0.0_f32; 12], vec![0_u8; 4]).expect("valid");
    assert!(Confusion::of_pixels(&net, &short, 2).is_err());
}

#[test]
fn classes_without_samples_divide_by_nothing() {
    let empty = Confusion::new(2);
    assert_eq!((empty.accuracy(), empty.precision(0), empty.recall(1), empty.f1(0)), (0.0, 0.0, 0.0, 0.0));
}

#[test]
fn the_largest_outputs_count() {
    let shares = [1, 2, 3].map(|k| seen().top_k(k).expect("valid"));
    assert_eq!(shares, [4.0 / 7.0, 6.0 / 7.0, 1.0], "the first of equals is the larger");
    assert!(seen().top_k(0).is_err() && seen().top_k(4).is_err());
}

#[test]
fn areas_are_probabilities_of_pairs() {
    // Class 0 has 0.8, 0.2, 0.5; the others 0.1, 0.4, 0.1, 0.6.
    assert!((seen().auc(0).expect("valid") - (4.0 + 2.0 + 3.0) / 12.0).abs() < 1e-12);
    let answers = |outputs: Vec<f64>, targets: Vec<f64>| Predictions::new(1, outputs, targets)?.auc_of_answers();
    let area = answers(vec![0.9, 0.4, 0.4, 0.1], vec![1.0, 1.0, 0.0, 0.0]).expect("valid");
    assert!((area - 3.5 / 4.0).abs() < 1e-12, "equal scores count half");
    assert!(matches!(answers(vec![0.9, 0.4], vec![1.0, 1.0]), Err(Error::Empty { .. })));
    assert!(seen().auc(3).is_err());
}

#[test]
fn values_are_measured() {
    let seen = Predictions::new(2, vec![2.5, 0.0, 2.0, 8.0], vec![3.0, -0.5, 2.0, 7.0]).expect("valid");
    assert!((seen.r_squared().expect("valid") - 0.948_608_137_044_967_9).abs() < 1e-12);
    assert!((seen.mean_absolute_error().expect("valid") - 0.5).abs() < 1e-12);
    let same = Predictions::new(1, vec![1.0, 1.0], vec![1.0, 1.0]).expect("valid");
    assert_eq!(same.r_squared().expect("valid"), 1.0);
}

#[test]
fn what_does_not_fit_is_told() {
    assert!(Predictions::<f32, usize>::new(3, vec![0.0; 4], vec![0]).is_err());
    assert!(Predictions::<f32, usize>::new(3, vec![], vec![0]).is_err());
    assert!(Predictions::<f32, usize>::new(3, vec![0.0; 6], vec![0; 3]).is_err());
    let two_labels = Predictions::<f32, usize>::new(3, vec![0.0; 3], vec![0, 1]).expect("rows");
    assert!(matches!(two_labels.confusion(), Err(Error::Size { .. })));
    let no_class = Predictions::<f32, usize>::new(3, vec![0.0; 3], vec![3]).expect("rows");
    assert!(matches!(no_class.confusion(), Err(Error::Label { label: 3, .. })));
    assert!(Predictions::new(2, vec![0.0; 4], vec![0.0; 2]).expect("rows").r_squared().is_err());
}

#[test]
fn a_data_set_is_predicted() {
    network! {
        struct Classes = [2] -> affine(3) -> softmax;
    }
    let data = Samples::new(5, (0..10).map(|i| i as f32 / 10.0).collect(), vec![0, 1, 2, 1, 0]).expect("valid");
    let net = Classes::<f32>::new(1);
    let seen = Predictions::of(&net, &data, 2).expect("valid");
    let inputs = crate::Batch::<crate::shape![2]>::from([[0.0, 0.1], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9]]);
    assert_eq!(seen.outputs(), net.predict(&inputs).expect("a batch").as_slice());
    assert_eq!(seen.targets(), [0, 1, 2, 1, 0]);
    assert!(Predictions::of(&net, &data, 0).is_err());
}

#[test]
fn answers_to_each_question_are_counted() {
    let outputs = vec![0.9, 0.2, /**/ 0.6, 0.7, /**/ 0.4, 0.9, /**/ 0.5, f64::NAN];
    let seen =
        Predictions::new(2, outputs, vec![1.0, 0.0, /**/ 0.0, 1.0, /**/ 1.0, 0.0, /**/ 0.0, 1.0]).expect("valid");
    let [first, second] = [0, 1].map(|label| seen.answers(label).expect("a label"));
    assert_eq!((first.counts, second.counts), (vec![1, 1, 1, 1], vec![1, 1, 1, 1]));
    let one = Predictions::new(1, vec![0.9, 0.8, 0.7, 0.1], vec![1.0, 1.0, 0.0, 1.0])
        .expect("valid")
        .answers(0)
        .expect("one");
    assert_eq!(
        (one.precision(1), one.recall(1), one.to_string().starts_with("     no  yes")),
        (2.0 / 3.0, 2.0 / 3.0, true)
    );
    assert!(seen.answers(2).is_err());
    assert!(Predictions::new(2, vec![0.5; 4], vec![1.0; 2]).expect("valid").answers(0).is_err(), "a target for each");
}
