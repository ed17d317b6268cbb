//! The compiler behind `network!` of `nn-core`, in five steps, a module each:
//!
//! ```text
//! parse  →  graph  →  shapes  →  plan  →  emit
//! tokens    DAG of    sizes and  fusion,     Rust code,
//! to syntax layers    errors     buffers     docs
//! ```
//!
//! What a layer is stands in `layers` and nowhere else. Between the last two steps `budget` holds what is planned to its
//! limits, `weights` reads the file of a network that is to be embedded, and `observe` makes a second network that shows the
//! values inside the first.

mod budget;
mod emit;
mod export;
mod expressions;
mod graph;
mod layers;
mod observe;
mod oddities;
mod parse;
mod plan;
mod report;
#[cfg(test)]
mod robust;
mod shapes;
#[cfg(test)]
mod snapshots;
mod syntax;
mod weights;
mod words;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::graph::Network;
use crate::report::Report;
use crate::shapes::Shapes;

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
    let shapes = shapes::infer_all(&networks, &mut report);
    let plan =
        |(network, shapes): (&Network, &Option<Shapes>)| Some(plan::plan(network.graph.as_ref()?, shapes.as_ref()?));
    let plans: Vec<_> = networks.iter().zip(&shapes).map(plan).collect();
    let weights = weights::read_all(&networks, &plans, &mut report);
    let exports = export::read_all(&networks, &mut report);
    let observed = observe::all(&networks, &shapes, &mut report);
    for (i, network) in networks.iter().enumerate() {
        // One called as the number type in its code would become a struct that rustc finds wrong in many places.
        if network.name == words::NUMBER {
            continue;
        }
        let code: TokenStream = match (&network.graph, &shapes[i], &plans[i]) {
            (Some(graph), Some(shapes), Some(plan)) => {
                let open = budget::check(network, graph, plan, &weights[i], &mut report);
                let code = emit::network(network, graph, shapes, plan, &weights[i], observed[i].as_ref(), krate);
                let export = emit::export(network, exports[i].as_ref(), krate);
                let warnings = oddities::warnings(graph, shapes);
                [code, emit::limits(network, &open, krate), export, warnings].into_iter().collect()
            }
            _ => emit::broken(network, krate),
        };
        output.extend(emit::conditional(network, code));
    }
    if report.is_empty() {
        output.extend(graph::unused(&file));
    }
    output.extend(report.into_tokens());
    output
}
