//! Chains and their links.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::token::{Bracket, Paren};
use syn::{Attribute, Ident, Lit, LitStr, Token};

use super::cursor::{self, open_parenthesis, skip, skip_until};
use super::expression::binary;
use super::{Parsed, Parser};
use crate::report::{Mistake, Reported, Site};
use crate::syntax::{Call, Chain, Expression, Label, Link, LinkKind, Merge, Operator, Path};
use crate::words::{self, EACH, MERGES, PER_SAMPLE, merges_its_input};

impl Parser<'_> {
    /// `link -> link -> link`
    pub fn chain(&mut self, input: ParseStream) -> Chain {
        let mut links = vec![self.link(input)];
        while !cursor::ends_chain(input) {
            let site = Site::from(input.span());
            if input.parse::<Token![->]>().is_ok() {
                if cursor::ends_chain(input) && !input.peek(Token![#]) {
                    self.mistake(Mistake::new(site, "expected a layer after `->`"));
                    links.push(Link { label: None, kind: LinkKind::Wrong, site });
                    break;
                }
            } else if !cursor::strange_before(links[links.len() - 1].site.end, input.span()) {
                self.missing_arrow(input);
                skip_until(input, |input| input.peek(Token![->]) || cursor::ends_chain(input));
                links.push(Link { label: None, kind: LinkKind::Wrong, site });
                continue;
            }
            links.push(self.link(input));
        }
        let site = links[0].site.to(links[links.len() - 1].site);
        Chain { links, site }
    }

    fn missing_arrow(&mut self, input: ParseStream) {
        let (site, found) = cursor::next(input);
        let message = if cursor::starts_link(input) {
            format!("expected `->` before {found}")
        } else {
            format!("expected `->` or the end of the chain, found {found}")
        };
        let help = words::meant_by_mark(found.trim_matches('`')).map(str::to_owned);
        self.mistake(Mistake::new(site, message).maybe_help(help));
    }

    /// One link with its label. What cannot be read is skipped.
    fn link(&mut self, input: ParseStream) -> Link {
        self.no_attribute(input);
        let label = self.label(input);
        let start = Site::from(input.span());
        let kind = self.deeper(start, |parser| parser.link_kind(input));
        match kind {
            Ok((kind, end)) => Link { label, kind, site: start.to(end) },
            Err(_) => {
                skip_until(input, |input| input.peek(Token![->]) || cursor::ends_chain(input));
                Link { label, kind: LinkKind::Wrong, site: start }
            }
        }
    }

    /// Refuses an attribute, or a comment for documentation, before a link.
    fn no_attribute(&mut self, input: ParseStream) {
        let site = Site::from(input.span());
        let attributes = input.call(Attribute::parse_outer).unwrap_or_default();
        if let Some(attribute) = attributes.first() {
            let (what, help) = match attribute.path().is_ident("doc") {
                true => ("a comment for documentation", "a comment within a network begins with `//`"),
                false => ("an attribute", "write it before the `struct`"),
            };
            self.mistake(Mistake::new(site, format!("{what} stands before a network, not before a layer")).help(help));
        }
    }

    fn label(&mut self, input: ParseStream) -> Option<Label> {
        let mut label = None;
        while cursor::starts_label(input) {
            let site = Site::from(input.span());
            let name = match input.parse::<Option<LitStr>>().ok()? {
                Some(text) => Label { name: text.value(), site, quoted: true },
                None => Label { name: input.call(Ident::parse_any).ok()?.to_string(), site, quoted: false },
            };
            skip(input);
            if label.is_some() {
                let mistake = Mistake::new(site, "a link has one label");
                self.mistake(mistake.help("leave out one of them"));
            }
            label = Some(name);
        }
        label
    }

    fn link_kind(&mut self, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        match cursor::operator_behind_atom(input) {
            Some('*' | '/') => return self.repeat(input),
            Some(_) => return Err(self.sum_as_count(input)),
            None => {}
        }
        if input.peek(Bracket) {
            let shape = self.shape(input)?;
            let site = shape.site;
            return Ok((LinkKind::Shape(shape), site));
        }
        if input.peek(Paren) {
            return self.group(input);
        }
        if input.peek(Lit) {
            return Err(self.literal_as_link(input));
        }
        if cursor::starts_path(input) {
            return self.path(input);
        }
        if input.peek(Ident::peek_any) {
            return self.call(input);
        }
        Err(self.expected(input, "a layer"))
    }

    fn sum_as_count(&mut self, input: ParseStream) -> Reported {
        let (site, _) = cursor::next(input);
        let mistake = Mistake::new(site, "expected a layer, found a sum");
        self.mistake(mistake.help("a sum as a count stands in parentheses: `(1 + 2) * …`"))
    }

    /// What is said of a number, or another literal, in the place of a layer.
    fn literal_as_link(&mut self, input: ParseStream) -> Reported {
        let (site, found) = cursor::next(input);
        let help = match input.fork().parse::<Lit>() {
            Ok(Lit::Str(text)) => format!("a layer has no quotes: `{}`", text.value()),
            Ok(Lit::Int(number)) if input.peek(Token![-]) => {
                format!("a count is a whole number of at least 1: `{} * …`", number.base10_digits().trim_matches('-'))
            }
            Ok(Lit::Int(number)) if !number.suffix().is_empty() => {
                format!("a repetition is written `{} * …`", number.base10_digits())
            }
            _ => {
                let number = found.trim_matches('`');
                format!("a shape is written `[{number}]`, a repetition `{number} * layer`")
            }
        };
        self.mistake(Mistake::new(site, format!("expected a layer, found {found}")).help(help))
    }

    /// `3 * link`. The count is the longest prefix of numbers before `* link`.
    fn repeat(&mut self, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let count = self.count(input)?;
        if input.peek(Lit) {
            let (end, number) = cursor::next(input);
            let mistake = Mistake::new(count.site.to(end), "a count stands before what it repeats");
            return Err(self.mistake(mistake.help(format!("write `{} * …`", number.trim_matches('`')))));
        }
        let link = self.link(input);
        let site = link.site;
        Ok((LinkKind::Repeat(count, Box::new(link)), site))
    }

    fn count(&mut self, input: ParseStream) -> Parsed<Expression> {
        self.terms = 0;
        let mut count = self.atom(input)?;
        loop {
            if input.parse::<Token![*]>().is_ok() {
                if !matches!(cursor::operator_behind_atom(input), Some('*' | '/')) {
                    return Ok(count);
                }
                count = binary(Operator::Multiply, count, self.atom(input)?);
            } else if input.parse::<Token![/]>().is_ok() {
                count = binary(Operator::Divide, count, self.atom(input)?);
            } else {
                return Err(self.expected(input, "`*` and what to repeat"));
            }
        }
    }

    fn group(&mut self, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let (site, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
        if content.is_empty() {
            let mistake = Mistake::new(site, "expected a chain in these parentheses");
            return Err(self.mistake(mistake.help("`id` does nothing")));
        }
        if content.peek(Lit) && content.peek2(Token![,]) {
            let mistake = Mistake::new(site, "a shape stands in brackets");
            return Err(self.mistake(mistake.help(format!("write `[{}]`", cursor::text(&content)))));
        }
        let chain = self.chain(&content);
        if !content.is_empty() {
            let mistake = if content.peek(Token![|]) {
                let help = "name the merge: `add(a | b)`, `concat(a | b)` or `mul(a | b)`";
                Mistake::new(content.span(), "branches need a merge").help(help)
            } else {
                let (site, found) = cursor::next(&content);
                Mistake::new(site, format!("expected `->` or `)`, found {found}"))
            };
            self.mistake(mistake);
            skip_until(&content, |_| false);
        }
        Ok((LinkKind::Group(chain), site))
    }

    fn path(&mut self, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let path = self.segments(input)?;
        let Some(last) = path.segments.last() else { return Err(self.expected(input, "a path")) };
        let name = last.ident.clone();
        if input.peek(Token![<]) || input.peek(Token![::]) {
            let help = format!("integer arguments stand in parentheses: `{name}(3)`");
            return Err(self.mistake(Mistake::new(input.span(), "a path has no `<…>` here").help(help)));
        }
        let mut end = Site::from(&name);
        let mut arguments = Vec::new();
        if input.peek(Paren) {
            let (site, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
            self.no_chain(&name, &content)?;
            arguments = self.arguments(&content);
            end = site;
        }
        Ok((LinkKind::Path(Path { path, per_sample: false, arguments }), end))
    }

    /// `a::b::C`. With dots it is read as well: what it is meant for can then be told.
    fn segments(&mut self, input: ParseStream) -> Parsed<syn::Path> {
        let mut path = syn::Path { leading_colon: input.parse().ok().flatten(), segments: Punctuated::new() };
        loop {
            let segment = input.call(Ident::parse_any).map_err(|error| self.adopt(&error))?;
            path.segments.push(segment.into());
            let more = input.peek(Token![::]) && input.peek3(Ident::peek_any)
                || input.peek(Token![.]) && input.peek2(Ident::peek_any);
            if !more {
                return Ok(path);
            }
            if input.parse::<Token![::]>().is_err() {
                skip(input);
            }
        }
    }

    /// Refuses a chain where arguments stand.
    fn no_chain(&mut self, name: &Ident, content: ParseStream) -> Parsed<()> {
        if !cursor::holds_arrow(content) {
            return Ok(());
        }
        skip_until(content, |_| false);
        let mistake = Mistake::new(name, format!("`{name}` takes no chain"));
        Err(self.mistake(mistake.help("a chain is a network, or a part of one, as it is: leave out what is around it")))
    }

    /// `per_sample(my::Swish)`
    fn per_sample(&mut self, name: &Ident, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let help = "write `per_sample(my::Swish)`: a layer of yours by its path";
        if !input.peek(Paren) {
            let mistake = Mistake::new(name, format!("`{name}` needs a layer in parentheses"));
            return Err(self.mistake(mistake.help(help)));
        }
        let (end, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
        if !cursor::starts_path(&content) {
            return Err(self.mistake(Mistake::new(end, format!("`{name}` takes one path")).help(help)));
        }
        let (kind, _) = self.path(&content)?;
        if !content.is_empty() {
            let (site, found) = cursor::next(&content);
            return Err(self.mistake(Mistake::new(site, format!("expected `)`, found {found}")).help(help)));
        }
        match kind {
            LinkKind::Path(path) => Ok((LinkKind::Path(Path { per_sample: true, ..path }), end)),
            kind => Ok((kind, end)),
        }
    }

    /// `each(chain)`
    fn each(&mut self, name: &Ident, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        if !input.peek(Paren) {
            let mistake = Mistake::new(name, format!("`{name}` needs a chain in parentheses"));
            return Err(self.mistake(mistake.help(format!("write `{name}(affine(10))`"))));
        }
        match self.group(input)? {
            (LinkKind::Group(chain), site) => Ok((LinkKind::Each(chain), site)),
            other => Ok(other),
        }
    }

    fn call(&mut self, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let name = input.call(Ident::parse_any).map_err(|error| self.adopt(&error))?;
        if MERGES.contains(&name.to_string().as_str()) {
            return self.merge(name, input);
        }
        if name == PER_SAMPLE {
            return self.per_sample(&name, input);
        }
        if name == EACH {
            return self.each(&name, input);
        }
        if syn::parse_str::<Ident>(&name.to_string()).is_err() {
            let mistake = Mistake::new(&name, format!("`{name}` is a word of Rust, not a layer"));
            return Err(self.mistake(mistake.maybe_help(words::meant_by_keyword(&name.to_string()).map(str::to_owned))));
        }
        if input.peek(Token![=]) && !input.peek(Token![=>]) {
            let mistake = Mistake::new(input.span(), "a label is written with a colon");
            return Err(self.mistake(mistake.help(format!("write `{name}: …`"))));
        }
        let mut end = Site::from(&name);
        let mut arguments = None;
        if input.peek(Paren) {
            let (site, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
            self.no_chain(&name, &content)?;
            arguments = Some(self.arguments(&content));
            end = site;
        }
        Ok((LinkKind::Call(Call { name, arguments }), end))
    }

    fn merge(&mut self, name: Ident, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let with_input = merges_its_input(&name.to_string());
        let help = if with_input { format!("write `{name}(chain)`") } else { format!("write `{name}(chain | chain)`") };
        if !input.peek(Paren) {
            let mistake = Mistake::new(&name, format!("`{name}` needs its branches in parentheses"));
            return Err(self.mistake(mistake.help(help)));
        }
        let (end, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
        let site = Site::from(&name).to(end);
        if let Some(list) = cursor::lone_bracket(&content) {
            skip_until(&content, |_| false);
            let mistake = Mistake::new(list.span(), format!("the branches of `{name}` are no list"));
            let branches = cursor::tidy(&list.stream()).replace(", ", " | ");
            return Err(self.mistake(mistake.help(format!("write `{name}({branches})`"))));
        }
        let branches = self.branches(&content, site, &help)?;
        match (with_input, branches.len()) {
            (true, 1) | (false, 2..) => Ok((LinkKind::Merge(Merge { name, branches }), end)),
            (true, _) => {
                let mistake = Mistake::new(site, "`residual` has one branch: the other is its input");
                Err(self.mistake(mistake.help("use `add(a | b)` for more")))
            }
            (false, _) => {
                let mistake = Mistake::new(site, format!("`{name}` needs at least two branches"));
                Err(self.mistake(mistake.help(help)))
            }
        }
    }

    fn branches(&mut self, content: ParseStream, site: Site, help: &str) -> Parsed<Vec<Chain>> {
        let mut branches = Vec::new();
        loop {
            if content.is_empty() || content.peek(Token![|]) {
                let site = if content.is_empty() { site } else { content.span().into() };
                skip_until(content, |_| false);
                let help = format!("{help}; `id` is the branch that does nothing");
                return Err(self.mistake(Mistake::new(site, "expected a branch here").help(help)));
            }
            branches.push(self.chain(content));
            if content.is_empty() {
                return Ok(branches);
            }
            if content.parse::<Token![|]>().is_err() {
                let (site, found) = cursor::next(content);
                let mistake = Mistake::new(site, format!("expected `->`, `|` or `)`, found {found}"));
                skip_until(content, |_| false);
                return Err(self.mistake(mistake.help("`|` separates branches")));
            }
        }
    }
}
