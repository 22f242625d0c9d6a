use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use guardset_core::{Message, PairRole, ViewRow};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::atomic::Pending;
use crate::batch::{Lengths, Records, Texts};
use crate::columns::MESSAGE;
use crate::gather::{Cursor, Gather};
use crate::schema::{fields, list, shard_properties, unique, unique_leaves};
use crate::shard::{ROW_BYTES, Sheet, summarize_with};
use crate::{EmitError, ShardOptions, ShardSummary};

/// What a shard of a view holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewShard {
    /// The file. Its `text_bytes` are those of all messages.
    pub summary: ShardSummary,
    /// Rows of the canonical shard that the view has none for.
    pub left_out: u64,
    /// Rows whose violated categories were left out of the prompt.
    pub flipped: u64,
}

/// Rebuilds what is known of a shard of a view that stands already.
pub fn summarize_view(path: &Path) -> Result<ViewShard, EmitError> {
    let (summary, [left_out, flipped]) = summarize_with(path, [LEFT_OUT, FLIPPED])?;
    Ok(ViewShard { summary, left_out, flipped })
}

const LEFT_OUT: &str = "guardset.left_out";
pub(crate) const FLIPPED: &str = "guardset.flipped";

/// Writes rows of a view to a Parquet file, whole or not at all. Same rows, same bytes. Dropped before
/// [`ViewWriter::finish`], it leaves nothing.
pub struct ViewWriter {
    sheet: Sheet<Pending>,
    batch: ViewBatch,
    /// Rows copied, and those of `batch` that came before the last of them.
    gather: Gather,
    rows: u64,
    text_bytes: u64,
    column_bytes: u64,
    left_out: u64,
    flipped: u64,
}

/// A record batch is closed at this many rows, or at this many bytes of text. Several views are open beside one shard.
const BATCH_ROWS: usize = 1_024;
const BATCH_BYTES: usize = 2 << 20;

impl ViewWriter {
    /// Begins a shard; `has_body` says whether there is a column `body`.
    pub fn create(path: &Path, has_body: bool, options: ShardOptions) -> Result<Self, EmitError> {
        let properties = properties(has_body, options.zstd_level).map_err(|source| EmitError::parquet(path, source))?;
        let sheet = Sheet::new(path, Pending::create(path)?, view_schema(has_body), properties)?;
        let batch = ViewBatch::new(has_body);
        Ok(Self {
            sheet,
            batch,
            gather: Gather::new(BATCH_ROWS, BATCH_BYTES),
            rows: 0,
            text_bytes: 0,
            column_bytes: 0,
            left_out: 0,
            flipped: 0,
        })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &ViewRow<'_>) -> Result<(), EmitError> {
        let text: usize = row.messages.iter().map(|message| message.content.len()).sum();
        let bytes = text + row.body.map_or(0, str::len);
        if bytes > ROW_BYTES {
            let (path, seed) = (self.sheet.path.clone(), row.id.to_owned());
            return Err(EmitError::TooLong { path, seed, bytes, limit: ROW_BYTES });
        }
        self.batch.push(row);
        self.count(text, bytes, row.flipped)
    }

    /// Adds the row that a cursor is at, which stands in a shard of this view already.
    pub fn copy(&mut self, cursor: &Cursor) -> Result<(), EmitError> {
        let Some((standing, row)) = cursor.standing() else { return Ok(()) };
        if self.batch.rows > 0 {
            let made = self.batch.take().map_err(|source| EmitError::parquet(&self.sheet.path, source.into()))?;
            self.gather.append(made);
        }
        self.gather.pick(standing, row);
        self.count(standing.messages(row), standing.long_text(row), standing.flag("flipped", row))
    }

    fn count(&mut self, text: usize, bytes: usize, flipped: bool) -> Result<(), EmitError> {
        self.rows += 1;
        self.flipped += u64::from(flipped);
        self.text_bytes += text as u64;
        self.column_bytes += bytes as u64;
        if self.gather.is_full(self.batch.rows, bytes) { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), EmitError> {
        let batch = self.batch.take().and_then(|made| self.gather.close(made, self.batch.schema.clone()));
        self.sheet.write(batch)
    }

    /// Counts a sample that the view has no row for.
    pub fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<ViewShard, EmitError> {
        self.write()?;
        let Self { sheet, rows, text_bytes, column_bytes, left_out, flipped, .. } = &mut self;
        let (left_out, flipped) = (*left_out, *flipped);
        let summary = sheet.close(*rows, *text_bytes, *column_bytes, &[(LEFT_OUT, left_out), (FLIPPED, flipped)])?;
        sheet.sink().commit()?;
        Ok(ViewShard { summary, left_out, flipped })
    }
}

type Text = for<'a> fn(&'a ViewRow<'a>) -> Option<&'a str>;

/// How a column is typed, stored and filled.
#[derive(Clone, Copy)]
enum Kind {
    /// Text that recurs from row to row; dictionary.
    Word(Text),
    /// Text that is mostly its own.
    Text(Text),
    Flag(fn(&ViewRow<'_>) -> bool),
    Categories,
    Messages,
}

/// The contract with those who read views: names, order, types. Add, never rename; `docs/views.md` says what each means.
const COLUMNS: [(&str, Kind); 12] = [
    ("id", Kind::Text(|row| Some(row.id))),
    ("pair_id", Kind::Word(|row| row.pair_id)),
    ("pair_role", Kind::Word(|row| row.pair_role.map(PairRole::as_str))),
    ("split", Kind::Word(|row| Some(row.split.as_str()))),
    ("checkpoint", Kind::Word(|row| Some(row.checkpoint.as_str()))),
    ("class", Kind::Word(|row| Some(row.class))),
    (BODY, Kind::Text(|row| row.body)),
    ("label", Kind::Word(|row| Some(row.label))),
    ("unsafe", Kind::Flag(|row| row.is_unsafe)),
    ("flipped", Kind::Flag(|row| row.flipped)),
    ("categories", Kind::Categories),
    ("messages", Kind::Messages),
];

/// The column that not every view has.
const BODY: &str = "body";

fn columns(has_body: bool) -> impl Iterator<Item = &'static (&'static str, Kind)> {
    COLUMNS.iter().filter(move |(name, _)| has_body || *name != BODY)
}

/// The Arrow schema of every shard of a view, every field nullable.
pub fn view_schema(has_body: bool) -> SchemaRef {
    let field = |(name, kind): &(&'static str, Kind)| match kind {
        Kind::Word(_) | Kind::Text(_) => Field::new(*name, DataType::Utf8, true),
        Kind::Flag(_) => Field::new(*name, DataType::Boolean, true),
        Kind::Categories => list(name, DataType::Utf8),
        Kind::Messages => list(name, DataType::Struct(fields(MESSAGE))),
    };
    Arc::new(Schema::new(columns(has_body).map(field).collect::<Vec<_>>()))
}

fn properties(has_body: bool, zstd_level: i32) -> Result<WriterProperties, ParquetError> {
    let mut builder = shard_properties(zstd_level)?;
    for (name, kind) in columns(has_body) {
        builder = match kind {
            Kind::Text(_) => unique(builder, vec![(*name).to_owned()]),
            Kind::Messages => unique_leaves(builder, name, MESSAGE),
            Kind::Word(_) | Kind::Flag(_) | Kind::Categories => builder,
        };
    }
    Ok(builder.build())
}

/// Rows on their way into a record batch.
struct ViewBatch {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

enum Column {
    Text(Texts, Text),
    Flag(BooleanBuilder, fn(&ViewRow<'_>) -> bool),
    Categories(Lengths, Texts),
    Messages(Records<Message>),
}

impl ViewBatch {
    fn new(has_body: bool) -> Self {
        let column = |(_, kind): &(_, Kind)| match *kind {
            Kind::Word(get) | Kind::Text(get) => Column::Text(Texts::default(), get),
            Kind::Flag(get) => Column::Flag(BooleanBuilder::new(), get),
            Kind::Categories => Column::Categories(Lengths::default(), Texts::default()),
            Kind::Messages => Column::Messages(Records::new(MESSAGE)),
        };
        Self { schema: view_schema(has_body), columns: columns(has_body).map(column).collect(), rows: 0 }
    }

    fn push(&mut self, row: &ViewRow<'_>) {
        for column in &mut self.columns {
            match column {
                Column::Text(texts, get) => texts.push(get(row)),
                Column::Flag(builder, get) => builder.append_value(get(row)),
                Column::Categories(lengths, texts) => {
                    lengths.push(row.categories.len());
                    row.categories.iter().for_each(|category| texts.push(Some(category)));
                }
                Column::Messages(records) => records.push(&row.messages),
            }
        }
        self.rows += 1;
    }

    /// Takes the rows out; the next ones start a new batch.
    fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let take = |column: &mut Column| -> Result<ArrayRef, ArrowError> {
            Ok(match column {
                Column::Text(texts, _) => texts.take(),
                Column::Flag(builder, _) => Arc::new(builder.finish()),
                Column::Categories(lengths, texts) => lengths.take(texts.take())?,
                Column::Messages(records) => records.take()?,
            })
        };
        let columns = self.columns.iter_mut().map(take).collect::<Result<_, _>>()?;
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}
