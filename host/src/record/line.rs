//! Text of others as people may be shown it.

/// The text on one line and without what drives a terminal or turns the order of letters about; cut to `bytes_max` and
/// an ellipsis.
pub fn one_line(text: &str, bytes_max: usize) -> String {
    let end = text.floor_char_boundary(bytes_max);
    let mut line: String =
        text[..end].chars().map(|letter| if is_plain(letter) { letter } else { ' ' }).collect();
    if end < text.len() {
        line.push('…');
    }
    line
}

/// Whether a letter is only itself: no control character, no mark by which what follows is shown from right to left or
/// on a line of its own.
fn is_plain(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !letter.is_control() && !turns
}

/// Text as XML has it. What XML cannot hold stands as a sign for what is not known.
pub fn xml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}');
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_on_its_line_and_drives_nothing() {
        assert_eq!(one_line("a\u{1b}[2J\r\nb\u{202e}c\u{2028}d", 100), "a [2J  b c d");
        assert_eq!(one_line("Größe 3,5 – 大", 100), "Größe 3,5 – 大");
        assert_eq!(one_line("ééé", 3), "é…");
    }
}
