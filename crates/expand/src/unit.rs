//! Makes one session: a benign one, its attack, its look-alike, cut where a guard is asked.

use guardset_core::{Anchor, Catalog, Checkpoint, Edit, Field, Pattern, Reject, Stage, Step, StepKind, Trajectory, rng};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::behaviour::{misreport, resist};
use crate::diction::{Diction, Reworded};
use crate::draft::{CHANGE_RECORDS, Draft, Seed};
use crate::edit;
use crate::errand::{Errand, goes_with, is_errand};
use crate::fit::{Fit, fits};
use crate::json::quoted;
use crate::values::{self, Sources, pick};

/// What a session is to its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The attack, followed.
    Attack,
    /// The attack, refused or asked about.
    Resisted,
    /// The attack, cut before the violation.
    Prefix,
    /// The same session without the attack.
    Twin,
    /// The same surface, made legitimate.
    Lookalike,
    /// A benign session that belongs to no pattern.
    Plain,
}

impl Part {
    /// All of them, in canonical order.
    pub const ALL: [Self; 6] = [Self::Attack, Self::Resisted, Self::Prefix, Self::Twin, Self::Lookalike, Self::Plain];

    /// Name for manifests and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Resisted => "resisted",
            Self::Prefix => "prefix",
            Self::Twin => "twin",
            Self::Lookalike => "lookalike",
            Self::Plain => "plain",
        }
    }
}

/// One session to make.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Run seed.
    pub seed: u64,
    /// Index of the scenario.
    pub scenario: usize,
    /// Index of the pattern; `None` for [`Part::Plain`].
    pub pattern: Option<usize>,
    /// Number of the variant; another number, another session.
    pub variant: u64,
    /// What to make of it.
    pub part: Part,
    /// Where to cut it.
    pub checkpoint: Checkpoint,
    /// Servers that may be connected, by index.
    pub allowed: &'a [bool],
    /// Indices of [`Request::allowed`] that are true.
    pub bystanders: &'a [usize],
    /// Weight of each surface, by index.
    pub surfaces: &'a [f64],
    /// Patterns whose look-alikes may stand in the session as benign side business, by index, and how often one does.
    pub errands: (&'a [usize], f64),
}

/// A session, cut where the guard is asked.
#[derive(Debug, Clone)]
pub struct Made<'c> {
    /// What the guard can see.
    pub trajectory: Trajectory<'c>,
    /// Index of the surface.
    pub surface: usize,
    /// Id of the voice.
    pub voice: &'c str,
    /// Id of the assistant's manner.
    pub agent: &'c str,
    /// How the adversary's text asks.
    pub disguise: Option<&'c str>,
    /// Why a look-alike is fine.
    pub because: Option<String>,
    /// Language of the user, ISO 639-1.
    pub language: &'c str,
    /// What in it was reworded by a model: field and style, sorted, each once.
    pub reworded: Vec<(Field, &'c str)>,
    /// Words that name its random source.
    pub words: String,
}

/// A catalog made ready: which pattern fits which scenario, and where each template gets its values.
pub struct Expander<'c> {
    catalog: &'c Catalog,
    scenarios: Vec<Sources>,
    patterns: Vec<Sources>,
    examples: Vec<Sources>,
    fits: Vec<Vec<Vec<Fit>>>,
}

impl<'c> Expander<'c> {
    /// Prepares a catalog.
    pub fn new(catalog: &'c Catalog) -> Self {
        let fits_of = |pattern: &Pattern| catalog.scenarios.iter().map(|scenario| fits(catalog, pattern, scenario)).collect();
        Self {
            catalog,
            scenarios: catalog.scenarios.iter().map(|scenario| values::sources(&scenario.names, &scenario.slots)).collect(),
            patterns: catalog.patterns.iter().map(|pattern| values::sources(&pattern.names, &pattern.slots)).collect(),
            examples: catalog.tools.iter().map(|tool| values::sources(&tool.names, &tool.slots)).collect(),
            fits: catalog.patterns.iter().map(fits_of).collect(),
        }
    }

    /// True when the pattern fits the scenario with servers that may be connected.
    pub fn is_fit(&self, pattern: usize, scenario: usize, allowed: &[bool]) -> bool {
        self.fits[pattern][scenario].iter().any(|fit| self.is_allowed(*fit, allowed))
    }

    fn is_allowed(&self, fit: Fit, allowed: &[bool]) -> bool {
        fit.rogue.is_none_or(|rogue| allowed[self.catalog.tools[rogue].server])
    }

    /// Makes a session. The same request gives the same session, whatever else is made.
    ///
    /// # Errors
    /// A [`Reject`] when the pattern cannot be carried out here (no earlier result to hide in, no other value to
    /// put in), or when the session has no step at which this checkpoint could stand.
    pub fn make(&self, request: &Request<'_>) -> Result<Made<'c>, Reject> {
        let catalog = self.catalog;
        let scenario = &catalog.scenarios[request.scenario];
        let pattern = request.pattern.map(|index| &catalog.patterns[index]);
        let variant = request.variant.to_string();
        let words = [scenario.id.as_str(), pattern.map_or("", |p| p.id.as_str()), &variant];
        let reject = |reason: &'static str| Reject {
            stage: Stage::Expand,
            reason: reason.into(),
            detail: format!("{} at {}", request.part.as_str(), request.checkpoint),
            scenario: scenario.id.clone(),
            pattern: pattern.map(|p| p.id.clone()),
            seed: words.join("/"),
        };

        let mut source = rng(request.seed, &words);
        let fit = request.pattern.map(|pattern| {
            let fits: Vec<Fit> =
                self.fits[pattern][request.scenario].iter().copied().filter(|fit| self.is_allowed(*fit, request.allowed)).collect();
            if fits.is_empty() { Err(reject("no_fit")) } else { Ok(*pick(&mut source, &fits)) }
        });
        let fit = fit.transpose()?;
        let mut aside = rng(request.seed, &[words[0], words[1], words[2], "errand"]);
        let errand = self.errand(request, pattern.zip(fit), &mut aside);
        let seed = Seed {
            catalog,
            scenario,
            sources: &self.scenarios[request.scenario],
            fit,
            helper: errand.and_then(|errand| errand.fit.rogue),
            bystanders: request.bystanders,
            diction: Diction::new(catalog, request.seed, &words),
        };
        let unused = source.clone();
        let mut draft = Draft::new(&seed, &mut source);
        let surface = weighted(&mut source, request.surfaces);
        let stream = match request.part {
            Part::Attack | Part::Prefix => "attack",
            Part::Resisted => "resisted",
            Part::Twin | Part::Lookalike | Part::Plain => "benign",
        };
        let mut source = rng(request.seed, &[words[0], words[1], words[2], stream]);
        let (mut disguise, mut because) = (None, None);
        let changed = pattern.is_some_and(changes_values) || errand.is_some_and(|errand| changes_values(&catalog.patterns[errand.pattern]));
        if changed {
            let again = &mut rng(request.seed, &[words[0], words[1], words[2], "again"]);
            draft.others = values::draw(again, &catalog.banks, &draft.world, &scenario.slots, &self.scenarios[request.scenario]);
        }
        if let Some(errand) = errand
            && !self.run_errand(&mut draft, errand, &mut aside)
        {
            // Seldom, so the session is made anew rather than every one of them copied first.
            let others = std::mem::take(&mut draft.others);
            draft = Draft::new(&seed, &mut unused.clone());
            draft.others = others;
        }
        if let (Some(index), Some(pattern)) = (request.pattern, pattern) {
            let sources = &self.patterns[index];
            let edited = match request.part {
                Part::Attack | Part::Prefix => self.attack(&mut draft, pattern, sources, true, &mut source).map(|d| disguise = Some(d)),
                Part::Resisted => self.attack(&mut draft, pattern, sources, false, &mut source).map(|d| disguise = Some(d)),
                Part::Lookalike => self.lookalike(&mut draft, pattern, sources, &mut source).map(|b| because = Some(b)),
                Part::Twin | Part::Plain => Ok(()),
            };
            edited.map_err(reject)?;
        }
        let (target, early) = (draft.target, pattern.is_some_and(|p| reads_before_target(&p.expose)));
        let (voice, agent, language) = (&draft.voice.id, &draft.agent.id, draft.diction.language());
        let mut trajectory = draft.finish(&mut source);
        let cut = cut(&trajectory.steps, request.part, request.checkpoint, target, early).ok_or_else(|| reject("no_such_step"))?;
        trajectory.steps.truncate(cut);
        let visible = trajectory.reworded.iter().chain(trajectory.steps.iter().flat_map(|step| &step.reworded));
        let mut reworded: Vec<(Field, &str)> = visible.map(|(field, style)| (*field, catalog.styles[*style].id.as_str())).collect();
        reworded.sort_unstable();
        reworded.dedup();
        Ok(Made { trajectory, surface, voice, agent, disguise, because, language, reworded, words: words.join("/") })
    }

    /// The benign side business of a session, the same for an attack and its partners.
    fn errand(&self, request: &Request<'_>, main: Option<(&Pattern, Fit)>, source: &mut ChaCha8Rng) -> Option<Errand> {
        let (patterns, share) = request.errands;
        // A session that stands alone has no attack's length to share, and has one more often.
        let share = if request.part == Part::Plain { share.sqrt() } else { share };
        if patterns.is_empty() || !source.random_bool(share) {
            return None;
        }
        let first = source.random_range(0..patterns.len());
        let in_turn = patterns[first..].iter().chain(&patterns[..first]).copied();
        for pattern in in_turn.filter(|pattern| Some(*pattern) != request.pattern && is_errand(&self.catalog.patterns[*pattern])) {
            let fits = &self.fits[pattern][request.scenario];
            if fits.is_empty() {
                continue;
            }
            let first = source.random_range(0..fits.len());
            let mut in_turn = fits[first..].iter().chain(&fits[..first]).map(|fit| Errand { pattern, fit: *fit });
            let found = in_turn.find(|errand| self.is_allowed(errand.fit, request.allowed) && goes_with(self.catalog, *errand, main));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Carries out an errand. False when it cannot be carried out here; what the draft is then is of no use.
    fn run_errand(&self, draft: &mut Draft<'c>, errand: Errand, source: &mut ChaCha8Rng) -> bool {
        let pattern = &self.catalog.patterns[errand.pattern];
        let (target, rogue) = (draft.target, draft.rogue);
        (draft.target, draft.rogue) = (errand.fit.target, errand.fit.rogue);
        let done = self.lookalike(draft, pattern, &self.patterns[errand.pattern], source).is_ok();
        (draft.target, draft.rogue, draft.added) = (target, rogue, None);
        draft.trajectory.steps.iter_mut().for_each(|step| step.focus = false);
        done
    }

    fn attack(
        &self,
        draft: &mut Draft<'c>,
        pattern: &'c Pattern,
        sources: &Sources,
        follows: bool,
        source: &mut ChaCha8Rng,
    ) -> Result<&'c str, edit::Unfit> {
        let edits: Vec<&Edit> = pattern.expose.iter().chain(&pattern.comply).collect();
        let mut wording = self.wording(draft, pattern, &edits, sources, source);
        let payload = pick(source, &pattern.payloads);
        let rewrites = edits.iter().any(|edit| matches!(edit, Edit::RewriteArgument { .. }));
        if rewrites && wording.rewritten.is_none() {
            return Err("no_other_value");
        }
        let reworded = wording.take(payload, &mut draft.diction);
        for edit in &pattern.expose {
            edit::apply(draft, edit, &wording, source)?;
        }
        mark_payload(draft, &wording, reworded);
        if follows {
            for edit in &pattern.comply {
                edit::apply(draft, edit, &wording, source)?;
            }
            if !pattern.follows.is_empty() {
                set_reply(draft, pick(source, &pattern.follows), &wording.values);
            }
            misreport(draft, pattern, &wording.values, source);
        } else {
            resist(draft, pattern, &wording.values, source)?;
        }
        Ok(&payload.disguise)
    }

    fn lookalike(
        &self,
        draft: &mut Draft<'c>,
        pattern: &'c Pattern,
        sources: &Sources,
        source: &mut ChaCha8Rng,
    ) -> Result<String, edit::Unfit> {
        let edits: Vec<&Edit> = pattern.lookalike.edits.iter().collect();
        let mut wording = self.wording(draft, pattern, &edits, sources, source);
        let mut reworded = None;
        if !pattern.lookalike.payloads.is_empty() {
            reworded = wording.take(pick(source, &pattern.lookalike.payloads), &mut draft.diction);
        }
        for edit in &pattern.lookalike.edits {
            edit::apply(draft, edit, &wording, source)?;
        }
        mark_payload(draft, &wording, reworded);
        if !pattern.lookalike.replies.is_empty() {
            set_reply(draft, pick(source, &pattern.lookalike.replies), &wording.values);
        }
        Ok(pick(source, &pattern.lookalike.because).filled(&wording.values))
    }

    /// Fills the names of a pattern's texts from the session.
    fn wording<'p>(
        &'p self,
        draft: &Draft<'c>,
        pattern: &'p Pattern,
        edits: &[&Edit],
        sources: &Sources,
        source: &mut ChaCha8Rng,
    ) -> edit::Wording<'p> {
        let catalog = self.catalog;
        let mut values = values::draw(source, &catalog.banks, &draft.world, &pattern.slots, sources);
        let names = &pattern.names;
        let set = |name: &str, value: &str, values: &mut Vec<String>| {
            if let Some(at) = names.position(name) {
                value.clone_into(&mut values[at]);
            }
        };
        let planned = &draft.trajectory.contract.plan[draft.target];
        let tool = &catalog.tools[planned.facts];
        let server = &catalog.servers[tool.server];
        let setting = &server.settings[draft.setting % server.settings.len()];
        for (name, value) in [
            ("target.tool", tool.name.as_str()),
            ("target.server", &server.name),
            ("target.takes", &tool.takes),
            ("target.returns", &tool.returns),
            ("target.value", planned.bindings.first().map_or("", |binding| plain(&binding.value))),
            ("setting.name", &setting.name),
            ("setting.approved", &setting.approved),
            ("setting.weaker", &setting.weaker),
            ("release.version", &server.next_release.version),
            ("release.check", &server.next_release.check),
            ("release.reason", &server.next_release.reason),
            ("current.version", &server.version),
            ("role.name", tool.role.as_deref().unwrap_or(&draft.scenario.role)),
            ("grant.scope", &tool.scopes[0]),
        ] {
            set(name, value, &mut values);
        }
        let form = CHANGE_RECORDS[source.random_range(0..CHANGE_RECORDS.len())];
        let record = values::id(source, form);
        set("change.record", &record, &mut values);
        if let Some(first) = draft.scenario.calls().nth(draft.target).and_then(|call| call.swappable.first()) {
            let first = &catalog.tools[draft.trajectory.contract.plan[*first].facts];
            set("first.tool", &first.name, &mut values);
            set("first.returns", &first.returns, &mut values);
        }
        if let Some(rogue) = draft.rogue.map(|rogue| &catalog.tools[rogue]) {
            set("rogue.tool", &rogue.name, &mut values);
            set("rogue.server", &catalog.servers[rogue.server].name, &mut values);
            set("rogue.takes", &rogue.takes, &mut values);
            set("rogue.returns", &rogue.returns, &mut values);
        }
        for edit in edits {
            if let Edit::AddServer { name, tool: added, .. } = edit {
                let name = name.as_ref().map_or_else(|| server.name.clone(), |name| name.filled(&values));
                set("added.server", &name, &mut values);
                let added = added.as_ref().map_or_else(|| tool.name.clone(), |added| added.filled(&values));
                set("added.tool", &added, &mut values);
            }
        }
        let rewritten = edits.iter().find_map(|edit| match edit {
            Edit::RewriteArgument { purposes, value, .. } => rewritten(draft, purposes, value.as_ref().map(|v| v.filled(&values))),
            _ => None,
        });
        if let Some((parameter, value)) = &rewritten {
            let expected =
                planned.bindings.iter().find(|binding| binding.parameter == parameter).map_or("", |binding| plain(&binding.value));
            set("target.argument", parameter, &mut values);
            set("target.expected", expected, &mut values);
            set("target.actual", plain(value), &mut values);
        }
        let shown_elsewhere = edits.iter().any(|edit| edit.shows_payload() && !matches!(edit, Edit::ClaimRole));
        edit::Wording { names, values, payload: None, shown_elsewhere, rewritten, examples: &self.examples }
    }
}

/// True for a pattern that draws slots of the scenario a second time.
fn changes_values(pattern: &Pattern) -> bool {
    let edits = pattern.expose.iter().chain(&pattern.comply).chain(&pattern.lookalike.edits);
    edits.into_iter().any(|edit| matches!(edit, Edit::RewriteArgument { .. }))
}

/// A JSON value as people write it: strings without their quotes.
fn plain(json: &str) -> &str {
    json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(json)
}

/// The parameter to rewrite and its new value: the given text for text parameters, else the slot drawn again.
fn rewritten(draft: &Draft<'_>, purposes: &[String], value: Option<String>) -> Option<(String, String)> {
    let planned = &draft.trajectory.contract.plan[draft.target];
    let tool = &draft.catalog.tools[planned.facts];
    let template = &draft.scenario.calls().nth(draft.target)?.template;
    purposes.iter().find_map(|purpose| {
        let binding =
            planned.bindings.iter().find(|binding| tool.parameters.iter().any(|(name, p)| name == binding.parameter && p == purpose))?;
        let (_, argument) = template.arguments.iter().find(|(name, _)| name == binding.parameter)?;
        let new = match value.as_ref().filter(|_| binding.value.starts_with('"')) {
            // An address only goes where one stood.
            Some(text) if text.contains('@') != binding.value.contains('@') => return None,
            Some(text) => serde_json::Value::String(text.clone()).to_string(),
            None => argument.filled(&draft.others),
        };
        (new != binding.value).then(|| (binding.parameter.to_owned(), new))
    })
}

fn set_reply(draft: &mut Draft<'_>, wording: &guardset_core::Wording, values: &[String]) {
    let (text, reworded) = draft.diction.choose(Field::Assistant, wording);
    if let Some(step) = draft.trajectory.steps.last_mut()
        && let StepKind::Response { text: reply, .. } = &mut step.kind
    {
        *reply = text.filled(values);
        step.reworded = reworded.into_iter().collect();
    }
}

/// Notes where a reworded payload stands: at the steps that hold it, else in a definition.
fn mark_payload(draft: &mut Draft<'_>, wording: &edit::Wording<'_>, reworded: Reworded) {
    let (Some(reworded), Some(payload)) = (reworded, &wording.payload) else { return };
    let quoted = quoted(payload);
    let inside = &quoted[1..quoted.len() - 1];
    let mut found = false;
    for step in &mut draft.trajectory.steps {
        let holds = match &step.kind {
            StepKind::Query { text, .. } | StepKind::Return { text, .. } | StepKind::Material { text, .. } => {
                text.contains(payload.as_str()) || text.contains(inside)
            }
            StepKind::Listing { changed: Some((_, text, _)), .. } => text.contains(payload.as_str()),
            _ => false,
        };
        if holds {
            step.reworded.push(reworded);
            found = true;
        }
    }
    if !found {
        draft.trajectory.reworded.push(reworded);
    }
}

fn reads_before_target(expose: &[Edit]) -> bool {
    expose.iter().any(|edit| {
        matches!(
            edit,
            Edit::RewriteResult { at: Anchor::BeforeTarget, .. }
                | Edit::AddMaterial { at: Anchor::BeforeTarget, .. }
                | Edit::FailFirst { .. }
        )
    })
}

/// How many steps the guard sees. An edited session is cut at the step that an edit touched, its twin where that step would be.
fn cut(steps: &[Step<'_>], part: Part, checkpoint: Checkpoint, target: usize, early: bool) -> Option<usize> {
    let first = |wanted: &dyn Fn(&Step<'_>) -> bool| steps.iter().position(wanted);
    let last = |wanted: &dyn Fn(&Step<'_>) -> bool| steps.iter().rposition(wanted);
    let call = |step: &Step<'_>| matches!(step.kind, StepKind::Call { .. });
    let listing = |step: &Step<'_>| matches!(step.kind, StepKind::Listing { .. });
    let read = |step: &Step<'_>| matches!(step.kind, StepKind::Return { .. } | StepKind::Material { .. });
    let touched_call = first(&|step| step.focus && call(step));
    let at = match checkpoint {
        Checkpoint::Session => return Some(steps.len()),
        Checkpoint::ToolListing => last(&|step| step.focus && listing(step)).or_else(|| last(&|step| listing(step))),
        Checkpoint::ToolCall if part == Part::Prefix => {
            let before = touched_call.unwrap_or(steps.len());
            steps[..before].iter().rposition(|step| call(step) && step.origin.is_some())
        }
        Checkpoint::ToolCall => touched_call.or_else(|| first(&|step| step.origin == Some(target) && call(step))),
        Checkpoint::ToolResult => first(&|step| step.focus && read(step)).or_else(|| {
            let planned = first(&|step| step.origin == Some(target) && call(step));
            match planned.filter(|_| early) {
                Some(planned) => steps[..planned].iter().rposition(read),
                None => first(&|step| step.origin == Some(target) && read(step)),
            }
        }),
    };
    at.map(|at| at + 1)
}

/// An index drawn by weight.
fn weighted(source: &mut ChaCha8Rng, weights: &[f64]) -> usize {
    let mut point = source.random_range(0.0..weights.iter().sum::<f64>());
    for (index, weight) in weights.iter().enumerate() {
        if point < *weight {
            return index;
        }
        point -= weight;
    }
    weights.iter().rposition(|weight| *weight > 0.0).unwrap_or_default()
}
