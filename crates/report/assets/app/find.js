// Finding samples: search, filters, list, keys.

function startBrowser() {
  byId("browser").hidden = false;
  for (const facet of FACETS) byId("facet-grid").append(facetField(facet));
  byId("facets").open = matchMedia("(min-width: 60rem)").matches;
  readHash();
  if (!state.sample) state.sample = (found.find((sample) => sample.unsafe) || found[0] || samples[0]).id;
  find();
  show();

  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => {
    state.query = "";
    state.facets.clear();
    refine();
  });
  byId("facet-grid").addEventListener("change", (event) => {
    const { facet } = event.target.dataset;
    if (event.target.selectedIndex === 0) state.facets.delete(facet);
    else state.facets.set(facet, event.target.value);
    refine();
  });
  let waiting = 0;
  byId("query").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      state.query = byId("query").value;
      refine();
    }, 120);
  });
  byId("results").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.dataset.id);
    if (!matchMedia("(min-width: 60rem)").matches) byId("sample-title").focus();
  });
  byId("results").addEventListener("keydown", moveInList);
  document.addEventListener("keydown", shortcut);
  addEventListener("hashchange", () => {
    if (!readHash()) return;
    find();
    show();
  });
}

function facetField(facet) {
  const id = `facet-${facet}`;
  return el("div", { class: "facet" }, el("label", { for: id }, words(facet)), el("select", { id, "data-facet": facet }));
}

// After a change of the filters: the sample that is open stays, unless it is no longer among those found.
function refine() {
  find();
  const kept = found.some((sample) => sample.id === state.sample);
  if (!kept && found.length > 0) state.sample = found[0].id;
  writeHash(false);
  markCurrent();
  if (kept || found.length === 0) steps();
  else show();
}

function valueOf(sample, facet) {
  return String(sample[facet] ?? "none");
}

function haystack(sample) {
  let hay = haystacks.get(sample);
  if (hay === undefined) {
    const parts = [sample.id, sample.pair_id, sample.content_hash, sample.seed, sample.scenario, sample.pattern, sample.label, sample.goal, sample.rationale, sample.body];
    hay = parts.filter((part) => typeof part === "string").join("\n").toLowerCase();
    haystacks.set(sample, hay);
  }
  return hay;
}

function find() {
  const terms = state.query.toLowerCase().split(/\s+/u).filter(Boolean);
  const searched = terms.length === 0 ? samples : samples.filter((sample) => terms.every((term) => haystack(sample).includes(term)));
  const fits = (sample, except) => {
    for (const [facet, value] of state.facets) if (facet !== except && valueOf(sample, facet) !== value) return false;
    return true;
  };
  found = searched.filter((sample) => fits(sample, null));
  for (const facet of FACETS) fillFacet(facet, searched.filter((sample) => fits(sample, facet)));
  const active = state.facets.size;
  byId("facets-active").textContent = active === 0 ? "" : `(${active} set)`;
  byId("count").textContent = `${numbers.format(found.length)} of ${numbers.format(samples.length)} samples`;
  byId("reset").disabled = active === 0 && state.query === "";
  if (byId("query").value !== state.query) byId("query").value = state.query;
  byId("results").replaceChildren(...found.map(resultItem));
  byId("results").hidden = found.length === 0;
  markCurrent();
}

// One entry of the list is the open one, and one is the stop for the tabulator key.
function markCurrent() {
  const links = [...byId("results").querySelectorAll("a")];
  const current = links.find((link) => link.dataset.id === state.sample);
  for (const link of links) {
    link.tabIndex = link === (current || links[0]) ? 0 : -1;
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (current) {
    const box = byId("results");
    const top = current.parentElement.offsetTop;
    const bottom = top + current.parentElement.offsetHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  }
}

function fillFacet(facet, candidates) {
  const counts = new Map(list(data.facets?.[facet]).map((value) => [String(value), 0]));
  for (const sample of candidates) counts.set(valueOf(sample, facet), (counts.get(valueOf(sample, facet)) || 0) + 1);
  const chosen = state.facets.get(facet);
  if (chosen !== undefined && !counts.has(chosen)) counts.set(chosen, 0);
  const select = byId(`facet-${facet}`);
  const shown = [...counts].filter(([value, count]) => count > 0 || value === chosen);
  select.replaceChildren(
    el("option", { value: "" }, "any"),
    ...shown.map(([value, count]) => el("option", { value }, `${shorten(visible(words(value)), 60)} (${count})`)),
  );
  select.selectedIndex = chosen === undefined ? 0 : shown.findIndex(([value]) => value === chosen) + 1;
  select.classList.toggle("set", chosen !== undefined);
}

function resultItem(sample) {
  const where = [sample.pair_role && words(sample.pair_role), words(sample.checkpoint), sample.domain && words(sample.domain)];
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#${hashOf({ sample: sample.id })}`, "data-id": sample.id },
      el("span", { class: "result-line" }, verdict(sample), el("span", { class: "result-label" }, text(shorten(words(sample.label), 80)))),
      el("span", { class: "result-where" }, text(shorten(where.filter(Boolean).join(" · "), 120))),
      el("span", { class: "result-scenario" }, text(shorten(sample.scenario || sample.id, 80))),
    ),
  );
}

function verdict(sample) {
  return el("span", { class: `verdict ${sample.unsafe ? "unsafe" : "safe"}` }, sample.unsafe ? "Unsafe" : "Safe");
}

function moveInList(event) {
  const links = [...byId("results").querySelectorAll("a")];
  const at = links.indexOf(event.target.closest("a"));
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 };
  if (at < 0 || !(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const link = links[Math.max(0, Math.min(links.length - 1, moves[event.key]))];
  open(link.dataset.id);
  link.focus();
}

function shortcut(event) {
  if (!byId("shortcuts").checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("select, textarea, input:not([type=checkbox])")) return;
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "/") {
    event.preventDefault();
    byId("query").focus();
  }
}

function go(by) {
  const at = found.findIndex((sample) => sample.id === state.sample);
  const next = at < 0 ? found[0] : found[at + by];
  if (!next) return;
  const inList = byId("results").contains(document.activeElement);
  open(next.id);
  if (inList) byId("results").querySelector("[aria-current]")?.focus();
}

function open(id, view) {
  if (id === state.sample && (view || state.view) === state.view) return;
  state.sample = id;
  if (view) state.view = view;
  writeHash(true);
  markCurrent();
  show();
}
