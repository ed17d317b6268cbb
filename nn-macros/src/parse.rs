//! The first step: tokens to the syntax tree.
//!
//! It reports every mistake it meets and goes on behind it: behind the next `->` within a chain, behind the next `,`
//! within arguments, behind the next `;` otherwise.

mod attributes;
mod budget;
mod chain;
mod cursor;
mod export;
mod expression;
mod item;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser as _};

use crate::report::{Mistake, Report, Reported, Site};
use crate::syntax::File;

/// What was read, or proof that the mistake in it was reported.
type Parsed<T> = Result<T, Reported>;

/// How deep parentheses may nest.
const DEPTH: usize = 64;

/// How many numbers an expression may have.
const TERMS: usize = 1000;

/// Reads the items of one `network!`.
pub fn parse(tokens: TokenStream, report: &mut Report) -> File {
    let mut file = File::default();
    let mut parser = Parser { report, depth: 0, terms: 0 };
    let all = |input: ParseStream| {
        file = parser.file(input);
        Ok(())
    };
    if let Err(error) = all.parse2(tokens)
        && report.is_empty()
    {
        report.push(Mistake::new(error.span(), error.to_string()));
    }
    file
}

/// The parser's state.
struct Parser<'r> {
    report: &'r mut Report,
    depth: usize,
    /// Numbers of the expression that is being read.
    terms: usize,
}

impl Parser<'_> {
    fn mistake(&mut self, mistake: Mistake) -> Reported {
        self.report.push(mistake)
    }

    /// Reports that `wanted` should stand where something else does.
    fn expected(&mut self, input: ParseStream, wanted: &str) -> Reported {
        let (site, found) = cursor::next(input);
        self.mistake(Mistake::new(site, format!("expected {wanted}, found {found}")))
    }

    /// Takes over a mistake that syn found.
    fn adopt(&mut self, error: &syn::Error) -> Reported {
        self.mistake(Mistake::new(error.span(), error.to_string()))
    }

    /// Runs `inner` one level of parentheses deeper.
    fn deeper<T>(&mut self, site: Site, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH {
            return Err(self.mistake(
                Mistake::new(site, format!("more than {DEPTH} parentheses within each other"))
                    .help("give the inner part a name with `let` or `block`"),
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }
}
