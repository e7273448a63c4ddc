//! Names that were most likely meant.

use super::NEAR_NAME_CHARS_MAX;

/// The candidate that is most like the name, if one is like enough: a slip of a third of its letters at most. Of
/// several equally near the first wins.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    near(name, candidates).names.first().copied()
}

/// The candidates that are most like a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Near<'a> {
    /// Several where they are equally near; none where none is like enough.
    pub names: Vec<&'a str>,
    /// How many letters differ, and how many there are.
    distance: usize,
    letters: usize,
}

impl<'a> Near<'a> {
    /// The one that was meant for sure. Of a word of two letters no letter is a slip for sure.
    pub(super) fn sure(&self) -> Option<&'a str> {
        match self.names[..] {
            [only] if self.distance * 3 <= self.letters => Some(only),
            _ => None,
        }
    }
}

/// All candidates that are most like the name, if they are like enough.
pub(super) fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Near<'a> {
    let name: Vec<char> = folded(name);
    let mut best = Near::default();
    if name.len() > NEAR_NAME_CHARS_MAX {
        return best;
    }
    for candidate in candidates {
        let letters = folded(candidate);
        if letters.len() > NEAR_NAME_CHARS_MAX {
            continue;
        }
        let longer = name.len().max(letters.len());
        let allowed = (longer / 3).max(1);
        if name.len().abs_diff(letters.len()) > allowed {
            continue;
        }
        let distance = distance(&name, &letters);
        let something_in_common = distance < name.len().min(letters.len()).max(1);
        if !something_in_common || distance > allowed {
            continue;
        }
        if best.names.is_empty() || distance < best.distance {
            best = Near { names: vec![candidate], distance, letters: longer };
        } else if distance == best.distance && !best.names.contains(&candidate) {
            best.names.push(candidate);
        }
    }
    best
}

/// Lower case, with the two usual separators made one.
fn folded(name: &str) -> Vec<char> {
    name.to_lowercase().chars().map(|letter| if letter == '-' { '_' } else { letter }).collect()
}

/// How many letters must be put in, left out, changed, or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let changed = last[j] + usize::from(letter != other);
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *other && b[j - 1] == *letter {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["orders", "matched", "sales"];
        assert_eq!(nearest("ordres", known), Some("orders"));
        assert_eq!(nearest("sals", known), Some("sales"));
        assert_eq!(nearest("SALES", known), Some("sales"));
        assert_eq!(nearest("stock", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn what_is_equally_near_or_very_short_is_not_sure() {
        let sure = |name, known: &[&'static str]| near(name, known.iter().copied()).sure();
        assert_eq!(sure("ordres", &["orders", "matched"]), Some("orders"));
        assert_eq!(sure("ORDERS", &["orders"]), Some("orders"));
        assert_eq!(sure("evn", &["env", "file"]), Some("env"));
        assert_eq!(sure("eus", &["eu", "us"]), None, "both are as near");
        assert_eq!(sure("eus", &["us", "eu"]), None);
        assert_eq!(sure("a-b", &["a_b", "A_B"]), None, "both are the same but for their form");
        assert_eq!(sure("ex", &["eu", "world"]), None, "half of it is another word");
        assert_eq!(
            sure("sals", &["sals2", "sals2"]),
            Some("sals2"),
            "one that is named twice is one"
        );
        assert_eq!(near("eus", ["eu", "us"]).names, ["eu", "us"]);
    }

    #[test]
    fn very_long_names_cost_nothing() {
        assert_eq!(nearest(&"x".repeat(100_000), ["x"]), None);
    }
}
