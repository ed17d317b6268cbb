//! The implementation of `Network`: constants, storage and the three passes.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::{Constants, Source, ident};
use super::shape_type::shape_list;
use super::{backward, forward, tables};
use crate::graph::Graph;
use crate::layers::Shape;
use crate::plan::{Mode, Plan, Program};

/// The implementation for a network that is right.
pub fn implementation(
    name: &Ident,
    graph: &Graph,
    shapes: &[Shape],
    plan: &Plan,
    dimensions: &Constants,
) -> TokenStream {
    let text = name.to_string();
    let training = &plan.training.program;
    let input_shapes = shape_list(&graph.signature().inputs);
    let output_shapes: Vec<Shape> = graph.outputs.iter().map(|edge| shapes[edge.node].clone()).collect();
    let output_shapes = shape_list(&output_shapes);
    let entries = tables::entries(graph, &plan.block);
    let layers = tables::layers(graph, shapes, plan);
    let heads = tables::heads(plan);
    let inputs = names(training, &training.inputs, "");
    let (d_inputs, d_outputs) = (names(training, &training.inputs, "d_"), names(training, &training.outputs, "d_"));
    let outputs = names(training, &training.outputs, "");
    let inference = &plan.inference.program;
    let (predict_inputs, predict_outputs) =
        (names(inference, &inference.inputs, ""), names(inference, &inference.outputs, ""));
    let (i, o) = (inputs.len(), outputs.len());
    let predict = forward::body(&plan.inference, dimensions, Mode::Inference, Source::Block);
    let train = forward::body(&plan.training, dimensions, Mode::Training, Source::Block);
    let backward = backward::body(&plan.training, dimensions);
    let in_halves = training.halved_input().map(|_| {
        quote!(
            const IN_HALVES: bool = true;
        )
    });
    let wanted = inputs.iter().zip(&d_inputs).take(1).map(|(_, d)| quote!(let wanted = !#d.is_empty();));
    quote! {
        #[automatically_derived]
        #[allow(unused_variables)]
        impl<T: __nn::Real> __nn::Network for #name<T> {
            type Scalar = T;
            type Inputs = #input_shapes;
            type Outputs = #output_shapes;
            const NAME: &'static str = #text;
            const PARAMETERS: usize = #name::<f32>::PARAMETERS;
            const MULTIPLY_ADDS: u64 = #name::<f32>::MULTIPLY_ADDS;
            const ROOMS: __nn::Rooms = #name::<f32>::ROOMS;
            #in_halves
            const ENTRIES: &'static [__nn::Entry] = #entries;
            const LAYERS: &'static [__nn::LayerInfo] = #layers;
            const HEADS: &'static [__nn::Head] = #heads;

            fn from_parameters(parameters: __nn::Parameters<T>) -> Self {
                Self { parameters }
            }

            fn storage(&self) -> &__nn::Parameters<T> {
                &self.parameters
            }

            fn storage_mut(&mut self) -> &mut __nn::Parameters<T> {
                &mut self.parameters
            }

            fn forward(
                run: &__nn::run::Run,
                p: &[T],
                [#(#predict_inputs),*]: [&[T]; #i],
                [#(#predict_outputs),*]: [&mut [T]; #o],
                workspace: &mut [T],
            ) {
                #predict
            }

            fn forward_training(
                run: &__nn::run::Run,
                p: &[T],
                [#(#inputs),*]: [&[T]; #i],
                [#(#outputs),*]: [&mut [T]; #o],
                kept: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                #train
            }

            fn backward(
                run: &__nn::run::Run,
                p: &[T],
                [#(#inputs),*]: [&[T]; #i],
                [#(#outputs),*]: [&[T]; #o],
                [#(#d_outputs),*]: [&mut [T]; #o],
                [#(#d_inputs),*]: [&mut [T]; #i],
                g: &mut [T],
                kept: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                #(#wanted)*
                #backward
            }
        }
    }
}

fn names(program: &Program, values: &[usize], prefix: &str) -> Vec<Ident> {
    values.iter().map(|&value| ident(&format!("{prefix}{}", program.values[value].name))).collect()
}
