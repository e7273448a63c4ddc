//! A pipeline as a drawing of its own: SVG, without anything from elsewhere.

use super::drawing::{Drawing, Edge, Node, NodeRole};
use super::layout::{Path, Point, Size, Way, layout};
use crate::record::xml_text;

/// Space around the drawing.
const MARGIN: f64 = 36.0;
/// Space within a card, at its sides.
const PAD: f64 = 16.0;
/// No line of a card is wider than this; it goes on in the next one.
const TEXT_WIDTH_MAX: f64 = 252.0;
const CARD_WIDTH_MIN: f64 = 190.0;
/// Height of a line of text.
const LINE: f64 = 17.0;
const LABEL_LINE: f64 = 14.0;
const NAME_SIZE: f64 = 15.0;
const TEXT_SIZE: f64 = 12.0;
const LABEL_SIZE: f64 = 11.5;
const TITLE_SIZE: f64 = 24.0;
const HEAD: f64 = 62.0;
const FOOT: f64 = 44.0;

const STYLE: &str = "
  svg { --paper: #faf9f5; --card: #ffffff; --ink: #1c2430; --soft: #566070; --line: #c9ccd1; --way: #7b8594;
    --source: #2563a8; --transform: #7b4fa6; --sink: #1f7a58; --directory: #94691b; --on: #1f9d6b; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14181f; --card: #1d232d; --ink: #eceff4; --soft: #a3adbb; --line: #3b4554; --way: #8591a3;
      --source: #6ea8e6; --transform: #bd97e4; --sink: #58c195; --directory: #d9b064; --on: #45cf98; }
  }
  text { font-family: 'Inter', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; fill: var(--ink); }
  .paper { fill: var(--paper); }
  .card { fill: var(--card); stroke: var(--line); stroke-width: 1.2; }
  .off .card { stroke-dasharray: 5 4; }
  .off text, .off .mark { opacity: 0.62; }
  .directory .card { fill: none; stroke: var(--directory); stroke-dasharray: 5 4; }
  .source .mark { fill: var(--source); } .source .role { fill: var(--source); }
  .transform .mark { fill: var(--transform); } .transform .role { fill: var(--transform); }
  .sink .mark { fill: var(--sink); } .sink .role { fill: var(--sink); }
  .directory .mark { fill: none; } .directory .role { fill: var(--directory); }
  .title { font-size: 24px; font-weight: 650; letter-spacing: -0.2px; }
  .name { font-size: 15px; font-weight: 650; }
  .role { font-size: 9.5px; font-weight: 600; letter-spacing: 0.9px; }
  .text { font-size: 12px; fill: var(--soft); }
  .count { font-size: 12px; font-variant-numeric: tabular-nums; }
  .unread { font-size: 12px; font-style: italic; fill: var(--soft); }
  .rule { stroke: var(--line); stroke-width: 1; }
  .lamp { fill: var(--on); } .lamp.dark { fill: none; stroke: var(--soft); stroke-width: 1.4; }
  .way { fill: none; stroke: var(--way); stroke-width: 1.7; }
  .way.looks { stroke-dasharray: 6 4; stroke: var(--directory); }
  .way.still { stroke-dasharray: 1.5 5; stroke-linecap: round; }
  .tip { fill: var(--way); } .tip.looks { fill: var(--directory); }
  .port { font-size: 11.5px; font-weight: 550; }
  .kind { font-size: 11.5px; fill: var(--soft); }
";

/// Draws a pipeline.
pub(super) fn svg(drawing: &Drawing) -> String {
    let cards: Vec<Card> = drawing.nodes.iter().map(Card::of).collect();
    let sizes: Vec<Size> = cards.iter().map(|card| card.size).collect();
    let labels: Vec<Vec<(&str, String)>> = drawing.edges.iter().map(label).collect();
    let ways: Vec<Way> = drawing
        .edges
        .iter()
        .zip(&labels)
        .map(|(edge, label)| Way { from: edge.from, to: edge.to, label: label_size(label) })
        .collect();
    let laid = layout(&sizes, &ways);
    let subtitle = match &drawing.run {
        Some(run) => run.words(),
        None => "it has not run yet".to_owned(),
    };
    let head_width =
        width(&drawing.title, TITLE_SIZE).max(width(&subtitle, TEXT_SIZE)).max(LEGEND_WIDTH);
    let inner = laid.size.width.max(head_width);
    let full =
        Size { width: inner + 2.0 * MARGIN, height: laid.size.height + 2.0 * MARGIN + HEAD + FOOT };
    let corner = Point { x: MARGIN + (inner - laid.size.width) / 2.0, y: MARGIN + HEAD };
    let mut out = head(drawing, &subtitle, full);
    out.push_str(&format!("<g transform=\"translate({} {})\">\n", n(corner.x), n(corner.y)));
    for ((edge, path), label) in drawing.edges.iter().zip(&laid.edges).zip(&labels) {
        out.push_str(&way(edge, path, label));
    }
    for ((node, card), at) in drawing.nodes.iter().zip(&cards).zip(&laid.nodes) {
        out.push_str(&card.drawn(node, *at));
    }
    out.push_str("</g>\n");
    out.push_str(&legend(Point { x: MARGIN, y: full.height - MARGIN }));
    out.push_str("</svg>\n");
    out
}

fn head(drawing: &Drawing, subtitle: &str, full: Size) -> String {
    let (wide, high) = (n(full.width), n(full.height));
    let title = xml_text(&drawing.title);
    let baseline = MARGIN + 20.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" \
         role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{title}</title>\n<style>{STYLE}</style>\n\
         <defs>\n{}{}</defs>\n<rect class=\"paper\" width=\"{wide}\" height=\"{high}\"/>\n\
         <text class=\"title\" x=\"{}\" y=\"{}\">{title}</text>\n<text class=\"text\" x=\"{}\" y=\"{}\">{}</text>\n",
        tip("tip", "tip"),
        tip("tip-looks", "tip looks"),
        n(MARGIN),
        n(baseline),
        n(MARGIN),
        n(baseline + 21.0),
        xml_text(subtitle),
    )
}

/// The tip of an arrow.
fn tip(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"{class}\" d=\"M0 0.8 L10 5 L0 9.2 L2.4 5 z\"/></marker>\n"
    )
}

const LEGEND_WIDTH: f64 = 470.0;

fn legend(at: Point) -> String {
    let mut out = format!("<g transform=\"translate({} {})\">\n", n(at.x), n(at.y));
    let mut x = 0.0;
    for (class, words) in [
        ("way", "entries pass"),
        ("way still", "nothing passes while it is off"),
        ("way looks", "looks up"),
    ] {
        out.push_str(&format!("<path class=\"{class}\" d=\"M{} -4 h28\"/>", n(x)));
        out.push_str(&format!(
            "<text class=\"text\" x=\"{}\" y=\"0\">{words}</text>\n",
            n(x + 36.0)
        ));
        x += 36.0 + width(words, TEXT_SIZE) + 24.0;
    }
    out.push_str("</g>\n");
    out
}

/// A node as it is written.
struct Card {
    size: Size,
    lines: Vec<(&'static str, String)>,
    /// Before which line a rule is drawn.
    rule: Option<usize>,
}

impl Card {
    fn of(node: &Node) -> Self {
        let mut lines = Vec::new();
        let mut add = |class: &'static str, text: &str| {
            lines.extend(wrapped(text).into_iter().map(|line| (class, line)));
        };
        if let Some(about) = &node.about {
            add("text", about);
        }
        add("text", &node.connector);
        match (&node.switch, node.enabled) {
            (_, false) => add("lamp dark", "not enabled"),
            (Some((name, true)), true) => add("lamp", &format!("{name} is on")),
            (Some((name, false)), true) => add("lamp dark", &format!("{name} is off")),
            (None, true) => {}
        }
        for unread in &node.unread {
            add("unread", unread);
        }
        let rule = node.counts.as_ref().map(|counts| {
            let before = lines.len();
            lines.extend(wrapped(counts).into_iter().map(|line| ("count", line)));
            before
        });
        let lamp = |class: &str| if class.starts_with("lamp") { 15.0 } else { 0.0 };
        let widest = lines.iter().map(|(class, line)| width(line, TEXT_SIZE) + lamp(class));
        let name = width(&node.id, NAME_SIZE) + 18.0 + width(node.role.word(), NAME_SIZE);
        let inner = widest.fold(name, f64::max);
        let rule_height = if rule.is_some() { 9.0 } else { 0.0 };
        let height = 35.0 + LINE * lines.len() as f64 + rule_height + 7.0;
        Self { size: Size { width: (inner + 2.0 * PAD).max(CARD_WIDTH_MIN), height }, lines, rule }
    }

    fn drawn(&self, node: &Node, at: Point) -> String {
        let Size { width: wide, height: high } = self.size;
        let off = if node.is_on { "" } else { " off" };
        let mut out = format!(
            "<g class=\"{}{off}\" transform=\"translate({} {})\">\n<rect class=\"card\" width=\"{}\" height=\"{}\" rx=\"9\"/>\n",
            node.role.word(),
            n(at.x),
            n(at.y),
            n(wide),
            n(high),
        );
        if node.role != NodeRole::Directory {
            out.push_str(&format!(
                "<rect class=\"mark\" x=\"0\" y=\"12\" width=\"4\" height=\"{}\" rx=\"2\"/>\n",
                n(high - 24.0)
            ));
        }
        out.push_str(&format!(
            "<text class=\"name\" x=\"{}\" y=\"25\">{}</text>\n<text class=\"role\" x=\"{}\" y=\"24\" text-anchor=\"end\">{}</text>\n",
            n(PAD),
            xml_text(&node.id),
            n(wide - PAD),
            node.role.word().to_uppercase(),
        ));
        let mut y = 45.0;
        for (index, (class, line)) in self.lines.iter().enumerate() {
            if self.rule == Some(index) {
                out.push_str(&format!(
                    "<path class=\"rule\" d=\"M{} {} H{}\"/>\n",
                    n(PAD),
                    n(y - 9.0),
                    n(wide - PAD)
                ));
                y += 9.0;
            }
            let mut x = PAD;
            if class.starts_with("lamp") {
                out.push_str(&format!(
                    "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"4\"/>",
                    n(x + 4.0),
                    n(y - 4.2)
                ));
                x += 15.0;
            }
            let class = if class.starts_with("lamp") { "text" } else { class };
            out.push_str(&format!(
                "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>\n",
                n(x),
                n(y),
                xml_text(line)
            ));
            y += LINE;
        }
        out.push_str("</g>\n");
        out
    }
}

/// What stands beside an edge, line by line.
fn label(edge: &Edge) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    lines.extend(edge.ports().map(|ports| ("port", ports)));
    if !edge.kinds.is_empty() {
        lines.push(("kind", edge.kinds.join(", ")));
    }
    lines
}

fn label_size(label: &[(&str, String)]) -> Size {
    Size {
        width: label.iter().map(|(_, line)| width(line, LABEL_SIZE)).fold(0.0, f64::max),
        height: LABEL_LINE * label.len() as f64,
    }
}

fn way(edge: &Edge, path: &Path, label: &[(&str, String)]) -> String {
    let mut d = String::new();
    let mut before: Option<Point> = None;
    for (index, point) in path.points.iter().enumerate() {
        let to = format!("{} {}", n(point.x), n(point.y));
        match before {
            None => d.push_str(&format!("M{to}")),
            Some(from) if index % 2 == 0 || (from.x - point.x).abs() < 0.5 => {
                d.push_str(&format!(" L{to}"));
            }
            Some(from) => {
                // Both ends leave straight down, however far they are apart.
                let lead = (point.y - from.y) * 0.75;
                d.push_str(&format!(
                    " C{} {} {} {} {to}",
                    n(from.x),
                    n(from.y + lead),
                    n(point.x),
                    n(point.y - lead)
                ));
            }
        }
        before = Some(*point);
    }
    let (class, tip) = match (edge.looks_up, edge.flows) {
        (true, _) => ("way looks", "tip-looks"),
        (false, true) => ("way", "tip"),
        (false, false) => ("way still", "tip"),
    };
    let mut out = format!("<path class=\"{class}\" marker-end=\"url(#{tip})\" d=\"{d}\"/>\n");
    for (index, (class, line)) in label.iter().enumerate() {
        let y = path.label.y + LABEL_LINE * (index as f64 + 1.0) - 3.5;
        out.push_str(&format!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>\n",
            n(path.label.x),
            n(y),
            xml_text(line)
        ));
    }
    out
}

/// A number with one digit after the point at most.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// How wide a text is at most, whatever sans-serif font draws it.
fn width(text: &str, size: f64) -> f64 {
    let of = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.36,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '/' | '-' => 0.46,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        'A'..='Z' | '_' | '→' => 0.78,
        letter if letter.is_ascii() => 0.64,
        letter if u32::from(letter) < 0x1100 => 0.78,
        _ => 1.15,
    };
    text.chars().map(of).sum::<f64>() * size
}

/// A text in lines that are not too wide, broken at blanks where there are any.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&joined, TEXT_SIZE) <= TEXT_WIDTH_MAX {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while width(word, TEXT_SIZE) > TEXT_WIDTH_MAX {
            let fits = |end: &usize| width(&word[..*end], TEXT_SIZE) <= TEXT_WIDTH_MAX;
            let ends = word.char_indices().map(|(at, _)| at);
            let end = ends.take_while(fits).last().filter(|end| *end > 0).unwrap_or(word.len());
            lines.push(word[..end].to_owned());
            word = &word[end..];
        }
        line = word.to_owned();
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
