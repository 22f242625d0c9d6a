//! What comes out of a run is hostile by trade. Nothing of it is markup, wherever it stands.
#![allow(clippy::unwrap_used)]

mod run;

use guardset_core::Sample;
use run::{HOSTILE, Run, embedded, markup, short, some_rows};

/// Every field that takes text holds this one.
fn full(rows: Vec<Sample>, text: &str) -> Vec<Sample> {
    let json = serde_json::to_string(text).unwrap();
    rows.into_iter()
        .enumerate()
        .map(|(at, mut row)| {
            row.text.body = format!("{at} {text}");
            row.text.tools = format!(r#"[{{"name":{json},"description":{json},{json}:1}}]"#);
            row.text.session = format!(r#"{{"user":{{"name":{json}}}}}"#);
            row.text.steps = format!(r#"[{{"step":0,"kind":"query","text":{json}}}]"#);
            for text_of in [
                &mut row.lineage.domain,
                &mut row.lineage.scenario,
                &mut row.lineage.surface,
                &mut row.lineage.voice,
                &mut row.lineage.agent,
                &mut row.lineage.language,
                &mut row.lineage.protocol_version,
                &mut row.lineage.seed,
                &mut row.labels.rationale,
                &mut row.labels.severity,
                &mut row.family,
            ] {
                text_of.push_str(text);
            }
            for text_of in [
                &mut row.labels.vector,
                &mut row.labels.effect,
                &mut row.labels.disguise,
                &mut row.labels.goal,
                &mut row.lineage.pattern,
                &mut row.lineage.paraphrase_model,
            ] {
                *text_of = Some(text.to_owned());
            }
            if let Some(pair) = &mut row.pair_id {
                pair.push_str(text);
            }
            row
        })
        .collect()
}

fn a_run(text: &str) -> Run {
    let whole = text.to_owned();
    Run::named(&format!("run {}", text.replace(['/', '\u{0}'], "_")), full(some_rows(8), text), 1, move |manifest| {
        manifest.counts.rejected.entry(whole.clone()).or_default().insert(whole.clone(), 2);
        manifest.counts.splits.insert(whole.clone(), 1);
        manifest.shortfalls.push(short(&whole));
        manifest.generator_version.clone_from(&whole);
        manifest.recipe["dedup"] = serde_json::json!({"threshold": whole});
    })
    .probed(text)
}

#[test]
fn nothing_of_a_run_is_markup() {
    let plain = Run::named("run plain", full(some_rows(8), "plain"), 1, |_| {}).probed("plain").report(None);
    let tags = |html: &str| {
        markup(html).matches("<img").count() + markup(html).matches("onload=").count() + markup(html).matches("onerror=").count()
    };
    assert_eq!(tags(&plain.html), 0, "the page itself has neither");
    let scripts = plain.html.matches("<script").count();
    for text in HOSTILE {
        let run = a_run(text);
        let report = run.report_against(None, Some(&run.path));
        assert_eq!(report.html.matches("<script").count(), scripts, "{text:?} opens a script");
        assert_eq!(report.html.matches("</script").count(), scripts, "{text:?} closes one");
        let shown = markup(&report.html);
        for raw in ["<img src=x", "<svg/onload", "<!--<script", "alert(1)>"] {
            assert!(!shown.contains(raw), "{text:?} stands as {raw}");
        }
        for c in
            ['\u{202e}', '\u{2066}', '\u{2069}', '\u{200b}', '\u{feff}', '\u{e0041}', '\u{2060}', '\u{1b}', '\u{7}', '\u{0}', '\u{2028}']
        {
            assert!(!shown.contains(c), "{text:?} leaves {c:?} in the page");
            assert!(!report.markdown.contains(c), "{text:?} leaves {c:?} in the Markdown");
        }
        assert!(!report.markdown.contains("<img") && !report.markdown.contains("<script"), "{text:?}");
    }
}

#[test]
fn the_data_say_what_the_rows_say() {
    for text in HOSTILE {
        let report = a_run(text).report(None);
        let data = embedded(&report.html);
        let samples = data["samples"].as_array().unwrap();
        assert_eq!(samples.len(), some_rows(8).len(), "{text:?}");
        for sample in samples {
            assert!(sample["body"].as_str().unwrap().ends_with(text), "{text:?}");
            assert_eq!(sample["goal"], text);
        }
        assert_eq!(data["shared"]["tools"][0]["description"], text);
        assert_eq!(data["shared"]["tools"][0][text], 1);
        assert!(data["facets"]["vector"].as_array().unwrap().iter().any(|value| value == text));
    }
}

#[test]
fn places_of_the_page_are_not_filled_by_a_run() {
    let report = a_run("{{static}}{{script}}{{style}}{{title}}").report(None);
    let plain = a_run("plain").report(None);
    assert_eq!(report.html.matches("<style").count(), plain.html.matches("<style").count());
    assert_eq!(report.html.matches("id=\"glance\"").count(), plain.html.matches("id=\"glance\"").count());
    assert!(markup(&report.html).contains("{{static}}{{script}}"), "it stands there as text");
}

#[test]
fn the_page_asks_for_nothing() {
    let report = Run::of(some_rows(8), 1).probed("word").report(None);
    // An icon that is nothing keeps browsers from asking for one.
    let shown = markup(&report.html).replace("<link rel=\"icon\" href=\"data:,\">", "");
    for loaded in ["src=", "@import", "<link", "<iframe", "<object", "<embed", "<base", "url("] {
        let found = shown.match_indices(loaded).map(|(at, _)| &shown[at..(at + 60).min(shown.len())]).collect::<Vec<_>>();
        assert!(
            found.iter().all(|found| found.starts_with("url(data:") || found.starts_with("url(\"data:") || found.starts_with("url(#")),
            "{found:?}"
        );
    }
    let shown = shown.replace("http://www.w3.org/2000/svg", "");
    assert!(!shown.contains("http://") && !shown.contains("https://"), "an address in the page");
    assert!(report.html.contains("default-src 'none'"), "the policy forbids what is left");
}
