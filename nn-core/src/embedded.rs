//! Numbers in read-only data, for the code that `#[weights]` becomes.

/// Little-endian numbers of four bytes each, made native while the program is compiled, where vectors may be loaded from.
#[repr(C, align(64))]
pub struct Aligned<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Aligned<BYTES> {
    /// From the bytes of the numbers.
    pub const fn new(bytes: [u8; BYTES]) -> Self {
        if cfg!(target_endian = "big") { Self(swapped(bytes)) } else { Self(bytes) }
    }

    /// The numbers.
    pub const fn numbers(&'static self) -> &'static [f32] {
        // SAFETY: the bytes begin at a multiple of 64, there are four for each number, every pattern of bits is one, and
        // they never change.
        unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast(), BYTES / 4) }
    }
}

const fn swapped<const BYTES: usize>(bytes: [u8; BYTES]) -> [u8; BYTES] {
    let mut swapped = [0; BYTES];
    let mut i = 0;
    while i < BYTES {
        // The bytes 0 1 2 3 of a number become 3 2 1 0.
        swapped[i] = bytes[i ^ 3];
        i += 1;
    }
    swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_numbers() {
        static NUMBERS: Aligned<8> = Aligned::new([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
        assert_eq!(NUMBERS.numbers(), [1.0, -2.0]);
        assert!(NUMBERS.numbers().as_ptr().addr().is_multiple_of(64));
        assert_eq!(swapped([1, 2, 3, 4, 5, 6, 7, 8]), [4, 3, 2, 1, 8, 7, 6, 5]);
    }
}
