//! Secrets: resolved, and never shown.

use std::sync::Arc;

use secrecy::ExposeSecret as _;

use super::{Surroundings, check_text};
use crate::pipeline::{SECRET_BYTES_MAX, SecretFrom, SecretRef, resolve};
use crate::report::{Colour, Place, Report, SourceFile, render, to_json};

fn reference(from: SecretFrom) -> SecretRef {
    let file = Arc::new(SourceFile::new("a.toml", "secret = { env = \"A\" }"));
    SecretRef { from, place: Place::new(&file, 9..22, "needed here") }
}

fn resolved(from: SecretFrom, surroundings: &Surroundings) -> Result<String, Box<Report>> {
    resolve(&reference(from), surroundings).map(|secret| secret.expose_secret().to_owned())
}

fn variable() -> SecretFrom {
    SecretFrom::Env("A".to_owned())
}

#[test]
fn a_secret_is_the_text_without_its_last_line_break() {
    let surroundings =
        Surroundings::default().with_variable("A", " ab \r\n").with_file("t/a.token", "cd\n");
    assert_eq!(resolved(variable(), &surroundings).as_deref(), Ok(" ab "));
    assert_eq!(resolved(SecretFrom::File("t/a.token".into()), &surroundings).as_deref(), Ok("cd"));
}

#[test]
fn what_is_no_secret_is_told_and_not_shown() {
    let bound = usize::try_from(SECRET_BYTES_MAX).expect("it fits");
    let cases = [
        ("secret-empty", "\n".to_owned()),
        ("secret-malformed", "hidden\nhidden".to_owned()),
        ("secret-malformed", "hidden\u{7}".to_owned()),
        ("secret-malformed", "hidden".repeat(bound)),
    ];
    for (code, value) in cases {
        let surroundings = Surroundings::default().with_variable("A", value);
        let fault = resolved(variable(), &surroundings).expect_err("no secret");
        assert_eq!(fault.code.name(), code);
        assert!(!format!("{fault:?}").contains("hidden"));
    }
    let most = Surroundings::default().with_variable("A", "x".repeat(bound));
    assert!(resolved(variable(), &most).is_ok());
    let bytes = Surroundings::default().with_file("a", *b"\xff");
    assert_eq!(
        resolved(SecretFrom::File("a".into()), &bytes).map_err(|fault| fault.code.name()),
        Err("secret-malformed")
    );
}

/// P6: whatever is wrong with the file, the secret in it is in no report.
#[test]
fn a_secret_in_clear_is_never_shown() {
    let secret = "Xq7pL2mN9vR4tB8w";
    for text in [
        format!("[connections.shop]\nsecret = \"{secret}\"\n"),
        format!("[connections.shop]\nsecret = {{ env = \"{secret}-x\" }}\n"),
        format!("[connections.shop]\nsecret = {{ text = \"{secret}\", token = \"{secret}\" }}\n"),
        format!("[connections.shop]\nsecret = \"{secret}\n"),
        format!("[connections.shop]\nsecret = {secret}\n"),
        format!("connections.shop = {{ secret = '{secret}', oops = 1 }}\n"),
        format!(
            "[connections.shop]\nconnector = \"acme-shop\"\noptions = {{ api_token = \"{secret}\", store_id = 0 }}\n"
        ),
        format!("[connections.shop]\nsecret = \"\"\"\n{secret}\"\"\"\n"),
        format!("[connections.shop]\nsecret = [\"{secret}\"]\n"),
        format!("[[sink]]\nsecret = \"{secret}\"\n"),
    ] {
        let (_, reports) = check_text(&text);
        assert!(!reports.is_empty());
        let shown = render(&reports, Colour::Never) + &to_json(&reports).to_string();
        assert!(!shown.contains(secret), "{shown}");
    }
}
