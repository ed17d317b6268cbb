//! What is harmless in a network, but hardly what is meant: rustc warns of it at the layer.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::graph::{Edge, Graph, Kind, Node};
use crate::layers::{Layer, Oddity};
use crate::shapes::Shapes;

/// Uses of constants that are deprecated for that reason; `#![allow(deprecated)]` allows them.
pub fn warnings(graph: &Graph, shapes: &Shapes) -> TokenStream {
    let behind = graph.nodes.iter().filter_map(|node| {
        let (_, before) = layer(graph, *node.inputs.first()?)?;
        Some((node, as_layer(node)?.oddity(before, &shapes.inputs(layer(graph, node.inputs[0])?.0))?))
    });
    let at_end = graph.outputs.iter().filter_map(|&output| {
        let (node, last) = layer(graph, output)?;
        Some((node, last.oddity_at_end()?))
    });
    behind.chain(at_end).map(|(node, oddity)| warning(node, oddity)).collect()
}

fn as_layer(node: &Node) -> Option<&dyn Layer> {
    match &node.kind {
        Kind::Layer(layer) => Some(layer.as_ref()),
        _ => None,
    }
}

/// The layer whose value an edge carries, seen through checks.
fn layer(graph: &Graph, mut edge: Edge) -> Option<(&Node, &dyn Layer)> {
    loop {
        let node = &graph.nodes[edge.node];
        match &node.kind {
            Kind::Check(_) => edge = *node.inputs.first()?,
            _ => return Some((node, as_layer(node)?)),
        }
    }
}

fn warning(node: &Node, Oddity { name, reason }: Oddity) -> TokenStream {
    let name = Ident::new(name, node.span);
    let used = quote_spanned!(node.span=> const _: () = #name;);
    quote! {
        const _: () = {
            #[deprecated(note = #reason)]
            #[allow(non_upper_case_globals)]
            const #name: () = ();
            #used
        };
    }
}
