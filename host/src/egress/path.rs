//! What a connector may write as a path: one that stays below the endpoint's base URL, whoever reads it.

use super::limits;

/// Rounds of percent-decoding that are looked through. Servers behind servers decode more than once.
const DECODE_ROUNDS_MAX: usize = 4;

/// Checks a relative path, percent-encoded, with or without a slash in front.
///
/// # Errors
/// What is wrong with it, to stand behind "the path".
pub(super) fn check(path: &str) -> Result<(), &'static str> {
    if path.len() > limits::PATH_BYTES_MAX {
        return Err("is too long");
    }
    if path.starts_with("//") || path.contains("//") {
        return Err("has an empty part (`//`)");
    }
    if path.contains(['?', '#']) {
        return Err("has a query or a fragment; the query stands in a field of its own");
    }
    if !path.bytes().all(is_path_byte) {
        return Err("has a character that must be percent-encoded");
    }
    let mut decoded = path.as_bytes().to_vec();
    for _ in 0..DECODE_ROUNDS_MAX {
        check_parts(&decoded)?;
        let next = decode_once(&decoded)?;
        if next == decoded {
            return Ok(());
        }
        decoded = next;
    }
    Err("is percent-encoded many times over")
}

/// RFC 3986's `pchar` and the slash, but not `@`, before which a careless reader of URLs would see a user's name.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%/".contains(&byte)
}

fn check_parts(decoded: &[u8]) -> Result<(), &'static str> {
    if decoded.iter().any(u8::is_ascii_control) {
        return Err("has an encoded control character");
    }
    for part in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
        // Some servers cut parameters off a part before they read it: `..;x` is `..` to them.
        let name = part.split(|byte| *byte == b';').next().unwrap_or(part);
        if name == b"." || name == b".." {
            return Err("has a `.` or `..` for a part");
        }
    }
    Ok(())
}

fn decode_once(encoded: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            match after {
                [high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    decoded.push(hex(*high) << 4 | hex(*low));
                    rest = after;
                    continue;
                }
                _ => {
                    return Err("has a `%` without two hexadecimal digits (a `%` itself is `%25`)");
                }
            }
        }
        decoded.push(*first);
        rest = after;
    }
    Ok(decoded)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.to_ascii_uppercase().wrapping_sub(b'A') + 10,
    }
}
