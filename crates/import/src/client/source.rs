use std::collections::BTreeMap;
use std::path::PathBuf;

use reqwest::Url;

use crate::secret::{Mask, Secret};

/// Where a server is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A program that speaks on its standard input and output (MCP specification, stdio transport).
    Command {
        /// Name on the path, or path.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// Variables beside the few that every server gets.
        environment: BTreeMap<String, Secret>,
        /// Folder to start it in; ours if there is none.
        folder: Option<PathBuf>,
        /// Values that stand in the program, the arguments or the folder and are not shown.
        hidden: Vec<Secret>,
    },
    /// An address that is spoken to over HTTP (MCP specification, streamable HTTP transport).
    Url {
        /// The address, whole.
        url: String,
        /// Headers of each request.
        headers: BTreeMap<String, Secret>,
        /// Values that stand in the address and are not shown.
        hidden: Vec<Secret>,
    },
}

/// A source and the name that people know it by.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The key in a client configuration; empty to take the name that the server gives itself.
    pub name: String,
    /// Where it is found.
    pub source: Source,
}

impl Source {
    /// A program that is started as it is.
    pub fn command(program: impl Into<String>, arguments: Vec<String>) -> Self {
        Self::Command { program: program.into(), arguments, environment: BTreeMap::new(), folder: None, hidden: Vec::new() }
    }

    /// An address that is asked as it is.
    pub fn url(url: impl Into<String>) -> Self {
        Self::Url { url: url.into(), headers: BTreeMap::new(), hidden: Vec::new() }
    }

    /// The command line or the address, as it may be written down: without values of environments and headers, without
    /// user, password, query and fragment of an address, without what an argument says to be a key.
    pub fn describe(&self) -> String {
        let plain = match self {
            Self::Command { program, arguments, .. } => {
                let mut words = vec![bare(program)];
                let mut after = "";
                for argument in arguments {
                    words.push(discreet(after, argument));
                    after = argument;
                }
                words.join(" ")
            }
            Self::Url { url, .. } => bare(url),
        };
        self.mask().apply(&plain)
    }

    /// What of it no message may show.
    pub(crate) fn mask(&self) -> Mask {
        let (Self::Command { environment: values, hidden, .. } | Self::Url { headers: values, hidden, .. }) = self;
        let mut secrets: Vec<_> = values.values().chain(hidden).cloned().collect();
        let words = match self {
            Self::Command { program, arguments, .. } => std::iter::once(program).chain(arguments).collect(),
            Self::Url { url, .. } => vec![url],
        };
        for url in words.into_iter().filter_map(|word| Url::parse(word).ok()) {
            secrets.extend([url.query(), url.password()].into_iter().flatten().map(Secret::new));
        }
        Mask::new(&secrets)
    }
}

/// What names of options and variables end with whose values are keys.
const TELLING: [&str; 9] = ["key", "token", "secret", "password", "passwd", "credential", "credentials", "authorization", "header"];

/// An argument without what it or the one before it says to be a key.
fn discreet(after: &str, argument: &str) -> String {
    let telling = |name: &str| TELLING.iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    if after.starts_with('-') && !after.contains('=') && (after == "-H" || telling(after)) {
        return "***".to_owned();
    }
    match argument.split_once('=') {
        Some((name, _)) if telling(name) || matches!(after, "-e" | "--env") || name.starts_with("--env") => format!("{name}=***"),
        _ => bare(argument),
    }
}

/// A word without user, password, query and fragment where it is an address with a host.
fn bare(word: &str) -> String {
    match Url::parse(word) {
        Ok(mut url) if url.has_host() => {
            // Both can only fail where there is no host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.set_fragment(None);
            url.into()
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_no_credentials() {
        let words = "-y pkg --api-key FAKE-1 --token=FAKE-2 -e NAME=FAKE-3 postgres://me:FAKE-4@db.example/x?k=FAKE-5 -H FAKE-6 ./docs";
        let source = Source::command("npx", words.split(' ').map(str::to_owned).collect());
        assert_eq!(source.describe(), "npx -y pkg --api-key *** --token=*** -e NAME=*** postgres://db.example/x -H *** ./docs");
        let source = Source::url("https://me:FAKE-1@mcp.example/v1/mcp?key=FAKE-2#FAKE-3");
        assert_eq!(source.describe(), "https://mcp.example/v1/mcp");
    }

    #[test]
    fn what_is_hidden_is_shown_nowhere() {
        let source = Source::Url {
            url: "https://mcp.example/FAKE-path/mcp".into(),
            headers: BTreeMap::from([("X-Key".into(), Secret::new("FAKE-key"))]),
            hidden: vec![Secret::new("FAKE-path")],
        };
        assert_eq!(source.describe(), "https://mcp.example/***/mcp");
        assert_eq!(source.mask().apply("FAKE-key FAKE-path"), "*** ***");
        assert!(!format!("{source:?}").contains("FAKE-key"));
    }
}
