//! A network with its weights in read-only data.

use nn_files::Precision;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::names::ident;
use crate::graph::Network;
use crate::weights::{Embedded, Numbers, Unseen, Weights};

/// The constructor of a network with the attribute `weights`.
pub fn constructor(network: &Network, weights: &Weights) -> Option<TokenStream> {
    match weights.as_ref()? {
        Ok(embedded) => Some(with_numbers(&network.name, embedded)),
        Err(_) => Some(without_numbers(network)),
    }
}

fn with_numbers(name: &Ident, embedded: &Embedded) -> TokenStream {
    let Embedded { file, absolute, numbers, normalisation, .. } = embedded;
    let normalisation = normalisation.as_ref().map(|channels| constant(file, channels));
    let (storage, parameters) = match numbers {
        Numbers::Block(numbers) => {
            let (numbers, get) = (aligned(numbers.as_flattened(), 4), getter(4));
            (
                quote!(f32),
                quote!({
                    static NUMBERS: #numbers;
                    __nn::Parameters::from_static(NUMBERS.#get())
                }),
            )
        }
        Numbers::Narrow(narrow) => {
            let size = narrow.precision.size();
            let (weights, rest) = (aligned(&narrow.weights, size), aligned(narrow.rest.as_flattened(), 4));
            let (get_weights, get_rest) = (getter(size), getter(4));
            (
                storage(narrow.precision),
                quote!({
                    static WEIGHTS: #weights;
                    static REST: #rest;
                    __nn::NarrowParameters::from_static(WEIGHTS.#get_weights(), REST.#get_rest())
                }),
            )
        }
    };
    let documentation = format!(
        "The network with the weights of `{file}`, which are part of the program: nothing is read, copied or allocated."
    );
    quote! {
        // So that the crate is built anew when the file changes.
        const _: &[u8] = ::core::include_bytes!(#absolute);

        #[automatically_derived]
        impl #name<#storage> {
            #normalisation

            #[doc = #documentation]
            pub const fn embedded() -> &'static Self {
                static NETWORK: #name<#storage> = #name { parameters: #parameters };
                &NETWORK
            }
        }
    }
}

/// How the input is normalised.
fn constant(file: &str, channels: &[(f64, f64)]) -> TokenStream {
    let documentation =
        format!("How the input is to be normalised before a prediction, as `{file}` tells: see `nn_core::normalise`.");
    let channels =
        channels.iter().map(|(mean, deviation)| quote!(__nn::Channel { mean: #mean, deviation: #deviation }));
    quote! {
        #[doc = #documentation]
        pub const NORMALISATION: &'static [__nn::Channel] = &[#(#channels),*];
    }
}

/// The type and value of a static with the bytes of numbers of so many each. They are one literal: rustc takes much longer
/// over a list of numbers.
fn aligned(bytes: &[u8], size: usize) -> TokenStream {
    let (len, bytes) = (bytes.len(), Literal::byte_string(bytes));
    quote!(__nn::embedded::Aligned<#len, #size> = __nn::embedded::Aligned::new(*#bytes))
}

/// The method that gives the numbers of such bytes.
fn getter(size: usize) -> Ident {
    ident(match size {
        1 => "bytes",
        2 => "halves",
        _ => "numbers",
    })
}

/// The type that stands for a precision in the network's type.
pub fn storage(precision: Precision) -> TokenStream {
    match precision {
        Precision::F32 => quote!(f32),
        Precision::F16 => quote!(__nn::F16),
        Precision::Bf16 => quote!(__nn::Bf16),
        Precision::Int8 => quote!(__nn::Int8),
    }
}

/// For a network with a mistake: what uses it is not wrong too.
pub fn without_numbers(network: &Network) -> TokenStream {
    let name = &network.name;
    let (storage, parameters) = match network.attributes.narrow() {
        None => (quote!(f32), quote!(__nn::Parameters::from_static(&[]))),
        Some(precision) => (storage(precision), quote!(__nn::NarrowParameters::from_static(&[], &[]))),
    };
    quote! {
        impl #name<#storage> {
            pub const fn embedded() -> &'static Self {
                static NETWORK: #name<#storage> = #name { parameters: #parameters };
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
        quote!(const _: () = { use #krate::__private::check_embedded as __check; #call };)
    });
    checks.collect()
}
