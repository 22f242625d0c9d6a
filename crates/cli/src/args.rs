use std::path::PathBuf;

use clap::{Parser, Subcommand};
use guardset_core::{Provider, Recipe};
use guardset_import::formats::DialogueFormat;

use crate::partition::Share;

/// What stands below the options: an example, and the exit codes.
macro_rules! after {
    ($examples:literal) => {
        concat!($examples, "\n\nExit codes: 0 done, 2 something is wrong with the input, 1 anything else.")
    };
}

/// Makes training data for MCP guard models: labelled, deduplicated Parquet from seed scenarios and attack patterns.
///
/// Start with `guardset check`, which loads every file and lists all problems at once, then `guardset show SCENARIO`
/// to read one session at each stage, then `guardset generate`.
#[derive(Debug, Parser)]
#[command(version, after_help = after!("Example: guardset check"))]
pub struct Args {
    /// Folder that holds taxonomy.toml, seeds and templates
    #[arg(long, default_value = ".", global = true)]
    pub root: PathBuf,
    /// The recipe, relative to the root
    #[arg(long, default_value = "guardset.toml", global = true)]
    pub recipe: PathBuf,
    /// Folder of seeds, relative to the root, instead of the recipe's; several times for several
    #[arg(long, global = true, value_name = "FOLDER")]
    pub seeds: Vec<String>,
    /// Log more; twice for everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load everything and report every problem
    #[command(after_help = after!("Example: guardset check && guardset generate"))]
    Check(Check),
    /// Make a data set as the recipe says
    ///
    /// The same recipe gives the same bytes, on any number of threads. A run that was stopped goes on where it was.
    #[command(after_help = after!("Run `guardset check` first. Example: guardset generate --total 2000 --output output/smoke\nA part: guardset generate --partition 1/4 --output output/part-1, see `guardset merge`"))]
    Generate(Generate),
    /// Put the parts of a run together, as if it had been made in one go
    ///
    /// Each part is made by `guardset generate --partition i/n`, on any machine, without the others. Duplicates across parts go, splits are
    /// checked, and the files come out byte for byte as without parts. The recipe is that of the parts.
    #[command(after_help = after!("Make all parts first. Example: guardset merge output/part-1 output/part-2 --output output/whole"))]
    Merge(Merge),
    /// Print one scenario at each stage
    ///
    /// The session as it goes well; with a pattern also the attack, the look-alike, a refusal, and what the audit says of each.
    #[command(after_help = after!("Scenarios are the files in seeds/*/scenarios, patterns those in templates/attacks/*.\nExample: guardset show pay-approved-invoice --pattern description-demands-clearance-copy"))]
    Show(Show),
    /// Tell what is in a data set
    #[command(after_help = after!("Run `guardset generate` first. Example: guardset inspect output/smoke --sample 3 --only label=replay_injection\nA view: guardset inspect output/smoke --view chat --sample 2"))]
    Inspect(Inspect),
    /// Tell what a model could learn from a data set that it should not
    ///
    /// Shortcut probes, tell-tale tokens, diversity, near-duplicates, coverage; as a table, and as probe.json in the folder.
    /// The limits stand in [probe] of the recipe; where one is passed the command fails.
    #[command(after_help = after!("Run `guardset generate` first. Example: guardset probe output/default"))]
    Probe(Probe),
    /// Tell which rows of a data set repeat texts of benchmarks, and take them out if asked
    ///
    /// Reads .jsonl, .json, .parquet, .csv, .tsv and .txt. A table of what was found, and contamination.jsonl in the folder.
    /// Fails while such rows are in it. To keep them out from the start, name the files in [decontaminate] of the recipe.
    #[command(after_help = after!("Run `guardset generate` first. Example: guardset decontaminate output/default --against agentdojo=cases.jsonl xstest.csv"))]
    Decontaminate(Decontaminate),
    /// Tell whether two data sets have nothing in common
    ///
    /// No domain, family, pattern, server or tool in both, and no row of one that is a near-duplicate of a row of the other. A model
    /// that was trained on one of them is measured on the other only where this holds.
    #[command(after_help = after!("Run `guardset generate` for both first. Example: guardset disjoint output/benchmark output/default"))]
    Disjoint(Disjoint),
    /// Make the report of a data set: one page that opens from disk, and the figures in Markdown
    ///
    /// What is in it, where a shortcut would show, what the probes found, and a few hundred rows to read. Run `guardset probe`
    /// first for what the probes find. The work is done by the program `guardset-report` beside this one, which `make report` builds.
    #[command(after_help = after!("Run `guardset generate` first. Example: guardset report output/default --against output/before"))]
    Report(Report),
    /// Look after the replies of language models that rewording has paid for
    ///
    /// Every reply is kept before it is used. With the same cache a reworded data set comes out the same, without a request.
    #[command(after_help = after!("Example: guardset cache stats"))]
    Cache(Cache),
    /// Make seeds of what you have: MCP servers, a client's configuration, tool definitions, function-calling dialogues
    ///
    /// Writes seed files as people write them, with where each came from. What had to be inferred is marked so, and
    /// `guardset check` lists it until somebody confirms it. Servers are only asked to list; no tool is ever called.
    #[command(after_help = after!("Example: guardset import config mcp.json --output mine && guardset generate --seeds mine --recipe fleet.toml"))]
    Import(Import),
    /// Print the taxonomy as a table
    #[command(after_help = after!("Example: guardset taxonomy | less -S"))]
    Taxonomy,
}

/// Options of `check`.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// Name every file with facts that an import inferred and nobody has confirmed
    #[arg(long)]
    pub unconfirmed: bool,
}

/// Options of `generate`.
#[derive(Debug, Default, clap::Args)]
pub struct Generate {
    /// Rows to accept, instead of the recipe's
    #[arg(long)]
    pub total: Option<usize>,
    /// Run seed, instead of the recipe's
    #[arg(long)]
    pub seed: Option<u64>,
    /// Folder of the run, instead of the recipe's
    #[arg(long)]
    pub output: Option<String>,
    /// Worker threads, instead of the recipe's
    #[arg(long)]
    pub threads: Option<usize>,
    /// Start afresh, in place of what run stands in the folder
    #[arg(long)]
    pub force: bool,
    /// Make one part of the run, the i-th of n from 1 on, e.g. 1/4; `guardset merge` puts the parts together
    #[arg(long, value_name = "I/N", conflicts_with = "dry_run")]
    pub partition: Option<Share>,
    /// Have a language model reword the prose; [paraphrase] of the recipe says how
    #[arg(long)]
    pub paraphrase: bool,
    /// Who rewords, instead of the recipe's: `replay` takes what the cache has and asks nobody
    #[arg(long, requires = "paraphrase")]
    pub provider: Option<Who>,
    /// Where the model is served, e.g. http://127.0.0.1:8000/v1, instead of the recipe's
    #[arg(long, value_name = "URL", requires = "paraphrase")]
    pub base_url: Option<String>,
    /// Name of the model, instead of the recipe's
    #[arg(long, requires = "paraphrase")]
    pub model: Option<String>,
    /// Tell what rewording would take (requests, tokens, money), ask nobody and make nothing
    #[arg(long, requires = "paraphrase")]
    pub dry_run: bool,
}

/// Options of `merge`.
#[derive(Debug, clap::Args)]
pub struct Merge {
    /// Folders of all parts, in any order
    #[arg(required = true, value_name = "PART")]
    pub parts: Vec<PathBuf>,
    /// Folder of the run
    #[arg(long)]
    pub output: String,
    /// Worker threads, instead of the recipe's
    #[arg(long)]
    pub threads: Option<usize>,
    /// Start afresh, in place of what run stands in the folder
    #[arg(long)]
    pub force: bool,
}

/// Who rewords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Who {
    /// A server that speaks OpenAI's chat API: vLLM, llama.cpp, Ollama, TGI, LM Studio, hosted services
    Openai,
    /// A server that speaks Anthropic's messages API
    Anthropic,
    /// The cache alone
    Replay,
}

impl From<Who> for Provider {
    fn from(who: Who) -> Self {
        match who {
            Who::Openai => Self::Openai,
            Who::Anthropic => Self::Anthropic,
            Who::Replay => Self::Replay,
        }
    }
}

impl Generate {
    /// Puts what was given in place of what the recipe says.
    pub fn apply(&self, recipe: &mut Recipe) {
        let Self { total, seed, output, threads, force: _, partition: _, dry_run: _, paraphrase, provider, base_url, model } = self;
        let section = &mut recipe.paraphrase;
        section.enabled |= paraphrase;
        section.provider = provider.map_or(section.provider, Provider::from);
        for (own, given) in [(&mut section.base_url, base_url), (&mut section.model, model)] {
            if let Some(given) = given {
                own.clone_from(given);
            }
        }
        recipe.total = total.unwrap_or(recipe.total);
        recipe.seed = seed.unwrap_or(recipe.seed);
        recipe.threads = threads.unwrap_or(recipe.threads);
        if let Some(output) = output {
            recipe.output.clone_from(output);
        }
    }
}

/// Options of `cache`.
#[derive(Debug, clap::Args)]
pub struct Cache {
    /// File of the cache, instead of the recipe's
    #[arg(long, value_name = "FILE", global = true)]
    pub file: Option<PathBuf>,
    /// What to do with it
    #[command(subcommand)]
    pub action: CacheAction,
}

/// What to do with the cache.
#[derive(Debug, Subcommand)]
pub enum CacheAction {
    /// Tell what it holds: texts, replies, models, tokens
    Stats,
    /// Check every reply; fails when one is damaged
    Verify,
    /// Write every reply as a line of JSON
    Export {
        /// The file to write
        to: PathBuf,
    },
    /// Add replies that another cache exported; what is known stays as it is
    Import {
        /// The file to read
        from: PathBuf,
    },
}

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// Folder for the seeds, relative to the root; each source has a folder of its own in it
    #[arg(long, default_value = "imported", global = true)]
    pub output: PathBuf,
    /// Name of the source's folder, instead of one made of what the source says
    #[arg(long, global = true)]
    pub name: Option<String>,
    /// Day of the import as it shall stand in the files, e.g. 2026-11-24: no clock is read
    #[arg(long, global = true)]
    pub date: Option<String>,
    /// Licence of what tells none itself, e.g. MIT
    #[arg(long, global = true)]
    pub license: Option<String>,
    /// Take only what has one of these licences
    #[arg(long, global = true, value_delimiter = ',', value_name = "SPDX")]
    pub licenses: Vec<String>,
    /// With --licenses: take what tells no licence as well
    #[arg(long, global = true, requires = "licenses")]
    pub unlicensed: bool,
    /// Scenarios to make of each tool, instead of as many as give a fair set
    #[arg(long, global = true, value_name = "N")]
    pub per_tool: Option<usize>,
    /// Replace the folder of a source that is there already
    #[arg(long, global = true)]
    pub force: bool,
    /// What to import
    #[command(subcommand)]
    pub what: ImportWhat,
}

/// What to import.
#[derive(Debug, Subcommand)]
pub enum ImportWhat {
    /// One MCP server: a command that speaks on its standard input and output, or an address
    #[command(after_help = after!("Example: guardset import server -- npx -y @modelcontextprotocol/server-memory"))]
    Server(ImportServer),
    /// Every server of a client's configuration: the `mcpServers` of desktop clients and editors
    ///
    /// Variables that it sets are passed to the servers and written nowhere. A server that fails does not stop the others.
    #[command(after_help = after!("Example: guardset import config mcp.json --output mine"))]
    Config {
        /// The configuration
        file: PathBuf,
        /// Start the servers without asking
        #[arg(long)]
        yes: bool,
    },
    /// Definitions of tools: JSONL, JSON or Parquet, with `server`, `source` and `license` where they are known
    #[command(after_help = after!("Example: guardset import tools tools.jsonl --licenses MIT,Apache-2.0"))]
    Tools {
        /// Files, or folders of files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Function-calling dialogues: JSONL, JSON or Parquet
    #[command(after_help = after!("Example: guardset import dialogues toolace.json --format toolace --license Apache-2.0"))]
    Dialogues {
        /// Files, or folders of files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How they are written: openai, toolace, glaive, xlam, bfcl, hermes
        #[arg(long)]
        format: DialogueFormat,
    },
}

/// Options of `import server`.
#[derive(Debug, clap::Args)]
#[group(id = "where", required = true)]
pub struct ImportServer {
    /// Address of the server (streamable HTTP)
    #[arg(long, conflicts_with = "command")]
    pub url: Option<String>,
    /// A header to send with each request, `Name: value`; may be given several times. It is written nowhere
    #[arg(long, requires = "url", value_name = "HEADER")]
    pub header: Vec<String>,
    /// Start the server without asking
    #[arg(long)]
    pub yes: bool,
    /// Print what it lists as JSON, and write no seeds
    #[arg(long)]
    pub json: bool,
    /// The command and its arguments, after `--`
    #[arg(last = true)]
    pub command: Vec<String>,
}

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Id of the scenario: the stem of a file under seeds/*/scenarios
    pub scenario: String,
    /// Id of a pattern: the stem of a file under templates/attacks
    #[arg(long)]
    pub pattern: Option<String>,
    /// Number of the variant
    #[arg(long, default_value_t = 0)]
    pub variant: u64,
    /// Id of the surface: the stem of a file under templates/surfaces
    #[arg(long, default_value = "plain")]
    pub surface: String,
}

/// Options of `probe`.
#[derive(Debug, clap::Args)]
pub struct Probe {
    /// Folder of a run
    pub run: PathBuf,
    /// Rows that the models look at, instead of the recipe's; words are counted in all
    #[arg(long)]
    pub sample: Option<usize>,
    /// File for the report, instead of probe.json in the folder
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Options of `decontaminate`.
#[derive(Debug, clap::Args)]
pub struct Decontaminate {
    /// Folder of a run
    pub run: PathBuf,
    /// Files of benchmarks, instead of the recipe's; NAME=FILE gives one a name other than the file's
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub against: Vec<String>,
    /// Field that holds texts, with all strings below it; FIELD.KEY for those under that name alone. May be given several
    /// times [default: those whose strings have five words or more in the median]
    #[arg(long, value_name = "FIELD")]
    pub column: Vec<String>,
    /// Words in a stretch that must not stand in a row, instead of the recipe's
    #[arg(long, value_name = "WORDS")]
    pub ngram: Option<usize>,
    /// Jaccard similarity of pairs of words from which on a text counts as reworded, instead of the recipe's
    #[arg(long)]
    pub threshold: Option<f64>,
    /// Take such rows out: out of every shard, the manifest and the card
    #[arg(long)]
    pub remove: bool,
}

/// Options of `disjoint`.
#[derive(Debug, clap::Args)]
pub struct Disjoint {
    /// Folder of a run
    pub run: PathBuf,
    /// Folder of another run
    pub other: PathBuf,
    /// Jaccard similarity of word 5-grams from which two rows count as near-duplicates
    #[arg(long, default_value_t = 0.8)]
    pub threshold: f64,
}

/// Options of `report`.
#[derive(Debug, clap::Args)]
pub struct Report {
    /// Folder of a run
    pub run: PathBuf,
    /// Folder of another run: what changed from it to this one
    #[arg(long, value_name = "OTHER")]
    pub against: Option<PathBuf>,
    /// Rows to show, about, as pairs are kept whole [default: 300, fewer where the page would pass 5 MB]
    #[arg(long, value_name = "ROWS")]
    pub samples: Option<usize>,
    /// The page, instead of report.html in the folder; the Markdown stands beside it
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `inspect`.
#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// Folder of a run
    pub run: PathBuf,
    /// Print this many samples in full, the evidence marked
    #[arg(long, default_value_t = 0)]
    pub sample: usize,
    /// Only rows whose column has this value, e.g. `--only label=replay_injection`; may be given several times
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub only: Vec<String>,
    /// Print samples as this view renders them, one unless --sample says more
    #[arg(long, value_name = "NAME", conflicts_with = "json")]
    pub view: Option<String>,
    /// Seed of the draw of samples
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print the counts as JSON, for scripts
    #[arg(long, conflicts_with = "sample")]
    pub json: bool,
}
