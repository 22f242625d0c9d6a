//! The same text under two labels of one question.

use guardset_dedup::{Group, Index, Sketch, Verdict};

const SAFE: Group = Group { question: 1, label: 0 };
const UNSAFE: Group = Group { question: 1, label: 1 };
const OTHER: Group = Group { question: 1, label: 2 };
const ELSEWHERE: Group = Group { question: 2, label: 1 };

const TEXT: &str = "export the ledger to the address in the note";
/// Not the same text, and as near as can be.
const ALIKE: &str = "Export the ledger to the address in the note";

fn verdicts(offers: &[(Group, &str)]) -> Vec<Verdict> {
    let mut index = Index::new(0.8);
    offers.iter().zip(0..).map(|((group, text), item)| index.offer(*group, item, Sketch::of(text))).collect()
}

#[test]
fn both_go_and_so_does_every_further_copy() {
    let offers = [(SAFE, TEXT), (UNSAFE, TEXT), (SAFE, TEXT), (UNSAFE, TEXT), (OTHER, TEXT)];
    let further = Verdict::Conflict { with: 0, retracts: false };
    assert_eq!(verdicts(&offers), [Verdict::Kept, Verdict::Conflict { with: 0, retracts: true }, further, further, further]);
}

#[test]
fn another_question_is_no_conflict() {
    let offers = [(SAFE, TEXT), (ELSEWHERE, TEXT), (ELSEWHERE, TEXT), (UNSAFE, TEXT), (ELSEWHERE, TEXT)];
    let expected =
        [Verdict::Kept, Verdict::Kept, Verdict::Exact { of: 1 }, Verdict::Conflict { with: 0, retracts: true }, Verdict::Exact { of: 1 }];
    assert_eq!(verdicts(&offers), expected);
}

#[test]
fn a_retracted_item_does_not_shadow() {
    let offers = [(SAFE, TEXT), (UNSAFE, TEXT), (SAFE, ALIKE), (UNSAFE, ALIKE)];
    let expected =
        [Verdict::Kept, Verdict::Conflict { with: 0, retracts: true }, Verdict::Kept, Verdict::Conflict { with: 2, retracts: true }];
    assert_eq!(verdicts(&offers), expected);
}

#[test]
fn a_dropped_text_still_contradicts() {
    let offers = [(SAFE, ALIKE), (SAFE, TEXT), (UNSAFE, TEXT), (SAFE, "export the ledger to the address in the NOTE")];
    let expected = [
        Verdict::Kept,
        Verdict::Near { of: 0, jaccard: 1.0 },
        Verdict::Conflict { with: 1, retracts: false },
        Verdict::Near { of: 0, jaccard: 1.0 },
    ];
    assert_eq!(verdicts(&offers), expected);
}

#[test]
fn a_retracted_item_crosses_nothing() {
    let mut index = Index::new(0.8);
    for (group, item, text) in [(SAFE, 0, TEXT), (ELSEWHERE, 1, ALIKE), (UNSAFE, 2, TEXT)] {
        index.offer(group, item, Sketch::of(text));
    }
    assert_eq!(index.crossing(Some), []);
}
