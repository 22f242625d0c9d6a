use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use guardset_core::{Sample, Taxonomy};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::KeyValue;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::atomic::replace;
use crate::batch::Batch;
use crate::columns::Row;
use crate::schema::{properties, schema};
use crate::{EmitError, identity};

/// What may vary between shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardOptions {
    /// zstd level, 1 to 22.
    pub zstd_level: i32,
}

impl Default for ShardOptions {
    /// Level 3: a fifth fewer bytes than level 1 for a tenth more time.
    fn default() -> Self {
        Self { zstd_level: 3 }
    }
}

/// What a shard holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardSummary {
    /// Its file name.
    pub file: String,
    /// Rows.
    pub rows: u64,
    /// Bytes of all bodies before compression.
    pub text_bytes: u64,
    /// Bytes of all long text columns (body, messages, tools, session, steps) before compression.
    pub column_bytes: u64,
    /// Bytes on disk.
    pub file_bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Writes samples to a Parquet file, whole or not at all. Same samples, same bytes.
///
/// Samples are taken one by one; what is held in memory is one row group, encoded.
pub fn write_shard(
    path: &Path,
    taxonomy: &Taxonomy,
    options: ShardOptions,
    samples: impl Iterator<Item = Sample>,
) -> Result<ShardSummary, EmitError> {
    replace(path, |file| write_rows(path, file, taxonomy, options, samples))
}

/// Rebuilds the summary of a shard that stands already, so that a run that was killed goes on after it.
///
/// It says what the file holds. Whether it belongs to the recipe of this run is for the caller to know.
pub fn summarize(path: &Path) -> Result<ShardSummary, EmitError> {
    let failed = |source| EmitError::io(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let mut sink = Hashed::new(io::sink());
    io::copy(&mut file, &mut sink).map_err(failed)?;

    let reader = SerializedFileReader::new(file).map_err(|source| EmitError::parquet(path, source))?;
    let footer = reader.metadata().file_metadata().key_value_metadata();
    let number = |key: &'static str| {
        let entry = footer.into_iter().flatten().find(|entry| entry.key == key);
        let number = entry.and_then(|entry| entry.value.as_ref()?.parse().ok());
        number.ok_or_else(|| EmitError::NotAShard { path: path.to_owned(), key })
    };
    Ok(sink.summary(path, number(ROWS)?, number(TEXT_BYTES)?, number(COLUMN_BYTES)?))
}

pub(crate) const ROWS: &str = "guardset.rows";
pub(crate) const TEXT_BYTES: &str = "guardset.text_bytes";
pub(crate) const COLUMN_BYTES: &str = "guardset.column_bytes";

/// A record batch is closed at this many rows, or at this many bytes of text.
const BATCH_ROWS: usize = 2_048;
const BATCH_BYTES: usize = 8 << 20;
/// A column of a batch must stay below 2 GiB.
const ROW_BYTES: usize = 1 << 30;

/// Everything but the file system.
pub(crate) fn write_rows<W: Write + Send>(
    path: &Path,
    sink: W,
    taxonomy: &Taxonomy,
    options: ShardOptions,
    samples: impl Iterator<Item = Sample>,
) -> Result<ShardSummary, EmitError> {
    let failed = |source| EmitError::parquet(path, source);
    let mut sink = Hashed::new(sink);
    // An embedded Arrow schema would keep older versions of `datasets` from reading JSON columns at all.
    let writer_options =
        ArrowWriterOptions::new().with_properties(properties(options.zstd_level).map_err(failed)?).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(&mut sink, schema(), writer_options).map_err(failed)?;

    let mut batch = Batch::new();
    let (mut rows, mut text_bytes, mut column_bytes, mut batch_bytes) = (0, 0, 0, 0);
    for sample in samples {
        rows += 1;
        text_bytes += sample.text.body.len() as u64;
        let bytes = push(path, &mut batch, taxonomy, &sample)?;
        batch_bytes += bytes;
        column_bytes += bytes as u64;
        if batch.rows() == BATCH_ROWS || batch_bytes >= BATCH_BYTES {
            writer.write(&batch.take().map_err(|source| failed(source.into()))?).map_err(failed)?;
            batch_bytes = 0;
        }
    }
    writer.write(&batch.take().map_err(|source| failed(source.into()))?).map_err(failed)?;

    for (key, value) in [(ROWS, rows), (TEXT_BYTES, text_bytes), (COLUMN_BYTES, column_bytes)] {
        writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value.to_string()));
    }
    writer.close().map_err(failed)?;
    sink.flush().map_err(|source| EmitError::io(path, source))?;
    Ok(sink.summary(path, rows, text_bytes, column_bytes))
}

/// Adds a row and returns its bytes of text.
fn push(path: &Path, batch: &mut Batch, taxonomy: &Taxonomy, sample: &Sample) -> Result<usize, EmitError> {
    let text = &sample.text;
    let bytes = text.body.len()
        + text.tools.len()
        + text.session.len()
        + text.steps.len()
        + text.messages.iter().map(|message| message.content.len()).sum::<usize>();
    if bytes > ROW_BYTES {
        return Err(EmitError::TooLong { path: path.to_owned(), seed: sample.lineage.seed.clone(), bytes, limit: ROW_BYTES });
    }
    let Some(class) = taxonomy.class(&sample.labels.label) else {
        return Err(EmitError::UnknownClass {
            path: path.to_owned(),
            label: sample.labels.label.clone(),
            seed: sample.lineage.seed.clone(),
        });
    };
    let content_hash = identity::content_hash(&text.body);
    batch.push(&Row {
        sample,
        class,
        taxonomy_version: &taxonomy.version,
        id: &identity::id(sample.checkpoint, &content_hash),
        content_hash: &content_hash,
        n_chars: u32::try_from(text.body.chars().count()).unwrap_or(u32::MAX),
    });
    Ok(bytes)
}

/// Passes bytes on, counted and hashed.
pub(crate) struct Hashed<W> {
    inner: W,
    bytes: u64,
    hash: Sha256,
}

impl<W> Hashed<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, bytes: 0, hash: Sha256::new() }
    }

    pub(crate) fn summary(self, path: &Path, rows: u64, text_bytes: u64, column_bytes: u64) -> ShardSummary {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        ShardSummary { file, rows, text_bytes, column_bytes, file_bytes: self.bytes, sha256 }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::samples;

    /// A disk with room for some bytes.
    struct Disk<W> {
        file: W,
        room: usize,
    }

    impl<W: Write> Write for Disk<W> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            let written = self.file.write(&bytes[..bytes.len().min(self.room)])?;
            self.room -= written;
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    #[test]
    fn a_full_disk_is_told_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train-00000-of-00001.parquet");
        let taxonomy = samples::taxonomy();
        let write = |room| {
            replace(&path, |file| {
                write_rows(&path, Disk { file, room }, &taxonomy, ShardOptions::default(), samples::samples().into_iter())
            })
        };
        let size = write(usize::MAX).unwrap().file_bytes as usize;
        std::fs::remove_file(&path).unwrap();
        // At the first byte, within the header, within the pages, within the footer, at the last byte.
        for room in [0, 1, 1_000, size / 2, size - 1_000, size - 1] {
            let error = write(room).unwrap_err();
            assert!(matches!(error, EmitError::DiskFull { .. }), "{room} of {size}: {error:?}");
            let message = error.to_string();
            assert!(message.contains("train-00000-of-00001.parquet: the disk is full; nothing half-written was left"), "{message}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{room} of {size}");
        }
        assert_eq!(write(size).unwrap(), summarize(&path).unwrap());
    }

    #[test]
    fn a_zstd_level_that_does_not_exist_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error =
            write_shard(&folder.path().join("a"), &samples::taxonomy(), ShardOptions { zstd_level: 23 }, std::iter::empty()).unwrap_err();
        assert!(matches!(error, EmitError::Parquet { .. }), "{error:?}");
    }
}
