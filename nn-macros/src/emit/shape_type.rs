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

/// A shape as a type, spelled out for documentation and messages: `(N<1>, N<28>, N<28>)`, or `Whole<(N<12>,), N<40>>`.
pub fn shape_type(shape: &Shape) -> TokenStream {
    let sizes = shape.written().into_iter().map(size_type);
    let sizes = quote!((#(#sizes,)*));
    let fixed = match shape.below.map(size_type) {
        None => sizes,
        Some(below) => quote!(__nn::shape::Whole<#sizes, #below>),
    };
    if shape.varies.is_some() { quote!(__nn::shape::UpTo<#fixed>) } else { fixed }
}

fn size_type(size: usize) -> TokenStream {
    let groups: Vec<usize> = (0..4).rev().map(|place| size / 1000usize.pow(place) % 1000).collect();
    let first = groups.iter().position(|&group| group > 0).unwrap_or(3);
    let (face, groups) = (ident(["G", "M", "K", "N"][first]), &groups[first..]);
    quote!(__nn::shape::#face<#(#groups),*>)
}

/// The type of one number of a shape, where real numbers have the type `real`.
pub fn element_type(shape: &Shape, real: &TokenStream) -> TokenStream {
    if shape.below.is_some() { quote!(u32) } else { real.clone() }
}

/// The type of the numbers of a network's inputs: `(&[T], &[u32],)`.
pub fn slice_types(shapes: &[Shape], real: &TokenStream) -> TokenStream {
    let elements = shapes.iter().map(|shape| element_type(shape, real));
    quote!((#(&[#elements],)*))
}
