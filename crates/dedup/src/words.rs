use crate::mix::mix;

/// Hands the hash of each word of a text to `each`, in order.
///
/// A word is a maximal run of alphanumeric characters (in Unicode's sense), lower-cased character by character. Its
/// hash is that of its UTF-8 bytes in blocks of eight, little-endian, the last one filled up with zeros:
/// `hash = mix(hash ^ block)` from [`SEED`]. Part of the format of a sketch: it must not change.
///
/// The text is cut where bytes are neither ASCII letters or digits nor part of a longer character. Such a run is
/// one word unless it holds longer characters; only then is it decoded.
#[inline]
pub(crate) fn for_each_word(text: &str, mut each: impl FnMut(u64)) {
    for_each_word_at(text, |hash, _, _| each(hash));
}

/// The same, with the bytes of the text at which the word starts and ends.
#[inline]
pub(crate) fn for_each_word_at(text: &str, mut each: impl FnMut(u64, usize, usize)) {
    for_each_run(text.as_bytes(), |start, end| match hash_run(text.as_bytes(), start, end) {
        Some(hash) => each(hash, start, end),
        None => decoded_words(&text[start..end], start, &mut each),
    });
}

const SEED: u64 = 0x2545_F491_4F6C_DD1D;
const HIGH: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;
/// The bit that makes an ASCII letter a small one and leaves a digit alone.
const SMALL: u64 = 0x20 * ONES;

#[inline]
fn for_each_run(bytes: &[u8], mut each: impl FnMut(usize, usize)) {
    // Where runs start and end, in turn, of one block; before them the start of a run that reaches into it.
    let mut edges = [0; 65];
    let mut open = false;
    for base in (0..=bytes.len()).step_by(64) {
        // What fills the last block up is outside any run, so a run that reaches the end of the text is closed there.
        let block = bytes[base..].first_chunk().copied().unwrap_or_else(|| filled_up(&bytes[base..]));
        let inside = inside_run(&block);
        let mut changes = inside ^ (inside << 1 | u64::from(open));
        let mut count = usize::from(open);
        while changes != 0 {
            edges[count] = base + changes.trailing_zeros() as usize;
            count += 1;
            changes &= changes - 1;
        }
        let (runs, rest) = edges[..count].as_chunks::<2>();
        runs.iter().for_each(|[start, end]| each(*start, *end));
        open = !rest.is_empty();
        edges[0] = rest.first().copied().unwrap_or(0);
    }
}

#[cold]
fn filled_up(rest: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// One bit per byte: whether it is an ASCII letter or digit, or part of a longer character.
#[inline]
fn inside_run(block: &[u8; 64]) -> u64 {
    // Byte by byte and without a branch, which compilers turn into a few operations on vectors.
    let inside = block.map(|byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        u8::from(letter | digit | (byte >= 0x80))
    });
    let eights = inside.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |mask, (number, eight)| mask | (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number))
}

/// The hash of a run of ASCII letters and digits, or nothing if it holds other characters.
#[inline]
fn hash_run(bytes: &[u8], start: usize, end: usize) -> Option<u64> {
    let length = end - start;
    match bytes[start..].first_chunk() {
        Some(sixteen) if length <= 16 => {
            // One block or two: both are hashed, for which of them counts cannot be predicted.
            let filled = u128::MAX >> (128 - 8 * length);
            let blocks = u128::from_le_bytes(*sixteen) & filled;
            let small = blocks | (u128::from(SMALL) << 64 | u128::from(SMALL)) & filled;
            let first = mix(SEED ^ small as u64);
            let second = mix(first ^ (small >> 64) as u64);
            ((blocks as u64 | (blocks >> 64) as u64) & HIGH == 0).then_some(if length > 8 { second } else { first })
        }
        _ => hash_blocks(bytes, start, end),
    }
}

fn hash_blocks(bytes: &[u8], start: usize, end: usize) -> Option<u64> {
    let mut hash = SEED;
    for at in (start..end).step_by(8) {
        let block = block_at(bytes, at, end);
        if block & HIGH != 0 {
            return None;
        }
        let filled = u64::MAX >> (64 - 8 * (end - at).min(8));
        hash = mix(hash ^ (block | SMALL & filled));
    }
    Some(hash)
}

/// Up to eight bytes from `at`, those from `end` on as zeros.
#[inline]
fn block_at(bytes: &[u8], at: usize, end: usize) -> u64 {
    let filled = u64::MAX >> (64 - 8 * (end - at).min(8));
    match bytes[at..].first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight) & filled,
        None => {
            let mut eight = [0; 8];
            eight[..end - at].copy_from_slice(&bytes[at..end]);
            u64::from_le_bytes(eight)
        }
    }
}

#[cold]
fn decoded_words(run: &str, offset: usize, each: &mut impl FnMut(u64, usize, usize)) {
    let mut small = String::with_capacity(2 * run.len());
    let mut next = offset;
    for word in run.split_inclusive(|character: char| !character.is_alphanumeric()) {
        let start = next;
        next += word.len();
        let word = word.trim_end_matches(|character: char| !character.is_alphanumeric());
        if !word.is_empty() {
            small.clear();
            small.extend(word.chars().flat_map(char::to_lowercase));
            each(hash_word(small.as_bytes()), start, start + word.len());
        }
    }
}

fn hash_word(small: &[u8]) -> u64 {
    (0..small.len()).step_by(8).fold(SEED, |hash, at| mix(hash ^ block_at(small, at, small.len())))
}

#[cfg(test)]
mod tests {
    use super::{for_each_word, for_each_word_at, hash_word};
    use proptest::prelude::*;

    fn hashes(text: &str) -> Vec<u64> {
        let mut hashes = Vec::new();
        for_each_word(text, |hash| hashes.push(hash));
        hashes
    }

    /// The definition, said plainly.
    fn plain(text: &str) -> Vec<u64> {
        text.split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| hash_word(word.chars().flat_map(char::to_lowercase).collect::<String>().as_bytes()))
            .collect()
    }

    #[test]
    fn words_are_cut_and_folded() {
        assert_eq!(hashes("Send_mail(To: \"Zoë\") 2x"), hashes("send mail to zoë 2X"));
        assert_eq!(hashes("\u{212A}elvin"), hashes("kelvin"), "a longer character may become a short one");
        assert_eq!(hashes("pay\u{200B}pal"), hashes("pay pal"), "a zero-width space ends a word");
        assert_ne!(hashes("pаypal"), hashes("paypal"), "a Cyrillic letter is another letter");
        assert!(hashes("... \u{1F600} --").is_empty());
    }

    #[test]
    fn word_hash_is_pinned() {
        // Part of the format: if these move, so does every recorded decision.
        assert_eq!(hashes("Invoice internationalisation"), [0xC40A_990A_E453_9A4C, 0x59C2_5BE1_B506_97F6]);
    }

    proptest! {
        #[test]
        fn fast_path_matches_the_definition(text in "([ -~]{0,20}|[a-zA-Z0-9]{0,20}|\\PC{0,4}|[\u{0}-\u{ff}]){0,12}") {
            prop_assert_eq!(hashes(&text), plain(&text));
            for_each_word_at(&text, |hash, start, end| assert_eq!(hashes(&text[start..end]), [hash]));
        }
    }
}
