use super::Vector;
use crate::base::number::Number;
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

kernels! {
    trait Functions<T> {
        fn functions(x: &[T], exp: &mut [T], tanh: &mut [T], normal: [&mut [T]; 2]);
        fn logarithm(x: &[T], y: &mut [T]);
        fn div_nearly(x: &[T], divisor: &[T], y: &mut [T]);
        fn reductions(x: &[T]) -> (T, T);
        fn argmax(x: &[T], index: &mut [u32]);
        fn pack_and_spread(x: &[T], y: &mut [T]);
    }
}

#[inline(always)]
fn functions<V: Vector>(
    x: &[V::Element],
    exp: &mut [V::Element],
    tanh: &mut [V::Element],
    [probability, density]: [&mut [V::Element]; 2],
) {
    for i in (0..x.len()).step_by(V::LANES) {
        let vector = V::load_partial(&x[i..]);
        vector.exp().store_partial(&mut exp[i..]);
        vector.tanh().store_partial(&mut tanh[i..]);
        let normal = vector.normal();
        normal[0].store_partial(&mut probability[i..]);
        normal[1].store_partial(&mut density[i..]);
    }
}

#[inline(always)]
fn logarithm<V: Vector>(x: &[V::Element], y: &mut [V::Element]) {
    for i in (0..x.len()).step_by(V::LANES) {
        V::load_partial(&x[i..]).ln_1p().store_partial(&mut y[i..]);
    }
}

#[inline(always)]
fn div_nearly<V: Vector>(x: &[V::Element], divisor: &[V::Element], y: &mut [V::Element]) {
    for i in (0..x.len()).step_by(V::LANES) {
        V::load_partial(&x[i..]).div_nearly(V::load_partial(&divisor[i..])).store_partial(&mut y[i..]);
    }
}

#[inline(always)]
fn reductions<V: Vector>(x: &[V::Element]) -> (V::Element, V::Element) {
    let vector = V::load_partial(x);
    (vector.sum(), vector.largest())
}

#[inline(always)]
fn argmax<V: Vector>(x: &[V::Element], index: &mut [u32]) {
    let lanes = index.len();
    let mut best = V::load_partial(&x[..lanes]);
    let mut at = V::index_splat(0);
    for row in 1..x.len() / lanes {
        let candidate = V::load_partial(&x[row * lanes..][..lanes]);
        let larger = candidate.gt(best);
        best = V::select(larger, candidate, best);
        at = V::index_select(larger, V::index_splat(row as u32), at);
    }
    V::index_store(at, index);
}

#[inline(always)]
fn pack_and_spread<V: Vector>(x: &[V::Element], y: &mut [V::Element]) {
    for i in (0..x.len()).step_by(V::LANES) {
        let vector = V::load_partial(&x[i..]);
        let (mut places, mut packed) = ([0; 16], [V::Element::ZERO; 16]);
        // SAFETY: there is room for sixteen numbers.
        let count = unsafe { V::store_positions(vector.not_zero(), i as u16, places.as_mut_ptr()) };
        for (packed, &place) in packed.iter_mut().zip(&places[..count]) {
            *packed = x[usize::from(place)];
        }
        V::load(&packed).spread(vector.not_zero()).store_partial(&mut y[i..]);
    }
}

#[test]
fn what_is_not_zero_is_packed_and_spread() {
    // All sets of eight lanes, beside all others.
    let x: Vec<f32> = (0..65_536_u32 / 8)
        .flat_map(|set| {
            (0..8).map(move |lane| if (set * 37) >> lane & 1 == 1 { (set + lane) as f32 - 9.5 } else { 0.0 })
        })
        .collect();
    let x: Vec<f32> = x.into_iter().chain([-0.0, f32::NAN, f32::MIN_POSITIVE / 8.0]).collect();
    on_every_isa(|isa| {
        for x in x.chunks(40_000) {
            let mut y = vec![9.0; x.len()];
            f32::pack_and_spread(x, &mut y);
            assert!(x.iter().zip(&y).all(|(x, y)| x == y || x.is_nan() && y.is_nan()), "{isa:?}");
        }
    });
}

#[test]
fn functions_are_accurate() {
    let x: Vec<f32> = (-1100..1101).map(|i| i as f32 * 0.1 + 0.003).collect();
    on_every_isa(|isa| {
        let mut results = [x.clone(), x.clone(), x.clone(), x.clone()];
        let [exp, tanh, probability, density] = &mut results;
        f32::functions(&x, exp, tanh, [probability, density]);
        for (i, &x) in x.iter().enumerate() {
            for (name, found, expected) in [
                ("exp", exp[i], f64::from(x).exp()),
                ("tanh", tanh[i], f64::from(x).tanh()),
                ("probability", probability[i], Number::normal(f64::from(x))[0]),
                ("density", density[i], Number::normal(f64::from(x))[1]),
            ] {
                let expected = expected as f32;
                let near = found == expected || (found - expected).abs() <= expected.abs() * 5e-7 + 1e-44;
                assert!(near, "{name}({x}) on {isa:?}: {found}, expected {expected}");
            }
        }
    });
}

#[test]
fn functions_keep_nan_and_infinity() {
    on_every_isa(|isa| {
        let x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0];
        let [mut exp, mut tanh, mut probability, mut density] = [x; 4];
        f32::functions(&x, &mut exp, &mut tanh, [&mut probability, &mut density]);
        assert!([exp[0], tanh[0], probability[0], density[0]].iter().all(|x| x.is_nan()), "{isa:?}");
        assert_eq!(
            (exp[1..].to_vec(), tanh[1..].to_vec()),
            (vec![f32::INFINITY, 0.0, 1.0], vec![1.0, -1.0, 0.0]),
            "{isa:?}"
        );
        assert_eq!((&probability[1..3], &density[1..3]), (&[1.0, 0.0][..], &[0.0; 2][..]), "{isa:?}");
    });
}

#[test]
fn reductions_see_every_lane() {
    on_every_isa(|isa| {
        for len in 1..=4 {
            let x: Vec<f32> = (1..=len).map(|i| i as f32).collect();
            assert_eq!(f32::reductions(&x), (x.iter().sum(), len as f32), "{len} on {isa:?}");
        }
    });
}

#[test]
fn first_maximum_wins() {
    on_every_isa(|isa| {
        let mut index = [9; 3];
        f32::argmax(&[1.0, 5.0, 2.0, 3.0, 5.0, 2.5, 3.0, 4.0, 2.0], &mut index);
        assert_eq!(index, [1, 0, 1], "{isa:?}");
    });
}

/// The errors of the functions, at most: those that the trait promises.
const EXP_ULPS: f64 = 1.5;
const TANH_ULPS: f64 = 2.5;
const NORMAL_ULPS: f64 = 5.0;
const QUOTIENT_ULPS: f64 = 3.0;
const LN_1P_ULPS: f64 = 2.0;

/// The distance of `found` from `expected` in units of the last place of an `f32` of that size.
fn ulps(found: f32, expected: f64) -> f64 {
    if found == expected as f32 {
        return 0.0;
    }
    let exponent = libm::floor(libm::log2(expected.abs())).max(-126.0);
    (f64::from(found) - expected).abs() / libm::exp2(exponent - 23.0)
}

#[test]
fn functions_are_accurate_everywhere() {
    // Bit patterns from one end to the other: subnormals, every size, and NaNs of both signs.
    let x: Vec<f32> = (0..=u32::MAX).step_by(9973).map(f32::from_bits).collect();
    on_every_isa(|isa| {
        let mut results = [x.clone(), x.clone(), x.clone(), x.clone()];
        let [exp, tanh, probability, density] = &mut results;
        f32::functions(&x, exp, tanh, [probability, density]);
        let mut worst = [
            ("exp", EXP_ULPS, 0.0),
            ("tanh", TANH_ULPS, 0.0),
            ("probability", NORMAL_ULPS, 0.0),
            ("density", NORMAL_ULPS, 0.0),
        ];
        let limits = worst;
        for (i, &x) in x.iter().enumerate() {
            let wide = f64::from(x);
            let [of_probability, of_density] = Number::normal(wide);
            let expected = [libm::exp(wide), libm::tanh(wide), of_probability, of_density];
            let found = [exp[i], tanh[i], probability[i], density[i]];
            for ((found, expected), worst) in found.into_iter().zip(expected).zip(&mut worst) {
                // Beyond the largest number, infinity is right.
                let right = if x.is_nan() { found.is_nan() } else { ulps(found, expected) <= worst.1 };
                if !right {
                    *worst = (worst.0, ulps(found, expected), x);
                }
            }
        }
        assert_eq!(worst, limits, "errors in ulps, and where, on {isa:?}");
    });
}

#[test]
fn logarithms_are_accurate_from_zero_to_one() {
    let x: Vec<f32> = (0..=1.0_f32.to_bits()).step_by(997).map(f32::from_bits).chain([1.0]).collect();
    on_every_isa(|isa| {
        let mut y = vec![9.0; x.len()];
        f32::logarithm(&x, &mut y);
        for (&x, &found) in x.iter().zip(&y) {
            let expected = libm::log1p(f64::from(x));
            assert!(ulps(found, expected) <= LN_1P_ULPS, "ln(1 + {x}) on {isa:?}: {found} for {expected}");
        }
        f32::logarithm(&[f32::NAN], &mut y[..1]);
        assert!(y[0].is_nan(), "{isa:?}");
    });
}

#[test]
fn quotients_are_accurate_and_keep_nan_and_infinity() {
    // Divisors of every size, each with many fractions.
    let divisor: Vec<f32> = (1e-37_f32.to_bits()..1e37_f32.to_bits()).step_by(9973).map(f32::from_bits).collect();
    let x: Vec<f32> = (0..divisor.len()).map(|i| (i % 1009) as f32 / 504.0 - 1.0).collect();
    on_every_isa(|isa| {
        let mut y = x.clone();
        f32::div_nearly(&[1.0, 0.0, 1.0], &[f32::INFINITY, f32::INFINITY, f32::NAN], &mut y[..3]);
        assert!(y[..2] == [0.0, 0.0] && y[2].is_nan(), "{:?} on {isa:?}", &y[..3]);
        f32::div_nearly(&x, &divisor, &mut y);
        for ((&x, &divisor), &found) in x.iter().zip(&divisor).zip(&y) {
            let expected = f64::from(x) / f64::from(divisor);
            let subnormal = expected.abs() < f32::MIN_POSITIVE.into();
            assert!(subnormal || ulps(found, expected) <= QUOTIENT_ULPS, "{x} / {divisor} on {isa:?}: {found}");
        }
    });
}
