//! What a rule answers in an audit.

use super::{Check, Declared, declared_name, delay};
use crate::contract::{Accord, Standing};

/// One standing for each pair. A counter that differs is at an input of the descriptor.
pub(in crate::component) fn standings(
    declared: &Declared,
    asked: usize,
    standings: &[Standing],
) -> Check {
    if asked != standings.len() {
        return Err(format!("{asked} pairs were given, and {} standings came", standings.len()));
    }
    standings.iter().try_for_each(|standing| match &standing.accord {
        Accord::Wait(pause) => delay(pause.after_ms, "wait"),
        Accord::Reread(pause) => delay(pause.after_ms, "reread"),
        Accord::Differing(difference) => {
            declared_name(&declared.inputs, &difference.input, "input")
        }
        Accord::InStep | Accord::Settling(_) | Accord::NotFollowed(_) | Accord::Quarantined(_) => {
            Ok(())
        }
    })
}
