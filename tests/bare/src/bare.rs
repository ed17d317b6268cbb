//! Networks in a program without a standard library and without an allocator. It writes what they predict to standard
//! output, and its exit code is the class that one of them finds. `tests/tests/bare.rs` builds it, runs it, and looks for
//! panics among its symbols.
#![no_std]
#![no_main]

mod networks;

use core::ffi::{c_int, c_void};
use core::panic::PanicInfo;

#[link(name = "c")]
unsafe extern "C" {
    fn write(file: c_int, from: *const c_void, len: usize) -> isize;
}

#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    networks::predict(|outputs| {
        // SAFETY: as many bytes can be read there.
        unsafe { write(1, outputs.as_ptr().cast(), size_of_val(outputs)) };
    }) as c_int
}

/// Every program must have one. Nothing leads here, so that it is not linked.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
