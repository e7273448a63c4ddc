//! Keeps a connection's secret out of what comes back: a redirect that repeats the query, an error page that shows
//! the request. What a connector is given, it may put into a record.

use memchr::memmem;
use secrecy::{ExposeSecret as _, SecretString};

use super::limits;

const IN_ITS_PLACE: &[u8] = b"[secret]";

/// The forms in which a secret may be seen.
#[derive(Clone, Default)]
pub(super) struct Scrubber {
    /// Longest first, so that none hides in the rest of another.
    forms: Vec<SecretString>,
}

impl Scrubber {
    pub(super) fn new(secret: Option<&SecretString>) -> Self {
        let Some(secret) = secret.map(SecretString::expose_secret) else {
            return Self::default();
        };
        if secret.len() < limits::SCRUBBED_SECRET_BYTES_MIN {
            return Self::default();
        }
        let mut forms = vec![
            secret.to_owned(),
            // JSON writers of some languages escape the slash.
            secret.replace('/', "\\/"),
            base64(secret.as_bytes()).trim_end_matches('=').to_owned(),
        ];
        for space in ["+", "%20"] {
            let encoded = url_encoded(secret, space);
            forms.push(encoded.upper);
            forms.push(encoded.lower);
        }
        if let Some((_, password)) = secret.split_once(':')
            && password.len() >= limits::SCRUBBED_SECRET_BYTES_MIN
        {
            forms.push(password.to_owned());
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self { forms: forms.into_iter().map(SecretString::from).collect() }
    }

    /// The bytes without the secret.
    pub(super) fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for form in &self.forms {
            bytes = without(bytes, form.expose_secret().as_bytes());
        }
        bytes
    }

    /// The text without the secret.
    pub(super) fn text(&self, text: String) -> String {
        match String::from_utf8(self.bytes(text.into_bytes())) {
            Ok(text) => text,
            Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
        }
    }
}

fn without(bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let Some(mut found) = memmem::find(&bytes, secret) else {
        return bytes;
    };
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    loop {
        clean.extend_from_slice(&rest[..found]);
        clean.extend_from_slice(IN_ITS_PLACE);
        rest = &rest[found + secret.len()..];
        match memmem::find(rest, secret) {
            Some(next) => found = next,
            None => break,
        }
    }
    clean.extend_from_slice(rest);
    clean
}

/// Percent-encoded, with the hexadecimal digits in both cases.
struct UrlEncoded {
    upper: String,
    lower: String,
}

fn url_encoded(secret: &str, space: &str) -> UrlEncoded {
    let (mut upper, mut lower) = (String::new(), String::new());
    for byte in secret.bytes() {
        let [for_upper, for_lower] = match byte {
            b' ' => [space.to_owned(), space.to_owned()],
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                [char::from(byte).to_string(), char::from(byte).to_string()]
            }
            _ => [format!("%{byte:02X}"), format!("%{byte:02x}")],
        };
        upper.push_str(&for_upper);
        lower.push_str(&for_lower);
    }
    UrlEncoded { upper, lower }
}

/// Base64 with padding (RFC 4648, 4), as in `Basic` credentials.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in bytes.chunks(3) {
        let joined = three.iter().fold(0_usize, |joined, byte| joined << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            encoded.push(char::from(DIGITS[joined >> (18 - 6 * digit) & 63]));
        }
    }
    while !encoded.len().is_multiple_of(4) {
        encoded.push('=');
    }
    encoded
}
