//! `c, prefix = "my"`

use syn::parse::ParseStream;
use syn::{LitStr, Token};

use super::{Parsed, Parser, cursor};
use crate::report::Mistake;
use crate::syntax::Export;

impl Parser<'_> {
    /// The language a network is exported to, and what its functions begin with.
    pub fn export(&mut self, input: ParseStream) -> Parsed<Export> {
        let language = self.name(input, "a language")?;
        if language != "c" {
            let mistake = Mistake::new(&language, format!("a network is exported to `c`, not to `{language}`"));
            return Err(self.mistake(mistake.help("C++ and what else calls C reads the same header")));
        }
        let mut prefix = None;
        if input.parse::<Token![,]>().is_ok() && !input.is_empty() {
            prefix = Some(self.prefix(input)?);
            let _ = input.parse::<Option<Token![,]>>();
        }
        Ok(Export { language, prefix })
    }

    /// `prefix = "my"`
    fn prefix(&mut self, input: ParseStream) -> Parsed<LitStr> {
        if !cursor::word(input, "prefix") {
            return Err(self.expected(input, "`prefix = \"…\"`"));
        }
        cursor::skip(input);
        if input.parse::<Token![=]>().is_err() {
            return Err(self.expected(input, "`=`"));
        }
        match input.parse::<LitStr>() {
            Ok(prefix) => Ok(prefix),
            Err(_) => Err(self.expected(input, "a string")),
        }
    }
}
