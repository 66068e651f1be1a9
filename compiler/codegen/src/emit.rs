//! A loop as machine code: two numbers at a time, the last ones singly.
//!
//! The function's arguments are a table of pointers to its vectors, its numbers, the output and the number of slots.
//! Additions stay in their order and nothing is contracted: cranelift rewrites no floating-point arithmetic.

use crate::code::{Code, Instruction};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, Signature, Type, Value, types,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::FunctionBuilder;

/// Bytes of a number.
const NUMBER: i64 = 8;
/// Numbers in a vector register of every supported processor.
const LANES: i64 = 2;
/// Loops up to this length do more slots per turn.
const SHORT: usize = 20;

/// The parameters of every loop.
pub(crate) fn signature(mut signature: Signature, pointer: Type) -> Signature {
    signature.params.extend([AbiParam::new(pointer); 4]);
    signature
}

/// Writes the body of a function with [`signature`].
pub(crate) fn emit(code: &Code, mut builder: FunctionBuilder<'_>, target: TargetFrontendConfig) {
    let pointer = target.pointer_type();
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let arguments: Vec<Value> = builder.block_params(entry).to_vec();
    let [streams, scalars, output, count] = arguments[..] else { return };
    let mut emitter = Emitter::new(&mut builder, pointer, output);
    emitter.streams =
        (0..code.streams).map(|k| emitter.load(pointer, streams, i64::from(k) * NUMBER)).collect();
    emitter.scalars =
        (0..code.scalars).map(|k| emitter.load(types::F64, scalars, i64::from(k) * NUMBER)).collect();
    let turns = if code.instructions.len() <= SHORT { 4 } else { 2 };
    let end = emitter.builder.ins().imul_imm_s(count, NUMBER);
    let whole = emitter.builder.ins().band_imm_s(end, -(turns * LANES * NUMBER));
    let zero = emitter.builder.ins().iconst(pointer, 0);
    let rest = emitter.run(code, types::F64X2, turns, zero, whole);
    emitter.run(code, types::F64, 1, rest, end);
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
    builder.finalize(target);
}

struct Emitter<'a, 'f> {
    builder: &'a mut FunctionBuilder<'f>,
    pointer: Type,
    output: Value,
    streams: Vec<Value>,
    scalars: Vec<Value>,
}

impl<'a, 'f> Emitter<'a, 'f> {
    fn new(builder: &'a mut FunctionBuilder<'f>, pointer: Type, output: Value) -> Self {
        Self { builder, pointer, output, streams: Vec::new(), scalars: Vec::new() }
    }

    fn load(&mut self, ty: Type, base: Value, offset: i64) -> Value {
        // Vectors start at any number, so nothing is known about alignment.
        self.builder.ins().load(ty, MemFlagsData::new().with_notrap(), base, offset as i32)
    }

    /// A loop from byte `from` to byte `end`, `turns` registers per turn; returns where it ends. The current block
    /// afterwards is the one behind the loop.
    fn run(&mut self, code: &Code, ty: Type, turns: i64, from: Value, end: Value) -> Value {
        let (body, behind) = (self.builder.create_block(), self.builder.create_block());
        for block in [body, behind] {
            self.builder.append_block_param(block, self.pointer);
        }
        let constants = self.constants(code, ty);
        self.branch(from, end, body, behind);
        self.builder.switch_to_block(body);
        let at = self.builder.block_params(body)[0];
        for turn in 0..turns {
            self.slot(code, &constants, ty, at, turn * i64::from(ty.bytes()));
        }
        let next = self.builder.ins().iadd_imm_s(at, turns * i64::from(ty.bytes()));
        self.branch(next, end, body, behind);
        self.builder.switch_to_block(behind);
        self.builder.block_params(behind)[0]
    }

    /// On into the loop while there is something left.
    fn branch(&mut self, at: Value, end: Value, body: Block, behind: Block) {
        let left = self.builder.ins().icmp(IntCC::UnsignedLessThan, at, end);
        let here = [BlockArg::Value(at)];
        self.builder.ins().brif(left, body, &here, behind, &here);
    }

    /// Values of the instructions that do not depend on the slot.
    fn constants(&mut self, code: &Code, ty: Type) -> Vec<Option<Value>> {
        let constant = |this: &mut Self, instruction: &Instruction| {
            let number = match instruction {
                Instruction::Scalar(k) => this.scalars[usize::from(*k)],
                Instruction::Zero => this.builder.ins().f64const(0.0),
                _ => return None,
            };
            Some(if ty == types::F64 { number } else { this.builder.ins().splat(ty, number) })
        };
        code.instructions.iter().map(|i| constant(self, i)).collect()
    }

    /// The instructions for the slots at byte `at + offset`.
    fn slot(&mut self, code: &Code, constants: &[Option<Value>], ty: Type, at: Value, offset: i64) {
        let mut values: Vec<Value> = Vec::with_capacity(code.instructions.len());
        for (instruction, constant) in code.instructions.iter().zip(constants) {
            let of = |value: &u16| values[usize::from(*value)];
            let value = match (instruction, constant) {
                (_, Some(constant)) => *constant,
                (Instruction::Stream(k), _) => {
                    let base = self.builder.ins().iadd(self.streams[usize::from(*k)], at);
                    self.load(ty, base, offset)
                }
                (Instruction::Add(a, b), _) => self.builder.ins().fadd(of(a), of(b)),
                (Instruction::Sub(a, b), _) => self.builder.ins().fsub(of(a), of(b)),
                (Instruction::Mul(a, b), _) => self.builder.ins().fmul(of(a), of(b)),
                (Instruction::Neg(a), _) => self.builder.ins().fneg(of(a)),
                // Scalars and zeros are constants.
                (Instruction::Output | Instruction::Scalar(_) | Instruction::Zero, _) => {
                    let base = self.builder.ins().iadd(self.output, at);
                    self.load(ty, base, offset)
                }
            };
            values.push(value);
        }
        if let Some(result) = values.last() {
            let base = self.builder.ins().iadd(self.output, at);
            self.builder.ins().store(MemFlagsData::new().with_notrap(), *result, base, offset as i32);
        }
    }
}
