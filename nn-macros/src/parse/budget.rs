//! `parameters = 300_000, workspace = 64 KiB`

use syn::parse::ParseStream;
use syn::{Ident, LitInt, Token};

use super::{Parsed, Parser, cursor};
use crate::report::{Mistake, Site};
use crate::syntax::Limit;

impl Parser<'_> {
    /// The limits of a budget.
    pub fn budget(&mut self, input: ParseStream) -> Parsed<Vec<Limit>> {
        if input.is_empty() {
            return Err(self.expected(input, "a limit such as `workspace = 64 KiB`"));
        }
        let mut limits = Vec::new();
        while !input.is_empty() {
            match self.limit(input) {
                Ok(limit) => limits.push(limit),
                Err(_) => cursor::skip_until(input, |input| input.peek(Token![,])),
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                self.expected(input, "`,` or `)`");
                cursor::skip_until(input, |input| input.peek(Token![,]));
                let _ = input.parse::<Option<Token![,]>>();
            }
        }
        Ok(limits)
    }

    /// `workspace = 64 KiB`
    fn limit(&mut self, input: ParseStream) -> Parsed<Limit> {
        let name = self.name(input, "what to limit")?;
        if input.parse::<Token![=]>().is_err() {
            let (site, found) = cursor::next(input);
            let mistake = Mistake::new(site, format!("expected `=`, found {found}"));
            return Err(self.mistake(mistake.help(format!("write `{name} = …`"))));
        }
        self.no_suffix(input)?;
        let value = self.expression(input)?;
        let unit = input.parse::<Option<Ident>>().unwrap_or_default();
        let end = unit.as_ref().map_or(value.site, Site::from);
        let site = Site::from(&name).to(end);
        Ok(Limit { name, value, unit, site })
    }

    /// Refuses `64KiB`, which Rust reads as one word.
    fn no_suffix(&mut self, input: ParseStream) -> Parsed<()> {
        match input.fork().parse::<LitInt>() {
            Ok(literal) if !literal.suffix().is_empty() => {
                let mistake = Mistake::new(literal.span(), "a number and its unit are two words");
                let help = format!("write `{} {}`", literal.base10_digits(), literal.suffix());
                Err(self.mistake(mistake.help(help)))
            }
            _ => Ok(()),
        }
    }
}
