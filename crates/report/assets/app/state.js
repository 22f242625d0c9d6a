// What the page has read, and what is shown of it.

const FACETS = ["label", "vector", "effect", "checkpoint", "split", "domain", "pattern", "pair_role"];
const ROLES = ["attack", "twin", "lookalike"];
const VIEWS = { session: "Session", pair: "Pair", raw: "Raw text" };
// Longer texts are folded after this many UTF-16 units, and unfolded in portions that a browser lays out at once.
const FOLD = 4000;
const FOLD_SMALL = 600;
const PORTION = 100000;

const byId = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat("en");

const data = expand(parse(byId("guardset-data").textContent));
const samples = data.samples;
const haystacks = new Map();
const state = { sample: null, view: "session", query: "", facets: new Map() };
let found = samples;
