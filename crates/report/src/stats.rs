//! Counts over all rows, by polars: each question is a scan of the few columns it needs, streamed, so that memory does
//! not grow with the run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use serde_json::{Value, json};

use crate::error::ReportError;

/// Columns whose values are counted, safe and unsafe apart.
pub(crate) const COUNTED: [&str; 17] = [
    "label",
    "split",
    "checkpoint",
    "pair_role",
    "vector",
    "effect",
    "disguise",
    "goal",
    "severity",
    "domain",
    "pattern",
    "surface",
    "voice",
    "agent",
    "language",
    "protocol_version",
    "paraphrase_model",
];

/// Columns that the class is held against.
pub(crate) const CROSSED: [&str; 4] = ["vector", "checkpoint", "domain", "split"];

/// Columns that the page filters by.
const FACETS: [&str; 8] = ["label", "vector", "effect", "checkpoint", "split", "domain", "pattern", "pair_role"];

/// What stands for null.
pub(crate) const NONE: &str = "none";

/// Rows that have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub value: String,
    pub safe: u64,
    pub bad: u64,
}

impl Count {
    pub fn rows(&self) -> u64 {
        self.safe + self.bad
    }
}

/// Rows by class and another column.
#[derive(Debug, Clone)]
pub(crate) struct Cross {
    pub column: &'static str,
    pub classes: Vec<String>,
    pub values: Vec<String>,
    /// A row of counts per class.
    pub cells: Vec<Vec<u64>>,
}

/// How large rows are: every size that occurs, with its safe and unsafe rows.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    pub column: &'static str,
    pub of: BTreeMap<i64, [u64; 2]>,
}

/// Pairs, and those of them that have attack, twin and look-alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    pub all: u64,
    pub whole: u64,
}

/// The counts of a run.
#[derive(Debug, Clone)]
pub(crate) struct Stats {
    pub rows: u64,
    pub unsafe_rows: u64,
    counts: BTreeMap<&'static str, Vec<Count>>,
    pub crosses: Vec<Cross>,
    pub sizes: Vec<Sizes>,
    pub pairs: Pairs,
}

impl Stats {
    /// Counts the rows of these shards.
    pub fn of(shards: &[PathBuf]) -> Result<Self, ReportError> {
        let scan = scan(shards)?;
        let mut counts = BTreeMap::new();
        for column in COUNTED {
            counts.insert(column, count(&scan, column)?);
        }
        let crosses = CROSSED.into_iter().map(|column| cross(&scan, column)).collect::<Result<_, _>>()?;
        let turns = col("messages").list().len().alias("turns");
        let sizes = [("n_chars", col("n_chars")), ("n_tools", col("n_tools")), ("n_steps", col("n_steps")), ("turns", turns)];
        let sizes = sizes.into_iter().map(|(column, of)| self::sizes(&scan, column, of)).collect::<Result<_, _>>()?;
        let (safe, bad) = counts["label"].iter().fold((0, 0), |(safe, bad), count: &Count| (safe + count.safe, bad + count.bad));
        Ok(Self { rows: safe + bad, unsafe_rows: bad, counts, crosses, sizes, pairs: pairs(&scan)? })
    }

    /// Rows by value of a column, most rows first.
    pub fn counts(&self, column: &str) -> &[Count] {
        self.counts.get(column).map_or(&[], Vec::as_slice)
    }

    /// Every value of the columns that the page filters by.
    pub fn facets(&self) -> Value {
        let values = |column: &str| {
            let mut values: Vec<&str> = self.counts(column).iter().map(|count| count.value.as_str()).collect();
            values.sort_unstable();
            json!(values)
        };
        Value::Object(FACETS.into_iter().map(|column| (column.to_owned(), values(column))).collect())
    }
}

impl Sizes {
    /// Sizes at these hundredths of the safe or the unsafe rows; nothing where there are none.
    pub fn quantiles<const N: usize>(&self, bad: bool, at: [u64; N]) -> Option<[i64; N]> {
        let rows = |counts: &[u64; 2]| counts[usize::from(bad)];
        let total: u64 = self.of.values().map(rows).sum();
        let found = at.map(|at| {
            let rank = total.saturating_sub(1) * at / 100;
            let mut seen = 0;
            self.of.iter().find_map(|(size, counts)| {
                seen += rows(counts);
                (seen > rank).then_some(*size)
            })
        });
        if found.iter().any(Option::is_none) { None } else { Some(found.map(Option::unwrap_or_default)) }
    }

    /// Rows and quantiles of both labels, for programs.
    pub fn summary(&self) -> Value {
        let side = |bad: bool| {
            let rows: u64 = self.of.values().map(|counts| counts[usize::from(bad)]).sum();
            let [p10, p50, p90] =
                self.quantiles(bad, [10, 50, 90]).map_or([Value::Null, Value::Null, Value::Null], |at| at.map(Value::from));
            json!({"rows": rows, "p10": p10, "median": p50, "p90": p90})
        };
        json!({"safe": side(false), "unsafe": side(true)})
    }
}

/// All shards as one lazy frame. Nothing in a path is a pattern.
pub(crate) fn scan(shards: &[PathBuf]) -> Result<LazyFrame, ReportError> {
    let name = |path: &Path| path.to_str().map(PlRefPath::new).ok_or_else(|| ReportError::Name { path: path.to_owned() });
    let paths: Vec<PlRefPath> = shards.iter().map(|path| name(path)).collect::<Result<_, _>>()?;
    let arguments = ScanArgsParquet { glob: false, cache: false, low_memory: true, ..ScanArgsParquet::default() };
    LazyFrame::scan_parquet_files(paths.into(), arguments).map_err(failed("their footers"))
}

/// Runs a query without holding what it reads.
pub(crate) fn collect(query: LazyFrame, what: &str) -> Result<DataFrame, ReportError> {
    // One query has one result; there are several where plans are collected together.
    Ok(query.collect_with_engine(Engine::Streaming).map_err(failed(what))?.unwrap_single())
}

pub(crate) fn failed(what: &str) -> impl Fn(PolarsError) -> ReportError + use<> {
    let what = what.to_owned();
    move |source| ReportError::Count { what: what.clone(), source }
}

fn text(column: &str) -> Expr {
    col(column).cast(DataType::String).fill_null(lit(NONE))
}

fn bad() -> Expr {
    col("unsafe").fill_null(lit(false))
}

fn count(scan: &LazyFrame, column: &'static str) -> Result<Vec<Count>, ReportError> {
    let query = scan.clone().group_by([text(column).alias("value"), bad().alias("bad")]).agg([len().alias("rows")]);
    let frame = collect(query, column)?;
    let read = || -> PolarsResult<Vec<Count>> {
        let rows = frame.column("rows")?.cast(&DataType::UInt64)?;
        let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        let columns = frame.column("value")?.str()?.iter().zip(frame.column("bad")?.bool()?.iter()).zip(rows.u64()?.iter());
        for ((value, bad), rows) in columns {
            counts.entry(value.unwrap_or(NONE)).or_default()[usize::from(bad.unwrap_or_default())] += rows.unwrap_or_default();
        }
        Ok(counts.into_iter().map(|(value, [safe, bad])| Count { value: value.to_owned(), safe, bad }).collect())
    };
    let mut counts = read().map_err(failed(column))?;
    counts.sort_by(|a, b| b.rows().cmp(&a.rows()).then_with(|| a.value.cmp(&b.value)));
    Ok(counts)
}

fn cross(scan: &LazyFrame, column: &'static str) -> Result<Cross, ReportError> {
    let query = scan.clone().group_by([text("label").alias("class"), text(column).alias("value")]).agg([len().alias("rows")]);
    let frame = collect(query, column)?;
    let read = || -> PolarsResult<BTreeMap<(String, String), u64>> {
        let rows = frame.column("rows")?.cast(&DataType::UInt64)?;
        let columns = frame.column("class")?.str()?.iter().zip(frame.column("value")?.str()?.iter()).zip(rows.u64()?.iter());
        let cell = |((class, value), rows): ((Option<&str>, Option<&str>), Option<u64>)| {
            ((class.unwrap_or(NONE).to_owned(), value.unwrap_or(NONE).to_owned()), rows.unwrap_or_default())
        };
        Ok(columns.map(cell).collect())
    };
    let cells = read().map_err(failed(column))?;
    let distinct = |names: Vec<&String>| {
        let mut names: Vec<String> = names.into_iter().cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let classes = distinct(cells.keys().map(|(class, _)| class).collect());
    let values = distinct(cells.keys().map(|(_, value)| value).collect());
    let of = |class: &String| values.iter().map(|value| cells.get(&(class.clone(), value.clone())).copied().unwrap_or_default()).collect();
    let cells = classes.iter().map(of).collect();
    Ok(Cross { column, classes, values, cells })
}

fn sizes(scan: &LazyFrame, column: &'static str, of: Expr) -> Result<Sizes, ReportError> {
    let query = scan.clone().group_by([of.cast(DataType::Int64).alias("size"), bad().alias("bad")]).agg([len().alias("rows")]);
    let frame = collect(query, column)?;
    let read = || -> PolarsResult<BTreeMap<i64, [u64; 2]>> {
        let rows = frame.column("rows")?.cast(&DataType::UInt64)?;
        let mut of: BTreeMap<i64, [u64; 2]> = BTreeMap::new();
        let columns = frame.column("size")?.i64()?.iter().zip(frame.column("bad")?.bool()?.iter()).zip(rows.u64()?.iter());
        for ((size, bad), rows) in columns {
            of.entry(size.unwrap_or_default()).or_default()[usize::from(bad.unwrap_or_default())] += rows.unwrap_or_default();
        }
        Ok(of)
    };
    Ok(Sizes { column, of: read().map_err(failed(column))? })
}

fn pairs(scan: &LazyFrame) -> Result<Pairs, ReportError> {
    let has = |role: &str| col("pair_role").eq(lit(role)).any(true).alias(role);
    let roles = ["attack", "twin", "lookalike"];
    let whole = roles.map(col).into_iter().reduce(|all, one| all.and(one)).unwrap_or_else(|| lit(true));
    let query = scan
        .clone()
        .filter(col("pair_id").is_not_null())
        .group_by([col("pair_id")])
        .agg(roles.map(has))
        .select([len().alias("all"), whole.cast(DataType::UInt64).sum().alias("whole")]);
    let frame = collect(query, "pair_id")?;
    let number = |name: &str| -> PolarsResult<u64> { Ok(frame.column(name)?.cast(&DataType::UInt64)?.u64()?.get(0).unwrap_or_default()) };
    let read = || -> PolarsResult<Pairs> { Ok(Pairs { all: number("all")?, whole: number("whole")? }) };
    read().map_err(failed("pair_id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_sizes_that_occur() {
        let sizes = Sizes { column: "n_steps", of: BTreeMap::from([(1, [5, 0]), (2, [4, 0]), (9, [1, 1])]) };
        assert_eq!(sizes.quantiles(false, [0, 50, 90, 100]), Some([1, 1, 2, 9]));
        assert_eq!(sizes.quantiles(true, [10, 90]), Some([9, 9]));
        let none = Sizes { column: "n_steps", of: BTreeMap::from([(1, [5, 0])]) };
        assert_eq!(none.quantiles(true, [50]), None);
        assert_eq!(none.summary()["unsafe"]["median"], Value::Null);
    }
}
