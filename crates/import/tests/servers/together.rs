//! Several servers at a time.

use std::time::Duration;

use guardset_import::{Limits, list_all};

use crate::ask::{Hostile, patient};

#[test]
fn one_server_that_fails_stops_no_other() {
    let modes = ["plain", "dies-at-once", "never-lists", "junk", "invalid", "plain"];
    let servers: Vec<_> = modes.iter().map(|mode| Hostile::new(mode)).collect();
    let named: Vec<_> = servers.iter().map(Hostile::named).collect();
    let mut listed: Vec<_> = modes.iter().map(|_| None).collect();
    let limits = Limits { request: Duration::from_secs(5), servers: 2, ..patient() };
    list_all(&named, &limits, &mut |place, result| assert!(listed[place].replace(result).is_none(), "told twice"));
    let sound: Vec<_> = listed.iter().map(|result| result.as_ref().unwrap().is_ok()).collect();
    assert_eq!(sound, [true, false, false, true, false, true]);
    servers.iter().for_each(Hostile::assert_gone);
}
