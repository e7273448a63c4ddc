//! Bytes as text.

use std::fmt::Write as _;

/// Bytes in hexadecimal, two small letters or digits each.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // A string takes whatever is written to it.
        _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes of hexadecimal text, if it is some.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_there_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(hex(&bytes[8..18]), "08090a0b0c0d0e0f1011");
        assert_eq!(from_hex(&hex(&bytes)).unwrap(), bytes);
        for text in ["0", "0g", "é"] {
            assert_eq!(from_hex(text), None);
        }
    }
}
