//! The compiler behind `network!` of `nn-core`, in five steps, a module each:
//!
//! ```text
//! parse  →  graph  →  shapes  →  plan  →  emit
//! tokens    DAG of    sizes and  fusion,     Rust code,
//! to syntax layers    errors     buffers     docs
//! ```
//!
//! What a layer is stands in `layers` and nowhere else. `budget` holds what is planned to its limits.

mod budget;
mod emit;
mod expressions;
mod graph;
mod layers;
mod parse;
mod plan;
mod report;
mod shapes;
#[cfg(test)]
mod snapshots;
mod syntax;
mod words;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::graph::{Graph, Network};
use crate::layers::Shape;
use crate::report::Report;

/// Compiles the networks of one `network!`; the first token is a group with the path of `nn-core`.
#[doc(hidden)]
#[proc_macro]
pub fn compile(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let mut tokens = TokenStream::from(tokens).into_iter();
    let krate = match tokens.next() {
        Some(TokenTree::Group(group)) => group.stream(),
        _ => quote!(::nn_core),
    };
    expand(tokens.collect(), &krate).into()
}

/// The five steps. A network with mistakes still becomes a struct, so that one mistake gives one message.
fn expand(tokens: TokenStream, krate: &TokenStream) -> TokenStream {
    let mut report = Report::default();
    let file = parse::parse(tokens, &mut report);
    let mut output = TokenStream::new();
    let networks = graph::build(&file, &mut report);
    for (network, shapes) in networks.iter().zip(shapes::infer_all(&networks, &mut report)) {
        output.extend(match (&network.graph, shapes) {
            (Some(graph), Some(shapes)) => planned(network, graph, &shapes, krate, &mut report),
            _ => emit::broken(network, krate),
        });
    }
    output.extend(report.into_tokens());
    output
}

/// The last two steps, and the limits between them.
fn planned(
    network: &Network,
    graph: &Graph,
    shapes: &[Shape],
    krate: &TokenStream,
    report: &mut Report,
) -> TokenStream {
    let plan = plan::plan(graph, shapes);
    let open = budget::check(network, graph, &plan, report);
    let mut output = emit::network(network, graph, shapes, &plan, krate);
    output.extend(emit::limits(network, &open, krate));
    output
}
