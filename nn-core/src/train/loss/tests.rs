use super::*;
use crate::data::VOID;
use crate::ops::testing::{Failures, numbers, wide};
use crate::simd::isa::on_every_isa;

const LOGITS: [f64; 6] = [0.5, -1.0, 2.0, 3.0, 0.25, -0.75];
const LABELS: [usize; 2] = [2, 1];
const VALUES: [f64; 6] = [0.0, 1.0, 0.25, 1.0, 0.0, 0.5];
const HEADS: [Head; 4] = [Head::Identity, Head::Softmax, Head::LogSoftmax, Head::Sigmoid];

/// PyTorch's, in double precision:
///
/// ```python
/// z = torch.tensor([[0.5, -1, 2], [3, 0.25, -0.75]], dtype=torch.float64, requires_grad=True)
/// loss = F.cross_entropy(z, torch.tensor([2, 1]))             # F.nll_loss(torch.sigmoid(z).log(), …)
/// loss = F.binary_cross_entropy_with_logits(z, t)             # F.binary_cross_entropy(z.softmax(1), t)
/// loss = F.mse_loss(head(z), t)                               # t = [[0, 1, 0.25], [1, 0, 0.5]]
/// loss.backward(); print(loss.item(), z.grad)
/// ```
fn check<L: Loss<f64>>(loss: &L, head: Head, targets: &[L::Target], expected: f64, gradient: [f64; 6]) {
    let mut found = [f64::NAN; 6];
    let value = loss.evaluate(head, 3, &LOGITS, targets, &mut found).expect("valid");
    assert!((value - expected).abs() < 1e-12, "{head:?}: {value} for {expected}");
    for (found, expected) in found.iter().zip(gradient) {
        assert!((found - expected).abs() < 1e-9, "{head:?}: {found} for {expected}");
    }
}

#[test]
fn cross_entropy_is_pytorchs() {
    let gradient = [0.0876451961, 0.0195562866, -0.1072014827, 0.4597931122, -0.4706064097, 0.0108132976];
    for head in [Head::Identity, Head::Softmax, Head::LogSoftmax] {
        check(&CrossEntropy, head, &LABELS, 1.5375713814464695, gradient);
    }
    let gradient = [0.0, 0.0, -0.059601461, 0.0, -0.2189117496, 0.0];
    check(&CrossEntropy, Head::Sigmoid, &LABELS, 0.3514337154609082, gradient);
}

/// `F.cross_entropy(z, labels, weight=…, label_smoothing=…, ignore_index=7)`
#[test]
fn weighted_cross_entropy_is_pytorchs() {
    let weighted = || WeightedCrossEntropy::new().weights([1.0, 5.0, 0.5]);
    let plain = [0.0876451961, 0.0195562866, -0.1072014827, 0.4597931122, -0.4706064097, 0.0108132976];
    let of_weights = [0.0159354902, 0.0035556885, -0.0194911787, 0.8359874767, -0.8556480177, 0.019660541];
    let smooth = [0.0709785294, 0.00288962, -0.0738681494, 0.4431264455, -0.4372730764, -0.0058533691];
    let of_both = [0.0144379382, -0.0546799131, 0.0402419749, 0.7291210172, -0.7404927575, 0.0113717403];
    let of_second = [0.0, 0.0, 0.0, 0.8020331189, -0.8145420333, 0.0125089143];
    for head in [Head::Identity, Head::Softmax, Head::LogSoftmax] {
        check(&WeightedCrossEntropy::new(), head, &LABELS, 1.5375713814464695, plain);
        check(&weighted(), head, &LABELS, 2.5981478144559067, of_weights);
        check(&WeightedCrossEntropy::new().smoothing(0.1), head, &LABELS, 1.583404714779803, smooth);
        check(&weighted().smoothing(0.2), head, &LABELS, 2.4935294995502297, of_both);
        check(&weighted().smoothing(0.2).ignore(7), head, &[7, 1], 2.4826639000623936, of_second);
        check(&weighted().ignore(7), head, &[7, 7], 0.0, [0.0; 6]);
    }
}

/// `F.smooth_l1_loss(head(z), t, beta=…)`
#[test]
fn smooth_l1_is_pytorchs() {
    let wide = [0.083333333333, -0.166666666667, 0.166666666667, 0.166666666667, 0.041666666667, -0.166666666667];
    check(&SmoothL1::new(1.0), Head::Identity, &VALUES, 0.859375, wide);
    let narrow = [0.166666666667, -0.166666666667, 0.166666666667, 0.166666666667, 0.083333333333, -0.166666666667];
    check(&SmoothL1::new(0.5), Head::Identity, &VALUES, 1.0520833333333333, narrow);
    let of_sigmoid = [0.039167285367, -0.03276865554, 0.017498930901, -0.00142836169, 0.041022347123, -0.026028094359];
    check(&SmoothL1::new(0.25), Head::Sigmoid, &VALUES, 0.3525333213442035, of_sigmoid);
    let none = SmoothL1::new(0.0).evaluate(Head::Identity, 3, &LOGITS, &VALUES, &mut [0.0; 6]);
    assert_eq!(none.expect_err("no beta").to_string(), "beta of smooth L1 is 0, but must be a positive, finite number");
}

/// ```python
/// p, e = z.sigmoid(), F.binary_cross_entropy_with_logits(z, t, reduction="none")
/// ((alpha * t + (1 - alpha) * (1 - t)) * e * (1 - p * t - (1 - p) * (1 - t)) ** gamma).mean()
/// ```
#[test]
fn focal_loss_is_that_of_its_formula() {
    let paper = [0.065768977734, -0.032009780133, 0.043604304993, -1.311966e-05, 0.050780426625, -0.003732889566];
    let plain = [0.051871610933, -0.060921548219, 0.052566423165, -0.003952156098, 0.04684804174, -0.014931558265];
    let other = [0.024024621975, -0.0985144032, 0.029269265585, -0.000150856289, 0.019400049654, -0.005279103051];
    for head in [Head::Identity, Head::Sigmoid] {
        check(&Focal::new(0.25, 2.0), head, &VALUES, 0.20570550992469136, paper);
        check(&Focal::new(0.5, 0.0), head, &VALUES, 0.4625553716923989, plain);
        check(&Focal::new(0.75, 1.5), head, &VALUES, 0.2178881996150991, other);
    }
    let evaluate = |loss: Focal, head, targets: &[f64]| {
        let found = loss.evaluate(head, 3, &LOGITS, targets, &mut [0.0; 6]);
        found.expect_err("does not fit").to_string()
    };
    assert_eq!(
        evaluate(Focal::new(2.0, 2.0), Head::Sigmoid, &VALUES),
        "alpha of focal loss is 2, but must be from 0 to 1"
    );
    assert_eq!(
        evaluate(Focal::new(0.5, 0.5), Head::Sigmoid, &VALUES),
        "gamma of focal loss is 0.5, but must be 0, or 1 and above"
    );
    assert_eq!(
        evaluate(Focal::new(0.5, 2.0), Head::Softmax, &VALUES),
        "head of focal loss: expected sigmoid or none, found Softmax"
    );
    let wrong = "target 1 of focal loss: expected a value from 0 to 1, found 2";
    assert_eq!(evaluate(Focal::new(0.5, 2.0), Head::Sigmoid, &[0.0, 2.0, 0.0, 0.0, 0.0, 0.0]), wrong);
}

/// A map of two pixels, channels first. Its classes are `[0.5, 2, 0.25]` and `[-1, 3, -0.75]`.
const MAP: [f64; 6] = [0.5, -1.0, 2.0, 3.0, 0.25, -0.75];

/// PyTorch's of that map, `z`, in double precision:
///
/// ```python
/// F.cross_entropy(z, y, weight=w, ignore_index=255)          # y = [[[2, 1]]] or [[[255, 1]]]
/// p, t = z.softmax(1), F.one_hot(y, 3).permute(0, 3, 1, 2)   # both without the pixels that are ignored
/// (1 - ((2 * (p * t).sum((2, 3)) + s) / (p.sum((2, 3)) + t.sum((2, 3)) + s)).mean(1)).mean()
/// ```
#[test]
fn losses_of_pixels_are_pytorchs() {
    let check = |loss: &dyn Loss<f64, Target = u8>, mask: &[u8], expected: f64, gradient: [f64; 6]| {
        let mut found = [f64::NAN; 6];
        let value = loss.evaluate(Head::Identity, 6, &MAP, mask, &mut found).expect("valid");
        assert!((value - expected).abs() < 1e-12, "{mask:?}: {value} for {expected}");
        for (found, expected) in found.iter().zip(gradient) {
            assert!((found - expected).abs() < 1e-11, "{mask:?}: {found} for {expected}");
        }
    };
    let weighted = PixelCrossEntropy::new(3).weights([1.0, 5.0, 0.5]);
    let plain = [0.079865954855, 0.008790099817, 0.357934376964, -0.020076811397, -0.437800331819, 0.01128671158];
    check(&PixelCrossEntropy::new(3), &[2, 1], 1.0626202322312865, plain);
    let of_weights = [0.014521082701, 0.015981999667, 0.06507897763, -0.036503293449, -0.079600060331, 0.020521293782];
    check(&weighted, &[2, 1], 0.22673443128006074, of_weights);
    let of_second = [0.0, 0.017580199634, 0.0, -0.040153622794, 0.0, 0.02257342316];
    check(&weighted, &[VOID, 1], 0.040982031068677226, of_second);
    check(&weighted.clone().ignore(2), &[2, 1], 0.040982031068677226, of_second);
    check(&weighted, &[VOID, VOID], 0.0, [0.0; 6]);
    let dice = [0.028416769833, 0.005962676118, 0.006762701793, -0.010228762597, -0.035179471626, 0.004266086479];
    check(&Dice::new(3), &[2, 1], 0.25821078033562006, dice);
    let sharper = [0.045831777253, 0.008431002768, 0.002577080939, -0.013132745475, -0.048408858192, 0.004701742707];
    check(&Dice::new(3).smoothing(0.5), &[2, 1], 0.3484000108160614, sharper);
    let of_second = [0.0, 0.007359471959, 0.0, -0.016738427448, 0.0, 0.009378955489];
    check(&Dice::new(3), &[VOID, 1], 0.01763923507715459, of_second);
}

/// Every count of pixels and classes, on every instruction set, as cross-entropy of each pixel by itself.
#[test]
fn pixels_cost_what_samples_do() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (classes, pixels) in [(1, 1), (2, 3), (11, 16), (3, 17), (21, 100), (5, 33)] {
            let x = numbers::<f32>(2 * classes * pixels, 1);
            let labels: Vec<u8> = (0..2 * pixels).map(|i| (i * 7 % classes) as u8).collect();
            let mut found = vec![9.0; x.len()];
            let loss = PixelCrossEntropy::new(classes);
            let mean = loss.evaluate(Head::Identity, classes * pixels, &x, &labels, &mut found).expect("valid");
            let place = |i: usize, class: usize| (i / pixels * classes + class) * pixels + i % pixels;
            let rows: Vec<f64> =
                (0..2 * pixels * classes).map(|i| f64::from(x[place(i / classes, i % classes)])).collect();
            let (mut of_rows, labels) = (vec![0.0; rows.len()], labels.iter().map(|&l| l.into()).collect::<Vec<_>>());
            let expected = CrossEntropy.evaluate(Head::Identity, classes, &rows, &labels, &mut of_rows).expect("valid");
            let found: Vec<f32> = (0..rows.len()).map(|i| found[place(i / classes, i % classes)]).collect();
            let what = format!("{classes} classes of {pixels} pixels on {isa:?}");
            failures.compare(&what, &[mean], &[expected], 1e-6);
            failures.compare(&what, &found, &of_rows, 1e-6);
            let hits = Loss::<f32>::correct(&loss, Head::Identity, classes * pixels, &x, &vec![0; 2 * pixels]);
            let zeros = vec![0; 2 * pixels];
            let rows = Loss::<f64>::correct(&CrossEntropy, Head::Identity, classes, &rows, &zeros);
            assert_eq!(hits, rows, "{what}");
        }
    });
    failures.report();
}

#[test]
fn gradients_of_pixels() {
    let mut failures = Failures::default();
    let (classes, pixels) = (4, 9);
    let x = numbers::<f64>(3 * classes * pixels, 1);
    let masks: Vec<u8> = (0..3 * pixels).map(|i| if i % 5 == 0 { VOID } else { (i * 3 % classes) as u8 }).collect();
    let losses: [(&str, &dyn Loss<f64, Target = u8>); 2] =
        [("cross-entropy", &PixelCrossEntropy::new(4).weights([1.0, 0.5, 3.0, 0.0])), ("dice", &Dice::new(4))];
    for (what, loss) in losses {
        let (mut dx, mut unused) = (vec![9.0; x.len()], vec![9.0; x.len()]);
        loss.evaluate(Head::Identity, classes * pixels, &x, &masks, &mut dx).expect("valid");
        failures.check_gradient(what, &dx, &x, |x| {
            loss.evaluate(Head::Identity, classes * pixels, x, &masks, &mut unused).expect("valid")
        });
    }
    failures.report();
}

#[test]
fn masks_that_do_not_fit_are_told() {
    let evaluate = |loss: &dyn Loss<f32, Target = u8>, head, masks: &[u8]| {
        let found = loss.evaluate(head, 6, &[0.0; 12], masks, &mut [0.0; 12]);
        found.map_err(|error| error.to_string()).expect_err("does not fit")
    };
    let plain = || PixelCrossEntropy::new(3);
    for (loss, head, masks, message) in [
        (
            plain(),
            Head::Identity,
            &[0, 1, 2, 3][..],
            "the masks: label 3 of sample 1 is out of range; 3 classes are labelled 0 to 2",
        ),
        (plain(), Head::Identity, &[0, 1, 2], "targets given to the loss: expected 4 for 2 samples, found 3"),
        (
            plain(),
            Head::Sigmoid,
            &[0; 4],
            "head of a loss of pixels: expected none: it takes the logits, found Sigmoid",
        ),
        (plain().weights([1.0]), Head::Identity, &[0; 4], "class weights: expected 3, one for each class, found 1"),
        (
            plain().weights([1.0, -1.0, 1.0]),
            Head::Identity,
            &[0; 4],
            "class weight is -1, but must be a finite number, 0 or above",
        ),
        (
            PixelCrossEntropy::new(0),
            Head::Identity,
            &[0; 4],
            "count of classes of pixels is 0, but must be from 1 to 255",
        ),
        (
            PixelCrossEntropy::new(4),
            Head::Identity,
            &[0; 2],
            "numbers of a map of pixels: expected a multiple of 4 classes, found 6",
        ),
    ] {
        assert_eq!(evaluate(&loss, head, masks), message);
    }
    let message = "smoothing of the Dice coefficient is 0, but must be a positive, finite number";
    assert_eq!(evaluate(&Dice::new(3).smoothing(0.0), Head::Identity, &[0; 4]), message);
    let error = Loss::<f32>::check_output(&plain(), &[5, 4, 4]).expect_err("five channels").to_string();
    assert_eq!(
        error,
        "output that a loss of pixels takes: expected a map [3, height, width], a channel for each class, found [5, 4, 4]"
    );
}

/// `(w * loss(…, reduction="none").mean(1)).sum() / w.sum()`; where classes have weights `c`, divided by `(w * c[labels]).sum()`.
#[test]
fn sample_weights_are_pytorchs() {
    let w = [0.5, 2.0];
    let expected = [0.0350580784, 0.0078225147, -0.0428805931, 0.7356689795, -0.7529702556, 0.0173012761];
    check(&SampleWeights::new(&CrossEntropy, &w), Head::Softmax, &LABELS, 2.315327432320057, expected);
    let weighted = WeightedCrossEntropy::new().weights([1.0, 5.0, 0.5]).smoothing(0.2);
    let expected = [0.0038735932, -0.0146702206, 0.0107966274, 0.7824713355, -0.7946751544, 0.0122038189];
    check(&SampleWeights::new(&weighted, &w), Head::Softmax, &LABELS, 2.485579060900594, expected);
    let expected = [0.0414972887, -0.0487372386, 0.0420531385, -0.0126468995, 0.1499137336, -0.0477809864];
    check(&SampleWeights::new(&BinaryCrossEntropy, &w), Head::Sigmoid, &VALUES, 0.6973238528674163, expected);
    let expected = [-0.0055769688, -0.0071695684, 0.0127465372, 0.000207596, 0.0043776614, -0.0045852574];
    check(&SampleWeights::new(&MeanSquaredError, &w), Head::Softmax, &VALUES, 0.14639661610011984, expected);

    let nothing = SampleWeights::new(&CrossEntropy, &[0.0, 0.0]);
    check(&nothing, Head::Softmax, &LABELS, 0.0, [0.0; 6]);
    assert_eq!(Loss::<f64>::weight(&nothing, 3, &LABELS), 0.0);
    // One that is ignored has no weight, whatever is said.
    let ignoring = WeightedCrossEntropy::new().ignore(7);
    let alone = [0.0, 0.0, 0.0, 0.9195862244, -0.9412128194, 0.0216265951];
    check(&SampleWeights::new(&ignoring, &w), Head::Softmax, &[7, 1], 2.833831466235782, alone);
}

#[test]
fn gradients_of_weighted_samples_are_right() {
    crate::network! {
        struct Small = [3] -> affine(5) -> tanh -> affine(4) -> softmax;
        struct Answers = [3] -> affine(5) -> tanh -> affine(4) -> sigmoid;
    }
    use crate::Network as _;
    let inputs = crate::Batch::<crate::shape![3], f64>::from([[0.3, -0.8, 0.5], [0.1, 0.9, -0.4], [-0.7, 0.2, 0.6]]);
    let (w, labels) = ([0.3, 2.0, 0.7], [3, 255, 1]);
    let check = |differences: Result<Vec<crate::train::Difference>, Error>| {
        for difference in differences.expect("a batch") {
            assert!(difference.relative < 2e-7, "{difference:?}");
        }
    };
    let net = Small::<f64>::new(1);
    let loss = WeightedCrossEntropy::new().weights([1.0, 3.0, 0.5, 2.0]).smoothing(0.1).ignore(255);
    check(crate::GradientCheck::new().network(&net, &inputs, &loss, &labels));
    check(crate::GradientCheck::new().network(&net, &inputs, &SampleWeights::new(&loss, &w), &labels));
    check(crate::GradientCheck::new().network(&net, &inputs, &scaled(0.3, MeanSquaredError), &[0.4; 12]));
    let answers = SampleWeights::new(&BinaryCrossEntropy, &w);
    check(crate::GradientCheck::new().network(&Answers::<f64>::new(1), &inputs, &answers, &[0.4; 12]));
}

#[test]
fn sample_weights_refuse_what_they_cannot_weigh() {
    let evaluate = |weights: &[f64], labels: &[usize]| {
        SampleWeights::new(&CrossEntropy, weights).evaluate(Head::Softmax, 3, &LOGITS, labels, &mut [0.0; 6])
    };
    for (weights, labels, expected) in [
        (&[1.0][..], [0, 1], "weights of samples given to the loss: expected 2, one for each sample, found 1"),
        (&[1.0, -0.5], [0, 1], "weight of a sample is -0.5, but must be a finite number, 0 or above"),
        (&[f64::INFINITY, 1.0], [0, 1], "weight of a sample is inf, but must be a finite number, 0 or above"),
        (&[1.0, 1.0], [0, 3], "targets: label 3 of sample 1 is out of range; 3 classes are labelled 0 to 2"),
    ] {
        assert_eq!(evaluate(weights, &labels).expect_err(expected).to_string(), expected);
    }
    let error = scaled(f64::NAN, CrossEntropy).evaluate(Head::Softmax, 3, &LOGITS, &LABELS, &mut [0.0; 6]);
    assert!(matches!(error, Err(Error::Setting { .. })));
}

#[test]
fn weighted_cross_entropy_refuses_what_it_cannot_weigh() {
    let weighted = WeightedCrossEntropy::new;
    let wrong = [
        (weighted().weights([1.0, 2.0]), Head::Softmax),
        (weighted().weights([1.0, -2.0, 1.0]), Head::Softmax),
        (weighted().weights([1.0, f64::NAN, 1.0]), Head::Softmax),
        (weighted().smoothing(1.0), Head::Softmax),
        (weighted().smoothing(-0.1), Head::Softmax),
        (weighted().ignore(3), Head::Sigmoid),
        (weighted().ignore(2), Head::Softmax),
    ];
    for (i, (loss, head)) in wrong.into_iter().enumerate() {
        // The last one is wrong for a label that is no class and not ignored.
        let labels = if i == 6 { [2, 3] } else { LABELS };
        assert!(loss.evaluate(head, 3, &LOGITS, &labels, &mut [0.0; 6]).is_err(), "case {i}");
    }
    assert_eq!(weighted().correct(Head::Softmax, 3, &LOGITS, &LABELS), Some(Hits { right: 1, of: 2 }));
    let [first, second] = LABELS;
    let ignored = |labels: &[usize]| weighted().ignore(7).correct(Head::Softmax, 3, &LOGITS, labels);
    let alone = [ignored(&[first, 7]), ignored(&[7, second])].map(|hits| hits.expect("of classes"));
    assert_eq!((alone[0].of, alone[1].of, alone[0].right + alone[1].right), (1, 1, 1));
    assert_eq!(ignored(&[7, 7]), Some(Hits { right: 0, of: 0 }));
}

#[test]
fn a_closure_is_a_loss() {
    let sum = custom(3, |len, logits: &[f64], targets: &[f64], gradients: &mut [f64]| {
        assert_eq!(len, 3);
        gradients.fill(1.0);
        logits.iter().zip(targets).map(|(x, t)| x - t).sum()
    });
    check(&sum, Head::Softmax, &VALUES, LOGITS.iter().sum::<f64>() - VALUES.iter().sum::<f64>(), [1.0; 6]);
    assert!(sum.evaluate(Head::Softmax, 3, &LOGITS, &VALUES[1..], &mut [0.0; 6]).is_err());
}

#[test]
fn cross_entropy_of_every_width_on_every_isa() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (rows, len) in [(1, 1), (3, 1), (2, 3), (128, 10), (2, 15), (3, 16), (2, 17), (1, 33), (2, 100)] {
            let what = format!("{rows}×{len} on {isa:?}");
            let x: Vec<f32> = numbers::<f32>(rows * len, 1).into_iter().map(|x| x * 9.0).collect();
            let labels: Vec<usize> = (0..rows).map(|row| row * 7 % len).collect();
            let mut found = vec![9.0; x.len()];
            let loss = CrossEntropy.evaluate(Head::Identity, len, &x, &labels, &mut found).expect("valid");
            let (mut total, mut gradient) = (0.0, Vec::new());
            for (row, &label) in wide(&x).chunks(len).zip(&labels) {
                let sum: f64 = row.iter().map(|x| x.exp()).sum();
                total += sum.ln() - row[label];
                let target = |class| if class == label { 1.0 } else { 0.0 };
                gradient.extend(row.iter().enumerate().map(|(class, x)| (x.exp() / sum - target(class)) / rows as f64));
            }
            failures.compare(&what, &[loss], &[total / rows as f64], 1e-6);
            failures.compare(&format!("gradient: {what}"), &found, &gradient, 1e-6);
        }
    });
    failures.report();
}

#[test]
fn binary_cross_entropy_is_pytorchs() {
    let gradient = [0.1037432219, -0.1218430964, 0.1051328463, -0.0079043122, 0.0936960835, -0.0298631165];
    for head in [Head::Identity, Head::Sigmoid] {
        check(&BinaryCrossEntropy, head, &VALUES, 0.9251107433847978, gradient);
    }
    let gradient = [-0.0145516135, -0.1778178827, 0.1923694962, 0.051963228, 0.0243863694, -0.0763495974];
    for head in [Head::Softmax, Head::LogSoftmax] {
        check(&BinaryCrossEntropy, head, &VALUES, 1.1202586199573312, gradient);
    }
}

/// A loss of one number and its derivative, by definition, of a logit and a target.
type Part = fn(f64, f64) -> [f64; 2];

/// Losses that see one number at a time: batches of all sizes, logits far from zero too.
#[test]
fn losses_of_each_number_on_every_isa() {
    let cases: [(&str, &dyn Loss<f32, Target = f32>, Head, Part); 3] = [
        ("binary cross-entropy", &BinaryCrossEntropy, Head::Sigmoid, |x, t| {
            [x.max(0.0) - x * t + (-x.abs()).exp().ln_1p(), 1.0 / (1.0 + (-x).exp()) - t]
        }),
        ("squared error", &MeanSquaredError, Head::Identity, |x, t| [(x - t).powi(2), 2.0 * (x - t)]),
        ("squared error of sigmoid", &MeanSquaredError, Head::Sigmoid, |x, t| {
            let y = 1.0 / (1.0 + (-x).exp());
            [(y - t).powi(2), 2.0 * (y - t) * y * (1.0 - y)]
        }),
    ];
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for len in [1, 3, 4, 5, 8, 15, 16, 17, 31, 33, 100, 5000] {
            let x: Vec<f32> = numbers::<f32>(len, 1).into_iter().map(|x| x * x * x * 100.0).collect();
            let t: Vec<f32> = numbers::<f32>(len, 2).into_iter().map(|t| t.clamp(-0.5, 0.5) + 0.5).collect();
            for (name, loss, head, part) in cases {
                let what = format!("{name}, {len} on {isa:?}");
                let mut found = vec![9.0; len];
                let mean = loss.evaluate(head, 1, &x, &t, &mut found).expect("valid");
                let parts = wide(&x).into_iter().zip(wide(&t)).map(|(x, t)| part(x, t).into());
                let (losses, gradient): (Vec<f64>, Vec<f64>) = parts.unzip();
                failures.compare(&what, &[mean], &[losses.iter().sum::<f64>() / len as f64], 1e-6);
                found.iter_mut().for_each(|d| *d *= len as f32);
                failures.compare(&format!("gradient: {what}"), &found, &gradient, 1e-6);
            }
        }
    });
    failures.report();
}

#[test]
fn mean_squared_error_is_pytorchs() {
    let cases = [
        (
            Head::Identity,
            2.15625,
            [0.1666666667, -0.6666666667, 0.5833333333, 0.6666666667, 0.0833333333, -0.4166666667],
        ),
        (
            Head::Softmax,
            0.24660982904806414,
            [-0.013942422, -0.0179239209, 0.0318663429, 0.0001297475, 0.0027360384, -0.0028657859],
        ),
        (
            Head::LogSoftmax,
            8.208276656867769,
            [-0.2021642955, -1.329366361, 1.5315306565, 2.1680430377, -0.7829164585, -1.3851265793],
        ),
        (
            Head::Sigmoid,
            0.2783673093012097,
            [0.0487600845, -0.0479116135, 0.022076549, -0.0007141808, 0.0461235991, -0.0130140472],
        ),
    ];
    for (head, loss, gradient) in cases {
        check(&MeanSquaredError, head, &VALUES, loss, gradient);
    }
}

#[test]
fn large_logits_neither_overflow_nor_vanish() {
    let mut gradients = [0.0_f32; 2];
    let loss = CrossEntropy.evaluate(Head::Softmax, 2, &[1000.0, -1000.0], &[1], &mut gradients).expect("valid");
    assert_eq!((loss, gradients), (2000.0, [1.0, -1.0]));
    let loss = BinaryCrossEntropy.evaluate(Head::Sigmoid, 1, &[-500.0, 500.0], &[1.0, 1.0], &mut gradients);
    assert_eq!((loss.expect("valid"), gradients), (250.0, [-0.5, 0.0]));
}

/// The limits of `softplus(x) - x·t` and `sigmoid(x) - t`, and NaN of NaN alone.
#[test]
fn infinite_logits_have_their_limits() {
    const MORE: f32 = f32::INFINITY;
    let cases: [(f32, f32, f32, f32); 8] = [
        (MORE, 0.0, MORE, 1.0),
        (MORE, 0.25, MORE, 0.75),
        (MORE, 1.0, 0.0, 0.0),
        (-MORE, 0.0, 0.0, 0.0),
        (-MORE, 0.25, MORE, -0.25),
        (-MORE, 1.0, MORE, -1.0),
        (f32::MAX, 1.0, 0.0, 0.0),
        (-f32::MAX, 0.0, 0.0, 0.0),
    ];
    on_every_isa(|isa| {
        for (x, t, loss, gradient) in cases {
            for len in [1, 5, 16, 33] {
                for head in [Head::Identity, Head::Sigmoid] {
                    let mut found = vec![9.0; len];
                    // Numbers without loss around the one.
                    let (mut logits, mut targets) = (vec![-200.0; len], vec![0.0; len]);
                    (logits[len / 2], targets[len / 2]) = (x, t);
                    let mean = BinaryCrossEntropy.evaluate(head, len, &logits, &targets, &mut found).expect("valid");
                    let what = format!("{x} for {t}, {len} on {isa:?}");
                    assert_eq!((mean, found[len / 2]), (loss, gradient * (1.0 / len as f32)), "{what}");
                }
            }
        }
        for t in [0.0, 0.5, 1.0] {
            let mut found = [9.0_f32];
            let loss = BinaryCrossEntropy.evaluate(Head::Sigmoid, 1, &[f32::NAN], &[t], &mut found).expect("valid");
            assert!(loss.is_nan() && found[0].is_nan(), "{isa:?}");
        }
    });
    let mut found = [9.0_f32; 2];
    let loss = CrossEntropy.evaluate(Head::Sigmoid, 2, &[MORE, 0.0], &[0], &mut found).expect("valid");
    assert_eq!((loss, found), (0.0, [0.0, 0.0]));
}

#[test]
fn nan_is_not_hidden() {
    let mut gradients = [0.0_f32; 2];
    for head in HEADS {
        let outputs = [0.0, f32::NAN];
        let cross_entropy = CrossEntropy.evaluate(head, 2, &outputs, &[1], &mut gradients).expect("valid");
        let binary = BinaryCrossEntropy.evaluate(head, 2, &outputs, &[1.0, 0.0], &mut gradients).expect("valid");
        let squared = MeanSquaredError.evaluate(head, 2, &outputs, &[1.0, 0.0], &mut gradients).expect("valid");
        assert!(cross_entropy.is_nan() && binary.is_nan() && squared.is_nan(), "{head:?}");
    }
}

#[test]
fn wrong_slices_are_refused() {
    let outputs = [0.0_f32; 6];
    type Case<'a> = (&'a [f32], &'a [usize], usize, usize, &'a str);
    let cases: [Case<'_>; 6] = [
        (&outputs, &[0, 1, 2], 6, 3, "targets given to the loss: expected 2 for 2 samples, found 3"),
        (&outputs, &[0, 3], 6, 3, "targets: label 3 of sample 1 is out of range; 3 classes are labelled 0 to 2"),
        (&outputs, &[0, 1], 5, 3, "gradients given to the loss: expected 6, found 5"),
        (&outputs[..5], &[0], 5, 3, "outputs given to the loss: expected whole rows of 3 numbers, found 5"),
        (&[], &[], 0, 3, "the batch given to the loss holds no samples; at least one is needed"),
        (&outputs, &[0], 6, 0, "the batch given to the loss holds no samples; at least one is needed"),
    ];
    for (outputs, labels, gradients, len, message) in cases {
        let found = CrossEntropy.evaluate(Head::Softmax, len, outputs, labels, &mut vec![0.0; gradients]);
        assert_eq!(found.expect_err(message).to_string(), message);
    }
    for target in [-0.1, 1.5, f32::NAN] {
        let found = BinaryCrossEntropy.evaluate(Head::Sigmoid, 1, &[0.0], &[target], &mut [0.0]);
        assert!(found.expect_err("out of range").to_string().contains("target 0"), "{target}");
    }
}

#[test]
fn the_right_ones_are_counted() {
    let outputs = [2.0_f64, 1.0, -1.0, 3.0];
    let hits = |right| Some(Hits { right, of: 2 });
    assert_eq!(Loss::<f64>::correct(&CrossEntropy, Head::Softmax, 2, &outputs, &[0, 0]), hits(1));
    let values = [1.0, 1.0, 0.0, 1.0];
    assert_eq!(BinaryCrossEntropy.correct(Head::Sigmoid, 2, &outputs, &values), hits(2));
    assert_eq!(BinaryCrossEntropy.correct(Head::Sigmoid, 2, &outputs, &[1.0, 0.0, 0.0, 1.0]), hits(1));
    assert_eq!(MeanSquaredError.correct(Head::Identity, 2, &outputs, &values), None);
    assert!(accuracy::<f32>(2, &[], &[]).is_err() && accuracy(2, &[0.0, 1.0], &[1, 1]).is_err());
    let error = accuracy(1 << 63, &[0.0; 0], &[0, 0]).expect_err("their product wraps round").to_string();
    assert_eq!(error, "outputs whose accuracy is wanted: expected 9223372036854775808 for each of 2 labels, found 0");
}

/// A NaN is never the right class, wherever it is and whatever the label.
#[test]
fn nan_is_never_right() {
    let nan = f64::NAN;
    for label in 0..3 {
        assert_eq!(accuracy(3, &[nan; 3], &[label]).expect("valid"), 0.0);
        assert_eq!(
            Loss::<f64>::correct(&CrossEntropy, Head::Softmax, 3, &[nan; 3], &[label]).map(|hits| hits.right),
            Some(0)
        );
        let mut row = [0.0, 1.0, 2.0];
        row[label] = nan;
        assert_eq!((argmax(&row), accuracy(3, &row, &[label]).expect("valid")), (label, 0.0));
        assert_eq!(accuracy(3, &row, &[2]).expect("valid"), 0.0, "where another is the largest");
    }
    for target in [0.0, 1.0] {
        assert_eq!(BinaryCrossEntropy.correct(Head::Sigmoid, 1, &[nan], &[target]).map(|hits| hits.right), Some(0));
    }
}

#[test]
fn a_head_can_be_undone() {
    for head in HEADS {
        let (mut output, mut again) = (LOGITS, LOGITS);
        head.apply(6, &LOGITS, &mut output);
        let mut logits = output;
        head.invert(&mut logits);
        head.apply(6, &logits, &mut again);
        for (found, expected) in again.iter().zip(output) {
            assert!((found - expected).abs() < 1e-12, "{head:?}: {again:?} for {output:?}");
        }
    }
    let mut rounded = [0.0_f32, 1.0];
    Head::Sigmoid.invert(&mut rounded);
    assert!(rounded.iter().all(|logit| logit.is_finite()), "{rounded:?}");
}

#[test]
fn a_head_of_other_lengths_is_refused() {
    for head in HEADS {
        for (len, logits, outputs) in [(0, 0, 0), (4, 6, 6), (3, 6, 3), (3, 3, 6)] {
            let apply = || head.apply(len, &LOGITS[..logits], &mut [0.0; 6][..outputs]);
            assert!(std::panic::catch_unwind(apply).is_err(), "{head:?}, {logits} and {outputs} of {len}");
        }
    }
}

/// The loss and the gradients of so many samples, once as they are evaluated and once sample by sample.
#[cfg(feature = "parallel")]
fn check_halves<L: Loss<f32>>(loss: &L, head: Head, [samples, len]: [usize; 2], targets: &[L::Target]) {
    let outputs = numbers::<f32>(samples * len, 1);
    let on = |threads| {
        let evaluate = || {
            let mut gradients = vec![9.0; outputs.len()];
            let mean = loss.evaluate(head, len, &outputs, targets, &mut gradients).expect("valid");
            (mean, gradients)
        };
        crate::on_threads(Some(threads), evaluate).expect("threads")
    };
    let what = format!("{head:?}, {samples} × {len}");
    let (mean, gradients) = on(1);
    for threads in [2, 3, 8] {
        assert!(on(threads) == (mean, gradients.clone()), "{what}, {threads} threads");
    }
    let mut sum = 0.0;
    let targets = targets.chunks(targets.len() / samples);
    for ((x, t), dx) in outputs.chunks(len).zip(targets).zip(gradients.chunks(len)) {
        let mut alone = vec![9.0; len];
        sum += f64::from(loss.evaluate(head, len, x, t, &mut alone).expect("valid"));
        for (dx, alone) in dx.iter().zip(alone) {
            assert!((dx * samples as f32 - alone).abs() < 1e-5, "{what}: {dx} of {samples}, alone {alone}");
        }
    }
    let expected = sum / samples as f64;
    assert!((f64::from(mean) - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{what}: {mean}, alone {expected}");
}

#[cfg(feature = "parallel")]
#[test]
fn halves_of_a_batch_are_summed_alike_on_any_number_of_threads() {
    for head in HEADS {
        for size @ [samples, len] in [[1, 5000], [3, 1700], [128, 10], [103, 10], [1025, 1], [700, 33]] {
            let labels: Vec<usize> = (0..samples).map(|sample| sample * 7 % len).collect();
            let values: Vec<f32> = numbers::<f32>(samples * len, 2).into_iter().map(|x| x.abs().min(1.0)).collect();
            check_halves(&CrossEntropy, head, size, &labels);
            check_halves(&BinaryCrossEntropy, head, size, &values);
            check_halves(&MeanSquaredError, head, size, &values);
        }
    }
}
