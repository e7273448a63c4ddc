//! WASI 0.2 for guests, with nothing granted.
//!
//! What the language libraries of guests ask for as a matter of course is here, and gives nothing away: no
//! environment, no arguments, an empty standard input, an output that becomes the connector's log, clocks that stand
//! still during a call, random numbers drawn from a seed. None of it blocks and none of it leaves this module, so a
//! guest's run depends on what the host gave it and on nothing else. [`refused`] links files, sockets and HTTP.

mod cli;
mod io;
pub(super) mod refused;
mod time_and_chance;

use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut};

use super::state::State;

/// Version of the interfaces here. Guests built for any other 0.2 find them too.
const VERSION: &str = "0.2.6";

/// The interfaces that are given.
const GIVEN: [&str; 18] = [
    "io/error",
    "io/poll",
    "io/streams",
    "cli/environment",
    "cli/exit",
    "cli/stdin",
    "cli/stdout",
    "cli/stderr",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "cli/terminal-stderr",
    "clocks/monotonic-clock",
    "clocks/wall-clock",
    "random/random",
    "random/insecure",
    "random/insecure-seed",
];

type Guest<'a> = StoreContextMut<'a, State>;

/// Links what is given to every guest.
pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    io::link(linker)?;
    cli::link(linker)?;
    time_and_chance::link(linker)
}

/// Whether this import is one of those that are given.
pub(super) fn is_given(import: &str) -> bool {
    let Some((name, version)) = import.strip_prefix("wasi:").and_then(|name| name.split_once('@'))
    else {
        return false;
    };
    version.starts_with("0.2.") && GIVEN.contains(&name)
}

/// The name of an interface, with our version.
fn interface(name: &str) -> String {
    format!("wasi:{name}@{VERSION}")
}
