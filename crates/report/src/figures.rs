//! Which pictures there are, and what they are drawn from.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::charts::{BARS, Bar, Caption, Chart, Node, Pair, Scale, bars, flow, heat_map, histogram, stacked};
use crate::facts::{Facts, Probe, State, auroc_state};
use crate::stats::{Count, NONE, Sizes, Stats};
use crate::table::{Table, rounded};
use crate::text::thousands;

/// Every picture of a run, in the order of the page.
pub(crate) fn charts(facts: &Facts, stats: &Stats) -> Vec<Chart> {
    let mut charts = vec![seeds_to_shards(facts)];
    charts.extend(combinations(stats));
    charts.extend(stats.sizes.iter().map(spread));
    if let Some(probe) = &facts.probe {
        charts.extend(probes(facts, probe));
    }
    charts.extend(columns(stats));
    charts.extend(shortfalls(facts));
    charts
}

fn seeds_to_shards(facts: &Facts) -> Chart {
    let manifest = &facts.manifest;
    let counts = &manifest.counts;
    let inputs = |under: &str, part: &str| {
        manifest.inputs.iter().filter(|input| input.path.starts_with(under) && input.path.contains(part)).count() as u64
    };
    let mut nodes = vec![Node { column: 0, name: "candidates".into(), rows: counts.generated, is_lost: false }];
    let mut links = Vec::new();
    nodes.push(Node { column: 1, name: "kept".into(), rows: counts.accepted, is_lost: false });
    links.push((0, 1, counts.accepted));
    for (split, rows) in &counts.splits {
        let at = nodes.len();
        nodes.push(Node { column: 2, name: split.clone(), rows: *rows, is_lost: false });
        links.push((1, at, *rows));
        let shards: Vec<_> = manifest.shards.iter().filter(|shard| shard.split() == split).collect();
        let rows: u64 = shards.iter().map(|shard| shard.rows).sum();
        let name = format!("{split}: {} shard{},", shards.len(), if shards.len() == 1 { "" } else { "s" });
        links.push((at, nodes.len(), rows));
        nodes.push(Node { column: 3, name, rows, is_lost: false });
    }
    for (stage, reasons) in &counts.rejected {
        let at = nodes.len();
        let rows = reasons.values().sum();
        nodes.push(Node { column: 1, name: format!("rejected by {stage}"), rows, is_lost: true });
        links.push((0, at, rows));
        for (reason, rows) in reasons {
            links.push((at, nodes.len(), *rows));
            nodes.push(Node { column: 2, name: reason.clone(), rows: *rows, is_lost: true });
        }
    }
    let note = format!(
        "{} scenarios and {} attack patterns made the candidates; what fell out at which stage and why, and where the others went.",
        thousands(inputs("", "/scenarios/")),
        thousands(inputs("templates/attacks/", ""))
    );
    let caption = Caption { id: "flow", title: "From seeds to shards", note: &note };
    flow(caption, &nodes, &links)
}

fn combinations(stats: &Stats) -> Vec<Chart> {
    let note = "Rows by both; the scale is logarithmic. An empty field is a combination that the data does not have.";
    let of = |column: &str| -> Option<Caption<'static>> {
        Some(match column {
            "vector" => Caption { id: "class-vector", title: "Class and vector", note },
            "checkpoint" => Caption { id: "class-checkpoint", title: "Class and checkpoint", note },
            "domain" => Caption { id: "class-domain", title: "Class and domain", note },
            "split" => Caption { id: "class-split", title: "Class and split", note },
            _ => return None,
        })
    };
    stats.crosses.iter().filter_map(|cross| Some(heat_map(of(cross.column)?, &cross.classes, &cross.values, &cross.cells))).collect()
}

fn spread(sizes: &Sizes) -> Chart {
    let (id, title, note) = match sizes.column {
        "n_chars" => ("length", "Length by label", "Characters of the body."),
        "n_tools" => ("tools", "Tools by label", "Tool definitions in a row."),
        "n_steps" => ("steps", "Steps by label", "Steps of a session up to its checkpoint."),
        _ => ("turns", "Turns by label", "Messages of the transcript."),
    };
    histogram(Caption { id, title, note }, &bins(sizes))
}

/// Most bins of a histogram.
const BINS: i64 = 24;

/// Bins of one round width up to the 99th percentile, and one for all above.
fn bins(sizes: &Sizes) -> Vec<Pair> {
    let (Some(first), Some(last)) = (sizes.of.keys().next().copied(), sizes.of.keys().next_back().copied()) else { return Vec::new() };
    let high = [false, true].into_iter().filter_map(|bad| sizes.quantiles(bad, [99])).map(|[high]| high).max().unwrap_or(last);
    let width = round_width(high - first + 1);
    let start = first.div_euclid(width) * width;
    let count = ((high - start) / width + 1).max(1);
    let mut bins: Vec<Pair> = (0..count).map(|at| Pair { name: (start + at * width).to_string(), safe: 0, bad: 0 }).collect();
    if last >= start + count * width {
        bins.push(Pair { name: format!("{}+", start + count * width), safe: 0, bad: 0 });
    }
    let top = bins.len() - 1;
    for (size, [safe, bad]) in &sizes.of {
        let bin = &mut bins[usize::try_from((size - start) / width).unwrap_or_default().min(top)];
        bin.safe += safe;
        bin.bad += bad;
    }
    bins
}

/// The smallest of 1, 2, 5, 10, 20 ... of which `BINS` cover the range.
fn round_width(range: i64) -> i64 {
    let mut decade = 1;
    loop {
        for factor in [1, 2, 5] {
            if factor * decade * BINS >= range {
                return factor * decade;
            }
        }
        decade *= 10;
    }
}

fn columns(stats: &Stats) -> Vec<Chart> {
    let even = "Where a value stands under one label more often than under the other, it is a shortcut.";
    let attacks = "Of the rows in which an attack is visible; “none” are the others.";
    let shown = [
        (Caption { id: "split", title: "Split", note: "Safe and unsafe rows of each split." }, "split"),
        (Caption { id: "pair-role", title: "Place in the pair", note: "An attack, its twin without it, its look-alike." }, "pair_role"),
        (Caption { id: "surface", title: "Surface", note: even }, "surface"),
        (Caption { id: "voice", title: "Voice of the user", note: even }, "voice"),
        (Caption { id: "agent", title: "Manner of the assistant", note: even }, "agent"),
        (Caption { id: "language", title: "Language", note: even }, "language"),
        (Caption { id: "protocol", title: "Protocol version", note: even }, "protocol_version"),
        (Caption { id: "domain", title: "Domain", note: even }, "domain"),
        (Caption { id: "effect", title: "Effect", note: attacks }, "effect"),
        (Caption { id: "severity", title: "Severity", note: "As the taxonomy has it." }, "severity"),
        (Caption { id: "disguise", title: "Disguise", note: attacks }, "disguise"),
        (Caption { id: "goal", title: "Goal", note: attacks }, "goal"),
        (Caption { id: "pattern", title: "Pattern", note: "Which attack pattern a row was made with." }, "pattern"),
        (Caption { id: "reworded", title: "Reworded by", note: "The model that reworded some of the text." }, "paraphrase_model"),
    ];
    let pairs = |counts: &[Count]| -> Vec<Pair> {
        counts.iter().map(|count| Pair { name: count.value.clone(), safe: count.safe, bad: count.bad }).collect()
    };
    let has_values = |column: &str| stats.counts(column).iter().any(|count| count.value != NONE);
    let shown = shown.into_iter().filter(|(_, column)| has_values(column));
    shown.map(|(caption, column)| stacked(caption, column, &pairs(stats.counts(column)))).collect()
}

fn probes(facts: &Facts, probe: &Probe) -> Vec<Chart> {
    let mut charts = vec![shortcuts(facts, probe)];
    charts.push(tokens(facts, probe));
    charts.extend(diversity(probe));
    charts.extend(thin(probe));
    charts
}

fn shortcuts(facts: &Facts, probe: &Probe) -> Chart {
    let mut table = Table::new(&["view", "AUROC", "deviation", "limit", "macro-F1", "chance", "rows", "state"]);
    let mut rows = Vec::new();
    for score in &probe.shortcuts {
        let limit = facts.limits.of(score);
        let word = limit.map_or("", |limit| match auroc_state(score, limit) {
            State::Red => "over",
            State::Amber => "near",
            _ => "",
        });
        table.push([
            json!(score.view),
            rounded(score.auroc, 4),
            rounded(score.deviation, 4),
            limit.map_or(Value::Null, |limit| json!(limit)),
            rounded(score.macro_f1, 4),
            rounded(score.chance_f1, 4),
            json!(score.rows),
            if word.is_empty() { Value::Null } else { json!(word) },
        ]);
        rows.push(Bar { name: score.view.clone(), value: score.auroc, deviation: score.deviation, limit, word });
    }
    let caption = Caption {
        id: "shortcuts",
        title: "What one view tells alone",
        note: "AUROC for “unsafe” of a small model that sees nothing but this view. The broken line is chance, the short line the limit, \
               the thin one a standard deviation over the folds. Views that must not decide the label stay left of their limits.",
    };
    bars(caption, Scale { from: 0.4, to: 1.0, base: 0.5, base_name: "chance 0.5", digits: 3 }, &rows, table)
}

fn tokens(facts: &Facts, probe: &Probe) -> Chart {
    let mut table = Table::new(&["words", "unsafe rows", "safe rows", "ratio", "millibits", "state"]);
    let mut rows = Vec::new();
    for token in &probe.tokens {
        let word = match (token.is_telltale, &token.because) {
            (false, _) => "",
            (true, Some(_)) => "justified",
            (true, None) => "over",
        };
        table.push([
            json!(token.text),
            json!(token.in_unsafe),
            json!(token.in_safe),
            rounded(token.ratio, 2),
            rounded(token.information, 3),
            if word.is_empty() { Value::Null } else { json!(word) },
        ]);
        rows.push(Bar { name: token.text.clone(), value: token.information, deviation: 0.0, limit: None, word });
    }
    // What is over the limit comes first, however little it tells.
    let rank = |bar: &Bar| ["over", "justified"].iter().position(|word| bar.word == *word).unwrap_or(2);
    rows.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.value.total_cmp(&a.value)));
    let most = rows.iter().take(BARS).map(|bar| bar.value).filter(|value| value.is_finite()).fold(0.0, f64::max).max(1e-6);
    let note = format!(
        "Words beside the evidence by what they tell of the label, in thousandths of a bit. “Over” stands {:.1} times as often under one label \
         as under the other and is not justified.",
        facts.limits.token_ratio
    );
    let caption = Caption { id: "tokens", title: "Tell-tale words", note: &note };
    bars(caption, Scale { from: 0.0, to: most, base: 0.0, base_name: "0 tells nothing", digits: 2 }, &rows, table)
}

fn diversity(probe: &Probe) -> Option<Chart> {
    let mut table = Table::new(&[
        "text",
        "texts",
        "distinct words",
        "distinct pairs",
        "distinct triples",
        "repeated",
        "zstd ratio",
        "same skeleton",
        "effective",
        "of",
    ]);
    let mut rows = Vec::new();
    let classes: BTreeMap<String, _> = probe.diversity.classes.iter().map(|(name, found)| (format!("whole, {name}"), found)).collect();
    let fields = probe.diversity.fields.iter().map(|(name, found)| (name.clone(), found));
    for (name, found) in fields.chain(classes) {
        let [one, two, three] = found.distinct;
        table.push([
            json!(name),
            json!(found.texts),
            rounded(one, 4),
            rounded(two, 4),
            rounded(three, 4),
            rounded(found.self_repetition, 4),
            rounded(found.compression_ratio, 2),
            rounded(found.skeleton_repetition, 4),
            rounded(found.effective_number, 1),
            json!(found.sampled),
        ]);
        rows.push(Bar { name, value: found.effective_number, deviation: 0.0, limit: None, word: "" });
    }
    if rows.is_empty() {
        return None;
    }
    let most = rows.iter().map(|bar| bar.value).filter(|value| value.is_finite()).fold(1.0, f64::max);
    let caption = Caption {
        id: "diversity",
        title: "Diversity",
        note: "How many texts that have nothing in common would be as diverse as those looked at (effective number): by kind of text, then by class.",
    };
    Some(bars(caption, Scale { from: 0.0, to: most, base: 0.0, base_name: "0", digits: 1 }, &rows, table))
}

/// Most rows of the table of thin combinations; a small run has hundreds.
const THIN: usize = 400;

fn thin(probe: &Probe) -> Option<Chart> {
    let thin = &probe.coverage.thin;
    let mut table = Table::new(&["class", "with", "value", "rows"]);
    let mut by_class: BTreeMap<&str, f64> = BTreeMap::new();
    for one in thin {
        *by_class.entry(&one.class).or_default() += 1.0;
        if table.rows.len() < THIN {
            table.push([json!(one.class), json!(one.axis), json!(one.value), json!(one.rows)]);
        }
    }
    let bar = |(name, value): (&str, f64)| Bar { name: name.to_owned(), value, deviation: 0.0, limit: None, word: "" };
    let mut rows: Vec<Bar> = by_class.into_iter().map(bar).collect();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let most = rows.first()?.value;
    let note = format!(
        "Values of checkpoint, domain and vector for which a class has few rows or none, by class; the table lists {} of {}.",
        thousands(table.rows.len() as u64),
        thousands(thin.len() as u64)
    );
    let caption = Caption { id: "thin", title: "Thin combinations", note: &note };
    Some(bars(caption, Scale { from: 0.0, to: most, base: 0.0, base_name: "0", digits: 0 }, &rows, table))
}

fn shortfalls(facts: &Facts) -> Option<Chart> {
    let short = &facts.manifest.shortfalls;
    if short.is_empty() {
        return None;
    }
    let mut table = Table::new(&["cell", "wanted", "got"]);
    let mut by_class: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for cell in short {
        table.push([
            json!(format!("{}, {}, {}, {}", cell.split, cell.class, cell.role, cell.checkpoint)),
            json!(cell.wanted),
            json!(cell.got),
        ]);
        let (missing, cells) = by_class.entry(&cell.class).or_default();
        *missing += cell.wanted.saturating_sub(cell.got);
        *cells += 1;
    }
    let mut rows: Vec<Bar> = by_class
        .into_iter()
        .map(|(name, (missing, _))| Bar { name: name.to_owned(), value: missing as f64, deviation: 0.0, limit: None, word: "rows short" })
        .collect();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let most = rows.iter().map(|bar| bar.value).fold(1.0, f64::max);
    let caption = Caption {
        id: "shortfalls",
        title: "Shortfalls",
        note: "Cells of the plan that the corpus could not fill, by class; the table lists each.",
    };
    Some(bars(caption, Scale { from: 0.0, to: most, base: 0.0, base_name: "0", digits: 0 }, &rows, table))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sizes(of: &[(i64, [u64; 2])]) -> Sizes {
        Sizes { column: "n_chars", of: of.iter().copied().collect() }
    }

    #[test]
    fn bins_hold_every_row_and_the_long_tail_in_one() {
        let many: Vec<(i64, [u64; 2])> = (0..1000).map(|size| (500 + size, [10, 20])).chain([(1_000_000, [1, 2])]).collect();
        let bins = bins(&sizes(&many));
        assert!(bins.len() <= 26, "{} bins", bins.len());
        assert_eq!(bins.iter().map(|bin| bin.safe).sum::<u64>(), 10_001);
        assert_eq!(bins.iter().map(|bin| bin.bad).sum::<u64>(), 20_002);
        assert_eq!(bins[0].name, "500");
        assert!(bins.last().unwrap().name.ends_with('+'), "{bins:?}");
    }

    #[test]
    fn few_sizes_have_a_bin_each() {
        let bins = bins(&sizes(&[(3, [1, 0]), (5, [0, 2])]));
        let told: Vec<_> = bins.iter().map(|bin| (bin.name.as_str(), bin.safe, bin.bad)).collect();
        assert_eq!(told, [("3", 1, 0), ("4", 0, 0), ("5", 0, 2)]);
        assert!(super::bins(&sizes(&[])).is_empty());
    }

    #[test]
    fn widths_are_round() {
        assert_eq!([1, 24, 25, 48, 100, 481, 30_000].map(round_width), [1, 1, 2, 2, 5, 50, 2000]);
    }
}
