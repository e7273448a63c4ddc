//! `wasi:io`: streams that never wait.

use wasmtime::Result;
use wasmtime::component::{
    ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType,
};

use super::{Guest, interface};
use crate::component::limits::OUTPUT_BYTES_MAX;
use crate::component::state::State;

/// A stream to read from. There is one only, the standard input, and it is at its end.
pub(super) struct InputStream;

/// A stream to write to: the handle tells which.
pub(super) struct OutputStream;

/// Handle of the standard output.
pub(super) const STDOUT: u32 = 1;
/// Handle of the standard error.
pub(super) const STDERR: u32 = 2;

/// Something to wait for. Nothing here is ever waited for, so it is always ready.
pub(super) struct Pollable;

/// The reason of a failed stream. No stream here fails, so there is none.
pub(super) struct IoError;

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[allow(dead_code, reason = "a case of the interface; no stream here fails")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

type Streamed<T> = std::result::Result<T, StreamError>;

pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    let mut error = linker.instance(&interface("io/error"))?;
    error.resource("error", ResourceType::host::<IoError>(), |_, _| Ok(()))?;
    error.func_wrap(
        "[method]error.to-debug-string",
        |_: Guest<'_>, (_,): (Resource<IoError>,)| Ok((String::new(),)),
    )?;

    let mut poll = linker.instance(&interface("io/poll"))?;
    poll.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    poll.func_wrap("[method]pollable.ready", |_: Guest<'_>, (_,): (Resource<Pollable>,)| {
        Ok((true,))
    })?;
    poll.func_wrap("[method]pollable.block", |_: Guest<'_>, (_,): (Resource<Pollable>,)| Ok(()))?;
    poll.func_wrap("poll", |_: Guest<'_>, (asked,): (Vec<Resource<Pollable>>,)| {
        let ready = (0..).take(asked.len()).collect::<Vec<u32>>();
        Ok((ready,))
    })?;

    let mut streams = linker.instance(&interface("io/streams"))?;
    link_input(&mut streams)?;
    link_output(&mut streams)
}

fn link_input(streams: &mut LinkerInstance<'_, State>) -> Result<()> {
    type Asked = (Resource<InputStream>, u64);
    streams.resource("input-stream", ResourceType::host::<InputStream>(), |_, _| Ok(()))?;
    for name in ["read", "blocking-read"] {
        streams.func_wrap(&format!("[method]input-stream.{name}"), |_: Guest<'_>, _: Asked| {
            Ok((Streamed::<Vec<u8>>::Err(StreamError::Closed),))
        })?;
    }
    for name in ["skip", "blocking-skip"] {
        streams.func_wrap(&format!("[method]input-stream.{name}"), |_: Guest<'_>, _: Asked| {
            Ok((Streamed::<u64>::Err(StreamError::Closed),))
        })?;
    }
    streams.func_wrap(
        "[method]input-stream.subscribe",
        |_: Guest<'_>, (_,): (Resource<InputStream>,)| Ok((Resource::<Pollable>::new_own(0),)),
    )
}

fn link_output(streams: &mut LinkerInstance<'_, State>) -> Result<()> {
    type To = Resource<OutputStream>;
    streams.resource("output-stream", ResourceType::host::<OutputStream>(), |_, _| Ok(()))?;
    streams.func_wrap("[method]output-stream.check-write", |_: Guest<'_>, (_,): (To,)| {
        Ok((Streamed::Ok(OUTPUT_BYTES_MAX as u64),))
    })?;
    for name in ["write", "blocking-write-and-flush"] {
        streams.func_wrap(
            &format!("[method]output-stream.{name}"),
            |mut guest: Guest<'_>, (to, bytes): (To, Vec<u8>)| {
                write(guest.data_mut(), &to, &bytes);
                Ok((Streamed::Ok(()),))
            },
        )?;
    }
    for name in ["write-zeroes", "blocking-write-zeroes-and-flush"] {
        // Zeroes say nothing, so they are taken and not kept.
        streams.func_wrap(
            &format!("[method]output-stream.{name}"),
            |_: Guest<'_>, (_, _): (To, u64)| Ok((Streamed::Ok(()),)),
        )?;
    }
    for name in ["flush", "blocking-flush"] {
        streams
            .func_wrap(&format!("[method]output-stream.{name}"), |_: Guest<'_>, (_,): (To,)| {
                Ok((Streamed::Ok(()),))
            })?;
    }
    for name in ["splice", "blocking-splice"] {
        // The only input is at its end, so there is nothing to splice.
        type Splice = (To, Resource<InputStream>, u64);
        streams
            .func_wrap(&format!("[method]output-stream.{name}"), |_: Guest<'_>, _: Splice| {
                Ok((Streamed::<u64>::Err(StreamError::Closed),))
            })?;
    }
    streams.func_wrap("[method]output-stream.subscribe", |_: Guest<'_>, (_,): (To,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })
}

fn write(state: &mut State, to: &Resource<OutputStream>, bytes: &[u8]) {
    match to.rep() {
        STDERR => state.stderr.write(bytes),
        _ => state.stdout.write(bytes),
    }
}
