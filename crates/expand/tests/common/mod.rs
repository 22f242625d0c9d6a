//! The shipped files, loaded once, and a short way to ask for a session.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use guardset_core::{Catalog, Checkpoint, Reject};
use guardset_expand::{Expander, Made, Part, Request, load};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shipped catalog. Which classes the audit has rules for is the command line's business.
pub fn shipped() -> &'static Catalog {
    static SHIPPED: OnceLock<Catalog> = OnceLock::new();
    SHIPPED.get_or_init(|| load(&root(), &["seeds".to_owned()], &[]).unwrap_or_else(|problems| panic!("{problems}")))
}

/// A catalog made ready, with every server allowed.
pub struct Workshop {
    pub catalog: &'static Catalog,
    pub expander: Expander<'static>,
    pub allowed: Vec<bool>,
    bystanders: Vec<usize>,
    errands: Vec<usize>,
}

impl Workshop {
    pub fn new() -> Self {
        let catalog = shipped();
        let servers = catalog.servers.len();
        Self {
            catalog,
            expander: Expander::new(catalog),
            allowed: vec![true; servers],
            bystanders: (0..servers).collect(),
            errands: (0..catalog.patterns.len()).collect(),
        }
    }

    pub fn make(&self, ask: &Ask) -> Result<Made<'static>, Reject> {
        let surfaces: Vec<f64> = (0..self.catalog.surfaces.len()).map(|surface| if surface == ask.surface { 1.0 } else { 0.0 }).collect();
        self.expander.make(&Request {
            seed: ask.seed,
            scenario: ask.scenario,
            pattern: ask.pattern,
            variant: ask.variant,
            part: ask.part,
            checkpoint: ask.checkpoint,
            allowed: &self.allowed,
            bystanders: &self.bystanders,
            surfaces: &surfaces,
            errands: (&self.errands, ask.errands),
        })
    }

    /// The first scenarios that a pattern fits.
    pub fn fitting(&self, pattern: usize, count: usize) -> Vec<usize> {
        (0..self.catalog.scenarios.len()).filter(|scenario| self.expander.is_fit(pattern, *scenario, &self.allowed)).take(count).collect()
    }
}

/// What to make, and on which surface to write it.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    pub seed: u64,
    pub scenario: usize,
    pub pattern: Option<usize>,
    pub variant: u64,
    pub part: Part,
    pub checkpoint: Checkpoint,
    pub surface: usize,
    pub errands: f64,
}

impl Ask {
    /// A benign session of its own, whole.
    pub fn plain(scenario: usize) -> Self {
        Self { seed: 7, scenario, pattern: None, variant: 0, part: Part::Plain, checkpoint: Checkpoint::Session, surface: 0, errands: 0.0 }
    }
}
