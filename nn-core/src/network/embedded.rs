//! Numbers in read-only data, for the code that `#[weights]` becomes.

/// Little-endian numbers of `SIZE` bytes each, made native while the program is compiled, where vectors may be loaded from.
#[repr(C, align(64))]
pub struct Aligned<const BYTES: usize, const SIZE: usize>([u8; BYTES]);

impl<const BYTES: usize, const SIZE: usize> Aligned<BYTES, SIZE> {
    /// From the bytes of the numbers.
    pub const fn new(bytes: [u8; BYTES]) -> Self {
        if cfg!(target_endian = "big") { Self(swapped(bytes, SIZE)) } else { Self(bytes) }
    }
}

/// The numbers of each type by their size.
macro_rules! numbers {
    ($($name:ident: $number:ty),*) => {
        $(impl<const BYTES: usize> Aligned<BYTES, { size_of::<$number>() }> {
            /// The numbers.
            pub const fn $name(&'static self) -> &'static [$number] {
                // SAFETY: the bytes begin at a multiple of 64, are enough for so many numbers, every pattern of bits is
                // one, and they never change.
                unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast(), BYTES / size_of::<$number>()) }
            }
        })*
    };
}

numbers!(numbers: f32, halves: u16, bytes: i8);

const fn swapped<const BYTES: usize>(bytes: [u8; BYTES], size: usize) -> [u8; BYTES] {
    let mut swapped = [0; BYTES];
    let mut i = 0;
    while i < BYTES {
        // The bytes 0 1 2 3 of a number of four become 3 2 1 0.
        swapped[i] = bytes[i ^ (size - 1)];
        i += 1;
    }
    swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_numbers() {
        static NUMBERS: Aligned<8, 4> = Aligned::new([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
        assert_eq!(NUMBERS.numbers(), [1.0, -2.0]);
        assert!(NUMBERS.numbers().as_ptr().addr().is_multiple_of(64));
        static HALVES: Aligned<4, 2> = Aligned::new([0, 0x3c, 1, 0]);
        assert_eq!(HALVES.halves(), [0x3c00, 1]);
        static BYTES: Aligned<2, 1> = Aligned::new([255, 3]);
        assert_eq!(BYTES.bytes(), [-1, 3]);
        assert_eq!(swapped([1, 2, 3, 4], 2), [2, 1, 4, 3]);
        assert_eq!(swapped([1, 2, 3, 4, 5, 6, 7, 8], 4), [4, 3, 2, 1, 8, 7, 6, 5]);
    }
}
