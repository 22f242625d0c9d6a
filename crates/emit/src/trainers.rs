use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{EmitError, Manifest, write_atomically};

/// Writes `dataset_info.json`, by which LLaMA-Factory finds the views (its data/README, OpenAI format).
///
/// It takes a file or a whole folder, no pattern: a split of one shard is `VIEW_SPLIT`, and one of several has an entry
/// per shard, `VIEW_SPLIT_00000` and so on, which are given to it as a list.
pub fn write_dataset_info(path: &Path, manifest: &Manifest) -> Result<(), EmitError> {
    let mut text =
        serde_json::to_string_pretty(&dataset_info(manifest)).map_err(|source| EmitError::Json { path: path.to_owned(), source })?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

fn dataset_info(manifest: &Manifest) -> Map<String, Value> {
    let mut entries = Map::new();
    for view in &manifest.views {
        for split in view.splits.iter().filter(|(_, rows)| **rows > 0).map(|(split, _)| split) {
            let shards: Vec<_> = view.shards.iter().filter(|shard| shard.split() == split && shard.rows > 0).collect();
            for (number, shard) in shards.iter().enumerate() {
                let name = match shards.len() {
                    1 => format!("{}_{split}", view.name),
                    _ => format!("{}_{split}_{number:05}", view.name),
                };
                entries.insert(
                    name,
                    json!({
                        "file_name": format!("data/{}/{}", view.name, shard.file),
                        "formatting": "sharegpt",
                        "columns": {"messages": "messages"},
                        "tags": {
                            "role_tag": "role",
                            "content_tag": "content",
                            "user_tag": "user",
                            "assistant_tag": "assistant",
                            "system_tag": "system",
                        },
                    }),
                );
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ShardSummary, ViewSummary};

    #[test]
    fn each_shard_with_rows_is_named_once() {
        let shard = |file: &str, rows| ShardSummary {
            file: file.to_owned(),
            rows,
            text_bytes: 0,
            column_bytes: 0,
            file_bytes: 0,
            sha256: String::new(),
        };
        let splits = [("train", 7), ("test", 2), ("test_unseen_server", 3), ("validation", 0)];
        let view = ViewSummary {
            name: "chat".to_owned(),
            splits: splits.map(|(split, rows)| (split.to_owned(), rows)).into(),
            shards: vec![
                shard("train-00000-of-00002.parquet", 4),
                shard("train-00001-of-00002.parquet", 3),
                shard("test-00000-of-00001.parquet", 2),
                shard("test_unseen_server-00000-of-00001.parquet", 3),
                shard("validation-00000-of-00001.parquet", 0),
            ],
            ..ViewSummary::default()
        };
        let info = dataset_info(&Manifest { views: vec![view], ..Manifest::default() });
        let files: Vec<_> = info.iter().map(|(name, entry)| (name.as_str(), entry["file_name"].as_str().unwrap_or_default())).collect();
        assert_eq!(
            files,
            [
                ("chat_test", "data/chat/test-00000-of-00001.parquet"),
                ("chat_test_unseen_server", "data/chat/test_unseen_server-00000-of-00001.parquet"),
                ("chat_train_00000", "data/chat/train-00000-of-00002.parquet"),
                ("chat_train_00001", "data/chat/train-00001-of-00002.parquet"),
            ]
        );
        assert_eq!(info["chat_test"]["tags"]["role_tag"], "role");
    }
}
