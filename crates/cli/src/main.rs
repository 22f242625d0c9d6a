//! The command line of guardset. One function per phase; the work is done in the stage crates.

mod args;
mod benchmarks;
mod cache;
mod decontaminate;
mod disjoint;
mod evaluation;
mod failure;
mod generate;
mod import;
mod inspect;
mod manifest;
mod paraphrase;
mod partition;
mod plan;
mod probe;
mod progress;
mod report;
mod rows;
mod say;
mod select;
mod show;
mod signatures;
mod taxonomy;
mod units;
mod views;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use guardset_core::{Catalog, Problems, Recipe};
use guardset_views::{View, Views};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use args::{Args, Command};
use failure::Failure;
use generate::What;
use partition::{PART, Parts};
use say::say;

/// Rows are made of many short strings; this allocator makes a whole run a fifth faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = match args.verbose {
        0 => tracing::Level::INFO,
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    // What libraries tell of their inner workings is for those who ask for everything.
    let others = if args.verbose > 1 { filter } else { tracing::Level::WARN };
    let levels = Targets::new().with_default(filter).with_target("rmcp", others);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .without_time();
    tracing_subscriber::registry().with(lines.with_filter(levels)).init();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.code()
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Check(options) => check(args, options),
        Command::Generate(options) => {
            let mut catalog = load(args)?;
            let views = guardset_views::load(&args.root, &catalog.taxonomy)?;
            let (recipe, views) = with_views(args, &views, recipe_of(args, &catalog, Some(options))?)?;
            catalog.keep(recipe.corpus);
            let what = options.partition.map_or(What::Whole, What::Part);
            generate::run(args, options, what, &mut catalog, &views, &recipe)
        }
        Command::Merge(options) => merge(args, options),
        Command::Show(options) => {
            let mut catalog = load(args)?;
            let recipe = recipe(args, &catalog)?;
            show::narrow(options, &mut catalog);
            show::run(options, &catalog, &recipe)
        }
        Command::Inspect(options) => inspect::run(options),
        Command::Probe(options) => probe::run(args, options),
        Command::Decontaminate(options) => decontaminate::run(args, options),
        Command::Disjoint(options) => disjoint::run(options),
        Command::Report(options) => report::run(options),
        Command::Cache(options) => cache::run(args, options),
        Command::Import(options) => import::run(args, options),
        Command::Taxonomy => {
            taxonomy::print(&load(args)?.taxonomy);
            Ok(())
        }
    }
}

/// Merges parts: with their recipe, on the files that are here.
fn merge(args: &Args, options: &args::Merge) -> Result<(), Failure> {
    let parts = Parts::open(&options.parts)?;
    let mut recipe = Recipe { output: options.output.clone(), ..parts.recipe().clone() };
    recipe.threads = options.threads.unwrap_or(recipe.threads);
    let mut catalog = guardset_expand::load(&args.root, &recipe.seeds, &guardset_label::RULES)?;
    let views = guardset_views::load(&args.root, &catalog.taxonomy)?;
    let problems = recipe.check(PART, &catalog);
    let (recipe, views) = with_views(args, &views, (recipe, problems))?;
    catalog.keep(recipe.corpus);
    let generate = args::Generate { force: options.force, ..args::Generate::default() };
    generate::run(args, &generate, What::Merge(&parts), &mut catalog, &views, &recipe)
}

fn load(args: &Args) -> Result<Catalog, Failure> {
    Ok(guardset_expand::load(&args.root, &seeds(args), &guardset_label::RULES)?)
}

/// Folders of seeds: those of the command line, else of the recipe. A recipe that cannot be read is told of later, with all else.
fn seeds(args: &Args) -> Vec<String> {
    if !args.seeds.is_empty() {
        return args.seeds.clone();
    }
    let text = std::fs::read_to_string(args.root.join(&args.recipe)).unwrap_or_default();
    Recipe::parse("", &text).map_or_else(|_| vec!["seeds".to_owned()], |recipe| recipe.seeds)
}

/// The recipe, held against the catalog.
fn recipe(args: &Args, catalog: &Catalog) -> Result<Recipe, Failure> {
    let (recipe, problems) = recipe_of(args, catalog, None)?;
    problems.or(recipe).map_err(Failure::from)
}

/// Reads the recipe, applies the options of the command line and tells what of it does not fit the catalog.
fn recipe_of(args: &Args, catalog: &Catalog, options: Option<&args::Generate>) -> Result<(Recipe, Problems), Failure> {
    let path = args.root.join(&args.recipe);
    let file = args.recipe.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::input(format!("{}: cannot be read: {error}", path.display())))?;
    let mut recipe = Recipe::parse(&file, &text)?;
    if !args.seeds.is_empty() {
        recipe.seeds.clone_from(&args.seeds);
    }
    if let Some(options) = options {
        options.apply(&mut recipe);
    }
    let problems = recipe.check(&file, catalog);
    Ok((recipe, problems))
}

/// The views that a recipe names, if nothing is wrong with either.
fn with_views<'v>(args: &Args, views: &'v Views, (recipe, mut problems): (Recipe, Problems)) -> Result<(Recipe, Vec<&'v View>), Failure> {
    let chosen = views.select(&args.recipe.display().to_string(), &recipe.views.names).unwrap_or_else(|more| {
        problems.0.extend(more.0);
        Vec::new()
    });
    problems.or((recipe, chosen)).map_err(Failure::from)
}

/// Files with unconfirmed facts that are named without being asked for.
const NAMED: usize = 12;

fn check(args: &Args, options: &args::Check) -> Result<(), Failure> {
    // What builds on files that do not load is only looked at as far as it can be, but all that is wrong is told in the same go.
    let loaded = guardset_expand::load(&args.root, &seeds(args), &guardset_label::RULES);
    let taxonomy = match &loaded {
        Ok(catalog) => Some(catalog.taxonomy.clone()),
        Err(_) => guardset_expand::load_taxonomy(&args.root, &guardset_label::RULES).ok(),
    };
    let views = taxonomy.map_or_else(|| Ok(Views::default()), |taxonomy| guardset_views::load(&args.root, &taxonomy));
    let (catalog, views) = match (loaded, views) {
        (Ok(catalog), Ok(views)) => (catalog, views),
        (loaded, views) => {
            let mut problems = loaded.err().unwrap_or_default();
            problems.0.extend(views.err().into_iter().flat_map(|more| more.0));
            let file = args.recipe.display().to_string();
            if let Err(more) = std::fs::read_to_string(args.root.join(&args.recipe))
                .map_err(|_| ())
                .map_or(Ok(()), |text| Recipe::parse(&file, &text).map(drop))
            {
                problems.0.extend(more.0);
            }
            return problems.or(()).map_err(Failure::from);
        }
    };
    with_views(args, &views, recipe_of(args, &catalog, None)?)?;
    let dependent = catalog.scenarios.iter().filter(|s| s.calls().any(|call| !call.after.is_empty())).count();
    say!(
        "{} domains, {} servers, {} tools, {} scenarios ({} with dependent calls), {} patterns, {} classes, {} views: no problems",
        catalog.domains.len(),
        catalog.servers.len(),
        catalog.tools.len(),
        catalog.scenarios.len(),
        dependent,
        catalog.patterns.len(),
        catalog.taxonomy.classes.len(),
        views.all().len(),
    );
    unconfirmed(&catalog, if options.unconfirmed { usize::MAX } else { NAMED });
    Ok(())
}

/// Lists what imports inferred and nobody has confirmed. A person confirms a key by taking it out of `inferred`.
fn unconfirmed(catalog: &Catalog, most: usize) {
    // Servers first: what their tools are taken for decides labels.
    let mut files: BTreeMap<(bool, &str), Vec<String>> = BTreeMap::new();
    for open in &catalog.unconfirmed {
        let keys = open.keys.join(", ");
        let line = if open.place.is_empty() { keys } else { format!("{}: {keys}", open.place) };
        files.entry((open.file.contains("/scenarios/"), &open.file)).or_default().push(line);
    }
    if files.is_empty() {
        return;
    }
    let facts: usize = catalog.unconfirmed.iter().map(|open| open.keys.len()).sum();
    say!("{facts} facts in {} files were inferred by an import; who has checked one takes its key out of `inferred`", files.len());
    for ((_, file), lines) in files.iter().take(most) {
        match &lines[..] {
            [line] => say!("  {file}: {line}"),
            _ => {
                say!("  {file}");
                lines.iter().for_each(|line| say!("    {line}"));
            }
        }
    }
    if files.len() > most {
        say!("  and {} more files; --unconfirmed lists all", files.len() - most);
    }
}
