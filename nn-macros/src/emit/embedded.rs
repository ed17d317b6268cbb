//! A network with its weights in read-only data.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

use crate::weights::{Embedded, Unseen, Weights};

/// The constructor of a network with the attribute `weights`.
pub fn constructor(name: &Ident, weights: &Weights) -> Option<TokenStream> {
    match weights.as_ref()? {
        Ok(embedded) => Some(with_numbers(name, embedded)),
        Err(_) => Some(without_numbers(name)),
    }
}

fn with_numbers(name: &Ident, embedded: &Embedded) -> TokenStream {
    let Embedded { file, absolute, numbers, .. } = embedded;
    let documentation = format!(
        "The network with the weights of `{file}`, which are part of the program: nothing is read, copied or allocated."
    );
    let bytes = numbers.as_flattened();
    let len = bytes.len();
    // One literal: rustc takes much longer over a list of numbers.
    let bytes = Literal::byte_string(bytes);
    quote! {
        // So that the crate is built anew when the file changes.
        const _: &[u8] = ::core::include_bytes!(#absolute);

        #[automatically_derived]
        impl #name<f32> {
            #[doc = #documentation]
            pub const fn embedded() -> &'static Self {
                static NUMBERS: __nn::embedded::Aligned<#len> = __nn::embedded::Aligned::new(*#bytes);
                static NETWORK: #name<f32> =
                    #name { parameters: __nn::Parameters::from_static(NUMBERS.numbers()) };
                &NETWORK
            }
        }
    }
}

/// For a network whose weights are wrong: what uses it is not wrong too.
pub fn without_numbers(name: &Ident) -> TokenStream {
    quote! {
        impl #name<f32> {
            pub const fn embedded() -> &'static Self {
                static NETWORK: #name<f32> = #name { parameters: __nn::Parameters::from_static(&[]) };
                &NETWORK
            }
        }
    }
}

/// Constants that hold each layer of which the file could tell nothing to having no parameters.
pub fn checks(weights: &Weights, krate: &TokenStream) -> TokenStream {
    let unseen = weights.iter().flatten().flat_map(|embedded| &embedded.unseen);
    let checks = unseen.map(|Unseen { path, text, span }| {
        let call = quote_spanned!(*span=> __check::<#path>(#text));
        quote!(const _: () = { use #krate::check_embedded as __check; #call };)
    });
    checks.collect()
}
