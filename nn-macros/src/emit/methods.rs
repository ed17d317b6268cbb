//! What a network has besides its traits: constants, constructors, and its parameters by their labels.

use std::collections::HashSet;

use nn_sizes::Quantity;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::names::ident;
use super::shape_type::{element_type, shape_list};
use super::tables;
use crate::graph::Graph;
use crate::layers::Shape;
use crate::plan::Plan;
use crate::shapes::Shapes;
use crate::weights::{Embedded, Weights};

/// The constant that holds what a network costs of something.
pub fn constant(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Parameters => "PARAMETERS",
        Quantity::MultiplyAdds => "MULTIPLY_ADDS",
        Quantity::Workspace => "WORKSPACE_BYTES",
        Quantity::Flash => "WEIGHTS_BYTES",
    }
}

/// The constants on the type.
pub fn constants(name: &Ident, plan: &Plan, weights: &Weights) -> TokenStream {
    let parameters = &plan.block.len;
    let multiply_adds = plan.costs.all_multiply_adds();
    let memory = tables::memory_needs(plan);
    let bytes = match weights.iter().flatten().find_map(Embedded::narrow) {
        Some(narrow) => narrow.bytes().to_token_stream(),
        None => quote!(Self::PARAMETERS * ::core::mem::size_of::<f32>()),
    };
    quote! {
        #[automatically_derived]
        impl #name<f32> {
            /// Numbers in the parameter block, running statistics included.
            pub const PARAMETERS: usize = #parameters;
            /// Multiply–adds of the prediction of one sample.
            pub const MULTIPLY_ADDS: u64 = #multiply_adds;
            /// Bytes of workspace for the prediction of one sample.
            pub const WORKSPACE_BYTES: usize = Self::MEMORY.inference.at(1) * ::core::mem::size_of::<f32>();
            /// Bytes of the parameters as they are stored.
            pub const WEIGHTS_BYTES: usize = #bytes;
            /// What lies where in the parameter block.
            pub const ENTRIES: &'static [__nn::Entry] = <Self as __nn::Network>::ENTRIES;
            const MEMORY: __nn::MemoryNeeds = #memory;
        }
    }
}

/// The prediction of one sample from and to arrays, whose lengths leave nothing to check but the bounds of whole numbers.
pub fn single(name: &Ident, graph: &Graph, shapes: &Shapes, plan: &Plan) -> Option<TokenStream> {
    let workspace_len = workspace_len(name);
    let forward = |inputs, outputs| {
        quote!(<Self as __nn::Network>::forward(
            &__nn::exec::Pass::alone(1).finite(__nn::Network::storage(self).are_finite()),
            __nn::Network::block(self),
            #inputs,
            #outputs,
            workspace,
        );)
    };
    let predict_one = predict_one(name, graph, shapes, plan, forward)?;
    Some(quote! {
        #[automatically_derived]
        impl #name<f32> {
            /// Workspace for [`predict_one`](Self::predict_one), for the stack or a `static`.
            pub const fn workspace() -> __nn::memory::Block<#workspace_len> {
                __nn::memory::Block::zeros()
            }

            #predict_one
        }
    })
}

fn workspace_len(name: &Ident) -> TokenStream {
    quote!({ #name::<f32>::MEMORY.inference.at(1) })
}

/// The method by itself, from the call of the forward pass with its inputs and outputs; none where the number of rows of an
/// input varies, as that of an array does not.
pub fn predict_one(
    name: &Ident,
    graph: &Graph,
    shapes: &Shapes,
    plan: &Plan,
    forward: impl Fn(TokenStream, TokenStream) -> TokenStream,
) -> Option<TokenStream> {
    let program = &plan.inference.program;
    let names = |values: &[usize]| -> Vec<Ident> { values.iter().map(|&v| ident(&program.values[v].name)).collect() };
    let (inputs, outputs) = (names(&program.inputs), names(&program.outputs));
    let shapes_of_inputs = graph.signature().inputs;
    if shapes_of_inputs.iter().any(|shape| shape.varies.is_some()) {
        return None;
    }
    let lens = shapes_of_inputs.iter().map(|shape| shape.iter().product::<usize>());
    let elements = shapes_of_inputs.iter().map(|shape| element_type(shape, &quote!(f32)));
    let output_lens: Vec<usize> = graph.outputs.iter().map(|&edge| shapes.of(edge).iter().product()).collect();
    let workspace_len = workspace_len(name);
    let forward = forward(quote!((#(#inputs,)*)), quote!([#(&mut #outputs),*]));
    let result = quote!((#(#outputs),*));
    let given = quote!(&self, #(#inputs: &[#elements; #lens],)* workspace: &mut [f32; #workspace_len]);
    let returned = quote!((#([f32; #output_lens]),*));
    let (errors, returned, check, result) = match shapes_of_inputs.iter().any(|shape| shape.below.is_some()) {
        false => ("without a heap, a lock or an error.", returned, None, result),
        true => (
            "without a heap or a lock.",
            quote!(::core::result::Result<#returned, __nn::PredictError>),
            Some(quote!(__nn::predict::check_bounds::<#name<f32>>((#(#inputs,)*))?;)),
            quote!(::core::result::Result::Ok(#result)),
        ),
    };
    let summary = format!(" Predicts one sample on the calling thread, {errors}");
    let errors = check.as_ref().map(|_| {
        quote! {
            ///
            /// # Errors
            ///
            /// When a whole number is not below its bound.
        }
    });
    Some(quote! {
        #[doc = #summary]
        ///
        /// Numbers go in and come out as the network's shapes are written: `[channels, height, width]`. What the
        /// [`workspace`](Self::workspace) holds is of no account.
        #errors
        pub fn predict_one(#given) -> #returned {
            #check
            #(let mut #outputs = [0.0; #output_lens];)*
            #forward
            #result
        }
    })
}

/// The labels of what has parameters.
fn labels<'a>(graph: &'a Graph, plan: &Plan) -> Vec<&'a str> {
    let mut labels: Vec<&str> = Vec::new();
    for (node, placed) in graph.nodes.iter().zip(&plan.block.nodes) {
        let label = node.label.split('.').next().unwrap_or_default();
        if placed.is_some() && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// The name of the method for a label: the label, or what is like it where that is no name in Rust.
fn method_of(label: &str) -> Option<Ident> {
    let plain: String = label.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let names = [plain.clone(), format!("_{plain}")];
    names.iter().find_map(|name| syn::parse_str(name).ok())
}

/// The parameters by their labels.
pub fn view(name: &Ident, labels: &[&str]) -> TokenStream {
    let mut taken = HashSet::new();
    let accessors = labels.iter().filter_map(|label| {
        let method = method_of(label).filter(|method| taken.insert(method.clone()))?;
        let text = format!("Those of `{label}`.");
        Some(quote! {
            #[doc = #text]
            pub fn #method(&self) -> __nn::ParametersView<'a, T> {
                self.0.part(#label)
            }
        })
    });
    // A name of its own: the network may be called anything, `Labels` too.
    let view = format_ident!("{name}Labels", span = Span::call_site());
    quote! {
        __nn::if_std! {
            /// The parameters of the network, with a method for each label.
            pub struct #view<'a, T: __nn::Real>(__nn::ParametersView<'a, T>);

            impl<'a, T: __nn::Real> #view<'a, T> {
                #(#accessors)*
            }

            impl<'a, T: __nn::Real> ::core::ops::Deref for #view<'a, T> {
                type Target = __nn::ParametersView<'a, T>;

                fn deref(&self) -> &Self::Target {
                    &self.0
                }
            }

            #[automatically_derived]
            impl<T: __nn::Real> #name<T> {
                /// The parameters by their labels.
                pub fn parameters(&self) -> #view<'_, T> {
                    #view(__nn::ParametersView::of(self))
                }
            }
        }
    }
}

/// The prediction of a batch. It is that of the trait, with a message for what does not fit that speaks of this network.
pub fn predict(name: &Ident, inputs: &[Shape]) -> TokenStream {
    let list = shape_list(inputs);
    let [shapes, types]: [Vec<String>; 2] = [
        inputs.iter().map(|shape| format!("{shape:?}")).collect(),
        inputs.iter().map(|shape| format!("`shape!{shape:?}`")).collect(),
    ];
    let message = format!("`{name}` takes {} of `{{T}}`, but `{{Self}}` is given", shapes.join(" and "));
    let note = match inputs {
        [_] => format!(
            "give a `&Batch`, a `&Tensor` or a `BatchView` of {}: `reshape` makes one of another shape",
            types[0]
        ),
        _ => format!(
            "give a tuple of a `&Batch`, a `&Tensor` or a `BatchView` each, of {}, in this order",
            types.join(" and ")
        ),
    };
    let fits = format_ident!("{name}Inputs", span = Span::call_site());
    let spanned = Ident::new(&fits.to_string(), name.span());
    // Messages that point at what is asked for point at the network's name.
    let (method, asked) = (Ident::new("predict", name.span()), quote_spanned!(name.span()=> impl #spanned<'a, T>));
    quote! {
        __nn::if_std! {
            /// What the network takes.
            #[diagnostic::on_unimplemented(message = #message, label = "not what this network takes", note = #note)]
            pub trait #fits<'a, T: __nn::Real>: __nn::shape::IntoViews<'a, #list, T> {}

            #[diagnostic::do_not_recommend]
            impl<'a, T: __nn::Real, V: __nn::shape::IntoViews<'a, #list, T>> #fits<'a, T> for V {}

            #[automatically_derived]
            impl<T: __nn::Real> #name<T> {
                /// The outputs for a batch, or for a single sample: [`Network::predict`](__nn::Network::predict).
                ///
                /// # Errors
                ///
                /// When there are several inputs and they differ in their number of samples, or a whole number is not below its
                /// bound.
                pub fn #method<'a>(
                    &self,
                    inputs: #asked,
                ) -> ::core::result::Result<
                    <<Self as __nn::Network>::Outputs as __nn::shape::Shapes>::Batches<T>,
                    __nn::PredictError,
                > {
                    __nn::Network::predict(self, inputs)
                }
            }
        }
    }
}

/// What needs the heap: constructors, and the parameters by their labels.
pub fn conveniences(name: &Ident, graph: &Graph, plan: &Plan) -> TokenStream {
    let view = view(name, &labels(graph, plan));
    quote! {
        #view
        __nn::if_std! {
            #[automatically_derived]
            impl #name<f32> {
                /// A network with weights drawn for the activations after them (He before rectifiers, Xavier before
                /// everything else), the same for the same seed.
                pub fn new(seed: u64) -> Self {
                    __nn::Network::new(seed)
                }

                /// A network with the parameters of a safetensors file, plain or gz.
                ///
                /// # Errors
                ///
                /// When the file cannot be read, is damaged, or does not match the network.
                pub fn load(path: impl ::core::convert::AsRef<::std::path::Path>) -> ::core::result::Result<Self, __nn::Error> {
                    __nn::Network::load(path)
                }

                /// A table of the layers; see [`Network::summary`](__nn::Network::summary).
                pub fn summary() -> __nn::Summary {
                    __nn::Summary::of::<Self>()
                }

                /// The same network in double precision, to check its gradients.
                pub fn to_f64(&self) -> #name<f64> {
                    __nn::view::cast(self)
                }
            }
        }
    }
}
