//! Keeps what language models answered, so that no reply is paid for twice and a run can be repeated without them.
//!
//! One file, by redb: a transaction is on disk whole or not at all, whenever the process is killed. Three tables:
//!
//! - `replies`: number to [`Record`]. Only appended to.
//! - `texts`: [`Key`] to the number of its reply, its position among the texts of the request, and whether it leads, i.e. is
//!   the first text of that reply.
//! - `meta`: the format's version.

mod error;
mod exchange;
mod key;
mod open;
mod overlay;
mod record;
mod stats;
mod verify;
mod writer;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Builder, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, TableDefinition, TableHandle};

use self::error::At;
use self::open::{Open, guarded};
use self::overlay::Overlay;
use self::record::Record;
use self::writer::Writer;
use crate::Reply;

pub use self::error::CacheError;
pub use self::exchange::{Export, Import};
pub use self::key::{Key, KeyError};
pub use self::stats::CacheStats;
pub use self::verify::VerifyReport;

/// Number of a reply, position in its request, whether the text leads.
type Place = (u64, u32, bool);

const REPLIES: TableDefinition<u64, &[u8]> = TableDefinition::new("replies");
const TEXTS: TableDefinition<[u8; 16], Place> = TableDefinition::new("texts");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

/// Entry of `meta`.
const FORMAT: &str = "format";
/// The version that this crate writes, and the newest that it reads.
const KNOWN: u64 = 1;
/// What redb may hold of the file; the system's own cache does the rest.
const PAGES: usize = 8 << 20;

/// Replies of language models, on disk.
///
/// ```
/// # use guardset_paraphrase::{Cache, CacheError, Ending, Key, Reply};
/// # fn main() -> Result<(), CacheError> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// let cache = Cache::open(&folder.path().join("replies.redb"))?;
/// let key = Key::of(&["openai", "a-model", "Pay the invoice."]);
/// let reply = Reply {
///     ending: Ending::Whole,
///     text: "Settle the invoice.".into(),
///     model: "a-model".into(),
///     input_tokens: 12,
///     output_tokens: 4,
/// };
/// # runtime.block_on(async {
/// cache.put(vec![key], reply.clone()).await?;
/// # Ok::<_, CacheError>(()) })?;
/// assert_eq!(cache.get(&key)?, Some((reply, 0)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Cache {
    database: Arc<Open>,
    /// None where it is only read. Waits, when dropped, until all is written.
    writer: Option<Writer>,
    path: PathBuf,
}

impl Cache {
    /// Opens a cache, and makes the file and its folders where there is none. One process at a time.
    ///
    /// Reads the whole file once, because nothing should be added to a damaged one.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| CacheError::io(path, source))?;
        }
        let mut builder = Builder::new();
        builder.set_cache_size(PAGES).set_check_integrity_on_open(true);
        let database = match builder.create(path) {
            Err(DatabaseError::Storage(redb::StorageError::Io(error)))
                if error.kind() == ErrorKind::InvalidData && clear_stillborn(path).map_err(|source| CacheError::io(path, source))? =>
            {
                builder.create(path)
            }
            opened => opened,
        };
        let database = Open::new(database.at(path)?);
        if !has_format(&database, path)? {
            make_tables(&database).at(path)?;
        }
        let database = Arc::new(database);
        let writer = Writer::start(Arc::clone(&database), path).map_err(|source| CacheError::io(path, source))?;
        Ok(Self { database, writer: Some(writer), path: path.to_owned() })
    }

    /// Opens a cache that is only read: it may lie on a read-only medium, and several processes may read it at once.
    ///
    /// What a killed run left is put in order in memory alone. Of a damaged file, what is intact can be read.
    pub fn open_read_only(path: &Path) -> Result<Self, CacheError> {
        let database = guarded(path, || open_overlaid(path))?;
        Ok(Self { database: Arc::new(database), writer: None, path: path.to_owned() })
    }

    /// The reply that says something about a text, and the text's position in the request.
    pub fn get(&self, key: &Key) -> Result<Option<(Reply, usize)>, CacheError> {
        guarded(&self.path, || self.find(key).at(&self.path))
    }

    fn find(&self, key: &Key) -> Result<Option<(Reply, usize)>, redb::Error> {
        let tables = Tables::read(&self.database)?;
        let Some((number, position, _)) = tables.texts.get(key.0)?.map(|place| place.value()) else {
            return Ok(None);
        };
        let missing = || redb::Error::Corrupted(format!("reply {number} is missing, and text {key} points to it"));
        let value = tables.replies.get(number)?.ok_or_else(missing)?;
        let record = Record::decode(value.value()).map_err(|what| redb::Error::Corrupted(format!("reply {number}: {what}")))?;
        let position = position as usize;
        if record.keys.get(position) != Some(&Some(*key)) {
            return Err(redb::Error::Corrupted(format!("text {key} points to reply {number}, which is about other texts")));
        }
        Ok(Some((record.reply, position)))
    }

    /// Keeps a reply under the texts that it was asked for, in their order. Returns when the reply is on disk.
    ///
    /// A text that has a reply keeps it, so that two runs see the same.
    pub async fn put(&self, keys: Vec<Key>, reply: Reply) -> Result<(), CacheError> {
        let Some(writer) = &self.writer else {
            return Err(CacheError::ReadOnly { path: self.path.clone() });
        };
        match writer.put(keys, reply).await {
            Some(Ok(())) => Ok(()),
            Some(Err(source)) => Err(CacheError::NotKept { path: self.path.clone(), source }),
            None => Err(CacheError::Stopped { path: self.path.clone() }),
        }
    }
}

/// Both tables as of one commit.
struct Tables {
    texts: ReadOnlyTable<[u8; 16], Place>,
    replies: ReadOnlyTable<u64, &'static [u8]>,
}

impl Tables {
    fn read(database: &Database) -> Result<Self, redb::Error> {
        let transaction = database.begin_read()?;
        Ok(Self { texts: transaction.open_table(TEXTS)?, replies: transaction.open_table(REPLIES)? })
    }
}

/// Opens a file so that whatever redb writes stays in memory.
fn open_overlaid(path: &Path) -> Result<Open, CacheError> {
    let opened = Overlay::open(path).and_then(|overlay| Builder::new().set_cache_size(PAGES).create_with_backend(overlay));
    let database = Open::new(opened.at(path)?);
    if has_format(&database, path)? { Ok(database) } else { Err(CacheError::NotACache { path: path.to_owned() }) }
}

/// Whether the tables stand; false for a database without any, as a run leaves it that is killed at once.
fn has_format(database: &Database, path: &Path) -> Result<bool, CacheError> {
    let transaction = database.begin_read().at(path)?;
    let names: Vec<_> = transaction.list_tables().at(path)?.map(|table| table.name().to_owned()).collect();
    if names.is_empty() {
        return Ok(false);
    }
    if ["meta", "replies", "texts"].iter().any(|name| !names.iter().any(|found| found == name)) {
        return Err(CacheError::NotACache { path: path.to_owned() });
    }
    let meta = transaction.open_table(META).at(path)?;
    match meta.get(FORMAT).at(path)?.map(|version| version.value()) {
        Some(KNOWN) => Ok(true),
        Some(found) => Err(CacheError::Format { path: path.to_owned(), found, known: KNOWN }),
        None => Err(CacheError::NotACache { path: path.to_owned() }),
    }
}

fn make_tables(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(REPLIES)?;
    transaction.open_table(TEXTS)?;
    transaction.open_table(META)?.insert(FORMAT, KNOWN)?;
    Ok(transaction.commit()?)
}

/// Empties a file that redb began and had not finished when it was killed, and says whether it did.
///
/// redb writes its mark into the first bytes only when the rest stands, and no reply before that: a file that is zero there has
/// nothing to lose. The lock keeps two processes from doing this to each other.
fn clear_stillborn(path: &Path) -> io::Result<bool> {
    const MARK: usize = 9;
    const LARGEST: u64 = 1 << 20;
    let mut file = File::options().read(true).write(true).open(path)?;
    if file.metadata()?.len() > LARGEST || file.try_lock().is_err() {
        return Ok(false);
    }
    let mut mark = [1; MARK];
    let stillborn = file.read_exact(&mut mark).is_ok() && mark == [0; MARK];
    if stillborn {
        file.set_len(0)?;
    }
    Ok(stillborn)
}
