//! Snapshots of what networks expand to, formatted, for people to read.

use quote::quote;

use crate::expand;

/// The expansion of the networks in `source`, as `rustfmt` would write it.
fn expansion(source: &str) -> String {
    let tokens = expand(source.parse().expect("tokens"), &quote!(::nn_core));
    let file = syn::parse2(tokens).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

#[test]
fn show() {
    println!("{}", expansion(&std::env::var("NET").unwrap()));
}
