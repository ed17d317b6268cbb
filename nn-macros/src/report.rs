//! Every mistake of one build, each at its token.

use std::collections::HashSet;
use std::fmt;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Where something stands in the source: from its first token to its last.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The first token.
    pub start: Span,
    /// The last token.
    pub end: Span,
}

impl Site {
    /// From the first token of `self` to the last of `end`.
    pub fn to(self, end: impl Into<Site>) -> Self {
        Self { start: self.start, end: end.into().end }
    }

    /// Whether both are the same place.
    pub fn is_at(self, other: Self) -> bool {
        self.key() == other.key()
    }

    fn key(self) -> Key {
        let (start, end) = (self.start.start(), self.end.end());
        [start.line, start.column, end.line, end.column]
    }
}

/// Line and column of both ends.
type Key = [usize; 4];

impl From<Span> for Site {
    fn from(span: Span) -> Self {
        Self { start: span, end: span }
    }
}

impl From<&syn::Ident> for Site {
    fn from(ident: &syn::Ident) -> Self {
        ident.span().into()
    }
}

/// One mistake, in the words of the network.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Where it is underlined.
    pub site: Site,
    /// What is wrong.
    pub message: String,
    /// How it came to this, a line each.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake at `site`.
    pub fn new(site: impl Into<Site>, message: impl Into<String>) -> Self {
        Self { site: site.into(), message: message.into(), notes: Vec::new(), help: None }
    }

    /// Adds a line between the message and the help.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do about it, if anything is known.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    fn to_tokens(&self) -> TokenStream {
        let text = self.to_string();
        let Site { start, end } = self.site;
        // rustc underlines a macro call from the first token of its path to its closing brace.
        let text = quote_spanned!(end=> { #text });
        quote_spanned!(start=> ::core::compile_error! #text)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

/// Proof that a mistake was reported, for functions that then have nothing to return.
#[derive(Clone, Copy, Debug)]
pub struct Reported(());

/// Collects mistakes. It must be looked at with [`Report::into_tokens`] before it goes.
#[derive(Debug, Default)]
pub struct Report {
    mistakes: Vec<Mistake>,
    places: HashSet<Key>,
    seen: bool,
}

impl Report {
    /// Adds a mistake. Only the first at a place counts: a block that is used ten times is wrong once.
    pub fn push(&mut self, mistake: Mistake) -> Reported {
        if self.places.insert(mistake.site.key()) {
            self.mistakes.push(mistake);
        }
        Reported(())
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// One `compile_error!` for each mistake, in the order of the source; nothing when all is well.
    pub fn into_tokens(self) -> TokenStream {
        self.into_mistakes().iter().map(Mistake::to_tokens).collect()
    }

    /// The mistakes, in the order of the source.
    pub fn into_mistakes(mut self) -> Vec<Mistake> {
        self.seen = true;
        let mut mistakes = std::mem::take(&mut self.mistakes);
        mistakes.sort_by_key(|mistake| mistake.site.key());
        mistakes
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.seen && !std::thread::panicking() {
            panic!("mistakes were collected, but nobody looked at them");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_message_notes_and_help_in_this_order() {
        let mistake = Mistake::new(Span::call_site(), "wrong").help("write it right").note("on the way here: [1]");
        assert_eq!(mistake.to_string(), "wrong\non the way here: [1]\nhelp: write it right");
    }

    #[test]
    fn reports_a_place_once() {
        let mut report = Report::default();
        report.push(Mistake::new(Span::call_site(), "first"));
        report.push(Mistake::new(Span::call_site(), "second"));
        let mistakes = report.into_mistakes();
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].message, "first");
    }

    #[test]
    #[should_panic(expected = "nobody looked")]
    fn insists_on_being_looked_at() {
        drop(Report::default());
    }

    #[test]
    fn becomes_compile_errors() {
        let mut report = Report::default();
        report.push(Mistake::new(Span::call_site(), "wrong"));
        assert_eq!(report.into_tokens().to_string(), ":: core :: compile_error ! { \"wrong\" }");
    }
}
