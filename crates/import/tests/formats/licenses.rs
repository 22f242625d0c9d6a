use guardset_import::Licenses;

fn admitted(listed: &str, license: &str) -> bool {
    listed.parse::<Licenses>().expect("a list").admits(Some(license)).is_ok()
}

#[test]
fn no_filter_admits_everything() {
    assert!(Licenses::default().admits(None).is_ok() && Licenses::default().admits(Some("anything")).is_ok());
}

#[test]
fn spellings_of_a_licence_are_one() {
    for license in [
        "Apache-2.0",
        "apache-2.0",
        "apache 2.0",
        "Apache License 2.0",
        "Apache License, Version 2.0",
        "The Apache License v2.0",
        "apache2",
    ] {
        assert!(admitted("MIT, Apache-2.0", license), "{license}");
        assert!(Licenses::new([license], false).admits(Some("Apache-2.0")).is_ok(), "{license}");
        assert!(!admitted("MIT,Apache-1.1", license), "{license}");
    }
    for license in ["mit", "MIT License", "the mit license"] {
        assert!(admitted("MIT", license) && !admitted("MIT-0", license), "{license}");
    }
    assert!(admitted("CC-BY-4.0", "cc-by-4.0") && admitted("CC-BY-4.0", "CC BY 4.0") && !admitted("CC-BY-4.0", "cc-by-nc-4.0"));
    assert!(!admitted("CC-BY-4.0", "cc-by-sa-4.0") && !admitted("MIT", "MIT-0") && !admitted("MIT", "limited"));
}

#[test]
fn one_of_alternatives_is_enough_and_of_a_sum_all_are_needed() {
    for license in [
        "MIT OR Apache-2.0",
        "MIT / Apache-2.0",
        "MIT/Apache-2.0",
        "apache license 2.0 or mit license",
        "(MIT OR Apache-2.0)",
        "X OR (Y OR MIT)",
    ] {
        assert!(admitted("MIT", license) && !admitted("BSD-3-Clause", license), "{license}");
    }
    assert!(!admitted("MIT", "MIT AND Apache-2.0") && admitted("MIT,Apache-2.0", "MIT AND Apache-2.0"));
    assert!(admitted("MIT", "X AND Y OR MIT") && !admitted("MIT", "X AND (Y OR MIT)") && admitted("X,MIT", "X AND (Y OR MIT)"));
}

#[test]
fn brackets_behind_a_name_are_a_note() {
    assert!(admitted("Apache-2.0", "Apache-2.0 (api-bank/LICENSE)") && !admitted("MIT", "Apache-2.0 (MIT)"));
    assert!(admitted("MIT", "Apache-2.0 (a (b) c) / MIT"));
}

#[test]
fn anything_else_is_compared_as_it_is() {
    assert!(admitted("some terms of ours (2024", "Some terms of ours (2024") && admitted("a and", "a and"));
    assert!(admitted("GPL-2.0-only WITH Classpath-exception-2.0", "gpl-2.0-only with classpath-exception-2.0"));
    for license in ["some terms", "MIT AND", "OR", "(", ")", "MIT)", "(MIT", "MIT (", "()", "MIT WITH X"] {
        assert!(!admitted("MIT", license), "{license}");
    }
    assert!(!admitted("MIT", &"(".repeat(100_000)));
}

#[test]
fn refusals_have_their_reasons() {
    let filter = Licenses::new(["MIT", "Apache-2.0"], false);
    let missing = filter.admits(None).expect_err("a refusal");
    assert_eq!(missing.reason(), "license_missing");
    assert_eq!(filter.admits(Some("  ")), Err(missing));
    let other = filter.admits(Some("GPL-3.0")).expect_err("a refusal");
    assert_eq!(other.reason(), "license_not_listed");
    assert_eq!(other.to_string(), "license: is \"GPL-3.0\"; listed are MIT, Apache-2.0");
    assert!(Licenses::new(["MIT"], true).admits(None).is_ok() && Licenses::new(["MIT"], true).admits(Some("X")).is_err());
    assert!(Licenses::new([""; 0], true).admits(None).is_ok());
}
