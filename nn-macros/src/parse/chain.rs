//! Chains and their links.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::token::{Bracket, Paren};
use syn::{Ident, Lit, Token};

use super::cursor::{self, open_parenthesis, skip, skip_until};
use super::expression::binary;
use super::{Parsed, Parser};
use crate::report::{Mistake, Site};
use crate::syntax::{Call, Chain, Expression, Link, LinkKind, Merge, Operator, Path};
use crate::words::{EACH, MERGES, PER_SAMPLE, merges_its_input};

impl Parser<'_> {
    /// `link -> link -> link`
    pub fn chain(&mut self, input: ParseStream) -> Chain {
        let mut links = vec![self.link(input)];
        while !cursor::ends_chain(input) {
            let site = Site::from(input.span());
            if input.parse::<Token![->]>().is_ok() {
                if cursor::ends_chain(input) {
                    self.mistake(Mistake::new(site, "expected a layer after `->`"));
                    links.push(Link { label: None, kind: LinkKind::Wrong, site });
                    break;
                }
            } else {
                self.missing_arrow(input);
                if !cursor::starts_link(input) {
                    skip_until(input, |input| input.peek(Token![->]) || cursor::ends_chain(input));
                    links.push(Link { label: None, kind: LinkKind::Wrong, site });
                    continue;
                }
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
        self.mistake(Mistake::new(site, message));
    }

    /// One link with its label. What cannot be read is skipped.
    fn link(&mut self, input: ParseStream) -> Link {
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

    fn label(&mut self, input: ParseStream) -> Option<Ident> {
        let mut label = None;
        while cursor::starts_label(input) {
            let name = input.call(Ident::parse_any).ok()?;
            skip(input);
            if label.is_some() {
                let mistake = Mistake::new(&name, "a link has one label");
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
            return Err(self.number(input));
        }
        if cursor::starts_path(input) {
            return self.path(input);
        }
        if input.peek(Ident::peek_any) {
            return self.call(input);
        }
        Err(self.expected(input, "a layer"))
    }

    fn sum_as_count(&mut self, input: ParseStream) -> crate::report::Reported {
        let (site, _) = cursor::next(input);
        let mistake = Mistake::new(site, "expected a layer, found a sum");
        self.mistake(mistake.help("a sum as a count stands in parentheses: `(1 + 2) * …`"))
    }

    fn number(&mut self, input: ParseStream) -> crate::report::Reported {
        let (site, found) = cursor::next(input);
        let number = found.trim_matches('`');
        let mistake = Mistake::new(site, format!("expected a layer, found the number {found}"));
        self.mistake(mistake.help(format!("a shape is written `[{number}]`, a repetition `{number} * layer`")))
    }

    /// `3 * link`. The count is the longest prefix of numbers before `* link`.
    fn repeat(&mut self, input: ParseStream) -> Parsed<(LinkKind, Site)> {
        let count = self.count(input)?;
        let link = self.link(input);
        let site = link.site;
        Ok((LinkKind::Repeat(count, Box::new(link)), site))
    }

    fn count(&mut self, input: ParseStream) -> Parsed<Expression> {
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
        let path = input.call(syn::Path::parse_mod_style).map_err(|error| self.adopt(&error))?;
        let Some(last) = path.segments.last() else { return Err(self.expected(input, "a path")) };
        let name = last.ident.clone();
        if input.peek(Token![<]) || input.peek(Token![::]) {
            let help = format!("integer arguments stand in parentheses: `{name}(3)`");
            return Err(self.mistake(Mistake::new(input.span(), "a path has no `<…>` here").help(help)));
        }
        if !name.to_string().starts_with(char::is_uppercase) {
            let help = "a path ends in the CamelCase name of a network or a layer of yours: `my::Swish`";
            return Err(self.mistake(Mistake::new(&name, format!("`{name}` is no type")).help(help)));
        }
        let mut end = Site::from(&name);
        let mut arguments = Vec::new();
        if input.peek(Paren) {
            let (site, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
            arguments = self.arguments(&content);
            end = site;
        }
        Ok((LinkKind::Path(Path { path, per_sample: false, arguments }), end))
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
        let mut end = Site::from(&name);
        let mut arguments = None;
        if input.peek(Paren) {
            let (site, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
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
