use guardset_core::Checkpoint;

/// The `id` of a row: the first 32 hex digits of BLAKE3 over checkpoint, a zero byte and `content_hash`. It must not
/// change. The body, which is long, is hashed once for both.
///
/// ```
/// use guardset_core::Checkpoint;
/// use guardset_emit::{content_hash, id};
///
/// let hash = content_hash("a body");
/// assert_eq!(id(Checkpoint::ToolCall, &hash).len(), 32);
/// assert_ne!(id(Checkpoint::ToolCall, &hash), id(Checkpoint::Session, &hash));
/// ```
pub fn id(checkpoint: Checkpoint, content_hash: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(checkpoint.as_str().as_bytes()).update(&[0]).update(content_hash.as_bytes());
    short(hasher.finalize())
}

/// The `content_hash` of a row: the first 32 hex digits of BLAKE3 over its body. It must not change.
pub fn content_hash(body: &str) -> String {
    short(blake3::hash(body.as_bytes()))
}

fn short(hash: blake3::Hash) -> String {
    hash.to_hex()[..32].to_owned()
}
