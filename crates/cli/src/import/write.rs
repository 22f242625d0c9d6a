//! Writes imported seeds. What a person has corrected is not written over unless asked to.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use guardset_emit::write_atomically;
use guardset_import::Seeds;

use crate::failure::Failure;

/// Name of the file that lists what was left out.
pub const REFUSED: &str = "refused.jsonl";

/// Writes every file of the seeds below a folder, and the list of what was left out.
pub fn seeds(folder: &Path, seeds: &Seeds, force: bool) -> Result<(), Failure> {
    let sources: BTreeSet<&str> = seeds.files.keys().filter_map(|path| path.split('/').next()).collect();
    for source in sources.iter().map(|source| folder.join(source)).filter(|source| source.exists()) {
        if !force {
            return Err(Failure::input(format!(
                "{} is there already and may have been corrected; give another --name or --output, or --force to replace it",
                source.display()
            )));
        }
        // Only what an import wrote is replaced.
        if !source.join("domain.toml").is_file() {
            return Err(Failure::input(format!("{} is no folder of seeds; give another --name or --output", source.display())));
        }
        fs::remove_dir_all(&source).map_err(|error| unwritable(&source, error))?;
    }
    // Thousands of small files, so they are not synced one by one. `domain.toml`, which makes a folder a source, is, and comes last.
    let (domains, others): (Vec<_>, Vec<_>) = seeds.files.iter().partition(|(path, _)| path.ends_with("/domain.toml"));
    for (path, text) in others {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| unwritable(parent, error))?;
        fs::write(&path, text).map_err(|error| unwritable(&path, error))?;
    }
    for (path, text) in domains {
        write_atomically(&folder.join(path), text.as_bytes())?;
    }
    let mut lines = String::new();
    for refused in &seeds.refused {
        let line = serde_json::json!({ "what": refused.what, "reason": refused.reason, "detail": refused.detail });
        lines.push_str(&format!("{line}\n"));
    }
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    Ok(write_atomically(&folder.join(REFUSED), lines.as_bytes())?)
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Other(
        anyhow::Error::new(error).context(format!("{} cannot be written; choose another --output or make it writable", path.display())),
    )
}
