//! `wasi:clocks` and `wasi:random`: the host's time, which stands still during a call, and numbers drawn from a seed.

use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, Linker, Lower, Resource};

use super::io::Pollable;
use super::{Guest, interface};
use crate::component::error::Limit;
use crate::component::limits::RANDOM_BYTES_MAX;
use crate::component::state::{HostFault, State};

const MS_PER_SECOND: i64 = 1_000;
const NS_PER_MS: i64 = 1_000_000;

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    link_clocks(linker)?;
    link_random(linker)
}

fn link_clocks(linker: &mut Linker<State>) -> Result<()> {
    let mut wall = linker.instance(&interface("clocks/wall-clock"))?;
    wall.func_wrap("now", |guest: Guest<'_>, (): ()| Ok((datetime(guest.data().now),)))?;
    wall.func_wrap("resolution", |_: Guest<'_>, (): ()| Ok((datetime(1),)))?;

    let mut monotonic = linker.instance(&interface("clocks/monotonic-clock"))?;
    monotonic.func_wrap("now", |guest: Guest<'_>, (): ()| {
        Ok((u64::try_from(guest.data().now.saturating_mul(NS_PER_MS)).unwrap_or(0),))
    })?;
    monotonic.func_wrap("resolution", |_: Guest<'_>, (): ()| Ok((NS_PER_MS.unsigned_abs(),)))?;
    for name in ["subscribe-instant", "subscribe-duration"] {
        monotonic.func_wrap(name, |_: Guest<'_>, (_,): (u64,)| {
            Ok((Resource::<Pollable>::new_own(0),))
        })?;
    }
    Ok(())
}

fn link_random(linker: &mut Linker<State>) -> Result<()> {
    for (name, prefix) in [("random", ""), ("insecure", "insecure-")] {
        let mut random = linker.instance(&interface(&format!("random/{name}")))?;
        random.func_wrap(
            &format!("get-{prefix}random-bytes"),
            |mut guest: Guest<'_>, (count,): (u64,)| {
                if count > RANDOM_BYTES_MAX {
                    return Err(
                        HostFault::Limit(Limit::Random { bytes_max: RANDOM_BYTES_MAX }).into()
                    );
                }
                Ok((guest.data_mut().random.bytes(count as usize),))
            },
        )?;
        random.func_wrap(&format!("get-{prefix}random-u64"), |mut guest: Guest<'_>, (): ()| {
            Ok((guest.data_mut().random.next_u64(),))
        })?;
    }
    let mut seed = linker.instance(&interface("random/insecure-seed"))?;
    seed.func_wrap("insecure-seed", |mut guest: Guest<'_>, (): ()| {
        let random = &mut guest.data_mut().random;
        Ok(((random.next_u64(), random.next_u64()),))
    })
}

/// Before 1970 there is no WASI time, so it begins there.
fn datetime(now_ms: i64) -> Datetime {
    let now_ms = now_ms.max(0);
    let ms = (now_ms % MS_PER_SECOND) * NS_PER_MS;
    Datetime {
        seconds: (now_ms / MS_PER_SECOND).unsigned_abs(),
        nanoseconds: u32::try_from(ms).unwrap_or(0),
    }
}
