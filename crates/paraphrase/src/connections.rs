use std::path::PathBuf;
use std::time::Duration;

use guardset_core::{Pace, Paraphrase};
use reqwest::{Certificate, Url};

use crate::ClientError;
use crate::address::is_loopback;

/// Connections that are kept and used again, and that never go where the recipe does not say.
pub(crate) fn connections(recipe: &Paraphrase, url: &Url) -> Result<reqwest::Client, ClientError> {
    let Pace { concurrency, connect_s, idle_s, whole_s, .. } = recipe.pace;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("guardset/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(concurrency);
    if let Some(time) = seconds(connect_s) {
        builder = builder.connect_timeout(time);
    }
    if let Some(time) = seconds(idle_s) {
        builder = builder.read_timeout(time);
    }
    if let Some(time) = seconds(whole_s) {
        builder = builder.timeout(time);
    }
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // Nothing to trust, so nothing to load; a machine without any certificates will do.
        builder = builder.tls_certs_only([]);
    } else if !recipe.ca_file.is_empty() {
        builder = builder.tls_certs_merge(certificates(&recipe.ca_file)?);
    }
    builder.build().map_err(|error| ClientError::Connections { why: error.without_url().to_string() })
}

fn certificates(file: &str) -> Result<Vec<Certificate>, ClientError> {
    let path = PathBuf::from(file);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(source) => return Err(ClientError::CaFile { path, source }),
    };
    match Certificate::from_pem_bundle(&text) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ClientError::Certificate { path }),
    }
}

/// A time out of a recipe, where 0 is for ever.
fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok().filter(|time| !time.is_zero())
}
