//! A plan from the text that [`print`](mod@crate::print) makes of it. Whether it is sound says [`Plan::validate`].

use crate::constant::SlotVector;
use crate::host::HostProgram;
use crate::isa::read::{Names, read as operation};
use crate::layout::Layout;
use crate::params::{Params, Security};
use crate::parts::Headings;
use crate::plan::{CipherInput, CipherOutput, DataSpec, KeySet, LabelKind, Plan, ProgramInfo, ValueNames};
use crate::ranges::DeclaredRange;
use crate::reading::{Cursor, Lines, MAX_ITERATIONS, ReadError};
use crate::server::{Instr, Kind, Reg, Server, ValueInfo};
use crate::units::{Level, Scale};

/// Beyond these bits no number stands for a scale.
const MAX_SCALE_BITS: f64 = 1000.0;

/// The plan.
///
/// # Errors
/// The first line that is none of a plan.
pub fn read(text: &str) -> Result<Plan, ReadError> {
    let mut lines = Lines::of(text);
    let (format, info) = info(&mut lines)?;
    let params = params(&mut lines)?;
    let data = data(&mut lines.line("`data`")?)?;
    let (promised_bits, measured, balanced) = promise(&mut lines.line("`promise`")?)?;
    let mut ranges = Vec::new();
    while let Some(mut at) = lines.next_if("range ") {
        ranges.push(range(&mut at)?);
    }
    lines.line("`owner`")?.expect("owner")?;
    let owner = HostProgram::read(&mut lines)?;
    lines.line("`predict`")?.expect("predict")?;
    let predict = HostProgram::read(&mut lines)?;
    let mut state = Vec::new();
    while let Some(at) = lines.next_if("keep ") {
        state.push(at.rest().to_string());
    }
    let mut server = Server::default();
    while let Some(mut at) = lines.next_if("constant ") {
        at.numbered("c", server.constants.len())?;
        server.constants.push(SlotVector::read(&mut at, params.slots())?);
        at.end()?;
    }
    let mut scales = Vec::new();
    while let Some(mut at) = lines.next_if("scale ") {
        at.numbered("S", scales.len())?;
        at.expect("2^")?;
        let bits = at.finite("bits")?;
        at.end()?;
        if bits.abs() > MAX_SCALE_BITS {
            return Err(at.error(format!("at most {MAX_SCALE_BITS} bits")));
        }
        scales.push(Scale(bits.exp2()));
    }
    let mut inputs = Vec::new();
    while let Some(mut at) = lines.next_if("upload ") {
        inputs.push(input(&mut at, &params, &scales)?);
    }
    let mut keys = Vec::new();
    while let Some(mut at) = lines.next_if("key ") {
        let here = at;
        let name = at.before(" ")?;
        let key = name.parse().map_err(|()| here.error("a key"))?;
        keys.push((key, level(&mut at, &params)?));
        at.end()?;
    }
    let mut reader = Reader { server, inputs: &inputs, scales: &scales, params: &params };
    let mut headings = Headings::of(info.iterations);
    let (mut begun, mut outputs) = (false, Vec::new());
    loop {
        if let Some(mut at) = lines.next_if("reveal ") {
            outputs.push(reader.output(&mut at)?);
        } else if outputs.is_empty() && headings.next(&mut lines, reader.server.instrs.len())?.is_some() {
            begun = true;
        } else if let Some(at) = lines.next_if("r").filter(|_| begun && outputs.is_empty()) {
            reader.instruction(at)?;
        } else {
            break;
        }
    }
    lines.end()?;
    let mut server = reader.server;
    server.parts = headings.finish(server.instrs.len());
    let keys: KeySet = keys.into_iter().collect();
    Ok(Plan {
        format,
        params,
        data,
        ranges,
        owner,
        state,
        inputs,
        server,
        outputs,
        keys,
        promised_bits,
        measured,
        balanced,
        predict,
        info,
    })
}

fn info(lines: &mut Lines<'_>) -> Result<(u32, ProgramInfo), ReadError> {
    let mut at = lines.line("`plan`")?;
    at.expect("plan ")?;
    let name = at.until_last(" : ")?.rest().to_string();
    at.expect(" : ")?;
    at.expect("format ")?;
    let format = at.number("a number")?;
    at.expect(", ")?;
    let iterations = at.index("", MAX_ITERATIONS as usize)?;
    at.expect("iterations")?;
    let dims = at.all(|at| {
        let name = at.word("a dimension")?.to_string();
        at.expect("=")?;
        Ok((name, at.number("a size")?))
    })?;
    let memory = match lines.next_if("memory ") {
        Some(mut at) => Some(at.number("bytes").and_then(|bytes| at.end().map(|()| bytes))?),
        None => None,
    };
    let diverges = lines.next_if("diverges ").map(|at| at.rest().to_string());
    let values = ValueNames::default();
    Ok((format, ProgramInfo { name, dims, iterations, diverges, memory, values }))
}

/// Sizes in bits are shown, and follow from the primes.
fn params(lines: &mut Lines<'_>) -> Result<Params, ReadError> {
    let mut at = lines.line("`params`")?;
    at.expect("params ")?;
    let here = at;
    let claim = at.word("a security")?;
    let all = [Security::Insecure].into_iter().chain(Security::CLAIMS);
    let security = all.into_iter().find(|security| format!("{security:?}") == claim);
    let security = security.ok_or_else(|| here.error("a security"))?;
    at.expect("N=2^")?;
    let here = at;
    let log_n: u32 = at.number("a ring")?;
    if !(3..=17).contains(&log_n) {
        return Err(here.error("a ring from 3 to 17"));
    }
    for name in ["log2(Q)=", "log2(QP)="] {
        at.expect(name)?;
        at.word("bits")?;
    }
    at.expect("digit_limbs=")?;
    let digit_limbs = at.number("a number of primes")?;
    at.expect("fingerprint=")?;
    let primes = |lines: &mut Lines<'_>, name: &str| {
        let mut at = lines.line(format!("`{name}`"))?;
        at.expect(name)?;
        let primes = at.list("a prime")?;
        at.end().map(|()| primes)
    };
    let params = Params { log_n, q: primes(lines, "q")?, p: primes(lines, "p")?, digit_limbs, security };
    if params.q.is_empty() || at.rest() != params.fingerprint() {
        return Err(at.error("the fingerprint of the primes below"));
    }
    Ok(params)
}

fn data(at: &mut Cursor<'_>) -> Result<DataSpec, ReadError> {
    at.expect("data ")?;
    let features = at.word("features")?.to_string();
    let here = *at;
    let [rows, columns] = at.list("a number")?[..] else { return Err(here.error("rows and columns")) };
    let labels = at.word("labels")?.to_string();
    at.expect("[")?;
    let here = *at;
    let label_kind = match at.word("a kind of labels")? {
        "real" => LabelKind::Real,
        "binary" => LabelKind::Binary,
        count => {
            at.expect("classes")?;
            LabelKind::Classes(count.parse().map_err(|_| here.error("a number of classes"))?)
        }
    };
    at.expect("]")?;
    at.end()?;
    Ok(DataSpec { features, labels, rows, columns, label_kind })
}

fn promise(at: &mut Cursor<'_>) -> Result<(f64, bool, bool), ReadError> {
    at.expect("promise ")?;
    let bits = at.finite("bits")?;
    at.expect("bits")?;
    let (measured, balanced) = (at.take(", measured"), at.take(", balanced"));
    at.end()?;
    Ok((bits, measured, balanced))
}

fn range(at: &mut Cursor<'_>) -> Result<DeclaredRange, ReadError> {
    let mut before = at.until_last(" .. ")?;
    at.expect(" .. ")?;
    let name = before.until_last(" ")?.rest().to_string();
    before.expect(" ")?;
    let (lo, hi) = (before.number("a number")?, at.number("a number")?);
    before.end()?;
    at.end()?;
    Ok(DeclaredRange { name, lo, hi })
}

fn level(at: &mut Cursor<'_>, params: &Params) -> Result<Level, ReadError> {
    at.index("L", params.q.len()).map(Level)
}

fn scale(at: &mut Cursor<'_>, scales: &[Scale]) -> Result<Scale, ReadError> {
    Ok(scales[at.index("S", scales.len())? as usize])
}

fn input(at: &mut Cursor<'_>, params: &Params, scales: &[Scale]) -> Result<CipherInput, ReadError> {
    let (name, layout) = Layout::read_named(at, params.slots())?;
    at.expect("@")?;
    let (level, scale) = (level(at, params)?, scale(at, scales)?);
    at.expect("usual 2^")?;
    let usual = at.number("an exponent")?;
    at.expect("units ")?;
    let units = at.list("an exponent")?;
    at.end()?;
    Ok(CipherInput { name, layout, level, scale, usual, units })
}

/// The server's program as far as it is read.
struct Reader<'a> {
    server: Server,
    inputs: &'a [CipherInput],
    scales: &'a [Scale],
    params: &'a Params,
}

impl Reader<'_> {
    /// An instruction from the number of its first result on.
    fn instruction(&mut self, mut at: Cursor<'_>) -> Result<(), ReadError> {
        let next = |outputs: &[Reg]| (self.server.values.len() + outputs.len()) as Reg;
        let mut outputs: Vec<Reg> = Vec::new();
        while !at.take("=") {
            at.expect(&format!("{}{}", if outputs.is_empty() { "" } else { "r" }, next(&outputs)))?;
            outputs.push(next(&outputs));
        }
        let mut what = at.until_last(" : ")?;
        let (op, ciphers) = operation(&mut what, self)?;
        at.expect(" : ")?;
        let kind = if at.take("plain ") {
            Kind::Plain
        } else if at.take("extended ") {
            Kind::ExtendedPlain
        } else if at.rest().starts_with("ct") {
            Kind::Cipher { parts: at.index("ct", 4)? as u8 }
        } else {
            Kind::Cipher { parts: 2 }
        };
        at.expect("@")?;
        let level = level(&mut at, self.params)?;
        let here = at;
        let mut scales = at.all(|at| scale(at, self.scales))?;
        if let [one] = scales[..] {
            scales = vec![one; outputs.len()];
        }
        if scales.len() != outputs.len() {
            return Err(here.error("a scale of all results, or one of each"));
        }
        self.server.values.extend(scales.into_iter().map(|scale| ValueInfo { kind, level, scale }));
        self.server.instrs.push(Instr { op, ciphers, outputs });
        Ok(())
    }

    fn output(&self, at: &mut Cursor<'_>) -> Result<CipherOutput, ReadError> {
        let (name, layout) = Layout::read_named(at, self.params.slots())?;
        at.expect("=")?;
        let mut values = Vec::new();
        while !at.take(", ") {
            values.push(self.cipher(at)?);
        }
        let precision_bits = at.finite("bits")?;
        at.expect("bits, deviation ")?;
        let deviation = at.finite("a deviation")?;
        at.expect(", units ")?;
        let units = at.list("an exponent")?;
        at.end()?;
        Ok(CipherOutput { name, layout, values, precision_bits, units, deviation })
    }
}

impl Names for Reader<'_> {
    type Cipher = Reg;
    type Plain = Reg;

    fn cipher(&self, at: &mut Cursor<'_>) -> Result<Reg, ReadError> {
        at.index("r", self.server.values.len())
    }

    fn plain(&self, at: &mut Cursor<'_>) -> Result<Reg, ReadError> {
        self.cipher(at)
    }

    fn input(&self, name: &str) -> Option<u32> {
        self.inputs.iter().position(|input| input.name == name).map(|at| at as u32)
    }

    fn slots(&self) -> usize {
        self.params.slots()
    }
}
