use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map without random state: the same keys give the same table in every run.
pub(crate) type FixedMap<K, V> = HashMap<K, V, BuildHasherDefault<FixedHasher>>;

/// Spreads 64 bits over 64 bits: the two halves of the product with 2^64 / golden ratio, folded together.
///
/// Part of the format of a sketch: it must not change.
#[inline]
pub(crate) fn mix(bits: u64) -> u64 {
    let product = u128::from(bits) * 0x9E37_79B9_7F4A_7C15;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Hashes keys that are hashes already, so one [`mix`] per eight bytes will do.
#[derive(Default)]
pub(crate) struct FixedHasher(u64);

impl Hasher for FixedHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = mix(self.0 ^ u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
