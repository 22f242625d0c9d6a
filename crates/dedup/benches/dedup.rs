//! Sketching, and the index, on generated texts of 3 KB. One thread, but for the search for crossings.

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::hint::black_box;
use std::time::Duration;

use corpus::{DENSE, Random, Shape, USUAL, edited, sample, text};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use guardset_dedup::{Group, Index, Sketch};

/// Of 200 scenarios; one in five is an earlier one with up to 14 words replaced.
fn texts(count: usize, shape: Shape) -> Vec<String> {
    let mut random = Random(1);
    let mut words: Vec<Vec<String>> = Vec::with_capacity(count);
    for number in 0..count {
        let next = if number % 5 == 4 {
            let (source, edits) = (random.below(number), random.below(15));
            edited(&mut random, &words[source], edits)
        } else {
            let scenario = random.below(200);
            sample(&mut random, scenario, shape)
        };
        words.push(next);
    }
    words.iter().map(|words| text(words)).collect()
}

fn fill(sketches: Vec<Sketch>) -> Index {
    let mut index = Index::new(0.8);
    for (sketch, item) in sketches.into_iter().zip(0..) {
        black_box(index.offer(Group { question: 0, label: 0 }, item, sketch));
    }
    index
}

fn sketching(criterion: &mut Criterion) {
    let texts = texts(1_000, USUAL);
    let mut group = criterion.benchmark_group("sketch");
    let bytes = texts.iter().map(|text| text.len() as u64).sum();
    group.throughput(Throughput::ElementsAndBytes { elements: texts.len() as u64, bytes });
    group.bench_function("1000 texts", |bencher| bencher.iter(|| texts.iter().for_each(|text| drop(black_box(Sketch::of(text))))));
    group.finish();
}

fn indexing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("index");
    for (name, shape) in [("usual", USUAL), ("dense", DENSE)] {
        let texts = texts(20_000, shape);
        let bytes = texts.iter().map(|text| text.len() as u64).sum();
        let sketches: Vec<Sketch> = texts.iter().map(|text| Sketch::of(text)).collect();
        group.throughput(Throughput::ElementsAndBytes { elements: texts.len() as u64, bytes });
        group.bench_function(format!("offer 20000, {name}"), |bencher| {
            bencher.iter_batched(|| sketches.clone(), fill, BatchSize::PerIteration)
        });
        let index = fill(sketches);
        group.bench_function(format!("crossing 20000, {name}"), |bencher| bencher.iter(|| index.crossing(|item| Some(item % 10 == 0))));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = sketching, indexing
}
criterion_main!(benches);
