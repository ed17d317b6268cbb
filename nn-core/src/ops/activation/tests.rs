//! Activations against their definitions, and gradients against central differences.

use crate::Real;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Add, InputActivation};
use std::vec;
use std::vec::Vec;

const LENGTHS: [usize; 12] = [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 64, 1003];

#[derive(Clone, Copy, Debug)]
enum Function {
    Fused(Activation),
    OfInput(InputActivation),
}

const FUNCTIONS: [Function; 17] = [
    Function::Fused(Activation::Identity),
    Function::Fused(Activation::Relu),
    Function::Fused(Activation::LeakyRelu(0.125)),
    Function::Fused(Activation::LeakyRelu(2.5)),
    Function::Fused(Activation::Clamp(0.0, 6.0)),
    Function::Fused(Activation::Clamp(-1.0, 1.0)),
    Function::Fused(Activation::HardSigmoid),
    Function::Fused(Activation::Elu { alpha: 0.5, scale: 1.25 }),
    Function::Fused(Activation::Softplus),
    Function::Fused(Activation::Sigmoid),
    Function::Fused(Activation::Tanh),
    Function::OfInput(InputActivation::LeakyRelu(-0.5)),
    Function::OfInput(InputActivation::Gelu),
    Function::OfInput(InputActivation::GeluByTanh),
    Function::OfInput(InputActivation::Silu),
    Function::OfInput(InputActivation::HardSwish),
    Function::OfInput(InputActivation::Mish),
];

impl Function {
    fn forward<T: Real>(self, x: &[T], y: &mut [T]) {
        match self {
            Function::Fused(a) => testing::forward(&a, &[x], &[], y),
            Function::OfInput(a) => testing::forward(&a, &[x], &[], y),
        }
    }

    fn backward<T: Real>(self, x: &[T], y: &[T], dy: &mut [T], dx: &mut [T]) {
        match self {
            Function::Fused(a) => testing::backward(&a, &[], &[y], &[], dy, &mut [dx], &mut []),
            Function::OfInput(a) => testing::backward(&a, &[x], &[], &[], dy, &mut [dx], &mut []),
        }
    }

    fn value(self, x: f64) -> f64 {
        match self {
            Function::Fused(a) => testing::activate(a, x),
            Function::OfInput(InputActivation::LeakyRelu(slope)) => testing::activate(Activation::LeakyRelu(slope), x),
            Function::OfInput(InputActivation::GeluByTanh) => 0.5 * x * (1.0 + by_tanh(x)[0].tanh()),
            Function::OfInput(InputActivation::Mish) => x * x.exp().ln_1p().tanh(),
            Function::OfInput(InputActivation::Gelu) => 0.5 * x * libm::erfc(-x / f64::sqrt(2.0)),
            Function::OfInput(InputActivation::Silu) => x / (1.0 + (-x).exp()),
            Function::OfInput(InputActivation::HardSwish) => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        }
    }

    fn derivative(self, x: f64) -> f64 {
        match self {
            Function::Fused(a) => testing::derivative(a, self.value(x)),
            Function::OfInput(InputActivation::LeakyRelu(slope)) => {
                testing::derivative(Activation::LeakyRelu(slope), x)
            }
            Function::OfInput(InputActivation::GeluByTanh) => {
                let [u, du] = by_tanh(x);
                0.5 * (1.0 + u.tanh()) + 0.5 * x * du / u.cosh().powi(2)
            }
            Function::OfInput(InputActivation::Mish) => {
                let t = x.exp().ln_1p().tanh();
                t + x * (1.0 - t * t) / (1.0 + (-x).exp())
            }
            Function::OfInput(InputActivation::Gelu) => {
                let density = (-x * x / 2.0).exp() / f64::sqrt(2.0 * std::f64::consts::PI);
                0.5 * libm::erfc(-x / f64::sqrt(2.0)) + x * density
            }
            Function::OfInput(InputActivation::Silu) => {
                let s = 1.0 / (1.0 + (-x).exp());
                s * (1.0 + x * (1.0 - s))
            }
            Function::OfInput(InputActivation::HardSwish) if x <= -3.0 => 0.0,
            Function::OfInput(InputActivation::HardSwish) if x < 3.0 => x / 3.0 + 0.5,
            Function::OfInput(InputActivation::HardSwish) => 1.0,
        }
    }
}

/// What the tangent is taken of, and its derivative.
fn by_tanh(x: f64) -> [f64; 2] {
    let factor = (2.0 / std::f64::consts::PI).sqrt();
    [factor * (x + 0.044715 * x.powi(3)), factor * (1.0 + 3.0 * 0.044715 * x * x)]
}

#[test]
fn agree_with_the_definitions() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for function in FUNCTIONS {
            for len in LENGTHS {
                let what = format!("{function:?}, {len} on {isa:?}");
                let x: Vec<f32> = numbers::<f32>(len, 1).into_iter().map(|x| x * 8.0).collect();
                let mut y = vec![9.0; len];
                function.forward(&x, &mut y);
                let expected: Vec<f64> = wide(&x).into_iter().map(|x| function.value(x)).collect();
                failures.compare(&what, &y, &expected, 4e-7);

                let mut dy = numbers::<f32>(len, 2);
                let expected: Vec<f64> =
                    wide(&x).into_iter().zip(&dy).map(|(x, &dy)| function.derivative(x) * f64::from(dy)).collect();
                let mut dx = vec![9.0; len];
                function.backward(&x, &y, &mut dy, &mut dx);
                // Its exponent is rounded three times before the exponential.
                let by_tanh = matches!(function, Function::OfInput(InputActivation::GeluByTanh));
                failures.compare(&format!("gradient: {what}"), &dx, &expected, if by_tanh { 2e-6 } else { 1e-6 });
                function.backward(&x, &y, &mut dy, &mut []);
            }
        }
    });
    failures.report();
}

#[test]
fn do_not_depend_on_the_place() {
    on_every_isa(|isa| {
        for function in FUNCTIONS {
            let x: Vec<f32> = numbers::<f32>(67, 1).into_iter().map(|x| x * 8.0).collect();
            let (mut whole, mut parts) = (vec![0.0; 67], vec![0.0; 67]);
            function.forward(&x, &mut whole);
            for (x, y) in x.chunks(5).zip(parts.chunks_mut(5)) {
                function.forward(x, y);
            }
            assert_eq!(whole, parts, "{function:?} on {isa:?}");
        }
    });
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for function in FUNCTIONS {
        let x: Vec<f64> = numbers::<f64>(37, 1).into_iter().map(|x| x * 4.0).collect();
        let weights = numbers::<f64>(37, 2);
        let (mut y, mut dx) = (vec![0.0; 37], vec![9.0; 37]);
        function.forward(&x, &mut y);
        function.backward(&x, &y, &mut weights.clone(), &mut dx);
        failures.check_gradient(&format!("{function:?}"), &dx, &x, |x| {
            function.forward(x, &mut y);
            dot(&y, &weights)
        });
    }
    failures.report();
}

/// Far below zero, where `1 + erf` has no digits left; the slope is zero at -0.75.
#[test]
fn gelu_is_accurate_in_its_tail() {
    let gelu = Function::OfInput(InputActivation::Gelu);
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        let x: Vec<f32> = (100..1250).map(|i| i as f32 * -0.01).collect();
        let (mut y, mut dx) = (vec![9.0; x.len()], vec![9.0; x.len()]);
        gelu.forward(&x, &mut y);
        gelu.backward(&x, &y, &mut vec![1.0; x.len()], &mut dx);
        for (i, &x) in wide(&x).iter().enumerate() {
            for (name, found, expected) in [("gelu", y[i], gelu.value(x)), ("slope", dx[i], gelu.derivative(x))] {
                let near = (f64::from(found) / expected - 1.0).abs() < 1e-6;
                failures.require(near, &format!("{name}({x}) on {isa:?}: {found:e}, expected {expected:e}"));
            }
        }
        failures.require(y.is_sorted(), &format!("it grows the farther from zero on {isa:?}"));
    });
    failures.report();
}

#[test]
fn nan_stays_nan() {
    on_every_isa(|isa| {
        for function in FUNCTIONS {
            let mut y = [0.0_f32; 17];
            function.forward(&[f32::NAN; 17], &mut y);
            assert!(y.iter().all(|y| y.is_nan()), "{function:?} on {isa:?}");
        }
    });
}

/// ReLU asks whether its output is at most 0, leaky ReLU whether it is above: so a NaN passes the gradient or its share.
#[test]
fn the_gradient_where_the_output_is_nan_is_as_in_pytorch() {
    on_every_isa(|isa| {
        for (activation, expected) in
            [(Activation::Identity, 3.0), (Activation::Relu, 3.0), (Activation::LeakyRelu(0.5), 1.5)]
        {
            for len in LENGTHS {
                let (mut y, mut expected) = (vec![f32::NAN; len], vec![expected; len]);
                if activation == Activation::Relu {
                    (y[len / 2], expected[len / 2]) = (0.0, 0.0);
                }
                let (mut dy, mut dx) = (vec![3.0; len], vec![9.0; len]);
                Function::Fused(activation).backward(&[], &y, &mut dy, &mut dx);
                assert_eq!(dx, expected, "{activation:?}, {len} on {isa:?}");
                testing::backward(&Add { activation }, &[], &[&y], &[], &mut dy, &mut [], &mut []);
                assert_eq!(dy, expected, "in place: {activation:?}, {len} on {isa:?}");
            }
        }
        for activation in [Activation::Sigmoid, Activation::Tanh] {
            let mut dx = [9.0; 17];
            Function::Fused(activation).backward(&[], &[f32::NAN; 17], &mut [3.0; 17], &mut dx);
            assert!(dx.iter().all(|dx| dx.is_nan()), "{activation:?} on {isa:?}");
        }
    });
}
