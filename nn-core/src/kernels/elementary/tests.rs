//! The functions against libm in double precision, over the whole range of `f32`.

use super::*;

/// Distance of `got` from `true_value` in units of the last place of an `f32` of that size.
fn ulps(got: f32, true_value: f64) -> f64 {
    if got == true_value as f32 {
        return 0.0;
    }
    let exponent = libm::floor(libm::log2(true_value.abs())).max(-126.0);
    (f64::from(got) - true_value).abs() / libm::exp2(exponent - 23.0)
}

/// Every `step`th bit pattern of finite numbers up to `limit`, of either sign.
fn sweep(step: usize, limit: f32) -> impl Iterator<Item = f32> {
    (0..=limit.to_bits()).step_by(step).map(f32::from_bits).flat_map(|x| [x, -x])
}

/// The largest distance over the sweep, and where it is.
fn worst(limit: f32, f: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64) -> (f64, f32) {
    sweep(499, limit)
        .map(|x| (ulps(f(x), truth(f64::from(x))), x))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap()
}

#[test]
fn exp_is_accurate_through_the_subnormals() {
    let (ulps, x) = worst(88.7228, f32::fast_exp, libm::exp);
    assert!(ulps < 1.5, "{ulps} ulp at {x}");
    // Below: subnormal results, and zero from about -103.97 on.
    for i in 0..200_000 {
        let x = -87.0 - i as f32 * 1e-4;
        let (got, truth) = (x.fast_exp(), libm::exp(f64::from(x)));
        assert!((f64::from(got) - truth).abs() < 1.5 * 1.4e-45, "exp({x}) = {got:e}, not {truth:e}");
    }
}

#[test]
fn tanh_is_accurate() {
    let (ulps, x) = worst(f32::MAX, f32::fast_tanh, libm::tanh);
    assert!(ulps < 2.0, "{ulps} ulp at {x}");
}

#[test]
fn logistic_is_accurate() {
    let (ulps, x) = worst(87.0, f32::logistic, |x| 1.0 / (1.0 + libm::exp(-x)));
    assert!(ulps < 3.0, "{ulps} ulp at {x}");
}

#[test]
fn normal_is_accurate() {
    for x in sweep(499, 13.0) {
        let (probability, density) = x.normal();
        let (true_probability, true_density) = f64::from(x).normal();
        let bound = |truth: f64| 3e-7_f64.min(truth * 2e-7 * (3.0 + f64::from(x * x))) + 1.5e-45;
        for (got, truth) in [(probability, true_probability), (density, true_density)] {
            assert!((f64::from(got) - truth).abs() < bound(truth), "normal({x}): {got:e}, not {truth:e}");
        }
    }
}

#[test]
fn ends_are_exact() {
    const INF: f32 = f32::INFINITY;
    let mut wrong = Vec::new();
    let mut check = |what: &str, got: f32, expected: f32| {
        if got.to_bits() != expected.to_bits() {
            wrong.push(format!("{what}: {got:e}, not {expected:e}"));
        }
    };
    check("exp(-inf)", (-INF).fast_exp(), 0.0);
    check("exp(inf)", INF.fast_exp(), INF);
    check("exp(-104)", (-104.0_f32).fast_exp(), 0.0);
    check("exp(88.73)", 88.73_f32.fast_exp(), INF);
    check("exp(0)", 0.0_f32.fast_exp(), 1.0);
    check("exp(-0)", (-0.0_f32).fast_exp(), 1.0);
    check("exp(smallest)", f32::from_bits(1).fast_exp(), 1.0);
    check("tanh(inf)", INF.fast_tanh(), 1.0);
    check("tanh(-inf)", (-INF).fast_tanh(), -1.0);
    check("tanh(-0)", (-0.0_f32).fast_tanh(), -0.0);
    check("tanh(smallest)", f32::from_bits(1).fast_tanh(), f32::from_bits(1));
    check("logistic(inf)", INF.logistic(), 1.0);
    check("logistic(-inf)", (-INF).logistic(), 0.0);
    check("logistic(0)", 0.0_f32.logistic(), 0.5);
    check("P(inf)", INF.normal().0, 1.0);
    check("P(-inf)", (-INF).normal().0, 0.0);
    check("P(0)", 0.0_f32.normal().0, 0.5);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nan_stays_nan() {
    for nan in [f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(0xffff_ffff)] {
        assert!(nan.fast_exp().is_nan());
        assert!(nan.fast_tanh().is_nan());
        assert!(nan.logistic().is_nan());
        assert!(nan.normal().0.is_nan() && nan.normal().1.is_nan());
    }
}
