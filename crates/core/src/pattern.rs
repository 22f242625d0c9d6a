//! Attack patterns: what an adversary does, what follows from it, and the look-alike.

use crate::{Checkpoint, Corpus, Names, Slot, Template, Veil, Wording};

/// An attack, as data: edits to a benign trajectory, and a claim about what they amount to.
#[derive(Debug)]
pub struct Pattern {
    /// File stem, unique over the catalog.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Part of the files that it is of.
    pub corpus: Corpus,
    /// Class claimed; the audit must agree.
    pub class: String,
    /// Where the adversary gets in.
    pub vector: String,
    /// What it leads to.
    pub effect: String,
    /// What it is after, in a few words.
    pub goal: String,
    /// How bad.
    pub severity: String,
    /// What would have stopped it.
    pub controls: Vec<String>,
    /// Checkpoints at which the attack can be told from what is visible.
    pub checkpoints: Vec<Checkpoint>,
    /// Which scenarios it fits.
    pub fits: Fits,
    /// Slots of its own.
    pub slots: Vec<Slot>,
    /// Wordings of the adversary's text.
    pub payloads: Vec<Payload>,
    /// What the adversary does.
    pub expose: Vec<Edit>,
    /// What the assistant or client then does, if it follows.
    pub comply: Vec<Edit>,
    /// Closing words of an assistant that followed; empty means the scenario's own.
    pub follows: Vec<Wording>,
    /// Words of an assistant that noticed and goes on without it.
    pub refuses: Vec<Wording>,
    /// An assistant that refuses does not make the target call.
    pub stops: bool,
    /// Words of an assistant that stops to ask.
    pub asks: Vec<Wording>,
    /// The same surface, made legitimate.
    pub lookalike: Lookalike,
    /// Names that its templates use.
    pub names: Names,
}

/// Which planned calls a pattern can hook on.
#[derive(Debug, Clone, Default)]
pub struct Fits {
    /// The target has one of these effects; empty for any.
    pub effects: Vec<String>,
    /// The target has a bound parameter with one of these purposes; empty for any.
    pub parameters: Vec<String>,
    /// The target needs a role.
    pub role: bool,
    /// The target is once-only.
    pub once: bool,
    /// The target is the last call.
    pub last: bool,
    /// A call stands before the target that could be swapped with it.
    pub ordered: bool,
    /// A call outside the plan that the attack needs.
    pub rogue: Option<RogueNeed>,
}

/// What an unintended tool must be like.
#[derive(Debug, Clone, Default)]
pub struct RogueNeed {
    /// It has one of these effects; empty for any.
    pub effects: Vec<String>,
    /// It has a parameter with this purpose.
    pub parameter: Option<String>,
    /// It does the target's job with more power.
    pub broader: bool,
    /// It sits on the target's server.
    pub same_server: bool,
}

/// One wording of the adversary's text.
#[derive(Debug)]
pub struct Payload {
    /// How it asks.
    pub disguise: String,
    /// The text.
    pub text: Wording,
    /// What stands hidden at `hidden` in the text, and how.
    pub hidden: Option<(Veil, Template)>,
}

/// The benign partner of an attack.
#[derive(Debug)]
pub struct Lookalike {
    /// Wordings that stand where the payload would.
    pub payloads: Vec<Payload>,
    /// Edits to contract and steps.
    pub edits: Vec<Edit>,
    /// Closing words; empty means the scenario's own.
    pub replies: Vec<Wording>,
    /// Why it is fine, for the rationale.
    pub because: Vec<Template>,
}

/// Where an edit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Before anything is asked.
    Start,
    /// Before the target call.
    BeforeTarget,
    /// After the target call's result.
    AfterTarget,
    /// After the last planned call's result.
    AfterLast,
    /// Right after the listings, before the assistant does anything.
    AfterListing,
    /// After everything, the closing words included.
    End,
}

/// What a payload asks for, before it is tied to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandKind {
    /// Call the rogue tool before the target.
    CallBefore,
    /// Call the rogue tool after the target.
    CallAfter,
    /// Call the rogue tool instead of the target.
    CallInstead,
    /// Call the target on the added server.
    Route,
    /// Use the value of the `rewrite_argument` edit.
    Argument,
    /// Run the target again.
    Repeat,
    /// Run the target before the call it must follow.
    Reorder,
    /// Take the text for the target's return.
    Data,
    /// Treat the user as bearing the role.
    Role,
    /// Go on with a grant that has ended.
    Keep,
    /// Install from another source.
    Install,
    /// Change a setting.
    Configure,
    /// Stay on the version and skip its check.
    Stay,
    /// Put a model or adapter in place.
    Model,
}

/// One change to a benign trajectory. A closed list: the compiler points at every place when one is added.
#[derive(Debug)]
pub enum Edit {
    /// Adds the payload to the description of the target's tool.
    RewriteDescription {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds a property to the target's schema, described by the payload.
    RewriteSchema {
        /// Name of the property.
        property: String,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Puts the payload into the annotations of the target's tool, as its display title.
    RewriteAnnotations {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds the payload to the instructions of the target's server.
    RewriteInstructions {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds the payload to a result that the assistant reads before it acts.
    RewriteResult {
        /// The result of the call that ends at this anchor.
        at: Anchor,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Lets a first attempt at the target fail with the payload as error text.
    FailFirst {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds the payload to the user's request, as pasted content.
    RewriteRequest {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds words of the user's own to the request, before or after it.
    ExtendRequest {
        /// Wordings.
        text: Vec<Wording>,
        /// Put before the request instead of after it.
        before: bool,
    },
    /// Adds a resource, prompt template or log that the client reads.
    AddMaterial {
        /// Where.
        at: Anchor,
        /// One of [`crate::MATERIALS`].
        material: String,
        /// Its URI or name.
        name: Template,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Turns the user's verified role into a claim that nothing verifies.
    ClaimRole,
    /// Adds a call of the rogue tool.
    InsertCall {
        /// Where.
        at: Anchor,
        /// Argument values by purpose or name.
        arguments: Vec<(String, Template)>,
        /// The contract has it.
        planned: bool,
    },
    /// Puts the rogue tool in the target's place.
    ReplaceCall {
        /// Argument values by purpose or name.
        arguments: Vec<(String, Template)>,
        /// Its result is empty: the intended return is missing.
        empty: bool,
        /// The contract has it.
        planned: bool,
    },
    /// Swaps the target with the call that must come first.
    SwapCalls,
    /// Runs the target again.
    RepeatCall {
        /// The contract has it: the user asked.
        planned: bool,
        /// How often.
        times: usize,
    },
    /// Takes the target's call away and leaves a return that no call produced.
    DropCall,
    /// Changes a bound argument of the target.
    RewriteArgument {
        /// Purposes, the first that fits.
        purposes: Vec<String>,
        /// New value; drawn again from the same slot when there is none.
        value: Option<Template>,
        /// The contract has the new value.
        planned: bool,
    },
    /// Takes away every call after the target.
    Truncate,
    /// Connects a further server that copies the target's tool.
    AddServer {
        /// Its name; the target server's own where there is none.
        name: Option<Template>,
        /// Its publisher.
        publisher: Template,
        /// Name of the copied tool; the target's own where there is none.
        tool: Option<Template>,
        /// An administrator approved it.
        approved: bool,
        /// What the payload, put in the tool's description, asks for.
        demand: Option<DemandKind>,
    },
    /// Sends the target call to the added server.
    RedirectCall {
        /// Its result is empty: the intended return is missing.
        empty: bool,
        /// The contract has it: the user named that server.
        planned: bool,
    },
    /// Adds a lifecycle event.
    AddEvent {
        /// Where.
        at: Anchor,
        /// What happens.
        event: EventTemplate,
    },
    /// Lets the target's grant end before the target call.
    ExpireGrant {
        /// By a revocation event instead of a passed time.
        revoked: bool,
        /// A new grant follows before the call.
        renewed: bool,
    },
    /// The target's server announces a changed tool list, with the payload in the target's description.
    Relist {
        /// Where.
        at: Anchor,
        /// A change record approves the new list.
        recorded: bool,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
}

impl Edit {
    /// True for an edit that puts the payload of an attack into the session.
    pub fn shows_payload(&self) -> bool {
        match self {
            Self::RewriteDescription { .. }
            | Self::RewriteSchema { .. }
            | Self::RewriteAnnotations { .. }
            | Self::RewriteInstructions { .. }
            | Self::RewriteResult { .. }
            | Self::FailFirst { .. }
            | Self::RewriteRequest { .. }
            | Self::AddMaterial { .. }
            | Self::ClaimRole => true,
            Self::AddServer { demand, .. } | Self::Relist { demand, .. } => demand.is_some(),
            Self::ExtendRequest { .. }
            | Self::InsertCall { .. }
            | Self::ReplaceCall { .. }
            | Self::SwapCalls
            | Self::RepeatCall { .. }
            | Self::DropCall
            | Self::RewriteArgument { .. }
            | Self::Truncate
            | Self::RedirectCall { .. }
            | Self::AddEvent { .. }
            | Self::ExpireGrant { .. } => false,
        }
    }
}

/// A lifecycle event with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTemplate {
    /// The target's server is installed.
    Install {
        /// From its own package source, or from this one.
        source: Option<Template>,
        /// The digest is the approved one.
        digest_matches: bool,
        /// The user was shown the command and agreed.
        consent: bool,
    },
    /// The target's server is brought to its next release.
    Update {
        /// A change record exists.
        recorded: bool,
    },
    /// A setting of the target's server becomes its weaker value.
    Configure {
        /// A change record exists.
        recorded: bool,
        /// It is set back to the approved value instead.
        approved: bool,
    },
    /// A model or adapter is put in place.
    Model {
        /// Its name.
        adapter: Template,
        /// A change record approves it.
        recorded: bool,
    },
    /// The target's server announces that its version must be replaced and what check runs until then.
    Notice,
    /// The enforcement step of the next release runs.
    Check,
    /// The user's role is verified by a step-up.
    Verify,
}
