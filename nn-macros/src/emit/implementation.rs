//! The implementation of `Network`: constants, storage and the three passes.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::{Constants, Source, gradient_name, value_name};
use super::shape_type::{shape_list, slice_types};
use super::{backward, forward, tables};
use crate::graph::Graph;
use crate::layers::Shape;
use crate::plan::{Mode, Plan, Program};
use crate::shapes::Shapes;

/// The implementation for a network that is right, with what shows its values, if anything does.
pub fn implementation(
    name: &Ident,
    graph: &Graph,
    shapes: &Shapes,
    plan: &Plan,
    dimensions: &Constants,
    observed: Option<TokenStream>,
) -> TokenStream {
    let text = name.to_string();
    let training = &plan.training.program;
    let input_shapes = graph.signature().inputs;
    let output_shapes: Vec<Shape> = graph.outputs.iter().map(|&edge| shapes.of(edge).clone()).collect();
    let output_rows = output_shapes.iter().map(|shape| match shape.varies {
        Some(input) => quote!(::core::option::Option::Some(#input)),
        None => quote!(::core::option::Option::None),
    });
    let output_rows: Vec<_> = output_rows.collect();
    let [input_types, output_types] = [&input_shapes, &output_shapes].map(|shapes| slice_types(shapes, &quote!(T)));
    let [input_shapes, output_shapes] = [&input_shapes, &output_shapes].map(|shapes| shape_list(shapes));
    let input_names = graph.input_names();
    let entries = tables::entries(graph, &plan.block);
    let layers = tables::layers(graph, shapes, plan);
    let heads = tables::heads(plan);
    let [inputs, outputs] = [&training.inputs, &training.outputs].map(|values| names(training, values, value_name));
    let [d_inputs, d_outputs] =
        [&training.inputs, &training.outputs].map(|values| names(training, values, gradient_name));
    let inference = &plan.inference.program;
    let [predict_inputs, predict_outputs] =
        [&inference.inputs, &inference.outputs].map(|values| names(inference, values, value_name));
    let (i, o) = (inputs.len(), outputs.len());
    let predict = forward::body(&plan.inference, dimensions, Mode::Inference, Source::Block);
    let train = forward::body(&plan.training, dimensions, Mode::Training, Source::Block);
    let backward = backward::body(&plan.training, dimensions);
    quote! {
        #[automatically_derived]
        #[allow(unused_variables)]
        impl<T: __nn::Real> __nn::Declared for #name<T> {}

        #[automatically_derived]
        #[allow(unused_variables)]
        impl<T: __nn::Real> __nn::Network for #name<T> {
            type Scalar = T;
            type Inputs = #input_shapes;
            type Outputs = #output_shapes;
            const NAME: &'static str = #text;
            const INPUT_NAMES: &'static [&'static str] = &[#(#input_names),*];
            const PARAMETERS: usize = #name::<f32>::PARAMETERS;
            const MULTIPLY_ADDS: u64 = #name::<f32>::MULTIPLY_ADDS;
            const MEMORY: __nn::MemoryNeeds = #name::<f32>::MEMORY;
            const ENTRIES: &'static [__nn::Entry] = #entries;
            const LAYERS: &'static [__nn::LayerInfo] = #layers;
            const OUTPUT_ROWS: &'static [::core::option::Option<usize>] = &[#(#output_rows),*];
            const HEADS: &'static [__nn::Head] = #heads;

            fn from_parameters(parameters: __nn::Parameters<T>) -> Self {
                __nn::check_parameters::<Self>(&parameters);
                Self { parameters }
            }

            fn storage(&self) -> &__nn::Parameters<T> {
                &self.parameters
            }

            fn storage_mut(&mut self) -> &mut __nn::Parameters<T> {
                &mut self.parameters
            }

            fn forward(
                pass: &__nn::exec::Pass,
                p: &[T],
                (#(#predict_inputs,)*): #input_types,
                [#(#predict_outputs),*]: [&mut [T]; #o],
                workspace: &mut [T],
            ) {
                #predict
            }

            fn forward_training(
                pass: &__nn::exec::Pass,
                p: &[T],
                (#(#inputs,)*): #input_types,
                [#(#outputs),*]: [&mut [T]; #o],
                saved: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                #train
            }

            fn backward(
                pass: &__nn::exec::Pass,
                p: &[T],
                (#(#inputs,)*): #input_types,
                (#(#outputs,)*): #output_types,
                [#(#d_outputs),*]: [&mut [T]; #o],
                [#(#d_inputs),*]: [&mut [T]; #i],
                g: &mut [T],
                saved: &mut [T],
                indices: &mut [u32],
                workspace: &mut [T],
            ) {
                #backward
            }

            #observed
        }
    }
}

fn names(program: &Program, values: &[usize], name: fn(&Program, usize) -> Ident) -> Vec<Ident> {
    values.iter().map(|&value| name(program, value)).collect()
}
