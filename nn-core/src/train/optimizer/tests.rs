use nn_sizes::Axis;
use nn_sizes::Role;

use super::*;
use crate::simd::isa::on_every_isa;
use crate::{FlatSegment, Group};

const START: [f64; 3] = [1.0, -2.0, 0.5];
const GRADIENTS: [[f64; 3]; 3] = [[0.5, -0.1, 0.0], [-0.25, 0.3, 1e-3], [2.0, -0.05, 1e-9]];

/// PyTorch's, in double precision:
///
/// ```python
/// p = torch.tensor([1, -2, 0.5], dtype=torch.float64, requires_grad=True)
/// optimizer = torch.optim.SGD([p], lr=0.1)      # momentum=0.9; Adam([p], lr=0.001); Adam(…, betas=(0.8, 0.99), eps=1e-6)
/// for g in gradients: p.grad = torch.tensor(g); optimizer.step(); print(p)
/// ```
fn check(optimizer: &mut Optimizer<f64>, expected: [[f64; 3]; 3]) {
    let mut parameters = START;
    for (gradients, expected) in GRADIENTS.iter().zip(expected) {
        optimizer.step(&[], &mut parameters, gradients).expect("valid");
        for (found, expected) in parameters.iter().zip(expected) {
            assert!((found - expected).abs() < 2e-12, "{parameters:?} for {expected:?}");
        }
    }
}

#[test]
fn steps_are_pytorchs() {
    check(&mut Sgd::new(0.1), [[0.95, -1.99, 0.5], [0.975, -2.02, 0.4999], [0.775, -2.015, 0.4998999999]]);
    check(&mut Momentum::new(0.1, 0.9), [[0.95, -1.99, 0.5], [0.93, -2.011, 0.4999], [0.712, -2.0249, 0.4998099999]]);
    check(
        &mut Adam::new(0.001),
        [
            [0.99900000002, -1.9990000001, 0.5],
            [0.998733662987, -1.999494189911, 0.499255873697],
            [0.998063015345, -1.99977168809, 0.4986806631],
        ],
    );
    check(
        &mut Adam::new(0.01).decays(0.8, 0.99).epsilon(1e-6),
        [
            [0.99000002, -1.990000099999, 0.5],
            [0.987888654869, -1.995455065791, 0.492173964437],
            [0.980673447529, -1.998249814636, 0.48650482603],
        ],
    );
}

fn segment(offset: usize, role: Role) -> FlatSegment {
    let axes = &[Axis { len: 2, stride: 1 }];
    FlatSegment { label: "x".into(), offset, shape: &[2], axes, role, group: Group::default() }
}

#[test]
fn running_statistics_are_left_alone() {
    let table = [
        segment(0, Role::Scale),
        segment(2, Role::RunningMean { momentum: 0.1 }),
        segment(4, Role::RunningVariance { momentum: 0.5 }),
        segment(6, Role::Bias),
    ];
    let mut adam = Adam::new(0.25);
    let optimizers: [&mut Optimizer<f64>; 3] = [&mut Sgd::new(0.25), &mut Momentum::new(0.25, 0.9), &mut adam];
    for optimizer in optimizers {
        let mut parameters = [1.0; 8];
        optimizer.step(&table, &mut parameters, &[1.0, 1.0, 11.0, 1.0, 3.0, 1.0, 1.0, 1.0]).expect("valid");
        let expected = [0.75, 0.75, 1.0, 1.0, 1.0, 1.0, 0.75, 0.75];
        for (found, expected) in parameters.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-7, "{parameters:?}");
        }
    }
    assert_eq!(adam.learning_rate(), 0.25);
}

#[test]
fn groups_have_their_rates_and_decay() {
    let weight = Role::Weight { fan_in: 1, fan_out: 1, init: nn_sizes::Init::He };
    let slow = Group { rate: 0.5, decay: Some(0.1), ..Group::default() };
    let in_group = |segment: FlatSegment, group| FlatSegment { group, ..segment };
    let frozen = Group { trained: false, ..slow };
    let table = [
        in_group(segment(0, weight), slow),
        in_group(segment(2, Role::Bias), Group { decay: None, ..slow }),
        in_group(segment(4, weight), frozen),
        segment(6, weight),
    ];
    let mut parameters = [2.0; 8];
    Sgd::new(0.5).step(&table, &mut parameters, &[1.0; 8]).expect("valid");
    // 2 · (1 - 0.5 · 0.5 · 0.1) - 0.5 · 0.5; no bias decays.
    let expected: [f64; 8] = [1.7, 1.7, 1.75, 1.75, 2.0, 2.0, 1.5, 1.5];
    assert!(parameters.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{parameters:?}");
}

/// A tensor that was frozen goes on as if the steps meanwhile had not been.
#[test]
fn frozen_tensors_take_no_steps() {
    let mut table = [segment(0, Role::Bias), segment(2, Role::Bias)];
    type Make = fn() -> Box<Optimizer<f64>>;
    let optimizers: [Make; 2] = [|| Box::new(Momentum::new(0.1, 0.9)), || Box::new(Adam::new(0.1))];
    for optimizer in optimizers {
        let (mut thawed, mut alone) = (optimizer(), optimizer());
        let (mut parameters, mut expected) = ([1.0; 4], [1.0; 2]);
        for step in 0..6 {
            table[1].group.trained = step % 2 == 1;
            let gradient = 1.0 / f64::from(step + 1);
            thawed.step(&table, &mut parameters, &[gradient; 4]).expect("valid");
            if step % 2 == 1 {
                alone.step(&[], &mut expected, &[gradient; 2]).expect("valid");
            }
            assert_eq!(parameters[2..], expected, "step {step}");
        }
        assert_ne!(parameters[0], parameters[2]);
    }
}

/// Large tensors and small ones, and running statistics of either size: every trained number moves once, and no other.
#[test]
fn every_number_moves_once() {
    let shapes: [&[usize]; 9] = [&[3], &[20_000], &[5], &[20_000], &[20_000], &[2], &[4], &[20_000], &[1]];
    let statistics = [3, 6];
    let mut offset = 0;
    let table: Vec<_> = (shapes.into_iter().enumerate())
        .map(|(i, shape)| {
            let role = if statistics.contains(&i) { Role::RunningMean { momentum: 0.0 } } else { Role::Bias };
            let segment = FlatSegment { shape, ..segment(offset, role) };
            offset = segment.range().end;
            segment
        })
        .collect();
    let (mut parameters, gradients) = (vec![0.0_f32; offset], vec![1.0; offset]);
    Sgd::new(1.0).step(&table, &mut parameters, &gradients).expect("valid");
    for (i, segment) in table.iter().enumerate() {
        let expected = if statistics.contains(&i) { 0.0 } else { -1.0 };
        assert!(parameters[segment.range()].iter().all(|&p| p == expected), "tensor {i}");
    }
}

#[cfg(feature = "parallel")]
#[test]
fn threads_change_no_bit() {
    const LEN: usize = (1 << 18) + 12_345;
    let gradients: Vec<f32> = (0..LEN).map(|i| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let mut parameters = vec![0.5; LEN];
        let mut adam = Adam::new(0.01);
        pool.install(|| (0..3).try_for_each(|_| adam.step(&[], &mut parameters, &gradients))).expect("valid");
        parameters
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

/// A number that is multiplied by 0.9 again and again stays as one of the smallest there are.
#[test]
fn numbers_of_arrays_that_fade_become_zero() {
    struct Fades;
    impl Rule<f32> for Fades {
        fn name(&self) -> &'static str {
            "fades"
        }
        fn arrays(&self) -> &'static [&'static str] {
            &["faded", "kept"]
        }
        fn update(&self, pace: &Pace, _: &mut [f32], _: &[f32], arrays: Arrays<'_, f32>) {
            let [faded, kept] = arrays.take();
            faded.iter_mut().for_each(|number| *number *= 0.9);
            if pace.step == 1 {
                (faded[7], kept[7]) = (1.0, f32::MIN_POSITIVE * 1.01);
            }
        }
    }
    let mut optimizer = Optimizer::with_rule(1.0, Fades);
    for step in 1..=1200 {
        optimizer.step(&[], &mut [0.0; 20], &[0.0; 20]).expect("valid");
        assert_eq!(optimizer.steps(), step);
        assert!(step > 768 || optimizer.state.arrays[0][7] > 0.0, "dropped as a normal number, in step {step}");
    }
    let last: Vec<f32> = optimizer.state.arrays.iter().map(|numbers| numbers[7]).collect();
    assert_eq!(last, [0.0, f32::MIN_POSITIVE * 1.01]);
}

/// Moves by `rate · g`, and keeps the gradients that it saw.
struct Sees;

impl Rule<f32> for Sees {
    fn name(&self) -> &'static str {
        "sees"
    }
    fn arrays(&self) -> &'static [&'static str] {
        &["gradients"]
    }
    fn update(&self, pace: &Pace, parameters: &mut [f32], gradients: &[f32], arrays: Arrays<'_, f32>) {
        let [seen] = arrays.take();
        seen.copy_from_slice(gradients);
        parameters.iter_mut().zip(gradients).for_each(|(p, g)| *p -= pace.rate as f32 * g);
    }
}

#[test]
fn gradients_are_clipped() {
    // More than are prepared together.
    let gradients: Vec<f32> = (0..5000).map(|i| (i % 7) as f32 - 3.0).collect();
    let norm = gradients.iter().map(|g| g * g).sum::<f32>().sqrt();
    let seen = |optimizer: Optimizer<f32, Sees>| {
        let mut optimizer = optimizer;
        optimizer.step(&[], &mut vec![0.0; 5000], &gradients).expect("valid");
        optimizer.state.arrays[0].to_vec()
    };
    let optimizer = || Optimizer::with_rule(0.1, Sees);
    assert_eq!(seen(optimizer().clip_norm(1e3)), gradients, "short enough");
    for (found, g) in seen(optimizer().clip_norm(2.0)).into_iter().zip(&gradients) {
        assert!((found - g * 2.0 / norm).abs() < 1e-6);
    }
    for (found, g) in seen(optimizer().clip_value(1.5)).into_iter().zip(&gradients) {
        assert_eq!(found, g.clamp(-1.5, 1.5));
    }
    let mut parameters = [1.0; 2];
    for wrong in [f32::NAN, f32::INFINITY] {
        let error = optimizer().clip_norm(1.0).step(&[], &mut parameters, &[wrong, 0.0]).expect_err("not finite");
        assert!(matches!(error, Error::GradientNotFinite { .. }), "{error}");
    }
    assert_eq!(parameters, [1.0; 2]);
}

#[test]
fn gradients_are_accumulated() {
    let mut optimizer = Optimizer::with_rule(1.0, Sees).accumulate(3);
    let mut parameters = [10.0; 2];
    for step in 1..=6 {
        optimizer.step(&[], &mut parameters, &[step as f32, 0.5]).expect("valid");
        let expected = [[10.0, 10.0], [8.0, 9.5], [3.0, 9.0]][step / 3];
        assert!(parameters.iter().zip(expected).all(|(p, e): (&f32, f32)| (p - e).abs() < 1e-6), "{parameters:?}");
        assert_eq!(optimizer.steps(), step as u64 / 3);
    }
}

#[test]
fn weights_decay_in_the_manner_of_the_rule() {
    let weight = Role::Weight { fan_in: 1, fan_out: 1, init: nn_sizes::Init::He };
    let mut table = [segment(0, weight), segment(2, Role::Bias), segment(4, Role::Scale)];
    let moved = |table: &[FlatSegment], optimizer: &mut Optimizer<f64>| {
        let mut parameters = [2.0; 6];
        optimizer.step(table, &mut parameters, &[1.0; 6]).expect("valid");
        parameters
    };
    let is = |found: [f64; 6], expected: [f64; 6]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, not {expected:?}");
    };
    is(moved(&table, &mut Sgd::new(0.1).weight_decay(0.5)), [1.8, 1.8, 1.9, 1.9, 1.9, 1.9]);
    // Adam's first step is the rate, whatever the gradient.
    is(moved(&table, &mut Adam::new(0.1).weight_decay(0.5)), [1.9; 6]);
    is(moved(&table, &mut AdamW::new(0.1).weight_decay(0.5)), [1.8, 1.8, 1.9, 1.9, 1.9, 1.9]);
    table[1].group.decay = Some(0.25);
    table[0].group.decay = Some(0.0);
    is(moved(&table, &mut Lion::new(0.1).weight_decay(0.5)), [1.9, 1.9, 1.85, 1.85, 1.9, 1.9]);
}

#[test]
fn a_schedule_multiplies_the_rate() {
    let mut sgd = Sgd::new(0.5);
    sgd.set_factor(0.1);
    let mut parameters = [1.0];
    sgd.step(&[], &mut parameters, &[1.0]).expect("valid");
    assert_eq!((sgd.learning_rate(), parameters), (0.05, [0.95]));
    sgd.set_factor(f64::NAN);
    assert!(sgd.step(&[], &mut parameters, &[1.0]).is_err());
}

#[test]
fn settings_out_of_range_are_refused() {
    for rate in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        let optimizers: [&mut Optimizer<f32>; 3] =
            [&mut Sgd::new(rate), &mut Momentum::new(rate, 0.9), &mut Adam::new(rate)];
        for optimizer in optimizers {
            let mut parameters = [1.0];
            let error = optimizer.step(&[], &mut parameters, &[1.0]).expect_err("out of range").to_string();
            assert_eq!(error, format!("learning rate is {rate}, but must be a positive, finite number"));
            assert_eq!(parameters, [1.0]);
        }
    }
    for momentum in [-0.1, 1.0, f64::NAN] {
        assert!(Momentum::<f32>::new(0.1, momentum).validate().is_err(), "{momentum}");
        assert!(Adam::<f32>::new(0.1).decays(momentum, 0.9).validate().is_err(), "{momentum}");
        assert!(Adam::<f32>::new(0.1).decays(0.9, momentum).validate().is_err(), "{momentum}");
    }
    let wrong: [Box<Optimizer>; 14] = [
        Box::new(Adam::new(0.1).epsilon(0.0)),
        Box::new(AdamW::new(0.1).decays(0.9, 1.0)),
        Box::new(RAdam::new(0.1).decays(-0.1, 0.9)),
        Box::new(RmsProp::new(0.1).decay(1.0)),
        Box::new(RmsProp::new(0.1).epsilon(-1.0)),
        Box::new(AdaGrad::new(0.1).epsilon(f64::NAN)),
        Box::new(Nesterov::new(0.1, 1.0)),
        Box::new(Lion::new(0.1).decays(0.9, 2.0)),
        Box::new(Sgd::new(0.1).weight_decay(-1.0)),
        Box::new(Sgd::new(0.1).clip_norm(0.0)),
        Box::new(Sgd::new(0.1).clip_norm(f64::INFINITY)),
        Box::new(Sgd::new(0.1).clip_value(-1.0)),
        Box::new(Sgd::new(0.1).accumulate(0)),
        Box::new(Lion::new(f64::INFINITY)),
    ];
    for mut optimizer in wrong {
        let (mut parameters, name) = ([1.0], optimizer.rule.name());
        let error = optimizer.step(&[], &mut parameters, &[1.0]).expect_err(name);
        assert!(matches!(error, Error::Setting { .. }), "{name}: {error}");
        assert_eq!(parameters, [1.0], "{name}");
    }
    for epsilon in [0.0, -1e-8, 1e-38, f64::NAN, f64::INFINITY] {
        let error = Adam::<f32>::new(0.1).epsilon(epsilon).validate().expect_err("out of range").to_string();
        let expected = "but must be finite, and a normal number in the network's precision";
        assert_eq!(error, format!("epsilon is {epsilon}, {expected}"));
    }
    assert!(Adam::<f32>::new(0.1).epsilon(1.2e-38).validate().is_ok());
    assert!(Adam::<f64>::new(0.1).epsilon(1e-38).validate().is_ok());
}

/// Every optimizer, and Adam with an epsilon that hides nothing.
fn all<T: Real>() -> Vec<(&'static str, Box<Optimizer<T>>)> {
    vec![
        ("sgd", Box::new(Sgd::new(0.01))),
        ("momentum", Box::new(Momentum::new(0.01, 0.9))),
        ("nesterov", Box::new(Nesterov::new(0.01, 0.9))),
        ("ada_grad", Box::new(AdaGrad::new(0.01))),
        ("rms_prop", Box::new(RmsProp::new(0.01))),
        ("adam", Box::new(Adam::new(0.01))),
        ("r_adam", Box::new(RAdam::new(0.01))),
        ("adam, small epsilon", Box::new(Adam::new(0.01).epsilon(2e-38))),
    ]
}

/// Gradients from 1e-30 to 1e30 that stay, change their sign, come once, or fade: 400 steps in `f32` lead where they lead in `f64`.
#[test]
fn gradients_of_every_size_are_followed() {
    let sizes: Vec<f64> = (-30..=30).map(|exponent| libm::exp10(f64::from(exponent))).collect();
    type Course = (&'static str, fn(i32) -> f64);
    let courses: [Course; 4] = [
        ("constant", |_| 1.0),
        ("changing", |step| f64::from(step * 7919 % 101) / 50.0 - 0.9),
        ("once", |step| f64::from(step == 0)),
        ("fading", |step| libm::exp10(-f64::from(step) / 80.0)),
    ];
    on_every_isa(|isa| {
        for (course, factor) in courses {
            for ((name, mut narrow), (_, mut wide)) in all::<f32>().into_iter().zip(all::<f64>()) {
                let (mut found, mut expected) = (vec![0.0_f32; sizes.len()], vec![0.0_f64; sizes.len()]);
                for step in 0..400 {
                    let gradients: Vec<f32> = sizes.iter().map(|size| (size * factor(step)) as f32).collect();
                    let same: Vec<f64> = gradients.iter().copied().map(f64::from).collect();
                    narrow.step(&[], &mut found, &gradients).expect("valid");
                    wide.step(&[], &mut expected, &same).expect("valid");
                }
                for ((&found, expected), size) in found.iter().zip(expected).zip(&sizes) {
                    let error = (f64::from(found) - expected).abs() / expected.abs();
                    assert!(error < 3e-5, "{name} on {isa:?}, {course} gradient of {size:e}: {found} for {expected}");
                }
            }
        }
    });
}

/// With the smallest epsilon that is taken, a parameter without gradient stays where it is.
#[test]
fn no_gradient_is_no_step() {
    on_every_isa(|isa| {
        let mut adam = Adam::<f32>::new(0.01).epsilon(f32::MIN_POSITIVE.into());
        let mut parameters = [0.5; 20];
        for _ in 0..3 {
            adam.step(&[], &mut parameters, &[0.0; 20]).expect("valid");
        }
        assert_eq!(parameters, [0.5; 20], "{isa:?}");
    });
}

#[test]
fn lengths_must_agree() {
    let mut adam = Adam::new(0.1);
    assert!(adam.step(&[], &mut [0.0; 2], &[0.0; 3]).is_err());
    adam.step(&[], &mut [0.0; 2], &[0.0; 2]).expect("valid");
    let error = adam.step(&[], &mut [0.0; 3], &[0.0; 3]).expect_err("another network").to_string();
    let expected = "parameters given to the optimizer: expected 2, as in its first step (an optimizer belongs to one network), found 3";
    assert_eq!(error, expected);
}
