//! Shards of 20,000 rows with bodies of about 3 KB, zstd 3, on one thread and to disk.

#[path = "../tests/samples/mod.rs"]
#[allow(dead_code)]
mod samples;

use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use guardset_core::{Message, Role, Sample};
use guardset_emit::{ShardOptions, write_shard};

const ROWS: usize = 20_000;

/// Four rows share a tool list, as the checkpoints of a session do. Words come from a list of 4,000.
fn sample(number: u64) -> Sample {
    let mut random = Random(number);
    let mut shared = Random(number / 4 + 1_000_000);
    let mut sample = samples::full("x");
    let tools = (0..3 + shared.next() % 6).map(|_| {
        format!(
            r#"{{"name":"{}_{}","description":"{}","inputSchema":{{"type":"object","properties":{{"{}":{{"type":"string","description":"{}"}}}}}}}}"#,
            shared.word(),
            shared.word(),
            shared.text(20),
            shared.word(),
            shared.text(8)
        )
    });
    sample.text.tools = format!("[{}]", tools.collect::<Vec<_>>().join(","));
    sample.text.messages = (0..6).map(|_| Message { role: Role::User, content: random.text(60) }).collect();
    sample.text.body = sample.text.messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n");
    sample.text.steps = format!(r#"[{{"result":"{}"}}]"#, random.text(80));
    sample.pair_id = Some(format!("pair-{}", number / 12));
    sample.family = format!("family-{}", number / 40);
    sample.lineage.seed = format!("7/scenario/{number}");
    sample
}

struct Random(u64);

impl Random {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn word(&mut self) -> String {
        let mut letters = Random(self.next() % 4_000);
        (0..3 + letters.next() % 9).map(|_| char::from(b'a' + (letters.next() % 26) as u8)).collect()
    }

    fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

fn shard(criterion: &mut Criterion) {
    let samples: Vec<_> = (0..ROWS as u64).map(sample).collect();
    let bytes = |sample: &Sample| {
        let text = &sample.text;
        text.body.len()
            + text.tools.len()
            + text.session.len()
            + text.steps.len()
            + text.messages.iter().map(|m| m.content.len()).sum::<usize>()
    };
    let folder = tempfile::tempdir().expect("a folder for the shard");
    let path = folder.path().join("shard.parquet");
    let taxonomy = samples::taxonomy();

    let mut group = criterion.benchmark_group("write_shard");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(20))
        .throughput(Throughput::Bytes(samples.iter().map(|s| bytes(s) as u64).sum()));
    for zstd_level in [1, 3] {
        group.bench_function(format!("zstd {zstd_level}"), |bencher| {
            let write =
                |samples: Vec<Sample>| write_shard(&path, &taxonomy, ShardOptions { zstd_level }, samples.into_iter()).expect("a shard");
            bencher.iter_batched(|| samples.clone(), write, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, shard);
criterion_main!(benches);
