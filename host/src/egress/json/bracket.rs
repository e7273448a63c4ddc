//! The end of an object or array of which nothing is kept, found by its quotes and brackets alone, 64 bytes at a time.

use wide::u8x16;

/// Bytes that are looked at together: one for each bit of a mask.
const BLOCK_BYTES: usize = 64;

/// How many bytes the object or array is long that the text begins with; nothing where it has no end.
///
/// What stands between its brackets is not checked to be JSON, and its brackets are only counted. A text that is cut
/// off within it has no end all the same. A quote too many, which no JSON has, may have it end too late, at the next one.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut strings = Strings::default();
    let (blocks, rest) = text.as_chunks::<BLOCK_BYTES>();
    let mut last = [b' '; BLOCK_BYTES];
    last[..rest.len()].copy_from_slice(rest);
    for (index, block) in blocks.iter().chain([&last]).enumerate() {
        let found = Found::within(block);
        let outside = !strings.inside(found.quotes, found.backslashes);
        let (opens, closes) = (found.opens & outside, found.closes & outside);
        let (opening, closing) = (opens.count_ones() as usize, closes.count_ones() as usize);
        if closing < depth {
            depth = depth + opening - closing;
            continue;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let bit = brackets & brackets.wrapping_neg();
            if opens & bit != 0 {
                depth += 1;
            } else {
                depth -= 1;
            }
            if depth == 0 {
                return Some(index * BLOCK_BYTES + bit.trailing_zeros() as usize + 1);
            }
            brackets ^= bit;
        }
    }
    None
}

/// Where in a block each of these stands, the first byte at the lowest bit.
struct Found {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
}

impl Found {
    #[inline]
    fn within(block: &[u8; BLOCK_BYTES]) -> Self {
        // The bit by which a square bracket differs from the curly one, and nothing else from both.
        const CURLY: u8 = b'{' ^ b'[';
        let mut found = Found { quotes: 0, backslashes: 0, opens: 0, closes: 0 };
        let (sixteens, _) = block.as_chunks::<16>();
        for (index, sixteen) in sixteens.iter().enumerate() {
            let bytes = u8x16::new(*sixteen);
            let curly = bytes | u8x16::splat(CURLY);
            let mask = |bytes: u8x16, byte: u8| {
                u64::from(bytes.simd_eq(u8x16::splat(byte)).to_bitmask()) << (16 * index)
            };
            found.quotes |= mask(bytes, b'"');
            found.backslashes |= mask(bytes, b'\\');
            found.opens |= mask(curly, b'{');
            found.closes |= mask(curly, b'}');
        }
        found
    }
}

/// Whether the walk is in a string, from block to block.
#[derive(Default)]
struct Strings {
    /// All bits where the next block begins within a string.
    goes_on: u64,
    /// The lowest bit where the next block's first byte is escaped.
    escapes: u64,
}

impl Strings {
    /// The bytes of a block that are within strings, with the quotes that begin them and without those that end them.
    #[inline]
    fn inside(&mut self, quotes: u64, backslashes: u64) -> u64 {
        let mut inside = quotes & !self.escaped(backslashes);
        // Each bit becomes the parity of the quotes up to it.
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= self.goes_on;
        self.goes_on = if inside >> 63 == 1 { u64::MAX } else { 0 };
        inside
    }

    /// The bytes of a block that stand behind a backslash which is not itself escaped.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = std::mem::take(&mut self.escapes);
        let mut escaping = backslashes & !escaped;
        while escaping != 0 {
            let bit = escaping & escaping.wrapping_neg();
            escaped |= bit << 1;
            self.escapes = bit >> 63;
            escaping &= !(bit | bit << 1);
        }
        escaped
    }
}
