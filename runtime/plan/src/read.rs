//! A plan from the text that [`print`](mod@crate::print) makes of it. Whether it is sound says [`Plan::validate`].
#![warn(clippy::wildcard_enum_match_arm)]

mod head;

use crate::constant::Constant;
use crate::host::HostProgram;
use crate::isa::read::{Names, read as operation};
use crate::layout::Layout;
use crate::params::Params;
use crate::parts::Headings;
use crate::plan::{CipherInput, CipherOutput, DataSpec, KeySet, Plan};
use crate::reading::{Cursor, Lines, ReadError};
use crate::server::{CarriedReg, Instr, Kind, Reg, Repeats, Server, ValueInfo};
use crate::tables::{Table, TableId, Tables};
use crate::units::{Level, Scale};
use std::collections::BTreeMap;

/// Beyond these bits no number stands for a scale.
const MAX_SCALE_BITS: f64 = 1000.0;

/// The plan.
///
/// # Errors
/// The first line that is none of a plan.
pub fn read(text: &str) -> Result<Plan, ReadError> {
    let mut lines = Lines::of(text);
    let (format, info) = head::info(&mut lines)?;
    let params = head::params(&mut lines)?;
    let mut at = lines.line("`data`")?;
    at.literal("data ")?;
    let data = DataSpec::read(&mut at)?;
    let (promised_bits, measured, balanced) = head::promise(&mut lines.line("`promise`")?)?;
    let mut ranges = Vec::new();
    while let Some(mut at) = lines.next_if("range ") {
        ranges.push(head::range(&mut at)?);
    }
    lines.line("`owner`")?.literal("owner")?;
    let owner = HostProgram::read(&mut lines)?;
    lines.line("`predict`")?.literal("predict")?;
    let predict = HostProgram::read(&mut lines)?;
    let mut state = Vec::new();
    while let Some(at) = lines.next_if("keep ") {
        state.push(at.rest().to_string());
    }
    let mut server = Server { tables: tables(&mut lines)?, ..Server::default() };
    while let Some(mut at) = lines.next_if("constant ") {
        at.numbered("c", server.constants.len())?;
        server.constants.push(Constant::read(&mut at, params.slots())?);
        at.end()?;
    }
    let mut scales = Vec::new();
    while let Some(mut at) = lines.next_if("scale ") {
        at.numbered("S", scales.len())?;
        at.literal("2^")?;
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
        } else if let Some(mut at) = lines.next_if("loop ").filter(|_| outputs.is_empty()) {
            reader.server.repeats = Some(repeats(&mut at, &mut lines)?);
            scales_of_runs(&mut lines, &mut reader.server.scales)?;
        } else if let Some(at) = lines.next_if("r").filter(|_| begun && outputs.is_empty()) {
            reader.instruction(at)?;
        } else {
            break;
        }
    }
    lines.end()?;
    let mut server = reader.server;
    let written = server.repeats.as_ref().map_or(info.iterations, |_| headings.last_iteration());
    server.parts = headings.finish(written, server.instrs.len());
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

/// What [`crate::print::tables`] shows.
///
/// # Errors
/// A line that is none of a table.
pub fn tables(lines: &mut Lines<'_>) -> Result<Tables, ReadError> {
    let mut tables = Tables::default();
    while let Some(mut at) = lines.next_if("table ") {
        at.numbered("t", tables.0.len())?;
        tables.0.push(if at.take("numbers") {
            Table::Numbers(at.list("a number")?)
        } else {
            at.literal("positions")?;
            Table::Positions(at.list("a position")?)
        });
        at.end()?;
    }
    Ok(tables)
}

/// What [`crate::print::loop_line`] shows after its first word: runs, the iteration that they begin with, and whether they end within one.
///
/// # Errors
/// Where something else is there.
pub fn loop_line(at: &mut Cursor<'_>) -> Result<(u32, u32, bool), ReadError> {
    let runs = at.number("a number of runs")?;
    at.literal("runs from iteration")?;
    let first = at.number("an iteration")?;
    let within = at.take("within one");
    at.end().map(|()| (runs, first, within))
}

fn repeats(at: &mut Cursor<'_>, lines: &mut Lines<'_>) -> Result<Repeats, ReadError> {
    let (runs, first, within) = loop_line(at)?;
    let mut carried = Vec::new();
    while let Some(mut at) = lines.next_if("carry ") {
        at.numbered("v", carried.len())?;
        let init = at.index("r", u32::MAX as usize)?;
        at.literal("then")?;
        carried.push(CarriedReg { init, next: at.index("r", u32::MAX as usize)? });
        at.end()?;
    }
    Ok(Repeats { first, runs, within, carried })
}

fn scales_of_runs(lines: &mut Lines<'_>, scales: &mut BTreeMap<Reg, TableId>) -> Result<(), ReadError> {
    while let Some(mut at) = lines.next_if("scales ") {
        let reg = at.index("r", u32::MAX as usize)?;
        scales.insert(reg, TableId(at.index("t", u32::MAX as usize)?));
        at.end()?;
    }
    Ok(())
}

fn level(at: &mut Cursor<'_>, params: &Params) -> Result<Level, ReadError> {
    at.index("L", params.q.len()).map(Level)
}

fn scale(at: &mut Cursor<'_>, scales: &[Scale]) -> Result<Scale, ReadError> {
    Ok(scales[at.index("S", scales.len())? as usize])
}

fn input(at: &mut Cursor<'_>, params: &Params, scales: &[Scale]) -> Result<CipherInput, ReadError> {
    let (name, layout) = Layout::read_named(at, params.slots())?;
    at.literal("@")?;
    let (level, scale) = (level(at, params)?, scale(at, scales)?);
    at.literal("usual 2^")?;
    let usual = at.number("an exponent")?;
    at.literal("units ")?;
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
            at.literal(&format!("{}{}", if outputs.is_empty() { "" } else { "r" }, next(&outputs)))?;
            outputs.push(next(&outputs));
        }
        let mut what = at.until_last(" : ")?;
        let (op, ciphers) = operation(&mut what, self)?;
        at.literal(" : ")?;
        let kind = if at.take("plain ") {
            Kind::Plain
        } else if at.take("extended ") {
            Kind::ExtendedPlain
        } else if at.rest().starts_with("ct") {
            Kind::Cipher { parts: at.index("ct", 4)? as u8 }
        } else {
            Kind::Cipher { parts: 2 }
        };
        at.literal("@")?;
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
        at.literal("=")?;
        let mut values = Vec::new();
        while !at.take(", ") {
            values.push(self.cipher(at)?);
        }
        let precision_bits = at.finite("bits")?;
        at.literal("bits, deviation ")?;
        let deviation = at.finite("a deviation")?;
        at.literal(", units ")?;
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
