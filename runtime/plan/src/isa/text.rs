//! An operation as text: its name, then what it reads. `a<<3` is a turned by 3, `a*b` a product; sums of products that are made together
//! stand in parentheses.

use super::{Ciphers, Half, Op, Plains, Switch};
use crate::print::rounded;
use crate::tables::PerRun;
use crate::units::Factor;

/// Of an operation on ciphertexts that are called so; `plain` calls a vector and `input` an upload by a name.
#[must_use]
pub fn text<P>(
    op: &Op<P>,
    ciphers: &[String],
    plain: impl Fn(&P) -> String,
    input: impl Fn(u32) -> String,
) -> String {
    let row = op.row();
    let mut plains = Vec::new();
    let _ = op.map(|p| plains.push(plain(p)));
    let turns = if row.switch == Switch::Turns { op.turns() } else { vec![] };
    let term = |at: usize| {
        let step = turns.get(at).filter(|(_, step)| !step.is_zero()).map(|(_, step)| format!("<<{step}"));
        let factor = plains.get(at).filter(|_| matches!(row.plains, Plains::Each(_)));
        let factor = factor.map(|plain| format!("*{plain}"));
        format!("{}{}{}", ciphers[at], step.unwrap_or_default(), factor.unwrap_or_default())
    };
    let terms = |range: std::ops::Range<usize>| range.map(term).collect::<Vec<_>>().join(" ");
    let operands = match (op, row.ciphers) {
        (Op::Input { input: number, block }, _) => format!("{}[{}]", input(*number), position(block)),
        (Op::Carried { index } | Op::Final { index }, _) => format!("v{index}"),
        (Op::Select(of_run), _) => format!("{} by {}", ciphers.join(" "), position(of_run)),
        (Op::Refresh { shape, results }, _) => {
            let results: Vec<String> = results.iter().map(half).collect();
            format!("{} by {shape} {}", ciphers.join(" "), results.join(" "))
        }
        (Op::Encode { constant }, _) => format!("c{constant}"),
        (Op::Rotate(steps), _) => {
            let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
            format!("{} by {}", ciphers.join(" "), steps.join(" "))
        }
        (Op::SetScale(factor), _) => format!("{} by {}", ciphers.join(" "), number(factor)),
        (Op::HoistedProducts(sums), _) => {
            let sum = |number| format!("({})", terms(op.terms(number, ciphers.len())));
            (0..sums.len()).map(sum).collect::<Vec<_>>().join(" ")
        }
        (_, Ciphers::Pairs) => ciphers.chunks(2).map(|pair| pair.join("*")).collect::<Vec<_>>().join(" "),
        (_, Ciphers::Terms(_)) => terms(0..ciphers.len()),
        (_, Ciphers::Just(_) | Ciphers::Some) => {
            ciphers.iter().chain(&plains).cloned().collect::<Vec<_>>().join(" ")
        }
    };
    format!("{} {operands}", row.name)
}

fn position(of_run: &PerRun<u32>) -> String {
    match of_run {
        PerRun::Always(position) => position.to_string(),
        PerRun::Table(table) => table.to_string(),
    }
}

/// A number that values are multiplied by.
#[must_use]
pub fn number(of_run: &PerRun<Factor>) -> String {
    match of_run {
        PerRun::Always(factor) => rounded(factor.value()).to_string(),
        PerRun::Table(table) => table.to_string(),
    }
}

fn half(half: &Half) -> String {
    match half {
        Half::Re => "re".into(),
        Half::Im => "im".into(),
        Half::Both { log_slots } => format!("both{log_slots}"),
    }
}
