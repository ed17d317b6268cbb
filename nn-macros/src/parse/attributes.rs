//! The attributes of a network: those of this language, and those that are for Rust.

use nn_files::Precision;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Ident, LitStr, Meta, Token};

use super::{Parsed, Parser, cursor};
use crate::report::{Mistake, Site};
use crate::syntax::{Attributes, Rename, Weights};
use crate::words;

impl Parser<'_> {
    /// Sorts the attributes before a network. What this language does not know is left to Rust, unless it looks like a
    /// word of ours.
    pub fn attributes(&mut self, attributes: Vec<Attribute>) -> Attributes {
        let mut sorted = Attributes::default();
        for attribute in attributes {
            match name(&attribute).as_str() {
                "weights" => self.once(&attribute, &mut sorted.weights, Self::weights),
                "export" => self.once(&attribute, &mut sorted.export, Self::export),
                "observe" => self.flag(&attribute, &mut sorted.observe),
                "budget" => self.once(&attribute, &mut sorted.budget, Self::budget),
                "derive" => sorted.rust.push(self.derive(&attribute)),
                name => match words::meant_attribute(name) {
                    Some(meant) => self.misspelt(&attribute, name, meant),
                    None => sorted.rust.push(attribute),
                },
            }
        }
        sorted
    }

    /// Refuses what a network has already, or cannot have, and leaves it out.
    fn derive(&mut self, attribute: &Attribute) -> Attribute {
        let mut others = Vec::new();
        let read = attribute.parse_nested_meta(|meta| {
            let refused = match meta.path.get_ident() {
                Some(name) if name == "Copy" => {
                    Some(("a network owns its parameters and cannot be `Copy`", "`.clone()` copies it"))
                }
                Some(name) if name == "Clone" => Some(("every network is `Clone` already", "leave it out")),
                _ => None,
            };
            match refused {
                Some((message, help)) => drop(self.mistake(Mistake::new(meta.path.span(), message).help(help))),
                None => others.push(meta.path),
            }
            Ok(())
        });
        // What is no list of paths is for Rust to refuse.
        if read.is_err() { attribute.clone() } else { syn::parse_quote!(#[derive(#(#others),*)]) }
    }

    /// Reports attributes of this language before an item that is no network. What is left are those that set lints.
    pub fn no_attributes(&mut self, attributes: Vec<Attribute>) -> Vec<Attribute> {
        for attribute in &attributes {
            let name = name(attribute);
            if words::attribute_form(&name).is_some() {
                let arguments = if matches!(attribute.meta, Meta::Path(_)) { "" } else { "(…)" };
                let mistake = Mistake::new(site(attribute), format!("only a network takes `#[{name}{arguments}]`"));
                self.mistake(mistake.help("write it before a `struct`"));
            }
        }
        let sets_lints =
            |attribute: &Attribute| ["allow", "expect", "warn", "deny"].contains(&name(attribute).as_str());
        attributes.into_iter().filter(sets_lints).collect()
    }

    /// Reads an attribute into its place, which must be empty.
    fn once<T>(
        &mut self,
        attribute: &Attribute,
        place: &mut Option<T>,
        read: impl FnOnce(&mut Self, ParseStream) -> Parsed<T>,
    ) {
        if place.is_some() {
            self.mistake(Mistake::new(site(attribute), format!("there is `#[{}(…)]` already", name(attribute))));
        } else if let Ok(value) = self.inside(attribute, read) {
            *place = Some(value);
        }
    }

    /// Reads an attribute without parentheses.
    fn flag(&mut self, attribute: &Attribute, place: &mut bool) {
        let name = name(attribute);
        if !matches!(attribute.meta, Meta::Path(_)) {
            self.mistake(Mistake::new(site(attribute), format!("`#[{name}]` takes no arguments")));
        } else if std::mem::replace(place, true) {
            self.mistake(Mistake::new(site(attribute), format!("there is `#[{name}]` already")));
        }
    }

    /// Reads what stands in an attribute's parentheses, to the end.
    fn inside<T>(
        &mut self,
        attribute: &Attribute,
        read: impl FnOnce(&mut Self, ParseStream) -> Parsed<T>,
    ) -> Parsed<T> {
        let Meta::List(_) = attribute.meta else {
            let mistake = Mistake::new(site(attribute), format!("`#[{}]` lacks its parentheses", name(attribute)));
            return Err(self.mistake(mistake.maybe_help(words::attribute_form(&name(attribute)))));
        };
        let whole = |input: ParseStream| {
            let result = read(self, input).and_then(|value| self.end(input).map(|()| value));
            cursor::skip_until(input, |_| false);
            Ok(result)
        };
        match attribute.parse_args_with(whole) {
            Ok(result) => result,
            Err(error) => Err(self.adopt(&error)),
        }
    }

    fn end(&mut self, input: ParseStream) -> Parsed<()> {
        if input.is_empty() { Ok(()) } else { Err(self.expected(input, "`)`")) }
    }

    fn misspelt(&mut self, attribute: &Attribute, name: &str, meant: &str) {
        let mistake = Mistake::new(site(attribute), format!("there is no attribute `{name}`"));
        self.mistake(mistake.help(format!("did you mean `{meant}`?")));
    }

    /// `"digits.safetensors", precision = f16, rename("features.0" -> "conv1")`
    fn weights(&mut self, input: ParseStream) -> Parsed<Weights> {
        let Ok(file) = input.parse::<LitStr>() else {
            return Err(self.expected(input, "the path of a weights file, as a string"));
        };
        let (mut precision, mut renames) = (None, None);
        while input.parse::<Token![,]>().is_ok() && !input.is_empty() {
            if precision.is_none() && cursor::word(input, "precision") {
                precision = Some(self.precision(input)?);
            } else if renames.is_none() && cursor::word(input, "rename") {
                renames = Some(self.renames(input)?);
            } else {
                return Err(self.expected(input, "`precision = …` or `rename(…)`, each once"));
            }
        }
        Ok(Weights { file, precision: precision.unwrap_or_default(), renames: renames.unwrap_or_default() })
    }

    /// `rename("features.0" -> "conv1", "features.3" -> "conv2")`
    fn renames(&mut self, input: ParseStream) -> Parsed<Vec<Rename>> {
        cursor::skip(input);
        let Ok((_, inside)) = cursor::open_parenthesis(input) else {
            return Err(self.expected(input, "`(\"name in the file\" -> \"name here\")`"));
        };
        let renames = self.rules(&inside);
        cursor::skip_until(&inside, |_| false);
        renames
    }

    /// What stands in the parentheses of `rename`.
    fn rules(&mut self, inside: ParseStream) -> Parsed<Vec<Rename>> {
        let mut renames = Vec::new();
        while !inside.is_empty() {
            let rule = "`\"name in the file\" -> \"name here\"`";
            let Ok(from) = inside.parse() else { return Err(self.expected(inside, rule)) };
            if inside.parse::<Token![->]>().is_err() {
                return Err(self.expected(inside, "`->`"));
            }
            let Ok(to) = inside.parse() else { return Err(self.expected(inside, "a name as a string")) };
            renames.push(Rename { from, to });
            if !inside.is_empty() && inside.parse::<Token![,]>().is_err() {
                return Err(self.expected(inside, "`,` or `)`"));
            }
        }
        Ok(renames)
    }

    /// `precision = f16`
    fn precision(&mut self, input: ParseStream) -> Parsed<Precision> {
        cursor::skip(input);
        if input.parse::<Token![=]>().is_err() {
            return Err(self.expected(input, "`=`"));
        }
        let Ok(word) = input.parse::<Ident>() else { return Err(self.expected(input, "a precision")) };
        match Precision::ALL.into_iter().find(|(name, _)| word == name) {
            Some((_, precision)) => Ok(precision),
            None => {
                let mistake = Mistake::new(&word, format!("there is no precision `{word}`"));
                Err(self.mistake(mistake.help("take `f32`, `f16`, `bf16` or `int8`")))
            }
        }
    }
}

/// The one word of an attribute's path; empty for a longer path.
fn name(attribute: &Attribute) -> String {
    attribute.path().get_ident().map(ToString::to_string).unwrap_or_default()
}

fn site(attribute: &Attribute) -> Site {
    let segments = &attribute.path().segments;
    segments.first().map_or_else(|| attribute.pound_token.span.into(), |segment| Site::from(&segment.ident))
}
