//! The expression type and its smart constructors.
//!
//! Every constructor simplifies locally: constants fold exactly, `0` and `1` disappear from sums, products and
//! powers, double signs cancel. `0 * u` is `0` even where `u` is infinite: `y * log(sigmoid(z))` at `y = 0`
//! means "this term is absent".

use std::fmt;
use std::ops;
use std::sync::Arc;

use dashu::base::{Abs, Sign};
use dashu::rational::RBig;

use super::number::{self, NumberError};

/// A scalar formula in the label `y` and the score `z`. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Expr(Arc<Shared>);

/// A node with the size of the tree it heads (counted with repetition, saturating) and its depth.
#[derive(PartialEq)]
struct Shared {
    size: u64,
    depth: u32,
    node: Node,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// The label, 0 or 1.
    Y,
    /// The score.
    Z,
    /// An exact constant, and the float nearest to it.
    Number(RBig, f64),
    /// `-u`
    Neg(Expr),
    /// `u + v`
    Add(Expr, Expr),
    /// `u - v`
    Sub(Expr, Expr),
    /// `u * v`
    Mul(Expr, Expr),
    /// `u / v`
    Div(Expr, Expr),
    /// `u ** n`; the exponent may be negative.
    Pow(Expr, i32),
    /// `u ** r` with an exact exponent that is no whole number; defined for `u >= 0`, with `r < 0` for `u > 0`.
    Power(Expr, RBig),
    /// `f(u)`
    Call(Function, Expr),
}

/// The functions of one argument a loss may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// `e ** u`
    Exp,
    /// Natural logarithm; defined for `u > 0`.
    Log,
    /// `|u|`
    Abs,
    /// `1 / (1 + exp(-u))`
    Sigmoid,
    /// `(exp(u) - exp(-u)) / (exp(u) + exp(-u))`
    Tanh,
    /// Square root; defined for `u >= 0`.
    Sqrt,
    /// `log(1 + exp(u))`
    Softplus,
    /// `u` where it is positive, else 0
    Relu,
    /// -1, 0 or 1: the derivative of `abs`. Not part of the language.
    Sign,
    /// 0, 1/2 or 1 for negative, zero and positive `u`: the derivative of `relu`. Not part of the language.
    Step,
}

impl Function {
    /// The functions of the language.
    pub const ALL: [Function; 8] = [
        Function::Exp,
        Function::Log,
        Function::Abs,
        Function::Sigmoid,
        Function::Tanh,
        Function::Sqrt,
        Function::Softplus,
        Function::Relu,
    ];

    /// The name in source text.
    pub fn name(self) -> &'static str {
        match self {
            Function::Exp => "exp",
            Function::Log => "log",
            Function::Abs => "abs",
            Function::Sigmoid => "sigmoid",
            Function::Tanh => "tanh",
            Function::Sqrt => "sqrt",
            Function::Softplus => "softplus",
            Function::Relu => "relu",
            Function::Sign => "sign",
            Function::Step => "step",
        }
    }

    /// The function of that name in source text.
    pub fn from_name(name: &str) -> Option<Function> {
        Function::ALL.into_iter().find(|f| f.name() == name)
    }
}

impl Expr {
    /// Wraps a node as it is; the public constructors below simplify first.
    fn new(node: Node) -> Expr {
        let (size, depth) = match &node {
            Node::Y | Node::Z | Node::Number(..) => (0, 0),
            Node::Neg(u) | Node::Pow(u, _) | Node::Power(u, _) | Node::Call(_, u) => (u.size(), u.depth()),
            Node::Add(u, v) | Node::Sub(u, v) | Node::Mul(u, v) | Node::Div(u, v) => {
                (u.size().saturating_add(v.size()), u.depth().max(v.depth()))
            }
        };
        Expr(Arc::new(Shared { size: size.saturating_add(1), depth: depth.saturating_add(1), node }))
    }

    /// The outermost operation.
    pub fn node(&self) -> &Node {
        &self.0.node
    }

    /// Number of nodes, repeated parts counted every time; saturates at `u64::MAX`.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// Number of nodes on the longest path.
    pub fn depth(&self) -> u32 {
        self.0.depth
    }

    /// The label.
    pub fn y() -> Expr {
        Expr::new(Node::Y)
    }

    /// The score.
    pub fn z() -> Expr {
        Expr::new(Node::Z)
    }

    /// An exact constant.
    pub fn rational(value: RBig) -> Expr {
        let float = number::to_f64(&value);
        Expr::new(Node::Number(value, float))
    }

    /// An integer constant.
    pub fn integer(value: i64) -> Expr {
        Expr::rational(RBig::from(value))
    }

    /// The exact value of a decimal such as `0.1` or `1e-10`.
    ///
    /// # Errors
    /// [`NumberError`] when the text is no decimal.
    pub fn number(decimal: &str) -> Result<Expr, NumberError> {
        number::parse(decimal).map(Expr::rational)
    }

    /// The exact value of a float.
    ///
    /// # Errors
    /// [`NumberError::NotFinite`].
    pub fn from_f64(value: f64) -> Result<Expr, NumberError> {
        number::from_f64(value).map(Expr::rational)
    }

    /// The value of a constant expression that folded completely.
    pub fn as_rational(&self) -> Option<&RBig> {
        match self.node() {
            Node::Number(value, _) => Some(value),
            _ => None,
        }
    }

    /// A constant that may be folded with another one (huge rationals are left alone).
    fn foldable(&self) -> Option<&RBig> {
        self.as_rational().filter(|value| number::is_moderate(value))
    }

    fn is_zero(&self) -> bool {
        self.as_rational().is_some_and(RBig::is_zero)
    }

    fn is_one(&self) -> bool {
        self.as_rational().is_some_and(RBig::is_one)
    }

    fn is_minus_one(&self) -> bool {
        self.as_rational().is_some_and(|value| *value == RBig::NEG_ONE)
    }

    /// `self ** exponent`.
    pub fn pow(self, exponent: i32) -> Expr {
        match exponent {
            0 => return Expr::integer(1),
            1 => return self,
            _ => {}
        }
        if let Some(value) = self.foldable()
            && exponent.unsigned_abs() <= 64
            && (exponent > 0 || !value.is_zero())
        {
            return Expr::rational(integer_power(value, exponent));
        }
        if let Node::Neg(inner) = self.node()
            && exponent % 2 == 0
        {
            return inner.clone().pow(exponent);
        }
        Expr::new(Node::Pow(self, exponent))
    }

    /// `self ** exponent` for any exact exponent: a whole number (up to the range of `i32`), a square root, or
    /// [`Node::Power`].
    pub fn power(self, exponent: RBig) -> Expr {
        if exponent.is_int() {
            if let Ok(whole) = i32::try_from(exponent.numerator().clone()) {
                return self.pow(whole);
            }
        } else if &exponent + &exponent == RBig::ONE {
            return self.sqrt();
        }
        if self.is_one() {
            return self;
        }
        Expr::new(Node::Power(self, exponent))
    }

    /// `function(self)`.
    pub fn call(self, function: Function) -> Expr {
        let simpler = match (function, self.node()) {
            (Function::Abs, Node::Neg(inner)) => return inner.clone().call(Function::Abs),
            (
                Function::Abs,
                Node::Call(
                    Function::Abs
                    | Function::Exp
                    | Function::Sigmoid
                    | Function::Sqrt
                    | Function::Softplus
                    | Function::Relu,
                    _,
                ),
            ) => {
                return self;
            }
            (function, Node::Number(value, _)) => constant_call(function, value),
            _ => None,
        };
        simpler.map_or_else(|| Expr::new(Node::Call(function, self)), Expr::rational)
    }

    /// `exp(self)`.
    pub fn exp(self) -> Expr {
        self.call(Function::Exp)
    }

    /// `log(self)`.
    pub fn log(self) -> Expr {
        self.call(Function::Log)
    }

    /// `abs(self)`.
    pub fn abs(self) -> Expr {
        self.call(Function::Abs)
    }

    /// `sigmoid(self)`.
    pub fn sigmoid(self) -> Expr {
        self.call(Function::Sigmoid)
    }

    /// `tanh(self)`.
    pub fn tanh(self) -> Expr {
        self.call(Function::Tanh)
    }

    /// `sqrt(self)`.
    pub fn sqrt(self) -> Expr {
        self.call(Function::Sqrt)
    }

    /// `softplus(self)`.
    pub fn softplus(self) -> Expr {
        self.call(Function::Softplus)
    }

    /// `relu(self)`.
    pub fn relu(self) -> Expr {
        self.call(Function::Relu)
    }

    /// The larger of two values, `other + relu(self - other)`.
    pub fn max(self, other: Expr) -> Expr {
        other.clone() + (self - other).relu()
    }

    /// The smaller of two values, `other - relu(other - self)`.
    pub fn min(self, other: Expr) -> Expr {
        other.clone() - (other - self).relu()
    }

    /// Equal for expressions that share their memory, however large they are; differs for others.
    #[must_use]
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

/// Values of functions at the few constants where they are rational.
fn constant_call(function: Function, value: &RBig) -> Option<RBig> {
    match function {
        Function::Abs => Some(value.clone().abs()),
        Function::Exp if value.is_zero() => Some(RBig::ONE),
        Function::Sigmoid if value.is_zero() => Some(RBig::from_parts(1.into(), 2u8.into())),
        Function::Log if value.is_one() => Some(RBig::ZERO),
        Function::Tanh if value.is_zero() => Some(RBig::ZERO),
        Function::Sqrt if value.is_zero() || value.is_one() => Some(value.clone()),
        Function::Relu if value.sign() == Sign::Negative => Some(RBig::ZERO),
        Function::Relu => Some(value.clone()),
        Function::Sign if value.is_zero() => Some(RBig::ZERO),
        Function::Sign if value.sign() == Sign::Negative => Some(RBig::NEG_ONE),
        Function::Sign => Some(RBig::ONE),
        Function::Step if value.is_zero() => Some(RBig::from_parts(1.into(), 2u8.into())),
        Function::Step if value.sign() == Sign::Negative => Some(RBig::ZERO),
        Function::Step => Some(RBig::ONE),
        _ => None,
    }
}

/// `value ** exponent`, for small exponents and a base that is not zero when the exponent is negative.
fn integer_power(value: &RBig, exponent: i32) -> RBig {
    let base = if exponent < 0 { RBig::ONE / value } else { value.clone() };
    (0..exponent.unsigned_abs()).fold(RBig::ONE, |product, _| product * &base)
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

impl ops::Neg for Expr {
    type Output = Expr;

    fn neg(self) -> Expr {
        match self.node() {
            Node::Number(value, _) => Expr::rational(-value.clone()),
            Node::Neg(inner) => inner.clone(),
            Node::Sub(u, v) => v.clone() - u.clone(),
            _ => Expr::new(Node::Neg(self)),
        }
    }
}

impl ops::Add for Expr {
    type Output = Expr;

    fn add(self, other: Expr) -> Expr {
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        if let (Some(a), Some(b)) = (self.foldable(), other.foldable()) {
            return Expr::rational(a + b);
        }
        match (self.node(), other.node()) {
            (_, Node::Neg(v)) => self - v.clone(),
            (Node::Neg(u), _) => other - u.clone(),
            (_, Node::Number(value, _)) if value.sign() == Sign::Negative => {
                Expr::new(Node::Sub(self, Expr::rational(-value.clone())))
            }
            _ => Expr::new(Node::Add(self, other)),
        }
    }
}

impl ops::Sub for Expr {
    type Output = Expr;

    fn sub(self, other: Expr) -> Expr {
        if self.is_zero() {
            return -other;
        }
        if other.is_zero() {
            return self;
        }
        if let (Some(a), Some(b)) = (self.foldable(), other.foldable()) {
            return Expr::rational(a - b);
        }
        match other.node() {
            Node::Neg(v) => self + v.clone(),
            Node::Number(value, _) if value.sign() == Sign::Negative => {
                let positive = Expr::rational(-value.clone());
                self + positive
            }
            _ => Expr::new(Node::Sub(self, other)),
        }
    }
}

impl ops::Mul for Expr {
    type Output = Expr;

    fn mul(self, other: Expr) -> Expr {
        if self.is_zero() || other.is_zero() {
            return Expr::integer(0);
        }
        if self.is_one() {
            return other;
        }
        if other.is_one() {
            return self;
        }
        if self.is_minus_one() {
            return -other;
        }
        if other.is_minus_one() {
            return -self;
        }
        if let (Some(a), Some(b)) = (self.foldable(), other.foldable()) {
            return Expr::rational(a * b);
        }
        match (self.node(), other.node()) {
            (Node::Neg(u), Node::Neg(v)) => u.clone() * v.clone(),
            (Node::Neg(u), _) => -(u.clone() * other),
            (_, Node::Neg(v)) => -(self * v.clone()),
            // Constants come first, so that `z * 2` and `2 * z` print and compare alike.
            (_, Node::Number(..)) => Expr::new(Node::Mul(other, self)),
            _ => Expr::new(Node::Mul(self, other)),
        }
    }
}

impl ops::Div for Expr {
    type Output = Expr;

    /// Division by the constant zero is kept as it is: it evaluates to no finite number and is reported there.
    fn div(self, other: Expr) -> Expr {
        if other.is_one() {
            return self;
        }
        if other.is_minus_one() {
            return -self;
        }
        if self.is_zero() && !other.is_zero() {
            return self;
        }
        if let (Some(a), Some(b)) = (self.foldable(), other.foldable())
            && !b.is_zero()
        {
            return Expr::rational(a / b);
        }
        match (self.node(), other.node()) {
            (Node::Neg(u), Node::Neg(v)) => u.clone() / v.clone(),
            (Node::Neg(u), _) => -(u.clone() / other),
            (_, Node::Neg(v)) => -(self / v.clone()),
            _ => Expr::new(Node::Div(self, other)),
        }
    }
}
