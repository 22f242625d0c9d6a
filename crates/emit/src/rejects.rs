use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use guardset_core::Reject;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;

use crate::EmitError;
use crate::atomic::Pending;
use crate::schema::plain_properties;

/// Writes what fell out, in the order given: `stage`, `reason`, `detail`, `scenario`, `pattern`, `seed`.
pub fn write_rejects(path: &Path, rejects: &[Reject]) -> Result<(), EmitError> {
    let mut writer = RejectWriter::create(path)?;
    rejects.iter().try_for_each(|reject| writer.push(reject.clone()))?;
    writer.finish()
}

/// The same, one by one: in memory are a few thousand of them. Dropped before [`RejectWriter::finish`], it leaves nothing.
pub struct RejectWriter {
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<Pending>,
    waiting: Vec<Reject>,
}

/// Rejects in a record batch.
const BATCH_ROWS: usize = 8_192;

impl RejectWriter {
    /// Begins the file.
    pub fn create(path: &Path) -> Result<Self, EmitError> {
        let failed = |source| EmitError::parquet(path, source);
        let schema = Arc::new(Schema::new(COLUMNS.map(|(name, _)| Field::new(name, DataType::Utf8, true)).to_vec()));
        let options =
            ArrowWriterOptions::new().with_properties(plain_properties(3).map_err(failed)?.build()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Pending::create(path)?, schema.clone(), options).map_err(failed)?;
        Ok(Self { path: path.to_owned(), schema, writer, waiting: Vec::new() })
    }

    /// Adds one.
    pub fn push(&mut self, reject: Reject) -> Result<(), EmitError> {
        self.waiting.push(reject);
        if self.waiting.len() == BATCH_ROWS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), EmitError> {
        let failed = |source| EmitError::parquet(&self.path, source);
        let columns = COLUMNS.map(|(_, text)| Arc::new(self.waiting.iter().map(text).collect::<StringArray>()) as ArrayRef);
        let batch = RecordBatch::try_new(self.schema.clone(), columns.to_vec()).map_err(|source| failed(source.into()))?;
        self.waiting.clear();
        self.writer.write(&batch).map_err(failed)
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<(), EmitError> {
        if !self.waiting.is_empty() {
            self.write()?;
        }
        self.writer.finish().map_err(|source| EmitError::parquet(&self.path, source))?;
        self.writer.inner_mut().commit()
    }
}

type Text = fn(&Reject) -> Option<String>;

const COLUMNS: [(&str, Text); 6] = [
    ("stage", |reject| Some(reject.stage.to_string())),
    ("reason", |reject| Some(reject.reason.to_string())),
    ("detail", |reject| Some(reject.detail.clone())),
    ("scenario", |reject| Some(reject.scenario.clone())),
    ("pattern", |reject| reject.pattern.clone()),
    ("seed", |reject| Some(reject.seed.clone())),
];
