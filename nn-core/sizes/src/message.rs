//! Messages that are put together while the compiler runs.

/// Text of up to `CAPACITY` bytes, which constant functions can write; what does not fit is cut off.
#[derive(Clone, Copy, Debug)]
pub struct Message<const CAPACITY: usize = 512> {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl<const CAPACITY: usize> Message<CAPACITY> {
    /// No text yet.
    #[expect(clippy::new_without_default, reason = "only constants make one")]
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }
    }

    /// Adds text.
    pub const fn text(&mut self, text: &str) {
        let mut i = 0;
        while i < text.len() {
            self.byte(text.as_bytes()[i]);
            i += 1;
        }
    }

    /// Adds text, its small letters of ASCII as capitals.
    pub const fn capitals(&mut self, text: &str) {
        let mut i = 0;
        while i < text.len() {
            self.byte(text.as_bytes()[i].to_ascii_uppercase());
            i += 1;
        }
    }

    /// Adds a byte of UTF-8.
    pub const fn byte(&mut self, byte: u8) {
        if self.len < CAPACITY {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Adds a number.
    pub const fn number(&mut self, number: u64) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }

    /// Adds a shape: `[1, 28, 28]`.
    pub const fn shape(&mut self, shape: &[usize]) {
        self.sizes(shape);
        self.text("]");
    }

    /// Adds a shape of whole numbers below a bound: `[12 of 40]`.
    pub const fn shape_of(&mut self, shape: &[usize], below: u64) {
        self.sizes(shape);
        self.text(" of ");
        self.number(below);
        self.text("]");
    }

    const fn sizes(&mut self, shape: &[usize]) {
        self.text("[");
        let mut i = 0;
        while i < shape.len() {
            if i > 0 {
                self.text(", ");
            }
            self.number(shape[i] as u64);
            i += 1;
        }
    }

    /// Whether there is room for nothing more, so that something may have been cut off.
    pub const fn is_full(&self) -> bool {
        self.len == CAPACITY
    }

    /// The text, without a character that was cut in the middle.
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(cut) => match core::str::from_utf8(text.split_at(cut.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_cuts() {
        const TEXT: Message<32> = {
            let mut message = Message::new();
            message.text("at ");
            message.shape(&[1, 280]);
            message.number(0);
            message.capitals("b_c");
            message.shape_of(&[12], 40);
            message
        };
        assert_eq!(TEXT.as_str(), "at [1, 280]0B_C[12 of 40]");
        assert!(!TEXT.is_full());
        let mut message = Message::<4>::new();
        message.text("größer");
        assert_eq!(message.as_str(), "grö");
        let mut message = Message::<3>::new();
        message.text("größer");
        assert_eq!(message.as_str(), "gr");
    }
}
