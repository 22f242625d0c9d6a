use std::collections::BTreeMap;
use std::fs;

use redb::{ReadableTable, ReadableTableMetadata};
use serde::Serialize;

use super::error::At;
use super::open::guarded;
use super::record::Record;
use super::{Cache, CacheError, Tables};
use crate::Ending;

/// What a cache holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CacheStats {
    /// Texts that have a reply.
    pub texts: u64,
    /// Replies.
    pub replies: u64,
    /// Size of the file.
    pub bytes_on_disk: u64,
    /// Tokens sent for these replies.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// Replies by model, as the servers name them.
    pub models: BTreeMap<String, u64>,
    /// Replies by how they ended; those that were declined by status.
    pub endings: BTreeMap<String, u64>,
}

impl Cache {
    /// Counts what the cache holds. Reads it all.
    pub fn stats(&self) -> Result<CacheStats, CacheError> {
        guarded(&self.path, || self.count())
    }

    fn count(&self) -> Result<CacheStats, CacheError> {
        let tables = Tables::read(&self.database).at(&self.path)?;
        let mut stats = CacheStats {
            texts: tables.texts.len().at(&self.path)?,
            bytes_on_disk: fs::metadata(&self.path).map_err(|source| CacheError::io(&self.path, source))?.len(),
            ..CacheStats::default()
        };
        for entry in tables.replies.iter().at(&self.path)? {
            let (number, value) = entry.at(&self.path)?;
            let reply = Record::decode(value.value())
                .map_err(|what| CacheError::Damaged { path: self.path.clone(), what: format!("reply {}: {what}", number.value()) })?
                .reply;
            stats.replies += 1;
            // Sums of what servers say, which nothing bounds.
            stats.input_tokens = stats.input_tokens.saturating_add(reply.input_tokens);
            stats.output_tokens = stats.output_tokens.saturating_add(reply.output_tokens);
            *stats.models.entry(reply.model).or_default() += 1;
            *stats.endings.entry(name(reply.ending)).or_default() += 1;
        }
        Ok(stats)
    }
}

fn name(ending: Ending) -> String {
    match ending {
        Ending::Whole => "whole".into(),
        Ending::CutOff => "cut_off".into(),
        Ending::Refused => "refused".into(),
        Ending::Declined(status) => format!("declined_{status}"),
    }
}
