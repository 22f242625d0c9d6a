//! An index that goes to disk says what one in memory says.

mod corpus;

use std::fs;
use std::path::Path;

use corpus::{DENSE, Random, Shape, USUAL, edited, sample, text};
use guardset_dedup::{Group, Index, Sketch, Spill, SpillError, Verdict};

const MIB: usize = 1 << 20;

/// Samples of scenarios in several groups, with near-copies, copies, and copies under another label.
fn offers(seed: u64, shape: Shape, count: usize) -> Vec<(Group, Sketch)> {
    let mut random = Random(seed);
    let mut words: Vec<Vec<String>> = Vec::with_capacity(count);
    for number in 0..count {
        let earlier = number.checked_sub(1 + random.below(60)).map(|source| words[source].clone());
        let next = match (random.below(10), earlier) {
            (0..3, Some(earlier)) => {
                let edits = random.below(16);
                edited(&mut random, &earlier, edits)
            }
            _ => sample(&mut random, number % 10, shape),
        };
        words.push(next);
    }
    let group = |random: &mut Random| Group { question: random.below(2) as u64, label: random.below(3) as u64 };
    words.iter().map(|words| (group(&mut random), Sketch::of(&text(words)))).collect()
}

fn in_memory(offers: &[(Group, Sketch)]) -> (Index, Vec<Verdict>) {
    let mut index = Index::new(0.8);
    let verdicts = offers.iter().zip(0..).map(|((group, sketch), item)| index.offer(*group, item, sketch)).collect();
    (index, verdicts)
}

fn with_memory(limit: usize, folder: &Path, offers: &[(Group, Sketch)]) -> Result<(Index<Spill>, Vec<Verdict>), SpillError> {
    let mut index = Index::with_memory(0.8, limit, folder);
    let verdicts = offers.iter().zip(0..).map(|((group, sketch), item)| index.offer(*group, item, sketch)).collect::<Result<_, _>>()?;
    Ok((index, verdicts))
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn verdicts_and_crossings_are_the_same_for_any_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    for (shape, count) in [(USUAL, 12_000), (DENSE, 8_000)] {
        let offers = offers(11, shape, count);
        let (index, verdicts) = in_memory(&offers);
        let crossing = index.crossing(|item| Some(item % 3));
        for kind in [
            |verdict: &Verdict| *verdict == Verdict::Kept,
            |verdict: &Verdict| matches!(verdict, Verdict::Exact { .. }),
            |verdict: &Verdict| matches!(verdict, Verdict::Near { .. }),
            |verdict: &Verdict| matches!(verdict, Verdict::Conflict { retracts: true, .. }),
        ] {
            assert!(verdicts.iter().filter(|verdict| kind(verdict)).count() > 9, "a kind of verdict was not tested");
        }
        assert!(crossing.len() > 9);
        for limit in [0, MIB, 6 * MIB, usize::MAX] {
            let (spilling, same) = with_memory(limit, folder.path(), &offers).expect("room on the disk");
            assert!(same == verdicts, "limit {limit}");
            assert_eq!(spilling.crossing(|item| Some(item % 3)).expect("a file to read"), crossing, "limit {limit}");
            assert_eq!(spilling.spilled() > 0, limit < usize::MAX, "limit {limit}");
            assert!(limit == usize::MAX || spilling.memory() < index.memory());
        }
    }
}

#[test]
fn nothing_is_left_in_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let (index, _) = with_memory(0, folder.path(), &offers(12, USUAL, 2_000)).expect("room on the disk");
    assert!(index.spilled() > 0);
    // Where the system can hold a file without a name, not even a run that is killed leaves one.
    #[cfg(unix)]
    assert_eq!(entries(folder.path()), 0);
    drop(index);
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn the_disk_is_not_touched_below_the_limit() {
    let nowhere = tempfile::tempdir().expect("a folder").path().join("missing");
    let (index, _) = with_memory(usize::MAX, &nowhere, &offers(13, USUAL, 2_000)).expect("no need of a folder");
    assert_eq!(index.spilled(), 0);
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let nowhere = tempfile::tempdir().expect("a folder").path().join("missing");
    let error = with_memory(0, &nowhere, &offers(14, USUAL, 2_000)).expect_err("there is no folder");
    assert_eq!(error.folder, nowhere);
    assert!(error.to_string().starts_with(&format!("{}: the index of near-duplicates cannot make its file there: ", nowhere.display())));
}

#[test]
fn rows_stay_small_in_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let offers = offers(15, USUAL, 20_000);
    let (index, _) = with_memory(0, folder.path(), &offers).expect("room on the disk");
    // Up to 1 MiB waits to be written to each of two files, and rows are held in blocks.
    let rows = (index.memory() - 3 * MIB) / offers.len();
    assert!(rows < 300, "{rows} bytes a row");
}
