//! What people wait for while they edit: the check of a large project, and its test cases.

use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::figures::{Report, median};
use crate::product::Product;
use crate::spent::spend;
use crate::vendors::{Size, Vendors};

/// Pipelines of the project that is checked.
const PIPELINES: u32 = 200;
/// Cases that are played, each on a recording of its own.
const CASES: u32 = 100;
/// Orders of the recorded run.
const ORDERS: u32 = 25;
/// How often each is measured.
const ROUNDS: u32 = 5;

/// Measures.
///
/// # Errors
/// Whatever keeps it from an end; also a case that does not pass.
pub(crate) fn measure(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    check(product, report)?;
    test(product, report)
}

#[allow(clippy::disallowed_methods, reason = "a project is files")]
fn check(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let folder = product.whole("", |pipeline| pipeline)?;
    let file = folder.path().join("ecwid-vend.toml");
    let mut arguments = vec!["check".to_owned()];
    for number in 1..=PIPELINES {
        let name = format!("shop-{number}.toml");
        std::fs::copy(&file, folder.path().join(&name))?;
        arguments.push(name);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let command = product.with_connectors(folder.path(), &arguments);
    let said = folder.path().join("said");
    spend(&command, 1, &said)?;
    let rounds = (0..ROUNDS).map(|_| spend(&command, 1, &said)).collect::<Result<Vec<_>, _>>()?;
    let (wall, cpu) =
        (median(rounds.iter().map(|it| it.wall)), median(rounds.iter().map(|it| it.cpu)));
    report
        .line(&format!("`penstock check` of {PIPELINES} pipelines, warm code"), &in_ms(wall, cpu));
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a project is files")]
fn test(product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let vendors = Vendors::start(Size { orders: ORDERS, customers: 20 })?;
    let folder = product.project(&vendors.connections(), |pipeline| pipeline)?;
    let recorded = product
        .run(folder.path())
        .args(["--record", "recorded"])
        .output()
        .context("cannot start penstock")?;
    ensure!(recorded.status.success(), "{}", String::from_utf8_lossy(&recorded.stderr));
    for number in 1..=CASES {
        let name = format!("case-{number}");
        let made = product
            .with_connectors(
                folder.path(),
                &["case", "ecwid-vend.toml", &name, "--recording", "recorded"],
            )
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let accepted = product.with_connectors(folder.path(), &["test", "--accept"]).output()?;
    ensure!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stdout));
    let command = product.with_connectors(folder.path(), &["test"]);
    let said = folder.path().join("said");
    let rounds = (0..ROUNDS).map(|_| spend(&command, 1, &said)).collect::<Result<Vec<_>, _>>()?;
    let (wall, cpu) =
        (median(rounds.iter().map(|it| it.wall)), median(rounds.iter().map(|it| it.cpu)));
    report.line(
        &format!("`penstock test` of {CASES} cases, a recorded run of {ORDERS} orders each"),
        &in_ms(wall, cpu),
    );
    Ok(())
}

fn in_ms(wall: Duration, cpu: Duration) -> String {
    format!("{:.0} ms, {:.0} ms of CPU", wall.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3)
}
