//! Items and statements that go on otherwise than here, and named arguments.

use super::super::Help::{Change, Say, Write};
use super::super::Seen::{Argument, Inside, Method};
use super::super::{Row, batches, items, libraries, lines, rewrite, shown};
use super::row;
use crate::syntax::typed;

const BLOCK: &str = "a block is written in braces: `for t in 1 .. T {`, and `}` at its end";
const RECORD: &str = "each variable has a gradient of its own, such as `grad(LOSS, LABELS, FUNCTION, at = w)`; one of a record has all: \
     `params P {`, a line `w : real[DIMS] = VALUE` for each, `}`, and `at = P`";
/// What is said where a type is missing.
pub(in super::super) const TYPED: &str =
    "say what it is: `NAME : real[DIMS] = VALUE`, with the names of its dims";

pub(super) const ROWS: &[Row] = &[
    row(
        Inside(&["for"], &["SEVERAL NAMES"]),
        "several names",
        Change(
            |_| None,
            batches::looped,
            "a loop has one name: over mini-batches it is `for batch in rows(X, Y, size = 32) {`, and in it the tensors that are named \
             have the rows of the batch",
        ),
    ),
    row(
        Inside(&["for"], &["NAME =", ":", "(", "=", ",", "to", "in", "range", "by", "from", "do", "of"]),
        "a loop is written otherwise here",
        Write(lines::looped, BLOCK),
    ),
    row(
        Inside(&["use"], &["A KEYWORD", ",", ".", ":", "*", "{", "as", "from", "(", "-"]),
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
        Change(|_| None, |site| typed::written(site.text, site.at.start), TYPED),
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
    row(
        Inside(&["reveal"], &["."]),
        "a tensor of a record",
        Write(items::whole_record, "a record is revealed as a whole, by its name"),
    ),
    row(
        Inside(&["reveal"], &["("]),
        "scores",
        Change(
            items::scored,
            shown::revealed,
            "what is revealed is a variable of the training, and scores are those of `predict`",
        ),
    ),
    row(Inside(&["let"], &[":"]), "a type", Write(rewrite::untyped, "a `let` has no type: leave it out")),
    row(
        Inside(&["approx"], &["from", "between", "over", "in", "for"]),
        "a range elsewhere",
        Write(lines::ranged, "a range is written `approx NAME on LOW .. HIGH degree 3 by least_squares`"),
    ),
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
            libraries::method,
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
];
