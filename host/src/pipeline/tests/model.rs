//! What good files mean.

use super::golden::compare;
use super::{check, check_text};
use crate::pipeline::Role;

/// The model as text, without the places, which hold the whole file.
fn model(case: &str) -> String {
    let (pipeline, reports) = check(case);
    assert!(reports.is_empty(), "{reports:?}");
    let mut pipeline = pipeline.expect("a good file");
    let mut secrets = Vec::new();
    for connection in &mut pipeline.connections {
        let secret = connection.secret.take().map(|secret| secret.from);
        secrets.push(format!("secret of {}: {secret:?}\n", connection.name));
    }
    format!("{pipeline:#?}\n{}", secrets.concat())
}

#[test]
fn good_files_mean_what_their_golden_files_say() {
    for case in ["good", "good-files", "good-stock"] {
        compare(&format!("{case}.model"), &model(case));
    }
}

#[test]
fn stages_come_after_all_that_feed_them() {
    for case in ["good", "good-files", "good-stock"] {
        let pipeline = check(case).0.expect("a good file");
        for (index, stage) in pipeline.stages.iter().enumerate() {
            assert!(stage.joints.iter().all(|joint| joint.to > index), "{case}: {}", stage.id);
            if let Role::Transform(transform) = &stage.role {
                assert!(
                    transform
                        .inputs
                        .iter()
                        .all(|input| input.sources.iter().all(|source| *source < index))
                );
            }
        }
    }
}

#[test]
fn numbers_of_options_keep_their_digits() {
    let text = "[connections.shop]\nconnector = \"acme-shop\"\nsecret = { env = \"A\" }\n\
        options = { store_id = 1_003, rate = +0.1000000000000000000000000000001 }\n\
        [[source]]\nid = \"a\"\nconnection = \"shop\"\ncollection = \"stock\"\n";
    let with_sink = format!(
        "{text}[[source]]\nid = \"b\"\nconnection = \"shop\"\ncollection = \"stock\"\n\
         [[transform]]\nid = \"d\"\nconnector = \"delta\"\n\
         inputs = {{ shop = \"a\", till = \"b\" }}\nunused = [\"to_till\"]\n\
         [[sink]]\nid = \"s\"\nconnection = \"shop\"\ncollection = \"stock\"\ninputs = [\"d.to_shop\"]\n"
    );
    let (pipeline, reports) = check_text(&with_sink);
    let options = pipeline.map(|pipeline| pipeline.connections[0].options.clone());
    let expected = r#"{"store_id":1003,"rate":0.1000000000000000000000000000001}"#;
    assert_eq!(options.as_deref(), Some(expected), "{reports:?}");
}
