//! The command line of guardset. One function per phase; the work is done in the stage crates.

mod args;
mod cache;
mod disjoint;
mod evaluation;
mod failure;
mod generate;
mod inspect;
mod paraphrase;
mod plan;
mod probe;
mod progress;
mod report;
mod rows;
mod say;
mod select;
mod show;
mod taxonomy;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use guardset_core::{Catalog, Recipe};

use args::{Args, Command};
use failure::Failure;
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
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_max_level(filter)
        .with_target(false)
        .without_time()
        .init();
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
        Command::Check => check(args),
        Command::Generate(options) => {
            let mut catalog = load(args)?;
            let recipe = recipe(args, &catalog, Some(options))?;
            catalog.keep(recipe.corpus);
            generate::run(args, options, &mut catalog, &recipe)
        }
        Command::Show(options) => {
            let mut catalog = load(args)?;
            let recipe = recipe(args, &catalog, None)?;
            show::narrow(options, &mut catalog);
            show::run(options, &catalog, &recipe)
        }
        Command::Inspect(options) => inspect::run(options),
        Command::Probe(options) => probe::run(args, options),
        Command::Disjoint(options) => disjoint::run(options),
        Command::Report(options) => report::run(options),
        Command::Cache(options) => cache::run(args, options),
        Command::Taxonomy => {
            taxonomy::print(&load(args)?.taxonomy);
            Ok(())
        }
    }
}

fn load(args: &Args) -> Result<Catalog, Failure> {
    Ok(guardset_expand::load(&args.root, &guardset_label::RULES)?)
}

/// Reads the recipe, applies the options of the command line and holds it against the catalog.
fn recipe(args: &Args, catalog: &Catalog, options: Option<&args::Generate>) -> Result<Recipe, Failure> {
    let path = args.root.join(&args.recipe);
    let file = args.recipe.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::input(format!("{}: cannot be read: {error}", path.display())))?;
    let mut recipe = Recipe::parse(&file, &text)?;
    if let Some(options) = options {
        options.apply(&mut recipe);
    }
    recipe.check(&file, catalog).or(recipe).map_err(Failure::from)
}

fn check(args: &Args) -> Result<(), Failure> {
    // The recipe is only looked at against files that load, but its own syntax is told in the same go.
    let loaded = guardset_expand::load(&args.root, &guardset_label::RULES);
    let catalog = match loaded {
        Ok(catalog) => catalog,
        Err(mut problems) => {
            let file = args.recipe.display().to_string();
            if let Err(more) = std::fs::read_to_string(args.root.join(&args.recipe))
                .map_err(|_| ())
                .map_or(Ok(()), |text| Recipe::parse(&file, &text).map(drop))
            {
                problems.0.extend(more.0);
            }
            return Err(problems.into());
        }
    };
    recipe(args, &catalog, None)?;
    let dependent = catalog.scenarios.iter().filter(|s| s.calls().any(|call| !call.after.is_empty())).count();
    say!(
        "{} domains, {} servers, {} tools, {} scenarios ({} with dependent calls), {} patterns, {} classes: no problems",
        catalog.domains.len(),
        catalog.servers.len(),
        catalog.tools.len(),
        catalog.scenarios.len(),
        dependent,
        catalog.patterns.len(),
        catalog.taxonomy.classes.len(),
    );
    Ok(())
}
