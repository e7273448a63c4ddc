//! Which bytes of a file must never be shown, because they are a secret that someone wrote in clear.
//!
//! This works on the bare text, so that it also holds for a file that is not TOML: a report shows whole lines, and the
//! secret may stand on a line that is at fault for another reason.

use std::ops::Range;

use crate::pipeline::{HIDE_LOOK_BACK_BYTES, TOKEN_CHARS_MIN};

/// The byte ranges to hide.
pub(super) fn secrets_in_clear(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut headers = text.match_indices("\n[").peekable();
    let mut header = 0;
    for (equals, _) in text.match_indices('=') {
        while let Some((at, _)) = headers.next_if(|(at, _)| *at < equals) {
            header = at + 1;
        }
        // An equals sign within what is hidden already belongs to that.
        if ranges.last().is_none_or(|range| range.end <= equals) {
            ranges.extend(value_to_hide(text, &text[header..], equals));
        }
    }
    ranges.extend(tokens(text));
    ranges
}

/// Whether a string has a part that looks like a token: many letters and digits in a row, of both kinds.
pub(in crate::pipeline) fn looks_like_token(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).any(is_token)
}

/// Whether a key names something that is kept secret.
pub(in crate::pipeline) fn names_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['-', '_'], "");
    let key = key.trim_end_matches('s');
    ["secret", "token", "password", "passwd", "apikey"].iter().any(|word| key.ends_with(word))
}

/// Whether a text can be the name of an environment variable, and is no token.
pub(in crate::pipeline) fn is_variable_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !looks_like_token(name)
}

fn is_token(row: &str) -> bool {
    row.len() >= TOKEN_CHARS_MIN
        && row.bytes().any(|byte| byte.is_ascii_digit())
        && row.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut found = Vec::new();
    for row in text.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        if is_token(row) {
            found.push(start..start + row.len());
        }
        start += row.len();
        start += text[start..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// What stands behind an equals sign, if it is a secret: a value whose key says so, or anything within a reference to a
/// secret that is neither the name of a variable nor a path.
fn value_to_hide(text: &str, header: &str, equals: usize) -> Option<Range<usize>> {
    let key = key_before(&text[..equals]);
    let rest = &text[equals + 1..];
    let start = text.len() - rest.trim_start_matches([' ', '\t']).len();
    let is_secret = match key {
        "env" => !starts_with_variable_name(&text[start..]),
        "file" => false,
        key if names_secret(key) => !text[start..].starts_with('{'),
        _ => names_secret(table_around(&text[..equals], header)),
    };
    is_secret.then(|| extent(&text[start..])).map(|value| start + value.start..start + value.end)
}

/// Whether a text begins with the quoted name of a variable.
fn starts_with_variable_name(text: &str) -> bool {
    let name = text.trim_start_matches(['"', '\'']);
    let end = name.find(['"', '\'', '\n']).unwrap_or(name.len());
    is_variable_name(&name[..end])
}

/// The key of the table in braces that the end of this text lies in, or else the last name of its header.
fn table_around<'t>(text: &'t str, header: &'t str) -> &'t str {
    let from = text.len().saturating_sub(HIDE_LOOK_BACK_BYTES);
    let near = (from..from + 4).find_map(|from| text.get(from..)).unwrap_or(text);
    match near.rfind('{').filter(|open| !near[*open..].contains('}')) {
        Some(open) => key_before(near[..open].trim_end_matches([' ', '\t', '='])),
        None if header.starts_with('[') => {
            let end = header.find([']', '\n']).unwrap_or(header.len());
            key_before(&header[..end])
        }
        None => "",
    }
}

/// The last word before the equals sign.
fn key_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\t', '"', '\'']);
    let is_key = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let start = text.char_indices().rev().take_while(|(_, letter)| is_key(*letter)).last();
    start.map_or("", |(at, _)| &text[at..])
}

/// The inside of the string that a text begins with; of a list the whole; where it has no end, or is neither, the rest
/// of the line.
fn extent(text: &str) -> Range<usize> {
    let line_end = text.find('\n').unwrap_or(text.len());
    if text.starts_with('[') {
        return 1..text.find(']').unwrap_or(text.len());
    }
    for quote in ["\"\"\"", "'''"] {
        if let Some(inside) = text.strip_prefix(quote) {
            let start = quote.len();
            return start..start + inside.find(quote).unwrap_or(inside.len());
        }
    }
    if text.starts_with('\'') {
        return 1..text[1..line_end].find('\'').map_or(line_end, |end| 1 + end);
    }
    if !text.starts_with('"') {
        return 0..line_end;
    }
    let mut escaped = false;
    for (at, letter) in text[..line_end].char_indices().skip(1) {
        match letter {
            '"' if !escaped => return 1..at,
            letter => escaped = letter == '\\' && !escaped,
        }
    }
    1..line_end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SourceFile;

    fn shown(text: &str) -> String {
        SourceFile::new("a.toml", text).hiding(&secrets_in_clear(text)).shown().to_owned()
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        assert_eq!(shown("secret = \"abc\" # x"), "secret = \"***\" # x");
        assert_eq!(shown("x = { api_key='a\"b', b = 1 }"), "x = { api_key='***', b = 1 }");
        assert_eq!(shown("secret = \"a\\\"b\"\nc = 1"), "secret = \"****\"\nc = 1");
        assert_eq!(
            shown("secret = abc\nc = 1"),
            "secret = ***\nc = 1",
            "also where it is not TOML"
        );
        assert_eq!(shown("secret = \"abc\nc = 1"), "secret = \"***\nc = 1");
        assert_eq!(shown("token = \"\"\"\na\nb\"\"\""), "token = \"\"\"\n*\n*\"\"\"");
        assert_eq!(shown("# was live_a1b2c3d4e5f6a7b8c9d0"), "# was live_********************");
        assert_eq!(shown("secret = { env = \"abc def\" }"), "secret = { env = \"*******\" }");
    }

    #[test]
    fn nothing_else_is_hidden() {
        for text in [
            "secret = { env = \"SHOP_TOKEN\" }",
            "\n[a.secret]\nfile = \"a.token\"\n[a.options]\nx = \"abc\"",
            "a = { secret = { file = \"a\" }, x = \"abc\" }",
            "outlet = \"6f1c2a52-9d53-4c83-8f0e-2f1a7b0c9d11\"",
            "collection = \"customers_of_the_second_shop_in_2026\"",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
