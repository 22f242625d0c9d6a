//! A web server that answers by script, one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::spawn;

use serde_json::Value;

/// A request that came in; the body is null where it was no JSON.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    pub body: Value,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The method of JSON-RPC.
    pub fn rpc(&self) -> String {
        self.body["method"].as_str().unwrap_or_default().to_owned()
    }

    /// The value of a header, empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find_map(|(known, value)| (known == name).then_some(value.as_str())).unwrap_or_default()
    }

    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut lines = (&mut reader).lines().map_while(Result::ok);
        let method = lines.next().unwrap_or_default().split(' ').next().unwrap_or_default().to_owned();
        let fields = lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())));
        let mut request = Self { method, headers: fields.collect(), body: Value::Null };
        let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
        if reader.read_exact(&mut body).is_ok() {
            request.body = serde_json::from_slice(&body).unwrap_or_default();
        }
        request
    }
}

/// What is answered.
pub struct Reply {
    pub status: u16,
    headers: String,
    body: String,
}

impl Reply {
    pub fn new(status: u16, kind: &str, body: &str) -> Self {
        Self { status, headers: format!("Content-Type: {kind}\r\n"), body: body.to_owned() }
    }

    pub fn json(body: &Value) -> Self {
        Self::new(200, "application/json", &body.to_string())
    }

    /// None: the connection stays open and silent.
    pub fn never() -> Self {
        Self::new(0, "", "")
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub fn text(&self) -> &str {
        &self.body
    }

    fn write(&self, mut stream: &TcpStream) {
        if self.status == 0 {
            // Until the other end closes.
            let _ = stream.read(&mut [0]);
            return;
        }
        let Self { status, headers, body } = self;
        let length = body.len();
        // Who has had enough closes early.
        let _ = write!(stream, "HTTP/1.1 {status} \r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    }
}

/// The server; it runs until the tests end.
pub struct Web {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Web {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let request = Request::read(&stream);
                seen.lock().unwrap().push(request.clone());
                let reply = answer(&request);
                spawn(move || reply.write(&stream));
            }
        });
        Self { url, requests }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What came in so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}
