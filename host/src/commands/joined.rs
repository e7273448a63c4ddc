//! The transform of a pipeline that joins counters, for the commands that are about them.

use super::output::{Outcome, Screen};
use crate::pipeline::{ConnectionIndex, Input, Pipeline, Role, StageIndex, Transform};
use crate::report::codes;

/// A transform that joins counters.
pub(super) struct Joined {
    pub(super) index: StageIndex,
    /// Its id.
    pub(super) stage: String,
    pub(super) left: End,
    pub(super) right: End,
}

/// One of the two inputs that it joins.
pub(super) struct End {
    /// The input's name.
    pub(super) port: String,
    /// The sources that tell its levels; there is one at least.
    pub(super) sources: Vec<StageIndex>,
    /// The connection of the first of them.
    pub(super) connection: ConnectionIndex,
}

/// The transform that is meant: the only one, or the one of that id.
pub(super) fn joint(
    pipeline: &Pipeline,
    named: Option<&str>,
    screen: &Screen,
) -> Result<Joined, Outcome> {
    let stages = pipeline.stages.iter().enumerate();
    let meant = stages.filter(|(_, stage)| named.is_none_or(|named| stage.id == named));
    let joining: Vec<Joined> = meant
        .filter_map(|(index, stage)| {
            let Role::Transform(transform) = &stage.role else { return None };
            let (left, right) = transform.links.as_ref()?;
            let (left, right) = (end(pipeline, transform, left)?, end(pipeline, transform, right)?);
            Some(Joined { index, stage: stage.id.clone(), left, right })
        })
        .collect();
    let names: Vec<&str> = joining.iter().map(|joining| joining.stage.as_str()).collect();
    let (fact, hint) = match (joining.len(), named) {
        (1, _) => return joining.into_iter().next().ok_or(Outcome::File),
        (0, Some(named)) => (
            format!("the stage `{named}` joins no counters"),
            "name a transform that does, such as one of `stock-delta`".to_owned(),
        ),
        (0, None) => (
            "no stage of this pipeline joins counters".to_owned(),
            "add a transform that does, such as one of `stock-delta`".to_owned(),
        ),
        _ => (
            "several stages of this pipeline join counters".to_owned(),
            format!("name one with `--stage`: {}", names.join(", ")),
        ),
    };
    screen.fail(codes::LINKS_STAGE, &fact, Some(&hint));
    Err(Outcome::File)
}

fn end(pipeline: &Pipeline, transform: &Transform, port: &str) -> Option<End> {
    let Input { sources, .. } = transform.inputs.iter().find(|input| input.port == port)?;
    let connection = match &pipeline.stages.get(*sources.first()?)?.role {
        Role::Source(source) => source.connection,
        _ => return None,
    };
    Some(End { port: port.to_owned(), sources: sources.clone(), connection })
}
