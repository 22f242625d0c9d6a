use std::collections::BTreeSet;
use std::path::Path;

use guardset_import::formats::{DialogueFormat, Reason};

#[test]
fn every_format_and_reason_is_documented_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import-dialogues.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let first_column = |heading: &str| -> BTreeSet<String> {
        let section = page.split_once(heading).expect("the section").1;
        let section = section.split("\n## ").next().unwrap_or_default();
        let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        cells.map(|(name, _)| name.to_owned()).collect()
    };
    let reasons =
        Reason::ALL.map(|reason| reason.code().to_owned()).into_iter().chain(["license_not_listed", "license_missing"].map(str::to_owned));
    assert_eq!(first_column("## Reasons of refusals"), reasons.collect());
    assert_eq!(first_column("## Formats"), DialogueFormat::ALL.map(|format| format.name().to_owned()).into_iter().collect());
    for format in DialogueFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert!(
        "sharegpt"
            .parse::<DialogueFormat>()
            .is_err_and(|error| DialogueFormat::ALL.iter().all(|format| error.to_string().contains(format.name())))
    );
}
