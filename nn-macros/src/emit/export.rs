//! The functions through which C calls a network, and their header. They are thin: `nn_core::ffi` does the work.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::embedded::storage;
use super::names::{ident, imports};
use super::plain_numbers;
use crate::export::Export;
use crate::graph::Network;

/// What a network with the attribute `export` has besides; `export` is `None` if something in it is wrong.
pub fn export(network: &Network, export: Option<&Export>, krate: &TokenStream) -> TokenStream {
    match (&network.attributes.export, export) {
        (None, _) => TokenStream::new(),
        (Some(_), None) => header_alone(&network.name),
        (Some(_), Some(export)) => header_and_functions(network, export, krate),
    }
}

fn header_and_functions(network: &Network, export: &Export, krate: &TokenStream) -> TokenStream {
    let Export { prefix, inputs, outputs, .. } = export;
    let (name, functions, imports) = (&network.name, functions(network, export), imports(&network.name, krate));
    let documentation = format!(
        "The header of `{prefix}_predict` and its companions, for C and C++: a program of one line writes it to a file."
    );
    quote! {
        #[allow(unsafe_code, clippy::undocumented_unsafe_blocks)]
        const _: () = {
            #imports

            #[automatically_derived]
            impl #name<f32> {
                #[doc = #documentation]
                pub const C_HEADER: &'static str = {
                    const HEADER: &__nn::ffi::Header =
                        &__nn::ffi::header::<#name<f32>>(#prefix, &[#(#inputs),*], &[#(#outputs),*]);
                    HEADER.as_str()
                };
            }

            #functions
        };
    }
}

fn functions(network: &Network, Export { prefix, inputs, whole, outputs }: &Export) -> TokenStream {
    let (name, forward) = (&network.name, forward(network));
    let named = |suffix: &str| format_ident!("{prefix}_{suffix}", span = proc_macro2::Span::call_site());
    let [predict, workspace_len, predict_batch] = ["predict", "workspace_len", "predict_batch"].map(named);
    let [inputs, outputs] = [inputs, outputs].map(|names| names.iter().map(|name| ident(name)).collect::<Vec<_>>());
    let elements = whole.iter().map(|&whole| if whole { quote!(u32) } else { quote!(f32) });
    let parameters = quote!(#(#inputs: *const #elements,)* #(#outputs: *mut f32,)* workspace: *mut f32);
    let starts: Vec<TokenStream> = (inputs.iter().zip(whole))
        .map(|(input, &whole)| if whole { quote!(#input.cast()) } else { quote!(#input) })
        .collect();
    let call = |samples: TokenStream| {
        // SAFETY: the caller keeps to what the header says.
        quote!(unsafe {
            __nn::ffi::predict::<#name<f32>, _, _>(#samples, [#(#starts),*], [#(#outputs),*], workspace, #forward)
        })
    };
    let (one, batch) = (call(quote!(1)), call(quote!(samples)));
    plain_numbers(quote! {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn #predict(#parameters) -> ::core::ffi::c_int {
            #one
        }

        #[unsafe(no_mangle)]
        extern "C" fn #workspace_len(samples: usize) -> usize {
            __nn::ffi::workspace_len::<#name<f32>>(samples).unwrap_or(0)
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn #predict_batch(samples: usize, #parameters) -> ::core::ffi::c_int {
            #batch
        }
    })
}

/// The forward pass with the weights inside, as a closure.
fn forward(network: &Network) -> TokenStream {
    let name = &network.name;
    let call = match network.attributes.narrow().map(storage) {
        None => quote!(<#name<f32> as __nn::Network>::forward(
            &pass.finite(__nn::Network::storage(#name::<f32>::embedded()).are_finite()),
            __nn::Network::block(#name::<f32>::embedded()),
            inputs,
            outputs,
            workspace,
        )),
        Some(storage) => quote!(#name::<#storage>::embedded().forward(pass, inputs, outputs, workspace)),
    };
    quote!(|pass, inputs, outputs, workspace| #call)
}

/// For a network that is wrong: what uses its header is not wrong too.
fn header_alone(name: &Ident) -> TokenStream {
    quote! {
        impl #name<f32> {
            pub const C_HEADER: &'static str = "";
        }
    }
}
