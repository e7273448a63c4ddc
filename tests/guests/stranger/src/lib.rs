//! A good component that has nothing to do with connectors.

wit_bindgen::generate!({
    inline: "
        package acme:stranger@1.4.0;

        interface greeting {
            greet: func(name: string) -> string;
        }

        world stranger {
            export greeting;
        }
    ",
    world: "stranger",
});

use exports::acme::stranger::greeting::Guest;

struct Stranger;

impl Guest for Stranger {
    fn greet(name: String) -> String {
        format!("good morning, {name}")
    }
}

export!(Stranger);
