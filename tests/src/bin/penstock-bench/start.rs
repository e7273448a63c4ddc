//! What it costs to start, with compiled code in the cache.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;

use crate::figures::{Report, median};
use crate::product::Product;
use crate::spent::{self, spend};
use crate::vendors::connections;

/// How often each is started.
const STARTS: u32 = 20;

/// Measures.
///
/// # Errors
/// Whatever keeps it from an end.
pub(crate) fn measure(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    // Nobody answers: the start ends with the first request.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let connections = connections(&format!("{address}/api/v3/1003"), &format!("{address}/api"));
    let folder = product.project(&connections, |pipeline| pipeline)?;
    let mut starts = Vec::new();
    for _ in 0..=STARTS {
        let began = spent::now();
        let mut command = product.run(folder.path());
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()?;
        let connected = listener.accept();
        let start = (spent::now() - began, spent::threads_cpu(child.id()));
        child.kill()?;
        child.wait()?;
        drop(connected.context("the first request")?);
        starts.push((start.0, start.1?));
    }
    // The first one compiles the components.
    let (cold_wall, cold_cpu) = starts.remove(0);
    report.line(
        "start of `penstock run` to its first request, components compiled anew",
        &in_ms(cold_wall, cold_cpu),
    );
    let wall = median(starts.iter().map(|start| start.0));
    let cpu = median(starts.iter().map(|start| start.1));
    report.line("the same, compiled code in the cache", &in_ms(wall, cpu));

    let vend = product.connectors.join("vend.wasm");
    let inspect = product.command(folder.path(), &["inspect", &vend.to_string_lossy()]);
    let said = folder.path().join("said");
    spend(&inspect, 1, &said)?;
    let spent = spend(&inspect, STARTS, &said)?;
    report.line(
        "`penstock inspect`, whole, compiled code in the cache",
        &in_ms(spent.wall / STARTS, spent.cpu / STARTS),
    );
    Ok(())
}

fn in_ms(wall: Duration, cpu: Duration) -> String {
    format!("{:.1} ms, {:.1} ms of CPU", wall.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3)
}
