//! The syntax tree: what was written, with its place, and nothing else.
//!
//! Names are not looked up, numbers keep their text beside their value. A tree that the parser returns has no
//! syntax errors, and no expression in it is deeper than [`super::limits::MAX_OPERATIONS`], so that passes over it
//! may recurse.

use hep_tensor::source::Span;

/// A name where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Where.
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Text of the `##` comments before the program, one string per line.
    pub docs: Vec<String>,
    /// Program or module.
    pub kind: FileKind,
    /// Name of the program or module.
    pub name: Ident,
    /// Items in order.
    pub items: Vec<Item>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `program name`
    Program,
    /// `module name`
    Module,
}

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `dim name = value`
    Dim(Binding),
    /// `owner name : ty`
    Owner(Declaration),
    /// `public name : ty = value`
    Public(Declaration),
    /// `secret name : ty = value`
    Secret(Declaration),
    /// `let names = values`
    Let(Let),
    /// `let name(params) = results`
    Function(Function),
    /// `loss name(y, z) = body`
    Loss(Function),
    /// `approx ...`
    Approx(Approx),
    /// `params name { fields }`
    Params(Params),
    /// `train { ... }`
    Train(Train),
    /// `reveal names`
    Reveal(Vec<Ident>),
    /// `predict call`
    Predict(Expr),
    /// `use module.item`
    Use(Use),
    /// `pack names by packing`
    Pack(Pack),
}

/// `dim`: a name for an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The name.
    pub name: Ident,
    /// Its value.
    pub value: Expr,
}

/// `let a, b = e, f`: names for as many values, or for all results of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// The names, at least one.
    pub names: Vec<Ident>,
    /// The values, at least one.
    pub values: Vec<Expr>,
    /// The whole definition.
    pub span: Span,
}

/// `use module` or `use module.item`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The module.
    pub module: Ident,
    /// The item; all of them where none is named.
    pub item: Option<Ident>,
    /// The whole item.
    pub span: Span,
}

/// A typed name: `owner`, `public`, `secret`, `var`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The name.
    pub name: Ident,
    /// Its declared type.
    pub ty: Ty,
    /// Its value; absent exactly for `owner`.
    pub value: Option<Expr>,
    /// The whole declaration.
    pub span: Span,
}

/// A function or a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The name.
    pub name: Ident,
    /// Its parameters; those of a loss have no types.
    pub params: Vec<Param>,
    /// Its values: at least one, of a loss exactly one.
    pub results: Vec<Expr>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name.
    pub name: Ident,
    /// What it takes; anything where nothing is said.
    pub ty: Option<Ty>,
}

/// `real[n, d] in lo .. hi`
#[derive(Clone, Debug, PartialEq)]
pub struct Ty {
    /// `real`, `class`, `onehot` or `bit`; other words are refused when names are resolved.
    pub kind: Ident,
    /// Sizes: names of dimensions or constant expressions.
    pub dims: Vec<Expr>,
    /// Interval of the elements.
    pub range: Option<Range>,
    /// The whole type.
    pub span: Span,
}

/// `low .. high`
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Lower end.
    pub low: Expr,
    /// Upper end, included.
    pub high: Expr,
    /// The whole range.
    pub span: Span,
}

/// A rule of approximation.
#[derive(Clone, Debug, PartialEq)]
pub struct Approx {
    /// The function, or with `grad` the loss.
    pub name: Ident,
    /// Whether it is for the derivative of a loss.
    pub gradient: bool,
    /// What to use.
    pub rule: ApproxRule,
    /// The whole item.
    pub span: Span,
}

/// How a function is approximated.
#[derive(Clone, Debug, PartialEq)]
pub enum ApproxRule {
    /// `(variable) = body [on range]`
    Formula {
        /// Name of the argument.
        variable: Ident,
        /// A polynomial in it.
        body: Expr,
        /// Where it is valid.
        domain: Option<Domain>,
    },
    /// `on range degree d by method [error <= e]`
    Fit {
        /// Where it is valid.
        domain: Domain,
        /// Degree, where given.
        degree: Option<Degree>,
        /// Method, where given.
        method: Option<Ident>,
        /// Largest error, where given.
        bound: Option<Expr>,
    },
}

/// Where an approximation is valid.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// `auto`
    Auto(Span),
    /// An interval.
    Range(Range),
}

/// Degree of an approximation.
#[derive(Clone, Debug, PartialEq)]
pub enum Degree {
    /// `auto`
    Auto(Span),
    /// A number.
    Number(Expr),
}

/// A record of parameters: each field is a tensor that the loop changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// The name.
    pub name: Ident,
    /// Its tensors, each with its first value.
    pub fields: Vec<Declaration>,
    /// The keyword and the name.
    pub span: Span,
}

/// How tensors are to be packed: a hint, which changes no result.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// The tensors, at least one.
    pub names: Vec<Target>,
    /// The packing.
    pub packing: Ident,
    /// The whole item.
    pub span: Span,
}

/// The training block.
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// Statements in order.
    pub body: Vec<Statement>,
    /// The keyword.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `var name : ty = value`
    Var(Declaration),
    /// `let names = values`
    Let(Let),
    /// `for index in iterations { ... }`
    For(For),
    /// `a, b = e, f`
    Assign(Assign),
    /// Parsed, and refused when names are resolved.
    Unsupported(Unsupported),
}

/// A loop.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The loop index.
    pub index: Ident,
    /// What it runs over.
    pub over: Over,
    /// Statements in order.
    pub body: Vec<Statement>,
    /// From the keyword to the end of the range.
    pub span: Span,
}

/// What a loop runs over.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// Whole numbers, both ends included.
    Range(Range),
    /// Anything else, e.g. `rows(X, Y, size = 64)`.
    Expr(Expr),
}

/// A simultaneous assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    /// Names on the left.
    pub targets: Vec<Target>,
    /// Values on the right.
    pub values: Vec<Expr>,
    /// The whole statement.
    pub span: Span,
}

/// A name, or a field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The name, with dots where fields are named.
    pub name: String,
    /// Number of dots.
    pub fields: usize,
    /// Where.
    pub span: Span,
}

/// A construct the language has and this compiler does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsupported {
    /// Which.
    pub kind: UnsupportedKind,
    /// Where: the keyword and the name.
    pub span: Span,
}

/// The constructs that are only parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsupportedKind {
    /// `refresh W`
    Refresh,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where, with surrounding parentheses.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number.
    Number {
        /// As written, without `_`.
        text: String,
        /// Nearest `f64`; always finite.
        value: f64,
    },
    /// A name.
    Name(String),
    /// `-x`
    Neg(Box<Expr>),
    /// `left op right`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `function(args)`
    Call {
        /// Its name.
        function: Ident,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `base[indices]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// The indices, at least one.
        indices: Vec<Expr>,
    },
    /// `base.field`; `.T` is the transpose.
    Member {
        /// The value.
        base: Box<Expr>,
        /// The field.
        field: Ident,
    },
}

/// An argument, by position or by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// Its name, in `name = value`.
    pub name: Option<Ident>,
    /// Its value.
    pub value: Expr,
}

/// The binary operators, from the tightest to the loosest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `**`, to the right
    Pow,
    /// `@`
    MatMul,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `+`
    Add,
    /// `-`
    Sub,
}

impl BinaryOp {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Pow => "**",
            BinaryOp::MatMul => "@",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
        }
    }
}
