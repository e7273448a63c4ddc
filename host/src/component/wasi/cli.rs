//! `wasi:cli`: a program's surroundings, of which a guest has none.

use wasmtime::Result;
use wasmtime::component::{Linker, Resource, ResourceType};

use super::io::{InputStream, OutputStream, STDERR, STDOUT};
use super::{Guest, interface};
use crate::component::state::{HostFault, State};

struct TerminalInput;
struct TerminalOutput;

pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    let mut environment = linker.instance(&interface("cli/environment"))?;
    environment.func_wrap("get-environment", |_: Guest<'_>, (): ()| {
        Ok((Vec::<(String, String)>::new(),))
    })?;
    environment.func_wrap("get-arguments", |_: Guest<'_>, (): ()| Ok((Vec::<String>::new(),)))?;
    environment.func_wrap("initial-cwd", |_: Guest<'_>, (): ()| Ok((None::<String>,)))?;

    let mut exit = linker.instance(&interface("cli/exit"))?;
    exit.func_wrap("exit", |_: Guest<'_>, (_,): (Result<(), ()>,)| -> Result<()> {
        Err(HostFault::Exit.into())
    })?;
    exit.func_wrap("exit-with-code", |_: Guest<'_>, (_,): (u8,)| -> Result<()> {
        Err(HostFault::Exit.into())
    })?;

    linker.instance(&interface("cli/stdin"))?.func_wrap("get-stdin", |_: Guest<'_>, (): ()| {
        Ok((Resource::<InputStream>::new_own(0),))
    })?;
    for (name, handle) in [("stdout", STDOUT), ("stderr", STDERR)] {
        linker
            .instance(&interface(&format!("cli/{name}")))?
            .func_wrap(&format!("get-{name}"), move |_: Guest<'_>, (): ()| {
                Ok((Resource::<OutputStream>::new_own(handle),))
            })?;
    }
    link_terminals(linker)
}

/// No stream is a terminal.
fn link_terminals(linker: &mut Linker<State>) -> Result<()> {
    linker.instance(&interface("cli/terminal-input"))?.resource(
        "terminal-input",
        ResourceType::host::<TerminalInput>(),
        |_, _| Ok(()),
    )?;
    linker.instance(&interface("cli/terminal-output"))?.resource(
        "terminal-output",
        ResourceType::host::<TerminalOutput>(),
        |_, _| Ok(()),
    )?;
    linker
        .instance(&interface("cli/terminal-stdin"))?
        .func_wrap("get-terminal-stdin", |_: Guest<'_>, (): ()| {
            Ok((None::<Resource<TerminalInput>>,))
        })?;
    for name in ["stdout", "stderr"] {
        linker
            .instance(&interface(&format!("cli/terminal-{name}")))?
            .func_wrap(&format!("get-terminal-{name}"), |_: Guest<'_>, (): ()| {
                Ok((None::<Resource<TerminalOutput>>,))
            })?;
    }
    Ok(())
}
