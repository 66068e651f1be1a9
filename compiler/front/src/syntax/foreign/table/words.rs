//! Words with which other languages begin something.

use super::super::Help::{Change, Say, Write};
use super::super::Seen::Word;
use super::super::{Row, items, lines, rewrite, shown};
use super::{COMPARED, row};

pub(super) const ROWS: &[Row] = &[
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
        Change(
            rewrite::result,
            shown::printed,
            "what the owner gets is a variable of the training, named by `reveal` behind the `train` block",
        ),
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
             `use losses.focal`; ⟨std⟩ lists those of the library",
        ),
    ),
    row(
        Word(&["print", "println", "printf", "display", "disp", "echo", "log_metric"]),
        "output elsewhere",
        Change(
            rewrite::result,
            shown::printed,
            "leave it out: nothing can be shown while ciphertexts are trained",
        ),
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
        Say("leave it out: a program has no checks of its own, and ⟨check⟩ tells whether it is right"),
    ),
];
