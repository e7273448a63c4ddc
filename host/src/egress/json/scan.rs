//! A checking walk over JSON text (RFC 8259) that is already known to be UTF-8.

use super::bracket;
use crate::egress::limits;

/// What is wrong where the walk stands. One byte, so that it comes back in a register: this is told of each token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Early,
    MoreText,
    Depth,
    NoComma,
    NoKey,
    NoColon,
    NoValue,
    NoDigit,
    Control,
    NoQuote,
    Escape,
}

impl Fault {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Early => "it ends too early",
            Self::MoreText => "more text after the value",
            Self::Depth => "nested too deeply",
            Self::NoComma => "expected a comma or the end of the object or array",
            Self::NoKey => "expected a key in quotes",
            Self::NoColon => "expected a colon",
            Self::NoValue => "expected a value",
            Self::NoDigit => "expected a digit",
            Self::Control => "a control character in a string",
            Self::NoQuote => "a string without end",
            Self::Escape => "an escape that JSON does not know",
        }
    }
}

/// Where in the text the walk is. Between calls it stands on the first byte of a value, or just behind one.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

/// A member's key as it stands in the text, quotes included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub quoted: &'a [u8],
    pub has_escapes: bool,
}

type Step<T = ()> = Result<T, Fault>;

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The text from one place up to another.
    pub(super) fn between(&self, from: usize, to: usize) -> &'a [u8] {
        &self.text[from..to]
    }

    /// Goes to the next byte that is no space, and tells it.
    #[inline]
    pub(super) fn peek(&mut self) -> Step<u8> {
        match self.text.get(self.at) {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.peek_past_space(),
        }
    }

    fn peek_past_space(&mut self) -> Step<u8> {
        let rest = &self.text[self.at..];
        let space =
            rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.at += space;
        rest.get(space).copied().ok_or(Fault::Early)
    }

    /// Nothing but space may follow.
    pub(super) fn end(&mut self) -> Step {
        match self.peek() {
            Ok(_) => Err(Fault::MoreText),
            Err(_) => Ok(()),
        }
    }

    /// Enters the object or array on whose first byte the walk stands.
    pub(super) fn open(&mut self, depth: usize) -> Step {
        if depth >= limits::JSON_DEPTH_MAX {
            return Err(Fault::Depth);
        }
        self.at += 1;
        Ok(())
    }

    /// Whether the object or array just entered is empty, and then leaves it.
    pub(super) fn closes(&mut self, close: u8) -> Step<bool> {
        let is_empty = self.peek()? == close;
        self.at += usize::from(is_empty);
        Ok(is_empty)
    }

    /// Goes past the comma to the next member or item, or past the end of the object or array.
    pub(super) fn another(&mut self, close: u8) -> Step<bool> {
        let byte = self.peek()?;
        if byte != b',' && byte != close {
            return Err(Fault::NoComma);
        }
        self.at += 1;
        Ok(byte == b',')
    }

    /// A member's key, and goes past the colon.
    pub(super) fn key(&mut self) -> Step<Key<'a>> {
        if self.peek()? != b'"' {
            return Err(Fault::NoKey);
        }
        let from = self.at;
        let has_escapes = self.skip_string()?;
        let quoted = self.between(from, self.at);
        if self.peek()? != b':' {
            return Err(Fault::NoColon);
        }
        self.at += 1;
        Ok(Key { quoted, has_escapes })
    }

    /// Goes past the value on whose first byte the walk stands, or before which there is only space.
    pub(super) fn skip_value(&mut self, depth: usize) -> Step {
        match self.peek()? {
            b'"' => self.skip_string().map(|_| ()),
            b'{' => self.skip_object(depth),
            b'[' => self.skip_array(depth),
            b'-' | b'0'..=b'9' => self.skip_number(),
            b't' => self.skip_word(b"true"),
            b'f' => self.skip_word(b"false"),
            b'n' => self.skip_word(b"null"),
            _ => Err(Fault::NoValue),
        }
    }

    /// Goes past a value of which nothing is kept: an object or array by its brackets, so that what is in it is not
    /// checked to be JSON.
    pub(super) fn drop_value(&mut self, depth: usize) -> Step {
        match self.peek()? {
            b'{' | b'[' => {
                self.at += bracket::length(&self.text[self.at..]).ok_or(Fault::Early)?;
                Ok(())
            }
            _ => self.skip_value(depth),
        }
    }

    fn skip_object(&mut self, depth: usize) -> Step {
        self.open(depth)?;
        let mut more = !self.closes(b'}')?;
        while more {
            self.key()?;
            self.skip_value(depth + 1)?;
            more = self.another(b'}')?;
        }
        Ok(())
    }

    fn skip_array(&mut self, depth: usize) -> Step {
        self.open(depth)?;
        let mut more = !self.closes(b']')?;
        while more {
            self.skip_value(depth + 1)?;
            more = self.another(b']')?;
        }
        Ok(())
    }

    /// Tells whether the string has escapes in it.
    fn skip_string(&mut self) -> Step<bool> {
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.skip_plain();
            match self.text.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                Some(b'\\') => {
                    self.skip_escape()?;
                    has_escapes = true;
                }
                Some(_) => return Err(Fault::Control),
                None => return Err(Fault::NoQuote),
            }
        }
    }

    /// Goes to the next byte in a string that is a quote, a backslash or a control character: eight bytes at a time.
    #[inline]
    fn skip_plain(&mut self) {
        let mut rest = &self.text[self.at..];
        while let Some((eight, after)) = rest.split_first_chunk::<8>() {
            let found = special_bytes(u64::from_le_bytes(*eight));
            if found != 0 {
                self.at = self.text.len() - rest.len() + (found.trailing_zeros() / 8) as usize;
                return;
            }
            rest = after;
        }
        let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
        self.at = self.text.len() - rest.len() + plain;
    }

    fn skip_escape(&mut self) -> Step {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.text.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(Fault::Escape);
                }
                self.at += 6;
            }
            _ => return Err(Fault::Escape),
        }
        Ok(())
    }

    fn skip_number(&mut self) -> Step {
        self.skip_if(b"-");
        if !self.skip_if(b"0") {
            self.skip_digits()?;
        }
        if self.skip_if(b".") {
            self.skip_digits()?;
        }
        if self.skip_if(b"eE") {
            self.skip_if(b"+-");
            self.skip_digits()?;
        }
        Ok(())
    }

    fn skip_digits(&mut self) -> Step {
        let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits == 0 { Err(Fault::NoDigit) } else { Ok(()) }
    }

    fn skip_if(&mut self, one_of: &[u8]) -> bool {
        let found = self.text.get(self.at).is_some_and(|byte| one_of.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn skip_word(&mut self, word: &[u8]) -> Step {
        if !self.text[self.at..].starts_with(word) {
            return Err(Fault::NoValue);
        }
        self.at += word.len();
        Ok(())
    }
}

/// The high bit of each of the eight bytes that is a quote, a backslash or below a space. Bytes above the first such
/// may be marked wrongly, because a subtraction borrows upwards; the lowest mark is always right.
fn special_bytes(eight: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let quotes = is_zero(eight ^ (ONES * b'"' as u64));
    let backslashes = is_zero(eight ^ (ONES * b'\\' as u64));
    let controls = eight.wrapping_sub(ONES * b' ' as u64) & !eight;
    (quotes | backslashes | controls) & HIGH
}
