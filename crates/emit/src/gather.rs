//! Rows that stand in shards, copied into others: a run that is put together from its parts makes no row again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::interleave;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::file::metadata::PageIndexPolicy;

use crate::EmitError;

/// Rows read at a time: a row takes up to 50 KB, and a cursor is open for each part and view.
const READ_ROWS: usize = 128;

/// A row after the other of a part's shards, all of one view, in their order.
pub struct Cursor {
    /// Path and number of rows of each shard.
    shards: Vec<(PathBuf, usize)>,
    /// Shard that is open, and the position of its first row among all.
    open: Option<(usize, usize, ParquetRecordBatchReader)>,
    /// Rows that were read, and the position of the first.
    standing: Option<(Arc<Standing>, usize)>,
    row: usize,
}

impl Cursor {
    /// Before the first row of these shards, given with their rows.
    pub fn new(shards: Vec<(PathBuf, usize)>) -> Self {
        Self { shards, open: None, standing: None, row: 0 }
    }

    /// Goes on to a position among all rows, counted from 0. Positions ascend.
    ///
    /// # Errors
    /// If the shard cannot be read, or has fewer rows.
    pub fn go_to(&mut self, position: usize) -> Result<(), EmitError> {
        loop {
            if let Some((standing, first)) = &self.standing
                && let Some(row) = position.checked_sub(*first).filter(|row| *row < standing.batch.num_rows())
            {
                self.row = row;
                return Ok(());
            }
            self.read(position)?;
        }
    }

    /// Reads on, in another shard if the position is in one.
    fn read(&mut self, position: usize) -> Result<(), EmitError> {
        let mut first = 0;
        for (shard, (path, rows)) in self.shards.iter().enumerate() {
            if position >= first + rows {
                first += rows;
                continue;
            }
            let failed = |source| EmitError::parquet(path, source);
            let (at, reader) = match &mut self.open {
                Some((open, at, reader)) if *open == shard => (at, reader),
                _ => {
                    let reader = rows_from(path, position - first, *rows)?;
                    let (_, at, reader) = self.open.insert((shard, position, reader));
                    (at, reader)
                }
            };
            let batch = reader.next().ok_or_else(|| EmitError::NotAShard { path: path.clone(), key: crate::shard::ROWS })?;
            let batch = batch.map_err(|source| failed(source.into()))?;
            let from = *at;
            *at += batch.num_rows();
            self.standing = Some((Arc::new(Standing::new(batch)), from));
            return Ok(());
        }
        let path = self.shards.last().map(|(path, _)| path.clone()).unwrap_or_default();
        Err(EmitError::NotAShard { path, key: crate::shard::ROWS })
    }

    pub(crate) fn standing(&self) -> Option<(&Arc<Standing>, usize)> {
        self.standing.as_ref().map(|(standing, _)| (standing, self.row))
    }
}

fn rows_from(path: &Path, from: usize, rows: usize) -> Result<ParquetRecordBatchReader, EmitError> {
    let failed = |source| EmitError::parquet(path, source);
    let file = File::open(path).map_err(|source| EmitError::io(path, source))?;
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(failed)?;
    let selection = RowSelection::from_consecutive_ranges(std::iter::once(from..rows), rows);
    builder.with_batch_size(READ_ROWS).with_row_selection(selection).build().map_err(failed)
}

/// Rows that were read, with what the writer of a shard counts of each.
pub(crate) struct Standing {
    batch: RecordBatch,
    /// Bytes of the body and of the messages, and of all long text.
    bytes: Vec<[usize; 3]>,
}

impl Standing {
    fn new(batch: RecordBatch) -> Self {
        let mut bytes = vec![[0; 3]; batch.num_rows()];
        for (name, counts) in [("body", Some(0)), ("messages", Some(1)), ("tools", None), ("session", None), ("steps", None)] {
            let Some(column) = batch.column_by_name(name) else { continue };
            for (row, bytes) in bytes.iter_mut().enumerate() {
                let length = length(column, row);
                bytes[2] += length;
                if let Some(place) = counts {
                    bytes[place] += length;
                }
            }
        }
        Self { batch, bytes }
    }

    pub(crate) fn body(&self, row: usize) -> usize {
        self.bytes[row][0]
    }

    pub(crate) fn messages(&self, row: usize) -> usize {
        self.bytes[row][1]
    }

    pub(crate) fn long_text(&self, row: usize) -> usize {
        self.bytes[row][2]
    }

    pub(crate) fn flag(&self, column: &str, row: usize) -> bool {
        self.batch.column_by_name(column).and_then(|column| column.as_boolean_opt()).is_some_and(|flags| flags.value(row))
    }
}

/// What stands in the column `id` of rows that were read, if they have one.
pub fn ids(batch: &RecordBatch) -> Vec<String> {
    let texts = batch.column_by_name("id").and_then(|column| column.as_string_opt::<i32>());
    texts.map_or_else(Vec::new, |texts| texts.iter().map(|id| id.unwrap_or_default().to_owned()).collect())
}

/// Bytes of text in a cell; of messages, of their contents.
fn length(column: &ArrayRef, row: usize) -> usize {
    if let Some(texts) = column.as_string_opt::<i32>() {
        return if texts.is_null(row) { 0 } else { texts.value_length(row) as usize };
    }
    let Some(lists) = column.as_list_opt::<i32>() else { return 0 };
    let messages = lists.value(row);
    let contents = messages.as_struct_opt().and_then(|messages| messages.column_by_name("content"));
    let contents = contents.and_then(|contents| contents.as_string_opt::<i32>());
    contents.map_or(0, |contents| contents.iter().flatten().map(str::len).sum())
}

/// Rows from here and there on their way into a record batch.
pub(crate) struct Gather {
    /// Rows and bytes of text at which a batch is full.
    limits: (usize, usize),
    batches: Vec<RecordBatch>,
    picks: Vec<(usize, usize)>,
    /// Bytes of text that wait, here and with the rows that are being made.
    bytes: usize,
}

impl Gather {
    /// Gathers batches of so many rows or so many bytes of text, whichever comes first.
    pub(crate) fn new(rows: usize, bytes: usize) -> Self {
        Self { limits: (rows, bytes), batches: Vec::new(), picks: Vec::new(), bytes: 0 }
    }

    /// Counts a row that was added. True when it completes a batch, with `made` rows that are still being built.
    pub(crate) fn is_full(&mut self, made: usize, bytes: usize) -> bool {
        self.bytes += bytes;
        let full = made + self.picks.len() == self.limits.0 || self.bytes >= self.limits.1;
        if full {
            self.bytes = 0;
        }
        full
    }

    /// The batch that these rows and those made last are.
    pub(crate) fn close(&mut self, made: RecordBatch, schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
        if self.picks.is_empty() {
            return Ok(made);
        }
        self.append(made);
        self.take(schema)
    }

    /// Adds a row that was read.
    pub(crate) fn pick(&mut self, standing: &Standing, row: usize) {
        let same = |batch: &RecordBatch| Arc::ptr_eq(batch.column(0), standing.batch.column(0));
        let batch = self.batches.iter().rposition(same).unwrap_or_else(|| {
            self.batches.push(standing.batch.clone());
            self.batches.len() - 1
        });
        self.picks.push((batch, row));
    }

    /// Adds all rows of a batch.
    pub(crate) fn append(&mut self, batch: RecordBatch) {
        self.picks.extend((0..batch.num_rows()).map(|row| (self.batches.len(), row)));
        self.batches.push(batch);
    }

    /// Takes the rows out, in the order in which they came.
    fn take(&mut self, schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
        let (batches, picks) = (std::mem::take(&mut self.batches), std::mem::take(&mut self.picks));
        let column = |index: usize| {
            let columns: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(index).as_ref()).collect();
            interleave(&columns, &picks)
        };
        let columns = (0..schema.fields().len()).map(column).collect::<Result<_, _>>()?;
        RecordBatch::try_new(schema, columns)
    }
}
