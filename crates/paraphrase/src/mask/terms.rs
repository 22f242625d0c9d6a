use std::collections::HashSet;
use std::sync::Arc;

/// Names that are protected wherever they stand as a whole word, in this very spelling. Copies share them.
///
/// Names of tools and servers belong here. Names of parameters do too, as far as they are no ordinary words: whoever
/// hands in `amount` or `to` takes these words from the model in every text.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    names: Arc<HashSet<String>>,
    longest: usize,
}

impl Terms {
    /// Prepares names for looking up.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: HashSet<String> = names.into_iter().map(str::to_owned).collect();
        let longest = names.iter().map(String::len).max().unwrap_or(0);
        Self { names: Arc::new(names), longest }
    }

    /// True for one of the names.
    pub fn contains(&self, word: &str) -> bool {
        word.len() <= self.longest && self.names.contains(word)
    }
}
