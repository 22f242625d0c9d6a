use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use guardset_core::{Sample, Taxonomy};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::atomic::Pending;
use crate::batch::Batch;
use crate::columns::Row;
use crate::gather::{Cursor, Gather};
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

impl ShardSummary {
    /// Name of the split that it is a part of, which its file name begins with.
    pub fn split(&self) -> &str {
        self.file.split('-').next().unwrap_or_default()
    }
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
    let mut writer = ShardWriter::create(path, taxonomy, options)?;
    for sample in samples {
        writer.push(&sample)?;
    }
    writer.finish()
}

/// The same, for who has other things to do with each sample. Dropped before [`ShardWriter::finish`], it leaves nothing.
pub struct ShardWriter<'t>(Rows<'t, Pending>);

impl<'t> ShardWriter<'t> {
    /// Begins a shard.
    pub fn create(path: &Path, taxonomy: &'t Taxonomy, options: ShardOptions) -> Result<Self, EmitError> {
        Ok(Self(Rows::new(path, Pending::create(path)?, taxonomy, options)?))
    }

    /// Adds a row.
    pub fn push(&mut self, sample: &Sample) -> Result<(), EmitError> {
        self.0.push(sample)
    }

    /// Adds the row that a cursor is at, which stands in a shard of such rows already.
    pub fn copy(&mut self, cursor: &Cursor) -> Result<(), EmitError> {
        self.0.copy(cursor)
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<ShardSummary, EmitError> {
        let summary = self.0.close()?;
        self.0.sheet.sink().commit()?;
        Ok(summary)
    }
}

/// Rebuilds the summary of a shard that stands already, so that a run that was killed goes on after it.
///
/// It says what the file holds. Whether it belongs to the recipe of this run is for the caller to know.
pub fn summarize(path: &Path) -> Result<ShardSummary, EmitError> {
    Ok(summarize_with(path, [])?.0)
}

/// The same, with further numbers from the footer.
pub(crate) fn summarize_with<const N: usize>(path: &Path, keys: [&'static str; N]) -> Result<(ShardSummary, [u64; N]), EmitError> {
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
    let mut numbers = [0; N];
    for (value, key) in numbers.iter_mut().zip(keys) {
        *value = number(key)?;
    }
    Ok((sink.summary(path, number(ROWS)?, number(TEXT_BYTES)?, number(COLUMN_BYTES)?), numbers))
}

pub(crate) const ROWS: &str = "guardset.rows";
pub(crate) const TEXT_BYTES: &str = "guardset.text_bytes";
pub(crate) const COLUMN_BYTES: &str = "guardset.column_bytes";

/// A record batch is closed at this many rows, or at this many bytes of text.
const BATCH_ROWS: usize = 2_048;
const BATCH_BYTES: usize = 8 << 20;
/// A column of a batch must stay below 2 GiB.
pub(crate) const ROW_BYTES: usize = 1 << 30;

/// The rows of a shard on their way to a sink: everything but the file system.
pub(crate) struct Rows<'t, W: Write + Send> {
    sheet: Sheet<W>,
    taxonomy: &'t Taxonomy,
    batch: Batch,
    /// Rows copied, and those of `batch` that came before the last of them.
    gather: Gather,
    rows: u64,
    text_bytes: u64,
    column_bytes: u64,
}

impl<'t, W: Write + Send> Rows<'t, W> {
    pub(crate) fn new(path: &Path, sink: W, taxonomy: &'t Taxonomy, options: ShardOptions) -> Result<Self, EmitError> {
        let properties = properties(options.zstd_level).map_err(|source| EmitError::parquet(path, source))?;
        let sheet = Sheet::new(path, sink, schema(), properties)?;
        Ok(Self {
            sheet,
            taxonomy,
            batch: Batch::new(),
            gather: Gather::new(BATCH_ROWS, BATCH_BYTES),
            rows: 0,
            text_bytes: 0,
            column_bytes: 0,
        })
    }

    pub(crate) fn push(&mut self, sample: &Sample) -> Result<(), EmitError> {
        let bytes = push(&self.sheet.path, &mut self.batch, self.taxonomy, sample)?;
        self.count(sample.text.body.len(), bytes)
    }

    fn copy(&mut self, cursor: &Cursor) -> Result<(), EmitError> {
        let Some((standing, row)) = cursor.standing() else { return Ok(()) };
        if self.batch.rows() > 0 {
            let made = self.batch.take().map_err(|source| EmitError::parquet(&self.sheet.path, source.into()))?;
            self.gather.append(made);
        }
        self.gather.pick(standing, row);
        self.count(standing.body(row), standing.long_text(row))
    }

    fn count(&mut self, body: usize, bytes: usize) -> Result<(), EmitError> {
        self.rows += 1;
        self.text_bytes += body as u64;
        self.column_bytes += bytes as u64;
        if self.gather.is_full(self.batch.rows(), bytes) { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), EmitError> {
        let batch = self.batch.take().and_then(|made| self.gather.close(made, schema()));
        self.sheet.write(batch)
    }

    pub(crate) fn close(&mut self) -> Result<ShardSummary, EmitError> {
        self.write()?;
        self.sheet.close(self.rows, self.text_bytes, self.column_bytes, &[])
    }
}

/// A Parquet file on its way to a sink, hashed as it goes.
pub(crate) struct Sheet<W: Write + Send> {
    pub(crate) path: PathBuf,
    writer: ArrowWriter<Hashed<W>>,
}

impl<W: Write + Send> Sheet<W> {
    pub(crate) fn new(path: &Path, sink: W, schema: SchemaRef, properties: WriterProperties) -> Result<Self, EmitError> {
        // An embedded Arrow schema would keep older versions of `datasets` from reading JSON columns at all.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Hashed::new(sink), schema, options);
        Ok(Self { path: path.to_owned(), writer: writer.map_err(|source| EmitError::parquet(path, source))? })
    }

    pub(crate) fn write(&mut self, batch: Result<RecordBatch, ArrowError>) -> Result<(), EmitError> {
        let failed = |source| EmitError::parquet(&self.path, source);
        self.writer.write(&batch.map_err(|source| failed(source.into()))?).map_err(failed)
    }

    /// Writes the footer, and tells what went to the sink.
    pub(crate) fn close(&mut self, rows: u64, text_bytes: u64, column_bytes: u64, more: &[(&str, u64)]) -> Result<ShardSummary, EmitError> {
        for (key, value) in [(ROWS, rows), (TEXT_BYTES, text_bytes), (COLUMN_BYTES, column_bytes)].iter().chain(more) {
            self.writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), value.to_string()));
        }
        // `into_inner` would give the sink itself, but tells of a full disk in words alone.
        self.writer.finish().map_err(|source| EmitError::parquet(&self.path, source))?;
        let sink = self.writer.inner_mut();
        sink.flush().map_err(|source| EmitError::io(&self.path, source))?;
        Ok(sink.summary(&self.path, rows, text_bytes, column_bytes))
    }

    /// Where it all went.
    pub(crate) fn sink(&mut self) -> &mut W {
        &mut self.writer.inner_mut().inner
    }
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

    pub(crate) fn summary(&self, path: &Path, rows: u64, text_bytes: u64, column_bytes: u64) -> ShardSummary {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let sha256 = self.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
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
    use crate::atomic::replace;
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
                let mut rows = Rows::new(&path, Disk { file, room }, &taxonomy, ShardOptions::default())?;
                samples::samples().iter().try_for_each(|sample| rows.push(sample))?;
                rows.close()
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
