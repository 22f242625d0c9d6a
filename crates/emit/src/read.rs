use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::file::metadata::PageIndexPolicy;
use serde_json::{Map, Value};

use crate::EmitError;
use crate::schema::{EXTENSION_NAME, JSON};

/// Reads the named columns of a Parquet file batch by batch, in the order of the file; all of them if none is named.
///
/// Columns that are not asked for are not read from the disk.
pub fn read_batches(path: &Path, columns: &[&str]) -> Result<Batches, EmitError> {
    let file = File::open(path).map_err(|source| EmitError::io(path, source))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|source| EmitError::parquet(path, source))?;
    let fields = builder.schema().fields();
    let mut roots = Vec::with_capacity(columns.len());
    for column in columns {
        let Some((root, _)) = fields.find(column) else {
            let known = fields.iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
            return Err(EmitError::UnknownColumn { path: path.to_owned(), column: (*column).to_owned(), known });
        };
        roots.push(root);
    }
    let mask = if roots.is_empty() { ProjectionMask::all() } else { ProjectionMask::roots(builder.parquet_schema(), roots) };
    let reader = builder.with_projection(mask).build().map_err(|source| EmitError::parquet(path, source))?;
    Ok(Batches { path: path.to_owned(), reader })
}

/// The batches of a file.
#[derive(Debug)]
pub struct Batches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, EmitError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.reader.next()?.map_err(|source| EmitError::parquet(&self.path, source.into())))
    }
}

/// The same, row by row, for those who would rather not handle Arrow. JSON columns are parsed; text that is no JSON
/// stays text.
pub fn read_rows(path: &Path, columns: &[&str]) -> Result<impl Iterator<Item = Result<Map<String, Value>, EmitError>> + use<>, EmitError> {
    Ok(read_batches(path, columns)?.flat_map(|batch| match batch {
        Ok(batch) => (0..batch.num_rows()).map(|row| Ok(object(&batch, row))).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    }))
}

/// The rows at these positions of a Parquet file, counted from 0 and in ascending order, all columns.
///
/// What stands between them is skipped by the page where the file has an index of its pages, as ours have.
pub fn read_rows_at(path: &Path, positions: &[usize]) -> Result<Vec<Map<String, Value>>, EmitError> {
    let file = File::open(path).map_err(|source| EmitError::io(path, source))?;
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|source| EmitError::parquet(path, source))?;
    let ranges = positions.iter().map(|position| *position..*position + 1);
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    let selection = RowSelection::from_consecutive_ranges(ranges, rows);
    let reader = builder.with_row_selection(selection).build().map_err(|source| EmitError::parquet(path, source))?;
    let mut found = Vec::with_capacity(positions.len());
    for batch in reader {
        let batch = batch.map_err(|source| EmitError::parquet(path, source.into()))?;
        found.extend((0..batch.num_rows()).map(|row| object(&batch, row)));
    }
    Ok(found)
}

fn object(batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let fields = batch.schema_ref().fields().iter();
    fields.zip(batch.columns()).map(|(field, column)| (field.name().clone(), cell(field, column, row))).collect()
}

fn cell(field: &Field, column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let text = match column.data_type() {
                DataType::Utf8 => column.as_string::<i32>().value(row),
                DataType::LargeUtf8 => column.as_string::<i64>().value(row),
                _ => column.as_string_view().value(row),
            };
            let is_json = field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == JSON);
            let parsed = if is_json { serde_json::from_str(text).ok() } else { None };
            parsed.unwrap_or_else(|| text.into())
        }
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::List(element) => {
            let elements = column.as_list::<i32>().value(row);
            (0..elements.len()).map(|index| cell(element, &elements, index)).collect()
        }
        DataType::LargeList(element) => {
            let elements = column.as_list::<i64>().value(row);
            (0..elements.len()).map(|index| cell(element, &elements, index)).collect()
        }
        DataType::Dictionary(_, _) => {
            let one = column.slice(row, 1);
            let words = one.as_any_dictionary();
            words.normalized_keys().first().map_or(Value::Null, |key| cell(field, words.values(), *key))
        }
        DataType::Struct(fields) => {
            let columns = column.as_struct().columns();
            fields.iter().zip(columns).map(|(field, column)| (field.name().clone(), cell(field, column, row))).collect()
        }
        // Our own files have none of it; another tool's may.
        other => Value::String(format!("({other})")),
    }
}
