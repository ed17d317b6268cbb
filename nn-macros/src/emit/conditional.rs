//! Networks under `#[cfg(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use crate::graph::Network;

/// The code of a network, every item of which is there under the same conditions as its struct.
pub fn conditional(network: &Network, code: TokenStream) -> TokenStream {
    let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    let conditions: Vec<&Attribute> = network.attributes.rust.iter().filter(is_condition).collect();
    if conditions.is_empty() {
        return code;
    }
    match syn::parse2::<syn::File>(code.clone()) {
        Ok(syn::File { items, .. }) => items.iter().map(|item| quote!(#(#conditions)* #item)).collect(),
        Err(_) => code,
    }
}
