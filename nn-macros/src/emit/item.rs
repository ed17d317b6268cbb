//! The struct that a network becomes, its documentation, and what stands around it.

use nn_sizes::Quantity;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::names::Constants;
use super::{embedded, implementation, layer, methods, narrow, observe, plain_numbers, tables};
use crate::budget;
use crate::graph::{Graph, Kind, Network};
use crate::observe::Observed;
use crate::plan::{Count, Plan};
use crate::shapes::Shapes;
use crate::weights::Weights;

/// The whole of a network.
pub fn network(
    network: &Network,
    graph: &Graph,
    shapes: &Shapes,
    plan: &Plan,
    weights: &Weights,
    observed: Option<&Observed>,
    krate: &TokenStream,
) -> TokenStream {
    let item = structure(network, Some(&documentation(graph, shapes, plan, weights)), krate);
    let dimensions = Constants::of(plan);
    let constants = methods::constants(&network.name, plan, weights);
    let method = observed.map(|_| observe::method());
    let implementation = implementation::implementation(&network.name, graph, shapes, plan, &dimensions, method);
    let observed = observed.map(|observed| observe::observe(&network.name, observed, weights));
    let checks = path_checks(graph, shapes, krate);
    let single = methods::single(&network.name, graph, shapes, plan);
    let conveniences = methods::conveniences(&network.name, graph, plan);
    let layer = layer::as_layer(&network.name, graph, shapes);
    let embedded = embedded::constructor(network, weights);
    let narrow = narrow::narrow(network, graph, shapes, plan, weights, &dimensions);
    let dimensions = &dimensions.items;
    let embedded_checks = embedded::checks(weights, krate);
    let hover = hover(graph, shapes, plan);
    let (layer, single) = (quote!(#layer), quote!(#single));
    let (narrow, observed) = (quote!(#narrow), quote!(#observed));
    let [dimensions, constants, implementation, layer, single, narrow, observed] =
        [quote!(#dimensions), constants, implementation, layer, single, narrow, observed].map(plain_numbers);
    quote! {
        #item
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private as __nn;
            #dimensions
            #constants
            #implementation
            #layer
            #single
            #conveniences
            #narrow
            #observed
            #embedded
            #hover
        };
        #checks
        #embedded_checks
    }
}

/// The struct itself.
pub fn structure(network: &Network, documentation: Option<&str>, krate: &TokenStream) -> TokenStream {
    let Network { attributes, visibility, name, .. } = network;
    let (attributes, narrow) = (&attributes.rust, attributes.narrow());
    let documentation = documentation.map(|text| quote!(#[doc = ""] #[doc = #text]));
    let (bound, parameters) = match narrow {
        None => (quote!(#krate::Real), quote!(#krate::parameters::Parameters<T>)),
        Some(_) => (quote!(#krate::parameters::Storage), quote!(T::Block)),
    };
    quote! {
        #(#attributes)*
        #documentation
        #[derive(Clone)]
        #visibility struct #name<T: #bound = f32> {
            parameters: #parameters,
        }
    }
}

/// The tables of layers and constants for the struct's documentation.
fn documentation(graph: &Graph, shapes: &Shapes, plan: &Plan, weights: &Weights) -> String {
    let mut table = String::from("| layer | output | parameters | multiply–adds |\n|---|---|---:|---:|\n");
    for row in tables::rows(graph, shapes, plan) {
        let label = if row.label.is_empty() { String::new() } else { format!("{}: ", row.label) };
        table += &format!(
            "| {label}`{}` | {:?} | {} | {} |\n",
            row.text.replace('|', "\\|"),
            row.output,
            number(&row.parameters, "as its type says"),
            number(&row.multiply_adds, "as its type says")
        );
    }
    table += "\n| constant | value |\n|---|---:|\n";
    for quantity in Quantity::ALL {
        let total = number(&budget::cost(quantity, graph, plan, weights).total, "depends on its parts");
        table += &format!("| `{}` | {total} |\n", methods::constant(quantity));
    }
    table
}

fn number(count: &Count, otherwise: &str) -> String {
    count.known().map_or_else(|| otherwise.to_owned(), |number| number.to_string())
}

/// Constants that hold each path to the shapes around it. They stand apart, with the tokens of the path alone in the call,
/// so that the compiler's message points at the path.
fn path_checks(graph: &Graph, shapes: &Shapes, krate: &TokenStream) -> TokenStream {
    let checks = graph.nodes.iter().enumerate().filter_map(|(index, node)| {
        let Kind::Path { path, per_sample } = &node.kind else { return None };
        let input = shapes.of(node.inputs[0]);
        let below = match input.below.map(Literal::usize_unsuffixed) {
            None => quote!(None),
            Some(below) => quote!(Some(#below)),
        };
        let (input, output) = (input.iter(), shapes.node(index)[0].iter());
        let text = &node.text;
        let call = quote_spanned!(node.span=> __check::<#path>(#text, &[#(#input),*], #below, &[#(#output),*]));
        let per_sample = per_sample.then(|| {
            let call = quote_spanned!(node.span=> __check::<#path>(#text));
            quote!(const _: () = { use #krate::__private::check_per_sample as __check; #call };)
        });
        Some(quote!(const _: () = { use #krate::__private::check_path as __check; #call }; #per_sample))
    });
    quote!(#(#checks)*)
}

/// Items that carry each layer's shapes as documentation, spelled with the layer's token, for editors to show.
fn hover(graph: &Graph, shapes: &Shapes, plan: &Plan) -> TokenStream {
    let layers = graph.nodes.iter().enumerate().filter(|(_, node)| matches!(node.kind, Kind::Layer(_)));
    let items = layers.filter_map(|(index, node)| {
        let word: String = node.text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let word = syn::parse_str::<Ident>(&word).ok()?;
        let word = Ident::new(&word.to_string(), node.span);
        let input = shapes.of(*node.inputs.first()?);
        let parameters = plan.block.nodes[index].as_ref().map_or(0, |placed| placed.len.number);
        let text = format!("`{input:?}` → `{:?}`, {parameters} parameters", shapes.node(index)[0]);
        Some(quote!(const _: () = {
            #[doc = #text]
            #[allow(dead_code, non_upper_case_globals)]
            const #word: () = ();
        };))
    });
    items.collect()
}
