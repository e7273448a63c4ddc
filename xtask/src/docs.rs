//! The pages of the book that are made, not written.

use std::process::ExitCode;

/// Writes the page of each connector.
pub(crate) fn docs() -> anyhow::Result<ExitCode> {
    let connectors = xtask::connectors()?;
    let penstock = xtask::penstock()?;
    let folder = xtask::pages::folder();
    std::fs::create_dir_all(&folder)?;
    for (name, page) in xtask::pages::pages(&penstock, &connectors)? {
        let place = folder.join(name);
        std::fs::write(&place, page)?;
        println!("{}", place.display());
    }
    Ok(ExitCode::SUCCESS)
}
