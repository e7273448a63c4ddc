//! Mutations by a seed. The generator is written out, so that a seed means the same inputs for ever.

/// Most bytes that an input grows to.
const INPUT_BYTES_MAX: usize = 1 << 20;

/// Inputs made of others, without end.
#[derive(Debug)]
pub struct Mutations<'a> {
    state: u64,
    corpus: &'a [&'a [u8]],
    words: &'a [&'a str],
}

impl<'a> Mutations<'a> {
    /// The mutations of a corpus that belong to a seed; pieces of text are put in among others.
    #[must_use]
    pub fn new(seed: u64, corpus: &'a [&'a [u8]], words: &'a [&'a str]) -> Self {
        Self { state: seed, corpus, words }
    }

    /// splitmix64.
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let word = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    fn below(&mut self, bound: usize) -> usize {
        let drawn = self.word() % (bound.max(1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    fn input(&mut self) -> &'a [u8] {
        let index = self.below(self.corpus.len());
        self.corpus.get(index).copied().unwrap_or_default()
    }

    /// A stretch of bytes of this length at most.
    fn stretch(&mut self, bytes: &[u8], length_max: usize) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let length = self.below(length_max.min(bytes.len() - start) + 1);
        start..start + length
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        match self.below(9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(self.stretch(&bytes.clone(), 24))),
            2 => self.flip(bytes, at, 1),
            3 => self.flip(bytes, at, 255),
            4 => {
                let drawn = self.below(256);
                bytes.insert(at, u8::try_from(drawn).unwrap_or_default());
            }
            // A piece of another input, in the place of one of this.
            5 => {
                let other = self.input();
                let piece = other[self.stretch(other, 200)].to_vec();
                let gone = self.stretch(&bytes.clone(), 200);
                bytes.splice(gone, piece);
            }
            // A piece of this again.
            6 => {
                let piece = bytes[self.stretch(&bytes.clone(), 64)].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => self.put_word(bytes, at),
        }
        bytes.truncate(INPUT_BYTES_MAX);
    }

    fn flip(&mut self, bytes: &mut [u8], at: usize, bits: usize) {
        let mask = if bits == 1 { 1 << self.below(8) } else { self.below(bits) + 1 };
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= u8::try_from(mask).unwrap_or(1);
        }
    }

    /// Puts a word in, or in the place of a run of letters and digits.
    fn put_word(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let index = self.below(self.words.len());
        let word = self.words.get(index).copied().unwrap_or_default();
        let letters = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let gone = if self.below(2) == 0 { letters } else { 0 };
        bytes.splice(at..at + gone, word.bytes());
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut bytes = self.input().to_vec();
        for _ in 0..=self.below(4) {
            self.mutate(&mut bytes);
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Mutations;

    #[test]
    fn a_seed_means_the_same_mutations_for_ever() {
        let draw = |seed| {
            let corpus: [&[u8]; 2] = [b"one two three", b"four"];
            Mutations::new(seed, &corpus, &["five"]).take(300).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let kinds: std::collections::BTreeSet<Vec<u8>> = draw(1).into_iter().collect();
        assert!(kinds.len() > 200, "{}", kinds.len());
    }
}
