//! `guardset import`: seeds of what other people wrote.

mod ask;
mod records;
mod write;

use std::collections::BTreeMap;

use guardset_import::formats::{self, DialogueFormat};
use guardset_import::{Config, Knowledge, Licenses, Origin, Refused, Seeds, of_dialogues, of_listings, of_tools};
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
            let mut tools = Vec::new();
            let records = records::each(files, None, &mut |place, record| match record
                .and_then(|record| formats::read_tool(&record).map_err(|refusal| (refusal.reason(), refusal.to_string())))
            {
                Ok(tool) => match gate.admits(tool.license.as_deref()) {
                    Ok(()) => tools.push(tool),
                    Err(why) => refused.push(left_out(place, why)),
                },
                Err(why) => refused.push(left_out(place, why)),
            })?;
            (records, of_tools(&knowledge, &tools, &origin))
        }
        ImportWhat::Dialogues { files, format } => {
            let mut dialogues = Vec::new();
            let answers = (*format == DialogueFormat::Bfcl).then_some(&with_answers as &dyn Fn(&Value, &Value) -> records::Read);
            let records = records::each(files, answers, &mut |place, record| match record
                .and_then(|record| formats::read(*format, &record, place).map_err(|refusal| (refusal.reason(), refusal.to_string())))
            {
                Ok(dialogue) => match gate.admits(dialogue.license.as_deref()) {
                    Ok(()) => dialogues.push(dialogue),
                    Err(why) => refused.push(left_out(place, why)),
                },
                Err(why) => refused.push(left_out(place, why)),
            })?;
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

    fn admits(&self, license: Option<&str>) -> Result<(), (&'static str, String)> {
        let license = license.or(self.fallback.as_deref());
        self.licenses.admits(license).map_err(|refusal| (refusal.reason(), refusal.to_string()))
    }
}

fn left_out(place: &str, (reason, detail): (&'static str, String)) -> Refused {
    Refused { what: place.to_owned(), reason, detail: detail.escape_debug().to_string() }
}

fn with_answers(record: &Value, answers: &Value) -> records::Read {
    formats::with_answers(record, answers).map_err(|refusal| (refusal.reason(), refusal.to_string()))
}
