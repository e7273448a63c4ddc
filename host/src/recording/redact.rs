//! Exchanges with stand-ins in the place of what may name a person.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::limits::{JSON_DEPTH_MAX, NUMBER_DIGITS_MIN};
use super::standins::StandIns;
use super::{Exchange, Outcome, Places, Telling};
use crate::contract::Pair;
use crate::store::StoredRow;

/// Headers of answers that are kept: none of them tells of a person.
const HEADERS: [&str; 6] =
    ["content-length", "content-type", "date", "etag", "last-modified", "retry-after"];

/// What is to be replaced in a recording, and by what.
#[derive(Debug, Default)]
pub struct Redaction {
    /// By connection.
    places: BTreeMap<String, Places>,
    /// What the pipeline file itself says: a test needs it to stand in the answers too.
    said: BTreeSet<String>,
    /// The words of it, in lower case.
    said_words: BTreeSet<String>,
    made: StandIns,
    is_gathering: bool,
}

impl Redaction {
    /// A redaction that leaves what each connection's connector declares, and texts that the pipeline file says itself.
    pub fn new(places: BTreeMap<String, Places>, said: BTreeSet<String>) -> Self {
        let words = said.iter().flat_map(|text| text.split(|letter: char| !letter.is_alphabetic()));
        let said_words = words.map(str::to_lowercase).collect();
        Self { places, said, said_words, made: StandIns::default(), is_gathering: false }
    }

    /// Replaces in all exchanges and rows, and afterwards knows what was replaced in any of them. What connectors keep that
    /// are not among `telling` is left out.
    pub fn replace(
        &mut self,
        exchanges: &mut [Exchange],
        stored: &mut Vec<StoredRow>,
        telling: &Telling,
    ) {
        // What is personal is known only when all was seen, so everything is gone through twice.
        self.is_gathering = true;
        for exchange in exchanges.iter() {
            self.exchange(&mut exchange.clone());
        }
        self.rows(stored.clone(), telling);
        self.is_gathering = false;
        self.made.gathered();
        exchanges.iter_mut().for_each(|exchange| self.exchange(exchange));
        *stored = self.rows(std::mem::take(stored), telling);
    }

    /// A key, a cursor, a name that programs compare: only what is an address or a telephone number is replaced in it, and
    /// whole texts and long numbers that were replaced in exchanges.
    pub fn key(&mut self, text: &str) -> String {
        self.made.within(text)
    }

    /// JSON of which nothing is known.
    pub(super) fn document(&mut self, text: &str) -> String {
        let mut nowhere = At { places: &Places::default(), path: String::new(), names: Vec::new() };
        String::from_utf8(self.body(&mut nowhere, text.as_bytes())).unwrap_or_default()
    }

    /// A text for people that the host made, with stand-ins for what was replaced in exchanges.
    pub fn text(&mut self, text: &str) -> String {
        self.made.within_prose(text)
    }

    /// The stand-in of a text of which nothing is known.
    pub fn unknown(&mut self, text: &str) -> String {
        if self.said.contains(text.trim()) { text.to_owned() } else { self.made.of(text) }
    }

    fn exchange(&mut self, exchange: &mut Exchange) {
        let places = self.places.get(&exchange.connection).cloned().unwrap_or_default();
        let request = &mut exchange.request;
        let mut at = At { places: &places, path: request.path.clone(), names: Vec::new() };
        for pair in &mut request.query {
            at.names = vec![format!("?{}", pair.name)];
            pair.value = self.at(&at, &pair.value);
        }
        at.names.clear();
        if let Some(body) = &mut request.body {
            *body = self.body(&mut at, body);
        }
        request.headers.retain(|pair| HEADERS.contains(&pair.name.to_lowercase().as_str()));
        request.path = self.path(&request.path);
        let Outcome::Answered(response) = &mut exchange.outcome else { return };
        response.headers.retain(is_harmless);
        response.body = self.body(&mut at, &response.body);
    }

    fn at(&mut self, at: &At<'_>, text: &str) -> String {
        let names: Vec<&str> = at.names.iter().map(String::as_str).collect();
        if at.places.is_declared(&at.path, &names) {
            // Nothing is replaced within what stays before it is known what else was replaced.
            match names.last() {
                _ if self.is_gathering => text.to_owned(),
                // Lists of fields and the like: a name among a program's own words is a coincidence.
                Some(name) if name.starts_with('?') => self.made.within(text),
                _ => self.made.within_prose(text),
            }
        } else {
            match names.iter().any(|name| is_of_person(name)) {
                true => self.person(text),
                false => self.unknown(text),
            }
        }
    }

    /// The stand-in of a text that is a person's.
    pub(super) fn person(&mut self, text: &str) -> String {
        if self.is_gathering {
            self.made.know_person(text, &self.said_words);
        }
        self.unknown(text)
    }

    fn path(&mut self, path: &str) -> String {
        let segment = |segment: &str| match self.made.known(segment) {
            Some(known) => known.to_owned(),
            None if segment.contains("%40") => {
                self.made.of(&segment.replace("%40", "@")).replace('@', "%40")
            }
            None => self.made.within(segment),
        };
        path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }

    fn body(&mut self, at: &mut At<'_>, body: &[u8]) -> Vec<u8> {
        if body.is_empty() {
            return Vec::new();
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                self.value(at, &mut value, 0);
                value.to_string().into_bytes()
            }
            Err(_) => {
                let text = String::from_utf8_lossy(body).into_owned();
                self.at(at, &text).into_bytes()
            }
        }
    }

    fn value(&mut self, at: &mut At<'_>, value: &mut Value, depth: usize) {
        match value {
            _ if depth > JSON_DEPTH_MAX => *value = Value::Null,
            Value::Null | Value::Bool(_) => {}
            Value::String(text) => *text = self.at(at, text),
            Value::Number(number) => self.number(at, number),
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.value(at, item, depth + 1));
            }
            Value::Object(members) => {
                let given = std::mem::take(members);
                *members = given
                    .into_iter()
                    .map(|(name, mut member)| {
                        at.names.push(name);
                        self.value(at, &mut member, depth + 1);
                        let name = at.names.pop().unwrap_or_default();
                        (self.name(name), member)
                    })
                    .collect::<Map<_, _>>();
            }
        }
    }

    /// A member's name is a vendor's word, unless it has not the form of one: a map by e-mail address, say.
    fn name(&mut self, name: String) -> String {
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-.:$@/#".contains(letter);
        let is_plain = name.chars().all(is_word)
            && name.bytes().filter(u8::is_ascii_digit).count() < NUMBER_DIGITS_MIN
            && !(name.contains('@') && name.contains('.'));
        if is_plain { name } else { self.unknown(&name) }
    }

    /// A long whole number that nobody declares may be an account or a telephone.
    fn number(&mut self, at: &At<'_>, number: &mut Number) {
        let text = number.to_string();
        let names: Vec<&str> = at.names.iter().map(String::as_str).collect();
        let is_long =
            text.len() >= NUMBER_DIGITS_MIN && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_long && !at.places.is_declared(&at.path, &names) {
            let made = self.made.of_number(&text);
            if let Ok(made) = serde_json::from_str(&made) {
                *number = made;
            }
        }
    }
}

/// Where a text stands.
struct At<'a> {
    places: &'a Places,
    path: String,
    names: Vec<String>,
}

/// Whether a member of a body, or a parameter, tells of a person by its name, as vendors of all kinds call such things.
fn is_of_person(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "address", "billing", "buyer", "city", "company", "contact", "customer", "mail", "name",
        "person", "phone", "street",
    ];
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

fn is_harmless(header: &Pair) -> bool {
    let name = header.name.to_lowercase();
    HEADERS.contains(&name.as_str())
        || name.starts_with("x-ratelimit")
        || name.starts_with("ratelimit")
}
