use std::net::IpAddr;

use reqwest::Url;

use crate::ClientError;

/// Makes the address that requests go to out of `base_url` and the provider's path.
pub(crate) fn address(base: &str, path: &[&str]) -> Result<Url, ClientError> {
    let mut url = Url::parse(base.trim()).map_err(|error| ClientError::Url { why: error.to_string() })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ClientError::Credentials);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ClientError::Url { why: format!("scheme {:?} is neither http nor https", url.scheme()) });
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url.set_fragment(None);
    Ok(url)
}

/// What of an address may be shown: not its query, where some keep a key.
pub(crate) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Whether it is this machine, so that nothing sent there can be read on the way.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined() {
        let check = |base: &str, expected: &str| {
            let url = address(base, &["chat", "completions"]).unwrap();
            assert_eq!(url.as_str(), expected, "{base}");
        };
        check("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions");
        check("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1/chat/completions");
        check("https://h", "https://h/chat/completions");
        check(" https://h/x?api-version=1#top ", "https://h/x/chat/completions?api-version=1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let check = |base: &str, expected: &str| {
            let message = address(base, &[]).unwrap_err().to_string();
            assert!(message.contains(expected), "{base}: {message}");
            assert!(!message.contains("hunter2"), "{message}");
        };
        check("", "relative URL without a base");
        check("127.0.0.1:8000", "base_url");
        check("ftp://h/", "neither http nor https");
        check("https://me:hunter2@h/v1", "key_variable");
        check("https://hunter2@h/v1", "key_variable");
        check("//me:hunter2@h", "relative");
    }

    #[test]
    fn this_machine_is_known() {
        let check = |url: &str| is_loopback(&Url::parse(url).unwrap());
        assert!(["http://localhost", "http://127.0.0.1:1/", "http://127.9.9.9", "http://[::1]:8000"].into_iter().all(check));
        assert!(!["http://10.0.0.1", "http://localhost.example.org", "http://[2001:db8::1]"].into_iter().any(check));
    }
}
