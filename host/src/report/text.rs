//! Sentences made safe for a terminal.

use super::SENTENCE_CHARS_MAX;

/// The text on one line, bounded, without anything that could steer a terminal or turn the reading direction: a
/// connector's own words, and the user's, may be in it.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (count, letter) in text.chars().enumerate() {
        if count == SENTENCE_CHARS_MAX {
            out.push('…');
            break;
        }
        match letter {
            '\n' | '\t' => out.push(' '),
            letter if letter.is_control() || turns_direction(letter) => {
                out.extend(letter.escape_unicode())
            }
            letter => out.push(letter),
        }
    }
    out
}

fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb c\\u{202e}d");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(plain(&"x".repeat(10_000)).chars().count(), SENTENCE_CHARS_MAX + 1);
    }
}
