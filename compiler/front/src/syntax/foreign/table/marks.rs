//! Marks that no program contains: operators, separators, texts, numbers and letters.

use super::super::Help::{Change, Say, Write};
use super::super::Seen::{Columns, Hidden, Letter, List, Mark, Point, Prime, Product, Quote, Slice, Suffix};
use super::super::{Row, items, libraries, lines, rewrite, shown};
use super::{COMPARED, row};

pub(super) const ROWS: &[Row] = &[
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
        Change(
            |_| None,
            shown::wholes,
            "a tensor has no parts: rows of a data file are chosen by ⟨rows⟩, and columns are left out of the file",
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
    row(
        Mark(&["·", "×"], "*"),
        "a product",
        Write(libraries::dot, "a product of elements is written `*`, and one of matrices `@`"),
    ),
    row(Mark(&["∗", "⊙"], "*"), "a product", Say("a product is written `*`")),
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
        Columns,
        "a column of ones beside a matrix",
        Write(libraries::beside, "a column of ones is added by `bias(A)`"),
    ),
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
];
