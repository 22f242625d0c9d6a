#[path = "../tests/samples/mod.rs"]
#[allow(dead_code)]
mod samples;
use guardset_core::*;
use guardset_emit::*;
use std::path::Path;
#[derive(serde::Deserialize)]
struct Raw { version: String, #[serde(rename="class")] classes: Vec<Class>, #[serde(rename="catalogue")] catalogues: Vec<Catalogue> }
fn main() {
    let out = std::env::args().nth(1).unwrap();
    let out = Path::new(&out);
    let raw: Raw = toml::from_str(&std::fs::read_to_string("taxonomy.toml").unwrap()).unwrap();
    let taxonomy = Taxonomy { version: raw.version, classes: raw.classes, catalogues: raw.catalogues, ..Taxonomy::default() };
    let mut counts = Counts::default();
    let mut shards = vec![];
    for (split, number) in [(Split::Train, 2), (Split::Test, 1), (Split::TestUnseenPattern, 1)] {
        for part in 0..number {
            let mut rows = vec![];
            for (index, text) in samples::NASTY.iter().enumerate() {
                let mut s = samples::full(text);
                s.split = split;
                s.family = format!("{split}-{part}-{index}");
                s.pair_id = Some(s.family.clone());
                s.text.body = format!("{} {split} {part} {index}", s.text.body);
                s.text.steps = format!(r#"[{{"step":0,"result":{}}},{{"step":1}},{{"step":2,"n":1.5,"m":[]}}]"#, serde_json::to_string(text).unwrap());
                s.labels.label = taxonomy.classes[1 + index].id.clone();
                s.labels.labels = vec![s.labels.label.clone()];
                s.labels.vector = Some("tool_name".into());
                s.labels.effect = Some("exfiltration".into());
                s.labels.disguise = Some("base64".into());
                s.labels.controls = vec![];
                if index % 3 == 0 {
                    s.labels = samples::empty().labels;
                    s.pair_role = Some(PairRole::Twin);
                }
                counts.accept(&s);
                rows.push(s);
            }
            let path = out.join(format!("data/canonical/{split}-{part:05}-of-{number:05}.parquet"));
            shards.push(write_shard(&path, &taxonomy, ShardOptions::default(), rows.into_iter()).unwrap());
        }
    }
    let rejects = vec![Reject { stage: Stage::Dedup, reason: "near_duplicate", detail: "".into(), scenario: "s".into(), pattern: None, seed: "x".into() }];
    rejects.iter().for_each(|r| counts.reject(r));
    counts.close(40);
    write_rejects(&out.join("rejects.parquet"), &rejects).unwrap();
    let manifest = Manifest { generator_version: "0.1.0".into(), taxonomy_version: taxonomy.version.clone(), run: "x".into(), counts, shards, audit_agreement: 1.0, ..Manifest::default() };
    write_manifest(&out.join("manifest.json"), &manifest).unwrap();
    write_card(&out.join("README.md"), &manifest, &taxonomy).unwrap();
}
