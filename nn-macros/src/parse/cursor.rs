//! Looking ahead, skipping, opening parentheses.

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseBuffer, ParseStream};
use syn::token::{Brace, Bracket, Paren};
use syn::{Ident, LitStr, Token, braced, bracketed, parenthesized};

use crate::report::Site;

/// Opens `( … )`.
pub fn open_parenthesis<'a>(input: &ParseBuffer<'a>) -> syn::Result<(Site, ParseBuffer<'a>)> {
    let content;
    let parenthesis = parenthesized!(content in input);
    Ok((Site { start: parenthesis.span.open(), end: parenthesis.span.close() }, content))
}

/// Opens `[ … ]`.
pub fn open_bracket<'a>(input: &ParseBuffer<'a>) -> syn::Result<(Site, ParseBuffer<'a>)> {
    let content;
    let bracket = bracketed!(content in input);
    Ok((Site { start: bracket.span.open(), end: bracket.span.close() }, content))
}

/// Opens `{ … }`.
pub fn open_brace<'a>(input: &ParseBuffer<'a>) -> syn::Result<(Site, ParseBuffer<'a>)> {
    let content;
    let brace = braced!(content in input);
    Ok((Site { start: brace.span.open(), end: brace.span.close() }, content))
}

/// Where the next token stands and how to call it.
pub fn next(input: ParseStream) -> (Site, String) {
    match input.cursor().token_tree() {
        Some((tree, _)) => (tree.span().into(), name(input, &tree)),
        None => (input.span().into(), "nothing".to_owned()),
    }
}

fn name(input: ParseStream, tree: &TokenTree) -> String {
    match tree {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Parenthesis => "`(`".to_owned(),
            Delimiter::Bracket => "`[`".to_owned(),
            Delimiter::Brace => "`{`".to_owned(),
            Delimiter::None => format!("`{group}`"),
        },
        TokenTree::Punct(_) if input.peek(Token![->]) => "`->`".to_owned(),
        TokenTree::Punct(_) if input.peek(Token![=>]) => "`=>`".to_owned(),
        _ => format!("`{tree}`"),
    }
}

/// The tokens left, as a person writes them.
pub fn text(input: ParseStream) -> String {
    tidy(&input.cursor().token_stream())
}

/// Tokens as a person writes them.
pub fn tidy(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    [(" ,", ","), (" (", "("), ("( ", "("), (" )", ")")].iter().fold(text, |text, (from, to)| text.replace(from, to))
}

/// Whether there is a `->` among the tokens left, outside of their parentheses.
pub fn holds_arrow(input: ParseStream) -> bool {
    let fork = input.fork();
    skip_until(&fork, |input| input.peek(Token![->]));
    !fork.is_empty()
}

/// Whether there is a `,` among the tokens left, outside of their parentheses.
pub fn holds_comma(input: ParseStream) -> bool {
    let fork = input.fork();
    skip_until(&fork, |input| input.peek(Token![,]));
    !fork.is_empty()
}

/// The list `[…]`, if it is all that is left.
pub fn lone_bracket(input: ParseStream) -> Option<Group> {
    match input.cursor().token_tree()? {
        (TokenTree::Group(group), rest) if rest.eof() && group.delimiter() == Delimiter::Bracket => Some(group),
        _ => None,
    }
}

/// Whether the source holds a character between two tokens that is none of Rust's, an arrow `→` say. rustc drops such a
/// character and reports it by itself.
pub fn strange_before(end: Span, start: Span) -> bool {
    let file = start.local_file();
    let (end, start) = (end.end(), start.start());
    let line = || {
        let source = std::fs::read_to_string(file?).ok()?;
        source.lines().nth(start.line.checked_sub(1)?).map(str::to_owned)
    };
    let between = |line: String| -> String { line.chars().take(start.column).skip(end.column).collect() };
    // Only where there is room for it is the file worth reading.
    end.line == start.line && start.column > end.column + 1 && line().is_some_and(|line| !between(line).is_ascii())
}

/// Skips one token tree.
pub fn skip(input: ParseStream) {
    let _ = input.parse::<TokenTree>();
}

/// Skips tokens until `stop` holds or nothing is left.
pub fn skip_until(input: ParseStream, stop: impl Fn(ParseStream) -> bool) {
    while !input.is_empty() && !stop(input) {
        skip(input);
    }
}

/// Skips to the next item.
pub fn skip_item(input: ParseStream) {
    skip_until(input, |input| input.peek(Token![;]) || starts_item(input));
    let _ = input.parse::<Option<Token![;]>>();
}

/// Whether an item begins here.
pub fn starts_item(input: ParseStream) -> bool {
    input.peek(Token![struct])
        || input.peek(Token![pub])
        || input.peek(Token![const])
        || input.peek(Token![#])
        || (word(input, "block") && input.peek2(Ident))
}

/// Whether a chain ends here.
pub fn ends_chain(input: ParseStream) -> bool {
    input.is_empty()
        || input.peek(Token![;])
        || input.peek(Token![,])
        || input.peek(Token![|])
        || input.peek(Token![let])
        || starts_item(input)
}

/// Whether the next token could begin a link.
pub fn starts_link(input: ParseStream) -> bool {
    input.peek(Ident::peek_any) || input.peek(Paren) || input.peek(Bracket) || input.peek(Token![::])
}

/// Whether a label stands here: a name, which may be in quotes, and a single colon.
pub fn starts_label(input: ParseStream) -> bool {
    (input.peek(Ident::peek_any) || input.peek(LitStr)) && input.peek2(Token![:]) && !input.peek2(Token![::])
}

/// Whether a Rust path stands here: a segment in CamelCase, or several segments.
pub fn starts_path(input: ParseStream) -> bool {
    let camel_case = |input: ParseStream| {
        let name = input.fork().call(Ident::parse_any);
        name.is_ok_and(|name| name.to_string().starts_with(char::is_uppercase))
    };
    let joined = input.peek2(Token![::]) || (input.peek2(Token![.]) && input.peek3(Ident::peek_any));
    input.peek(Token![::]) || (input.peek(Ident::peek_any) && (joined || camel_case(input)))
}

/// Whether the next token is this word.
pub fn word(input: ParseStream, word: &str) -> bool {
    input.cursor().ident().is_some_and(|(ident, _)| ident == word)
}

/// Whether the next token is a brace.
pub fn starts_brace(input: ParseStream) -> bool {
    input.peek(Brace)
}

/// The arithmetic operator behind the next token, where the next token could be a number.
pub fn operator_behind_atom(input: ParseStream) -> Option<char> {
    let (atom, behind) = input.cursor().token_tree()?;
    let number = match &atom {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        TokenTree::Ident(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(_) => false,
    };
    let (operator, behind) = behind.punct()?;
    let arrow = operator.as_char() == '-'
        && operator.spacing() == Spacing::Joint
        && behind.punct().is_some_and(|(next, _)| next.as_char() == '>');
    (number && !arrow && "+-*/".contains(operator.as_char())).then(|| operator.as_char())
}
