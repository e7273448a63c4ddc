//! Has the right names at the right version, and the wrong types.

wit_bindgen::generate!({
    inline: "
        package penstock:connector@0.1.0;

        interface connector {
            describe: func() -> string;
            open: func(options: string) -> bool;
            check: func(usages: list<string>) -> bool;
        }

        interface source {
            pull: func(limit: u32) -> list<string>;
        }

        world misfit {
            export connector;
            export source;
        }
    ",
    world: "misfit",
});

use exports::penstock::connector::connector::Guest as Connector;
use exports::penstock::connector::source::Guest as Source;

struct Misfit;

impl Connector for Misfit {
    fn describe() -> String {
        "misfit".to_owned()
    }

    fn open(_options: String) -> bool {
        true
    }

    fn check(_usages: Vec<String>) -> bool {
        true
    }
}

impl Source for Misfit {
    fn pull(_limit: u32) -> Vec<String> {
        vec![]
    }
}

export!(Misfit);
