//! The loop of every element-wise kernel.

use super::vector::Vector;

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

/// A whole vector, or what `from` has left of one.
#[inline(always)]
pub(super) fn load<V: Vector, const WHOLE: bool>(from: &[V::Element]) -> V {
    if WHOLE { V::load(from) } else { V::load_partial(from) }
}

/// Writes a whole vector, or what `to` has left of one.
#[inline(always)]
pub(super) fn store<V: Vector, const WHOLE: bool>(vector: V, to: &mut [V::Element]) {
    if WHOLE { vector.store(to) } else { vector.store_partial(to) }
}
