use guardset_core::Checkpoint;

/// The `id` of a row: the first 32 hex digits of BLAKE3 over checkpoint, a zero byte and body. It must not change.
///
/// ```
/// use guardset_core::Checkpoint;
///
/// assert_eq!(guardset_emit::id(Checkpoint::ToolCall, "a body").len(), 32);
/// assert_ne!(guardset_emit::id(Checkpoint::ToolCall, "a body"), guardset_emit::id(Checkpoint::Session, "a body"));
/// ```
pub fn id(checkpoint: Checkpoint, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(checkpoint.as_str().as_bytes()).update(&[0]).update(body.as_bytes());
    short(hasher.finalize())
}

/// The `content_hash` of a row: the first 32 hex digits of BLAKE3 over its body. It must not change.
pub fn content_hash(body: &str) -> String {
    short(blake3::hash(body.as_bytes()))
}

fn short(hash: blake3::Hash) -> String {
    hash.to_hex()[..32].to_owned()
}
