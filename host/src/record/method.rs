//! Methods of requests by their words.

use crate::contract::Method;

const METHODS: [(Method, &str); 6] = [
    (Method::Get, "GET"),
    (Method::Query, "QUERY"),
    (Method::Post, "POST"),
    (Method::Put, "PUT"),
    (Method::Patch, "PATCH"),
    (Method::Delete, "DELETE"),
];

/// The word for a method, as it goes over the wire.
pub fn method_word(method: Method) -> &'static str {
    METHODS.iter().find(|(known, _)| *known == method).map_or("?", |(_, word)| word)
}

/// The method of that word.
pub fn method_of(word: &str) -> Option<Method> {
    METHODS.iter().find(|(_, known)| *known == word).map(|(method, _)| *method)
}
