use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::{Act, Request};

/// How much too late a timer may be.
const COARSENESS: Duration = Duration::from_millis(2);

/// A server on a thread of its own. Dropped, it is gone, and so is every connection to it.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    script: Box<dyn Fn(&Request) -> Act + Send + Sync>,
    seen: AtomicU64,
    /// What came in, where that is kept.
    kept: Option<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts on a port that is free. Keeps nothing of what comes in.
    ///
    /// # Panics
    ///
    /// Where there is no port to be had.
    pub fn start(script: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        Self::bind(0, false, script).expect("a free port")
    }

    /// Starts on a port that is free, and keeps every request for [`requests`](Self::requests).
    ///
    /// # Panics
    ///
    /// Where there is no port to be had.
    pub fn recording(script: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        Self::bind(0, true, script).expect("a free port")
    }

    /// Starts on this port of this machine, 0 for one that is free.
    ///
    /// # Errors
    ///
    /// Where the port cannot be had.
    pub fn bind(port: u16, keep: bool, script: impl Fn(&Request) -> Act + Send + Sync + 'static) -> io::Result<Self> {
        let kept = keep.then(Mutex::default);
        let shared = Arc::new(Shared { script: Box::new(script), seen: AtomicU64::new(0), kept });
        let (end, ended) = oneshot::channel();
        let (ready, bound) = mpsc::channel();
        let inside = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(listen(port, inside, ready, ended)),
                Err(error) => drop(ready.send(Err(error))),
            }
        });
        let address = bound.recv().map_err(io::Error::other)??;
        Ok(Self { address, shared, end: Some(end), thread: Some(thread) })
    }

    /// What to write for `base_url`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests came in whole.
    pub fn seen(&self) -> u64 {
        self.shared.seen.load(Ordering::SeqCst)
    }

    /// What came in, where it is kept.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.kept.as_ref().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // It panics only where the script does, and has said so by then.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(port: u16, shared: Arc<Shared>, ready: mpsc::Sender<io::Result<SocketAddr>>, ended: oneshot::Receiver<()>) {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = match bound.and_then(|listener| listener.local_addr().map(|address| (listener, address))) {
        Ok((listener, address)) => {
            let _ = ready.send(Ok(address));
            listener
        }
        Err(error) => return drop(ready.send(Err(error))),
    };
    let accept = async {
        while let Ok((stream, _)) = listener.accept().await {
            let shared = shared.clone();
            tokio::spawn(async move {
                // The client going away is the business of the client.
                let _ = serve(stream, &shared).await;
            });
        }
    };
    tokio::select! {
        _ = ended => {}
        () = accept => {}
    }
}

/// Serves one connection until either side has enough of it.
async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    while let Some(mut request) = receive(&mut stream, &mut buffer).await? {
        request.number = shared.seen.fetch_add(1, Ordering::SeqCst);
        if let Some(kept) = &shared.kept {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        }
        match delayed((shared.script)(&request)).await {
            Act::Respond(response) => stream.write_all(&response.bytes().0).await?,
            Act::Silence => return until_closed(stream).await,
            Act::StallAfter(bytes, response) => {
                let (whole, head) = response.bytes();
                stream.write_all(&whole[..whole.len().min(head + bytes)]).await?;
                return until_closed(stream).await;
            }
            Act::CutAfter(bytes, response) => {
                let (whole, head) = response.bytes();
                stream.write_all(&whole[..whole.len().min(head + bytes)]).await?;
                return stream.shutdown().await;
            }
            Act::Raw(bytes) => {
                stream.write_all(&bytes).await?;
                return stream.shutdown().await;
            }
            Act::Cut | Act::Delay(..) | Act::ExactDelay(..) => return Ok(()),
        }
    }
    Ok(())
}

/// Waits for as long as the act says, and returns what is to be done then.
async fn delayed(mut act: Act) -> Act {
    loop {
        act = match act {
            Act::Delay(delay, next) => {
                tokio::time::sleep(delay).await;
                *next
            }
            Act::ExactDelay(delay, next) => {
                let until = Instant::now() + delay;
                tokio::time::sleep(delay.saturating_sub(COARSENESS)).await;
                while Instant::now() < until {
                    tokio::task::yield_now().await;
                }
                *next
            }
            _ => return act,
        }
    }
}

/// The next request, with its body; `None` where the client is done, or does not speak HTTP.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let mut searched = 0;
    let head = loop {
        // The blank line may lie across what came before and what has come now.
        let from = searched.max(3) - 3;
        if let Some(at) = buffer[from.min(buffer.len())..].windows(4).position(|window| window == b"\r\n\r\n") {
            break from + at;
        }
        searched = buffer.len();
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let Some(mut request) = Request::parse(&buffer[..head]) else { return Ok(None) };
    let whole = head + 4 + request.length();
    while buffer.len() < whole {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    request.body = buffer[head + 4..whole].to_vec();
    buffer.drain(..whole);
    Ok(Some(request))
}

async fn until_closed(mut stream: TcpStream) -> io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
