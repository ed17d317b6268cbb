//! Prints the header of the library.

// By its file, as a library for C is none for Rust.
#[path = "../network.rs"]
mod network;

fn main() {
    print!("{}", network::Clothes::C_HEADER);
}
