//! What one sample costs at each stage: making it, auditing it, writing it down, sketching its text.
//!
//! Sketching and writing shards have benches of their own in `crates/dedup` and `crates/emit`.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guardset_core::Checkpoint;
use guardset_dedup::Sketch;
use guardset_expand::{Expander, Part, Request, body, surface};
use guardset_label::audit;

/// Variants that a measurement goes round.
const VARIANTS: u64 = 512;

fn stages(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let catalog = guardset_expand::load(&root, &["seeds".to_owned()], &guardset_label::RULES).expect("the shipped files load");
    let expander = Expander::new(&catalog);
    let allowed = vec![true; catalog.servers.len()];
    let bystanders: Vec<usize> = (0..catalog.servers.len()).collect();
    let surfaces = vec![1.0; catalog.surfaces.len()];
    let pairs: Vec<(usize, usize)> = (0..catalog.patterns.len())
        .flat_map(|pattern| (0..catalog.scenarios.len()).map(move |scenario| (scenario, pattern)))
        .filter(|(scenario, pattern)| expander.is_fit(*pattern, *scenario, &allowed))
        .collect();
    let make = |variant: u64| {
        let (scenario, pattern) = pairs[(variant as usize * 7919) % pairs.len()];
        expander.make(&Request {
            seed: 1,
            scenario,
            pattern: Some(pattern),
            variant,
            part: Part::Attack,
            checkpoint: Checkpoint::Session,
            allowed: &allowed,
            bystanders: &bystanders,
            errands: (&[], 0.0),
            surfaces: &surfaces,
        })
    };
    let made: Vec<_> = (0..VARIANTS).filter_map(|variant| make(variant).ok()).collect();
    let bodies: Vec<String> = made.iter().map(|made| body(&catalog, made)).collect();
    let mean = bodies.iter().map(String::len).sum::<usize>() / bodies.len();

    let mut next = 0usize;
    let mut turn = move |length: usize| {
        next += 1;
        next % length
    };
    let mut group = criterion.benchmark_group("sample");
    group.throughput(Throughput::Elements(1));
    group.bench_function("expand", |b| b.iter(|| black_box(make(turn(VARIANTS as usize) as u64))));
    group.bench_function("audit", |b| b.iter(|| black_box(audit(&catalog, &made[turn(made.len())].trajectory, true))));
    group.throughput(Throughput::Bytes(mean as u64));
    group.bench_function("body", |b| b.iter(|| black_box(body(&catalog, &made[turn(made.len())]))));
    group.bench_function("all columns", |b| b.iter(|| black_box(surface(&catalog, &made[turn(made.len())]))));
    group.bench_function("sketch", |b| b.iter(|| black_box(Sketch::of(&bodies[turn(bodies.len())]))));
    group.finish();

    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("every file", |b| {
        b.iter(|| black_box(guardset_expand::load(&root, &["seeds".to_owned()], &guardset_label::RULES).expect("loads")))
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(500)).measurement_time(std::time::Duration::from_secs(2));
    targets = stages
}
criterion_main!(benches);
