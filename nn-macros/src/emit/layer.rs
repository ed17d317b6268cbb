//! The implementation of `Layer`, by which a network takes part in another.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::shape_type::shape_type;
use crate::graph::Graph;
use crate::shapes::Shapes;

/// The part that lets a network with one input and one output take part in another by path.
pub fn as_layer(name: &Ident, graph: &Graph, shapes: &Shapes) -> Option<TokenStream> {
    let signature = graph.signature();
    let ([input], [output]) = (&signature.inputs[..], &graph.outputs[..]) else { return None };
    let (input, output) = (shape_type(input), shape_type(shapes.of(*output)));
    Some(quote! {
        #[automatically_derived]
        impl<T: __nn::Real> __nn::Layer<T> for #name<f32> {
            type Input = #input;
            type Output = #output;
            const PARAMETERS: usize = #name::<f32>::PARAMETERS;
            const MULTIPLY_ADDS: u64 = #name::<f32>::MULTIPLY_ADDS;
            const MEMORY: __nn::MemoryNeeds = __nn::nested::memory_needs::<#name<T>>();
            const ENTRIES: &'static [__nn::Entry] = <#name<T> as __nn::Network>::ENTRIES;
            const HEAD: __nn::Head = <#name<T> as __nn::Network>::HEADS[0];

            fn forward(call: __nn::ops::Forward<'_, T>) {
                __nn::nested::forward::<_, _, #name<T>>(call);
            }

            fn backward(call: __nn::ops::Backward<'_, T>) {
                __nn::nested::backward::<_, _, #name<T>>(call);
            }
        }
    })
}
