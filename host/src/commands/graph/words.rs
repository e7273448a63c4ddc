//! A pipeline as text that other programs draw: Mermaid and DOT.

use super::drawing::{Drawing, Edge, Node, NodeRole};

/// What stands in a node, line by line.
fn lines(node: &Node) -> Vec<String> {
    let mut lines = vec![node.id.clone()];
    if let Some(about) = &node.about {
        lines.push(about.clone());
    }
    lines.push(node.connector.clone());
    match (&node.switch, node.enabled) {
        (_, false) => lines.push("not enabled".to_owned()),
        (Some((name, on)), true) => {
            lines.push(format!("switch {name}: {}", if *on { "on" } else { "off" }));
        }
        (None, true) => {}
    }
    lines.extend(node.unread.iter().cloned());
    lines.extend(node.counts.clone());
    lines.retain(|line| !line.is_empty());
    lines
}

fn label(edge: &Edge) -> String {
    let ports = edge.ports();
    let kinds = (!edge.kinds.is_empty()).then(|| edge.kinds.join(", "));
    let parts: Vec<String> = ports.into_iter().chain(kinds).collect();
    parts.join(": ")
}

/// A flow chart in Mermaid's language.
pub(super) fn mermaid(drawing: &Drawing) -> String {
    let mut out = String::from("flowchart TD\n");
    if let Some(run) = &drawing.run {
        out.push_str(&format!("  %% {}\n", one_line(&run.words())));
    }
    for (index, node) in drawing.nodes.iter().enumerate() {
        let (open, close) = match node.role {
            NodeRole::Source => ("([", "])"),
            NodeRole::Transform => ("[", "]"),
            NodeRole::Sink => ("[[", "]]"),
            NodeRole::Directory => ("[(", ")]"),
        };
        let text: Vec<String> = lines(node).iter().map(|line| mermaid_text(line)).collect();
        out.push_str(&format!("  n{index}{open}\"{}\"{close}\n", text.join("<br/>")));
    }
    for edge in &drawing.edges {
        let way = if edge.looks_up || !edge.flows { "-.->" } else { "-->" };
        let label = match label(edge) {
            label if label.is_empty() => String::new(),
            label => format!("|\"{}\"|", mermaid_text(&label)),
        };
        out.push_str(&format!("  n{} {way}{label} n{}\n", edge.from, edge.to));
    }
    let off: Vec<String> = (0..drawing.nodes.len())
        .filter(|index| !drawing.nodes[*index].is_on)
        .map(|index| format!("n{index}"))
        .collect();
    if !off.is_empty() {
        out.push_str("  classDef off stroke-dasharray:4 4,opacity:0.6\n");
        out.push_str(&format!("  class {} off\n", off.join(",")));
    }
    out
}

/// Text within quotes: whatever may mean something to Mermaid, or to the HTML that it makes, is a number.
fn mermaid_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            letter if letter.is_alphanumeric() => out.push(letter),
            ' ' | '.' | ',' | ':' | '-' | '_' | '/' | '→' => out.push(letter),
            letter => out.push_str(&format!("#{};", u32::from(letter))),
        }
    }
    out
}

/// A graph in Graphviz' language.
pub(super) fn dot(drawing: &Drawing) -> String {
    let mut out = format!("digraph {} {{\n", dot_text(&drawing.title));
    out.push_str("  rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    if let Some(run) = &drawing.run {
        out.push_str(&format!("  label={};\n", dot_text(&run.words())));
    }
    for (index, node) in drawing.nodes.iter().enumerate() {
        let mut attributes = vec![format!("label={}", dot_text(&lines(node).join("\n")))];
        match node.role {
            NodeRole::Source => attributes.push("shape=ellipse".to_owned()),
            NodeRole::Directory => attributes.push("shape=cylinder".to_owned()),
            NodeRole::Transform | NodeRole::Sink => {}
        }
        if !node.is_on {
            attributes.push("style=\"rounded,dashed\", fontcolor=gray40".to_owned());
        }
        out.push_str(&format!("  n{index} [{}];\n", attributes.join(", ")));
    }
    for edge in &drawing.edges {
        let mut attributes = Vec::new();
        if !label(edge).is_empty() {
            attributes.push(format!("label={}", dot_text(&label(edge))));
        }
        if edge.looks_up {
            attributes.push("style=dashed".to_owned());
        } else if !edge.flows {
            attributes.push("style=dotted, color=gray40".to_owned());
        }
        let attributes = match attributes.is_empty() {
            true => String::new(),
            false => format!(" [{}]", attributes.join(", ")),
        };
        out.push_str(&format!("  n{} -> n{}{attributes};\n", edge.from, edge.to));
    }
    out.push_str("}\n");
    out
}

fn dot_text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
