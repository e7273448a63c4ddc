//! What a run of cases came to, in the form that build servers read.

use crate::record::xml_text;

/// One case that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub pipeline: String,
    pub case: String,
    /// Why it does not pass, and all there is to say about it; nothing where it does.
    pub failure: Option<(String, String)>,
    pub took_ms: u64,
}

/// The cases as JUnit XML.
pub fn junit(cases: &[Checked]) -> String {
    let failures = |cases: &[&Checked]| cases.iter().filter(|case| case.failure.is_some()).count();
    let all: Vec<&Checked> = cases.iter().collect();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
        all.len(),
        failures(&all)
    );
    let mut pipelines: Vec<&str> = cases.iter().map(|case| case.pipeline.as_str()).collect();
    pipelines.dedup();
    for pipeline in pipelines {
        let of: Vec<&Checked> = cases.iter().filter(|case| case.pipeline == pipeline).collect();
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
            xml_text(pipeline),
            of.len(),
            failures(&of)
        ));
        for case in of {
            let seconds = format!("{}.{:03}", case.took_ms / 1000, case.took_ms % 1000);
            let name = xml_text(&case.case);
            let (pipeline, failure) = (xml_text(pipeline), case.failure.as_ref());
            out.push_str(&format!(
                "    <testcase classname=\"{pipeline}\" name=\"{name}\" time=\"{seconds}\""
            ));
            match failure {
                None => out.push_str("/>\n"),
                Some((message, text)) => out.push_str(&format!(
                    ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                    xml_text(message),
                    xml_text(text)
                )),
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_told_in_suites_and_no_text_leaves_its_place() {
        let case = |case: &str, failure: Option<(&str, &str)>| Checked {
            pipeline: "a".to_owned(),
            case: case.to_owned(),
            failure: failure.map(|(message, text)| (message.to_owned(), text.to_owned())),
            took_ms: 1_007,
        };
        let text = junit(&[case("one", None), case("two", Some(("\"<x>\"", "a & b\u{1b}[31m")))]);
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"2\" failures=\"1\">\n  \
             <testsuite name=\"a\" tests=\"2\" failures=\"1\">\n    \
             <testcase classname=\"a\" name=\"one\" time=\"1.007\"/>\n    \
             <testcase classname=\"a\" name=\"two\" time=\"1.007\">\n      \
             <failure message=\"&quot;&lt;x&gt;&quot;\">a &amp; b\u{fffd}[31m</failure>\n    </testcase>\n  \
             </testsuite>\n</testsuites>\n"
        );
    }
}
