//! The records of files that were given for import.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use guardset_benchmark::Format;
use guardset_import::Why;
use serde_json::Value;

use crate::benchmarks::for_each;
use crate::failure::Failure;

/// Endings of files that a folder is searched for.
const ENDINGS: [&str; 3] = ["jsonl", "json", "parquet"];
/// Folder beside the questions in which BFCL keeps the right calls.
const ANSWERS: &str = "possible_answer";

/// A record, or why there is none.
pub type Read = Result<Value, Why>;

/// Puts answers, which stand in a file of the same name in a folder beside, to their record.
pub type Join<'a> = &'a dyn Fn(&Value, &Value) -> Read;

/// Hands out every record with the place where it stands, in the order of the files. Returns how many there were.
pub fn each(files: &[PathBuf], join: Option<Join<'_>>, take: &mut dyn FnMut(&str, Read)) -> Result<usize, Failure> {
    let mut count = 0;
    for path in files {
        for file in listed(path)? {
            let answers = match join {
                Some(_) => answers(&file)?,
                None => BTreeMap::new(),
            };
            for_each(&file, Format::of(&file).map_err(|error| Failure::input(error.to_string()))?, &mut |record| {
                count += 1;
                let place = format!("{}:{}", file.display(), record.place);
                let value = record.value.map_err(|message| ("no_record", message));
                let value = value.and_then(|value| match (join, value["id"].as_str().and_then(|id| answers.get(id))) {
                    (Some(join), Some(answer)) => join(&value, answer),
                    _ => Ok(value),
                });
                take(&place, value);
                ControlFlow::Continue(())
            })?;
        }
    }
    Ok(count)
}

fn answers(file: &Path) -> Result<BTreeMap<String, Value>, Failure> {
    let mut answers = BTreeMap::new();
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Ok(answers) };
    let beside = folder.join(ANSWERS).join(name);
    if beside.is_file() {
        for_each(&beside, Format::of(&beside).map_err(|error| Failure::input(error.to_string()))?, &mut |record| {
            if let Ok(value) = record.value
                && let Some(id) = value["id"].as_str()
            {
                answers.insert(id.to_owned(), value.clone());
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(answers)
}

/// The file itself, or those of a folder by name.
fn listed(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| Failure::input(format!("{}: cannot be read: {error}", path.display()));
    let entries = std::fs::read_dir(path).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let known = |file: &PathBuf| file.is_file() && file.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(known).collect();
    files.sort();
    match files.is_empty() {
        true => Err(Failure::input(format!("{}: holds no file that ends in .{}", path.display(), ENDINGS.join(", .")))),
        false => Ok(files),
    }
}
