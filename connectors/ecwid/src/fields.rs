//! Which fields of an answer we ask for, said once and used twice: the vendor sends no others
//! (`responseFields`), and the host hands on no others (`keep`).
//!
//! The notation is the vendor's, with `[]` after a field that holds a list:
//! `total,items[](id,taxes[](name))`.

/// Both forms of one list of fields.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    /// For the query parameter `responseFields`.
    pub(crate) asked: String,
    /// For `request.keep`.
    pub(crate) kept: Vec<String>,
}

impl Fields {
    /// Fields of an answer that is one object.
    pub(crate) fn new(notation: &str) -> Self {
        Self { asked: notation.replace("[]", ""), kept: paths(notation) }
    }

    /// Fields of the items of a search, with the count of all matches.
    pub(crate) fn of_search(item: &str) -> Self {
        Self::new(&format!("total,items[]({item})"))
    }
}

/// The dotted paths of the innermost fields.
fn paths(notation: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut prefixes: Vec<String> = Vec::new();
    let mut name = String::new();
    let mut finish = |name: &mut String, prefixes: &[String]| {
        if !name.is_empty() {
            let within = prefixes.last().map_or("", String::as_str);
            paths.push(format!("{within}{}", std::mem::take(name)));
        }
    };
    for character in notation.chars() {
        match character {
            '(' => {
                let within = prefixes.last().map_or("", String::as_str);
                let prefix = format!("{within}{}.", std::mem::take(&mut name).replace("[]", ".*"));
                prefixes.push(prefix);
            }
            ')' => {
                finish(&mut name, &prefixes);
                prefixes.pop();
            }
            ',' => finish(&mut name, &prefixes),
            _ => name.push(character),
        }
    }
    finish(&mut name, &prefixes);
    paths
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn one_list_serves_vendor_and_host() {
        let fields = Fields::of_search(
            "id,loyalty(redemption(amount)),items[](sku,taxes[](name,value)),note",
        );
        assert_eq!(
            fields.asked,
            "total,items(id,loyalty(redemption(amount)),items(sku,taxes(name,value)),note)"
        );
        let kept = [
            "total",
            "items.*.id",
            "items.*.loyalty.redemption.amount",
            "items.*.items.*.sku",
            "items.*.items.*.taxes.*.name",
            "items.*.items.*.taxes.*.value",
            "items.*.note",
        ];
        assert_eq!(fields.kept, kept);
    }
}
