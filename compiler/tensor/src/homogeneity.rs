//! In which units the encrypted data may be: scalings of the uploads that the server's program does not notice.
//!
//! Every upload and every loop variable gets an unknown exponent. A product has the sum of the exponents of its factors;
//! the summands of a sum have equal ones, a zero any; what a public number is added to, and what goes into a polynomial of
//! several degrees, has exponent 0. These are linear equations with whole coefficients, and each solution is a
//! *symmetry*: with every upload u multiplied by 2^(k·e(u)), for any k, every value x of the program is multiplied by
//! exactly 2^(k·e(x)), loop variables and revealed tensors among them. The owner may thus encrypt targets in money as
//! numbers near 1 and multiply the model back.
//!
//! The exponents are those of the uploads as the server gets them, and not of the data file: what the owner computes before
//! need not be homogeneous.

use super::graph::{Op, Place, Program};
use super::owner::PublicValues;
use super::region::{Region, regions};
use crate::dag::NodeId;
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use hep_plan::host::{Binary, HostOp, Unary};
use std::collections::BTreeMap;

/// Largest exponent of a symmetry: larger ones are no units.
const MOST: i32 = 16;

/// The symmetries of a program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Symmetries {
    /// Exponents of each upload, one per symmetry, by name and in order of nodes.
    pub uploads: Vec<(String, Vec<i32>)>,
    /// Exponents of each revealed tensor, in the order of the program.
    pub reveals: Vec<(String, Vec<i32>)>,
    /// Uploads whose unit is fixed, each with the first value that fixes it.
    pub fixed: Vec<(String, NodeId)>,
}

impl Symmetries {
    /// Exponents of an upload; none where it is unknown.
    #[must_use]
    pub fn of_upload(&self, name: &str) -> &[i32] {
        self.uploads.iter().find(|(known, _)| known == name).map_or(&[], |(_, of)| of)
    }

    /// Exponents of a revealed tensor; none where it is unknown.
    #[must_use]
    pub fn of_reveal(&self, name: &str) -> &[i32] {
        self.reveals.iter().find(|(known, _)| known == name).map_or(&[], |(_, of)| of)
    }
}

/// A linear form in the unknowns.
type Form = Vec<RBig>;

/// The symmetries of what the server computes.
#[must_use]
pub fn symmetries(program: &Program) -> Symmetries {
    let (uploads, equations, forms) = equations(program);
    let unknowns = uploads.len() + program.train.carried.len();
    let mut solved = Solved::default();
    let mut fixed: Vec<(String, NodeId)> = Vec::new();
    for (form, node) in equations {
        if solved.add(form) {
            for (at, (_, name)) in uploads.iter().enumerate() {
                let known = fixed.iter().any(|(known, _)| known == name);
                if !known && solved.is_zero(at, unknowns) {
                    fixed.push((name.clone(), node));
                }
            }
        }
    }
    let scalings: Vec<Form> = solved.solutions(unknowns, uploads.len());
    let whole = |form: &Form| -> Vec<i32> { scalings.iter().map(|s| number(&dot(form, s))).collect() };
    let basis = |at: usize| unit(at, unknowns);
    let reveals = program.reveals.iter().map(|reveal| {
        let form = forms[reveal.node.index()].clone().unwrap_or_else(|| vec![RBig::ZERO; unknowns]);
        (reveal.name.clone(), whole(&form))
    });
    Symmetries {
        reveals: reveals.collect(),
        uploads: uploads
            .iter()
            .enumerate()
            .map(|(at, (_, name))| (name.clone(), whole(&basis(at))))
            .collect(),
        fixed,
    }
}

/// The uploads, what must be 0 with the value that demands it, and the exponent of every secret; `None` for a zero.
#[allow(clippy::type_complexity)]
fn equations(program: &Program) -> (Vec<(NodeId, String)>, Vec<(Form, NodeId)>, Vec<Option<Form>>) {
    let graph = &program.graph;
    let needed = graph.reachable(program.server_roots());
    let mut uploads: Vec<(NodeId, String)> = Vec::new();
    for id in graph.ids().filter(|id| needed[id.index()]) {
        if let Op::Encrypt { name } = &graph.node(id).op {
            uploads.push((id, name.clone()));
        }
    }
    let unknowns = uploads.len() + program.train.carried.len();
    let mut public = Zeros { values: PublicValues::new(program), regions: regions(program), program };
    let mut state = Exponents { forms: vec![None; graph.len()], equations: Vec::new(), unknowns };
    for id in graph.ids().filter(|id| needed[id.index()]) {
        let node = graph.node(id);
        let form = match (&node.op, node.ty.place) {
            (_, Place::Public) => (!public.zero(id)).then(|| vec![RBig::ZERO; unknowns]),
            (_, Place::Owner) => continue,
            (Op::Encrypt { .. }, _) => {
                uploads.iter().position(|(known, _)| *known == id).map(|at| unit(at, unknowns))
            }
            (Op::Carried(variable) | Op::Final(variable), _) => {
                Some(unit(uploads.len() + variable, unknowns))
            }
            (op, _) => state.secret(op, graph.operands(id), id),
        };
        state.forms[id.index()] = form;
    }
    for (variable, carried) in program.train.carried.iter().enumerate() {
        if graph.node(carried.param).ty.place == Place::Secret {
            let own = Some(unit(uploads.len() + variable, unknowns));
            for value in [carried.init, carried.next] {
                let other = state.forms[value.index()].clone();
                state.equal(&own, &other, value);
            }
        }
    }
    (uploads, state.equations, state.forms)
}

/// Which public values are 0.
struct Zeros<'p> {
    values: PublicValues<'p>,
    regions: Vec<Region>,
    program: &'p Program,
}

impl Zeros<'_> {
    fn zero(&mut self, id: NodeId) -> bool {
        let mut is_zero =
            |iteration| self.values.get(id, iteration).is_some_and(|v| v.data.iter().all(|x| *x == 0.0));
        match self.regions[id.index()] {
            Region::Body => (1..=self.program.train.iterations).all(is_zero),
            _ => is_zero(0),
        }
    }
}

/// Exponents while they are found.
struct Exponents {
    /// Of each value; `None` for zeros and for what was not visited.
    forms: Vec<Option<Form>>,
    equations: Vec<(Form, NodeId)>,
    unknowns: usize,
}

impl Exponents {
    /// The exponent of what a secret operation computes.
    fn secret(&mut self, op: &Op, operands: &[NodeId], id: NodeId) -> Option<Form> {
        let of = |this: &Self, at: usize| operands.get(at).and_then(|o| this.forms[o.index()].clone());
        match op {
            Op::Rows { .. }
            | Op::Host(HostOp::Unary(Unary::Neg) | HostOp::Reduce { .. } | HostOp::Permute(_)) => of(self, 0),
            Op::Host(HostOp::Contract { .. } | HostOp::Binary { f: Binary::Mul, .. }) => {
                Some(sum(&of(self, 0)?, &of(self, 1)?, 1))
            }
            Op::Host(HostOp::Binary { f: Binary::Div, .. }) => Some(sum(&of(self, 0)?, &of(self, 1)?, -1)),
            Op::Host(HostOp::Binary { f: Binary::Add | Binary::Sub, .. }) => {
                let (a, b) = (of(self, 0), of(self, 1));
                self.equal(&a, &b, id);
                a.or(b)
            }
            Op::Host(HostOp::Polynomial(coefficients)) => {
                let argument = of(self, 0);
                let degrees: Vec<usize> =
                    (0..coefficients.len()).filter(|k| coefficients[*k] != 0.0).collect();
                match (degrees.as_slice(), argument) {
                    ([], _) => None,
                    ([0], _) => Some(self.zero()),
                    ([_], None) => None,
                    ([degree], Some(form)) => Some(form.iter().map(|e| e * RBig::from(*degree)).collect()),
                    (_, argument) => {
                        self.fix(argument, id);
                        Some(self.zero())
                    }
                }
            }
            // Whatever else there will be has no exponent but 0.
            _ => {
                for at in 0..operands.len() {
                    let operand = of(self, at);
                    self.fix(operand, id);
                }
                Some(self.zero())
            }
        }
    }

    fn zero(&self) -> Form {
        vec![RBig::ZERO; self.unknowns]
    }

    fn fix(&mut self, form: Option<Form>, because: NodeId) {
        self.equations.extend(form.map(|form| (form, because)));
    }

    /// Two exponents must agree, unless one belongs to a zero.
    fn equal(&mut self, a: &Option<Form>, b: &Option<Form>, because: NodeId) {
        if let (Some(a), Some(b)) = (a, b) {
            self.equations.push((sum(a, b, -1), because));
        }
    }
}

/// Equations in reduced form: each by the unknown that it is solved for, which occurs in no other.
#[derive(Default)]
struct Solved(BTreeMap<usize, Form>);

impl Solved {
    /// Adds an equation; whether it says something new.
    fn add(&mut self, mut form: Form) -> bool {
        for (pivot, row) in &self.0 {
            let by = form[*pivot].clone();
            if !by.is_zero() {
                form = combined(&form, row, &-by);
            }
        }
        // Loop variables are solved for first: what is left free is then an upload.
        let Some(pivot) = form.iter().rposition(|e| !e.is_zero()) else { return false };
        let leading = form[pivot].clone();
        form.iter_mut().for_each(|e| *e = &*e / &leading);
        for row in self.0.values_mut() {
            let by = row[pivot].clone();
            if !by.is_zero() {
                *row = combined(row, &form, &-by);
            }
        }
        self.0.insert(pivot, form);
        true
    }

    /// Whether an unknown is 0 in every solution.
    fn is_zero(&self, at: usize, unknowns: usize) -> bool {
        let row = self.0.get(&at);
        row.is_some_and(|row| (0..unknowns).all(|other| other == at || row[other].is_zero()))
    }

    /// A basis of the solutions in which some of the first `uploads` unknowns are not 0, in whole numbers.
    fn solutions(&self, unknowns: usize, uploads: usize) -> Vec<Form> {
        let free = (0..unknowns).filter(|at| !self.0.contains_key(at));
        let solution = |at: usize| -> Form {
            let value = |other: usize| match self.0.get(&other) {
                Some(row) => -row[at].clone(),
                None => RBig::from(u8::from(other == at)),
            };
            (0..unknowns).map(value).collect()
        };
        let sensible = |form: &Form| {
            form[..uploads].iter().any(|e| !e.is_zero()) && form.iter().all(|e| number(e).abs() <= MOST)
        };
        free.map(solution).map(whole).filter(sensible).collect()
    }
}

/// The smallest multiple in whole numbers.
fn whole(form: Form) -> Form {
    let denominator = form.iter().fold(UBig::ONE, |all, e| {
        let own = e.denominator().clone();
        let common = dashu::base::Gcd::gcd(&all, &own);
        all * own / common
    });
    let by = RBig::from(IBig::from(denominator));
    form.iter().map(|e| e * &by).collect()
}

fn number(exponent: &RBig) -> i32 {
    i32::try_from(exponent.clone().to_int().value()).unwrap_or(i32::MAX)
}

fn unit(at: usize, unknowns: usize) -> Form {
    (0..unknowns).map(|other| RBig::from(u8::from(other == at))).collect()
}

/// a + factor·b
fn sum(a: &Form, b: &Form, factor: i8) -> Form {
    combined(a, b, &RBig::from(factor))
}

fn combined(a: &Form, b: &Form, factor: &RBig) -> Form {
    a.iter().zip(b).map(|(x, y)| x + y * factor).collect()
}

fn dot(a: &Form, b: &Form) -> RBig {
    a.iter().zip(b).fold(RBig::ZERO, |sum, (x, y)| sum + x * y)
}
