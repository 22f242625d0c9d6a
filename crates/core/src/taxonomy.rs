use std::collections::BTreeMap;

/// The classes and axes of labels, as `taxonomy.toml` gives them.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    /// Version of the taxonomy, written into every row.
    pub version: String,
    /// `appropriate` and the deviations, in file order.
    pub classes: Vec<Class>,
    /// Where the adversary gets in.
    pub vectors: Vec<Axis>,
    /// What it leads to.
    pub effects: Vec<Axis>,
    /// How the text asks.
    pub disguises: Vec<Axis>,
    /// What would have stopped it.
    pub controls: Vec<Control>,
    /// Public catalogues whose ids the classes carry.
    pub catalogues: Vec<Catalogue>,
    /// Control groups of the enterprise framework (arXiv 2504.08623) and their titles.
    pub groups: BTreeMap<String, String>,
}

/// One class of deviation (MCIP, arXiv 2505.14590), or `appropriate`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Id used in labels and by the audit.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Lifecycle phase: `config`, `interaction`, `termination`, or `none`.
    pub phase: String,
    /// `client`, `server`, or `none`.
    pub source: String,
    /// `intra-flow`, `single-flow`, `inter-flow`, or `none`.
    pub scope: String,
    /// The element of the flow that is wrong, for intra-flow classes.
    pub element: Option<String>,
    /// Threat type of MCIP's figure.
    pub threat_type: String,
    /// MAESTRO layers, the naming scheme in front (`mcip:L4`).
    pub maestro: Vec<String>,
    /// Severity of a row where the pattern states no other.
    pub severity: String,
    /// When it holds, decidable from contract and steps.
    pub definition: String,
    /// How MCIP writes it in different places.
    #[serde(default)]
    pub spellings: Spellings,
    /// Letter in MCIP's 11-way prompt.
    pub choice: Option<String>,
    /// Ids in public catalogues, the catalogue in front (`owasp-mcp:MCP03`).
    #[serde(default)]
    pub catalogue_ids: Vec<String>,
}

/// The four spellings of a class in MCIP's prompt, data set, paper and figure.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spellings {
    /// In the evaluation prompt.
    pub prompt: Option<String>,
    /// In the published data set (typos kept).
    pub dataset: Option<String>,
    /// In the paper's tables.
    pub paper: Option<String>,
    /// In the taxonomy figure.
    pub figure: Option<String>,
}

/// One value of an axis.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Id used in labels.
    pub id: String,
    /// What it means.
    pub definition: String,
}

/// A control that would have stopped an attack.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Id used in labels.
    pub id: String,
    /// What it does.
    pub definition: String,
    /// Control groups of the enterprise framework that it stands for (`CSP-4`).
    pub groups: Vec<String>,
}

/// A public catalogue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Prefix of its ids.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Where and when it was published.
    pub source: String,
    /// Ids and their names.
    pub entries: BTreeMap<String, String>,
}

impl Taxonomy {
    /// The class with this id.
    pub fn class(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.id == id)
    }
}
