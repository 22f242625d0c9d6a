//! Runs the program and looks at what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value};

/// The repository, whose taxonomy, seeds and templates are under test with the program.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program on the repository's files.
pub fn guardset(arguments: &[&str]) -> Command {
    guardset_at(&root(), arguments)
}

/// The program on the files of another root.
pub fn guardset_at(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guardset"));
    command.arg("--root").arg(root).args(arguments);
    command
}

/// A run of `total` rows into `output`.
pub fn generate(output: &Path, total: usize, more: &[&str]) -> Command {
    let mut command = guardset(&["generate", "--total", &total.to_string()]);
    command.arg("--output").arg(output).args(more);
    command
}

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub fn outcome(mut command: Command) -> Outcome {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Outcome { code: status.code(), stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap() }
}

impl Outcome {
    /// Requires success and gives what was printed.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Requires this exit code and every one of these words on stderr, and gives stderr.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in: {}", self.stderr);
        }
        self.stderr
    }
}

/// Every file below a folder, by relative path. What a clock has a part in is no part of the data set.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = paths(folder).into_iter().filter(|path| !path.ends_with(".speed.json"));
    paths.map(|path| (relative(folder, &path), fs::read(&path).unwrap())).collect()
}

/// Every file below a folder.
pub fn paths(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn relative(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()
}

/// The shards that stand under their final names.
pub fn shards(run: &Path) -> Vec<PathBuf> {
    let data = run.join("data/canonical");
    if !data.is_dir() {
        return Vec::new();
    }
    paths(&data).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "parquet")).collect()
}

/// Two runs are the same, file by file and byte by byte.
#[track_caller]
pub fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    let different: Vec<_> = one.iter().filter(|(name, bytes)| other[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "these differ: {different:?}");
}

/// All rows of a run, with the columns named; all columns when none is.
pub fn rows(run: &Path, columns: &[&str]) -> Vec<Map<String, Value>> {
    let rows = shards(run).into_iter().flat_map(|shard| guardset_emit::read_rows(&shard, columns).unwrap().collect::<Vec<_>>());
    rows.map(Result::unwrap).collect()
}

/// Copies what the program loads, so that a test may break it.
pub fn copy_of_root() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["taxonomy.toml", "guardset.toml"] {
        fs::copy(root().join(name), copy.path().join(name)).unwrap();
    }
    for folder in ["seeds", "templates"] {
        for path in paths(&root().join(folder)) {
            let to = copy.path().join(relative(&root(), &path));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(path, to).unwrap();
        }
    }
    copy
}

/// The repository's recipe with some keys changed, as a file.
pub struct Recipe {
    folder: tempfile::TempDir,
}

impl Recipe {
    /// Sets keys, written `section.key` or `section.part.key`, to values in TOML. No value takes the key out.
    #[track_caller]
    pub fn with(changes: &[(&str, &str)]) -> Self {
        let text = fs::read_to_string(root().join("guardset.toml")).unwrap();
        let mut recipe: toml::Table = text.parse().unwrap();
        for (key, value) in changes {
            let (sections, key) = key.rsplit_once('.').map_or((None, *key), |(sections, key)| (Some(sections), key));
            let mut table = &mut recipe;
            for section in sections.iter().flat_map(|sections| sections.split('.')) {
                table = table.entry(section).or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
            }
            match *value {
                "" => assert!(table.remove(key).is_some(), "guardset.toml has no {key}"),
                _ => drop(table.insert(key.to_owned(), format!("value = {value}").parse::<toml::Table>().unwrap()["value"].clone())),
            }
        }
        Self::written(&recipe.to_string())
    }

    /// A recipe that says this.
    pub fn written(text: &str) -> Self {
        let recipe = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(recipe.path(), text).unwrap();
        recipe
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("recipe.toml")
    }
}
