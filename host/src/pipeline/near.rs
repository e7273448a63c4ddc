//! Names that were most likely meant.

use super::NEAR_NAME_CHARS_MAX;

/// The candidate that is most like the name, if one is like enough: a slip of a third of its letters at most. Of
/// several equally near the first wins.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name: Vec<char> = folded(name);
    if name.len() > NEAR_NAME_CHARS_MAX {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let letters = folded(candidate);
        if letters.len() > NEAR_NAME_CHARS_MAX {
            continue;
        }
        let allowed = (name.len().max(letters.len()) / 3).max(1);
        if name.len().abs_diff(letters.len()) > allowed {
            continue;
        }
        let distance = distance(&name, &letters);
        let something_in_common = distance < name.len().min(letters.len()).max(1);
        if something_in_common
            && distance <= allowed
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
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
    fn very_long_names_cost_nothing() {
        assert_eq!(nearest(&"x".repeat(100_000), ["x"]), None);
    }
}
