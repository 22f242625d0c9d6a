use guardset_core::{Class, Labels, ViewOptions};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Which categories a prompt lists, in its order.
pub(crate) struct Listing {
    /// Positions in the classes of the view.
    pub classes: Vec<usize>,
    /// The violated ones were left out.
    pub flipped: bool,
}

impl Listing {
    /// All of them, in the order of the taxonomy.
    pub fn whole(count: usize) -> Self {
        Self { classes: (0..count).collect(), flipped: false }
    }

    /// What the recipe's options make of them for one row; `train` says whether the row is for training.
    ///
    /// As many numbers are drawn whatever the options are, so changing one of them leaves the draws of the others alone.
    pub fn draw(classes: &[Class], labels: &Labels, train: bool, options: &ViewOptions, random: &mut ChaCha8Rng) -> Self {
        let violated = |class: &Class| labels.is_unsafe && labels.labels.contains(&class.id);
        let flipped = random.random::<f64>() < options.flip && train && labels.is_unsafe;
        let mut listing = Self::whole(classes.len());
        let dropped: Vec<bool> = classes.iter().map(|_| random.random::<f64>() < options.drop && train).collect();
        let fallback = random.random_range(0..classes.len().max(1));
        listing.classes.retain(|class| if violated(&classes[*class]) { !flipped } else { !dropped[*class] });
        if listing.classes.is_empty() {
            // A prompt without categories asks nothing.
            let others = (0..classes.len()).cycle().skip(fallback).take(classes.len());
            listing.classes.extend(others.into_iter().find(|class| !violated(&classes[*class])));
        }
        if options.shuffle {
            listing.classes.shuffle(random);
        }
        Self { flipped, ..listing }
    }
}
