use std::collections::hash_map::Entry;

use crate::index::Group;
use crate::mix::{FixedMap, mix};

/// Every distinct text offered under a question, kept or not: a label that was dropped still contradicts another one.
#[derive(Debug, Default)]
pub(crate) struct Texts(FixedMap<u128, First>);

#[derive(Debug)]
struct First {
    item: u64,
    /// Nothing once a second label was seen.
    label: Option<u64>,
}

/// What is known of a text before this offer.
pub(crate) enum Seen {
    Never,
    SameLabel { first: u64 },
    OtherLabel { first: u64 },
}

impl Texts {
    pub(crate) fn see(&mut self, group: Group, item: u64, exact: u128) -> Seen {
        match self.0.entry(exact ^ spread(group.question)) {
            Entry::Vacant(vacant) => {
                vacant.insert(First { item, label: Some(group.label) });
                Seen::Never
            }
            Entry::Occupied(mut occupied) => {
                let known = occupied.get_mut();
                if known.label == Some(group.label) {
                    Seen::SameLabel { first: known.item }
                } else {
                    known.label = None;
                    Seen::OtherLabel { first: known.item }
                }
            }
        }
    }
}

fn spread(question: u64) -> u128 {
    u128::from(mix(question)) << 64 | u128::from(mix(!question))
}
