//! A shard written again without some rows is the shard that would have been written without them.

#![allow(clippy::unwrap_used)]
#![recursion_limit = "256"]

mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use guardset_core::Sample;
use guardset_emit::{EmitError, ShardOptions, ShardSummary, content_hash, drop_rows, id, write_shard};
use samples::{samples, taxonomy};

fn write(folder: &Path, name: &str, samples: Vec<Sample>) -> (PathBuf, ShardSummary) {
    let path = folder.join(name).join("train-00000-of-00001.parquet");
    let summary = write_shard(&path, &taxonomy(), ShardOptions::default(), samples.into_iter()).unwrap();
    (path, summary)
}

#[test]
fn what_stays_is_as_if_the_others_had_never_been() {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = samples().iter().map(|sample| id(sample.checkpoint, &content_hash(&sample.text.body))).collect();
    for keep in [vec![], vec![0], (1..ids.len()).collect(), (0..ids.len()).collect::<Vec<_>>()] {
        let kept: Vec<Sample> =
            samples().into_iter().zip(&ids).filter(|(_, id)| keep.iter().any(|at| ids[*at] == **id)).map(|(sample, _)| sample).collect();
        let (path, _) = write(folder.path(), "all", samples());
        let (wanted, summary) = write(folder.path(), "kept", kept);
        let dropped = drop_rows(&path, ShardOptions::default(), |id| !keep.iter().any(|at| ids[*at] == id)).unwrap();
        assert_eq!((dropped.rows, dropped.text_bytes, dropped.column_bytes), (summary.rows, summary.text_bytes, summary.column_bytes));
        let rows = |path: &Path| guardset_emit::read_rows(path, &[]).unwrap().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(rows(&path), rows(&wanted), "{keep:?}");
        assert_eq!(guardset_emit::summarize(&path).unwrap(), dropped);
    }
}

#[test]
fn a_file_without_ids_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejects.parquet");
    guardset_emit::write_rejects(&path, &[]).unwrap();
    let before = fs::read(&path).unwrap();
    let error = drop_rows(&path, ShardOptions::default(), |_| true).unwrap_err();
    assert!(matches!(error, EmitError::UnknownColumn { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}
