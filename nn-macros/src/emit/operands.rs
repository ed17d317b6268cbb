//! Lists of operands, as the argument structs of operations take them.

use proc_macro2::TokenStream;
use quote::quote;

use crate::plan::Program;

/// `&mut [a, b]`
pub fn list(operands: impl Iterator<Item = TokenStream>) -> TokenStream {
    quote!(&mut [#(#operands),*])
}

/// The fields `inputs` and `whole` of a call: real numbers, and whole ones.
pub fn inputs(program: &Program, values: &[usize], read: impl Fn(usize) -> TokenStream) -> TokenStream {
    let (whole, real): (Vec<usize>, Vec<usize>) = values.iter().partition(|&&value| program.values[value].is_whole);
    let field = |name: TokenStream, values: Vec<usize>| {
        let values = values.into_iter().map(&read);
        quote!(#name: &[#(#values),*],)
    };
    let whole = (!whole.is_empty()).then(|| field(quote!(whole), whole));
    let real = (!real.is_empty()).then(|| field(quote!(inputs), real));
    quote!(#real #whole)
}
