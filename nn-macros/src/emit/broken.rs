//! What a network with mistakes becomes: all that its users may call, so that what uses it is not wrong too.

use proc_macro2::TokenStream;
use quote::quote;

use super::embedded;
use super::export::export;
use super::item::structure;
use super::observe;
use super::plain_numbers;
use super::shape_type::{element_type, shape_list, slice_types};
use crate::graph::{Network, Signature};

/// The struct with everything but sense.
pub fn broken(network: &Network, krate: &TokenStream) -> TokenStream {
    let item = structure(network, None, krate);
    let name = &network.name;
    let implementation = broken_implementation(network);
    let predict_one = broken_predict_one(network);
    let embedded = network.attributes.weights.as_ref().map(|_| embedded::without_numbers(network));
    let export = export(network, None, krate);
    let observed = network.attributes.observe.then(|| observe::without_values(name));
    quote! {
        #item
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private as __nn;
            #implementation
            #embedded
            #export
            #observed
            impl #name<f32> {
                pub const ENTRIES: &'static [__nn::Entry] = &[];
                pub const PARAMETERS: usize = 0;
                pub const MULTIPLY_ADDS: u64 = 0;
                pub const WORKSPACE_BYTES: usize = 0;
                pub const WEIGHTS_BYTES: usize = 0;
                pub const fn workspace() -> __nn::memory::Block<0> {
                    __nn::memory::Block::zeros()
                }
                #predict_one
            }
            __nn::if_std! {
                impl #name<f32> {
                    pub fn new(_: u64) -> Self {
                        ::core::unreachable!()
                    }
                    pub fn load(_: impl AsRef<::std::path::Path>) -> Result<Self, __nn::Error> {
                        ::core::unreachable!()
                    }
                    pub fn summary() -> __nn::Summary {
                        ::core::unreachable!()
                    }
                    pub fn to_f64(&self) -> #name<f64> {
                        ::core::unreachable!()
                    }
                }
                impl<T: __nn::Real> #name<T> {
                    pub fn parameters(&self) -> __nn::ParametersView<'_, T> {
                        ::core::unreachable!()
                    }
                }
            }
        };
    }
}

/// The prediction of one sample: what goes in is known, of what comes out the count.
fn broken_predict_one(network: &Network) -> Option<TokenStream> {
    let Signature { inputs, outputs } = network.signature.as_ref()?;
    // A mistake may be a shape that is too large.
    let lens = inputs.iter().map(|shape| shape.iter().copied().fold(1, usize::saturating_mul));
    let elements = inputs.iter().map(|shape| element_type(shape, &quote!(f32)));
    let outputs = vec![quote!([f32; 1]); *outputs];
    let returned = quote!((#(#outputs),*));
    let returned = match inputs.iter().any(|shape| shape.below.is_some()) {
        false => returned,
        true => quote!(Result<#returned, __nn::PredictError>),
    };
    Some(plain_numbers(quote! {
        pub fn predict_one(&self, #(_: &[#elements; #lens],)* _: &mut [f32; 0]) -> #returned {
            ::core::unreachable!()
        }
    }))
}

/// The trait for a network with mistakes: its inputs are known, of its outputs the count.
fn broken_implementation(network: &Network) -> Option<TokenStream> {
    let Signature { inputs, outputs } = network.signature.as_ref()?;
    let name = &network.name;
    let (i, o) = (inputs.len(), *outputs);
    let outputs = vec![vec![1].into(); o];
    let [input_types, output_types] = [inputs, &outputs].map(|shapes| slice_types(shapes, &quote!(T)));
    let [inputs, outputs] = [inputs, &outputs].map(|shapes| shape_list(shapes));
    let implementation = quote! {
        impl<T: __nn::Real> __nn::Declared for #name<T> {}
        impl<T: __nn::Real> __nn::Network for #name<T> {
            type Scalar = T;
            type Inputs = #inputs;
            type Outputs = #outputs;
            const NAME: &'static str = "";
            const INPUT_NAMES: &'static [&'static str] = &[];
            const PARAMETERS: usize = 0;
            const MULTIPLY_ADDS: u64 = 0;
            const MEMORY: __nn::MemoryNeeds = __nn::MemoryNeeds::NONE;
            const ENTRIES: &'static [__nn::Entry] = &[];
            const LAYERS: &'static [__nn::LayerInfo] = &[];
            const OUTPUT_ROWS: &'static [::core::option::Option<usize>] = &[];
            const HEADS: &'static [__nn::Head] = &[];
            fn from_parameters(_: __nn::Parameters<T>) -> Self {
                ::core::unreachable!()
            }
            fn storage(&self) -> &__nn::Parameters<T> {
                ::core::unreachable!()
            }
            fn storage_mut(&mut self) -> &mut __nn::Parameters<T> {
                ::core::unreachable!()
            }
            fn forward(_: &__nn::exec::Pass, _: &[T], _: #input_types, _: [&mut [T]; #o], _: &mut [T]) {}
            fn forward_training(
                _: &__nn::exec::Pass,
                _: &[T],
                _: #input_types,
                _: [&mut [T]; #o],
                _: &mut [T],
                _: &mut [u32],
                _: &mut [T],
            ) {
            }
            fn backward(
                _: &__nn::exec::Pass,
                _: &[T],
                _: #input_types,
                _: #output_types,
                _: [&mut [T]; #o],
                _: [&mut [T]; #i],
                _: &mut [T],
                _: &mut [T],
                _: &mut [u32],
                _: &mut [T],
            ) {
            }
        }
    };
    (i > 0 && o > 0).then(|| plain_numbers(implementation))
}
