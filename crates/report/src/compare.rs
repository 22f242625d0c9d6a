//! What changed from one run to another.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::ReportError;
use crate::facts::{Facts, Probe};
use crate::stats::{COUNTED, Count, Stats, collect, failed, scan};
use crate::table::{Table, rounded};
use crate::text::{html, share, thousands};

/// Rows gained or lost that are named; all are counted.
const NAMED: u32 = 200;

/// Two runs beside each other: this one, and the one it is held against.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub against: String,
    pub tables: Vec<Titled>,
    pub gained: Moved,
    pub lost: Moved,
}

/// What the ids of tables of rows by value begin with.
const BY: &str = "by-";

/// A table with its title.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Titled {
    pub id: String,
    pub title: String,
    pub note: String,
    #[serde(flatten)]
    pub table: Table,
}

/// Rows that one run has and the other has not, by what the guard sees.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    pub total: u64,
    pub by_class: BTreeMap<String, u64>,
    /// The first few of them.
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub id: String,
    pub label: String,
    pub split: String,
    pub checkpoint: String,
    pub content_hash: String,
}

/// Holds a run against another.
pub(crate) fn compare(facts: &Facts, stats: &Stats, other: &Path) -> Result<Comparison, ReportError> {
    let other_facts = Facts::read(other)?;
    let other_stats = Stats::of(&other_facts.shards())?;
    let (here, there) = (scan(&facts.shards())?, scan(&other_facts.shards())?);
    let gained = only(&here, &there)?;
    let lost = only(&there, &here)?;

    let mut tables = vec![whole([facts, &other_facts], [stats, &other_stats], &gained, &lost), distances(stats, &other_stats)];
    tables.extend(COUNTED.iter().filter(|column| **column != "goal").filter_map(|column| counts(column, stats, &other_stats)));
    tables.push(sizes(stats, &other_stats));
    if let (Some(probe), Some(other)) = (&facts.probe, &other_facts.probe) {
        tables.extend(probes(probe, other));
    }
    tables.push(moved(&gained, &lost));
    // Two runs in folders of one name are told apart by what they are.
    let against = format!("{} ({})", other_facts.name, other_facts.manifest.run.chars().take(12).collect::<String>());
    Ok(Comparison { against, tables, gained, lost })
}

impl Comparison {
    /// The comparison for the script of the page, and for programs.
    pub fn data(&self) -> Value {
        json!({
            "against": self.against,
            "tables": self.tables,
            "gained": self.gained.rows,
            "gained_total": self.gained.total,
            "lost": self.lost.rows,
            "lost_total": self.lost.total,
        })
    }

    /// The comparison in HTML.
    pub fn html(&self) -> String {
        let mut out = format!(
            "<section id=\"compare\" aria-labelledby=\"compare-title\"><h2 id=\"compare-title\">Against another run</h2>\
             <p class=\"note\">What changed from <bdi>{}</bdi> to this run.</p>",
            html(&self.against)
        );
        for Titled { id, title, note, table } in &self.tables {
            let (title, note, shown) = (html(title), html(note), table.html(title));
            // How far the values of a column lie apart is told above; the values themselves are many.
            out.push_str(&if id.starts_with(BY) {
                let rows = table.rows.len();
                format!("<details class=\"chart wide\" id=\"compare-{id}\"><summary>{title}: {rows}</summary><p class=\"note\">{note}</p>{shown}</details>")
            } else {
                format!("<section class=\"chart wide\" id=\"compare-{id}\"><h3>{title}</h3><p class=\"note\">{note}</p>{shown}</section>")
            });
        }
        for (id, title, moved) in [("gained", "Rows gained", &self.gained), ("lost", "Rows lost", &self.lost)] {
            out.push_str(&format!(
                "<details id=\"compare-{id}\"><summary>{title}: {}, of which {} are named</summary>{}</details>",
                thousands(moved.total),
                moved.rows.len(),
                moved.table().html(title)
            ));
        }
        out.push_str("</section>");
        out
    }
}

impl Moved {
    fn table(&self) -> Table {
        let mut table = Table::new(&["id", "label", "split", "checkpoint", "content_hash"]);
        for row in &self.rows {
            table.push([&row.id, &row.label, &row.split, &row.checkpoint, &row.content_hash].map(|text| json!(text)));
        }
        table
    }
}

/// The rows of one run whose content hash the other lacks.
fn only(here: &LazyFrame, there: &LazyFrame) -> Result<Moved, ReportError> {
    let what = "content_hash";
    let hashes = there.clone().group_by([col(what)]).agg([len().alias("there")]);
    let rows = here
        .clone()
        .select(["id", "label", "split", "checkpoint", what].map(col))
        .join(hashes, [col(what)], [col(what)], JoinArgs::new(JoinType::Left))
        .filter(col("there").is_null());

    let counted = collect(rows.clone().group_by([col("label")]).agg([len().alias("rows")]), what)?;
    let by_class = || -> PolarsResult<BTreeMap<String, u64>> {
        let rows = counted.column("rows")?.cast(&DataType::UInt64)?;
        let columns = counted.column("label")?.str()?.iter().zip(rows.u64()?.iter());
        Ok(columns.map(|(label, rows)| (label.unwrap_or_default().to_owned(), rows.unwrap_or_default())).collect())
    };
    let by_class = by_class().map_err(failed(what))?;

    let order = ["label", "split", "checkpoint", "id"].map(col);
    let first = collect(rows.sort_by_exprs(order, SortMultipleOptions::default()).limit(NAMED), what)?;
    let named = || -> PolarsResult<Vec<Row>> {
        let [id, label, split, checkpoint, content_hash] =
            ["id", "label", "split", "checkpoint", what].map(|column| first.column(column).and_then(|column| column.str().cloned()));
        let (id, label, split, checkpoint, content_hash) = (id?, label?, split?, checkpoint?, content_hash?);
        let text = |column: &StringChunked, at: usize| column.get(at).unwrap_or_default().to_owned();
        Ok((0..first.height())
            .map(|at| Row {
                id: text(&id, at),
                label: text(&label, at),
                split: text(&split, at),
                checkpoint: text(&checkpoint, at),
                content_hash: text(&content_hash, at),
            })
            .collect())
    };
    Ok(Moved { total: by_class.values().sum(), by_class, rows: named().map_err(failed(what))? })
}

fn whole(facts: [&Facts; 2], stats: [&Stats; 2], gained: &Moved, lost: &Moved) -> Titled {
    let mut table = Table::new(&["figure", "this run", "other run"]);
    let [here, there] = facts.map(|facts| &facts.manifest);
    table.push([json!("rows"), json!(stats[0].rows), json!(stats[1].rows)]);
    table.push([json!("rows the other lacks"), json!(gained.total), json!(lost.total)]);
    let bad = stats.map(|stats| rounded(share(stats.unsafe_rows, stats.rows), 4));
    let [one, two] = bad;
    table.push([json!("unsafe share"), one, two]);
    table.push([json!("candidates"), json!(here.counts.generated), json!(there.counts.generated)]);
    table.push([json!("keep rate"), rounded(here.counts.keep_rate, 4), rounded(there.counts.keep_rate, 4)]);
    table.push([json!("cells short"), json!(here.shortfalls.len()), json!(there.shortfalls.len())]);
    table.push([json!("pairs"), json!(stats[0].pairs.all), json!(stats[1].pairs.all)]);
    table.push([json!("whole pairs"), json!(stats[0].pairs.whole), json!(stats[1].pairs.whole)]);
    for (name, of) in [
        ("run", [here.run.clone(), there.run.clone()]),
        ("recipe", facts.map(Facts::recipe_digest)),
        ("inputs", facts.map(Facts::inputs_digest)),
        ("guardset", [here.generator_version.clone(), there.generator_version.clone()]),
        ("taxonomy", [here.taxonomy_version.clone(), there.taxonomy_version.clone()]),
    ] {
        let [one, two] = of;
        table.push([json!(name), json!(one), json!(two)]);
    }
    Titled {
        id: "whole".into(),
        title: "The two runs".into(),
        note: "Digests that are equal mean equal recipes, inputs or rows.".into(),
        table,
    }
}

fn distances(here: &Stats, there: &Stats) -> Titled {
    let mut table = Table::new(&["column", "distance", "values gained", "values lost"]);
    for column in COUNTED {
        let both = beside(here.counts(column), there.counts(column));
        let distance = both.values().map(|[one, two]| (share(*one, here.rows) - share(*two, there.rows)).abs()).sum::<f64>() / 2.0;
        let count = |of: fn(&[u64; 2]) -> bool| both.values().filter(|counts| of(counts)).count();
        table.push([json!(column), rounded(distance, 4), json!(count(|[_, two]| *two == 0)), json!(count(|[one, _]| *one == 0))]);
    }
    let note = "Share of the rows that would have to change their value for the two runs to be alike (total variation).";
    Titled { id: "distances".into(), title: "Distributions".into(), note: note.into(), table }
}

fn beside<'a>(here: &'a [Count], there: &'a [Count]) -> BTreeMap<&'a str, [u64; 2]> {
    let mut both: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, counts) in [here, there].into_iter().enumerate() {
        for count in counts {
            both.entry(&count.value).or_default()[side] = count.rows();
        }
    }
    both
}

/// The values whose counts differ; no table where none does.
fn counts(column: &str, here: &Stats, there: &Stats) -> Option<Titled> {
    let mut table = Table::new(&[column, "this run", "other run", "change", "change of share"]);
    for (value, [one, two]) in beside(here.counts(column), there.counts(column)) {
        if one != two {
            let moved = share(one, here.rows) - share(two, there.rows);
            table.push([json!(value), json!(one), json!(two), json!(difference(one, two)), rounded(moved, 5)]);
        }
    }
    let title = format!("Rows by {column}");
    let note = "Only values whose rows differ.";
    (!table.rows.is_empty()).then(|| Titled { id: format!("{BY}{column}"), title, note: note.into(), table })
}

fn difference(one: u64, two: u64) -> i64 {
    i64::try_from(i128::from(one) - i128::from(two)).unwrap_or_default()
}

fn sizes(here: &Stats, there: &Stats) -> Titled {
    let mut table = Table::new(&["size", "p10", "median", "p90", "p10 before", "median before", "p90 before"]);
    for (one, two) in here.sizes.iter().zip(&there.sizes) {
        for bad in [false, true] {
            let of = |stats: &crate::stats::Sizes| {
                stats.quantiles(bad, [10, 50, 90]).map_or([Value::Null, Value::Null, Value::Null], |at| at.map(Value::from))
            };
            let ([a, b, c], [d, e, f]) = (of(one), of(two));
            table.push([json!(format!("{}, {}", one.column, if bad { "unsafe" } else { "safe" })), a, b, c, d, e, f]);
        }
    }
    Titled { id: "sizes".into(), title: "Sizes".into(), note: "Of safe and unsafe rows; `before` is the other run.".into(), table }
}

fn probes(here: &Probe, there: &Probe) -> Vec<Titled> {
    let mut views = Table::new(&["view", "AUROC", "AUROC before", "change"]);
    for score in &here.shortcuts {
        let before = there.shortcuts.iter().find(|other| other.view == score.view).map_or(f64::NAN, |other| other.auroc);
        views.push([json!(score.view), rounded(score.auroc, 4), rounded(before, 4), rounded(score.auroc - before, 4)]);
    }
    let mut words = Table::new(&["word", "this run", "other run"]);
    let telltale = |probe: &Probe| -> BTreeMap<String, f64> {
        let over = probe.tokens.iter().filter(|token| token.is_telltale && token.because.is_none());
        over.map(|token| (token.text.clone(), token.ratio)).collect()
    };
    let (one, two) = (telltale(here), telltale(there));
    for word in one.keys().chain(two.keys().filter(|word| !one.contains_key(*word))) {
        let of = |side: &BTreeMap<String, f64>| side.get(word).map_or(Value::Null, |ratio| rounded(*ratio, 2));
        words.push([json!(word), of(&one), of(&two)]);
    }
    let mut texts = Table::new(&["text", "effective", "effective before", "repeated", "repeated before"]);
    let all = |probe: &Probe| -> BTreeMap<String, crate::facts::Found> {
        let classes = probe.diversity.classes.iter().map(|(name, found)| (format!("whole, {name}"), found.clone()));
        probe.diversity.fields.iter().map(|(name, found)| (name.clone(), found.clone())).chain(classes).collect()
    };
    let before = all(there);
    for (name, found) in all(here) {
        let old = before.get(&name);
        texts.push([
            json!(name),
            rounded(found.effective_number, 1),
            old.map_or(Value::Null, |old| rounded(old.effective_number, 1)),
            rounded(found.self_repetition, 4),
            old.map_or(Value::Null, |old| rounded(old.self_repetition, 4)),
        ]);
    }
    let mut near = Table::new(&["share", "this run", "other run"]);
    if let (Some(one), Some(two)) = (&here.near_duplicates, &there.near_duplicates) {
        near.push([json!("dropped by the run"), rounded(one.dropped_share, 4), rounded(two.dropped_share, 4)]);
        near.push([json!("left"), rounded(one.plain_share, 4), rounded(two.plain_share, 4)]);
        near.push([json!("left, slot values masked"), rounded(one.masked_share, 4), rounded(two.masked_share, 4)]);
    }
    [
        ("views", "What one view tells alone", "AUROC for `unsafe`.", views),
        ("words", "Tell-tale words", "Their ratio in each run; null where a run is rid of it.", words),
        ("texts", "Diversity", "Effective number of texts, and share of the n-grams that are repeated.", texts),
        ("near", "Near-duplicates", "Shares of the rows.", near),
    ]
    .into_iter()
    .filter(|(.., table)| !table.rows.is_empty())
    .map(|(id, title, note, table)| Titled { id: id.into(), title: title.into(), note: note.into(), table })
    .collect()
}

fn moved(gained: &Moved, lost: &Moved) -> Titled {
    let mut table = Table::new(&["class", "rows gained", "rows lost"]);
    let mut classes: Vec<&String> = gained.by_class.keys().chain(lost.by_class.keys()).collect();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        let of = |moved: &Moved| json!(moved.by_class.get(class).copied().unwrap_or_default());
        table.push([json!(class), of(gained), of(lost)]);
    }
    let note = "By content hash: what the guard sees is in one run and not in the other.";
    Titled { id: "moved".into(), title: "Rows gained and lost".into(), note: note.into(), table }
}
