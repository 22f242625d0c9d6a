//! Nothing in seeds and templates may be reachable or look like a credential: reserved host names (RFC 2606),
//! documentation and private addresses (RFC 5737, RFC 1918), secrets that are marked as made up.

/// Endings of host names that nobody can own.
const RESERVED: [&str; 4] = ["example", "test", "invalid", "localhost"];
/// Endings by which a bare word is taken for a host name. Endings that file names have are left out.
const LIVE: [&str; 11] = ["com", "net", "org", "io", "dev", "gov", "edu", "info", "biz", "cloud", "app"];
/// Heads of credentials, and how many characters of a key follow at least.
const KEYS: [(&str, usize); 9] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("AIza", 30),
    ("sk-", 20),
];
/// Marks of a secret that is made up.
const MARKS: [&str; 4] = ["FAKE", "EXAMPLE", "DUMMY", "PLACEHOLDER"];

/// What is wrong with a line of ours, if anything: a host or address that could be reached, a secret that could be used.
pub fn wrong(line: &str) -> Option<String> {
    let line = &without_slots(line);
    live_host(line).or_else(|| public_address(line)).or_else(|| secret(line))
}

/// What is filled in later is left out; `{{` stays for where it was.
fn without_slots(line: &str) -> String {
    let mut parts = line.split("{{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("{{");
        out.push_str(part.split_once("}}").map_or(part, |(_, rest)| rest));
    }
    out
}

fn live_host(line: &str) -> Option<String> {
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let told = |host: &str| format!("`{host}` could be a live host; end it in .example, .test or .invalid");
    for (at, mark) in line.match_indices("://").chain(line.match_indices('@')) {
        // A path such as `scheme:///file.json` names no host; an `@` without a mailbox is a handle or a package.
        if mark == "@" && !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '}') {
            continue;
        }
        let rest = &line[at + mark.len()..];
        let host = rest[..rest.find(|c| !is_host(c)).unwrap_or(rest.len())].trim_matches(['.', '-']);
        let goes_on_in_slot = rest[host.len().min(rest.len())..].trim_start_matches(['.', '-']).starts_with("{{");
        let ending = host.rsplit('.').next().unwrap_or_default();
        let address = ending.bytes().all(|b| b.is_ascii_digit());
        if host.contains('.') && !goes_on_in_slot && !address && !RESERVED.contains(&ending) && !is_version(host) {
            return Some(told(host));
        }
    }
    let words = line.split(|c| !is_host(c)).map(|word| word.trim_matches(['.', '-']));
    let live = |word: &&str| word.rsplit_once('.').is_some_and(|(head, ending)| !head.is_empty() && LIVE.contains(&ending));
    words.into_iter().find(live).map(told)
}

/// Packages are written `name@1.2.3`.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) || text.starts_with('v')
}

fn public_address(line: &str) -> Option<String> {
    let words = line.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
    let public = |word: &&str| {
        let Ok(address) = word.parse::<std::net::Ipv4Addr>() else { return false };
        let inert = address.is_documentation() || address.is_private() || address.is_loopback() || address.is_link_local();
        !(inert || address.is_unspecified() || address.is_broadcast())
    };
    let found = words.into_iter().find(public)?;
    Some(format!("`{found}` is a public address; use the `ip` slot, or a documentation address such as 192.0.2.7"))
}

/// What looks like a real secret, if anything. Texts of others may name real hosts, which are theirs; a secret nobody should copy.
pub fn secret(line: &str) -> Option<String> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let marked = |text: &str| MARKS.iter().any(|mark| text.to_uppercase().contains(mark));
    if line.contains("PRIVATE KEY-----") && !marked(line) {
        return Some("holds what looks like a private key; mark it as made up (FAKE)".into());
    }
    KEYS.iter().find_map(|(head, length)| {
        line.match_indices(head).find_map(|(at, _)| {
            let starts_a_word = !line[..at].ends_with(is_key);
            let key = &line[at..at + line[at..].find(|c| !is_key(c)).unwrap_or(line.len() - at)];
            let shows = starts_a_word && key.len() >= head.len() + length && !marked(key);
            shows.then(|| format!("`{}...` looks like a real secret; mark it as made up (FAKE)", &key[..head.len() + 4]))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn what_could_be_reached_or_used_is_told() {
        for line in [
            "see https://files.halden.com/x",
            "mail a.b@post.halden.de",
            "bare halden-freight.io in a sentence",
            "ping 8.8.8.8 first",
            "key AKIAABCDEFGHIJKLMNOP",
            "token ghp_abcdefghijklmnopqrstuvwxyz0123",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert!(wrong(line).is_some(), "{line}");
        }
    }

    #[test]
    fn what_is_inert_passes() {
        for line in [
            "see https://files.halden.example/x and mcp.halden.test",
            "mail {{ user.email }} or ops@{{ org.domain }} or a@relay.invalid",
            "https://{{ box }}.{{ org.domain }}/in, https://static.{{ publisher }}/a.svg",
            "192.0.2.7, 198.51.100.3, 10.0.0.4, 127.0.0.1, version 2.14.3",
            "npm:@ledgerline/mcp-server@2.3.1, report.csv, main.rs, node.js",
            "key AKIAFAKEFAKEFAKEFAKE, sk-FAKE-abcdefghijklmnopqrst",
        ] {
            assert_eq!(wrong(line), None, "{line}");
        }
    }
}
