//! The struct that a network becomes, with its documentation and its implementations.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::names::{Constants, ident};
use super::{backward, forward, plain_numbers, tables};
use crate::graph::{Graph, Kind, Network, Signature};
use crate::layers::Shape;
use crate::plan::{Mode, Plan, Program};

/// The whole of a network.
pub fn network(network: &Network, graph: &Graph, shapes: &[Shape], plan: &Plan, krate: &TokenStream) -> TokenStream {
    let item = structure(network, Some(&documentation(graph, shapes, plan)), krate);
    let dimensions = Constants::of(plan);
    let constants = constants(&network.name, graph, shapes, plan);
    let implementation = implementation(&network.name, graph, shapes, plan, &dimensions);
    let dimensions = &dimensions.items;
    let checks = path_checks(graph, shapes, krate);
    let conveniences = conveniences(&network.name, graph, plan);
    let layer = as_layer(&network.name, graph, shapes);
    let hover = hover(graph, shapes, plan);
    let [dimensions, constants, implementation, layer] =
        [quote!(#dimensions), constants, implementation, quote!(#layer)].map(plain_numbers);
    quote! {
        #item
        const _: () = {
            #[allow(unused_imports)]
            use #krate as __nn;
            #dimensions
            #constants
            #implementation
            #layer
            #conveniences
            #hover
        };
        #checks
    }
}

/// A network with mistakes: all that its users may call is there, so that what uses it is not wrong too.
pub fn broken(network: &Network, krate: &TokenStream) -> TokenStream {
    let item = structure(network, None, krate);
    let name = &network.name;
    let implementation = broken_implementation(network);
    quote! {
        #item
        const _: () = {
            #[allow(unused_imports)]
            use #krate as __nn;
            #implementation
            impl #name<f32> {
                pub const PARAMETERS: usize = 0;
                pub const MULTIPLY_ADDS: u64 = 0;
                pub const WORKSPACE_BYTES: usize = 0;
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

/// The trait for a network with mistakes: its inputs are known, of its outputs the count.
fn broken_implementation(network: &Network) -> Option<TokenStream> {
    let Signature { inputs, outputs } = network.signature.as_ref()?;
    let name = &network.name;
    let (i, o) = (inputs.len(), *outputs);
    let (inputs, outputs) = (shape_list(inputs), shape_list(&vec![vec![1]; o]));
    let implementation = quote! {
        impl<T: __nn::Real> __nn::Network for #name<T> {
            type Scalar = T;
            type Inputs = #inputs;
            type Outputs = #outputs;
            const NAME: &'static str = "";
            const PARAMETERS: usize = 0;
            const MULTIPLY_ADDS: u64 = 0;
            const ROOMS: __nn::Rooms = __nn::Rooms::NONE;
            const ENTRIES: &'static [__nn::Entry] = &[];
            const LAYERS: &'static [__nn::LayerInfo] = &[];
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
            fn forward(_: &__nn::run::Run, _: &[T], _: [&[T]; #i], _: [&mut [T]; #o], _: &mut [T]) {}
            fn forward_training(
                _: &__nn::run::Run,
                _: &[T],
                _: [&[T]; #i],
                _: [&mut [T]; #o],
                _: &mut [T],
                _: &mut [u32],
                _: &mut [T],
            ) {
            }
            fn backward(
                _: &__nn::run::Run,
                _: &[T],
                _: [&[T]; #i],
                _: [&[T]; #o],
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

fn structure(network: &Network, documentation: Option<&str>, krate: &TokenStream) -> TokenStream {
    let Network { attrs, vis, name, .. } = network;
    let documentation = documentation.map(|text| quote!(#[doc = ""] #[doc = #text]));
    quote! {
        #(#attrs)*
        #documentation
        #[derive(Clone)]
        #vis struct #name<T: #krate::Real = f32> {
            parameters: #krate::Parameters<T>,
        }
    }
}

/// The table of layers for the struct's documentation.
fn documentation(graph: &Graph, shapes: &[Shape], plan: &Plan) -> String {
    let mut table = String::from("| layer | output | parameters | multiply–adds |\n|---|---|---:|---:|\n");
    for row in tables::rows(graph, shapes, plan) {
        let label = if row.label.is_empty() { String::new() } else { format!("{}: ", row.label) };
        let number = |count: &crate::plan::Count| match count.more.is_empty() {
            true => count.number.to_string(),
            false => "as its type says".to_string(),
        };
        table += &format!(
            "| {label}`{}` | {:?} | {} | {} |\n",
            row.text.replace('|', "\\|"),
            row.output,
            number(&row.parameters),
            number(&row.multiply_adds)
        );
    }
    table
}

fn constants(name: &Ident, graph: &Graph, shapes: &[Shape], plan: &Plan) -> TokenStream {
    let parameters = &plan.block.len;
    let multiply_adds = tables::multiply_adds(graph, shapes);
    let rooms = tables::rooms(plan);
    quote! {
        #[automatically_derived]
        impl #name<f32> {
            /// Numbers in the parameter block, running statistics included.
            pub const PARAMETERS: usize = #parameters;
            /// Multiply–adds of the prediction of one sample.
            pub const MULTIPLY_ADDS: u64 = #multiply_adds;
            /// Bytes of workspace for the prediction of one sample.
            pub const WORKSPACE_BYTES: usize = Self::ROOMS.inference.at(1) * ::core::mem::size_of::<f32>();
            const ROOMS: __nn::Rooms = #rooms;
        }
    }
}

/// What needs the heap: constructors, and the parameters by their labels.
fn conveniences(name: &Ident, graph: &Graph, plan: &Plan) -> TokenStream {
    let mut labels: Vec<&str> = Vec::new();
    for (node, placed) in graph.nodes.iter().zip(&plan.block.nodes) {
        let label = node.label.split('.').next().unwrap_or_default();
        if placed.is_some() && !labels.contains(&label) {
            labels.push(label);
        }
    }
    let accessors = labels.iter().filter_map(|label| {
        let method = syn::parse_str::<Ident>(label).ok()?;
        let text = format!("Those of `{label}`.");
        Some(quote! {
            #[doc = #text]
            pub fn #method(&self) -> __nn::ParametersView<'a, T> {
                self.0.part(#label)
            }
        })
    });
    quote! {
        __nn::if_std! {
            /// The parameters of the network, with a method for each label.
            pub struct Labels<'a, T: __nn::Real>(__nn::ParametersView<'a, T>);

            impl<'a, T: __nn::Real> Labels<'a, T> {
                #(#accessors)*
            }

            impl<'a, T: __nn::Real> ::core::ops::Deref for Labels<'a, T> {
                type Target = __nn::ParametersView<'a, T>;

                fn deref(&self) -> &Self::Target {
                    &self.0
                }
            }

            #[automatically_derived]
            impl<T: __nn::Real> #name<T> {
                /// The parameters by their labels.
                pub fn parameters(&self) -> Labels<'_, T> {
                    Labels(__nn::ParametersView::of(self))
                }
            }

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
                pub fn load(path: impl AsRef<::std::path::Path>) -> Result<Self, __nn::Error> {
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

fn implementation(name: &Ident, graph: &Graph, shapes: &[Shape], plan: &Plan, dimensions: &Constants) -> TokenStream {
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
    let predict = forward::body(&plan.inference, dimensions, Mode::Inference);
    let train = forward::body(&plan.training, dimensions, Mode::Training);
    let backward = backward::body(&plan.training, dimensions);
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

fn shape_list(shapes: &[Shape]) -> TokenStream {
    let shapes = shapes.iter().map(shape_type);
    quote!((#(#shapes,)*))
}

/// A shape as a type, spelled out for documentation and messages: `(N<1>, N<28>, N<28>)`.
fn shape_type(shape: &Shape) -> TokenStream {
    let sizes = shape.iter().map(|&size| {
        let groups: Vec<usize> = (0..4).rev().map(|place| size / 1000usize.pow(place) % 1000).collect();
        let first = groups.iter().position(|&group| group > 0).unwrap_or(3);
        let (face, groups) = (ident(["G", "M", "K", "N"][first]), &groups[first..]);
        quote!(__nn::shape::#face<#(#groups),*>)
    });
    quote!((#(#sizes,)*))
}

/// Constants that hold each path to the shapes around it. They stand apart, with the tokens of the path alone in the call,
/// so that the compiler's message points at the path.
fn path_checks(graph: &Graph, shapes: &[Shape], krate: &TokenStream) -> TokenStream {
    let checks = graph.nodes.iter().enumerate().filter_map(|(index, node)| {
        let Kind::Path(path) = &node.kind else { return None };
        let input = &shapes[node.inputs[0].node];
        let output = &shapes[index];
        let text = &node.text;
        let call = quote_spanned!(node.span=> __check::<#path>(#text, &[#(#input),*], &[#(#output),*]));
        Some(quote!(const _: () = { use #krate::check_path as __check; #call };))
    });
    quote!(#(#checks)*)
}

/// Items that carry each layer's shapes as documentation, spelled with the layer's token, for editors to show.
fn hover(graph: &Graph, shapes: &[Shape], plan: &Plan) -> TokenStream {
    let rows = tables::rows(graph, shapes, plan);
    let layers = graph.nodes.iter().enumerate().filter(|(_, node)| matches!(node.kind, Kind::Layer(_)));
    let items = layers.filter_map(|(index, node)| {
        let word: String = node.text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let word = syn::parse_str::<Ident>(&word).ok()?;
        let word = Ident::new(&word.to_string(), node.span);
        let input = &shapes[node.inputs.first()?.node];
        let row = rows.iter().find(|row| row.label == node.label && row.text == node.text)?;
        let text = format!("`{input:?}` → `{:?}`, {} parameters", shapes[index], row.parameters.number);
        Some(quote!(const _: () = {
            #[doc = #text]
            #[allow(dead_code, non_upper_case_globals)]
            const #word: () = ();
        };))
    });
    items.collect()
}

/// The part that lets a network with one input and one output take part in another by path.
fn as_layer(name: &Ident, graph: &Graph, shapes: &[Shape]) -> Option<TokenStream> {
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
