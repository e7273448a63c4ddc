//! The engine: [`step`] decides, the [`driver`] does.
//!
//! [`Engine::step`] is a pure function over one closed event type. It does no I/O, reads no clock and draws no random
//! number, so a whole run can be simulated from a seed.

pub mod driver;
mod effect;
mod event;
mod step;
mod summary;
mod unwritten;

pub mod limits;

pub use effect::{Effect, Ended, Recalled, Stop, Whose};
pub use event::{Answer, Event, Fault, PulledEntry, PulledPage, Started};
pub use step::{Engine, Mode, Options};
pub use summary::{StageCounts, Summary};
pub use unwritten::{Unwritten, Why};

use sha2::{Digest, Sha256};

use crate::record::hex;
use crate::store::WriteRow;

/// Digest of what a write does: its action and its request, with ids that were resolved put back to tokens, so that
/// a plan and the run that follows it agree.
pub fn plan_digest(row: &WriteRow) -> String {
    let request = &row.write.request;
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let mut text = format!(
        "{:?}\n{}\n{:?}\n{}\n{:?}\n{:?}\n{body}",
        row.write.action,
        request.endpoint,
        request.method,
        request.path,
        request.query,
        request.headers
    );
    for intake in row.intakes.iter() {
        for pair in &intake.resolved {
            text = text.replace(&pair.value, &pair.name);
        }
    }
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
