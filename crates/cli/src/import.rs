//! `guardset import`: seeds of what other people wrote.

mod ask;
mod records;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

use guardset_import::formats::{self, DialogueFormat};
use guardset_import::{Config, Knowledge, Licenses, Origin, Refused, Seeds, Why, of_dialogues, of_listings, of_tools};
use serde_json::Value;

use crate::args::{Args, Import as Options, ImportWhat};
use crate::failure::Failure;
use crate::say::say;

/// Imports.
pub fn run(args: &Args, options: &Options) -> Result<(), Failure> {
    let knowledge = Knowledge::load(&args.root)?;
    let origin =
        Origin { name: options.name.clone(), date: options.date.clone(), license: options.license.clone(), per_tool: options.per_tool };
    let licenses = match options.licenses.is_empty() {
        true => Licenses::default(),
        false => Licenses::new(options.licenses.iter().map(String::as_str), options.unlicensed),
    };
    let gate = Gate { licenses, fallback: options.license.clone() };
    let mut refused = Vec::new();
    let (records, mut seeds) = match &options.what {
        ImportWhat::Server(server) => {
            let named = ask::of_options(server)?;
            let listings = ask::list(std::slice::from_ref(&named), server.yes)?;
            if server.json {
                listings.iter().for_each(|listing| say!("{}", serde_json::json!(listing)));
                return Ok(());
            }
            (gate.listed(listings.len())?, of_listings(&knowledge, &listings, &origin))
        }
        ImportWhat::Config { file, yes } => {
            let config = Config::load(file)?;
            if config.disabled > 0 {
                tracing::info!("{}: {} servers are disabled and left out", file.display(), config.disabled);
            }
            let listings = ask::list(&config.servers, *yes)?;
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let origin = Origin { name: origin.name.clone().or(stem), ..origin };
            (gate.listed(listings.len())?, of_listings(&knowledge, &listings, &origin))
        }
        ImportWhat::Tools { files } => {
            let read = |record: &Value, _: &str| formats::read_tool(record).map_err(why);
            let (records, tools) = gate.taken(files, None, read, |tool| tool.license.as_deref(), &mut refused)?;
            (records, of_tools(&knowledge, &tools, &origin))
        }
        ImportWhat::Dialogues { files, format } => {
            let read = |record: &Value, place: &str| formats::read(*format, record, place).map_err(why);
            let answers = (*format == DialogueFormat::Bfcl).then_some(&with_answers as records::Join<'_>);
            let (records, dialogues) = gate.taken(files, answers, read, |dialogue| dialogue.license.as_deref(), &mut refused)?;
            (records, of_dialogues(&knowledge, &dialogues, &origin))
        }
    };
    seeds.refused.extend(refused);
    finish(args, options, records, &seeds)
}

/// Writes the seeds and tells what became of what.
fn finish(args: &Args, options: &Options, records: usize, seeds: &Seeds) -> Result<(), Failure> {
    let folder = args.root.join(&options.output);
    write::seeds(&folder, seeds, options.force)?;
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for refused in &seeds.refused {
        *reasons.entry(refused.reason).or_default() += 1;
    }
    say!("{records} in; {} servers with {} tools, {} scenarios", seeds.servers, seeds.tools, seeds.scenarios);
    for (reason, count) in &reasons {
        say!("  {count:>7} left out: {reason}");
    }
    if !seeds.refused.is_empty() {
        say!("{} lists what was left out, and why", folder.join(write::REFUSED).display());
    }
    say!("{}", folder.display());
    match seeds.files.is_empty() {
        true => Err(Failure::input("nothing could be imported")),
        false => Ok(()),
    }
}

/// Which licences come in.
struct Gate {
    licenses: Licenses,
    /// Licence of what tells none.
    fallback: Option<String>,
}

impl Gate {
    /// What servers list carries no licence: it is the one that the user gives.
    fn listed(&self, servers: usize) -> Result<usize, Failure> {
        match self.licenses.admits(self.fallback.as_deref()) {
            Ok(()) => Ok(servers),
            Err(refusal) => Err(Failure::input(format!(
                "{refusal}; --license tells the licence of what these servers list, --unlicensed takes it without"
            ))),
        }
    }

    /// The records of files that can be read and whose licence is let in; the others are refused with their place.
    fn taken<T>(
        &self,
        files: &[PathBuf],
        join: Option<records::Join<'_>>,
        read: impl Fn(&Value, &str) -> Result<T, Why>,
        license: impl Fn(&T) -> Option<&str>,
        refused: &mut Vec<Refused>,
    ) -> Result<(usize, Vec<T>), Failure> {
        let mut taken = Vec::new();
        let count = records::each(files, join, &mut |place, record| {
            let one = record.and_then(|record| read(&record, place));
            match one.and_then(|one| self.admits(license(&one)).map(|()| one)) {
                Ok(one) => taken.push(one),
                Err(why) => refused.push(Refused::record(place, why)),
            }
        })?;
        Ok((count, taken))
    }

    fn admits(&self, license: Option<&str>) -> Result<(), Why> {
        let license = license.or(self.fallback.as_deref());
        self.licenses.admits(license).map_err(|refusal| (refusal.reason(), refusal.to_string()))
    }
}

/// A refusal, to count by and to read.
fn why(refusal: formats::Refusal) -> Why {
    (refusal.reason(), refusal.to_string())
}

fn with_answers(record: &Value, answers: &Value) -> records::Read {
    formats::with_answers(record, answers).map_err(why)
}
