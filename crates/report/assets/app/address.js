// The address: what is open and filtered stands in the fragment.

function hashOf(change) {
  const whole = { sample: state.sample, view: state.view === "session" ? null : state.view, q: state.query || null, ...Object.fromEntries(state.facets), ...change };
  return new URLSearchParams(Object.entries(whole).filter(([, value]) => value !== null)).toString();
}

function writeHash(asStep) {
  const hash = `#${hashOf({})}`;
  if (location.hash === hash) return;
  history[asStep ? "pushState" : "replaceState"](null, "", hash);
}

// Returns false for an address of a section, which says nothing about samples.
function readHash() {
  const given = location.hash.slice(1);
  if (!given.includes("=")) return false;
  const params = new URLSearchParams(given);
  state.query = params.get("q") || "";
  state.facets.clear();
  for (const facet of FACETS) if (params.has(facet)) state.facets.set(facet, params.get(facet));
  state.view = Object.hasOwn(VIEWS, params.get("view") || "") ? params.get("view") : "session";
  const wanted = params.get("sample");
  if (wanted && samples.some((sample) => sample.id === wanted)) state.sample = wanted;
  return true;
}
