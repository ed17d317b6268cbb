use super::*;
use crate::shape::N;
use crate::{shape, size};
use core::any::{TypeId, type_name};

/// The computed type is the very type that the number is spelled with, not only one of its value.
fn same<Computed: Size, Expected: Size>() {
    assert_eq!(TypeId::of::<Computed>(), TypeId::of::<Expected>(), "{}", type_name::<Computed>());
}

macro_rules! sizes_agree {
    ($($a:literal $b:literal)*) => {
        $(
            same::<Sum<size!($a), size!($b)>, size!($a + $b)>();
            same::<Difference<size!($a), size!($b)>, size!($a - $b)>();
            same::<Product<size!($a), size!($b)>, size!($a * $b)>();
            same::<Quotient<size!($a), size!($b)>, size!($a / $b)>();
        )*
    };
}

#[test]
fn results_have_the_face_of_their_number() {
    sizes_agree! {
        1 1  2 1  28 5  999 1  1000 1  1000 999  1000 1000  1001 1000  1024 1023  4320 25  25088 4096  150528 64
        999999 1  1000000 1  1000000 999999  3211264 3  999999999 1  1000000000 1  999999999 999  999999999999 1
        138357544 1000
    }
    same::<Sum<size!(0), size!(0)>, size!(0)>();
    same::<Product<size!(0), size!(5)>, size!(0)>();
}

#[test]
fn every_group_of_digits_is_in_the_table() {
    macro_rules! table {
        ($($group:literal)*) => { $(same::<Sum<size!($group), size!(0)>, size!($group)>();)* };
    }
    table! { 0 1 2 3 7 8 9 10 11 99 100 101 127 128 255 256 511 512 513 640 767 768 900 998 999 }
    table! { 1000 1023 1024 1025 999000 1000999 999000000 999000999 }
}

#[test]
fn lengths_are_products() {
    same::<Length<shape![7]>, size!(7)>();
    same::<Length<shape![512, 7, 7]>, size!(25088)>();
    same::<Length<shape![64, 224, 224]>, size!(3211264)>();
    same::<Length<shape![512, 512, 3, 3]>, size!(2359296)>();
    same::<Length<shape![2, 3, 4, 5, 6, 7]>, size!(5040)>();
    same::<Length<shape![138, 1000, 1000]>, size!(138_000_000)>();
}

#[test]
fn joining_adds_the_first_sizes() {
    fn joined<A: Join<B>, B: Shape, Expected: Shape>() {
        assert_eq!(TypeId::of::<Joined<A, B>>(), TypeId::of::<Expected>());
    }
    joined::<shape![999], shape![1], shape![1000]>();
    joined::<shape![64, 28, 28], shape![128, 28, 28], shape![192, 28, 28]>();
    joined::<shape![1, 2, 3, 4, 5, 6], shape![9, 2, 3, 4, 5, 6], shape![10, 2, 3, 4, 5, 6]>();
}

/// Generic code stays checked: this compiles only because the bounds say what is computed.
#[test]
fn generic_code_computes() {
    fn padded_rows<H, W>() -> usize
    where
        H: Plus<N<2>>,
        W: Plus<N<2>>,
        Sum<H, N<2>>: Times<Sum<W, N<2>>>,
    {
        Product::<Sum<H, N<2>>, Sum<W, N<2>>>::VALUE
    }
    assert_eq!(padded_rows::<size!(28), size!(1000)>(), 30 * 1002);
}
