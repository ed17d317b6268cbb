//! Expressions, arguments and shapes.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::token::{Bracket, Paren};
use syn::{Ident, Lit, Token};

use super::cursor::{self, open_bracket, open_parenthesis, skip, skip_until, word};
use super::{Parsed, Parser, TERMS};
use crate::report::{Mistake, Reported, Site};
use crate::syntax::{Argument, Expression, ExpressionKind, Operator, Shape};
use crate::words;

impl Parser<'_> {
    /// `a + b - c`
    pub fn expression(&mut self, input: ParseStream) -> Parsed<Expression> {
        self.terms = 0;
        self.sum(input)
    }

    fn sum(&mut self, input: ParseStream) -> Parsed<Expression> {
        let mut left = self.product(input)?;
        loop {
            let operator = if input.peek(Token![+]) {
                Operator::Add
            } else if input.peek(Token![-]) && !input.peek(Token![->]) {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            skip(input);
            left = binary(operator, left, self.product(input)?);
        }
    }

    fn product(&mut self, input: ParseStream) -> Parsed<Expression> {
        let mut left = self.atom(input)?;
        loop {
            let operator = if input.peek(Token![*]) {
                Operator::Multiply
            } else if input.peek(Token![/]) {
                Operator::Divide
            } else {
                return Ok(left);
            };
            skip(input);
            left = binary(operator, left, self.atom(input)?);
        }
    }

    /// A literal, a name, a list, or something in parentheses.
    pub fn atom(&mut self, input: ParseStream) -> Parsed<Expression> {
        self.terms += 1;
        if self.terms > TERMS {
            let mistake = Mistake::new(input.span(), format!("more than {TERMS} numbers in one expression"));
            return Err(self.mistake(mistake.help("give a part of it a name with `const`")));
        }
        if input.peek(Token![-]) && !input.peek(Token![->]) {
            return self.negative(input);
        }
        if input.peek(Lit) {
            return self.literal(input);
        }
        if input.peek(Ident::peek_any)
            && let Ok(name) = input.call(Ident::parse_any)
        {
            if input.peek(Token![::]) {
                return Err(self.path_as_number(&name, input));
            }
            let site = name.span().into();
            return Ok(Expression { kind: ExpressionKind::Name(name), site });
        }
        if input.peek(Paren)
            && let Ok((site, content)) = open_parenthesis(input)
        {
            if let Some(names) = names(&content) {
                return Ok(Expression { kind: ExpressionKind::Tuple(names), site });
            }
            if cursor::holds_comma(&content) {
                let mistake = Mistake::new(site, "several numbers stand in brackets");
                return Err(self.mistake(mistake.help(format!("write `[{}]`", cursor::text(&content)))));
            }
            let inner = self.deeper(site, |parser| parser.whole(&content, "`)`", Parser::sum));
            skip_until(&content, |_| false);
            return inner.map(|inner| Expression { site, ..inner });
        }
        if input.peek(Bracket)
            && let Ok((site, content)) = open_bracket(input)
        {
            let inner = self.deeper(site, |parser| parser.list(&content));
            skip_until(&content, |_| false);
            return inner.map(|list| Expression { kind: ExpressionKind::List(list), site });
        }
        Err(self.expected(input, "a number"))
    }

    /// A path of Rust, which is not known while the macro expands.
    fn path_as_number(&mut self, first: &Ident, input: ParseStream) -> Reported {
        let mut last = first.clone();
        while input.parse::<Token![::]>().is_ok() {
            match input.call(Ident::parse_any) {
                Ok(segment) => last = segment,
                Err(_) => break,
            }
        }
        let mistake = Mistake::new(Site::from(first).to(&last), "a constant of Rust is not known here yet");
        self.mistake(mistake.help(format!("write `const {last} = …;` in this `network!` and `{last}` here")))
    }

    fn negative(&mut self, input: ParseStream) -> Parsed<Expression> {
        let minus = Site::from(input.span());
        skip(input);
        let inner = self.deeper(minus, |parser| parser.atom(input))?;
        let site = minus.to(inner.site);
        Ok(Expression { kind: ExpressionKind::Negative(Box::new(inner)), site })
    }

    fn literal(&mut self, input: ParseStream) -> Parsed<Expression> {
        let literal = input.parse::<Lit>().map_err(|error| self.adopt(&error))?;
        let site = Site::from(literal.span());
        let kind = match &literal {
            Lit::Int(integer) if integer.suffix().is_empty() => {
                let Ok(integer) = integer.base10_parse() else {
                    let mistake = Mistake::new(site, "this number is too large");
                    return Err(self.mistake(mistake.help(format!("it is at most {}", i64::MAX))));
                };
                ExpressionKind::Integer(integer)
            }
            Lit::Float(float) if float.suffix().is_empty() => {
                ExpressionKind::Float(float.base10_parse().map_err(|error| self.adopt(&error))?)
            }
            Lit::Bool(truth) => ExpressionKind::Bool(truth.value),
            Lit::Int(_) | Lit::Float(_) => {
                let mistake = Mistake::new(site, "a number here has no type");
                return Err(self.mistake(mistake.help("leave out the letters behind it")));
            }
            Lit::Str(text) => {
                let help = match words::meant_by_value(&text.value()) {
                    Some(help) => help.to_owned(),
                    None => format!("leave out the quotes: `{}`", text.value()),
                };
                return Err(self.mistake(Mistake::new(site, "expected a number, found text").help(help)));
            }
            _ => return Err(self.mistake(Mistake::new(site, "expected a number"))),
        };
        Ok(Expression { kind, site })
    }

    fn list(&mut self, content: ParseStream) -> Parsed<Vec<Expression>> {
        let mut list = Vec::new();
        while !content.is_empty() {
            list.push(self.sum(content)?);
            if !content.is_empty() && content.parse::<Token![,]>().is_err() {
                return Err(self.expected(content, "`,`"));
            }
        }
        Ok(list)
    }

    /// Runs `inner`, which must leave nothing of `content`.
    fn whole<T>(
        &mut self,
        content: ParseStream,
        end: &str,
        inner: impl FnOnce(&mut Self, ParseStream) -> Parsed<T>,
    ) -> Parsed<T> {
        let value = inner(self, content)?;
        if content.is_empty() { Ok(value) } else { Err(self.expected(content, &format!("an operator or {end}"))) }
    }

    /// `[1, 28, 28]`
    pub fn shape(&mut self, input: ParseStream) -> Parsed<Shape> {
        let (site, content) = open_bracket(input).map_err(|error| self.adopt(&error))?;
        let varies = content.parse::<Token![..]>().is_ok();
        let read = self.sizes(&content);
        skip_until(&content, |_| false);
        let (sizes, below) = read?;
        match sizes {
            sizes if sizes.is_empty() => {
                let mistake = Mistake::new(site, "a shape needs at least one size");
                Err(self.mistake(mistake.help("write `[10]` or `[channels, height, width]`")))
            }
            sizes => Ok(Shape { sizes, varies, below, site }),
        }
    }

    /// `12, 3 of 40`
    fn sizes(&mut self, content: ParseStream) -> Parsed<(Vec<Expression>, Option<Expression>)> {
        let mut sizes = Vec::new();
        while !content.is_empty() {
            sizes.push(self.expression(content)?);
            if word(content, "of") {
                skip(content);
                let below = self.whole(content, "`]`", Parser::expression)?;
                return Ok((sizes, Some(below)));
            }
            if !content.is_empty() && content.parse::<Token![,]>().is_err() {
                return Err(self.expected(content, "`,`"));
            }
        }
        Ok((sizes, None))
    }

    /// What stands between the parentheses of a call.
    pub fn arguments(&mut self, content: ParseStream) -> Vec<Argument> {
        let mut arguments = Vec::new();
        while !content.is_empty() {
            arguments.push(self.argument(content));
            if !content.is_empty() && !content.peek(Token![,]) {
                let (site, _) = cursor::next(content);
                self.expected(content, "`,` or `)`");
                skip_until(content, |content| content.peek(Token![,]));
                // It may have been the value of any argument.
                arguments.push(Argument { name: None, value: None, site });
            }
            let _ = content.parse::<Option<Token![,]>>();
        }
        arguments
    }

    fn argument(&mut self, content: ParseStream) -> Argument {
        let mut site = Site::from(content.span());
        let name = self.argument_name(content);
        let value = self.expression(content);
        match &value {
            Ok(value) => site = site.to(value.site),
            Err(_) => skip_until(content, |content| content.peek(Token![,])),
        }
        Argument { name, value: value.ok(), site }
    }

    fn argument_name(&mut self, content: ParseStream) -> Option<Ident> {
        let colon = content.peek2(Token![:]) && !content.peek2(Token![::]);
        if !content.peek(Ident::peek_any) || !(content.peek2(Token![=]) || colon) {
            return None;
        }
        let name = content.call(Ident::parse_any).ok()?;
        if colon {
            let (site, _) = cursor::next(content);
            self.mistake(Mistake::new(site, format!("write `{name} = …` to give an argument by name")));
        }
        skip(content);
        Some(name)
    }
}

/// Several names and nothing else: `h, c`.
fn names(content: ParseStream) -> Option<Vec<Ident>> {
    let ahead = content.fork();
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&ahead).ok().filter(|names| names.len() > 1)?;
    skip_until(content, |_| false);
    Some(names.into_iter().collect())
}

/// `left operator right`
pub fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    let site = left.site.to(right.site);
    Expression { kind: ExpressionKind::Binary(operator, Box::new([left, right])), site }
}
