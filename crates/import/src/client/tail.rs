use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Most bytes that are kept: twice what is told, so that no value that is masked is cut in what is told.
const KEPT: usize = 8192;

/// Reads a stream to its end, so that who writes there never waits, and keeps the last 8 KiB.
pub(crate) struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Tail {
    pub(crate) fn of(mut stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&kept);
        let task = tokio::spawn(async move {
            let mut chunk = [0; KEPT];
            while let Ok(read @ 1..) = stream.read(&mut chunk).await {
                if let Ok(mut kept) = into.lock() {
                    kept.extend_from_slice(&chunk[..read]);
                    let over = kept.len().saturating_sub(KEPT);
                    kept.drain(..over);
                }
            }
        });
        Self { kept, task }
    }

    /// What was kept, once the stream has ended or after a moment.
    pub(crate) async fn text(mut self) -> String {
        let _ = timeout(Duration::from_millis(200), &mut self.task).await;
        self.kept.lock().map(|kept| String::from_utf8_lossy(&kept).into_owned()).unwrap_or_default()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.task.abort();
    }
}
