//! Which texts of a connector's requests and answers name no person, as its descriptor declares.

/// The name of the descriptor's attribute.
pub const ATTRIBUTE: &str = "recorded-as-is";

/// The places that one connector declares. What it does not declare is replaced in a recording.
///
/// Each attribute `recorded-as-is` is a list, parted by commas: `items.sku, paymentStatus` or, for requests to paths that
/// begin so, `products: name, handle`. A place is the names that lead to a text in a JSON body, from the innermost outwards as
/// far as is needed to tell it; arrays count for nothing. `?name` is a parameter of the query, `*` all texts there. A rule says
/// `state: *` where nothing that it remembers names a person, a sink `memo: *` where nothing that it keeps does.
#[derive(Debug, Clone, Default)]
pub struct Places {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    /// The segments with which a request's path begins.
    path: Vec<String>,
    /// Outermost first.
    names: Vec<String>,
}

impl Places {
    /// Reads the attributes of a descriptor.
    pub fn declared<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut rules = Vec::new();
        for (_, value) in attributes.into_iter().filter(|(name, _)| *name == ATTRIBUTE) {
            let (path, places) = value.split_once(':').unwrap_or(("", value));
            let path = segments(path).map(str::to_owned).collect::<Vec<_>>();
            rules.extend(places.split(',').map(str::trim).filter(|place| !place.is_empty()).map(
                |place| Rule {
                    path: path.clone(),
                    names: place.split('.').map(str::to_owned).collect(),
                },
            ));
        }
        Self { rules }
    }

    /// Whether nothing that a rule remembers names a person.
    pub fn has_state(&self) -> bool {
        self.is_declared("state", &["*"])
    }

    /// Whether nothing that a sink keeps (its memos) names a person, but for addresses.
    pub fn has_memo(&self) -> bool {
        self.is_declared("memo", &["*"])
    }

    /// Whether a text names nobody that is reached by these names, outermost first, in a request to `path` or its answer.
    pub(super) fn is_declared(&self, path: &str, names: &[&str]) -> bool {
        self.rules.iter().any(|rule| rule.is_of(path) && rule.is_at(names))
    }
}

impl Rule {
    fn is_of(&self, path: &str) -> bool {
        let mut given = segments(path);
        self.path.iter().all(|segment| given.next() == Some(segment.as_str()))
    }

    fn is_at(&self, names: &[&str]) -> bool {
        let is_name = |(rule, name): (&String, &&str)| rule == "*" || rule == name;
        self.names.len() <= names.len()
            && self.names.iter().rev().zip(names.iter().rev()).all(is_name)
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim().split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_from_the_inside_as_far_as_is_needed() {
        let places = Places::declared([
            (ATTRIBUTE, "sku, taxes.name, ?offset"),
            (ATTRIBUTE, "/2026-07/products: name"),
            ("other", "email"),
        ]);
        let is = |path: &str, names: &[&str]| places.is_declared(path, names);
        assert!(is("/orders", &["items", "sku"]) && is("orders/1", &["sku"]));
        assert!(is("/orders", &["items", "taxes", "name"]));
        assert!(!is("/orders", &["items", "name"]) && !is("/orders", &["name"]));
        assert!(is("2026-07/products/7", &["data", "name"]));
        assert!(!is("/2026-07/customers", &["data", "name"]) && !is("/2026-07", &["name"]));
        assert!(is("/orders", &["?offset"]) && !is("/orders", &["?email"]));
        assert!(!is("/orders", &["email"]) && !is("/orders", &[]));
    }
}
