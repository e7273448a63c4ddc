//! Resolving references to secrets. What is resolved is never printed, and wiped when it is dropped.

use std::path::Path;

use secrecy::SecretString;

use super::file::reason;
use super::{Environment, SECRET_BYTES_MAX, SecretFrom, SecretRef};
use crate::report::{Code, Report, codes};

/// The secret that a reference names: the variable's or the file's text without the line breaks at its end. Called
/// once for each connection when a run starts; a fault of the surroundings, exit code 3.
pub fn resolve(
    secret: &SecretRef,
    environment: &dyn Environment,
) -> Result<SecretString, Box<Report>> {
    let text = match &secret.from {
        SecretFrom::Env(name) => from_variable(name, secret, environment)?,
        SecretFrom::File(path) => from_file(path, secret, environment)?,
    };
    let text = text.trim_end_matches(['\r', '\n']);
    let name = || describe(&secret.from);
    if text.is_empty() {
        return Err(fault(codes::SECRET_EMPTY, secret, format!("{} is empty", name())));
    }
    if text.chars().any(char::is_control) {
        // It would break the header that it is sent in.
        let fact = format!("{} holds a line break or a control character", name());
        return Err(fault(codes::SECRET_MALFORMED, secret, fact));
    }
    Ok(SecretString::from(text))
}

fn from_variable(
    name: &str,
    secret: &SecretRef,
    environment: &dyn Environment,
) -> Result<String, Box<Report>> {
    let Some(text) = environment.variable(name) else {
        let fact = format!("environment variable `{name}` is not set");
        let report = (*fault(codes::SECRET_MISSING, secret, fact))
            .note("`check` passes without the value; `run` needs it")
            .hint("set it for this process, or name a file instead: `secret = { file = \"…\" }`");
        return Err(Box::new(report));
    };
    check_size(text.len(), secret)?;
    Ok(text)
}

fn from_file(
    path: &Path,
    secret: &SecretRef,
    environment: &dyn Environment,
) -> Result<String, Box<Report>> {
    let bytes = environment.file(path, SECRET_BYTES_MAX).map_err(|cause| {
        let fact = format!("the secret's file `{}` cannot be read: {}", path.display(), reason(&cause));
        let report = (*fault(codes::SECRET_MISSING, secret, fact))
            .note("`check` passes without the value; `run` needs it; a path counts from the file that names it");
        Box::new(report)
    })?;
    check_size(bytes.len(), secret)?;
    String::from_utf8(bytes).map_err(|_| {
        let fact = format!("{} is not UTF-8 text", describe(&secret.from));
        fault(codes::SECRET_MALFORMED, secret, fact)
    })
}

fn check_size(bytes: usize, secret: &SecretRef) -> Result<(), Box<Report>> {
    if u64::try_from(bytes).is_ok_and(|bytes| bytes <= SECRET_BYTES_MAX) {
        return Ok(());
    }
    let fact = format!(
        "{} is larger than {} KiB, and no secret is",
        describe(&secret.from),
        SECRET_BYTES_MAX / 1024
    );
    Err(fault(codes::SECRET_MALFORMED, secret, fact))
}

fn describe(from: &SecretFrom) -> String {
    match from {
        SecretFrom::Env(name) => format!("environment variable `{name}`"),
        SecretFrom::File(path) => format!("the secret's file `{}`", path.display()),
    }
}

fn fault(code: Code, secret: &SecretRef, fact: String) -> Box<Report> {
    Box::new(Report::error(code, fact).at(secret.place.clone()))
}
