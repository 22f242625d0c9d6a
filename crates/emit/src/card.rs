use std::collections::BTreeMap;
use std::path::Path;

use guardset_core::{Checkpoint, Split, Taxonomy};

use crate::{Benchmark, EmitError, Manifest, Pairs, write_atomically};

/// Writes `README.md`, the data card: front matter that makes `datasets.load_dataset(FOLDER)` find the splits, and
/// prose for people.
pub fn write_card(path: &Path, manifest: &Manifest, taxonomy: &Taxonomy) -> Result<(), EmitError> {
    write_atomically(path, card(manifest, taxonomy).as_bytes())
}

fn card(manifest: &Manifest, taxonomy: &Taxonomy) -> String {
    let [title, _] = names(manifest);
    [
        front_matter(manifest),
        format!("# {title}\n\n{}", what(manifest)),
        evaluation(manifest, taxonomy),
        format!("## Splits\n\n{}", splits(manifest)),
        format!("## Classes\n\n{CLASSES}\n\n{}", classes(manifest, taxonomy)),
        format!("## Columns\n\n{COLUMNS}{}", views(manifest)),
        format!("## How it was made\n\n{HOW}\n\n{}{}", made(manifest), reworded(manifest)),
        format!("## What fell out\n\n{}{}", rejects(manifest), benchmarks(manifest)),
        format!("## Intended use\n\n{}", use_of(manifest)),
        format!("## Known limits\n\n{LIMITS}{}", shortfalls(manifest)),
        format!("## Licence and sources\n\n{}{}", sources(taxonomy), imported(manifest)),
    ]
    .into_iter()
    .filter(|section| !section.is_empty())
    .collect::<Vec<_>>()
    .join("\n\n")
        + "\n"
}

/// The title, and the split to look at first.
pub(crate) fn names(manifest: &Manifest) -> [&'static str; 2] {
    if manifest.evaluation.is_some() { ["MCP guard benchmark", "test"] } else { ["MCP guard training data", "train"] }
}

/// What the data is.
pub(crate) fn what(manifest: &Manifest) -> String {
    let [_, split] = names(manifest);
    WHAT.replace("SPLIT", split)
}

/// What it is for.
pub(crate) fn use_of(manifest: &Manifest) -> &'static str {
    if manifest.evaluation.is_some() { USE_OF_BENCHMARK } else { USE }
}

/// The splits that have rows. A glob without a file would make `load_dataset` fail.
fn filled(manifest: &Manifest) -> impl Iterator<Item = (Split, u64)> {
    Split::ALL.into_iter().filter_map(|split| {
        let rows = manifest.counts.splits.get(split.as_str()).copied().unwrap_or(0);
        (rows > 0).then_some((split, rows))
    })
}

fn front_matter(manifest: &Manifest) -> String {
    let canonical: Vec<&str> = filled(manifest).map(|(split, _)| split.as_str()).collect();
    let views = manifest.views.iter().map(|view| {
        let filled = Split::ALL.into_iter().map(Split::as_str);
        config(&view.name, false, &filled.filter(|split| view.splits.get(*split).is_some_and(|rows| *rows > 0)).collect::<Vec<_>>())
    });
    let configs: String = [config("canonical", true, &canonical)].into_iter().chain(views).collect();
    let configs = if configs.is_empty() { configs } else { format!("configs:\n{configs}") };
    let [title, _] = names(manifest);
    let size = size_category(manifest.counts.accepted);
    format!(
        "---
license: cc-by-4.0
language:
  - en
task_categories:
  - text-classification
  - text-generation
size_categories:
  - {size}
tags:
  - mcp
  - model-context-protocol
  - guard
  - guardrail
  - agent-safety
  - tool-use
  - prompt-injection
  - synthetic
annotations_creators:
  - machine-generated
source_datasets:
  - original
pretty_name: {title}
{configs}---"
    )
}

/// A configuration of `load_dataset`, if there is a split in it.
fn config(name: &str, default: bool, splits: &[&str]) -> String {
    if splits.is_empty() {
        return String::new();
    }
    let default = if default { "    default: true\n" } else { "" };
    let files: String =
        splits.iter().map(|split| format!("      - split: {split}\n        path: data/{name}/{split}-*.parquet\n")).collect();
    format!("  - config_name: {name}\n{default}    data_files:\n{files}")
}

fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        _ => "n>10M",
    }
}

const WHAT: &str = "\
Labelled sessions between an assistant and MCP servers (Model Context Protocol), for training and testing guard models: \
small models that watch an agent's use of tools and say whether a tool listing, a call, a result or a whole session is \
what the user asked for and allowed. Every row is synthetic.

A row is a session cut at a *checkpoint*: `tool_listing` (are these definitions safe to load?), `tool_call` (may this \
pending call go ahead?), `tool_result` (is this return safe to read?) or `session` (audit of the whole). `body` is what \
the guard reads, `unsafe` and `label` are the answer, `evidence` says where it shows.

```python
from datasets import load_dataset

dataset = load_dataset(\"path/to/this/folder\")
row = dataset[\"SPLIT\"][0]
print(row[\"body\"], row[\"label\"])
```

`tools`, `session` and `steps` are JSON: objects in current versions of `datasets`, strings in older ones, \
binary in polars (cast it to `pl.String`).";

const CLASSES: &str = "\
`appropriate`, or how the flow of information deviates from what the session allows. Phase and scope are those of MCIP.";

const COLUMNS: &str = "\
Identity (`id`, `pair_id`, `pair_role`, `family`, `split`), what the guard sees (`checkpoint`, `messages`, `tools`, \
`session`, `steps`, `body`), information flows (`flows`), labels (`label` to `catalogue_ids`), evidence \
(`violating_steps`, `evidence`, `rationale`), lineage (`domain` to `generator_version`) and size (`n_chars`, `n_tools`, \
`n_steps`). The file `docs/data-dictionary.md` of guardset explains each with an example. Character spans count Unicode \
code points, as Python does.";

const VIEWS: &str = "\
The same rows rendered for guard models: `load_dataset(\"path/to/this/folder\", \"NAME\")`. `messages` holds prompt and answer as strings, the \
answer last. `id` is that of the canonical row, `class` its label; `label` and `unsafe` are what the answer says, `categories` the classes that the \
prompt lists, in its order. `flipped` marks rows whose violated categories were left out of the prompt, so that the answer is safe. \
`dataset_info.json` names the files for LLaMA-Factory.";

const HOW: &str = "\
Scenarios written by hand (a task, its tools, what the session allows) are expanded by templates. An attack is a short \
list of edits to a benign session, and claims a class. An audit that does not know the attack reads the session and \
what it allows, and derives the class again; where the two disagree the row is rejected. Most attacks have two benign \
partners with the same `pair_id`: the *twin* is the session without the attack, and the *look-alike* shows the same \
surface, made legitimate. Near-duplicates are removed within a label. The same text under two labels is removed from \
both. Splits keep families together, so twins, look-alikes and checkpoints of one session never stand on two sides.";

const USE: &str = "\
Training, calibrating and testing classifiers and guard models for MCP traffic, and studying which deviations they \
miss. Report results per class and per checkpoint, and on the `test_unseen_*` splits: those hold patterns, servers and \
domains that no training row has. The data is not meant for building attacks: addresses and endpoints are reserved \
names, and credentials are fake and marked as such.";

const USE_OF_BENCHMARK: &str = "\
Measuring classifiers and guard models for MCP traffic. Not for training, not for choosing a checkpoint of a model, not for \
setting a threshold: for those there are the splits of a training run. The data is not meant for building attacks: addresses \
and endpoints are reserved names, and credentials are fake and marked as such.";

const EVALUATION: &str = "\
**This is an evaluation set. Do not train on it.** It is made of domains and attack patterns that are reserved for it in their \
own files, so that no run for training has a family, pattern, server, tool or domain of it, whatever its recipe; \
`guardset disjoint THIS_FOLDER TRAINING_FOLDER` checks that, and looks for near-duplicates. What the two share: the forms in \
which sessions are written down, the voices of users and manners of assistants, the word lists that names are drawn from, and \
the audit that labels both.";

pub(crate) const LIMITS: &str = "\
- Synthetic and templated: real traffic is messier, and wording repeats more than it would among people.
- Rows are in English; other languages and encodings occur only as disguises of a payload.
- A label answers for what the guard sees and for the stated contract of the session. A contract is explicit here, and \
seldom is in the field.
- Classes and splits are balanced by a recipe. Their shares say nothing about how often anything happens in the wild, \
so thresholds need calibrating on real traffic.
- Servers, tools and people are invented. A model trained on this alone has not seen any particular product.";

fn splits(manifest: &Manifest) -> String {
    table(["split", "rows"], filled(manifest).map(|(split, rows)| [format!("`{split}`"), rows.to_string()]))
}

fn classes(manifest: &Manifest, taxonomy: &Taxonomy) -> String {
    let rows = taxonomy.classes.iter().map(|class| {
        let rows = manifest.counts.classes.get(&class.id).copied().unwrap_or(0);
        [format!("`{}`", class.id), class.phase.clone(), class.scope.clone(), class.definition.clone(), rows.to_string()]
    });
    table(["class", "phase", "scope", "holds when", "rows"], rows)
}

fn views(manifest: &Manifest) -> String {
    if manifest.views.is_empty() {
        return String::new();
    }
    let rows = manifest.views.iter().map(|view| {
        let left_out = view.left_out.iter().map(|(reason, rows)| format!("{rows} `{reason}`")).collect::<Vec<_>>().join(", ");
        [format!("`{}`", view.name), view.description.clone(), view.rows.to_string(), left_out]
    });
    format!("\n\n## Views\n\n{VIEWS}\n\n{}", table(["configuration", "what it is", "rows", "left out"], rows))
}

/// What only a set for evaluation has: rows by class and checkpoint, pairs, and what guessing comes to.
fn evaluation(manifest: &Manifest, taxonomy: &Taxonomy) -> String {
    let Some(evaluation) = &manifest.evaluation else { return String::new() };
    let Pairs { attacks, with_lookalike, with_twin, whole } = evaluation.pairs;
    let share = |part: u64| format!("{:.1} %", 100.0 * part as f64 / attacks.max(1) as f64);
    let rows = |checkpoint: &str, class: &str| evaluation.cells.get(checkpoint).and_then(|cells| cells.get(class)).copied().unwrap_or(0);
    let cells = taxonomy.classes.iter().map(|class| {
        let [listing, call, result, session] = Checkpoint::ALL.map(|at| rows(at.as_str(), &class.id).to_string());
        [format!("`{}`", class.id), class.choice.clone().unwrap_or_default(), listing, call, result, session]
    });
    let at = [None].into_iter().chain(Checkpoint::ALL.map(Some));
    let guesses = at.flat_map(|at| {
        let name = at.map_or("all".to_owned(), |at| format!("`{at}`"));
        evaluation.baselines(at.map(Checkpoint::as_str), taxonomy).into_iter().map(move |baseline| {
            let [accuracy, f1] = [baseline.accuracy, baseline.macro_f1].map(|value| format!("{value:.3}"));
            [name.clone(), baseline.task.to_owned(), baseline.guess, accuracy, f1]
        })
    });
    let prior = attacks as f64 / manifest.counts.accepted.max(1) as f64;
    format!(
        "## Evaluation only\n\n{EVALUATION}\n\n### Rows by class and checkpoint\n\nThe letter is that of MCIP's prompt with eleven choices; a row \
        of a class without one has no part in that task.\n\n{}\n\n### Pairs\n\nOf {attacks} attacks, {with_lookalike} ({}) have their look-alike \
        at the same checkpoint, {with_twin} ({}) their twin, {whole} ({}) both; they share a `pair_id`. A pair of attack and look-alike counts \
        when both answers are right. Whoever answers the same to everything gets none; who guesses by the share of unsafe rows \
        gets {:.1} %.\n\n### Guessing\n\nMacro-F1 is over the classes that occur; guesses by prior are given as expected.\n\n{}",
        table(["class", "letter", "listing", "call", "result", "session"], cells),
        share(with_lookalike),
        share(with_twin),
        share(whole),
        100.0 * prior * (1.0 - prior),
        table(["rows", "task", "guess", "accuracy", "macro-F1"], guesses)
    )
}

fn made(manifest: &Manifest) -> String {
    let counts = &manifest.counts;
    let of = |counts: &BTreeMap<String, u64>| counts.iter().map(|(name, rows)| format!("`{name}` {rows}")).collect::<Vec<_>>().join(", ");
    format!(
        "Made by guardset {} with taxonomy {}, run `{}`; `manifest.json` holds recipe, inputs and digests. \
        Rows by checkpoint: {}. Rows by place in the pair: {}. Audit and pattern agreed on {:.2} % of the candidates; the others were rejected.",
        manifest.generator_version,
        manifest.taxonomy_version,
        manifest.run,
        of(&counts.checkpoints),
        of(&counts.pair_roles),
        100.0 * manifest.audit_agreement,
    )
}

fn reworded(manifest: &Manifest) -> String {
    let Some(paraphrased) = &manifest.paraphrase else { return String::new() };
    let kinds = paraphrased.fields.iter().flat_map(|(field, sides)| sides.iter().map(move |(side, kind)| (field, side, kind)));
    let rows = kinds.map(|(field, side, kind)| {
        let reasons = kind.rejected.iter().map(|(reason, count)| format!("`{reason}` {count}")).collect::<Vec<_>>().join(", ");
        let keep = format!("{:.1} %", 100.0 * kind.keep_rate);
        let left = kind.given_up + kind.unanswered;
        [
            field.clone(),
            side.clone(),
            kind.wanted.to_string(),
            kind.used.to_string(),
            kind.evened_out.to_string(),
            left.to_string(),
            keep,
            reasons,
        ]
    });
    let prompts = paraphrased.prompts.iter().map(|prompt| format!("`{}` {}", prompt.path, &prompt.blake3[..12])).collect::<Vec<_>>();
    format!(
        "\n\n### Rewording\n\nThe model `{}` (sampling `{}`) reworded wordings of the templates before sessions were made from them; \
        {} of {} rows hold some of that in what the guard sees (`paraphrase_model`, `reworded`). What carries a label was kept from the model \
        behind markers and had to come back unharmed; every session was audited after rewording, as all are. Prompts by digest: {}.\n\n{}",
        paraphrased.model,
        paraphrased.sampling,
        paraphrased.rows,
        manifest.counts.accepted,
        prompts.join(", "),
        table(["texts", "of", "wanted", "used", "evened out", "by hand", "replies kept", "replies rejected"], rows)
    )
}

fn rejects(manifest: &Manifest) -> String {
    let counts = &manifest.counts;
    let reasons = counts
        .rejected
        .iter()
        .flat_map(|(stage, reasons)| reasons.iter().map(move |(reason, rows)| [stage.clone(), format!("`{reason}`"), rows.to_string()]));
    format!(
        "{} of {} candidates were kept ({:.1} %). `rejects.parquet` lists every other one with its reason.\n\n{}",
        counts.accepted,
        counts.generated,
        100.0 * counts.keep_rate,
        table(["stage", "reason", "candidates"], reasons)
    )
}

fn benchmarks(manifest: &Manifest) -> String {
    if manifest.benchmarks.is_empty() {
        return String::new();
    }
    let rows = manifest.benchmarks.iter().map(|benchmark| {
        let Benchmark { name, blake3, texts, rejected, removed } = benchmark;
        [name.clone(), blake3[..blake3.len().min(12)].to_owned(), texts.to_string(), rejected.to_string(), removed.to_string()]
    });
    let head = ["benchmark", "blake3", "texts", "candidates rejected", "rows taken out"];
    format!("\n\n### Benchmarks\n\nNo row repeats a text of these, as far as words tell.\n\n{}", table(head, rows))
}

fn shortfalls(manifest: &Manifest) -> String {
    if manifest.shortfalls.is_empty() {
        return String::new();
    }
    let missing: u64 = manifest.shortfalls.iter().map(|cell| cell.wanted.saturating_sub(cell.got)).sum();
    let cells = manifest.shortfalls.len();
    format!("\n- {cells} cells of the plan were short of material, by {missing} rows in all; `manifest.json` lists them.")
}

/// Where imported seeds come from.
fn imported(manifest: &Manifest) -> String {
    if manifest.sources.is_empty() {
        return String::new();
    }
    let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "not told".to_owned());
    let rows = manifest.sources.iter().map(|source| {
        let counts = [source.servers, source.scenarios, source.rows].map(|count| count.to_string());
        let [servers, scenarios, rows] = counts;
        [source.source.clone(), told(&source.license), told(&source.date), servers, scenarios, rows]
    });
    let head = ["source", "licence", "imported", "servers", "scenarios", "rows"];
    format!(
        "\n\n### Imported\n\nTool definitions and dialogues of these are quoted in the rows; they stay under their own licences.\n\n{}",
        table(head, rows)
    )
}

fn sources(taxonomy: &Taxonomy) -> String {
    let catalogues: String = taxonomy.catalogues.iter().map(|catalogue| format!("\n- `{}`: {}.", catalogue.id, catalogue.title)).collect();
    format!(
        "The data is licensed under CC BY 4.0, the code of guardset under Apache-2.0. No text of the sources below is copied; \
classes, names and ids are theirs.

- MCIP: Protecting MCP Safety via Model Contextual Integrity Protocol, arXiv 2505.14590: classes, axes, the form of a flow.
- Enterprise-Grade Security for the Model Context Protocol, arXiv 2504.08623: control groups and threats.
- The Model Context Protocol specification: the form of tools, sessions and steps.
- OWASP, SAFE-MCP and MITRE ATLAS: the catalogues that `catalogue_ids` refers to.

Catalogues by prefix:
{catalogues}"
    )
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: &[String]| {
        format!("| {} |", cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect::<Vec<_>>().join(" | "))
    };
    let mut lines = vec![line(&head.map(str::to_owned)), line(&head.map(|_| "---".to_owned()))];
    lines.extend(rows.map(|row| line(&row)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_splits_with_rows_are_named() {
        let mut manifest = Manifest::default();
        manifest.counts.splits =
            [("train", 9), ("validation", 0), ("test_unseen_domain", 1)].map(|(split, rows)| (split.to_owned(), rows)).into();
        let card = card(&manifest, &Taxonomy::default());
        let globs: Vec<_> = card.lines().filter_map(|line| line.trim().strip_prefix("path: ")).collect();
        assert_eq!(globs, ["data/canonical/train-*.parquet", "data/canonical/test_unseen_domain-*.parquet"]);
        assert!(card.contains("| `train` | 9 |"));
        assert!(!card.contains("validation-*"));
    }

    #[test]
    fn a_bar_does_not_break_a_table() {
        let table = table(["a"], [["x|y\nz".to_owned()]].into_iter());
        assert_eq!(table, "| a |\n| --- |\n| x\\|y z |");
    }

    #[test]
    fn sizes() {
        let size = [0, 999, 1_000, 10_000, 999_999, 1_000_000, 10_000_000].map(size_category);
        assert_eq!(size, ["n<1K", "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "n>10M"]);
    }
}
