//! Declared types, and whether a value has one.

use super::eval::formula;
use super::{Eval, MAX_ELEMENTS, Reported, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{Expr, Item, Range, Statement, Ty};
use crate::syntax::print::{expression, transpose};
use crate::syntax::walk::{statements, training};
use crate::syntax::{foreign, labels};
use hep_plan::host::Binary;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Values};
use hep_tensor::source::Span;

/// A declared type.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub dims: Vec<Dim>,
    pub values: Values,
    pub range: Option<(f64, f64)>,
    /// The dimension of the classes, for class numbers.
    pub classes: Option<Dim>,
    pub span: Span,
    /// Where its dimensions stand: between the brackets, or behind the kind where there are none.
    dims_span: Span,
}

/// `[n, d]`
pub(super) fn show(dims: &[Dim]) -> String {
    let names: Vec<&str> = dims.iter().map(|d| d.name.as_str()).collect();
    if names.is_empty() { "a single number".into() } else { format!("[{}]", names.join(", ")) }
}

/// Number of elements, if it is within the limit.
pub(super) fn elements<'d>(dims: impl IntoIterator<Item = &'d Dim>) -> Option<usize> {
    let product = dims.into_iter().try_fold(1usize, |product, dim| product.checked_mul(dim.size));
    product.filter(|product| *product <= MAX_ELEMENTS)
}

impl Resolver<'_> {
    /// Reads a type.
    pub(super) fn declared(&mut self, ty: &Ty) -> Eval<Declared> {
        let mut dims = vec![];
        for expr in &ty.dims {
            let size = self.dims.size(expr);
            dims.push(size.map_err(|error| error.map_or(Reported, |error| self.report(error)))?);
        }
        let range = ty.range.as_ref().map(|range| self.range(range)).transpose()?;
        let kind = ty.kind.name.as_str();
        let rank = |resolver: &mut Self, ok: bool, expected: &str| {
            if ok {
                return Ok(());
            }
            let error = Diagnostic::error(codes::BAD_TYPE, format!("`{kind}` needs {expected}"));
            Err(resolver.report(error.at(ty.span, "other dimensions")))
        };
        let mut declared = Declared {
            dims,
            values: Values::Real,
            range,
            classes: None,
            span: ty.span,
            dims_span: dims_span(ty),
        };
        match kind {
            "real" => {}
            "bit" => {
                declared.values = Values::Bit;
                declared.range = Some((0.0, 1.0));
            }
            "onehot" => {
                rank(self, declared.dims.len() == 2, "rows and classes: `onehot[n, c]`")?;
                declared.values = Values::OneHot;
                declared.range = Some((0.0, 1.0));
            }
            "class" => {
                if let [rows] = ty.dims.as_slice() {
                    return Err(self.classless(rows, ty));
                }
                rank(self, declared.dims.len() == 2, "rows and the number of classes: `class[n, c]`")?;
                let Some(classes) = declared.dims.pop() else { return Err(Reported) };
                declared.values = Values::Class { classes: classes.size };
                declared.range = Some((0.0, classes.size as f64 - 1.0));
                declared.classes = Some(classes);
            }
            other => return Err(self.no_type(other, ty.kind.span, Some(ty))),
        }
        self.check_size(&declared.dims, ty.span)?;
        Ok(declared)
    }

    /// Reports class numbers without the number of classes.
    fn classless(&mut self, rows: &Expr, ty: &Ty) -> Reported {
        let whole = format!("class[{}, 2]", expression(rows));
        let words = format!("two classes are written `{whole}`");
        let error =
            Diagnostic::error(codes::BAD_TYPE, "`class` needs rows and the number of classes: `class[n, c]`")
                .at(ty.span, "other dimensions")
                .help("the number of classes is the second: `class[n, c]`")
                .proposing([Proposal { words, edits: vec![Edit::Replace(ty.span, whole)] }]);
        self.report(error)
    }

    /// Reports a word that is no type.
    pub(super) fn no_type(&mut self, word: &str, span: Span, ty: Option<&Ty>) -> Reported {
        let known = ["real", "class", "onehot", "bit"];
        let elsewhere = foreign::ty(word);
        let proposals = elsewhere.iter().flat_map(|(_, types)| types.iter()).filter_map(|kind| {
            let dims: Vec<String> = ty?.dims.iter().map(expression).collect();
            let dims = match (*kind, dims.as_slice()) {
                ("class", [n]) => format!("[{n}, 2]"),
                (_, []) => String::new(),
                (_, dims) => format!("[{}]", dims.join(", ")),
            };
            let end = ty?.dims.last().map_or(span.end, |last| last.span.end + 1);
            let whole = format!("{kind}{dims}");
            let words = format!("write `{whole}`");
            Some(Proposal { words, edits: vec![Edit::Replace(Span::new(span.start, end), whole)] })
        });
        let proposals: Vec<Proposal> = proposals.collect();
        let error = Diagnostic::error(codes::BAD_TYPE, format!("`{word}` is not a type"))
            .at(span, "expected real, class, onehot or bit")
            .maybe_help(suggest::nearest(word, known).map(|near| format!("did you mean `{near}`?")))
            .maybe_help(elsewhere.map(|(help, _)| help.to_owned()))
            .proposing(proposals);
        self.report(error)
    }

    /// A range of two constants.
    pub(super) fn range(&mut self, range: &Range) -> Eval<(f64, f64)> {
        let low = self.number(&range.low)?;
        let high = self.number(&range.high)?;
        if low < high {
            return Ok((low, high));
        }
        let error = Diagnostic::error(codes::BAD_RANGE, "the range is empty")
            .at(range.span, format!("{low} is not below {high}"))
            .help("write the lower end first");
        Err(self.report(error))
    }

    /// A constant scalar.
    pub(super) fn number(&mut self, expr: &Expr) -> Eval<f64> {
        let node = self.eval(expr, &super::Locals::new())?;
        self.b.as_number(node).ok_or(()).map_err(|()| {
            let error = Diagnostic::error(codes::BAD_CONSTANT, "a constant number is needed");
            self.report(error.at(expr.span, "not known when compiling"))
        })
    }

    /// Refuses tensors above [`MAX_ELEMENTS`].
    pub(super) fn check_size<'d>(&mut self, dims: impl IntoIterator<Item = &'d Dim>, span: Span) -> Eval<()> {
        match elements(dims) {
            Some(_) => Ok(()),
            None => {
                let error = Diagnostic::error(codes::TOO_LARGE, "the tensor is too large")
                    .at(span, format!("more than {MAX_ELEMENTS} elements"));
                Err(self.report(error))
            }
        }
    }

    /// The value as a tensor of the declared type: single numbers fill it, dimensions without a declaration take
    /// the declared names, anything else that differs is an error.
    pub(super) fn conform(&mut self, node: NodeId, declared: &Declared, value: &Expr) -> Eval<NodeId> {
        let ty = self.b.ty(node).clone();
        self.conform_values(ty.values, declared, value)?;
        let is_class = matches!(ty.values, Values::Class { .. });
        if ty.dims == declared.dims {
            return Ok(node);
        }
        if ty.dims.is_empty() {
            if let Some(number) = self.b.as_number(node) {
                self.spend(declared.dims.iter().map(|d| d.size).product(), value.span)?;
                return Ok(self.b.filled(number, declared.dims.clone(), value.span));
            }
            let zeros = self.b.filled(0.0, declared.dims.clone(), value.span);
            let sum = self.b.binary(Binary::Add, node, zeros, value.span);
            return sum.map_err(|error| self.build_error(&error, value, &[]));
        }
        let fits = |(have, want): (&Dim, &Dim)| {
            let anonymous = self.dims.is_anonymous(have) || self.dims.is_anonymous(want);
            have == want || (anonymous && have.size == want.size)
        };
        if ty.dims.len() == declared.dims.len() && ty.dims.iter().zip(&declared.dims).all(fits) {
            let renamed = self.b.rename_dims(node, declared.dims.clone());
            return renamed.map_err(|error| self.build_error(&error, value, &[]));
        }
        let labels = if is_class { self.as_labels(value) } else { vec![] };
        Err(self.dims_differ(&ty.dims, declared, value, labels))
    }

    /// Declarations with which what is encrypted of a value is labels of classes.
    fn as_labels(&self, value: &Expr) -> Vec<Proposal> {
        let secret = labels::encrypted_from(self.file, value);
        secret.map_or(vec![], |secret| labels::of_classes(self.file, secret, None))
    }

    fn dims_differ(
        &mut self,
        have: &[Dim],
        declared: &Declared,
        value: &Expr,
        labels: Vec<Proposal>,
    ) -> Reported {
        let mut error = Diagnostic::error(
            codes::DIM_MISMATCH,
            format!("the value has dimensions {}, declared are {}", show(have), show(&declared.dims)),
        )
        .at(value.span, format!("this is {}", show(have)))
        .and(declared.span, format!("declared {}", show(&declared.dims)));
        let is_transposed = have.len() == 2 && have.iter().rev().eq(&declared.dims);
        let differs = have.iter().zip(&declared.dims).find(|(a, b)| a != b);
        if let Some((a, b)) = differs.filter(|_| !is_transposed) {
            error = error.note(if a.size == b.size {
                format!(
                    "`{}` and `{}` both have size {}, but different names do not mix",
                    a.name, b.name, a.size
                )
            } else {
                format!("`{}` has size {}, `{}` has size {}", a.name, a.size, b.name, b.size)
            });
        }
        error = error
            .help("a declaration names the dimensions that its value has, and nothing renames them")
            .proposing(self.columns())
            .proposing(labels)
            .proposing(self.all_contracted())
            .proposing(self.with_ones(have, declared, value))
            .proposing(is_transposed.then(|| transposed(value)))
            .proposing(self.remaining(have, declared))
            .proposing(declared_over(have, declared, self.declared_name(declared)));
        self.report(error)
    }

    /// A value that has the declared dimensions beside others is a sum with something over the others, which is what was meant.
    fn remaining(&self, have: &[Dim], declared: &Declared) -> Option<Proposal> {
        let others: Vec<Dim> = have.iter().filter(|dim| !declared.dims.contains(dim)).cloned().collect();
        let is_sum = !declared.dims.is_empty() && others.len() == declared.dims.len();
        let all = have.len() == others.len() + declared.dims.len();
        (is_sum && all).then(|| declared_over(&others, declared, self.declared_name(declared))).flatten()
    }

    /// What is declared with this type.
    fn declared_name(&self, declared: &Declared) -> Option<&str> {
        let of_item = self.file.items.iter().find_map(|item| match item {
            Item::Secret(d) | Item::Public(d) | Item::Owner(d) => {
                Some(d).filter(|d| d.ty.span == declared.span)
            }
            _ => None,
        });
        let body = training(self.file).map_or(&[][..], |train| &train.body);
        let of_loop = || {
            statements(body).into_iter().find_map(|statement| match statement {
                Statement::Var(d) => Some(d).filter(|d| d.ty.span == declared.span),
                _ => None,
            })
        };
        of_item.or_else(of_loop).map(|d| d.name.name.as_str())
    }

    /// The value with the column of ones that its declaration has place for.
    fn with_ones(&self, have: &[Dim], declared: &Declared, value: &Expr) -> Option<Proposal> {
        let ((last, rows), (wanted, others)) = (have.split_last()?, declared.dims.split_last()?);
        let is_successor = self.dims.successor(last) == *wanted && rows == others && rows.len() == 1;
        let text = format!("bias({})", formula(value));
        let words = format!("write `{text}`, which adds a column of ones");
        is_successor.then(|| Proposal { words, edits: vec![Edit::Replace(value.span, text)] })
    }

    fn conform_values(&mut self, have: Values, declared: &Declared, value: &Expr) -> Eval<()> {
        let name = |values| match values {
            Values::Real => "real numbers".to_owned(),
            Values::Class { classes } => format!("class numbers 0 .. {}", classes.saturating_sub(1)),
            Values::Bit => "bits".to_owned(),
            Values::OneHot => "one-hot rows".to_owned(),
        };
        let fits = match (declared.values, have) {
            (Values::Real, _) | (Values::Bit, Values::Class { classes: 2 }) => true,
            (want, have) => want == have,
        };
        if fits {
            return Ok(());
        }
        let help = match (declared.values, have) {
            (Values::OneHot, Values::Class { .. }) => Some("write `one_hot(...)` around the class numbers"),
            (Values::Bit, Values::Class { .. }) => {
                Some("declare `onehot[n, c]` and encrypt `one_hot(...)`, or read two classes")
            }
            (Values::Bit | Values::OneHot, Values::Real) => Some(
                "numbers to be predicted are declared `real`, and trained with a loss such as `losses.squared`",
            ),
            _ => None,
        };
        let secret = labels::encrypted_from(self.file, value).filter(|_| have == Values::Real);
        let numbers = secret.and_then(labels::as_numbers);
        let of_two = secret
            .filter(|_| declared.values == Values::Bit)
            .and_then(|secret| labels::as_read(self.file, secret));
        let error = Diagnostic::error(codes::BAD_TYPE, format!("these are {}", name(have)))
            .at(value.span, name(have))
            .and(declared.span, format!("declared as {}", name(declared.values)))
            .maybe_help(of_two.as_ref().map(|plain| plain.words.clone()).or_else(|| help.map(str::to_owned)))
            .proposing(self.columns())
            .proposing(self.as_labels(value))
            .proposing(of_two)
            .proposing(numbers);
        Err(self.report(error))
    }
}

/// Where the dimensions of a type stand.
fn dims_span(ty: &Ty) -> Span {
    match (ty.dims.first(), ty.dims.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
        _ => Span::new(ty.kind.span.end, ty.kind.span.end),
    }
}

/// A declaration over what its value has.
fn declared_over(have: &[Dim], declared: &Declared, name: Option<&str>) -> Option<Proposal> {
    let text =
        if declared.dims.is_empty() { show(have) } else { show(have).trim_matches(['[', ']']).to_owned() };
    let name = name.map_or_else(|| "it".to_owned(), |name| format!("`{name}`"));
    let words = format!("declare {name} over {}", show(have));
    let is_plain = declared.classes.is_none() && !have.is_empty();
    is_plain.then(|| Proposal { words, edits: vec![Edit::Replace(declared.dims_span, text)] })
}

fn transposed(value: &Expr) -> Proposal {
    let text = transpose(value);
    Proposal { words: format!("transpose it: `{text}`"), edits: vec![Edit::Replace(value.span, text)] }
}
