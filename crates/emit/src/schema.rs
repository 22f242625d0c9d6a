use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::columns::{COLUMNS, Kind, Leaf, Leaves};

/// The Arrow schema of every shard, every field nullable.
///
/// `tools`, `session` and `steps` bear the extension type `arrow.json`, which Parquet stores as its JSON type.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields: Vec<Field> = COLUMNS.iter().map(|(name, kind)| field(name, kind)).collect();
        Arc::new(Schema::new(fields))
    });
    SCHEMA.clone()
}

fn field(name: &str, kind: &Kind) -> Field {
    match kind {
        Kind::Word(_) | Kind::Text(_) => Field::new(name, DataType::Utf8, true),
        Kind::Json(_) | Kind::SharedJson(_) => {
            Field::new(name, DataType::Utf8, true).with_metadata([(EXTENSION_NAME, JSON), ("ARROW:extension:metadata", "")])
        }
        Kind::Flag(_) => Field::new(name, DataType::Boolean, true),
        Kind::Number(_) => Field::new(name, DataType::Int32, true),
        Kind::Words(_) => list(name, DataType::Utf8),
        Kind::Numbers(_) => list(name, DataType::Int32),
        Kind::Messages(_, leaves) => list(name, DataType::Struct(fields(leaves))),
        Kind::Flows(_, leaves) => list(name, DataType::Struct(fields(leaves))),
        Kind::Evidence(_, leaves) => list(name, DataType::Struct(fields(leaves))),
    }
}

/// Key and value by which Arrow names its JSON type.
pub(crate) const EXTENSION_NAME: &str = "ARROW:extension:name";
pub(crate) const JSON: &str = "arrow.json";

pub(crate) fn list(name: &str, element: DataType) -> Field {
    Field::new(name, DataType::List(self::element(element)), true)
}

/// The field inside a list, by the name that the Parquet format gives it.
pub(crate) fn element(kind: DataType) -> FieldRef {
    Arc::new(Field::new("element", kind, true))
}

pub(crate) fn fields<T>(leaves: Leaves<T>) -> Fields {
    let field = |(name, leaf): &(&'static str, Leaf<T>)| match leaf {
        Leaf::Word(_) | Leaf::Text(_) => Field::new(*name, DataType::Utf8, true),
        Leaf::Number(_) => Field::new(*name, DataType::Int32, true),
    };
    leaves.iter().map(field).collect()
}

/// Rows in a row group, unless its bytes come first.
const ROW_GROUP_ROWS: usize = 20_000;
/// Encoded bytes in a row group. Readers that stream hold one at a time.
const ROW_GROUP_BYTES: usize = 64 << 20;
/// A tool list takes up to 20 KB and is shared by the rows of a pair and by their checkpoints.
const TOOLS_DICTIONARY_BYTES: usize = 8 << 20;

/// How shards are stored.
pub(crate) fn properties(zstd_level: i32) -> Result<WriterProperties, ParquetError> {
    let mut builder = shard_properties(zstd_level)?;
    for (name, kind) in COLUMNS {
        builder = match kind {
            Kind::Text(_) | Kind::Json(_) => unique(builder, vec![(*name).to_owned()]),
            Kind::SharedJson(_) => {
                let path = ColumnPath::from(*name);
                builder
                    .set_column_dictionary_page_size_limit(path.clone(), TOOLS_DICTIONARY_BYTES)
                    .set_column_statistics_enabled(path, EnabledStatistics::None)
            }
            Kind::Messages(_, leaves) => unique_leaves(builder, name, leaves),
            Kind::Flows(_, leaves) => unique_leaves(builder, name, leaves),
            Kind::Evidence(_, leaves) => unique_leaves(builder, name, leaves),
            Kind::Word(_) | Kind::Flag(_) | Kind::Number(_) | Kind::Words(_) | Kind::Numbers(_) => builder,
        };
    }
    Ok(builder.build())
}

/// How any shard is stored: row groups, beside what holds for anything.
pub(crate) fn shard_properties(zstd_level: i32) -> Result<WriterPropertiesBuilder, ParquetError> {
    let builder = plain_properties(zstd_level)?;
    Ok(builder.set_max_row_group_row_count(Some(ROW_GROUP_ROWS)).set_max_row_group_bytes(Some(ROW_GROUP_BYTES)))
}

/// How anything is stored: zstd, dictionaries, page index.
pub(crate) fn plain_properties(zstd_level: i32) -> Result<WriterPropertiesBuilder, ParquetError> {
    let compression = Compression::ZSTD(ZstdLevel::try_new(zstd_level)?);
    Ok(WriterProperties::builder()
        .set_compression(compression)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(false))
}

pub(crate) fn unique_leaves<T>(mut builder: WriterPropertiesBuilder, list: &str, leaves: Leaves<T>) -> WriterPropertiesBuilder {
    for (name, leaf) in leaves {
        if matches!(leaf, Leaf::Text(_)) {
            builder = unique(builder, [list, "list", "element", name].map(str::to_owned).to_vec());
        }
    }
    builder
}

/// No dictionary, and no smallest and largest text, which nobody asks for.
pub(crate) fn unique(builder: WriterPropertiesBuilder, path: Vec<String>) -> WriterPropertiesBuilder {
    let path = ColumnPath::new(path);
    builder.set_column_dictionary_enabled(path.clone(), false).set_column_statistics_enabled(path, EnabledStatistics::None)
}
