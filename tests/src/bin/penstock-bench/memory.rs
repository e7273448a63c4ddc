//! Whether memory grows with the number of orders.

use jiff::{SignedDuration, Timestamp};
use penstock_simulators::serve::real_now_ms;

use crate::end_to_end::read;
use crate::figures::Report;
use crate::product::Product;
use crate::spent::spend;
use crate::vendors::{Size, Vendors};

/// Orders of the small and of the large run. The shop's documented limit of requests, which the product keeps to,
/// makes two minutes of the large one.
pub(crate) const ORDERS: &[u32] = &[10_000, 100_000];

/// Orders of a run that is made only when it is asked for: the same limit makes it last some twenty minutes.
pub(crate) const ORDERS_LONG: &[u32] = &[1_000_000];

/// The shop's orders spread over 30 days; those of this last part of them are posted: one in a hundred.
const POSTED: SignedDuration = SignedDuration::from_mins(30 * 24 * 60 / 100);

/// Measures.
///
/// # Errors
/// Whatever keeps it from an end.
pub(crate) fn measure(product: &Product, report: &mut Report, sizes: &[u32]) -> anyhow::Result<()> {
    let from = (Timestamp::from_millisecond(real_now_ms())? - POSTED).to_string();
    for &orders in sizes {
        let vendors = Vendors::start(Size { orders, customers: 10_000 })?;
        let folder = product.project(&vendors.connections(), |pipeline| {
            let all = "options = { payment_status = [\"paid\"] }";
            pipeline.replace(
                all,
                &format!("options = {{ payment_status = [\"paid\"], placed_from = \"{from}\" }}"),
            )
        })?;
        let said = folder.path().join("said.json");
        // Compiling the components takes more memory than a run, and some of it is not given back.
        spend(&product.with_connectors(folder.path(), &["check", "ecwid-vend.toml"]), 1, &said)?;
        let spent = spend(&product.run(folder.path()), 1, &said)?;
        let run = read(&said)?;
        let store =
            folder.path().join(".penstock/store.db").metadata().map_or(0, |file| file.len());
        report.line(
            &format!("memory: {orders} orders, one in a hundred of them posted"),
            &format!(
                "at most {} MiB held; {} read, {} posted; {:.1} s of CPU; {} MiB of store",
                spent.peak_bytes >> 20,
                run["stages"]["orders"]["read"],
                run["stages"]["sales"]["applied"]["created"],
                spent.cpu.as_secs_f64(),
                store >> 20,
            ),
        );
    }
    Ok(())
}
