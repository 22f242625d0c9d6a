//! What a row asks of the allocator, on the way to being chosen and on the way to the disk. Counts, which are the same on every
//! machine and under any load, held against those in `allocations.toml`.

use std::path::Path;

use allocation_counter::measure;
use guardset_core::{Catalog, Checkpoint, Labels, Lineage, Sample, Split};
use guardset_dedup::Sketch;
use guardset_emit::{ShardOptions, ShardWriter};
use guardset_expand::{Expander, Made, Part, Request, body, surface};
use guardset_label::{APPROPRIATE, Claim, audit, label};

/// Rows that are counted.
const ROWS: usize = 600;
/// How far a figure may grow.
const ROOM: f64 = 1.10;
/// Set, the figures are written instead of compared.
const RENEW: &str = "GUARDSET_RENEW_ALLOCATIONS";

/// Allocations (a grown buffer counts again) and allocated bytes of a stage, a row.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Figures {
    allocations: f64,
    bytes: f64,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Stages {
    /// A session made, audited, labelled, written as one text and sketched.
    select: Figures,
    /// The same made, audited and labelled again, and written down in all columns.
    make: Figures,
    /// What was made put into a shard: batches, encoding, compression.
    write: Figures,
}

#[test]
fn a_row_asks_for_no_more_memory_than_it_did() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/allocations.toml");
    let now = count();
    if std::env::var_os(RENEW).is_some() {
        let text = format!(
            "# Allocations and allocated bytes a row, by stage, on the shipped files. To renew:\n\
             # {RENEW}=1 cargo test --release -p guardset --test allocations\n\n{}",
            toml::to_string(&now).expect("figures are TOML")
        );
        return std::fs::write(&file, text).expect("the figures can be written");
    }
    let before: Stages = toml::from_str(&std::fs::read_to_string(&file).expect("the figures are there")).expect("they are figures");
    let stages = [("select", now.select, before.select), ("make", now.make, before.make), ("write", now.write, before.write)];
    let mut grown = Vec::new();
    for (stage, now, before) in stages {
        for (what, now, before) in [("allocations", now.allocations, before.allocations), ("bytes", now.bytes, before.bytes)] {
            println!("{stage:6} {what:11} {now:10.1} a row, recorded {before:10.1}");
            if now > before * ROOM {
                grown.push(format!("{stage}: {now:.1} {what} a row, recorded {before:.1}"));
            }
        }
    }
    assert!(
        grown.is_empty(),
        "the hot path asks for more than a tenth more memory than it did:\n  {}\nIf that is what a change is worth, renew the figures \
         with {RENEW}=1 cargo test --release -p guardset --test allocations, and say in the commit why",
        grown.join("\n  ")
    );
}

fn count() -> Stages {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let catalog = guardset_expand::load(&root, &["seeds".to_owned()], &guardset_label::RULES).expect("the shipped files load");
    let rows = Rows::new(&catalog);
    // What is asked for once and kept, such as the scratch space of sketches, is no row's.
    let good: Vec<usize> = (0..2 * ROWS).filter(|number| rows.chosen(*number).is_some()).take(ROWS).collect();
    assert_eq!(good.len(), ROWS, "fewer than half of the sessions can be made");

    let select = measure(|| good.iter().for_each(|number| drop(rows.chosen(*number))));
    let mut samples = Vec::with_capacity(ROWS);
    let make = measure(|| samples.extend(good.iter().filter_map(|number| rows.sample(*number))));
    let folder = tempfile::tempdir().expect("a folder for the shard");
    let path = folder.path().join("shard.parquet");
    let write = measure(|| {
        let mut writer = ShardWriter::create(&path, &catalog.taxonomy, ShardOptions::default()).expect("a shard");
        samples.iter().for_each(|sample| writer.push(sample).expect("a row"));
        writer.finish().expect("a shard");
    });
    let figures = |info: allocation_counter::AllocationInfo| {
        let tenths = |total: u64| (total as f64 * 10.0 / ROWS as f64).round() / 10.0;
        Figures { allocations: tenths(info.count_total), bytes: tenths(info.bytes_total) }
    };
    Stages { select: figures(select), make: figures(make), write: figures(write) }
}

/// Sessions of every part at every checkpoint, by number.
struct Rows<'c> {
    catalog: &'c Catalog,
    expander: Expander<'c>,
    allowed: Vec<bool>,
    bystanders: Vec<usize>,
    errands: Vec<usize>,
    surfaces: Vec<f64>,
    pairs: Vec<(usize, usize)>,
}

impl<'c> Rows<'c> {
    fn new(catalog: &'c Catalog) -> Self {
        let expander = Expander::new(catalog);
        let allowed = vec![true; catalog.servers.len()];
        let all = (0..catalog.patterns.len()).flat_map(|pattern| (0..catalog.scenarios.len()).map(move |scenario| (scenario, pattern)));
        let pairs = all.filter(|(scenario, pattern)| expander.is_fit(*pattern, *scenario, &allowed)).collect();
        Self {
            catalog,
            expander,
            allowed,
            bystanders: (0..catalog.servers.len()).collect(),
            errands: (0..catalog.patterns.len()).collect(),
            surfaces: vec![1.0; catalog.surfaces.len()],
            pairs,
        }
    }

    fn make(&self, number: usize) -> Option<(Made<'c>, Labels)> {
        let (scenario, pattern) = self.pairs[(number * 7919) % self.pairs.len()];
        let part = Part::ALL[number % Part::ALL.len()];
        let checkpoint = Checkpoint::ALL[number / Part::ALL.len() % Checkpoint::ALL.len()];
        let pattern = Some(pattern).filter(|_| part != Part::Plain);
        let request = Request {
            seed: 1,
            scenario,
            pattern,
            variant: number as u64,
            part,
            checkpoint,
            allowed: &self.allowed,
            bystanders: &self.bystanders,
            errands: (&self.errands, 0.85),
            surfaces: &self.surfaces,
        };
        let made = self.expander.make(&request).ok()?;
        let pattern = pattern.map(|pattern| &self.catalog.patterns[pattern]);
        let verdict = audit(self.catalog, &made.trajectory, checkpoint == Checkpoint::Session);
        let claim = Claim {
            pattern,
            class: pattern.filter(|_| part == Part::Attack).map_or(APPROPRIATE, |pattern| pattern.class.as_str()),
            attack_present: None,
            disguise: made.disguise,
            because: made.because.as_deref(),
            words: &made.words,
        };
        let labels = label(self.catalog, &made.trajectory, checkpoint, &verdict, &claim).ok()?;
        Some((made, labels))
    }

    /// What selection makes of a row and keeps of it.
    fn chosen(&self, number: usize) -> Option<Sketch> {
        let (made, _) = self.make(number)?;
        Some(Sketch::of(&body(self.catalog, &made)))
    }

    /// What is written of a row. Words of its lineage that cost the same however a row is made are left out.
    fn sample(&self, number: usize) -> Option<Sample> {
        let (made, labels) = self.make(number)?;
        Some(Sample {
            pair_id: None,
            pair_role: None,
            family: String::new(),
            split: Split::Train,
            checkpoint: Checkpoint::Session,
            text: surface(self.catalog, &made),
            labels,
            lineage: Lineage { seed: made.words, ..Lineage::default() },
        })
    }
}
