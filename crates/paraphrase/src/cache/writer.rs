use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use redb::{Database, ReadableTable, Table};
use tokio::sync::{mpsc, oneshot};

use super::error::At;
use super::open::Open;
use super::record::Record;
use super::{CacheError, Place, REPLIES, TEXTS};
use crate::{Key, Reply};

/// Most replies that wait; whoever has one more waits too, so memory stays flat.
const WAITING: usize = 512;

/// A thread that writes all that waits in one transaction, so that a hundred replies cost one wait for the disk.
#[derive(Debug)]
pub(super) struct Writer {
    // Both are taken when the writer is dropped.
    queue: Option<mpsc::Sender<Put>>,
    thread: Option<JoinHandle<()>>,
}

type Outcome = Result<(), Arc<CacheError>>;

#[derive(Debug)]
struct Put {
    keys: Vec<Key>,
    reply: Reply,
    done: oneshot::Sender<Outcome>,
}

impl Writer {
    pub fn start(database: Arc<Open>, path: &Path) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(WAITING);
        let path = path.to_owned();
        let thread = thread::Builder::new().name("replies".into()).spawn(move || run(&database, path, waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Returns when the reply is on disk; nothing when the thread is gone.
    pub async fn put(&self, keys: Vec<Key>, reply: Reply) -> Option<Outcome> {
        let (done, outcome) = oneshot::channel();
        self.queue.as_ref()?.send(Put { keys, reply, done }).await.ok()?;
        outcome.await.ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there was told to all who waited.
            let _ = thread.join();
        }
    }
}

fn run(database: &Database, path: PathBuf, mut waiting: mpsc::Receiver<Put>) {
    let mut broken: Option<Arc<CacheError>> = None;
    while let Some(first) = waiting.blocking_recv() {
        let mut records = Vec::new();
        let mut told = Vec::new();
        let mut next = Some(first);
        while let Some(Put { keys, reply, done }) = next {
            records.push(Record { keys: keys.into_iter().map(Some).collect(), reply });
            told.push(done);
            next = if records.len() < WAITING { waiting.try_recv().ok() } else { None };
        }
        // After a failure of the disk redb refuses all writes, and the first reason is the one to tell.
        let outcome = match &broken {
            Some(error) => Err(Arc::clone(error)),
            None => write(database, &path, records).map_err(Arc::new),
        };
        broken = outcome.as_ref().err().cloned();
        for done in told {
            // Whoever does not listen any more has lost nothing: the reply is kept.
            let _ = done.send(outcome.clone());
        }
    }
}

/// One transaction; redb waits for the disk at its end.
fn write(database: &Database, path: &Path, records: Vec<Record>) -> Result<(), CacheError> {
    let transaction = database.begin_write().at(path)?;
    {
        let mut tables = Appending { texts: transaction.open_table(TEXTS).at(path)?, replies: transaction.open_table(REPLIES).at(path)? };
        for record in records {
            tables.add(record).at(path)?;
        }
    }
    transaction.commit().at(path)
}

/// Both tables of a transaction that writes.
pub(super) struct Appending<'txn> {
    pub texts: Table<'txn, [u8; 16], Place>,
    pub replies: Table<'txn, u64, &'static [u8]>,
}

impl Appending<'_> {
    /// Adds a record for those of its texts that have none, and says whether there were any.
    pub fn add(&mut self, mut record: Record) -> Result<bool, redb::Error> {
        let number = self.replies.last()?.map_or(0, |(number, _)| number.value() + 1);
        let mut leads = true;
        for (slot, position) in record.keys.iter_mut().zip(0..) {
            let Some(key) = *slot else { continue };
            if self.texts.get(key.0)?.is_some() {
                *slot = None;
            } else {
                self.texts.insert(key.0, (number, position, leads))?;
                leads = false;
            }
        }
        if leads {
            return Ok(false);
        }
        let value = record.encode().map_err(|error| redb::Error::Io(error.into()))?;
        self.replies.insert(number, value.as_slice())?;
        Ok(true)
    }
}
