//! The loop of every element-wise kernel.

use super::vector::Vector;
use crate::base::memory::{part, part_mut};
use crate::base::number::Number;

/// Runs `body` for each vector's worth of slices of one length, the last of them partial.
///
/// `each!(V, len, load(a = x, b = y) { … } store(z = c))` loads `a` from `x` and `b` from `y`, runs the statements in
/// braces and stores the vector `c` to `z`. A slice may be both loaded and stored. Each number is computed by the same
/// instructions wherever it lies, so a slice processed in parts gives the same bits.
macro_rules! each {
    ($v:ident, $len:expr, load($($vector:ident = $from:ident),+) { $($body:tt)* } store($($to:ident = $value:expr),+)) => {{
        let len: usize = $len;
        $(check!($from.len() == len);)+
        $(check!($to.len() == len);)+
        let whole = len - len % $v::LANES;
        let mut i = 0;
        while i < whole {
            // SAFETY: `i + LANES <= whole <= len`, and `len` is the length of every slice.
            $(let $vector = unsafe { $v::load_from($from.as_ptr().add(i)) };)+
            $($body)*
            // SAFETY: as above.
            $(unsafe { $v::store_to($value, $to.as_mut_ptr().add(i)) };)+
            i += $v::LANES;
        }
        if whole < len {
            $(let $vector = $v::load_partial(&$from[whole..]);)+
            $($body)*
            $($v::store_partial($value, &mut $to[whole..]);)+
        }
    }};
}

/// Calls `kernel::<V, N, WHOLE>` for `N` vectors of channels side by side, from each channel `c` on where some begin: two,
/// as eight lanes are half a cache line; one where there are fewer channels; or what there is of one.
///
/// The last overlap those before them, as a masked store costs many times a plain one. So a kernel may write a number
/// twice, and must give it the same value then. Constants of its own come after those.
macro_rules! panels {
    ($v:ident, $channels:expr, $c:ident => $kernel:ident $(::<$($constant:tt),+>)? ($($argument:expr),+)) => {{
        let channels: usize = $channels;
        if channels < $v::LANES {
            let $c = 0;
            $kernel::<$v, 1, false $($(, $constant)+)?>($($argument),+);
        } else if channels < 2 * $v::LANES {
            for first in (0..channels).step_by($v::LANES) {
                let $c = first.min(channels - $v::LANES);
                $kernel::<$v, 1, true $($(, $constant)+)?>($($argument),+);
            }
        } else {
            for first in (0..channels).step_by(2 * $v::LANES) {
                let $c = first.min(channels - 2 * $v::LANES);
                $kernel::<$v, 2, true $($(, $constant)+)?>($($argument),+);
            }
        }
    }};
}

/// The `N` vectors that `from` begins with, or what it has of one.
#[inline(always)]
pub(crate) fn load_panel<V: Vector, const N: usize, const WHOLE: bool>(from: &[V::Element]) -> [V; N] {
    let mut panel = [V::splat(V::Element::ZERO); N];
    for n in 0..N {
        panel[n] = load::<V, WHOLE>(part(from, n * V::LANES..));
    }
    panel
}

/// Writes `N` vectors to where `to` begins, or what it has of one.
#[inline(always)]
pub(crate) fn store_panel<V: Vector, const N: usize, const WHOLE: bool>(panel: [V; N], to: &mut [V::Element]) {
    for n in 0..N {
        store::<V, WHOLE>(panel[n], part_mut(to, n * V::LANES..));
    }
}

/// A whole vector, or what `from` has left of one.
#[inline(always)]
pub(crate) fn load<V: Vector, const WHOLE: bool>(from: &[V::Element]) -> V {
    if WHOLE { V::load(from) } else { V::load_partial(from) }
}

/// A whole vector, or `lanes` of one.
///
/// # Safety
/// It can be read at `from`.
#[inline(always)]
pub(crate) unsafe fn load_from<V: Vector, const WHOLE: bool>(from: *const V::Element, lanes: V::Lanes) -> V {
    // SAFETY: the caller's.
    unsafe { if WHOLE { V::load_from(from) } else { V::load_lanes(from, lanes) } }
}

/// `N` vectors side by side, or `lanes` of one.
///
/// # Safety
/// They can be read at `from`.
#[inline(always)]
pub(crate) unsafe fn load_vectors<V: Vector, const N: usize, const WHOLE: bool>(
    from: *const V::Element,
    lanes: V::Lanes,
) -> [V; N] {
    let mut vectors = [V::splat(V::Element::ZERO); N];
    for n in 0..N {
        // SAFETY: the caller's.
        vectors[n] = unsafe { load_from::<V, WHOLE>(from.add(n * V::LANES), lanes) };
    }
    vectors
}

/// Writes `N` vectors side by side, or `lanes` of one.
///
/// # Safety
/// They can be written at `to`.
#[inline(always)]
pub(crate) unsafe fn store_vectors<V: Vector, const N: usize, const WHOLE: bool>(
    vectors: [V; N],
    to: *mut V::Element,
    lanes: V::Lanes,
) {
    for n in 0..N {
        // SAFETY: the caller's.
        unsafe { store_to::<V, WHOLE>(vectors[n], to.add(n * V::LANES), lanes) };
    }
}

/// `N` vectors side by side, the last of `lanes`.
///
/// # Safety
/// They can be read at `from`.
#[inline(always)]
pub(crate) unsafe fn load_row<V: Vector, const N: usize>(from: *const V::Element, lanes: V::Lanes) -> [V; N] {
    let mut row = [V::splat(V::Element::ZERO); N];
    for n in 0..N - 1 {
        // SAFETY: the caller's.
        row[n] = unsafe { V::load_from(from.add(n * V::LANES)) };
    }
    // SAFETY: the caller's.
    row[N - 1] = unsafe { V::load_lanes(from.add((N - 1) * V::LANES), lanes) };
    row
}

/// Writes a whole vector, or `lanes` of one.
///
/// # Safety
/// It can be written at `to`.
#[inline(always)]
pub(crate) unsafe fn store_to<V: Vector, const WHOLE: bool>(vector: V, to: *mut V::Element, lanes: V::Lanes) {
    // SAFETY: the caller's.
    unsafe { if WHOLE { vector.store_to(to) } else { vector.store_lanes(to, lanes) } }
}

/// Writes a whole vector, or what `to` has left of one.
#[inline(always)]
pub(crate) fn store<V: Vector, const WHOLE: bool>(vector: V, to: &mut [V::Element]) {
    if WHOLE { vector.store(to) } else { vector.store_partial(to) }
}
