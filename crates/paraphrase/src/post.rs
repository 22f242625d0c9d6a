use std::error::Error;
use std::time::SystemTime;

use guardset_core::Paraphrase;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Request, Response, Url};

use crate::address::shown;
use crate::fault::{Fault, Kind};
use crate::retry_after::retry_after;
use crate::wire::{Complaint, Wire};
use crate::{Chat, Ending, Reply, Secret, Stop};

/// Sends one request once and reads what comes back. Nothing leaves it with the key in it.
pub(crate) struct Post {
    pub(crate) http: reqwest::Client,
    pub(crate) wire: Wire,
    pub(crate) secret: Option<Secret>,
    /// A request without its body.
    pub(crate) template: Request,
    pub(crate) key_variable: String,
}

/// Why a try brought no reply.
pub(crate) enum Trouble {
    /// It may be sent again.
    Again(Fault),
    /// The same server wants it elsewhere.
    Moved(Url),
    /// Nothing more may be sent.
    End(Stop),
}

/// Largest body of a reply, and most that is read of one that says what is wrong.
const REPLY: usize = 4 << 20;
const COMPLAINT: usize = 64 << 10;

impl Post {
    pub(crate) fn new(http: reqwest::Client, wire: Wire, secret: Option<Secret>, template: Request, recipe: &Paraphrase) -> Self {
        Self { http, wire, secret, template, key_variable: recipe.key_variable.clone() }
    }

    /// Writes the request down, once for all tries.
    pub(crate) fn request(&self, chat: &Chat) -> Request {
        let mut request = copy(&self.template);
        *request.body_mut() = Some(self.wire.body(chat).into());
        request
    }

    pub(crate) async fn send(&self, request: &Request, chat: &Chat) -> Result<Reply, Trouble> {
        let response = self.http.execute(copy(request)).await.map_err(|error| self.fault(error))?;
        match response.status().as_u16() {
            200..=299 => self.reply(response, chat).await,
            300..=399 => Err(self.moved(&response)),
            status => self.complaint(status, response).await,
        }
    }

    async fn reply(&self, mut response: Response, chat: &Chat) -> Result<Reply, Trouble> {
        if let Some(other) = not_json(response.headers()) {
            return Err(Trouble::Again(Fault::new(Kind::ContentType, self.scrub(&other))));
        }
        let mut body = Vec::with_capacity(response.content_length().unwrap_or(0).min(REPLY as u64) as usize);
        while let Some(chunk) = response.chunk().await.map_err(|error| self.fault(error))? {
            if body.len() + chunk.len() > REPLY {
                return Err(Trouble::Again(Fault::new(Kind::TooLarge, format!("more than {REPLY} bytes"))));
            }
            body.extend_from_slice(&chunk);
        }
        let mut reply = self.wire.read(chat, &body).map_err(Trouble::Again)?;
        reply.text = self.scrub(&reply.text);
        reply.model = self.scrub(&reply.model);
        Ok(reply)
    }

    /// Only the same server may be followed to another path, and only where it says to send the same again.
    fn moved(&self, response: &Response) -> Trouble {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(url) = location.and_then(|location| response.url().join(location).ok()) else {
            return Trouble::End(Stop::Redirected { to: "nowhere in particular".into() });
        };
        let same = url.origin() == response.url().origin();
        if same && matches!(response.status().as_u16(), 307 | 308) { Trouble::Moved(url) } else { Trouble::End(self.astray(&url)) }
    }

    /// The end of a chain of redirections that is not followed.
    pub(crate) fn astray(&self, url: &Url) -> Stop {
        Stop::Redirected { to: self.scrub(&shown(url)) }
    }

    async fn complaint(&self, status: u16, mut response: Response) -> Result<Reply, Trouble> {
        let after = retry_after(response.headers(), SystemTime::now());
        let mut body = Vec::new();
        // What breaks off half-way still says something.
        while let (true, Ok(Some(chunk))) = (body.len() < COMPLAINT, response.chunk().await) {
            body.extend_from_slice(&chunk);
        }
        let complaint = Complaint::read(&body);
        let message = self.scrub(&complaint.message);
        Err(match status {
            402 => Trouble::End(Stop::Quota { message }),
            400..=499 if complaint.is_about_money() => Trouble::End(Stop::Quota { message }),
            401 | 403 => Trouble::End(Stop::Unauthorized { status, message, advice: self.advice() }),
            404 => Trouble::End(self.not_found(&response, message)),
            400..=499 if complaint.is_about_the_model() => Trouble::End(self.not_found(&response, message)),
            408 | 409 | 425 | 429 | 500.. => {
                Trouble::Again(Fault { kind: Kind::Status(status), detail: format!("{status}: {message}"), after })
            }
            _ => {
                let ending = Ending::Declined(status);
                return Ok(Reply { ending, text: message, model: String::new(), input_tokens: 0, output_tokens: 0 });
            }
        })
    }

    fn not_found(&self, response: &Response, message: String) -> Stop {
        Stop::NotFound { model: self.wire.model().to_owned(), path: self.scrub(&shown(response.url())), message }
    }

    fn advice(&self) -> String {
        let variable = &self.key_variable;
        match self.secret {
            Some(_) => format!("see the key in ${variable}"),
            None => format!("set ${variable}, which `key_variable` of [paraphrase] names: no key was sent"),
        }
    }

    fn fault(&self, error: reqwest::Error) -> Trouble {
        let kind = match () {
            () if error.is_connect() => Kind::Connect,
            () if error.is_timeout() => Kind::Timeout,
            () => Kind::Cut,
        };
        // The causes alone: the error itself shows the address, with its query.
        let mut detail = String::new();
        let mut cause = error.source();
        while let Some(error) = cause {
            detail += if detail.is_empty() { "" } else { ": " };
            detail += &error.to_string();
            cause = error.source();
        }
        Trouble::Again(Fault::new(kind, self.scrub(&detail)))
    }

    fn scrub(&self, text: &str) -> String {
        self.secret.as_ref().map_or_else(|| text.to_owned(), |secret| secret.scrub(text))
    }
}

fn copy(request: &Request) -> Request {
    request.try_clone().expect("a body that is not a stream can be copied")
}

/// The content type where it is another than JSON. None at all is taken for JSON.
fn not_json(headers: &HeaderMap) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(CONTENT_TYPE)?.as_bytes()).into_owned();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (kind != "application/json" && !kind.ends_with("+json")).then_some(value)
}
