//! Filters of five taps in one dimension, two outputs at a time: what their terms take of the pixels and of the taps.
//!
//! A filter is a piece of three taps and one of two. With pixels `x` and taps `g`, two outputs are `both + apart + left` and
//! `both - apart + right`, where
//!
//! | | of the first three taps | of the last two |
//! |---|---|---|
//! | `both` | `(x₁ + x₂) (g₀ + g₁ + g₂) / 2` | `+ x₄ (g₃ + g₄)` |
//! | `apart` | `(x₂ - x₁) (g₀ - g₁ + g₂) / 2` | |
//! | `left` | `(x₀ - x₂) g₀` | `+ (x₃ - x₄) g₃` |
//! | `right` | `(x₃ - x₁) g₂` | `+ (x₅ - x₄) g₄` |

use crate::base::number::Number;
use crate::simd::vector::Vector;

/// Taps of a filter.
pub(super) const TAPS: usize = 5;

/// Terms of two outputs.
pub(super) const TERMS: usize = 7;

/// The terms of `both`, `apart`, `left` and `right`.
pub(super) const PARTS: [&[usize]; 4] = [&[0, 4], &[1], &[2, 5], &[3, 6]];

/// What each term takes of the pixels that the two outputs see.
#[inline(always)]
pub(super) fn pixels<V: Vector>([a, b, c, d, e, f]: [V; TAPS + 1]) -> [V; TERMS] {
    [b.add(c), c.sub(b), a.sub(c), d.sub(b), e, d.sub(e), f.sub(e)]
}

/// What each term takes of the taps.
#[inline(always)]
pub(super) fn weights<V: Vector>([a, b, c, d, e]: [V; TAPS]) -> [V; TERMS] {
    let half = V::splat(V::Element::from_f64(0.5));
    let (ends, middle) = (a.add(c).mul(half), b.mul(half));
    [ends.add(middle), ends.sub(middle), a, c, d.add(e), d, e]
}
