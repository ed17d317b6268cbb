//! The predictions of a network with narrow weights.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::embedded::storage;
use super::names::{Constants, Source, value_name};
use super::shape_type::slice_types;
use super::{forward, methods};
use crate::graph::{Graph, Network};
use crate::plan::{Mode, Plan};
use crate::shapes::Shapes;
use crate::weights::{Embedded, Weights};

/// The methods of the network as it is stored, if its weights are narrow. After a mistake in the weights they do nothing,
/// but what calls them is not wrong too.
pub fn narrow(
    network: &Network,
    graph: &Graph,
    shapes: &Shapes,
    plan: &Plan,
    weights: &Weights,
    dimensions: &Constants,
) -> Option<TokenStream> {
    let (name, storage) = (&network.name, storage(network.attributes.narrow()?));
    let program = &plan.inference.program;
    let names = |values: &[usize]| -> Vec<Ident> { values.iter().map(|&value| value_name(program, value)).collect() };
    let (inputs, outputs) = (names(&program.inputs), names(&program.outputs));
    let (o, input_types) = (outputs.len(), slice_types(&graph.signature().inputs, &quote!(f32)));
    let body = (weights.iter().flatten().find_map(Embedded::narrow))
        .map(|narrow| forward::body(&plan.inference, dimensions, Mode::Inference, Source::Narrow(narrow)));
    let predict_one = methods::predict_one(
        name,
        graph,
        shapes,
        plan,
        |inputs, outputs| quote!(self.forward(&__nn::exec::Pass::alone(1), #inputs, #outputs, workspace);),
    );
    let network = quote!(<#name<f32> as __nn::Network>);
    let all_inputs = quote!(impl __nn::shape::IntoViews<'a, #network::Inputs, f32>);
    let forward = quote!(|pass, inputs, outputs, workspace| self.forward(pass, inputs, outputs, workspace));
    Some(quote! {
        #[automatically_derived]
        #[allow(unused_variables)]
        impl #name<#storage> {
            fn forward(
                &self,
                pass: &__nn::exec::Pass,
                (#(#inputs,)*): #input_types,
                [#(#outputs),*]: [&mut [f32]; #o],
                workspace: &mut [f32],
            ) {
                type T = f32;
                let p = &self.parameters;
                #body
            }

            #predict_one

            /// As [`Network::predict_in`](__nn::Network::predict_in).
            ///
            /// # Errors
            ///
            /// As there.
            pub fn predict_in<'a>(
                &self,
                inputs: #all_inputs,
                outputs: <#network::Outputs as __nn::shape::Shapes>::SlicesMut<'_, f32>,
                workspace: &mut [f32],
            ) -> ::core::result::Result<(), __nn::PredictError> {
                __nn::predict::in_memory::<#name<f32>>(inputs, outputs, workspace, #forward)
            }
        }

        __nn::if_std! {
            #[automatically_derived]
            impl #name<#storage> {
                /// As [`Network::predict`](__nn::Network::predict).
                ///
                /// # Errors
                ///
                /// As there.
                pub fn predict<'a>(
                    &self,
                    inputs: #all_inputs,
                ) -> ::core::result::Result<<#network::Outputs as __nn::shape::Shapes>::Batches<f32>, __nn::PredictError> {
                    __nn::predict::on_heap::<#name<f32>>(inputs, self.parameters.version(), #forward)
                }

                /// As [`Network::predict_into`](__nn::Network::predict_into).
                ///
                /// # Errors
                ///
                /// As there.
                pub fn predict_into<'a>(
                    &self,
                    inputs: #all_inputs,
                    outputs: &mut <#network::Outputs as __nn::shape::Shapes>::Batches<f32>,
                    workspace: &mut __nn::Workspace<f32>,
                ) -> ::core::result::Result<(), __nn::PredictError> {
                    __nn::predict::into_batches::<#name<f32>>(
                        inputs,
                        outputs,
                        workspace,
                        self.parameters.version(),
                        #forward,
                    )
                }
            }
        }
    })
}
