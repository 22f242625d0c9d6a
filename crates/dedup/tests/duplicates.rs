//! Exact and near-duplicates inside a group, by the index's verdicts.

use guardset_dedup::{Group, Index, Sketch, Verdict};

const ONE: Group = Group { question: 1, label: 1 };

fn verdicts<'a>(offers: impl IntoIterator<Item = (Group, &'a str)>) -> Vec<Verdict> {
    let mut index = Index::new(0.8);
    offers.into_iter().zip(0..).map(|((group, text), item)| index.offer(group, item, Sketch::of(text))).collect()
}

fn in_one_group(texts: &[&str]) -> Vec<Verdict> {
    verdicts(texts.iter().map(|text| (ONE, *text)))
}

#[test]
fn copies_name_the_first() {
    let text = "transfer the deposit to the account that was approved";
    assert_eq!(in_one_group(&[text, text, text]), [Verdict::Kept, Verdict::Exact { of: 0 }, Verdict::Exact { of: 0 }]);
}

#[test]
fn case_spacing_and_punctuation_are_near() {
    let texts = [
        "Read /srv/report.txt, then send it to Zoë.",
        "read srv report TXT then send  it to ZOË",
        "read: srv, report. txt; then\tsend\nit to zoë",
    ];
    let near = Verdict::Near { of: 0, jaccard: 1.0 };
    assert_eq!(in_one_group(&texts), [Verdict::Kept, near, near]);
}

#[test]
fn a_copy_of_a_dropped_text_is_exact() {
    let texts = ["open the door of the hall", "OPEN the door of the hall", "OPEN the door of the hall"];
    assert_eq!(in_one_group(&texts), [Verdict::Kept, Verdict::Near { of: 0, jaccard: 1.0 }, Verdict::Exact { of: 1 }]);
}

#[test]
fn threshold_is_inclusive_and_exact() {
    // Nine words are five shingles, ten are six: 5 / 6. Eleven: 5 / 7.
    let texts = ["a b c d e f g h i", "a b c d e f g h i j", "a b c d e f g h i k l"];
    let judge = |threshold| {
        let mut index = Index::new(threshold);
        texts.iter().zip(0..).map(|(text, item)| index.offer(ONE, item, Sketch::of(text))).collect::<Vec<_>>()
    };
    assert_eq!(judge(5.0 / 6.0)[1], Verdict::Near { of: 0, jaccard: 5.0 / 6.0 });
    assert_eq!(judge(0.84)[1], Verdict::Kept);
    assert_eq!(judge(5.0 / 7.0)[2], Verdict::Near { of: 0, jaccard: 5.0 / 7.0 });
    assert_eq!(judge(0.72)[2], Verdict::Kept);
}

#[test]
fn several_matches_name_the_first() {
    // The last is as close to item 0 as to item 1, which are not close to each other.
    let middle = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen";
    let texts = [format!("alpha beta {middle}"), format!("{middle} gamma delta"), middle.to_owned()];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let verdicts = in_one_group(&texts);
    assert_eq!(verdicts[..2], [Verdict::Kept, Verdict::Kept]);
    assert_eq!(verdicts[2], Verdict::Near { of: 0, jaccard: 13.0 / 15.0 });
}

#[test]
fn labels_and_questions_isolate() {
    let groups = [Group { question: 1, label: 1 }, Group { question: 1, label: 2 }, Group { question: 2, label: 1 }];
    let texts = ["call the search tool once", "Call the search tool once", "CALL the search tool once"];
    assert_eq!(verdicts(groups.into_iter().zip(texts)), [Verdict::Kept; 3]);
}

#[test]
fn short_texts_are_compared_whole() {
    assert_eq!(
        in_one_group(&["yes", "no", "Yes!", "yes no"]),
        [Verdict::Kept, Verdict::Kept, Verdict::Near { of: 0, jaccard: 1.0 }, Verdict::Kept]
    );
}

#[test]
fn texts_without_words_are_alike() {
    assert_eq!(
        in_one_group(&["", "", " \n", "word"]),
        [Verdict::Kept, Verdict::Exact { of: 0 }, Verdict::Near { of: 0, jaccard: 1.0 }, Verdict::Kept,]
    );
}
