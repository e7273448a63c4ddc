//! Stand-ins: what takes the place of texts that may name a person or tell a secret.
//!
//! Each word has one stand-in in a whole recording, whatever letters it is written in, so what a connector makes of an
//! answer (trims it, splits a name, writes an address in lower case) comes out of the stand-ins as it came out of the
//! originals. They are numbered as they come, so nothing of a word can be computed back from its stand-in.

use std::collections::{BTreeSet, HashMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::limits::{DIGITS_MIN, NUMBER_DIGITS_MIN, WORD_LETTERS_MIN};

/// The stand-ins of one recording.
#[derive(Debug, Default)]
pub struct StandIns {
    /// By the word in lower case.
    words: HashMap<String, String>,
    digits: HashMap<String, String>,
    /// How many runs of digits have a stand-in of each length.
    lengths: HashMap<usize, usize>,
    days: HashMap<String, String>,
    /// Whole texts that were replaced, in lower case, with what replaced them.
    phrases: HashMap<String, String>,
    /// Those of them that are looked for within other texts, and what replaced each.
    telling: Option<(AhoCorasick, Vec<String>)>,
    /// Words of persons, in lower case: they are replaced wherever they stand.
    personal: HashSet<String>,
}

/// A part of a text, as it is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Word(&'a str),
    Digits(&'a str),
    Between(&'a str),
}

/// The words, the runs of digits, and what stands between them.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Digits,
        Between,
    }
    let kind = |letter: char| match letter {
        _ if letter.is_numeric() => Kind::Digits,
        _ if letter.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&letter) => Kind::Word,
        _ => Kind::Between,
    };
    let mut parts = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((from, letter)) = letters.next() {
        let of = kind(letter);
        let mut to = from + letter.len_utf8();
        while let Some((at, next)) = letters.peek().copied().filter(|(_, next)| kind(*next) == of) {
            to = at + next.len_utf8();
            letters.next();
        }
        let part = &text[from..to];
        parts.push(match of {
            Kind::Word => Part::Word(part),
            Kind::Digits => Part::Digits(part),
            Kind::Between => Part::Between(part),
        });
    }
    parts
}

impl StandIns {
    /// The stand-in of a text of which nothing is known: every word of it is replaced, and each longer run of digits.
    /// What names nobody by its form (nothing at all, an instant, a small number, a UUID) stays.
    pub fn of(&mut self, text: &str) -> String {
        if names_nobody(text) {
            return text.to_owned();
        }
        if is_day(text) {
            let count = self.days.len();
            return self.days.entry(text.to_owned()).or_insert_with(|| day(count)).clone();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, address, after)) = split_at_address(rest) {
            self.put(before, &mut out);
            self.put_address(address, &mut out);
            rest = after;
        }
        self.put(rest, &mut out);
        if out != text {
            self.phrases.insert(text.trim().to_lowercase(), out.trim().to_owned());
        }
        out
    }

    /// The stand-in of a number that is long enough to be one's own: an account, a telephone.
    pub fn of_number(&mut self, digits: &str) -> String {
        let out = self.digits_of(digits);
        self.phrases.insert(digits.to_owned(), out.clone());
        out
    }

    /// The words of this text are a person's. Short ones and those `but` are not: they are everybody's.
    pub fn know_person(&mut self, text: &str, but: &BTreeSet<String>) {
        let own = split_at_address(text)
            .map_or(text, |(_, address, _)| address.split('@').next().unwrap_or_default());
        for part in parts(own) {
            if let Part::Word(word) = part
                && word.chars().count() >= WORD_LETTERS_MIN
                && !but.contains(&word.to_lowercase())
            {
                self.personal.insert(word.to_lowercase());
            }
        }
    }

    /// From now on [`Self::within`] knows what was replaced so far.
    pub fn gathered(&mut self) {
        let is_telling = |(text, _): &(&String, &String)| {
            let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
            letters >= 6 && (text.contains(' ') || text.contains('@') || is_long_number(text))
        };
        let (texts, made): (Vec<_>, Vec<_>) = self.phrases.iter().filter(is_telling).unzip();
        let matcher = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(texts);
        self.telling = matcher.ok().map(|matcher| (matcher, made.into_iter().cloned().collect()));
    }

    /// A text whose place is declared to name nobody, with what names somebody all the same: addresses, telephone numbers,
    /// and whole texts that stood where nothing is declared.
    pub fn within(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, address, after)) = split_at_address(rest) {
            out.push_str(before);
            self.put_address(address, &mut out);
            rest = after;
        }
        out.push_str(rest);
        out = self.without_telephones(&out);
        match &self.telling {
            Some((matcher, made)) => matcher.replace_all(&out, made),
            None => out,
        }
    }

    /// The same, and without words of persons: for texts that are no program's own.
    pub fn within_prose(&mut self, text: &str) -> String {
        let out = self.within(text);
        let is_one_word = text.chars().all(char::is_alphabetic) && text != text.to_uppercase();
        if !is_one_word && !text.contains(char::is_whitespace) {
            // A code: a SKU, a status. What other texts are compared with must stay what it is.
            return out;
        }
        let word = |part| match part {
            Part::Word(word) if self.personal.contains(&word.to_lowercase()) => self.any_word(word),
            Part::Word(text) | Part::Digits(text) | Part::Between(text) => text.to_owned(),
        };
        parts(&out).into_iter().map(word).collect()
    }

    /// The stand-in of a text that was replaced as a whole elsewhere: an id in a path.
    pub fn known(&self, text: &str) -> Option<&str> {
        self.phrases.get(&text.to_lowercase()).map(String::as_str)
    }

    fn put(&mut self, text: &str, out: &mut String) {
        // A telephone number or a network address is many short runs.
        let all = text.chars().filter(|letter| letter.is_numeric()).count();
        let digits_min = if all >= NUMBER_DIGITS_MIN { 1 } else { DIGITS_MIN };
        for part in parts(text) {
            match part {
                Part::Word(word) => out.push_str(&self.word(word)),
                Part::Digits(digits) if digits.chars().count() >= digits_min => {
                    out.push_str(&self.digits_of(digits));
                }
                Part::Digits(text) | Part::Between(text) => out.push_str(text),
            }
        }
    }

    /// An address keeps its form, and leads nowhere: `.example` is kept free for that (RFC 2606).
    fn put_address(&mut self, address: &str, out: &mut String) {
        let (before, ending) = address.rsplit_once('.').unwrap_or((address, ""));
        for part in parts(before) {
            match part {
                Part::Word(word) => out.push_str(&self.any_word(word)),
                Part::Digits(digits) => out.push_str(&self.digits_of(digits)),
                Part::Between(text) => out.push_str(text),
            }
        }
        out.push('.');
        out.push_str(&in_case_of(ending, "example"));
    }

    fn without_telephones(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('+') {
            let (before, from) = rest.split_at(at);
            let is_of_number =
                |letter: &char| letter.is_ascii_digit() || " -()/.".contains(*letter);
            let length: usize = 1 + from.chars().skip(1).take_while(is_of_number).count();
            let number = &from[..length];
            out.push_str(before);
            match number.chars().filter(char::is_ascii_digit).count() >= NUMBER_DIGITS_MIN {
                true => self.put(number, &mut out),
                false => out.push_str(number),
            }
            rest = &from[length..];
        }
        out.push_str(rest);
        out
    }

    fn word(&mut self, word: &str) -> String {
        if word.chars().count() < 2 { word.to_owned() } else { self.any_word(word) }
    }

    fn any_word(&mut self, word: &str) -> String {
        let count = self.words.len();
        let made = self.words.entry(word.to_lowercase()).or_insert_with(|| made_word(count));
        in_case_of(word, made)
    }

    /// As many digits, or more where there are not enough of that length for all.
    fn digits_of(&mut self, digits: &str) -> String {
        if let Some(made) = self.digits.get(digits) {
            return made.clone();
        }
        let mut length = digits.chars().count();
        let made = loop {
            let count = self.lengths.entry(length).or_default();
            let room = 10_usize.saturating_pow(u32::try_from(length - 1).unwrap_or(u32::MAX));
            if *count < room {
                *count += 1;
                break match length {
                    1 => "9".to_owned(),
                    _ => format!("9{:0width$}", *count - 1, width = length - 1),
                };
            }
            length += 2;
        };
        self.digits.insert(digits.to_owned(), made.clone());
        made
    }
}

/// Whether a text has the form of a stand-in.
pub(super) fn is_stand_in(part: Part<'_>) -> bool {
    match part {
        Part::Word(word) => {
            let word = word.to_lowercase();
            let is_vowel = |at: usize, letter: u8| (at % 2 == 1) == b"aeiou".contains(&letter);
            (word.starts_with('x')
                && word.len().is_multiple_of(2)
                && word.len() >= 4
                && word.bytes().enumerate().all(|(at, letter)| is_vowel(at, letter)))
                || word == "example"
        }
        Part::Digits(digits) => digits.len() >= DIGITS_MIN && digits.starts_with('9'),
        Part::Between(_) => false,
    }
}

/// `xaba`, `xabe`, …: pronounceable, and no word of any language that we know.
fn made_word(number: usize) -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut letters = Vec::new();
    let mut left = number;
    loop {
        letters.push(VOWELS[left % VOWELS.len()]);
        left /= VOWELS.len();
        letters.push(CONSONANTS[left % CONSONANTS.len()]);
        left /= CONSONANTS.len();
        if left < VOWELS.len() {
            letters.push(VOWELS[left]);
            break;
        }
        left -= VOWELS.len();
    }
    letters.push(b'x');
    letters.reverse();
    letters.into_iter().map(char::from).collect()
}

/// `made` in capitals as `word` is: so that its lower case is the stand-in of the word's lower case.
fn in_case_of(word: &str, made: &str) -> String {
    let mut letters = word.chars();
    let starts_large = letters.next().is_some_and(char::is_uppercase);
    let has_small = word.chars().any(char::is_lowercase);
    match (starts_large, has_small) {
        (true, false) if word.chars().count() > 1 => made.to_uppercase(),
        (true, _) => {
            let (first, rest) = made.split_at(1);
            first.to_uppercase() + rest
        }
        (false, _) => made.to_owned(),
    }
}

/// What stands before an e-mail address, the address, and what stands after it.
fn split_at_address(text: &str) -> Option<(&str, &str, &str)> {
    let is_local =
        |letter: char| letter.is_alphanumeric() || "!#$&'*+-/=?^_`{|}~.%".contains(letter);
    let is_host = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
    for (at, _) in text.match_indices('@') {
        let from = text[..at]
            .rfind(|letter| !is_local(letter))
            .map_or(0, |before| before + text[before..].chars().next().map_or(0, char::len_utf8));
        let host = &text[at + 1..];
        let host = &host[..host.find(|letter| !is_host(letter)).unwrap_or(host.len())];
        let host = host.trim_end_matches(['.', '-']);
        let ending = host.rsplit_once('.').map(|(_, ending)| ending);
        if from < at && ending.is_some_and(|ending| ending.chars().all(char::is_alphabetic)) {
            let to = at + 1 + host.len();
            return Some((&text[..from], &text[from..to], &text[to..]));
        }
    }
    None
}

/// Whether a text names nobody, by its form alone.
fn names_nobody(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.chars().filter(|letter| letter.is_alphanumeric()).count() < 2 {
        return true;
    }
    matches!(trimmed, "true" | "false" | "null")
        || is_uuid(trimmed)
        || is_instant(trimmed)
        || (is_decimal(trimmed) && (trimmed.contains('.') || !is_long_number(trimmed)))
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether a text is a day with a time of the day: `2026-11-25T10:00:00Z`, `2026-11-25 10:00:00 +0000`.
pub(super) fn is_instant(text: &str) -> bool {
    let (Some(day), Some(time)) = (text.get(..10), text.get(10..)) else { return false };
    is_day(day)
        && time.starts_with(['T', ' '])
        && time.bytes().filter(u8::is_ascii_digit).count() >= 4
        && time.contains(':')
        && time.bytes().all(|byte| byte.is_ascii_digit() || b"T :.+-Z".contains(&byte))
}

/// A day alone may be somebody's birthday.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn day(number: usize) -> String {
    let number = number % (50 * 12 * 28);
    let (year, month, day) = (2000 + number / (12 * 28), number / 28 % 12 + 1, number % 28 + 1);
    format!("{year}-{month:02}-{day:02}")
}

fn is_decimal(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.starts_with(|letter: char| letter.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.matches('.').count() <= 1
}

/// Whether the whole part of a number is long enough to be one's own.
fn is_long_number(text: &str) -> bool {
    let whole = text.trim_start_matches(['-', '+']).split('.').next().unwrap_or_default();
    whole.len() >= DIGITS_MIN && whole.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_text_comes_out_of_its_stand_in() {
        let mut made = StandIns::default();
        let whole = made.of("  Mina van HARKER-Ünal ");
        let lower = made.of("mina van harker-ünal");
        assert_eq!(whole.trim().to_lowercase(), lower);
        let names: Vec<String> =
            ["Mina", "van", "HARKER", "Ünal"].map(|word| made.of(word)).to_vec();
        assert_eq!(whole, format!("  {} {} {}-{} ", names[0], names[1], names[2], names[3]));
        for word in ["mina", "harker", "ünal", "van"] {
            assert!(!whole.to_lowercase().contains(word), "{whole}");
        }
    }

    #[test]
    fn an_address_stays_one_and_leads_nowhere() {
        let mut made = StandIns::default();
        let address = made.of(" Mina.Harker81@Shop.example.CO.UK");
        assert!(address.starts_with(' ') && address.ends_with(".EXAMPLE"), "{address}");
        assert_eq!(address.matches('@').count(), 1);
        assert_eq!(address.to_lowercase(), made.of(" mina.harker81@shop.example.co.uk"));
        assert!(!address.to_lowercase().contains("harker") && !address.contains("81"), "{address}");
        let within = made.within("for mina.harker81@shop.example.co.uk, soon");
        assert_eq!(within, format!("for {}, soon", address.trim().to_lowercase()));
    }

    #[test]
    fn what_names_nobody_stays_and_what_may_be_somebodys_does_not() {
        let mut made = StandIns::default();
        for text in [
            "",
            "-",
            "12.50",
            "-3",
            "true",
            "2026-11-25T10:00:00.123Z",
            "2026-11-25 10:00:00 +0000",
            "0b6f2b1e-97aa-4b5f-8f1e-0242ac120002",
        ] {
            assert_eq!(made.of(text), text);
        }
        for text in
            ["1990-05-01", "90210", "0170 1234567", "SW1A 1AA", "192.168.10.77", "Ö-Straße 7"]
        {
            let other = made.of(text);
            assert_ne!(other, text);
            assert_eq!(other, made.of(text));
        }
        assert!(is_day(&made.of("1990-05-01")));
        let numbers: HashSet<String> =
            (10..99).map(|n| made.of(&format!("b{n}@x.example"))).collect();
        assert_eq!(numbers.len(), 89, "two persons have one stand-in");
    }

    #[test]
    fn what_was_replaced_in_one_place_is_replaced_within_others() {
        let mut made = StandIns::default();
        let name = made.of("Mina Harker");
        made.know_person("Mina Harker", &BTreeSet::from(["web".to_owned()]));
        made.know_person("web", &BTreeSet::from(["web".to_owned()]));
        made.of("paid");
        made.gathered();
        assert_eq!(made.within("Mug for MINA harker!"), format!("Mug for {name}!"));
        assert_eq!(made.within("PAID"), "PAID", "one common word tells nothing");
        assert_eq!(made.within("mina"), "mina");
        assert_ne!(made.within_prose("For Mina"), "For Mina");
        assert_eq!(made.within_prose("Web"), "Web");
        assert_eq!(made.within_prose("MINA-01"), "MINA-01");
        assert_ne!(made.within("call +44 20 7946 0958 now"), "call +44 20 7946 0958 now");
        assert_eq!(made.within("1 + 1 is 2"), "1 + 1 is 2");
    }

    #[test]
    fn stand_ins_are_told_apart_and_are_as_many_as_are_needed() {
        let made: std::collections::HashSet<String> = (0..60_000).map(made_word).collect();
        assert_eq!(made.len(), 60_000);
        for word in made.iter().take(3_000) {
            assert!(is_stand_in(Part::Word(word)), "{word}");
            assert!(is_stand_in(Part::Word(&word.to_uppercase())), "{word}");
        }
        for word in ["sale", "xray", "orders", "mina", "x"] {
            assert!(!is_stand_in(Part::Word(word)), "{word}");
        }
    }
}
