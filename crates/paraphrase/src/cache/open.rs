use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::Database;

use super::CacheError;

/// An open database that may be damaged.
///
/// Of a file that was closed in good order redb believes the pages, and may panic over one that has changed since: when it is
/// read, and when it is closed.
#[derive(Debug)]
pub(super) struct Open(Option<Database>);

impl Open {
    pub fn new(database: Database) -> Self {
        Self(Some(database))
    }
}

impl Deref for Open {
    type Target = Database;

    fn deref(&self) -> &Database {
        match &self.0 {
            Some(database) => database,
            None => unreachable!("it is taken out only when it is dropped"),
        }
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut Database {
        match &mut self.0 {
            Some(database) => database,
            None => unreachable!("it is taken out only when it is dropped"),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let database = self.0.take();
        // What is on disk is safe without a good close, and whoever reads on is told of the damage.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
    }
}

/// Makes a panic over damage an error.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, CacheError>) -> Result<T, CacheError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(CacheError::Damaged { path: path.to_owned(), what: "a page makes no sense".into() }))
}
