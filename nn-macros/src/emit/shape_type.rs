//! Shapes as types.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::ident;
use crate::layers::Shape;

/// A tuple of shapes.
pub fn shape_list(shapes: &[Shape]) -> TokenStream {
    let shapes = shapes.iter().map(shape_type);
    quote!((#(#shapes,)*))
}

/// A shape as a type, spelled out for documentation and messages: `(N<1>, N<28>, N<28>)`.
pub fn shape_type(shape: &Shape) -> TokenStream {
    let sizes = shape.iter().map(|&size| {
        let groups: Vec<usize> = (0..4).rev().map(|place| size / 1000usize.pow(place) % 1000).collect();
        let first = groups.iter().position(|&group| group > 0).unwrap_or(3);
        let (face, groups) = (ident(["G", "M", "K", "N"][first]), &groups[first..]);
        quote!(__nn::shape::#face<#(#groups),*>)
    });
    quote!((#(#sizes,)*))
}
