//! Pictures of small pipelines, and of one with everything in it.

use super::drawing::Drawing;
use super::layout::{Size, Way, layout};
use super::{svg, words};
use crate::pipeline::acme::Table;
use crate::pipeline::{Files, read};
use crate::report::SourceFile;
use crate::store::RunRow;

const SMALL: &str = r#"
[connections.shop]
connector = "acme-shop"
secret = { env = "A" }
options = { store_id = 1 }

[[source]]
id = "levels"
connection = "shop"
collection = "stock"
every = "90s"

[[transform]]
id = "judge"
connector = "delta"
inputs = { shop = "levels", till = "levels" }
unused = ["to_till"]

[[sink]]
id = "changes"
connection = "shop"
collection = "stock"
inputs = ["judge.to_shop"]
switch = "carry"

[switches]
carry = false
"#;

fn drawn(text: &str, run: Option<&RunRow>) -> Drawing {
    let (pipeline, reports) =
        read(&Files::alone(SourceFile::new("pipelines/small.toml", text)), &Table);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{reports:#?}"));
    Drawing::of(&pipeline, &Table, run)
}

fn run() -> RunRow {
    RunRow {
        began_at: 1_000,
        ended_at: 61_000,
        idle: false,
        stop: None,
        stages: r#"{"levels":{"read":3,"known":1,"passed":0,"diverted":0,"filtered":{},"linked":0,"linked_new":0,"planned":0,"sent":0,"applied":{},"unchanged":0,"held":{},"dead":{},"unknown":0,"doubted":{},"put_off_ms":0}}"#.to_owned(),
    }
}

#[test]
fn a_pipeline_as_mermaid_draws_it() {
    insta::assert_snapshot!(words::mermaid(&drawn(SMALL, Some(&run()))));
}

#[test]
fn a_pipeline_as_graphviz_draws_it() {
    insta::assert_snapshot!(words::dot(&drawn(SMALL, None)));
}

#[test]
fn a_pipeline_as_a_browser_draws_it() {
    insta::assert_snapshot!(svg::svg(&drawn(SMALL, Some(&run()))));
}

/// A stage's name cannot hold such letters, what connectors say of themselves can.
#[test]
fn whatever_a_text_holds_it_stays_text() {
    let mut drawing = drawn(SMALL, None);
    drawing.nodes[0].connector = "a\"]-->b</text><script>&\u{1b}[2J\\\n; x".to_owned();
    let picture = svg::svg(&drawing);
    assert!(
        picture.contains("a&quot;]--&gt;b&lt;/text&gt;&lt;script&gt;&amp;\u{fffd}[2J\\"),
        "{picture}"
    );
    let mermaid = words::mermaid(&drawing);
    assert!(
        mermaid.contains("a#34;#93;--#62;b#60;/text#62;#60;script#62;#38; #91;2J#92; #59; x"),
        "{mermaid}"
    );
    let dot = words::dot(&drawing);
    assert!(dot.contains("a\\\"]-->b</text><script>& [2J\\\\\\n; x"), "{dot}");
}

fn size(width: f64) -> Size {
    Size { width, height: 50.0 }
}

fn way(from: usize, to: usize) -> Way {
    Way { from, to, label: Size { width: 60.0, height: 14.0 } }
}

/// Whatever is joined with what, no two cells of a row overlap, and every edge leads down from its node to the other.
#[test]
fn nothing_is_drawn_over_anything_else() {
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..60 {
        let nodes: Vec<Size> = (0..2 + next(9)).map(|_| size(100.0 + next(200) as f64)).collect();
        let mut ways = Vec::new();
        for to in 1..nodes.len() {
            for _ in 0..next(3) {
                ways.push(way(next(to), to));
            }
        }
        let laid = layout(&nodes, &ways);
        let boxes =
            nodes.iter().zip(&laid.nodes).map(|(size, at)| (at.x, at.y, size.width, size.height));
        let labels = ways
            .iter()
            .zip(&laid.edges)
            .map(|(way, path)| (path.label.x, path.label.y, way.label.width, way.label.height));
        let boxes: Vec<_> = boxes.chain(labels).collect();
        for (index, one) in boxes.iter().enumerate() {
            assert!(one.0 >= -0.01 && one.0 + one.2 <= laid.size.width + 0.01, "{one:?} {laid:?}");
            assert!(one.1 >= -0.01 && one.1 + one.3 <= laid.size.height + 0.01, "{one:?} {laid:?}");
            for other in &boxes[index + 1..] {
                let apart = one.0 + one.2 <= other.0
                    || other.0 + other.2 <= one.0
                    || one.1 + one.3 <= other.1
                    || other.1 + other.3 <= one.1;
                assert!(apart, "{one:?} {other:?}: {ways:?}");
            }
        }
        for (way, path) in ways.iter().zip(&laid.edges) {
            assert!(path.points.windows(2).all(|pair| pair[0].y <= pair[1].y), "{path:?}");
            let (first, last) = (path.points[0], *path.points.last().unwrap());
            let (from, to) = (laid.nodes[way.from], laid.nodes[way.to]);
            assert!((first.y - from.y - nodes[way.from].height).abs() < 0.01);
            assert!((last.y - to.y).abs() < 0.01);
            assert!(first.x > from.x && first.x < from.x + nodes[way.from].width);
            assert!(last.x > to.x && last.x < to.x + nodes[way.to].width);
        }
    }
}

#[test]
fn what_can_be_drawn_without_a_crossing_is() {
    let nodes = [size(100.0); 4];
    let laid = layout(&nodes, &[way(0, 3), way(1, 2)]);
    let crossed = (laid.nodes[0].x < laid.nodes[1].x) != (laid.nodes[3].x < laid.nodes[2].x);
    assert!(!crossed, "{laid:?}");
}
