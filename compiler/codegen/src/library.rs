//! Machine code in memory, and the only place that calls it.

use crate::code::{Code, MAX_SCALARS, MAX_STREAMS};
use crate::emit;
use crate::error::CodegenError;
use cranelift_codegen::ir::UserFuncName;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, default_libcall_names};
use std::fmt::Display;
use std::sync::Mutex;

/// A loop: vectors, numbers, output, number of slots.
type Function = unsafe extern "C" fn(*const *const f64, *const f64, *mut f64, usize);

/// A loop that can be called.
struct Entry {
    function: Function,
    streams: usize,
    scalars: usize,
}

/// The loops of a program, by position.
pub(crate) struct Library {
    entries: Vec<Entry>,
    /// Owns the code. Never locked: the lock only makes a library shareable between threads.
    module: Mutex<Option<JITModule>>,
}

impl Library {
    /// Compiles loops for this processor.
    pub fn compile(codes: &[Code]) -> Result<Self, CodegenError> {
        let mut module = module()?;
        let ids = codes.iter().map(|code| define(&mut module, code)).collect::<Result<Vec<_>, _>>()?;
        module.finalize_definitions().map_err(failed)?;
        let entries = codes.iter().zip(ids).map(|(code, id)| entry(&module, code, id)).collect();
        Ok(Self { entries, module: Mutex::new(Some(module)) })
    }

    /// Number of loops.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Runs loop number `code` over all slots of `output`.
    ///
    /// # Panics
    /// When there are fewer vectors or numbers than the loop reads, or a vector is shorter than the output: a mistake
    /// of this crate, which must not become an access outside of memory.
    pub fn call(&self, code: usize, streams: &[&[f64]], scalars: &[f64], output: &mut [f64]) {
        let entry = &self.entries[code];
        assert!(
            streams.len() == entry.streams && scalars.len() == entry.scalars,
            "arguments of another loop"
        );
        let mut pointers = [std::ptr::null(); MAX_STREAMS];
        for (pointer, stream) in pointers.iter_mut().zip(streams) {
            assert!(stream.len() >= output.len(), "a vector ends before the loop");
            *pointer = stream.as_ptr();
        }
        #[allow(unsafe_code, reason = "the code was written at run time")]
        // SAFETY: `function` was compiled from a `Code` with the signature of `Function`, and `module` keeps it in
        // memory as long as `self` lives. It reads as many table entries and numbers as `Code` counts, which are
        // given; of each vector it reads, and of the output it reads and writes, `output.len()` numbers, which are
        // there. The output is borrowed mutably, so no vector overlaps it.
        unsafe {
            (entry.function)(pointers.as_ptr(), scalars.as_ptr(), output.as_mut_ptr(), output.len());
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        let module = self.module.get_mut().map(Option::take);
        if let Ok(Some(module)) = module {
            // SAFETY: functions are called through `&self` only, so none is running, and the entries go with `self`.
            #[allow(unsafe_code, reason = "cranelift cannot know who still has pointers to its code")]
            unsafe {
                module.free_memory();
            }
        }
    }
}

fn failed(error: impl Display) -> CodegenError {
    CodegenError::Generator(error.to_string())
}

fn module() -> Result<JITModule, CodegenError> {
    let mut flags = settings::builder();
    for (name, value) in [("opt_level", "speed"), ("is_pic", "false"), ("use_colocated_libcalls", "false")] {
        flags.set(name, value).map_err(failed)?;
    }
    let isa = cranelift_native::builder().map_err(|e| CodegenError::Processor(e.to_string()))?;
    let isa = isa.finish(settings::Flags::new(flags)).map_err(failed)?;
    Ok(JITModule::new(JITBuilder::with_isa(isa, default_libcall_names())))
}

fn define(module: &mut JITModule, code: &Code) -> Result<FuncId, CodegenError> {
    if usize::from(code.streams) > MAX_STREAMS || usize::from(code.scalars) > MAX_SCALARS {
        return Err(CodegenError::Generator("a loop reads too many vectors".into()));
    }
    let target = module.target_config();
    let mut context = module.make_context();
    context.func.signature = emit::signature(module.make_signature(), target.pointer_type());
    let id = module.declare_anonymous_function(&context.func.signature).map_err(failed)?;
    context.func.name = UserFuncName::user(0, id.as_u32());
    let mut scratch = FunctionBuilderContext::new();
    emit::emit(code, FunctionBuilder::new(&mut context.func, &mut scratch), target);
    module.define_function(id, &mut context).map_err(|e| failed(format!("{e:?}")))?;
    Ok(id)
}

fn entry(module: &JITModule, code: &Code, id: FuncId) -> Entry {
    let address = module.get_finalized_function(id);
    // SAFETY: the address is that of a finalized function, which was declared with the signature of `Function`: four
    // arguments of pointer size in the calling convention of the host, and no result.
    #[allow(unsafe_code, reason = "an address becomes a function")]
    let function = unsafe { std::mem::transmute::<*const u8, Function>(address) };
    Entry { function, streams: usize::from(code.streams), scalars: usize::from(code.scalars) }
}
