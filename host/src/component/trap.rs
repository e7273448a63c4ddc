//! From the engine's error to a report that a person can use.

use wasmtime::{Error, Trap, WasmBacktrace};

use super::call::Call;
use super::error::{CallError, Limit, TrapReport};
use super::limits::{
    FRAMES_SHOWN_MAX, HANDLES_MAX, KEYS_SHOWN_MAX, NAME_BYTES_MAX, PANIC_BYTES_MAX,
    STACK_BYTES_MAX, TRACE_FRAMES_MAX,
};
use super::state::{HostFault, State};
use crate::record::one_line;

/// Beginnings of the names of functions that belong to a guest's language and its libraries, not to its author.
const LIBRARY_FUNCTIONS: [&str; 19] = [
    "__",
    "_initialize",
    "_start",
    "abort",
    "alloc::",
    "cabi_",
    "core::",
    "dlmalloc::",
    "exports::",
    "hashbrown::",
    "indirect-",
    "memcpy",
    "memmove",
    "memset",
    "rust_",
    "std::",
    "wasi",
    "wasip2::",
    "wit_bindgen::",
];

/// The keys of the batch that a call was given: the first few, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Keys {
    shown: Vec<String>,
    total: usize,
}

impl Keys {
    pub(super) fn of<'a>(keys: impl ExactSizeIterator<Item = &'a String>) -> Self {
        Self { total: keys.len(), shown: keys.take(KEYS_SHOWN_MAX).cloned().collect() }
    }
}

/// What ended a call, from the engine's error and from what the host saw of the guest.
pub(super) fn explain(error: &Error, state: &mut State, keys: Keys) -> CallError {
    let connector = state.declared.name.clone();
    let call = state.call();
    let (stdout, stderr) = (state.stdout.take(), state.stderr.take());
    let report = |cause: String| {
        Box::new(TrapReport {
            connector: connector.clone(),
            call,
            cause,
            said: last_words(&stderr),
            frames: frames(error),
            keys: keys.shown.clone(),
            keys_total: keys.total,
            trace: format!(
                "{error:?}\n--- standard error\n{stderr}\n--- standard output\n{stdout}"
            ),
        })
    };
    if let Some(limit) = limit_of(error, state) {
        return CallError::Limit { limit, report: report(limit.to_string()) };
    }
    match error.downcast_ref::<HostFault>() {
        Some(HostFault::Faulty(rule)) => CallError::Faulty { connector, call, rule: rule.clone() },
        Some(HostFault::Host(message)) => {
            CallError::Host { connector, call, message: message.clone() }
        }
        Some(fault) => CallError::Trap(report(fault.to_string())),
        None => CallError::Trap(report(cause(error, &stderr))),
    }
}

/// The report on a call that was refused before it began.
pub(super) fn not_called(connector: &str, call: Call, limit: Limit) -> CallError {
    let report = TrapReport {
        connector: connector.to_owned(),
        call,
        cause: limit.to_string(),
        said: None,
        frames: Vec::new(),
        keys: Vec::new(),
        keys_total: 0,
        trace: String::new(),
    };
    CallError::Limit { limit, report: Box::new(report) }
}

/// The bound that ended the call, if it was one.
fn limit_of(error: &Error, state: &State) -> Option<Limit> {
    if let Some(HostFault::Limit(limit)) = error.downcast_ref::<HostFault>() {
        return Some(*limit);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => return Some(Limit::Stack { bytes_max: STACK_BYTES_MAX }),
        // A guest that gets no memory aborts, so what was denied is what ended it.
        Some(Trap::UnreachableCodeReached) | None => {}
        Some(_) => return None,
    }
    if let Some(denied) = state.limiter.denied() {
        return Some(denied);
    }
    // These three have no type of their own in the engine, only their words. A test holds each.
    let words = error.root_cause().to_string();
    if words.contains("fuel allocated for hostcalls") {
        return Some(Limit::Crossing { bytes_max: state.limits.crossing_bytes });
    }
    if words.contains("handle limit exceeded") {
        return Some(Limit::Handles { count_max: HANDLES_MAX });
    }
    if words.contains("resource limit exceeded") {
        return Some(Limit::CoreInstances { count_max: state.limits.core_instances });
    }
    None
}

/// Why a guest stopped, in plain words.
fn cause(error: &Error, stderr: &str) -> String {
    let words = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) if stderr.contains("panicked at") => "it panicked",
        Some(Trap::UnreachableCodeReached) => "it aborted",
        // A Rust guest keeps part of its stack in its memory, so that an endless recursion may show as this.
        Some(Trap::MemoryOutOfBounds) if is_deep(error) => {
            "its calls nest too deep, or it reached outside its memory"
        }
        Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned) => "it reached outside its memory",
        Some(Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature) => {
            "it called a function that does not exist"
        }
        Some(Trap::IntegerDivisionByZero) => "it divided by zero",
        Some(Trap::IntegerOverflow | Trap::BadConversionToInteger) => {
            "a number was too large for its type"
        }
        _ => return one_line(&error.root_cause().to_string(), PANIC_BYTES_MAX),
    };
    words.to_owned()
}

/// Whether there are more frames than a backtrace keeps.
fn is_deep(error: &Error) -> bool {
    error
        .downcast_ref::<WasmBacktrace>()
        .is_some_and(|backtrace| backtrace.frames().len() >= TRACE_FRAMES_MAX)
}

/// The text of the last panic, or else the end of what was written.
fn last_words(stderr: &str) -> Option<String> {
    let from = stderr.rfind("panicked at").unwrap_or_else(|| {
        let start = stderr.len().saturating_sub(PANIC_BYTES_MAX);
        stderr.ceil_char_boundary(start)
    });
    let words = stderr[from..]
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE"))
        .collect::<Vec<_>>()
        .join(" ");
    match words.is_empty() {
        true => None,
        false => Some(one_line(&words, PANIC_BYTES_MAX)),
    }
}

/// The guest's own functions, innermost first. A function that calls itself stands there once, with the number.
fn frames(error: &Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let own =
        backtrace.frames().iter().filter_map(|frame| frame.func_name()).filter_map(own_function);
    let mut frames: Vec<(String, usize)> = Vec::new();
    for name in own {
        match frames.last_mut() {
            Some((last, times)) if *last == name => *times += 1,
            _ => frames.push((name, 1)),
        }
    }
    frames
        .into_iter()
        .take(FRAMES_SHOWN_MAX)
        .map(
            |(name, times)| {
                if times > 1 { format!("`{name}` ({times} times)") } else { format!("`{name}`") }
            },
        )
        .collect()
}

/// The readable name of a function that the guest's author wrote, and none of any other.
fn own_function(name: &str) -> Option<String> {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    // A method reads `<type as trait>::method`; whose it is, the type tells.
    let owner = name.trim_start_matches(['<', '&']);
    let library = LIBRARY_FUNCTIONS.iter().any(|beginning| owner.starts_with(beginning));
    // What calls an export's function is generated, and bears the contract's name: `...transform@0.1.0#apply`.
    let generated = name.contains('#') || name.contains("::_export_");
    (!library && !generated).then(|| one_line(&without_trait(&name), NAME_BYTES_MAX))
}

/// `rule::<impl acme::Guest for rule::Acme>::apply` is `rule::apply` to its author.
fn without_trait(name: &str) -> String {
    match (name.find("<impl "), name.rfind(">::")) {
        (Some(from), Some(to)) if from < to => {
            format!("{}{}", &name[..from], &name[to + ">::".len()..])
        }
        _ => name.to_owned(),
    }
}
