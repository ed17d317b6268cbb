//! What shows the values inside a network.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::names::Constants;
use super::{implementation, methods};
use crate::observe::{Observed, Value};
use crate::weights::Weights;

/// The method by which a trainer asks for them.
pub fn method() -> TokenStream {
    quote! {
        __nn::if_std! {
            fn observed(
                &self,
                inputs: <Self::Inputs as __nn::shape::Shapes>::Views<'_, T>,
            ) -> ::core::option::Option<__nn::Activations<T>> {
                __nn::Activations::of(self, inputs).ok()
            }
        }
    }
}

/// The second network, and where its output has the values of the first.
pub fn observe(name: &Ident, observed: &Observed, weights: &Weights) -> TokenStream {
    let Observed { values, graph, shapes, plan } = observed;
    let second = Ident::new("Values", Span::mixed_site());
    let dimensions = Constants::of(plan);
    let constants = methods::constants(&second, plan, weights);
    let implementation = implementation::implementation(&second, graph, shapes, plan, &dimensions, None);
    let dimensions = &dimensions.items;
    let values = values.iter().map(|Value { label, text, sizes, start }| {
        quote!(__nn::Place { label: #label, text: #text, dims: &[#(#sizes),*], start: #start })
    });
    quote! {
        __nn::if_std! {
            #[doc(hidden)]
            #[allow(missing_docs)]
            #[derive(Clone)]
            pub struct #second<T: __nn::Real = f32> {
                parameters: __nn::Parameters<T>,
            }
            const _: () = {
                #dimensions
                #constants
                #implementation
            };
            #[automatically_derived]
            impl<T: __nn::Real> __nn::Observe for #name<T> {
                type Values = #second<T>;
                const PLACES: &'static [__nn::Place] = &[#(#values),*];
            }
        }
    }
}

/// For a network with mistakes.
pub fn without_values(name: &Ident) -> TokenStream {
    quote! {
        __nn::if_std! {
            impl<T: __nn::Real> __nn::Observe for #name<T> {
                type Values = Self;
                const PLACES: &'static [__nn::Place] = &[];
            }
        }
    }
}
