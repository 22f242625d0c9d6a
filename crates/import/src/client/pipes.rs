use std::io;
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{AbortHandle, JoinHandle};

use super::error::Fault;
use super::inbox::Inbox;
use super::lines::Lines;

/// Messages over a program's standard input and output, one a line (MCP specification, stdio transport).
pub(crate) struct Pipes {
    input: Arc<Mutex<Option<ChildStdin>>>,
    incoming: mpsc::Receiver<ServerJsonRpcMessage>,
    reader: JoinHandle<()>,
}

impl Pipes {
    pub(crate) fn new(input: ChildStdin, output: ChildStdout, inbox: Arc<Inbox>) -> Self {
        let (sender, incoming) = mpsc::channel(4);
        let reader = tokio::spawn(async move {
            if let Err(fault) = read(output, &inbox, &sender).await {
                inbox.fail(fault);
            }
        });
        Self { input: Arc::new(Mutex::new(Some(input))), incoming, reader }
    }

    /// Ends the reading, where nothing but something left over holds the pipe open.
    pub(crate) fn reading(&self) -> AbortHandle {
        self.reader.abort_handle()
    }
}

async fn read(mut output: ChildStdout, inbox: &Inbox, sender: &mpsc::Sender<ServerJsonRpcMessage>) -> Result<(), Fault> {
    let mut lines = Lines::new(inbox.message_bytes());
    let mut chunk = vec![0; 64 << 10];
    while let Ok(read @ 1..) = output.read(&mut chunk).await {
        inbox.count(read)?;
        for line in lines.push(&chunk[..read])? {
            if let Some(message) = inbox.line(&line)?
                && sender.send(message).await.is_err()
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

impl Transport<RoleClient> for Pipes {
    type Error = io::Error;

    fn send(&mut self, item: ClientJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let input = Arc::clone(&self.input);
        async move {
            let mut line = serde_json::to_vec(&item)?;
            line.push(b'\n');
            let mut input = input.lock().await;
            let input = input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
            input.write_all(&line).await?;
            input.flush().await
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        self.incoming.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.reader.abort();
        Ok(())
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
