use std::sync::Arc;

use arrow::array::{ArrayBuilder, ArrayRef, BooleanBuilder, Int32Builder, ListArray, RecordBatch, StringBuilder, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::error::ArrowError;
use guardset_core::{Evidence, Flow, Message};

use crate::columns::{COLUMNS, Kind, Leaf, Leaves, Row};
use crate::schema::{element, fields, schema};

/// Rows on their way into a record batch. Text is copied once, from the sample into the column.
pub(crate) struct Batch {
    columns: Vec<Column>,
    rows: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { columns: COLUMNS.iter().map(|(_, kind)| Column::new(*kind)).collect(), rows: 0 }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn push(&mut self, row: &Row) {
        for column in &mut self.columns {
            column.push(row);
        }
        self.rows += 1;
    }

    /// Takes the rows out; the next ones start a new batch.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let columns = self.columns.iter_mut().map(Column::take).collect::<Result<_, _>>()?;
        RecordBatch::try_new(schema(), columns)
    }
}

/// Texts on their way into a column. A batch begins with the room that the one before it took, so that its texts are not moved
/// again and again while it grows.
#[derive(Default)]
pub(crate) struct Texts {
    builder: StringBuilder,
    /// Rows and bytes of the batch before.
    room: Option<(usize, usize)>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: Option<&str>) {
        if let Some((rows, bytes)) = self.room.take() {
            self.builder = StringBuilder::with_capacity(rows, bytes + bytes / 8);
        }
        self.builder.append_option(text);
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        self.room = Some((self.builder.len(), self.builder.values_slice().len()));
        Arc::new(std::mem::take(&mut self.builder).finish())
    }
}

enum Column {
    Text(Texts, for<'a> fn(&'a Row<'a>) -> Option<&'a str>),
    Json(Texts, for<'a> fn(&'a Row<'a>) -> &'a str),
    Flag(BooleanBuilder, fn(&Row) -> bool),
    Number(Int32Builder, fn(&Row) -> u32),
    Words(Lengths, Texts, for<'a> fn(&'a Row<'a>) -> &'a [String]),
    Numbers(Lengths, Int32Builder, for<'a> fn(&'a Row<'a>) -> &'a [u32]),
    Messages(Records<Message>, for<'a> fn(&'a Row<'a>) -> &'a [Message]),
    Flows(Records<Flow>, for<'a> fn(&'a Row<'a>) -> &'a [Flow]),
    Evidence(Records<Evidence>, for<'a> fn(&'a Row<'a>) -> &'a [Evidence]),
}

impl Column {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Word(get) | Kind::Text(get) => Self::Text(Texts::default(), get),
            Kind::Json(get) | Kind::SharedJson(get) => Self::Json(Texts::default(), get),
            Kind::Flag(get) => Self::Flag(BooleanBuilder::new(), get),
            Kind::Number(get) => Self::Number(Int32Builder::new(), get),
            Kind::Words(get) => Self::Words(Lengths::default(), Texts::default(), get),
            Kind::Numbers(get) => Self::Numbers(Lengths::default(), Int32Builder::new(), get),
            Kind::Messages(get, leaves) => Self::Messages(Records::new(leaves), get),
            Kind::Flows(get, leaves) => Self::Flows(Records::new(leaves), get),
            Kind::Evidence(get, leaves) => Self::Evidence(Records::new(leaves), get),
        }
    }

    fn push(&mut self, row: &Row) {
        match self {
            Self::Text(texts, get) => texts.push(get(row)),
            Self::Json(texts, get) => texts.push(Some(get(row))),
            Self::Flag(builder, get) => builder.append_value(get(row)),
            Self::Number(builder, get) => builder.append_value(signed(get(row))),
            Self::Words(lengths, texts, get) => {
                let words = get(row);
                lengths.push(words.len());
                words.iter().for_each(|word| texts.push(Some(word)));
            }
            Self::Numbers(lengths, builder, get) => {
                let numbers = get(row);
                lengths.push(numbers.len());
                numbers.iter().for_each(|number| builder.append_value(signed(*number)));
            }
            Self::Messages(records, get) => records.push(get(row)),
            Self::Flows(records, get) => records.push(get(row)),
            Self::Evidence(records, get) => records.push(get(row)),
        }
    }

    fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(texts, _) | Self::Json(texts, _) => texts.take(),
            Self::Flag(builder, _) => Arc::new(builder.finish()),
            Self::Number(builder, _) => Arc::new(builder.finish()),
            Self::Words(lengths, texts, _) => lengths.take(texts.take())?,
            Self::Numbers(lengths, builder, _) => lengths.take(Arc::new(builder.finish()))?,
            Self::Messages(records, _) => records.take()?,
            Self::Flows(records, _) => records.take()?,
            Self::Evidence(records, _) => records.take()?,
        })
    }
}

/// A list of structs, stored field by field.
pub(crate) struct Records<T: 'static> {
    lengths: Lengths,
    leaves: Leaves<T>,
    builders: Vec<LeafBuilder<T>>,
}

enum LeafBuilder<T: 'static> {
    Text(Texts, for<'a> fn(&'a T) -> &'a str),
    Number(Int32Builder, fn(&T) -> Option<u32>),
}

impl<T> Records<T> {
    pub(crate) fn new(leaves: Leaves<T>) -> Self {
        let builder = |(_, leaf): &(_, Leaf<T>)| match leaf {
            Leaf::Word(get) | Leaf::Text(get) => LeafBuilder::Text(Texts::default(), *get),
            Leaf::Number(get) => LeafBuilder::Number(Int32Builder::new(), *get),
        };
        Self { lengths: Lengths::default(), leaves, builders: leaves.iter().map(builder).collect() }
    }

    pub(crate) fn push(&mut self, items: &[T]) {
        self.lengths.push(items.len());
        for builder in &mut self.builders {
            match builder {
                LeafBuilder::Text(texts, get) => items.iter().for_each(|item| texts.push(Some(get(item)))),
                LeafBuilder::Number(builder, get) => items.iter().for_each(|item| builder.append_option(get(item).map(signed))),
            }
        }
    }

    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        let columns = self.builders.iter_mut().map(|builder| match builder {
            LeafBuilder::Text(texts, _) => texts.take(),
            LeafBuilder::Number(builder, _) => ArrayBuilder::finish(builder),
        });
        let records = StructArray::try_new(fields(self.leaves), columns.collect(), None)?;
        self.lengths.take(Arc::new(records))
    }
}

/// How many elements each list has.
#[derive(Default)]
pub(crate) struct Lengths(Vec<usize>);

impl Lengths {
    pub(crate) fn push(&mut self, length: usize) {
        self.0.push(length);
    }

    pub(crate) fn take(&mut self, elements: ArrayRef) -> Result<ArrayRef, ArrowError> {
        let offsets = OffsetBuffer::from_lengths(self.0.drain(..));
        Ok(Arc::new(ListArray::try_new(element(elements.data_type().clone()), offsets, elements, None)?))
    }
}

/// Spark reads unsigned numbers as decimals, so they are signed. All count things within a row of at most 1 GiB.
fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
