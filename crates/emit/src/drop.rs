use std::fs::File;
use std::io::Write;
use std::path::Path;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::KeyValue;

use crate::atomic::replace;
use crate::schema::properties;
use crate::shard::{COLUMN_BYTES, Hashed, ROWS, TEXT_BYTES};
use crate::view::FLIPPED;
use crate::{EmitError, ShardOptions, ShardSummary};

/// Text of a row that counts as [`ShardSummary::column_bytes`].
const LONG: [&str; 5] = ["body", "messages", "tools", "session", "steps"];

/// Writes a shard again without the rows whose `id` is to be dropped, whole or not at all. Everything else stays.
///
/// The file has a column `id` of text; it may be a shard of any view. One that would lose its last row stays, empty, so
/// that the others keep their names.
pub fn drop_rows(path: &Path, options: ShardOptions, is_dropped: impl Fn(&str) -> bool) -> Result<ShardSummary, EmitError> {
    let failed = |source| EmitError::parquet(path, source);
    let file = File::open(path).map_err(|source| EmitError::io(path, source))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let schema = builder.schema().clone();
    let Some((id, _)) = schema.fields().find("id").filter(|(_, field)| *field.data_type() == DataType::Utf8) else {
        let known = schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
        return Err(EmitError::UnknownColumn { path: path.to_owned(), column: "id".to_owned(), known });
    };
    // The text of a row is its body; in a view it is the messages.
    let text = if schema.fields().find("session").is_some() { "body" } else { "messages" };
    let footer = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let reader = builder.build().map_err(failed)?;
    replace(path, |file| {
        let mut sink = Hashed::new(file);
        let writer_options =
            ArrowWriterOptions::new().with_properties(properties(options.zstd_level).map_err(failed)?).with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(&mut sink, schema.clone(), writer_options).map_err(failed)?;
        let (mut rows, mut text_bytes, mut column_bytes, mut flipped) = (0, 0, 0, 0);
        for batch in reader {
            let batch = batch.map_err(|source| failed(source.into()))?;
            let kept: BooleanArray =
                batch.column(id).as_string::<i32>().iter().map(|id| Some(id.is_none_or(|id| !is_dropped(id)))).collect();
            let batch = filter_record_batch(&batch, &kept).map_err(|source| failed(source.into()))?;
            rows += batch.num_rows() as u64;
            text_bytes += text_of(&batch, text);
            flipped += batch.column_by_name("flipped").and_then(|column| Some(column.as_boolean_opt()?.true_count())).unwrap_or(0) as u64;
            column_bytes += LONG.iter().map(|column| text_of(&batch, column)).sum::<u64>();
            writer.write(&batch).map_err(failed)?;
        }
        for entry in footer {
            let own = match entry.key.as_str() {
                ROWS => Some(rows),
                TEXT_BYTES => Some(text_bytes),
                COLUMN_BYTES => Some(column_bytes),
                FLIPPED => Some(flipped),
                _ => None,
            };
            writer.append_key_value_metadata(own.map_or(entry.clone(), |number| KeyValue::new(entry.key, number.to_string())));
        }
        writer.close().map_err(failed)?;
        sink.flush().map_err(|source| EmitError::io(path, source))?;
        Ok(sink.summary(path, rows, text_bytes, column_bytes))
    })
}

/// Bytes of text in a column; of messages, of their contents.
fn text_of(batch: &RecordBatch, column: &str) -> u64 {
    let Some(column) = batch.column_by_name(column) else { return 0 };
    let bytes = |text: &dyn Array| text.as_string_opt::<i32>().map_or(0, |text| text.iter().flatten().map(str::len).sum::<usize>());
    match column.as_list_opt::<i32>() {
        // A list that was filtered still shares its values with what it was taken from; each row's own are asked for.
        Some(lists) => {
            let contents = lists.iter().flatten().filter_map(|messages| Some(messages.as_struct_opt()?.column_by_name("content")?.clone()));
            contents.map(|contents| bytes(contents.as_ref())).sum::<usize>() as u64
        }
        None => bytes(column.as_ref()) as u64,
    }
}
