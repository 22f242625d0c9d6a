//! Servers that send without end.

use guardset_import::Limits;

use crate::ask::{Hostile, patient};

/// Most memory that this process ever had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[test]
fn a_gigabyte_is_stopped_at_the_limit_and_never_held() {
    let message = Hostile::new("flood").fault(&patient());
    assert!(message.contains("a message larger than the limit of 16777216 bytes"), "{message}");
    for mode in ["flood-of-lines", "flood-of-messages"] {
        let message = Hostile::new(mode).fault(&patient());
        assert!(message.contains("more than the limit of 67108864 bytes in all"), "{mode}: {message}");
    }
    assert!(peak() < 256 << 20, "{} bytes at the peak", peak());
}

#[test]
fn what_is_written_to_the_standard_error_stops_nobody() {
    let listing = Hostile::new("floods-errors").ask(&patient()).unwrap();
    assert_eq!(listing.tools.len(), 2);
    let message = Hostile::new("floods-errors").fault(&Limits { pages: 1, ..patient() });
    let (_, wrote) = message.split_once("it wrote: ").unwrap();
    assert!(wrote.len() < 5_000 && wrote.starts_with("eeee"), "{} characters", wrote.len());
}
