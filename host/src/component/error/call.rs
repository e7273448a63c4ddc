//! Why a call gave nothing.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::component::call::{Call, Role};
use crate::contract::{Failure, OptionFault};
use crate::report::{Code, codes};

/// Why an instance could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The connector doesn't take these options.
    #[error("connector `{connector}` rejected its options")]
    Options {
        /// The connector's name.
        connector: String,
        /// What is wrong with them, and where.
        faults: Vec<OptionFault>,
    },
    /// It could not be made, described or asked.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Why a call gave nothing.
///
/// The message is the fact; [`code`](Self::code), [`notes`](Self::notes) and [`hint`](Self::hint) are the rest of a
/// report. What the engine does next hangs on the case.
#[derive(Debug, Error)]
pub enum CallError {
    /// The guest stopped by itself: it panicked, or its code did what no code may. The instance is dead. The batch is
    /// to be halved until the one entry that does it is found.
    #[error("connector `{}` stopped in `{}`: {}", .0.connector, .0.call, .0.cause)]
    Trap(Box<TrapReport>),
    /// A bound was reached. The instance is dead, except where the bound was on what goes into the call.
    #[error("connector `{}` was stopped in `{}`: {limit}", report.connector, report.call)]
    Limit {
        /// The bound.
        limit: Limit,
        /// Where the guest was.
        report: Box<TrapReport>,
    },
    /// The instance was stopped in an earlier call, and takes no more.
    #[error("this instance of connector `{connector}` takes no more calls")]
    Dead {
        /// The connector's name.
        connector: String,
        /// The message of the error that ended it.
        cause: String,
    },
    /// The component hasn't got the role that this call belongs to.
    #[error("connector `{connector}` has no `{call}`: it does not take the role `{}`", role_name(*call))]
    NoRole {
        /// The connector's name.
        connector: String,
        /// The call.
        call: Call,
    },
    /// The connector answered that the call can't go on, in the contract's own terms.
    #[error("{}", failure_text(.0))]
    Failed(Failure),
    /// The connector did or answered something that the contract forbids. Nothing of the answer is used.
    #[error("connector `{connector}` broke the contract in `{call}`: {rule}")]
    Faulty {
        /// The connector's name.
        connector: String,
        /// The call.
        call: Call,
        /// What it did, and what the contract wants.
        rule: String,
    },
    /// The host itself could not go on: its store is gone, say. The instance is dead.
    #[error("the host could not answer connector `{connector}` in `{call}`: {message}")]
    Host {
        /// The connector's name.
        connector: String,
        /// The call.
        call: Call,
        /// What the services said.
        message: String,
    },
}

/// A bound that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`CallLimits::computing`](crate::component::CallLimits::computing).
    Computing(Duration),
    /// [`CallLimits::waiting`](crate::component::CallLimits::waiting).
    Waiting(Duration),
    /// [`CallLimits::host_calls`](crate::component::CallLimits::host_calls).
    HostCalls(u32),
    /// [`CallLimits::memory_bytes`](crate::component::CallLimits::memory_bytes).
    Memory {
        /// The bound.
        bytes_max: usize,
        /// What the guest would have had.
        bytes_wanted: usize,
    },
    /// [`CallLimits::table_elements`](crate::component::CallLimits::table_elements).
    Tables {
        /// The bound.
        elements_max: usize,
    },
    /// [`CallLimits::core_instances`](crate::component::CallLimits::core_instances).
    CoreInstances {
        /// The bound.
        count_max: usize,
    },
    /// [`STACK_BYTES_MAX`](crate::component::limits::STACK_BYTES_MAX).
    Stack {
        /// The bound.
        bytes_max: usize,
    },
    /// [`CallLimits::crossing_bytes`](crate::component::CallLimits::crossing_bytes).
    Crossing {
        /// The bound.
        bytes_max: usize,
    },
    /// [`RANDOM_BYTES_MAX`](crate::component::limits::RANDOM_BYTES_MAX).
    Random {
        /// The bound.
        bytes_max: u64,
    },
    /// [`HANDLES_MAX`](crate::component::limits::HANDLES_MAX).
    Handles {
        /// The bound.
        count_max: usize,
    },
    /// [`CallLimits::staged_bytes`](crate::component::CallLimits::staged_bytes).
    Staged {
        /// The bound.
        bytes_max: usize,
    },
    /// [`CallLimits::entries`](crate::component::CallLimits::entries): the caller gave too many.
    EntriesIn {
        /// How many there were.
        count: usize,
        /// The bound.
        count_max: usize,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Computing(bound) => {
                write!(f, "it computed for more than {} ms", bound.as_millis())
            }
            Self::Waiting(bound) => {
                write!(f, "its reads and look-ups took more than {} ms", bound.as_millis())
            }
            Self::HostCalls(count_max) => {
                write!(f, "it asked the host more than {count_max} times")
            }
            Self::Memory { bytes_max, bytes_wanted } => {
                write!(
                    f,
                    "it wanted {} of memory, and has at most {}",
                    bytes(*bytes_wanted),
                    bytes(*bytes_max)
                )
            }
            Self::Tables { elements_max } => {
                write!(f, "its tables would have more than {elements_max} elements")
            }
            Self::CoreInstances { count_max } => {
                write!(f, "it is made of more than {count_max} core instances")
            }
            Self::Stack { bytes_max } => {
                write!(f, "its calls nest deeper than {} of stack", bytes(*bytes_max))
            }
            Self::Crossing { bytes_max } => {
                write!(f, "it handed over more than {} at once", bytes(*bytes_max))
            }
            Self::Random { bytes_max } => {
                write!(f, "it wanted more than {bytes_max} random bytes at once")
            }
            Self::Staged { bytes_max } => {
                write!(f, "it wanted to remember more than {} in one call", bytes(*bytes_max))
            }
            Self::Handles { count_max } => write!(f, "it holds more than {count_max} handles"),
            Self::EntriesIn { count, count_max } => {
                write!(f, "it was given {count} entries, and takes {count_max}")
            }
        }
    }
}

/// Where and why a guest stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrapReport {
    /// The connector's name.
    pub connector: String,
    /// The call it was in.
    pub call: Call,
    /// Why, in plain words.
    pub cause: String,
    /// Its last words: the text of a panic, or the end of what it wrote to its standard error.
    pub said: Option<String>,
    /// The guest's own functions, innermost first, without those of the language's libraries.
    pub frames: Vec<String>,
    /// Keys of the batch it was given, the first few.
    pub keys: Vec<String>,
    /// How many entries the batch had.
    pub keys_total: usize,
    /// Everything there is, for the debug level: all frames, and all that it wrote.
    pub trace: String,
}

impl CallError {
    /// Stable name of this kind of fault.
    pub fn code(&self) -> Code {
        match self {
            Self::Trap(_) => codes::CONNECTOR_TRAPPED,
            Self::Limit { .. } => codes::CONNECTOR_LIMIT,
            Self::Dead { .. } => codes::CONNECTOR_DEAD,
            Self::NoRole { .. } => codes::ROLE_MISSING,
            Self::Failed(Failure::RetryAfter(_)) => codes::CONNECTOR_RETRY_AFTER,
            Self::Failed(Failure::Unauthorized(_)) => codes::CONNECTOR_UNAUTHORIZED,
            Self::Failed(Failure::Misconfigured(_)) => codes::CONNECTOR_MISCONFIGURED,
            Self::Failed(Failure::Unexpected(_)) => codes::CONNECTOR_UNEXPECTED,
            Self::Faulty { .. } => codes::CONNECTOR_FAULTY,
            Self::Host { .. } => codes::HOST_STOPPED,
        }
    }

    /// Facts that are needed to decide what to do.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Trap(report) | Self::Limit { report, .. } => {
                report.facts().into_iter().chain(report.given()).collect()
            }
            Self::Dead { cause, .. } => vec![format!("it ended before: {cause}")],
            Self::Faulty { .. } => vec!["nothing of its answer was used".to_owned()],
            _ => Vec::new(),
        }
    }

    /// The same without the keys of the batch, for where entries bear the reason themselves: what stops at each of a
    /// hundred is one reason.
    pub fn facts(&self) -> Vec<String> {
        match self {
            Self::Trap(report) | Self::Limit { report, .. } => report.facts(),
            error => error.notes(),
        }
    }

    /// What to do, where there is a sure cure.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRole { call, .. } => Some(format!(
                "name a connector that exports `penstock:connector/{}`",
                role_name(*call)
            )),
            _ => None,
        }
    }
}

impl TrapReport {
    /// What is known of the fault itself, one fact a line.
    fn facts(&self) -> Vec<String> {
        let said = self.said.as_ref().map(|said| format!("it said: {said}"));
        let frames =
            (!self.frames.is_empty()).then(|| format!("in {}", self.frames.join(", called by ")));
        said.into_iter().chain(frames).collect()
    }

    /// The batch that it was given.
    fn given(&self) -> Option<String> {
        if self.keys.is_empty() {
            return None;
        }
        let named = self.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let more = self.keys_total - self.keys.len().min(self.keys_total);
        Some(match more {
            0 => format!("it was given {named}"),
            more => format!("it was given {named} and {more} more"),
        })
    }
}

/// The interface that a call belongs to.
fn role_name(call: Call) -> &'static str {
    call.role().map_or("connector", Role::interface)
}

fn failure_text(failure: &Failure) -> String {
    match failure {
        Failure::RetryAfter(ms) => format!("to be called again in {ms} ms"),
        Failure::Unauthorized(why) => format!("not authorized: {why}"),
        Failure::Misconfigured(why) => format!("misconfigured: {why}"),
        Failure::Unexpected(why) => format!("unexpected answer: {why}"),
    }
}

/// A size as people read it, rounded up.
fn bytes(count: usize) -> String {
    match count {
        _ if count >= 1 << 20 => format!("{} MiB", count.div_ceil(1 << 20)),
        _ if count >= 1 << 10 => format!("{} KiB", count.div_ceil(1 << 10)),
        _ => format!("{count} bytes"),
    }
}
