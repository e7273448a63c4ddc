//! From sound stages to the pipeline that the engine runs.

use std::path::PathBuf;

use super::connections::Checked;
use super::flow::Feeds;
use super::joints::Link;
use super::stages::CheckedStage;
use super::switches::Switches;
use crate::pipeline::{Joint, Pipeline, Role, Stage, StageIndex};

/// How the stages hang together.
pub(super) struct Graph<'a> {
    pub links: &'a [Link],
    /// Each stage after all that feed it.
    pub order: &'a [usize],
    pub feeds: &'a Feeds,
}

impl Graph<'_> {
    /// A stage's place in the order.
    fn place(&self, stage: usize) -> StageIndex {
        self.order.iter().position(|known| *known == stage).unwrap_or(stage)
    }

    /// The joints that lead out of a stage, in the order of the file.
    fn joints(&self, stage: usize) -> Vec<Joint> {
        let mut links: Vec<&Link> = self.links.iter().filter(|link| link.from == stage).collect();
        links.sort_by_key(|link| link.at);
        links
            .into_iter()
            .map(|link| Joint {
                from: link.from_port.clone(),
                to: self.place(link.to),
                input: link.input.clone(),
            })
            .collect()
    }

    /// The sources that feed an input port of a stage; nothing where none does.
    fn sources(&self, stage: usize, port: &str) -> Option<Vec<StageIndex>> {
        let mut feeds = self.feeds.iter();
        let (_, sources) = feeds.find(|((of, fed), _)| *of == stage && fed == port)?;
        let mut sources: Vec<_> = sources.iter().map(|source| self.place(*source)).collect();
        sources.sort_unstable();
        Some(sources)
    }
}

/// The pipeline. `None` where a part is missing, which is so only after a fault was told.
pub(super) fn lower(
    stages: Vec<CheckedStage<'_>>,
    graph: &Graph<'_>,
    connections: Vec<Checked>,
    switches: &Switches,
) -> Option<Pipeline> {
    let mut stages: Vec<Option<Stage>> = stages
        .into_iter()
        .enumerate()
        .map(|(index, stage)| lower_stage(index, stage, graph))
        .collect();
    let stages = graph
        .order
        .iter()
        .map(|index| stages.get_mut(*index)?.take())
        .collect::<Option<Vec<_>>>()?;
    let connections =
        connections.into_iter().map(|checked| checked.built).collect::<Option<Vec<_>>>()?;
    // `read` knows the file, and sets both.
    let (name, file) = (String::new(), PathBuf::new());
    Some(Pipeline { name, file, switches: switches.states(), connections, stages })
}

fn lower_stage(index: usize, stage: CheckedStage<'_>, graph: &Graph<'_>) -> Option<Stage> {
    let mut role = stage.role?;
    if let Role::Transform(transform) = &mut role {
        transform.inputs.retain_mut(|input| {
            let sources = graph.sources(index, &input.port);
            let is_fed = sources.is_some();
            input.sources = sources.unwrap_or_default();
            is_fed
        });
    }
    Some(Stage {
        id: stage.raw.id.as_ref()?.value.clone(),
        enabled: stage.raw.enabled,
        switch: stage.raw.switch.as_ref().map(|switch| switch.value.clone()),
        role,
        joints: graph.joints(index),
    })
}
