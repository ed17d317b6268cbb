//! The limits of a budget that only the compiler proper can hold a network to.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::plain_numbers;
use crate::budget::Open;
use crate::graph::{Limit, Network};

/// Constants that judge the limits once the sizes of the paths are known. They stand apart, with nothing but tokens at the
/// limit in the call, so that the compiler's message points there.
pub fn limits(network: &Network, open: &[Open], krate: &TokenStream) -> TokenStream {
    open.iter().map(|open| limit(&network.name.to_string(), open, krate)).collect()
}

fn limit(network: &str, Open { limit, cost }: &Open, krate: &TokenStream) -> TokenStream {
    let Limit { quantity, amount, text, site } = limit;
    let quantity = format_ident!("{quantity:?}");
    let total = &cost.total;
    let shares = cost.shares.iter().map(|(of, amount)| quote!(__sizes::Share { of: #of, amount: (#amount) as u64 }));
    let constants = plain_numbers(quote! {
        const LIMIT: __sizes::Limit<'static> = __sizes::Limit {
            network: #network,
            quantity: __sizes::Quantity::#quantity,
            amount: #amount,
            text: #text,
        };
        const TOTAL: u64 = (#total) as u64;
        const SHARES: &[__sizes::Share<'static>] = &[#(#shares),*];
    });
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(&LIMIT, TOTAL, SHARES));
    arguments.set_span(site.end);
    let mut call = quote_spanned!(site.start=> __check);
    arguments.to_tokens(&mut call);
    quote! {
        const _: () = {
            use #krate::__private::{self as __nn, check_limit as __check, sizes as __sizes};
            #constants
            #call
        };
    }
}
