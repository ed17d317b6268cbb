//! A trained network as a library for C: `libclothes.a` and `libclothes.so`, whose functions `#[export(c)]` writes.
//!
//! From this folder, with a Rust toolchain and any C compiler:
//!
//! ```sh
//! cargo build --release                                    # target/release/libclothes.a and libclothes.so
//! cargo run --release --bin header > target/clothes.h      # what they hold, for C and C++
//!
//! cc -Itarget main.c target/release/libclothes.a -lpthread -ldl -lm -o target/main
//! target/main ../embed/pictures/boot.pgm
//!
//! cc -Itarget main.c -Ltarget/release -lclothes -o target/main_shared
//! LD_LIBRARY_PATH=target/release target/main_shared ../embed/pictures/boot.pgm
//! ```
//!
//! `cargo rustc --release --lib -- --print native-static-libs` tells what else a system wants beside the static library.

mod network;
