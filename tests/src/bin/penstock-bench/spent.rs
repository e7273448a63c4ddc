//! What processes spent: CPU time, wall-clock time and memory, as the kernel tells.
//!
//! CPU time is what counts: it is the same on a loaded machine, more or less, while wall-clock time is not.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

/// Length of a tick of `/proc/PID/stat`. Linux shows every program a hundred of them a second.
const TICK: Duration = Duration::from_millis(10);

/// How often a child's memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// User and system time of this process with all its threads.
pub(crate) fn cpu() -> anyhow::Result<Duration> {
    let [user, system, _, _] = ticks("self")?;
    Ok(TICK * (user + system))
}

/// What a command spent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// User and system time, of all times it was run.
    pub(crate) cpu: Duration,
    /// From its start to its end, of all times it was run.
    pub(crate) wall: Duration,
    /// The most memory that it held, as far as looking every 20 ms shows. Zero for what ended sooner.
    pub(crate) peak_bytes: u64,
}

/// Runs a command to its end some times over, in a process of its own that waits for it: what a process spent is known
/// to the one that waited, and to nobody else. What the last run printed is in the file `said`.
///
/// # Errors
/// It cannot be started, or fails.
pub(crate) fn spend(command: &Command, times: u32, said: &Path) -> anyhow::Result<Spent> {
    let mut waiter = Command::new(me()?);
    waiter
        .arg("--spend")
        .arg(times.to_string())
        .arg(said)
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        waiter.current_dir(folder);
    }
    waiter.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = waiter.stderr(std::process::Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{command:?} failed");
    let told: Value = serde_json::from_slice(&output.stdout).context("what a command spent")?;
    let number = |name: &str| told[name].as_u64().with_context(|| format!("`{name}` is missing"));
    Ok(Spent {
        cpu: Duration::from_millis(number("cpu_ms")?),
        wall: Duration::from_micros(number("wall_us")?),
        peak_bytes: number("peak_bytes")?,
    })
}

/// This program's file.
///
/// # Errors
/// The system does not tell.
#[allow(clippy::disallowed_methods, reason = "it starts itself in other roles")]
pub(crate) fn me() -> anyhow::Result<std::path::PathBuf> {
    Ok(std::env::current_exe()?)
}

/// The other side of [`spend`]: `TIMES SAID PROGRAM ARGUMENTS…`. Prints one line of JSON.
///
/// # Errors
/// As of [`spend`].
pub(crate) fn wait_for(arguments: &[String]) -> anyhow::Result<Value> {
    let [times, said, program, arguments @ ..] = arguments else {
        anyhow::bail!("`--spend` lacks arguments")
    };
    let times: u32 = times.parse()?;
    let (mut wall, mut peak_bytes) = (Duration::ZERO, 0);
    for _ in 0..times {
        let mut command = Command::new(program);
        command.args(arguments).stdout(create(said)?);
        let began = now();
        let mut child = command.spawn().with_context(|| format!("cannot start `{program}`"))?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            peak_bytes = peak_bytes.max(held_bytes(child.id()));
            std::thread::sleep(LOOK.min(now() - began));
        };
        wall += now() - began;
        ensure!(status.success(), "`{program}` ended with {status}");
    }
    let [_, _, user, system] = ticks("self")?;
    let cpu_ms = (TICK * (user + system)).as_millis();
    Ok(json!({ "cpu_ms": cpu_ms, "wall_us": wall.as_micros(), "peak_bytes": peak_bytes }))
}

#[allow(clippy::disallowed_methods, reason = "what was said goes to a file of the benchmark's own")]
fn create(path: &str) -> anyhow::Result<std::fs::File> {
    Ok(std::fs::File::create(path)?)
}

/// The time, for durations.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// User and system time of a process, and of the children that it waited for, in ticks.
#[allow(clippy::disallowed_methods, reason = "the kernel tells by files")]
fn ticks(process: &str) -> anyhow::Result<[u32; 4]> {
    let path = format!("/proc/{process}/stat");
    let stat = std::fs::read_to_string(&path)
        .with_context(|| format!("{path}: the benchmarks need Linux"))?;
    // The second field is the program's name in brackets, which may hold anything.
    let (_, rest) = stat.rsplit_once(')').context("the form of /proc/PID/stat")?;
    let fields: Vec<u32> =
        rest.split_whitespace().skip(11).take(4).map_while(|field| field.parse().ok()).collect();
    fields.try_into().ok().context("the form of /proc/PID/stat")
}

/// The most memory that a process held so far; zero once it has ended.
#[allow(clippy::disallowed_methods, reason = "the kernel tells by files")]
fn held_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// What the threads of a running process have computed so far, to the microsecond and finer.
///
/// # Errors
/// The process has ended.
#[allow(clippy::disallowed_methods, reason = "the kernel tells by files")]
pub(crate) fn threads_cpu(process: u32) -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in
        std::fs::read_dir(format!("/proc/{process}/task")).context("the process has ended")?
    {
        // A thread may end between the listing and the reading.
        let Ok(stat) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        let nanos = stat.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
        sum += Duration::from_nanos(nanos.unwrap_or(0));
    }
    Ok(sum)
}
