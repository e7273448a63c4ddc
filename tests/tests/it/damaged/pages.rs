//! Pages of the store's file that are missing or torn.

use super::{Kept, PAGE, assert_refused, drawn, ended, keep_files};

#[test]
fn a_store_that_is_cut_anywhere_is_refused_and_left_as_it_is() {
    let kept = ended(21);
    let pages = kept.store.len() / PAGE;
    assert!(pages > 60, "{pages} pages");
    let within = [1, 15, 16, 50, 99, 100, 511, 512, 1_000, PAGE - 1].map(|bytes| bytes % PAGE);
    let boundaries = (1..pages).map(|page| page * PAGE);
    let inside = (0..pages).map(|page| page * PAGE + within[page % within.len()]);
    for (turn, bytes) in boundaries.chain(inside).enumerate() {
        let cut = &kept.store[..bytes];
        assert!(!kept.is_opened(cut, &[]), "cut to {bytes} bytes, and it was opened");
        // The binary says it in the same words, and takes longer.
        if turn % 20 == 0 {
            assert!(!kept.runs(Some(cut), &[], &format!("cut to {bytes} bytes")));
        }
    }
    assert!(!kept.runs(Some(&[]), &[], "cut to nothing"));
    kept.settles();
}

/// Where it is not noticed, the page held nothing but what stands in the middle of a long text: SQLite knows the form
/// of a page and not the letters on it.
#[test]
fn a_page_that_is_torn_is_refused_or_costs_nothing() {
    let kept = ended(22);
    let pages = kept.store.len() / PAGE;
    let mut opened = Vec::new();
    for page in 0..pages {
        let other = (page + 1 + drawn(page, pages - 1)) % pages;
        let zeroes = with_page(&kept, page, &[0; PAGE]);
        let another = with_page(&kept, page, &kept.store[other * PAGE..(other + 1) * PAGE]);
        // Half of it was written before the power went.
        let mut half = kept.store[page * PAGE..(page + 1) * PAGE].to_vec();
        half[PAGE / 2..].fill(0);
        let half = with_page(&kept, page, &half);
        for (torn, how) in [(zeroes, "zeroed"), (another, "another's"), (half, "half")] {
            if torn != kept.store && kept.is_opened(&torn, &[]) {
                opened.push((torn, format!("page {page} {how}")));
            }
        }
    }
    assert!(opened.len() < pages, "{} of {} are not noticed", opened.len(), 3 * pages);
    println!("{} of {} torn pages are not noticed", opened.len(), 3 * pages);
    for (torn, told) in opened.iter().step_by(opened.len().div_ceil(24).max(1)) {
        kept.put(Some(torn), &[]);
        let said = kept.project.run().unwrap();
        match said.code {
            Some(0) => kept.assert_books(told),
            _ => assert_refused(&said, told),
        }
    }
    kept.settles();
}

/// A bit that is flipped inside of a text cannot be noticed, and no more is promised of it than that nothing panics.
#[test]
fn bits_that_are_flipped_anywhere_panic_nothing() {
    let kept = ended(23);
    let mut ran = 0;
    for turn in 0..400 {
        let mut flipped = kept.store.clone();
        for bit in 0..=drawn(turn, 3) {
            let at = drawn(turn * 7 + bit + 1, flipped.len());
            flipped[at] ^= 1 << drawn(turn + bit, 8);
        }
        if kept.is_opened(&flipped, &[]) && ran < 12 {
            ran += 1;
            kept.put(Some(&flipped), &[]);
            let said = kept.project.run().unwrap();
            assert!(said.code.is_some() && !said.err.contains("panicked"), "{turn}: {said:?}");
        }
    }
    assert!(ran > 0);
    let (_store, log) = keep_files(&kept.project);
    assert!(log.is_empty());
}

fn with_page(kept: &Kept, page: usize, bytes: &[u8]) -> Vec<u8> {
    let mut store = kept.store.clone();
    store[page * PAGE..(page + 1) * PAGE].copy_from_slice(bytes);
    store
}
