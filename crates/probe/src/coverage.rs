//! Which combinations occur, and which are empty or thin.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::row::Row;

/// Counts of combinations, attacks only where a vector is one side.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// Rows by class, vector and checkpoint.
    pub class_vector_checkpoint: BTreeMap<String, BTreeMap<String, BTreeMap<String, usize>>>,
    /// Rows by class and domain.
    pub class_domain: BTreeMap<String, BTreeMap<String, usize>>,
    /// Combinations of class and domain, and of class and checkpoint, with fewer rows than the limit.
    pub thin: Vec<Thin>,
}

/// A combination with few rows or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thin {
    /// Class.
    pub class: String,
    /// `checkpoint`, `domain` or `vector`.
    pub axis: &'static str,
    /// Value on that axis.
    pub value: String,
    /// Rows.
    pub rows: usize,
}

pub(crate) fn of(rows: &[Row], thin: usize) -> Coverage {
    let mut coverage = Coverage { class_vector_checkpoint: BTreeMap::new(), class_domain: BTreeMap::new(), thin: Vec::new() };
    let mut counts: BTreeMap<(&str, &'static str, &str), usize> = BTreeMap::new();
    for row in rows {
        let vector = row.vector.as_deref().filter(|_| row.is_unsafe).unwrap_or("none");
        let by_vector = coverage.class_vector_checkpoint.entry(row.label.clone()).or_default();
        *by_vector.entry(vector.to_owned()).or_default().entry(row.checkpoint.clone()).or_default() += 1;
        *coverage.class_domain.entry(row.label.clone()).or_default().entry(row.domain.clone()).or_default() += 1;
        for (axis, value) in [("checkpoint", &row.checkpoint), ("domain", &row.domain)] {
            *counts.entry((&row.label, axis, value)).or_default() += 1;
        }
        if row.is_unsafe {
            *counts.entry((&row.label, "vector", vector)).or_default() += 1;
        }
    }
    let classes: BTreeSet<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let values: BTreeSet<(&'static str, &str)> =
        rows.iter().flat_map(|row| [("checkpoint", row.checkpoint.as_str()), ("domain", row.domain.as_str())]).collect();
    for class in classes {
        // Not every class has every vector; only those that occur can be thin.
        let vectors = counts.keys().filter(|(other, axis, _)| *other == class && *axis == "vector").map(|(_, axis, value)| (*axis, *value));
        for (axis, value) in values.iter().copied().chain(vectors) {
            let rows = counts.get(&(class, axis, value)).copied().unwrap_or_default();
            if rows < thin {
                coverage.thin.push(Thin { class: class.to_owned(), axis, value: value.to_owned(), rows });
            }
        }
    }
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_thin_cells_are_named() {
        let row = |label: &str, domain: &str, checkpoint: &str| Row {
            label: label.into(),
            domain: domain.into(),
            checkpoint: checkpoint.into(),
            is_unsafe: label != "appropriate",
            vector: Some("log".into()),
            ..Row::default()
        };
        let mut rows = vec![row("appropriate", "office", "session"); 5];
        rows.extend(vec![row("replay", "home", "session"); 2]);
        let found = of(&rows, 2);
        let thin = |class: &str, value: &str| found.thin.iter().any(|t| t.class == class && t.value == value && t.rows == 0);
        assert!(thin("appropriate", "home") && thin("replay", "office"), "{:?}", found.thin);
        assert_eq!(found.thin.len(), 2, "two rows are enough: {:?}", found.thin);
        assert_eq!(found.class_vector_checkpoint["replay"]["log"]["session"], 2);
        assert_eq!(found.class_vector_checkpoint["appropriate"]["none"]["session"], 5, "a vector is counted where it led to something");
    }
}
