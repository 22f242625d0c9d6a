//! What is written is what is read, column by column.

#![allow(clippy::unwrap_used)]
#![recursion_limit = "256"]

mod samples;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type};
use guardset_core::{Sample, Taxonomy};
use guardset_emit::{EmitError, ShardOptions, content_hash, id, read_batches, read_rows, schema, summarize, write_shard};
use parquet::basic::{Compression, Encoding, LogicalType};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use samples::{empty, full, samples, taxonomy};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn write(path: &Path, samples: Vec<Sample>) -> guardset_emit::ShardSummary {
    write_shard(path, &taxonomy(), ShardOptions::default(), samples.into_iter()).unwrap()
}

fn in_folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train-00000-of-00001.parquet");
    (folder, path)
}

fn metadata(path: &Path) -> ParquetMetaData {
    ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional).parse_and_finish(&File::open(path).unwrap()).unwrap()
}

/// The row that `sample` ought to become, written out by hand and not by way of the column table.
fn expected(sample: &Sample, taxonomy: &Taxonomy) -> Value {
    let (text, labels, lineage) = (&sample.text, &sample.labels, &sample.lineage);
    let class = taxonomy.class(&labels.label).unwrap();
    json!({
        "id": id(sample.checkpoint, &content_hash(&text.body)),
        "pair_id": sample.pair_id,
        "pair_role": sample.pair_role.map(|role| role.as_str()),
        "family": sample.family,
        "split": sample.split.as_str(),
        "checkpoint": sample.checkpoint.as_str(),
        "messages": text.messages.iter().map(|m| json!({"role": m.role.as_str(), "content": m.content})).collect::<Vec<_>>(),
        "tools": text.tools,
        "session": text.session,
        "steps": text.steps,
        "body": text.body,
        "flows": text.flows.iter().map(|f| json!({
            "step": f.step, "sender": f.sender, "recipient": f.recipient, "subject": f.subject,
            "information": f.information, "principle": f.principle,
        })).collect::<Vec<_>>(),
        "label": labels.label,
        "labels": labels.labels,
        "unsafe": labels.is_unsafe,
        "attack_present": labels.attack_present,
        "attack_followed": labels.attack_followed,
        "vector": labels.vector,
        "effect": labels.effect,
        "disguise": labels.disguise,
        "goal": labels.goal,
        "severity": labels.severity,
        "phase": class.phase,
        "source": class.source,
        "scope": class.scope,
        "threat_type": class.threat_type,
        "maestro": class.maestro,
        "controls": labels.controls,
        "catalogue_ids": class.catalogue_ids,
        "violating_steps": labels.violating_steps,
        "evidence": labels.evidence.iter().map(|e| json!({
            "surface": e.surface, "step": e.step, "pointer": e.pointer, "start": e.start, "end": e.end, "text": e.text,
        })).collect::<Vec<_>>(),
        "rationale": labels.rationale,
        "domain": lineage.domain,
        "scenario": lineage.scenario,
        "pattern": lineage.pattern,
        "servers": lineage.servers,
        "surface": lineage.surface,
        "voice": lineage.voice,
        "agent": lineage.agent,
        "language": lineage.language,
        "protocol_version": lineage.protocol_version,
        "seed": lineage.seed,
        "paraphrase_model": lineage.paraphrase_model,
        "reworded": lineage.reworded,
        "content_hash": content_hash(&text.body),
        "taxonomy_version": taxonomy.version,
        "generator_version": env!("CARGO_PKG_VERSION"),
        "n_chars": text.body.chars().count(),
        "n_tools": text.n_tools,
        "n_steps": text.n_steps,
    })
}

/// A cell as it is stored: JSON columns as text.
fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).map(|index| cell(&list, index)).collect()
        }
        DataType::Struct(fields) => {
            let columns = column.as_struct().columns();
            fields.iter().zip(columns).map(|(field, column)| (field.name().clone(), cell(column, row))).collect()
        }
        other => panic!("no such type in the schema: {other}"),
    }
}

fn rows(batches: &[RecordBatch]) -> Vec<Value> {
    let rows = batches.iter().flat_map(|batch| {
        (0..batch.num_rows()).map(|row| {
            let names = batch.schema_ref().fields().iter().map(|field| field.name().clone());
            names.zip(batch.columns().iter().map(|column| cell(column, row))).collect()
        })
    });
    rows.collect()
}

fn read(path: &Path) -> Vec<Value> {
    rows(&read_batches(path, &[]).unwrap().collect::<Result<Vec<_>, _>>().unwrap())
}

#[test]
fn every_column_of_every_row_comes_back() {
    let (_folder, path) = in_folder();
    let samples = samples();
    write(&path, samples.clone());
    let rows = read(&path);
    assert_eq!(rows.len(), samples.len());
    for (row, sample) in rows.iter().zip(&samples) {
        let (row, expected) = (row.as_object().unwrap(), expected(sample, &taxonomy()));
        let expected = expected.as_object().unwrap();
        assert!(row.keys().eq(expected.keys()), "columns or their order differ");
        for (name, value) in expected {
            assert!(row[name] == *value, "{name} of {:.60}", sample.text.body);
        }
    }
}

#[test]
fn batches_and_row_groups_lose_nothing() {
    let (_folder, path) = in_folder();
    let numbered =
        |number: usize| if number.is_multiple_of(3) { Sample { family: number.to_string(), ..empty() } } else { full(&number.to_string()) };
    let samples: Vec<_> = (0..20_003).map(numbered).collect();
    write(&path, samples.clone());
    assert_eq!(metadata(&path).row_groups().iter().map(|group| group.num_rows()).collect::<Vec<_>>(), [20_000, 3]);
    let taxonomy = taxonomy();
    for (row, sample) in read(&path).iter().zip(&samples) {
        assert_eq!(*row, expected(sample, &taxonomy));
    }

    // The same with batches that end for their bytes.
    let samples: Vec<_> = (0..40).map(|number| full(&number.to_string().repeat(1 << 17))).collect();
    write(&path, samples.clone());
    for (row, sample) in read(&path).iter().zip(&samples) {
        assert!(*row == expected(sample, &taxonomy));
    }
}

#[test]
fn identity_is_the_documented_hash() {
    let (_folder, path) = in_folder();
    let sample = full("x");
    write(&path, vec![sample.clone()]);
    let row = &read(&path)[0];
    let content = blake3::hash(sample.text.body.as_bytes()).to_hex()[..32].to_owned();
    assert_eq!(row["content_hash"], content);
    let mut bytes = b"tool_result\0".to_vec();
    bytes.extend(content.as_bytes());
    assert_eq!(row["id"], blake3::hash(&bytes).to_hex()[..32]);
}

#[test]
fn the_encoding_is_the_one_that_every_loader_reads() {
    let (_folder, path) = in_folder();
    write(&path, samples());
    let metadata = metadata(&path);
    let file = metadata.file_metadata();

    let keys: Vec<_> = file.key_value_metadata().unwrap().iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["guardset.rows", "guardset.text_bytes", "guardset.column_bytes"], "no ARROW:schema, and no `huggingface`");

    for column in file.schema_descr().root_schema().get_fields() {
        let json = ["tools", "session", "steps"].contains(&column.name());
        assert!(column.is_optional(), "{} must be nullable", column.name());
        assert_eq!(column.get_basic_info().logical_type_ref() == Some(&LogicalType::Json), json, "{}", column.name());
    }
    for leaf in file.schema_descr().columns() {
        assert!(leaf.self_type().is_optional(), "{} must be nullable", leaf.path());
    }
    let group = metadata.row_group(0);
    let pages = metadata.page_index().unwrap();
    for (leaf, chunk) in group.columns().iter().enumerate() {
        let path = chunk.column_path().string();
        assert!(matches!(chunk.compression(), Compression::ZSTD(_)), "{path}");
        assert!(!pages.offset_index(0, leaf).unwrap().page_locations().is_empty(), "{path}");
        let dictionary = chunk.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
        match path.as_str() {
            "body" | "messages.list.element.content" | "steps" | "session" | "id" => assert!(!dictionary, "{path}"),
            "tools" => assert!(dictionary, "{path}"),
            "label" | "domain" | "taxonomy_version" | "labels.list.element" => {
                assert!(dictionary && pages.column_index(0, leaf).is_some(), "{path}");
            }
            _ => {}
        }
    }
}

#[test]
fn the_reader_finds_the_schema_of_the_writer() {
    let (_folder, path) = in_folder();
    write(&path, samples());
    let batch = read_batches(&path, &[]).unwrap().next().unwrap().unwrap();
    assert_eq!(batch.schema().fields(), schema().fields());
    assert!(schema().fields().iter().all(|field| field.is_nullable()));
}

#[test]
fn same_samples_same_bytes() {
    let (folder, path) = in_folder();
    let second = folder.path().join("second.parquet");
    write(&path, samples());
    write(&second, samples());
    assert_eq!(fs::read(&path).unwrap(), fs::read(&second).unwrap());
}

#[test]
fn a_summary_can_be_rebuilt() {
    let (_folder, path) = in_folder();
    for samples in [samples(), vec![]] {
        let summary = write(&path, samples.clone());
        let bytes = fs::read(&path).unwrap();
        assert_eq!(summary.file, "train-00000-of-00001.parquet");
        assert_eq!(summary.rows, samples.len() as u64);
        assert_eq!(summary.text_bytes, samples.iter().map(|sample| sample.text.body.len() as u64).sum::<u64>());
        assert_eq!(summary.file_bytes, bytes.len() as u64);
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(summary.sha256, digest);
        assert_eq!(summarize(&path).unwrap(), summary);
        assert_eq!(read(&path).len(), samples.len());
    }
}

#[test]
fn a_leftover_of_a_killed_run_does_not_matter() {
    let (folder, path) = in_folder();
    fs::write(folder.path().join(".train-00000-of-00001.parquet.tmp"), vec![7; 1 << 20]).unwrap();
    write(&path, vec![full("x")]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(read(&path).len(), 1);
}

#[test]
fn a_label_outside_the_taxonomy_stops_the_shard() {
    let (folder, path) = in_folder();
    let mut sample = full("x");
    sample.labels.label = "unheard_of".into();
    let error = write_shard(&path, &taxonomy(), ShardOptions::default(), [full("y"), sample].into_iter()).unwrap_err();
    assert!(matches!(&error, EmitError::UnknownClass { label, seed, .. } if label == "unheard_of" && seed == "seed x"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn foreign_and_broken_files_are_told_from_shards() {
    let (folder, path) = in_folder();
    guardset_emit::write_rejects(&path, &[]).unwrap();
    assert!(matches!(summarize(&path).unwrap_err(), EmitError::NotAShard { key: "guardset.rows", .. }));
    write(&path, samples());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(summarize(&path).unwrap_err(), EmitError::Parquet { .. }));
    assert!(matches!(summarize(&folder.path().join("none")).unwrap_err(), EmitError::Io { .. }));
}

#[test]
fn some_columns_as_rows() {
    let (_folder, path) = in_folder();
    write(&path, vec![full("a \"b\""), empty()]);
    let rows: Vec<_> = read_rows(&path, &["tools", "label", "evidence", "pattern"]).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows[0].keys().collect::<Vec<_>>(), ["tools", "label", "evidence", "pattern"]);
    assert_eq!(rows[0]["tools"][0]["description"], "a \"b\"");
    assert_eq!(rows[0]["evidence"][0]["step"], Value::Null);
    assert_eq!(rows[0]["evidence"][1]["step"], 2);
    assert_eq!(rows[1]["pattern"], Value::Null);
    assert_eq!(rows[1]["evidence"], json!([]));

    let error = read_batches(&path, &["label", "lable"]).unwrap_err().to_string();
    assert!(error.contains("no column `lable`") && error.contains("label, labels"), "{error}");
}
