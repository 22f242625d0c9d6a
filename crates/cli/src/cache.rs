//! `guardset cache`: looks after the replies that rewording has paid for.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use guardset_core::Recipe;
use guardset_paraphrase::{Cache, CacheError};

use crate::args::{Args, Cache as Options, CacheAction};
use crate::failure::Failure;
use crate::say::say;

/// Carries the action out.
pub fn run(args: &Args, options: &Options) -> Result<(), Failure> {
    let path = match &options.file {
        Some(file) => file.clone(),
        None => path(args, &recipe(args)?),
    };
    if !matches!(options.action, CacheAction::Import { .. }) && !path.exists() {
        return Err(Failure::input(format!(
            "{}: there is no cache; a run with --paraphrase makes one, --file names another",
            path.display()
        )));
    }
    match &options.action {
        CacheAction::Stats => stats(&Cache::open_read_only(&path)?, &path),
        CacheAction::Verify => verify(&path),
        CacheAction::Export { to } => export(&Cache::open_read_only(&path)?, to),
        CacheAction::Import { from } => import(&Cache::open(&path)?, from),
    }
}

/// Where a recipe keeps its replies.
pub fn path(args: &Args, recipe: &Recipe) -> PathBuf {
    args.root.join(&recipe.paraphrase.cache)
}

/// The recipe alone: a cache can be looked after whatever state seeds and templates are in.
fn recipe(args: &Args) -> Result<Recipe, Failure> {
    let path = args.root.join(&args.recipe);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::input(format!("{}: cannot be read: {error}", path.display())))?;
    Ok(Recipe::parse(&args.recipe.display().to_string(), &text)?)
}

fn stats(cache: &Cache, path: &Path) -> Result<(), Failure> {
    let stats = cache.stats()?;
    say!("{}", path.display());
    say!("  {:>9} texts asked about, in {} replies", stats.texts, stats.replies);
    say!("  {:>9} tokens sent, {} received", stats.input_tokens, stats.output_tokens);
    say!("  {:>9.1} MB on disk", stats.bytes_on_disk as f64 / 1e6);
    for (title, counts) in [("model", &stats.models), ("ending", &stats.endings)] {
        say!("replies by {title}:");
        for (name, count) in counts {
            say!("  {count:>9}  {name}");
        }
    }
    Ok(())
}

fn verify(path: &Path) -> Result<(), Failure> {
    let report = Cache::verify(path)?;
    for problem in &report.problems {
        say!("  {problem}");
    }
    if report.sound() {
        say!("{}: {} replies and {} texts, all sound", path.display(), report.replies, report.texts);
        return Ok(());
    }
    Err(Failure::Other(anyhow::anyhow!(
        "{}: {} problems; export what is sound, move the file away and import it into a new one",
        path.display(),
        report.problems.len() + report.more
    )))
}

fn export(cache: &Cache, to: &Path) -> Result<(), Failure> {
    let name = to.file_name().ok_or_else(|| Failure::input(format!("{}: is no file name", to.display())))?;
    let part = to.with_file_name(format!(".{}.tmp", name.to_string_lossy()));
    let write = || -> Result<guardset_paraphrase::Export, anyhow::Error> {
        let mut file = BufWriter::new(File::create(&part)?);
        let written = cache.export(&mut file)?;
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&part, to)?;
        Ok(written)
    };
    let written = write().with_context(|| format!("{} cannot be written", to.display()))?;
    say!("{} replies in {}", written.replies, to.display());
    for damaged in &written.damaged {
        tracing::warn!("left out: {damaged}");
    }
    Ok(())
}

fn import(cache: &Cache, from: &Path) -> Result<(), Failure> {
    let file = File::open(from).map_err(|error| Failure::input(format!("{}: cannot be read: {error}", from.display())))?;
    match cache.import(BufReader::new(file)) {
        Ok(guardset_paraphrase::Import { added, known }) => {
            say!("{added} replies added, {known} were known");
            std::io::stdout().flush().ok();
            Ok(())
        }
        Err(error @ CacheError::BadLines { .. }) => Err(Failure::input(format!("{}: {error}", from.display()))),
        Err(error) => Err(error.into()),
    }
}
