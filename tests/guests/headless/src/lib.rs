//! A directory that never says what it is: the `connector` interface is missing.

wit_bindgen::generate!({
    path: "../../../wit",
    inline: "
        package acme:headless;

        world headless {
            export penstock:connector/directory@0.1.0;
        }
    ",
    world: "acme:headless/headless",
    generate_all,
});

use exports::penstock::connector::directory::{Entry, Failure, Guest};

struct Headless;

impl Guest for Headless {
    fn find(
        _collection: String,
        _options: String,
        _by: String,
        _values: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Failure> {
        Ok(vec![])
    }
}

export!(Headless);
