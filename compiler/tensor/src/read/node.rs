//! Nodes from their lines.

use crate::dag::{Dag, NodeId};
use crate::graph::{Carried, Dim, Node, Op, Place, Type, Values};
use crate::interval::{Range, derived};
use crate::named;
use crate::source::Span;
use hep_plan::host::{Binary, HostNode, HostOp, Reduction};
use hep_plan::reading::{Cursor, ReadError};

/// Largest size of a dimension of a text.
const MAX_SIZE: usize = 1 << 32;

/// The size of a dimension.
pub(super) fn size(at: &mut Cursor<'_>) -> Result<usize, ReadError> {
    let here = *at;
    let size = at.number("a size")?;
    if size > MAX_SIZE { Err(here.error("a smaller size")) } else { Ok(size) }
}

/// Two numbers, the first of which is not above the second.
pub(super) fn interval(at: &mut Cursor<'_>) -> Result<(f64, f64), ReadError> {
    let here = *at;
    let lo: f64 = at.number("a number")?;
    at.literal("..")?;
    let hi = at.number("a number")?;
    if lo <= hi { Ok((lo, hi)) } else { Err(here.error("an interval")) }
}

/// What lines of nodes refer to.
pub(super) struct Reader<'a> {
    pub dims: &'a [Dim],
    pub carried: &'a [Carried],
    pub graph: Dag<Node>,
}

impl Reader<'_> {
    /// The next node, from what is behind its number.
    pub fn node(&mut self, mut at: Cursor<'_>) -> Result<(), ReadError> {
        at.literal(":")?;
        let (mut ty, range) = self.ty(&mut at)?;
        at.literal("=")?;
        let mut what = at.up_to("   # ");
        let name = (!at.is_done()).then(|| at.rest().to_string());
        let (op, operands) = self.operation(&mut what, &ty)?;
        what.end()?;
        let types: Vec<&Type> = operands.iter().map(|o| &self.graph.node(*o).ty).collect();
        ty.range = range.unwrap_or_else(|| derived(&op, &operands, &types));
        self.graph.push(Node { op, ty, name, span: Span::default() }, operands);
        Ok(())
    }

    /// A type, and its range if there is one.
    fn ty(&self, at: &mut Cursor<'_>) -> Result<(Type, Option<Range>), ReadError> {
        let here = *at;
        let word = at.word("a place")?;
        let place = Place::ALL.into_iter().find(|place| place.name() == word);
        let place = place.ok_or_else(|| here.error("a place"))?;
        let here = *at;
        let values = match at.word("a kind of values")? {
            "real" => Values::Real,
            "bit" => Values::Bit,
            "onehot" => Values::OneHot,
            "class" => {
                at.literal("(")?;
                let classes = at.number("a number of classes")?;
                at.literal(")")?;
                Values::Class { classes }
            }
            _ => return Err(here.error("a kind of values")),
        };
        let here = *at;
        let dims = match at.take("[") {
            true => at.up_to("]").parts(", ").map(|dim| self.dim(dim)).collect::<Result<_, _>>()?,
            false => Vec::new(),
        };
        let elements = dims.iter().try_fold(1usize, |product, dim: &Dim| product.checked_mul(dim.size));
        if elements.is_none() {
            return Err(here.error("fewer elements"));
        }
        let range = if at.take("in ") { Some(interval(at)?) } else { None };
        // All numbers is what is not known to be an interval.
        let range =
            range.map(|range| Some(range).filter(|range| *range != (f64::NEG_INFINITY, f64::INFINITY)));
        Ok((Type { dims, place, values, range: None }, range))
    }

    /// A dimension that is declared, or one with its size.
    fn dim(&self, mut at: Cursor<'_>) -> Result<Dim, ReadError> {
        if let Some(declared) = self.dims.iter().find(|dim| dim.name == at.rest()) {
            return Ok(declared.clone());
        }
        let name = at.until_last(" = ").map_err(|_| at.error("a dimension that is declared, or its size"))?;
        at.literal(" = ")?;
        let size = size(&mut at)?;
        at.end()?;
        Ok(Dim { name: name.rest().to_string(), size })
    }

    fn operand(&self, at: &mut Cursor<'_>) -> Result<NodeId, ReadError> {
        at.index("%", self.graph.len()).map(NodeId)
    }

    fn operation(&self, at: &mut Cursor<'_>, ty: &Type) -> Result<(Op, Vec<NodeId>), ReadError> {
        let here = *at;
        let word = at.word("an operation")?;
        let op = match word {
            "encrypt" => {
                let operand = self.operand(at)?;
                at.literal("as ")?;
                let name = at.rest().to_string();
                at.skip();
                return Ok((Op::Encrypt { name }, vec![operand]));
            }
            "carried" | "final" => {
                let variable = self.carried.iter().position(|variable| variable.name == at.rest());
                let variable = variable.ok_or_else(|| at.error("a loop variable"))?;
                at.skip();
                if word == "carried" { Op::Carried(variable) } else { Op::Final(variable) }
            }
            "iteration" => Op::Iteration,
            _ => {
                if let Ok(size) = word.parse() {
                    at.literal("rows of ")?;
                    return Ok((Op::Rows { size }, vec![self.operand(at)?]));
                }
                if let Some((op, operands)) = self.by_names(word, &mut at.clone(), ty)? {
                    at.skip();
                    return Ok((Op::Host(op), operands));
                }
                *at = here;
                let HostNode { op, operands } = HostNode::read(at, self.graph.len())?;
                return Ok((Op::Host(op), operands.into_iter().map(NodeId).collect()));
            }
        };
        Ok((op, Vec::new()))
    }

    /// An operation whose axes the names of dimensions give; nothing where it has them itself, or none.
    fn by_names(
        &self,
        word: &str,
        at: &mut Cursor<'_>,
        ty: &Type,
    ) -> Result<Option<(HostOp, Vec<NodeId>)>, ReadError> {
        let here = *at;
        let function = Binary::ALL.into_iter().find(|f| f.name() == word);
        let pair = function.is_some() || word == "contract";
        let single = matches!(word, "sum" | "mean" | "rename" | "permute" | "polynomial");
        if !(pair || single) || !at.rest().starts_with('%') {
            return Ok(None);
        }
        let mut operands = vec![self.operand(at)?];
        if pair && at.rest().starts_with('[') {
            return Ok(None);
        }
        if pair {
            operands.push(self.operand(at)?);
        }
        let [a, b] = [operands[0], operands[operands.len() - 1]].map(|operand| &self.graph.node(operand).ty);
        let over = |at: &mut Cursor<'_>| {
            at.literal("over ")?;
            let name = at.rest().to_string();
            at.skip();
            Ok(name)
        };
        let op = match (function, word) {
            (Some(f), _) => named::binary(f, [a, b], ty),
            (None, "contract") => named::contract([a, b], &over(at)?, ty),
            (None, "sum") => named::reduce(Reduction::Sum, a, &over(at)?),
            (None, "mean") => named::reduce(Reduction::Mean, a, &over(at)?),
            (None, "rename") => Some(named::rename(ty)),
            (None, "permute") => named::permute(a, ty),
            _ => {
                at.literal("by ")?;
                Some(HostOp::Polynomial(at.list("a coefficient")?))
            }
        };
        at.end()?;
        let op = op.ok_or_else(|| here.error("operands whose dimensions fit by name"))?;
        Ok(Some((op, operands)))
    }
}
