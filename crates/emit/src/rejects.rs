use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use guardset_core::Reject;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;

use crate::EmitError;
use crate::atomic::replace;
use crate::schema::plain_properties;

/// Writes what fell out, in the order given: `stage`, `reason`, `detail`, `scenario`, `pattern`, `seed`.
pub fn write_rejects(path: &Path, rejects: &[Reject]) -> Result<(), EmitError> {
    let failed = |source| EmitError::parquet(path, source);
    let schema = Arc::new(Schema::new(COLUMNS.map(|(name, _)| Field::new(name, DataType::Utf8, true)).to_vec()));
    replace(path, |file| {
        let options =
            ArrowWriterOptions::new().with_properties(plain_properties(3).map_err(failed)?.build()).with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(file, schema.clone(), options).map_err(failed)?;
        for rejects in rejects.chunks(8_192) {
            let columns = COLUMNS.map(|(_, text)| Arc::new(rejects.iter().map(text).collect::<StringArray>()) as ArrayRef);
            let batch = RecordBatch::try_new(schema.clone(), columns.to_vec()).map_err(|source| failed(source.into()))?;
            writer.write(&batch).map_err(failed)?;
        }
        writer.close().map_err(failed)?;
        Ok(())
    })
}

type Text = fn(&Reject) -> Option<String>;

const COLUMNS: [(&str, Text); 6] = [
    ("stage", |reject| Some(reject.stage.to_string())),
    ("reason", |reject| Some(reject.reason.to_owned())),
    ("detail", |reject| Some(reject.detail.clone())),
    ("scenario", |reject| Some(reject.scenario.clone())),
    ("pattern", |reject| reject.pattern.clone()),
    ("seed", |reject| Some(reject.seed.clone())),
];
