//! The implementation of `Layer`, by which a network takes part in another.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::shape_type::shape_type;
use crate::graph::Graph;
use crate::layers::Shape;

/// The part that lets a network with one input and one output take part in another by path.
pub fn as_layer(name: &Ident, graph: &Graph, shapes: &[Shape]) -> Option<TokenStream> {
    let signature = graph.signature();
    let ([input], [output]) = (&signature.inputs[..], &graph.outputs[..]) else { return None };
    let (input, output) = (shape_type(input), shape_type(&shapes[output.node]));
    Some(quote! {
        #[automatically_derived]
        impl<T: __nn::Real> __nn::Layer<T> for #name<f32> {
            type Input = #input;
            type Output = #output;
            const PARAMETERS: usize = #name::<f32>::PARAMETERS;
            const MULTIPLY_ADDS: u64 = #name::<f32>::MULTIPLY_ADDS;
            const ROOMS: __nn::Rooms = __nn::nested::rooms::<#name<T>>();
            const ENTRIES: &'static [__nn::Entry] = <#name<T> as __nn::Network>::ENTRIES;
            const HEAD: __nn::Head = <#name<T> as __nn::Network>::HEADS[0];

            fn forward(run: &__nn::run::Run, p: &[T], x: &[T], y: &mut [T], workspace: &mut [T]) {
                <#name<T> as __nn::Network>::forward(run, p, [x], [y], workspace);
            }

            fn forward_training(
                run: &__nn::run::Run,
                p: &[T],
                x: &[T],
                y: &mut [T],
                kept: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                __nn::nested::forward_training::<_, _, #name<T>>(run, p, x, y, kept, indices, workspace);
            }

            fn forward_logits(
                run: &__nn::run::Run,
                p: &[T],
                x: &[T],
                y: &mut [T],
                kept: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                <#name<T> as __nn::Network>::forward_training(run, p, [x], [y], kept, indices, workspace);
            }

            fn backward(
                run: &__nn::run::Run,
                p: &[T],
                x: &[T],
                y: &[T],
                dy: &mut [T],
                dx: Option<&mut [T]>,
                dp: &mut [T],
                kept: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                __nn::nested::backward::<_, _, #name<T>>(run, p, x, y, dy, dx, dp, kept, indices, workspace);
            }

            fn backward_logits(
                run: &__nn::run::Run,
                p: &[T],
                x: &[T],
                y: &[T],
                dy: &mut [T],
                dx: Option<&mut [T]>,
                dp: &mut [T],
                kept: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                let dx = dx.unwrap_or_default();
                <#name<T> as __nn::Network>::backward(run, p, [x], [y], [dy], [dx], dp, kept, indices, workspace);
            }
        }
    })
}
