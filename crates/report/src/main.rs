//! `guardset-report`: reads a run, writes two files. All else is in the library.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use guardset_emit::write_atomically;
use guardset_report::{Options, ReportError, report};

/// Makes the report of a data set: one page that opens from disk, and the figures in Markdown beside it.
///
/// The page asks for nothing over the network. It tells what is in the run, where a shortcut would show, and has a few hundred rows to read.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Run `guardset generate` first, and `guardset probe` for what the probes find.\n\
                  Example: guardset-report output/default --against output/before\n\n\
                  Exit codes: 0 done, 2 something is wrong with the input, 1 anything else."
)]
struct Args {
    /// Folder of a run
    run: PathBuf,
    /// Folder of another run: what changed from it to this one
    #[arg(long, value_name = "OTHER")]
    against: Option<PathBuf>,
    /// Rows to show, about, as pairs are kept whole [default: 300, fewer where the page would pass 5 MB]
    #[arg(long, value_name = "ROWS")]
    samples: Option<usize>,
    /// The page, instead of report.html in the folder; the Markdown stands beside it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            let is_input = error.downcast_ref::<ReportError>().is_some_and(ReportError::is_input);
            ExitCode::from(if is_input { 2 } else { 1 })
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let Args { run, against, samples, output } = args;
    let page = output.unwrap_or_else(|| run.join("report.html"));
    if page.extension().is_some_and(|extension| extension == "md") {
        return Err(ReportError::Output { path: page }.into());
    }
    let report = report(&Options { run, against, samples })?;
    let beside = page.with_extension("md");
    write_atomically(&page, report.html.as_bytes())?;
    write_atomically(&beside, report.markdown.as_bytes())?;
    for path in [page, beside] {
        match writeln!(std::io::stdout().lock(), "{}", path.display()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
