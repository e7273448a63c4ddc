//! `penstock graph`: a picture of a pipeline.

mod drawing;
mod layout;
mod svg;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

use serde_json::{Value, json};

use super::args::{Arguments, GraphArgs, Picture};
use super::output::{Outcome, Screen};
use super::project;
use crate::report::codes;
use drawing::{Drawing, Edge, Node};

pub(super) fn graph(command: &GraphArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    match graph_within(command, arguments, screen) {
        Ok(()) => Outcome::Done,
        Err(outcome) => outcome,
    }
}

fn graph_within(
    command: &GraphArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<(), Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    screen.reports(&checked.warnings);
    let fault = |error: crate::store::StoreError| project::store_fault(&error, screen);
    // A pipeline that has not run yet has a picture all the same.
    let run = match arguments.store.is_file() {
        true => {
            project::look(arguments, screen)?.last_run(&checked.pipeline.name).map_err(fault)?
        }
        false => None,
    };
    let drawing = Drawing::of(&checked.pipeline, &catalogue, run.as_ref());
    let picture = match command.picture.unwrap_or_else(|| meant_by(command.output.as_deref())) {
        Picture::Mermaid => words::mermaid(&drawing),
        Picture::Dot => words::dot(&drawing),
        Picture::Svg => svg::svg(&drawing),
    };
    match &command.output {
        None => screen.say(picture.trim_end()),
        Some(file) => {
            write(file, &picture, screen)?;
            screen.say(&format!("the picture is in `{}`", file.display()));
        }
    }
    screen.give(&as_json(&drawing));
    Ok(())
}

/// The kind of picture that a file's ending tells.
fn meant_by(output: Option<&Path>) -> Picture {
    match output.and_then(Path::extension).and_then(|ending| ending.to_str()) {
        Some("svg") => Picture::Svg,
        Some("dot" | "gv") => Picture::Dot,
        _ => Picture::Mermaid,
    }
}

#[allow(clippy::disallowed_methods, reason = "a person names the file that the picture goes to")]
fn write(file: &Path, picture: &str, screen: &Screen) -> Result<(), Outcome> {
    std::fs::write(file, picture).map_err(|error| {
        let fact = format!("the picture cannot be written to `{}`: {error}", file.display());
        screen.fail(codes::FILE_UNWRITABLE, &fact, Some("name a file that you may write to"));
        Outcome::Surroundings
    })
}

fn as_json(drawing: &Drawing) -> Value {
    let node = |node: &Node| {
        json!({
            "id": node.id,
            "role": node.role.word(),
            "about": node.about,
            "connector": node.connector,
            "switch": node.switch.as_ref().map(|(name, on)| json!({ "name": name, "on": on })),
            "enabled": node.enabled,
            "on": node.is_on,
            "unread": node.unread,
            "counts": node.counts,
        })
    };
    let edge = |edge: &Edge| {
        json!({
            "from": drawing.nodes[edge.from].id,
            "to": drawing.nodes[edge.to].id,
            "output": edge.output,
            "input": edge.input,
            "kinds": edge.kinds,
            "looks_up": edge.looks_up,
            "flows": edge.flows,
        })
    };
    json!({
        "pipeline": drawing.title,
        "last_run": drawing.run,
        "nodes": drawing.nodes.iter().map(node).collect::<Vec<_>>(),
        "edges": drawing.edges.iter().map(edge).collect::<Vec<_>>(),
    })
}
