//! The fifth step: a plan as Rust code.
//!
//! The code is orchestration with constants in it: it carves buffers and calls the operations of `nn-core`. Emission
//! decides nothing; what it prints is in the plan.

mod backward;
mod broken;
mod conditional;
mod embedded;
mod export;
mod forward;
mod implementation;
mod item;
mod layer;
mod limits;
mod memory;
mod methods;
mod names;
mod narrow;
mod observe;
mod operands;
mod shape_type;
mod tables;

pub use broken::broken;
pub use conditional::conditional;
pub use export::export;
pub use item::network;
pub use limits::limits;

use proc_macro2::{Group, Literal, TokenStream, TokenTree};

/// Numbers as a person writes them: `28`, not `28usize`.
fn plain_numbers(tokens: TokenStream) -> TokenStream {
    tokens.into_iter().map(plain_number).collect()
}

fn plain_number(token: TokenTree) -> TokenTree {
    match token {
        TokenTree::Group(group) => {
            let mut plain = Group::new(group.delimiter(), plain_numbers(group.stream()));
            plain.set_span(group.span());
            TokenTree::Group(plain)
        }
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let digits = text.strip_suffix("usize").or_else(|| text.strip_suffix("u64"));
            let plain = digits.and_then(|digits| digits.parse().ok()).map(Literal::u64_unsuffixed);
            TokenTree::Literal(plain.unwrap_or(literal))
        }
        other => other,
    }
}
