//! What a rule answers.

use super::{Check, Declared, count, declared_name, delay, entry, key, kind, kind_name, shown};
use crate::contract::{Entry, Output, Payload, Verdict};

/// One verdict for each entry, and what goes on goes by a port of the descriptor that takes its kind.
pub(in crate::component) fn verdicts(
    declared: &Declared,
    asked: &[Entry],
    verdicts: &[Verdict],
    outputs_max: usize,
) -> Check {
    if asked.len() != verdicts.len() {
        return Err(format!(
            "{} entries were given, and {} verdicts came",
            asked.len(),
            verdicts.len()
        ));
    }
    let mut outputs = 0;
    for (given, verdict) in asked.iter().zip(verdicts) {
        match verdict {
            Verdict::Pass(port) => goes_by(declared, port, &given.payload)?,
            Verdict::Forward(forwarded) if forwarded.is_empty() => {
                return Err(format!(
                    "`{}` is forwarded as nothing: what is not wanted is filtered",
                    given.key
                ));
            }
            Verdict::Forward(forwarded) => {
                outputs += forwarded.len();
                count(outputs, outputs_max, "entries in one call")?;
                forwarded.iter().try_for_each(|one| output(declared, one))?;
            }
            Verdict::Filter(_) | Verdict::Reject(_) => {}
            Verdict::Wait(ms) => delay(*ms, "wait")?,
            Verdict::WaitFor(horizon) => declared_name(&declared.inputs, &horizon.input, "input")?,
            Verdict::Reread(ms) => delay(*ms, "reread")?,
        }
    }
    Ok(())
}

fn output(declared: &Declared, output: &Output) -> Check {
    entry(&output.entry)?;
    output.after.iter().try_for_each(|after| key(after, "a key in `after`"))?;
    if output.after.contains(&output.entry.key) {
        return Err(format!("`{}` is to come after itself", output.entry.key));
    }
    goes_by(declared, &output.port, &output.entry.payload)
}

fn goes_by(declared: &Declared, port: &str, payload: &Payload) -> Check {
    let Some(kinds) = declared.outputs.get(port) else {
        return Err(format!(
            "it names the output `{}`, which the descriptor does not declare",
            shown(port)
        ));
    };
    let given = kind(payload);
    match kinds.contains(&given) {
        true => Ok(()),
        false => {
            Err(format!("a `{}` goes out by `{port}`, which does not take it", kind_name(given)))
        }
    }
}
