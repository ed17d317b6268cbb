//! The syntax tree: the language of `network!` with the tokens it came from, and nothing about what layers mean.

use syn::Ident;

use crate::report::Site;

/// All items of one `network!`.
#[derive(Debug, Default)]
pub struct File {
    /// In the order of the source.
    pub items: Vec<Item>,
}

/// One item.
#[derive(Debug)]
pub enum Item {
    /// `pub struct Digits = …;`
    Network(Network),
    /// `block basic(channels) = …;`
    Block(Block),
    /// `const WIDTH = 64;`
    Const(Const),
}

/// A network.
#[derive(Debug)]
pub struct Network {
    /// Its attributes.
    pub attributes: Attributes,
    /// Its visibility.
    pub visibility: syn::Visibility,
    /// Its name.
    pub name: Ident,
    /// Its named inputs.
    pub inputs: Vec<Input>,
    /// What it computes; `None` when that could not be read.
    pub body: Option<Body>,
}

/// The attributes of a network.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// Those for Rust, documentation among them.
    pub rust: Vec<syn::Attribute>,
    /// `#[weights("digits.safetensors", precision = f16, rename("features.0" -> "conv1"))]`
    pub weights: Option<Weights>,
    /// `#[budget(parameters = 300_000)]`
    pub budget: Option<Vec<Limit>>,
    /// `#[export(c)]`
    pub export: Option<Export>,
    /// `#[observe]`
    pub observe: bool,
}

/// Another language that calls a network.
#[derive(Clone, Debug)]
pub struct Export {
    /// `c`, the only one yet.
    pub language: Ident,
    /// What its functions begin with, if not with the network's name.
    pub prefix: Option<syn::LitStr>,
}

impl Attributes {
    /// How the weights are stored that are part of the program, where they are narrower than those in training.
    pub fn narrow(&self) -> Option<nn_files::Precision> {
        let precision = self.weights.as_ref()?.precision;
        (precision != nn_files::Precision::F32).then_some(precision)
    }
}

/// The weights of a network that is embedded.
#[derive(Clone, Debug)]
pub struct Weights {
    /// Their file, seen from the crate's folder.
    pub file: syn::LitStr,
    /// How they are stored.
    pub precision: nn_files::Precision,
    /// What layers of the file are called in the network.
    pub renames: Vec<Rename>,
}

/// A name in a file, and in the network: `"features.0" -> "conv1"`
#[derive(Clone, Debug)]
pub struct Rename {
    pub from: syn::LitStr,
    pub to: syn::LitStr,
}

/// A limit on what a network may cost.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is limited: `workspace`.
    pub name: Ident,
    /// How much of it there may be.
    pub value: Expression,
    /// `KiB` behind that.
    pub unit: Option<Ident>,
    /// Where it stands.
    pub site: Site,
}

/// A named input.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: Ident,
    /// Its shape; `None` when that could not be read.
    pub shape: Option<Shape>,
}

/// A piece with parameters.
#[derive(Debug)]
pub struct Block {
    /// What is allowed of it.
    pub attributes: Vec<syn::Attribute>,
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// What it computes; `None` when that could not be read.
    pub body: Option<Body>,
}

/// A parameter of a block.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Ident,
    /// Its value where the call gives none.
    pub default: Option<Expression>,
}

/// A number with a name.
#[derive(Debug)]
pub struct Const {
    /// What is allowed of it.
    pub attributes: Vec<syn::Attribute>,
    /// Its name.
    pub name: Ident,
    /// Its value; `None` when that could not be read.
    pub value: Option<Expression>,
}

/// A chain, or a graph of them.
#[derive(Debug)]
pub struct Body {
    /// Named intermediate values.
    pub lets: Vec<Let>,
    /// What comes out.
    pub outputs: Vec<Chain>,
}

/// A named intermediate value, or several.
#[derive(Debug)]
pub struct Let {
    /// Its name; several in parentheses for the outputs of a layer that has several.
    pub names: Vec<Ident>,
    /// Its value.
    pub chain: Chain,
}

/// Links in a row. Never empty.
#[derive(Debug)]
pub struct Chain {
    /// In order.
    pub links: Vec<Link>,
    /// Where it stands.
    pub site: Site,
}

/// One link of a chain.
#[derive(Debug)]
pub struct Link {
    /// `stem:` before it.
    pub label: Option<Label>,
    /// The rest.
    pub kind: LinkKind,
    /// Where it stands, without its label.
    pub site: Site,
}

/// What stands before the colon of a link.
#[derive(Debug)]
pub struct Label {
    /// Its text: `stem`, or `features.0`.
    pub name: String,
    /// Where it stands.
    pub site: Site,
    /// Whether it stands in quotes, so that it may be any name of a tensor.
    pub quoted: bool,
}

/// The kinds of links.
#[derive(Debug)]
pub enum LinkKind {
    /// `3 * link`
    Repeat(Expression, Box<Link>),
    /// `(chain)`
    Group(Chain),
    /// `each(chain)`
    Each(Chain),
    /// `add(chain | chain)`
    Merge(Merge),
    /// A layer, a block, `id`, or a source: a name in lower case.
    Call(Call),
    /// Another network, or a user's own layer.
    Path(Path),
    /// The input, or a check.
    Shape(Shape),
    /// Something that could not be read; its mistake is reported.
    Wrong,
}

/// A merge of branches.
#[derive(Debug)]
pub struct Merge {
    /// `add`, `concat`, `mul` or `residual`.
    pub name: Ident,
    /// Two or more; one of `residual`.
    pub branches: Vec<Chain>,
}

/// A name with its arguments.
#[derive(Debug)]
pub struct Call {
    /// The name.
    pub name: Ident,
    /// Its arguments; `None` without parentheses.
    pub arguments: Option<Vec<Argument>>,
}

/// A Rust path with its arguments.
#[derive(Debug)]
pub struct Path {
    /// The path.
    pub path: syn::Path,
    /// Whether it stands in `per_sample(…)`.
    pub per_sample: bool,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

/// An argument.
#[derive(Debug)]
pub struct Argument {
    /// `stride =` before it.
    pub name: Option<Ident>,
    /// Its value; `None` when that could not be read.
    pub value: Option<Expression>,
    /// Where it stands, with its name.
    pub site: Site,
}

/// `[channels, height, width]`, `[12 of 40]`: whole numbers, each below a bound, or `[..64, 3]`: up to 64 rows
#[derive(Debug)]
pub struct Shape {
    /// One expression per axis.
    pub sizes: Vec<Expression>,
    /// Whether the first size is a bound.
    pub varies: bool,
    /// The bound of whole numbers.
    pub below: Option<Expression>,
    /// Where it stands.
    pub site: Site,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub site: Site,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `28`
    Integer(i64),
    /// `1e-5`
    Float(f64),
    /// `true`
    Bool(bool),
    /// A constant, a parameter of a block, a source, or a word such as `same`.
    Name(Ident),
    /// `-x`
    Negative(Box<Expression>),
    /// `a + b`
    Binary(Operator, Box<[Expression; 2]>),
    /// `[3, 1]`
    List(Vec<Expression>),
    /// `(h, c)`: several values of the graph.
    Tuple(Vec<Ident>),
}

/// The operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}
