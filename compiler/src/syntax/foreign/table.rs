//! The table: a row for each thing that other languages write.

use super::Help::{Call, OfSecrets, Say, Write};
use super::Seen::{
    Argument, Hidden, Inside, Letter, List, Mark, Method, Name, Point, Prime, Product, Quote, Slice, Suffix,
    Word,
};
use super::{Help, Row, Seen, items, lines, rewrite};

const fn row(seen: Seen, what: &'static str, help: Help) -> Row {
    Row { seen, what, help }
}

const COMPARED: &str =
    "ciphertexts are added and multiplied only, so that nothing is compared: write a formula in its place";
const BLOCK: &str = "a block is written in braces: `for t in 1 .. T {`, and `}` at its end";
const RECORD: &str = "each variable has a gradient of its own, such as `grad(LOSS, LABELS, FUNCTION, at = w)`; one of a record has all: \
     `params P {`, a line `w : real[DIMS] = VALUE` for each, `}`, and `at = P`";
/// What is said where a type is missing.
pub(super) const TYPED: &str = "say what it is: `NAME : real[DIMS] = VALUE`, with the names of its dims";

/// Types of other languages, what is said of them, and the types that may be meant.
pub(super) const TYPES: &[(&[&str], &str, &[&str])] = &[
    (
        &[
            "float", "double", "float16", "float32", "float64", "f32", "f64", "int", "integer", "int8",
            "int16", "int32", "int64", "i32", "i64", "uint8", "u8", "long", "number", "numeric", "num",
            "decimal", "scalar", "tensor", "matrix", "vector", "array", "list", "Tensor", "Matrix", "Vector",
            "Real", "R", "fixed", "secret",
        ],
        "every number is `real`, and a tensor of numbers names its dimensions: `real[n, f]`",
        &["real"],
    ),
    (
        &["bool", "boolean", "Bool", "binary", "bits", "logical", "flag"],
        "labels of two classes are read as `class[n, 2]` and encrypted as `bit[n]`",
        &["class", "bit"],
    ),
    (
        &[
            "string",
            "str",
            "String",
            "text",
            "char",
            "category",
            "categorical",
            "factor",
            "label",
            "labels",
            "enum",
            "object",
        ],
        "labels in words are read as classes, such as `class[n, 2]`, and all other columns are numbers: `real[n, f]`",
        &["class"],
    ),
];

pub(super) const TABLE: &[Row] = &[
    // ---- comments and texts
    row(
        Quote(&[("//", "\n"), ("/*", "*/"), ("\"\"\"", "\"\"\""), ("'''", "'''")], ""),
        "a comment elsewhere",
        Say("a comment starts with `#`"),
    ),
    row(Prime, "a transpose elsewhere", Say("a transpose is written `.T`")),
    row(
        Quote(&[("\"", "\""), ("'", "'"), ("`", "`")], "0"),
        "a text",
        Write(items::unquoted, "there are no texts: names are written as they are, without quotes"),
    ),
    // ---- assignments
    row(
        Mark(&["+=", "-=", "**=", "*=", "/=", "@="], "="),
        "changes a value elsewhere",
        Write(rewrite::assignment, "write the new value in full: `w = w - g`"),
    ),
    row(Mark(&[":=", "<-"], "="), "an assignment elsewhere", Say("an assignment is written `=`")),
    row(Mark(&["++"], "+"), "counts elsewhere", Say("a loop counts by itself, and a sum has one `+`")),
    // ---- ranges
    row(
        Mark(&["..=", "...", "..<", "…"], ".."),
        "a range elsewhere",
        Say("a range is written `1 .. T`, and goes up to T itself"),
    ),
    row(
        Slice(&["..", ":"]),
        "a part of a tensor",
        Say(
            "a tensor has no parts: rows of a data file are chosen by `--rows`, and columns are left out of the file",
        ),
    ),
    // ---- operators
    // Two signs, so that the end of a loop that is left out and one that is not are told apart.
    row(Mark(&["<="], "--"), "a comparison or a condition elsewhere", Write(lines::compared, COMPARED)),
    row(
        Mark(&["==", "!=", ">=", "=>", "->", "&&", "||", "<", ">", "!", "~", "?", "&", "|"], "-"),
        "a comparison or a condition elsewhere",
        Write(lines::compared, COMPARED),
    ),
    row(Mark(&["^"], "*"), "a power elsewhere", Write(rewrite::caret, "a power is written `**`")),
    row(
        Mark(&["%*%", "⋅", "∘"], "@"),
        "a product of matrices elsewhere",
        Say("a product of matrices is written `@`"),
    ),
    row(Mark(&["·", "×", "∗", "⊙"], "*"), "a product", Say("a product is written `*`")),
    row(Mark(&["−", "–", "—"], "-"), "a minus sign of a text", Say("a minus sign is written `-`")),
    row(Mark(&["÷"], "/"), "a quotient", Say("a quotient is written `/`")),
    row(Mark(&["ᵀ", "⊤"], ""), "a transpose", Say("a transpose is written `.T`")),
    row(Mark(&["²"], ""), "a power", Say("a square is written `** 2`")),
    row(
        Mark(&["%"], "*"),
        "a remainder or a comment elsewhere",
        Say("there is no remainder, and a comment starts with `#`"),
    ),
    row(
        Mark(&[".*", "./", ".^"], "*"),
        "an operation on elements elsewhere",
        Write(lines::all_of_a_module, "`*`, `/` and `**` go element by element"),
    ),
    // ---- separators
    row(
        Mark(&[";", "\\", "$"], ""),
        "separates or ends lines elsewhere",
        Say("leave it out: line ends and separators carry no meaning"),
    ),
    row(
        Mark(&["\u{a0}", "\u{2002}", "\u{2003}", "\u{2009}", "\u{202f}", "\u{3000}"], ""),
        "a blank of another kind",
        Say("write an ordinary blank"),
    ),
    // ---- numbers, lists and letters
    row(
        Point,
        "a number without one of its sides",
        Write(rewrite::point, "write a digit on both sides of the point"),
    ),
    row(Suffix, "letters right behind a number", Write(rewrite::suffix, "write `*` for a product")),
    row(
        List,
        "a list",
        Write(
            rewrite::list,
            "no tensor is written element by element: a number such as `0` fills all of it, and what changes with `t` is a formula of `t`",
        ),
    ),
    row(Hidden, "a character that is not seen", Say("delete it")),
    row(Product, "two values side by side", Write(rewrite::product, "a product is written `*`")),
    row(
        Letter,
        "no ASCII letter",
        Write(rewrite::letter, "names are made of the letters a to z and A to Z, digits and `_`"),
    ),
    // ---- words
    row(
        Word(&["if", "elif", "else", "elseif", "then", "switch", "case", "match", "when", "unless"]),
        "a condition elsewhere",
        Write(
            items::conditional,
            "every iteration runs the same statements: what differs from one to the next is a formula of its number, such as `1 / t`",
        ),
    ),
    row(
        Word(&["while", "until", "loop", "repeat", "do", "foreach", "forall"]),
        "a loop elsewhere",
        Say("a loop runs a fixed number of times: `for t in 1 .. T {`, and `}` at its end"),
    ),
    row(
        Word(&["break", "continue", "pass", "end", "endfor", "begin", "done"]),
        "ends something elsewhere",
        Say("leave it out: a loop runs to its end, and a block ends with `}`"),
    ),
    row(
        Word(&["return", "yield", "output"]),
        "a result elsewhere",
        Write(rewrite::result, "write `reveal NAME` behind the `train` block: it is what the owner gets"),
    ),
    row(
        Word(&["def", "fn", "func", "function", "fun", "proc"]),
        "a function elsewhere",
        Write(rewrite::function, "a function is written `let NAME(PARAMETERS) = EXPRESSION`"),
    ),
    row(
        Word(&["lambda"]),
        "a function without a name",
        Write(rewrite::lambda, "a function is written `let NAME(PARAMETERS) = EXPRESSION`"),
    ),
    row(
        Word(&["import", "from", "include", "using", "require", "library"]),
        "a module elsewhere",
        Write(
            lines::imported,
            "a definition of the standard library, or of a file beside the program, is named by `use`, such as \
             `use losses.focal`; `hep std` lists those of the library",
        ),
    ),
    row(
        Word(&["print", "println", "printf", "display", "disp", "echo", "log_metric"]),
        "output elsewhere",
        Write(rewrite::result, "leave it out: nothing can be shown while ciphertexts are trained"),
    ),
    row(
        Word(&[
            "const", "val", "final", "static", "int", "float", "double", "auto", "global", "local",
            "constant", "define", "number", "scalar",
        ]),
        "a declaration elsewhere",
        Write(rewrite::constant, "a value is written `let NAME = VALUE`"),
    ),
    row(
        Word(&["mut", "mutable"]),
        "a variable elsewhere",
        Say("a variable of the loop is written `var NAME : real[DIMS] = VALUE`, with the names of its dims"),
    ),
    row(Word(&["and", "or", "not", "is", "xor"]), "joins conditions elsewhere", Say(COMPARED)),
    row(
        Word(&["class", "struct", "type", "record", "dataclass"]),
        "a type elsewhere",
        Say(
            "several tensors of a model are written `params NAME {`, with a line `FIELD : real[DIMS] = VALUE` for each, and `}`",
        ),
    ),
    row(
        Word(&["assert", "require", "raise", "throw", "try", "with", "async", "await"]),
        "a statement elsewhere",
        Say("leave it out: a program has no checks of its own, and `hep check` tells whether it is right"),
    ),
    // ---- inside of items
    row(
        Inside(&["for"], &["NAME =", ":", "(", "=", ",", "to", "in", "range", "by", "from", "do", "of"]),
        "a loop is written otherwise here",
        Write(lines::looped, BLOCK),
    ),
    row(
        Inside(&["use"], &[",", ".", ":", "*", "{", "as", "from", "(", "-"]),
        "a module is named otherwise here",
        Write(
            lines::used,
            "one definition has one `use`: `use losses.focal`; `use losses` brings all of them",
        ),
    ),
    row(
        Inside(&["train"], &[":", "("]),
        "a block is written otherwise here",
        Say("a block is written in braces: `train {`, and `}` at its end"),
    ),
    row(
        Inside(&["loss"], &["=", "("]),
        "a loss is written otherwise here",
        Write(
            lines::loss,
            "a loss has a name, and is a formula of one label and one score: `loss NAME(y, z) = (z - y) ** 2`",
        ),
    ),
    row(
        Inside(&["var", "secret", "public", "owner"], &["= WITHOUT A TYPE"]),
        "no type before it",
        Say(TYPED),
    ),
    row(
        Inside(&["program", "module"], &["MORE OF A HEADER"]),
        "more than a name",
        Write(items::header, "a file has a name of letters, digits and `_`"),
    ),
    row(
        Inside(&["dim", "owner", "public", "secret", "var"], &[","]),
        "a second one behind a comma",
        Write(
            items::several,
            "every name has its own keyword in front, and nothing stands between two items",
        ),
    ),
    row(
        Inside(&["owner", "public", "secret", "var"], &["( BEHIND A TYPE"]),
        "dimensions stand in brackets",
        Write(items::bracketed, "dimensions are written in brackets: `real[n, f]`"),
    ),
    row(
        Inside(&["owner"], &["="]),
        "a value",
        Say("what the owner has is read from the data file: leave the value out, or declare it `public`"),
    ),
    row(
        Inside(&["predict", "reveal"], &["as", "=", "into", "to"]),
        "another name",
        Write(lines::renamed, "leave it out: what is revealed keeps its name, and scores have none"),
    ),
    row(Inside(&["let"], &["A TUPLE"]), "a second variable", Say(RECORD)),
    row(Inside(&[], &["A TUPLE"]), "a second variable", Say(RECORD)),
    row(
        Inside(&["reveal"], &["MORE NAMES"]),
        "another name",
        Write(items::revealed, "what is revealed is separated by commas"),
    ),
    row(Inside(&["let"], &[":"]), "a type", Write(rewrite::untyped, "a `let` has no type: leave it out")),
    row(
        Inside(&["owner"], &["A SECOND NAME"]),
        "a second name",
        Say("there is one owner, without a name: leave the first name out"),
    ),
    row(
        Inside(&[], &["["]),
        "an element or a part",
        Say("a variable is assigned as a whole: an element of it is not"),
    ),
    row(
        Method,
        "a function of a library or of an object",
        Write(
            rewrite::method,
            "a function stands in front of its arguments, `f(A)`, and has no library before it",
        ),
    ),
    row(
        Argument(&["axis", "dim", "dims", "axes"]),
        "a number of a dimension elsewhere",
        Write(lines::axis, "name the dimension to sum over: `over = NAME`"),
    ),
    row(
        Argument(&["wrt", "by", "argnums", "params", "var", "x"]),
        "",
        Say("the variable is given as `at`: `at = w`"),
    ),
    row(
        Argument(&[
            "l2",
            "weight_decay",
            "decay",
            "penalty",
            "reg",
            "regularization",
            "regularizer",
            "ridge",
        ]),
        "",
        Say(
            "a penalty is added to the gradient, for instance `grad(LOSS, LABELS, FUNCTION, at = w) + 0.1 * w`",
        ),
    ),
    row(
        Argument(&["keepdims", "keepdim", "dtype", "out", "ddof"]),
        "",
        Say("leave it out: values are combined by the names of their dimensions"),
    ),
    // ---- names
    row(Name(&["True", "true", "TRUE"]), "", Say("write `1`")),
    row(Name(&["False", "false", "FALSE"]), "", Say("write `0`")),
    row(
        Name(&["None", "null", "nil", "NULL", "NA", "nan", "NaN", "inf", "Inf", "Infinity", "undefined"]),
        "",
        Say("every value is a number: write `0` where nothing is known"),
    ),
    row(Name(&["pi", "PI", "Pi"]), "", Say("write `3.141592653589793`")),
    row(
        Name(&["np", "numpy", "torch", "jnp", "math", "scipy"]),
        "",
        Say("functions have no library before them: `exp(A)`"),
    ),
    row(
        Name(&["dot", "matmul", "mm", "inner", "einsum", "mv", "bmm"]),
        "",
        Call(|of| rewrite::infix("@", of), "a product of matrices is written `A @ B`"),
    ),
    row(Name(&["pow", "power"]), "", Call(|of| rewrite::infix("**", of), "a power is written `**`")),
    row(
        Name(&["multiply", "mul", "hadamard"]),
        "",
        Call(|of| rewrite::infix("*", of), "a product is written `*`"),
    ),
    row(Name(&["add", "plus"]), "", Call(|of| rewrite::infix("+", of), "a sum is written `+`")),
    row(Name(&["subtract", "sub"]), "", Call(|of| rewrite::infix("-", of), "a difference is written `-`")),
    row(Name(&["divide", "div"]), "", Call(|of| rewrite::infix("/", of), "a quotient is written `/`")),
    row(Name(&["square"]), "", Call(|of| rewrite::formula("$ ** 2", of), "a square is written `** 2`")),
    row(Name(&["cube"]), "", Call(|of| rewrite::formula("$ ** 3", of), "a cube is written `** 3`")),
    row(
        Name(&["norm"]),
        "",
        Call(|of| rewrite::formula("sqrt(sum($ ** 2))", of), "a norm is the `sqrt` of a `sum` of squares"),
    ),
    row(
        Name(&["std", "stddev", "sd"]),
        "",
        Call(
            |of| rewrite::formula("sqrt(variance($))", of),
            "a standard deviation is the `sqrt` of a `variance`",
        ),
    ),
    row(Name(&["log1p"]), "", Call(|of| rewrite::formula("log(1 + $)", of), "write `log(1 + A)`")),
    row(Name(&["expm1"]), "", Call(|of| rewrite::formula("(exp($) - 1)", of), "write `exp(A) - 1`")),
    row(Name(&["reciprocal", "recip"]), "", Call(|of| rewrite::formula("(1 / $)", of), "write `1 / A`")),
    row(
        Name(&["logsigmoid", "log_sigmoid"]),
        "",
        Call(|of| rewrite::formula("log(sigmoid($))", of), "write `log(sigmoid(A))`"),
    ),
    row(
        Name(&["erf"]),
        "",
        Call(|of| rewrite::formula("tanh(1.2 * $)", of), "`tanh(1.2 * A)` is close to it"),
    ),
    row(Name(&["ln"]), "", Call(|of| rewrite::call("log", of), "it is called `log`")),
    row(Name(&["logistic", "expit"]), "", Call(|of| rewrite::call("sigmoid", of), "it is called `sigmoid`")),
    row(
        Name(&["scale", "normalize", "normalise", "standardize", "StandardScaler", "zscore"]),
        "",
        Call(|_| None, "it is called `standardise`, and comes with `use preprocessing.standardise`"),
    ),
    row(Name(&["avg", "average"]), "", Call(|of| rewrite::call("mean", of), "it is called `mean`")),
    row(Name(&["maximum", "fmax", "pmax"]), "", Call(|of| rewrite::call("max", of), "it is called `max`")),
    row(Name(&["minimum", "fmin", "pmin"]), "", Call(|of| rewrite::call("min", of), "it is called `min`")),
    row(Name(&["absolute", "fabs"]), "", Call(|of| rewrite::call("abs", of), "it is called `abs`")),
    row(Name(&["eye"]), "", Call(|of| rewrite::call("identity", of), "it is called `identity`")),
    row(
        Name(&["inv", "linalg", "pinv"]),
        "",
        Call(|of| rewrite::call("inverse", of), "it is called `inverse`"),
    ),
    row(
        Name(&["t", "T", "permute", "swapaxes"]),
        "",
        Call(|of| rewrite::formula("$.T", of), "a transpose is written `.T`"),
    ),
    row(Name(&["zeros", "zeros_like"]), "", Say("a number fills a whole tensor: write `0`")),
    row(Name(&["ones", "ones_like"]), "", Say("a number fills a whole tensor: write `1`")),
    row(Name(&["rand", "randn", "random", "gaussian"]), "", Say("write `normal(seed = 1)`")),
    row(
        Name(&["len", "size", "shape", "nrow", "ncol", "numel"]),
        "",
        Say("the size of a dimension is its name, `n` for instance"),
    ),
    row(
        Name(&["range", "arange", "linspace", "seq"]),
        "",
        Say("no tensor counts: a loop does, `for t in 1 .. T {`, and `t` is a number in it"),
    ),
    row(
        Name(&[
            "sin",
            "cos",
            "tan",
            "atan",
            "gamma",
            "lgamma",
            "sign",
            "round",
            "floor",
            "ceil",
            "clip",
            "clamp",
            "erfc",
            "heaviside",
        ]),
        "",
        Say(
            "no such function is built in; for one of a single number a polynomial may stand, as a function `let f(u) = ...`",
        ),
    ),
    row(
        Name(&[
            "where",
            "argmax",
            "argmin",
            "sort",
            "cumsum",
            "det",
            "svd",
            "eig",
            "solve",
            "qr",
            "conv2d",
            "conv1d",
            "maxpool",
            "pool",
            "dropout",
            "batchnorm",
            "layernorm",
            "bernoulli",
            "shuffle",
            "concat",
            "concatenate",
            "stack",
            "hstack",
            "vstack",
            "reshape",
            "flatten",
            "diag",
            "outer",
            "tril",
            "triu",
            "lower",
            "upper",
            "lower_triangle",
            "upper_triangle",
        ]),
        "",
        OfSecrets(
            "nothing computes it of ciphertexts: leave it out, or do it to the data file; tensors are combined by `@`, by `sum` over \
             a dimension, and element by element",
        ),
    ),
];
