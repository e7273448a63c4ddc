//! Built for a version of the contract that this host does not speak.

wit_bindgen::generate!({
    inline: "
        package penstock:connector@0.2.0;

        interface connector {
            describe: func() -> string;
        }

        interface source {
            pull: func(limit: u32) -> list<string>;
        }

        world newer {
            export connector;
            export source;
        }
    ",
    world: "newer",
});

use exports::penstock::connector::connector::Guest as Connector;
use exports::penstock::connector::source::Guest as Source;

struct Newer;

impl Connector for Newer {
    fn describe() -> String {
        "newer".to_owned()
    }
}

impl Source for Newer {
    fn pull(_limit: u32) -> Vec<String> {
        vec![]
    }
}

export!(Newer);
