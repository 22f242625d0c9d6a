//! Reads `templates/attacks/<class>/*.toml`.

use std::collections::BTreeMap;

use guardset_core::{
    Anchor, Checkpoint, Corpus, DemandKind, Edit, EventTemplate, Fits, Lookalike, MATERIALS, Names, Pattern, Payload, Problems, RogueNeed,
    Taxonomy, Template, Veil, Wording,
};
use serde::Deserialize;
use toml::Table;

use super::text::Scope;
use super::{File, servers, slots};

/// Names that a pattern's texts may use and that are known only once it is tied to a scenario.
const SUPPLIED: [&str; 27] = [
    "hidden",
    "target.tool",
    "target.server",
    "target.takes",
    "target.returns",
    "target.value",
    "target.argument",
    "target.expected",
    "target.actual",
    "first.tool",
    "first.returns",
    "rogue.tool",
    "rogue.server",
    "rogue.takes",
    "rogue.returns",
    "added.server",
    "added.tool",
    "setting.name",
    "setting.approved",
    "setting.weaker",
    "release.version",
    "release.check",
    "release.reason",
    "current.version",
    "role.name",
    "grant.scope",
    "change.record",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPattern {
    title: String,
    /// For the benchmark alone.
    #[serde(default)]
    reserved: bool,
    class: String,
    vector: String,
    effect: String,
    goal: String,
    severity: Option<String>,
    controls: Vec<String>,
    checkpoints: Vec<Checkpoint>,
    #[serde(default)]
    fits: RawFits,
    #[serde(default)]
    slots: Table,
    #[serde(default)]
    payload: Vec<RawPayload>,
    #[serde(default)]
    expose: Vec<RawEdit>,
    #[serde(default)]
    comply: Vec<RawEdit>,
    behaviour: RawBehaviour,
    lookalike: RawLookalike,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawFits {
    effects: Vec<String>,
    parameters: Vec<String>,
    role: bool,
    once: bool,
    last: bool,
    ordered: bool,
    rogue: Option<RawRogue>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawRogue {
    effects: Vec<String>,
    parameter: Option<String>,
    broader: bool,
    same_server: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPayload {
    disguise: String,
    text: String,
    veil: Option<Veil>,
    hidden: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBehaviour {
    #[serde(default)]
    follows: Vec<String>,
    refuses: Vec<String>,
    asks: Vec<String>,
    #[serde(default)]
    stops: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLookalike {
    #[serde(default)]
    payloads: Vec<String>,
    /// Wordings of what stands hidden where a payload says `hidden`, and how it is hidden.
    #[serde(default)]
    hidden: Vec<String>,
    veil: Option<Veil>,
    #[serde(default)]
    edit: Vec<RawEdit>,
    #[serde(default)]
    replies: Vec<String>,
    because: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
enum RawEdit {
    RewriteDescription {
        demand: Option<DemandKind>,
    },
    RewriteSchema {
        property: String,
        demand: Option<DemandKind>,
    },
    RewriteAnnotations {
        demand: Option<DemandKind>,
    },
    RewriteInstructions {
        demand: Option<DemandKind>,
    },
    RewriteResult {
        at: Anchor,
        demand: Option<DemandKind>,
    },
    FailFirst {
        demand: Option<DemandKind>,
    },
    RewriteRequest {
        demand: Option<DemandKind>,
    },
    ExtendRequest {
        text: Vec<String>,
        #[serde(default)]
        before: bool,
    },
    AddMaterial {
        at: Anchor,
        material: String,
        name: String,
        demand: Option<DemandKind>,
    },
    ClaimRole,
    InsertCall {
        at: Anchor,
        #[serde(default)]
        arguments: BTreeMap<String, String>,
        #[serde(default)]
        planned: bool,
    },
    ReplaceCall {
        #[serde(default)]
        arguments: BTreeMap<String, String>,
        #[serde(default)]
        empty: bool,
        #[serde(default)]
        planned: bool,
    },
    SwapCalls,
    RepeatCall {
        #[serde(default)]
        planned: bool,
        #[serde(default = "once")]
        times: usize,
    },
    DropCall,
    RewriteArgument {
        purposes: Vec<String>,
        value: Option<String>,
        #[serde(default)]
        planned: bool,
    },
    Truncate,
    AddServer {
        name: Option<String>,
        publisher: String,
        tool: Option<String>,
        #[serde(default)]
        approved: bool,
        demand: Option<DemandKind>,
    },
    RedirectCall {
        #[serde(default)]
        empty: bool,
        #[serde(default)]
        planned: bool,
    },
    AddEvent {
        at: Anchor,
        event: RawEvent,
    },
    ExpireGrant {
        #[serde(default)]
        revoked: bool,
        #[serde(default)]
        renewed: bool,
    },
    Relist {
        at: Anchor,
        #[serde(default)]
        recorded: bool,
        demand: Option<DemandKind>,
    },
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum RawEvent {
    Install {
        source: Option<String>,
        digest_matches: bool,
        consent: bool,
    },
    Update {
        recorded: bool,
    },
    Configure {
        recorded: bool,
        #[serde(default)]
        approved: bool,
    },
    Model {
        adapter: String,
        recorded: bool,
    },
    Notice,
    Check,
    Verify,
}

/// Reads one pattern, or notes what is wrong.
pub(super) fn read(file: &File, id: &str, folder: &str, taxonomy: &Taxonomy, problems: &mut Problems) -> Option<Pattern> {
    let raw = file.parse::<RawPattern>(problems)?;
    let before = problems.0.len();
    let (slots, bad) = slots::read(&raw.slots, true);
    for (slot, message) in bad {
        file.wrong(format!("slots.{slot}"), message, problems);
    }
    if problems.0.len() > before {
        // Without its slots every text of the file would be told to be wrong.
        return None;
    }
    let mut reader = Reader { file, scope: Scope::new(&slots, &SUPPLIED), names: Names::default(), problems };

    if raw.class != folder {
        reader.wrong("class", format!("`{}` stands in folder `{folder}`; move the file or correct the class", raw.class));
    }
    let class = taxonomy.class(&raw.class);
    if class.is_none() || raw.class == "appropriate" {
        let known: Vec<&str> = taxonomy.classes.iter().map(|c| c.id.as_str()).filter(|id| *id != "appropriate").collect();
        reader.wrong("class", format!("`{}` is no deviation of taxonomy.toml; known are {}", raw.class, known.join(", ")));
    }
    let severity = raw.severity.clone().or_else(|| class.map(|c| c.severity.clone())).unwrap_or_default();
    if (class.is_some() || raw.severity.is_some()) && !["low", "medium", "high", "critical"].contains(&severity.as_str()) {
        reader.wrong("severity", format!("`{severity}` is unknown; give low, medium, high or critical"));
    }
    let ids = |axis: &[guardset_core::Axis]| axis.iter().map(|a| a.id.clone()).collect::<Vec<_>>();
    reader.known("vector", &raw.vector, &ids(&taxonomy.vectors));
    reader.known("effect", &raw.effect, &ids(&taxonomy.effects));
    let controls: Vec<String> = taxonomy.controls.iter().map(|control| control.id.clone()).collect();
    for control in &raw.controls {
        reader.known("controls", control, &controls);
    }
    for (field, list) in [("controls", raw.controls.len()), ("checkpoints", raw.checkpoints.len()), ("payload", raw.payload.len())] {
        if list == 0 {
            reader.wrong(field, "needs at least one".into());
        }
    }
    if raw.expose.is_empty() && raw.comply.is_empty() {
        reader.wrong("expose, comply", "an attack needs at least one edit".into());
    }
    if raw.lookalike.edit.is_empty() && raw.lookalike.payloads.is_empty() {
        reader.wrong("lookalike", "needs edits that make the same surface legitimate; without them it would be the twin".into());
    }
    for (field, texts) in [
        ("behaviour.refuses", &raw.behaviour.refuses),
        ("behaviour.asks", &raw.behaviour.asks),
        ("lookalike.because", &raw.lookalike.because),
    ] {
        if texts.is_empty() {
            reader.wrong(field, "needs at least one wording".into());
        }
    }
    if raw.goal.trim().is_empty() || raw.goal.ends_with('.') {
        reader.wrong("goal", "say in a few words what the attack is after, without a full stop".into());
    }
    for purpose in &raw.fits.parameters {
        reader.known("fits.parameters", purpose, &servers::PURPOSES.map(str::to_owned));
    }
    let payloads = raw
        .payload
        .iter()
        .enumerate()
        .map(|(i, payload)| {
            reader.known(&format!("payload {}, disguise", i + 1), &payload.disguise, &ids(&taxonomy.disguises));
            let place = format!("payload {}", i + 1);
            let text = reader.text(&format!("{place}, text"), &payload.text);
            let hidden = payload.hidden.as_deref().zip(payload.veil).map(|(hidden, veil)| (veil, reader.text(&place, hidden)));
            reader.veiled(&place, &[&payload.text], payload.hidden.is_some(), payload.veil.is_some());
            Payload { disguise: payload.disguise.clone(), text: text.into(), hidden }
        })
        .collect();
    let expose = reader.edits("expose", raw.expose);
    let comply = reader.edits("comply", raw.comply);
    let needs_payload = expose.iter().chain(&comply).any(Edit::shows_payload);
    let own: Vec<&str> = raw.lookalike.payloads.iter().map(String::as_str).collect();
    reader.veiled("lookalike", &own, !raw.lookalike.hidden.is_empty(), raw.lookalike.veil.is_some());
    let hidden = reader.templates("lookalike.hidden", &raw.lookalike.hidden);
    let benign_payload = |(i, text): (usize, Wording)| Payload {
        disguise: String::new(),
        hidden: raw.lookalike.veil.zip(hidden.get(i % hidden.len().max(1)).cloned()),
        text,
    };
    let lookalike = Lookalike {
        payloads: reader.texts("lookalike.payloads", &raw.lookalike.payloads).into_iter().enumerate().map(benign_payload).collect(),
        edits: reader.edits("lookalike", raw.lookalike.edit),
        replies: reader.texts("lookalike.replies", &raw.lookalike.replies),
        because: reader.templates("lookalike.because", &raw.lookalike.because),
    };
    if lookalike.edits.iter().any(Edit::shows_payload) && lookalike.payloads.is_empty() {
        reader.wrong("lookalike.payloads", "an edit of the look-alike puts a payload somewhere, so give it wordings".into());
    }
    if !needs_payload && raw.payload.len() > 1 {
        reader.wrong("payload", "no edit uses the payload; keep one, which then only states the disguise".into());
    }
    let follows = reader.texts("behaviour.follows", &raw.behaviour.follows);
    let refuses = reader.texts("behaviour.refuses", &raw.behaviour.refuses);
    let asks = reader.texts("behaviour.asks", &raw.behaviour.asks);
    let fits = Fits {
        effects: raw.fits.effects,
        parameters: raw.fits.parameters,
        role: raw.fits.role,
        once: raw.fits.once,
        last: raw.fits.last,
        ordered: raw.fits.ordered,
        rogue: raw.fits.rogue.map(|r| RogueNeed {
            effects: r.effects,
            parameter: r.parameter,
            broader: r.broader,
            same_server: r.same_server,
        }),
    };
    if fits.rogue.is_none() && reader.names.0.iter().any(|name| name.starts_with("rogue.")) {
        reader.wrong("fits.rogue", "a text names the rogue tool, so state what it must be like".into());
    }
    if !fits.ordered && reader.names.0.iter().any(|name| name.starts_with("first.")) {
        reader.wrong("fits.ordered", "a text names the call that comes first, so ask for an ordered pair".into());
    }
    // Events print a change record even where no text of the pattern does.
    reader.names.number("change.record");
    let names = reader.names;
    (problems.0.len() == before).then(|| Pattern {
        id: id.to_owned(),
        title: raw.title,
        corpus: Corpus::of(raw.reserved),
        class: raw.class,
        vector: raw.vector,
        effect: raw.effect,
        goal: raw.goal,
        severity,
        controls: raw.controls,
        checkpoints: raw.checkpoints,
        fits,
        slots,
        payloads,
        expose,
        comply,
        follows,
        refuses,
        stops: raw.behaviour.stops,
        asks,
        lookalike,
        names,
    })
}

fn once() -> usize {
    1
}

struct Reader<'a> {
    file: &'a File,
    scope: Scope,
    names: Names,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn wrong(&mut self, place: &str, message: String) {
        self.file.wrong(place, message, self.problems);
    }

    fn known(&mut self, place: &str, id: &str, known: &[String]) {
        if !known.iter().any(|k| k == id) {
            self.wrong(place, format!("`{id}` is unknown; known are {}", known.join(", ")));
        }
    }

    fn text(&mut self, place: &str, source: &str) -> Template {
        self.scope.compile(source.trim_end(), &mut self.names).unwrap_or_else(|message| {
            self.wrong(place, message);
            Template::default()
        })
    }

    fn texts(&mut self, place: &str, sources: &[String]) -> Vec<Wording> {
        self.templates(place, sources).into_iter().map(Wording::from).collect()
    }

    fn templates(&mut self, place: &str, sources: &[String]) -> Vec<Template> {
        sources.iter().enumerate().map(|(i, source)| self.text(&format!("{place}, wording {}", i + 1), source)).collect()
    }

    /// Notes a hidden text without a veil or a place, and the other way round.
    fn veiled(&mut self, place: &str, texts: &[&str], hidden: bool, veil: bool) {
        let shown = texts.iter().any(|text| text.contains("{{ hidden }}"));
        if [shown, hidden, veil].iter().any(|has| *has != shown) {
            self.wrong(place, "a hidden text needs all three: `hidden`, its `veil`, and `{{ hidden }}` where it stands".into());
        }
    }

    fn edits(&mut self, list: &str, raw: Vec<RawEdit>) -> Vec<Edit> {
        raw.into_iter().enumerate().map(|(i, edit)| self.edit(&format!("{list} {}", i + 1), edit)).collect()
    }

    fn arguments(&mut self, place: &str, raw: BTreeMap<String, String>) -> Vec<(String, Template)> {
        raw.into_iter()
            .map(|(key, value)| {
                let text = self.text(&format!("{place}, arguments.{key}"), &value);
                (key, text)
            })
            .collect()
    }

    fn optional(&mut self, place: String, text: Option<String>) -> Option<Template> {
        text.map(|text| self.text(&place, &text))
    }

    fn edit(&mut self, place: &str, raw: RawEdit) -> Edit {
        match raw {
            RawEdit::RewriteDescription { demand } => Edit::RewriteDescription { demand },
            RawEdit::RewriteSchema { property, demand } => Edit::RewriteSchema { property, demand },
            RawEdit::RewriteAnnotations { demand } => Edit::RewriteAnnotations { demand },
            RawEdit::RewriteInstructions { demand } => Edit::RewriteInstructions { demand },
            RawEdit::RewriteResult { at, demand } => Edit::RewriteResult { at, demand },
            RawEdit::FailFirst { demand } => Edit::FailFirst { demand },
            RawEdit::RewriteRequest { demand } => Edit::RewriteRequest { demand },
            RawEdit::ExtendRequest { text, before } => Edit::ExtendRequest { text: self.texts(&format!("{place}, text"), &text), before },
            RawEdit::AddMaterial { at, material, name, demand } => {
                self.known(&format!("{place}, material"), &material, &MATERIALS.map(|(kind, _)| kind.to_owned()));
                Edit::AddMaterial { at, material, name: self.text(&format!("{place}, name"), &name), demand }
            }
            RawEdit::ClaimRole => Edit::ClaimRole,
            RawEdit::InsertCall { at, arguments, planned } => Edit::InsertCall { at, arguments: self.arguments(place, arguments), planned },
            RawEdit::ReplaceCall { arguments, empty, planned } => {
                Edit::ReplaceCall { arguments: self.arguments(place, arguments), empty, planned }
            }
            RawEdit::SwapCalls => Edit::SwapCalls,
            RawEdit::RepeatCall { planned, times } => Edit::RepeatCall { planned, times: times.clamp(1, 8) },
            RawEdit::DropCall => Edit::DropCall,
            RawEdit::RewriteArgument { purposes, value, planned } => {
                for purpose in &purposes {
                    self.known(&format!("{place}, purposes"), purpose, &servers::PURPOSES.map(str::to_owned));
                }
                Edit::RewriteArgument { purposes, value: self.optional(format!("{place}, value"), value), planned }
            }
            RawEdit::Truncate => Edit::Truncate,
            RawEdit::AddServer { name, publisher, tool, approved, demand } => Edit::AddServer {
                name: self.optional(format!("{place}, name"), name),
                publisher: self.text(&format!("{place}, publisher"), &publisher),
                tool: self.optional(format!("{place}, tool"), tool),
                approved,
                demand,
            },
            RawEdit::RedirectCall { empty, planned } => Edit::RedirectCall { empty, planned },
            RawEdit::AddEvent { at, event } => Edit::AddEvent { at, event: self.event(place, event) },
            RawEdit::ExpireGrant { revoked, renewed } => Edit::ExpireGrant { revoked, renewed },
            RawEdit::Relist { at, recorded, demand } => Edit::Relist { at, recorded, demand },
        }
    }

    fn event(&mut self, place: &str, raw: RawEvent) -> EventTemplate {
        match raw {
            RawEvent::Install { source, digest_matches, consent } => {
                EventTemplate::Install { source: self.optional(format!("{place}, source"), source), digest_matches, consent }
            }
            RawEvent::Update { recorded } => EventTemplate::Update { recorded },
            RawEvent::Configure { recorded, approved } => EventTemplate::Configure { recorded, approved },
            RawEvent::Model { adapter, recorded } => {
                EventTemplate::Model { adapter: self.text(&format!("{place}, adapter"), &adapter), recorded }
            }
            RawEvent::Notice => EventTemplate::Notice,
            RawEvent::Check => EventTemplate::Check,
            RawEvent::Verify => EventTemplate::Verify,
        }
    }
}
