use std::path::Path;

use arrow::datatypes::{DataType, Field, SchemaRef};
use serde_json::{Map, Value, json};

use crate::card::{LIMITS, names, use_of, what};
use crate::schema::schema;
use crate::view::view_schema;
use crate::{EmitError, Manifest, ShardSummary, write_atomically};

/// Writes `croissant.json`: the data set for programs, in the Croissant vocabulary 1.1 of MLCommons with its responsible-AI
/// extension 1.0. Every shard stands in it with its digest, every split of every config is a record set named
/// `CONFIG/SPLIT`, e.g. `canonical/train`. No clock is in it: who publishes the data adds `datePublished` and `url`.
pub fn write_croissant(path: &Path, manifest: &Manifest) -> Result<(), EmitError> {
    write_atomically(path, format!("{:#}\n", croissant(manifest)).as_bytes())
}

/// A part of the data that is loaded by name.
struct Config<'a> {
    name: &'a str,
    schema: SchemaRef,
    shards: &'a [ShardSummary],
}

fn croissant(manifest: &Manifest) -> Value {
    let canonical = Config { name: "canonical", schema: schema(), shards: &manifest.shards };
    let views = manifest.views.iter().map(|view| Config { name: &view.name, schema: view_schema(view.has_body), shards: &view.shards });
    let configs: Vec<Config<'_>> = [canonical].into_iter().chain(views).collect();
    let mut out = about(manifest);
    out.insert("distribution".to_owned(), configs.iter().flat_map(Config::files).collect());
    out.insert("recordSet".to_owned(), configs.iter().flat_map(Config::record_sets).collect());
    Value::Object(out)
}

fn about(manifest: &Manifest) -> Map<String, Value> {
    let about = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": names(manifest)[0],
        "description": what(manifest),
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "version": manifest.generator_version,
        "identifier": manifest.run,
        "inLanguage": "en",
        "isLiveDataset": false,
        "keywords": ["MCP", "Model Context Protocol", "guard model", "agent safety", "tool use", "prompt injection", "synthetic"],
        "citeAs": format!("guardset {}, run {}", manifest.generator_version, manifest.run),
        "rai:dataCollection": "Scenarios and attack patterns written by hand, expanded by templates with a seeded random source.",
        "rai:dataCollectionType": ["Synthetic: expansion of templates"],
        "rai:dataPreprocessingProtocol": [
            "Near-duplicates are removed within a label, texts that stand under two labels from both.",
            "Splits keep families of samples together.",
        ],
        "rai:dataAnnotationProtocol": "An audit that does not know the attack derives the class from the session and what it allows; \
            where it disagrees with the class that the attack claims, the sample is rejected and counted.",
        "rai:dataAnnotationPlatform": ["guardset"],
        "rai:machineAnnotationTools": [format!("guardset {}", manifest.generator_version)],
        "rai:annotationsPerItem": "2: the claim of the pattern and the finding of the audit, which agree",
        "rai:dataUseCases": [use_of(manifest)],
        "rai:dataLimitations": bullets(LIMITS),
        "rai:dataBiases": [
            "Classes, checkpoints and splits are balanced by a recipe, not by how often anything happens in the field.",
            "English, with the trades, roles and names that the seeds have.",
        ],
        "rai:personalSensitiveInformation": "None. People, organisations, addresses and credentials are invented; hosts and address \
            ranges are reserved ones, secrets are marked as fake.",
        "rai:dataSocialImpact": "Meant for defence. Attack texts are inert, but show how agents are attacked.",
        "rai:hasSyntheticData": true,
        "rai:dataReleaseMaintenancePlan": "The same recipe and version of guardset give the same bytes; `manifest.json` names both.",
    });
    match about {
        Value::Object(about) => about,
        _ => Map::new(),
    }
}

/// The items of a list in Markdown.
fn bullets(list: &str) -> Vec<String> {
    list.lines().map(|line| line.trim_start_matches("- ").to_owned()).collect()
}

impl Config<'_> {
    fn files(&self) -> Vec<Value> {
        let shards = self.shards.iter().map(|shard| {
            let path = format!("data/{}/{}", self.name, shard.file);
            json!({
                "@type": "cr:FileObject",
                "@id": path,
                "name": path,
                "contentUrl": path,
                "contentSize": format!("{} B", shard.file_bytes),
                "encodingFormat": PARQUET,
                "sha256": shard.sha256,
            })
        });
        let sets = self.splits().into_iter().map(|split| {
            json!({
                "@type": "cr:FileSet",
                "@id": self.file_set(split),
                "name": self.file_set(split),
                "includes": format!("data/{}/{split}-*.parquet", self.name),
                "encodingFormat": PARQUET,
            })
        });
        shards.chain(sets).collect()
    }

    fn record_sets(&self) -> Vec<Value> {
        let record_set = |split: &str| {
            let id = format!("{}/{split}", self.name);
            let fields = self.schema.fields().iter().map(|column| self.field(&id, split, column, None));
            json!({"@type": "cr:RecordSet", "@id": id, "name": id, "field": fields.collect::<Vec<_>>()})
        };
        self.splits().into_iter().map(record_set).collect()
    }

    /// A column, or with `within` a field of the structs in it.
    fn field(&self, parent: &str, split: &str, field: &Field, within: Option<&str>) -> Value {
        let id = format!("{parent}/{}", field.name());
        let mut source = json!({
            "fileSet": {"@id": self.file_set(split)},
            "extract": {"column": within.unwrap_or(field.name())},
        });
        if within.is_some() {
            source["transform"] = json!({"jsonPath": field.name()});
        }
        let mut out = json!({"@type": "cr:Field", "@id": id, "name": field.name(), "source": source});
        let element = match field.data_type() {
            DataType::List(element) => {
                out["isArray"] = json!(true);
                out["arrayShape"] = json!("-1");
                element.data_type()
            }
            plain => plain,
        };
        match element {
            DataType::Struct(leaves) => {
                out["subField"] = leaves.iter().map(|leaf| self.field(&id, split, leaf, Some(field.name()))).collect();
            }
            DataType::Boolean => out["dataType"] = json!("sc:Boolean"),
            DataType::Int32 => out["dataType"] = json!("sc:Integer"),
            _ => out["dataType"] = json!("sc:Text"),
        }
        out
    }

    fn file_set(&self, split: &str) -> String {
        format!("{}/{split}/files", self.name)
    }

    /// The splits that have shards, in their order.
    fn splits(&self) -> Vec<&str> {
        let mut splits: Vec<&str> = self.shards.iter().map(ShardSummary::split).collect();
        splits.dedup();
        splits
    }
}

/// As the vocabulary's own reader names it.
const PARQUET: &str = "application/x-parquet";

/// The terms of Croissant 1.1, as its specification lists them.
fn context() -> Value {
    let mut context = json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "description": {"@container": "@language"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "name": {"@container": "@language"},
    });
    for term in TERMS {
        context[term] = json!(format!("cr:{term}"));
    }
    context
}

const TERMS: [&str; 30] = [
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
    "value",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShardSummary;

    fn shard(file: &str) -> ShardSummary {
        ShardSummary { file: file.into(), rows: 1, text_bytes: 1, column_bytes: 1, file_bytes: 7, sha256: "ab".into() }
    }

    #[test]
    fn every_shard_is_a_file_and_every_split_a_record_set_of_all_columns() {
        let files = ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet", "test_unseen_domain-00000-of-00001.parquet"];
        let manifest = Manifest { shards: files.map(shard).to_vec(), ..Manifest::default() };
        let croissant = croissant(&manifest);
        let ids = |list: &str| -> Vec<String> {
            croissant[list].as_array().into_iter().flatten().map(|item| item["@id"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let sets = ["canonical/train/files", "canonical/test_unseen_domain/files"];
        let wanted: Vec<String> = files.map(|file| format!("data/canonical/{file}")).into_iter().chain(sets.map(str::to_owned)).collect();
        assert_eq!(ids("distribution"), wanted);
        assert_eq!(ids("recordSet"), ["canonical/train", "canonical/test_unseen_domain"]);
        assert_eq!(croissant["recordSet"][1]["field"].as_array().map(Vec::len), Some(schema().fields().len()));
        let messages = &croissant["recordSet"][0]["field"][6];
        assert_eq!(
            (&messages["name"], &messages["isArray"], &messages["subField"][1]["name"]),
            (&json!("messages"), &json!(true), &json!("content"))
        );
        assert_eq!(croissant["rai:dataLimitations"].as_array().map(Vec::len), Some(LIMITS.lines().count()));
    }
}
