"use strict";
// Everything that comes from a run reaches the page as text nodes made here; no markup is ever parsed.
(() => {
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

  // --- the door: from embedded text to rows

  // A number that JavaScript would write differently: its source, so that offsets into compact JSON stay right.
  function Exact(source) {
    this.source = source;
  }

  function parse(text) {
    return JSON.parse(text, (_key, value, context) =>
      typeof value === "number" && context && context.source !== undefined && String(value) !== context.source
        ? new Exact(context.source)
        : value,
    );
  }

  function expand(page) {
    page.samples = list(page.samples);
    const shared = page.shared || {};
    for (const sample of page.samples) {
      for (const name of ["tools", "steps", "flows"]) {
        if (shared[name] && Array.isArray(sample[name])) sample[name] = sample[name].map((at) => (typeof at === "number" ? shared[name][at] : at));
      }
      if (shared.session && typeof sample.session === "number") sample.session = shared.session[sample.session];
    }
    return page;
  }

  function list(value) {
    return Array.isArray(value) ? value : [];
  }

  // --- frame

  function setThemes() {
    const box = byId("themes");
    const choose = (choice) => {
      if (choice === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = choice;
      for (const button of box.children) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    };
    let kept = null;
    try {
      kept = localStorage.getItem("guardset-theme");
    } catch {
      // A page from disk may have no storage; the choice then lasts as long as the page.
    }
    choose(kept === "light" || kept === "dark" ? kept : "auto");
    box.addEventListener("click", (event) => {
      const choice = event.target.dataset.themeChoice;
      if (!choice) return;
      choose(choice);
      try {
        localStorage.setItem("guardset-theme", choice);
      } catch {
        // As above.
      }
    });
    box.hidden = false;
  }

  function setHead() {
    byId("title").replaceChildren(text(data.title || "guardset report"));
    document.title = shorten(visible(data.title || "guardset report"), 120);
    const about = data.about || {};
    const facts = [];
    if (about.run) facts.push(`Run ${about.run}`);
    if (typeof about.rows === "number") facts.push(`${numbers.format(about.rows)} rows`);
    if (samples.length > 0) facts.push(`${numbers.format(samples.length)} of them to read below`);
    if (about.generator_version) facts.push(`guardset ${about.generator_version}`);
    if (about.taxonomy_version) facts.push(`taxonomy ${about.taxonomy_version}`);
    byId("about").replaceChildren(...facts.map((fact) => el("span", {}, text(fact))));
  }

  // What the static part holds is left alone.
  function buildMissing() {
    const section = byId("samples");
    if (!byId("glance") && list(data.glance).length > 0) byId("about").after(glanceView(data.glance));
    if (data.compare && !byId("compare")) section.after(compareView(data.compare));
    const nav = byId("sections");
    for (const link of nav.querySelectorAll("a")) if (!byId(link.hash.slice(1))) link.remove();
    if (byId("compare") && !nav.querySelector("[href='#compare']")) nav.append(el("a", { href: "#compare" }, "Comparison"));
  }

  function glanceView(cards) {
    const words = { green: "Good", amber: "Check", red: "Problem" };
    return el(
      "section",
      { id: "glance", "aria-labelledby": "glance-title" },
      el("h2", { id: "glance-title" }, "At a glance"),
      el(
        "ul",
        { class: "cards" },
        ...cards.map((card) => {
          const kind = words[card.state] ? card.state : "none";
          return el(
            "li",
            { class: `card state-${kind}` },
            el("h3", { class: "card-label" }, text(card.label)),
            el("p", { class: "card-value" }, text(card.value)),
            words[kind] && el("p", { class: "card-state" }, words[kind]),
            card.note && el("p", { class: "card-note" }, text(card.note)),
          );
        }),
      ),
    );
  }

  function compareView(compare) {
    const rows = (samples) => list(samples).map((row) => [row.id, row.label, row.split, row.checkpoint]);
    const head = ["Id", "Label", "Split", "Checkpoint"];
    const total = (count, listed) => `${numbers.format(count ?? listed.length)} in all, ${numbers.format(listed.length)} listed`;
    const tables = [...list(compare.tables)];
    if (compare.gained) tables.push({ title: "Samples gained", note: total(compare.gained_total, compare.gained), head, rows: rows(compare.gained) });
    if (compare.lost) tables.push({ title: "Samples lost", note: total(compare.lost_total, compare.lost), head, rows: rows(compare.lost) });
    return el(
      "section",
      { id: "compare", "aria-labelledby": "compare-title" },
      el("h2", { id: "compare-title" }, "Comparison", compare.against && el("span", {}, " with ", text(compare.against))),
      compare.note && el("p", { class: "note" }, text(compare.note)),
      el("div", { class: "charts" }, ...tables.map(tableView)),
    );
  }

  function tableView(table) {
    const rows = list(table.rows).map((row) => list(row));
    return el(
      "div",
      { class: "chart" },
      el("h3", {}, text(table.title)),
      table.note && el("p", { class: "note" }, text(table.note)),
      rows.length === 0
        ? el("p", { class: "note" }, "None.")
        : el(
            "div",
            { class: "scroll tall" },
            el(
              "table",
              {},
              el("caption", {}, text(table.title)),
              el("thead", {}, el("tr", {}, ...list(table.head).map((cell) => el("th", { scope: "col" }, text(cell))))),
              el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map(tableCell)))),
            ),
          ),
    );
  }

  function tableCell(cell, column) {
    const shown = cell === null ? "" : typeof cell === "number" ? numbers.format(cell) : cell;
    return el(column === 0 ? "th" : "td", { scope: column === 0 ? "row" : null, class: typeof cell === "number" ? "number" : null }, text(shown));
  }

  // What scrolls must be reachable by keyboard, and what does not scroll should be no stop on the way.
  function watchScrollers() {
    const check = (box) => {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls) {
        const title = box.closest("figure, .chart")?.querySelector("h3, caption")?.textContent;
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", `${title || "Table"}, scrolls`);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    };
    const observer = new ResizeObserver((entries) => entries.forEach((entry) => check(entry.target)));
    for (const box of document.querySelectorAll(".scroll")) observer.observe(box);
  }

  // --- finding samples

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

  // --- the address

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

  // --- the open sample

  function show() {
    const sample = samples.find((candidate) => candidate.id === state.sample);
    const context = { sample, marks: marksOf(sample) };
    const panel = el("div", { class: "view", id: "view", role: "tabpanel", "aria-labelledby": `tab-${state.view}` });
    byId("sample").replaceChildren(
      el(
        "header",
        { class: "sample-head" },
        el("div", { class: "steps", id: "steps" }),
        el("h3", { id: "sample-title", tabindex: "-1" }, verdict(sample), " ", text(words(sample.label))),
        tags([
          sample.pair_role && words(sample.pair_role),
          `asked at: ${words(sample.checkpoint)}`,
          `split: ${sample.split}`,
          sample.severity && sample.severity !== "none" && `severity: ${sample.severity}`,
          sample.attack_present ? (sample.attack_followed ? "attack followed" : "attack not followed") : "no attack visible",
        ]),
      ),
      findingView(context),
      tabs(panel),
      panel,
    );
    if (state.view === "pair") panel.append(pairView(sample));
    else if (state.view === "raw") panel.append(rawView(context));
    else panel.append(...sessionView(context));
    steps();
    const at = found.indexOf(sample);
    byId("announcer").textContent = visible(`${at < 0 ? "Sample" : `Sample ${at + 1} of ${found.length}`}: ${words(sample.label)}`);
    for (const box of byId("sample").querySelectorAll("details")) {
      if (box.querySelector(".evidence")) box.open = true;
    }
  }

  function steps() {
    const at = found.findIndex((sample) => sample.id === state.sample);
    const button = (label, by) => {
      const made = el("button", { type: "button" }, label);
      made.disabled = found.length === 0 || (at >= 0 && !found[at + by]);
      made.addEventListener("click", () => go(by));
      return made;
    };
    const hadFocus = [...byId("steps").children].indexOf(document.activeElement);
    byId("steps").replaceChildren(
      button("Previous", -1),
      el("span", { class: "place" }, at < 0 ? "not among those found" : `${numbers.format(at + 1)} of ${numbers.format(found.length)}`),
      button("Next", 1),
    );
    if (hadFocus >= 0) byId("steps").children[hadFocus].focus({ preventScroll: true });
  }

  function tabs(panel) {
    const strip = el("div", { class: "tabs", role: "tablist", "aria-label": "Views of the sample" });
    for (const [view, title] of Object.entries(VIEWS)) {
      const chosen = view === state.view;
      const tab = el("button", { type: "button", role: "tab", id: `tab-${view}`, "aria-selected": String(chosen), "aria-controls": panel.id, tabindex: chosen ? "0" : "-1" }, title);
      tab.addEventListener("click", () => openView(view));
      strip.append(tab);
    }
    strip.addEventListener("keydown", (event) => {
      const views = Object.keys(VIEWS);
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      openView(views[(views.indexOf(state.view) + by + views.length) % views.length]);
    });
    return strip;
  }

  function openView(view) {
    open(state.sample, view);
    byId(`tab-${view}`).focus({ preventScroll: true });
  }

  function tags(values) {
    return el("ul", { class: "tags" }, ...values.filter(Boolean).map((value) => el("li", {}, text(value))));
  }

  function findingView(context) {
    const { sample } = context;
    const evidence = list(sample.evidence);
    return el(
      "section",
      { class: "finding", "aria-label": "Finding" },
      sample.rationale && el("p", { class: "rationale" }, text(sample.rationale, [], FOLD)),
      evidence.length > 0 && el("h4", {}, "Evidence"),
      evidence.length > 0 &&
        el(
          "ol",
          { class: "evidence-list" },
          ...evidence.map((piece, index) => {
            const jump = el("button", { type: "button", class: "jump" }, `E${index + 1}`);
            jump.setAttribute("aria-label", `Go to evidence ${index + 1}`);
            jump.addEventListener("click", () => jumpTo(index));
            const place = [words(piece.surface), piece.step === null || piece.step === undefined ? null : `step ${piece.step}`].filter(Boolean).join(", ");
            return el(
              "li",
              {},
              jump,
              el(
                "div",
                {},
                el("p", { class: "evidence-place" }, text(place), " ", el("code", {}, text(`${piece.pointer} [${piece.start}..${piece.end}]`))),
                el("p", { class: "evidence-text" }, text(piece.text, [], 400)),
                context.marks.broken.has(index) &&
                  el("p", { class: "problem" }, sample.cut ? "Not in the part of the text that this report holds." : "The text at this place is not this one."),
              ),
            );
          }),
        ),
    );
  }

  function jumpTo(index) {
    if (state.view !== "session" && !document.querySelector(`[data-evidence~="${index}"]`)) open(state.sample, "session");
    const mark = document.querySelector(`[data-evidence~="${index}"]`);
    if (!mark) return;
    for (let box = mark.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    mark.tabIndex = -1;
    mark.focus({ preventScroll: true });
    mark.scrollIntoView({ block: "center" });
  }

  // --- the session as a conversation

  function sessionView(context) {
    const { sample } = context;
    const violating = new Set(list(sample.violating_steps));
    return [
      sample.cut && el("p", { class: "note" }, "Some long texts of this sample are cut in this report; the data set holds them whole."),
      panelOf("Session header", headerSummary(sample.session), valueView(context, sample.session, "/session")),
      panelOf("Tools", `${list(sample.tools).length}`, toolsView(context)),
      el("h4", { class: "unseen" }, "Conversation"),
      Array.isArray(sample.steps) || valueView(context, sample.steps, "/steps"),
      el("ol", { class: "conversation" }, ...list(sample.steps).map((_step, index) => stepView(context, index, violating.has(index)))),
      labelsView(context),
      lineageView(sample),
    ].filter((part) => part instanceof Node);
  }

  function panelOf(title, note, content) {
    return el("details", { class: "panel" }, el("summary", {}, el("span", { class: "panel-title" }, title), note && el("span", { class: "panel-note" }, text(note))), content);
  }

  function headerSummary(session) {
    const user = session?.user;
    return shorten([user?.name, user?.role, `${list(session?.servers).length} servers`, `${list(session?.grants).length} grants`].filter((part) => typeof part === "string").join(" · "), 160);
  }

  function toolsView(context) {
    const tools = context.sample.tools;
    if (!Array.isArray(tools)) return valueView(context, tools, "/tools");
    return el("div", { class: "tools" }, ...tools.map((tool, index) => toolView(context, tool, `/tools/${index}`)));
  }

  function toolView(context, tool, pointer) {
    if (!isContainer(tool)) return valueView(context, tool, pointer);
    const rest = Object.entries(tool).filter(([key]) => key !== "name" && key !== "description");
    const server = tool._meta?.server;
    return el(
      "section",
      { class: "tool" },
      el("h5", {}, el("code", {}, leaf(context, tool.name ?? "", `${pointer}/name`)), typeof server === "string" && el("span", { class: "tool-server" }, text(server))),
      tool.description !== undefined && el("p", { class: "prose" }, leaf(context, tool.description, `${pointer}/description`)),
      rest.length > 0 && el("details", { class: "more" }, el("summary", {}, "Schema and annotations"), entriesView(context, rest, pointer)),
    );
  }

  const SPEAKERS = { query: "User", response: "Assistant", call: "Call", return: "Result", listing: "Tool listing", material: "Material", event: "Event" };

  function speakerOf(step) {
    const base = SPEAKERS[step.kind] || words(step.kind ?? "step");
    const detail = step.material || step.event;
    if (step.kind === "return" && step.error) return "Error result";
    if (step.kind === "listing" && step.changed) return "Changed tool";
    return typeof detail === "string" ? `${base}: ${words(detail).toLowerCase()}` : base;
  }

  function stepView(context, index, violating) {
    const step = context.sample.steps[index];
    const pointer = `/steps/${index}`;
    if (!isContainer(step)) return el("li", { class: "step" }, valueView(context, step, pointer));
    const apart = ["step", "at", "kind", "material", "event", "server", "tool", "call", "error", "text", "arguments", "tools", "changed"];
    const rest = Object.entries(step).filter(([key, value]) => !apart.includes(key) && (value !== null || context.marks.has(`${pointer}/${key}`)));
    const part = (key) => step[key] !== undefined && step[key] !== null && leaf(context, step[key], `${pointer}/${key}`);
    const names = [part("server"), part("tool")].filter(Boolean);
    const flows = list(context.sample.flows).filter((flow) => flow && flow.step === index);
    return el(
      "li",
      { class: `step kind-${Object.hasOwn(SPEAKERS, step.kind) ? step.kind : "other"}${violating ? " violating" : ""}`, id: `step-${index}` },
      el(
        "div",
        { class: "step-main" },
        el(
          "div",
          { class: "step-head" },
          el("span", { class: "step-number" }, `${index}`),
          el("span", { class: "speaker" }, text(speakerOf(step))),
          names.length > 0 && el("code", { class: "step-name" }, ...(names.length === 2 ? [names[0], ".", names[1]] : names)),
          typeof step.call === "number" && el("span", { class: "step-call" }, `#${step.call}`),
          violating && el("strong", { class: "violation" }, "Violating step"),
          step.at !== undefined && el("time", { class: "step-time" }, text(step.at)),
        ),
        step.text !== undefined && step.text !== null && el("div", { class: "prose" }, leaf(context, step.text, `${pointer}/text`)),
        step.arguments !== undefined && el("div", { class: "arguments" }, valueView(context, step.arguments, `${pointer}/arguments`)),
        step.tools !== undefined && toolNames(context, step.tools, `${pointer}/tools`),
        step.changed !== undefined && step.changed !== null && toolView(context, step.changed, `${pointer}/changed`),
        rest.length > 0 && el("div", { class: "particulars" }, entriesView(context, rest, pointer)),
      ),
      flows.length > 0 && el("div", { class: "flows" }, ...flows.map(flowView)),
    );
  }

  function toolNames(context, names, pointer) {
    if (!Array.isArray(names) || context.marks.has(pointer)) return valueView(context, names, pointer);
    return el("ul", { class: "names" }, ...names.map((name, index) => el("li", {}, el("code", {}, leaf(context, name, `${pointer}/${index}`)))));
  }

  function flowView(flow) {
    const row = (name, value) => [el("dt", {}, name), el("dd", {}, text(value ?? ""))];
    return el(
      "dl",
      { class: "flow" },
      el("dt", { class: "unseen" }, "Flow"),
      el("dd", { class: "flow-way" }, text(flow.sender ?? ""), " → ", text(flow.recipient ?? "")),
      ...row("subject", flow.subject),
      ...row("type", flow.information),
      ...row("principle", flow.principle),
    );
  }

  function labelsView({ sample }) {
    const yes = (value) => (value === null || value === undefined ? null : value ? "yes" : "no");
    return el(
      "section",
      { class: "facts", "aria-labelledby": "labels-title" },
      el("h4", { id: "labels-title" }, "Label and controls"),
      factsView({
        label: sample.label,
        "all labels": sample.labels,
        unsafe: yes(sample.unsafe),
        "attack present": yes(sample.attack_present),
        "attack followed": yes(sample.attack_followed),
        vector: sample.vector,
        effect: sample.effect,
        disguise: sample.disguise,
        goal: sample.goal,
        severity: sample.severity,
        phase: sample.phase,
        source: sample.source,
        scope: sample.scope,
        "threat type": sample.threat_type,
        maestro: sample.maestro,
        controls: sample.controls,
        catalogues: sample.catalogue_ids,
        "violating steps": list(sample.violating_steps).map(String),
      }),
    );
  }

  function lineageView(sample) {
    const link = el("a", { href: `#${new URLSearchParams({ sample: sample.id })}` }, text(sample.id));
    return el(
      "section",
      { class: "facts", "aria-labelledby": "lineage-title" },
      el("h4", { id: "lineage-title" }, "Lineage"),
      factsView({
        id: link,
        pair: sample.pair_id,
        family: sample.family,
        split: sample.split,
        domain: sample.domain,
        scenario: sample.scenario,
        pattern: sample.pattern,
        servers: sample.servers,
        surface: sample.surface,
        voice: sample.voice,
        agent: sample.agent,
        language: sample.language,
        protocol: sample.protocol_version,
        seed: sample.seed,
        "reworded by": sample.paraphrase_model,
        reworded: sample.reworded,
        "content hash": sample.content_hash,
      }),
    );
  }

  function factsView(facts) {
    const rows = [];
    for (const [name, value] of Object.entries(facts)) {
      if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) continue;
      const shown = value instanceof Node ? value : Array.isArray(value) ? tags(value) : text(value);
      rows.push(el("div", {}, el("dt", {}, name), el("dd", {}, shown)));
    }
    return el("dl", { class: "fact-grid" }, ...rows);
  }

  function rawView(context) {
    return el("div", { class: "raw" }, leaf(context, context.sample.body ?? "", "/body"));
  }

  // --- values and where they stand

  // Any JSON value as a list of names and texts. Evidence may point at any of it.
  function valueView(context, value, pointer, depth = 0) {
    if (!isContainer(value) || context.marks.has(pointer) || depth > 12) return leaf(context, value, pointer);
    const entries = Array.isArray(value) ? value.map((item, index) => [String(index), item]) : Object.entries(value);
    if (entries.length === 0 || entries.length > 400) return leaf(context, value, pointer);
    return entriesView(context, entries, pointer, depth);
  }

  function entriesView(context, entries, pointer, depth = 0) {
    return el(
      "dl",
      { class: "entries" },
      ...entries.map(([key, value]) =>
        el(
          "div",
          { class: isContainer(value) && Object.keys(value).length > 0 ? "deep" : null },
          el("dt", {}, text(key)),
          el("dd", {}, valueView(context, value, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1)),
        ),
      ),
    );
  }

  function leaf(context, value, pointer) {
    const marks = context.marks.get(pointer);
    return text(typeof value === "string" ? value : compact(value), marks, FOLD);
  }

  function isContainer(value) {
    return typeof value === "object" && value !== null && !(value instanceof Exact);
  }

  // As the pipeline writes it: no spaces, keys in their order, numbers as they stood.
  function compact(value) {
    if (value instanceof Exact) return value.source;
    if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
    if (isContainer(value)) return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${compact(item)}`).join(",")}}`;
    return value === undefined ? "" : JSON.stringify(value);
  }

  // Marks by pointer, in UTF-16 units; evidence whose place holds another text is told apart.
  function marksOf(sample) {
    const marks = new Map();
    const broken = new Set();
    list(sample.evidence).forEach((piece, index) => {
      const whole = resolve(sample, piece.pointer);
      if (whole === null) return broken.add(index);
      const start = unitsOf(whole, 0, 0, piece.start);
      const end = unitsOf(whole, start, piece.start, piece.end);
      if (start === null || end === null || whole.slice(start, end) !== piece.text) return broken.add(index);
      if (!marks.has(piece.pointer)) marks.set(piece.pointer, []);
      marks.get(piece.pointer).push({ start, end, index });
    });
    return { get: (pointer) => marks.get(pointer) || [], has: (pointer) => marks.has(pointer), broken };
  }

  function resolve(sample, pointer) {
    if (typeof pointer !== "string" || !pointer.startsWith("/")) return null;
    let value = sample;
    for (const token of pointer.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))) {
      if (!isContainer(value) || !Object.hasOwn(value, token)) return null;
      value = value[token];
    }
    return typeof value === "string" ? value : compact(value);
  }

  // Goes from code points to UTF-16 units, onward from a place where both are known.
  function unitsOf(whole, unit, point, wanted) {
    if (unit === null) return null;
    while (point < wanted) {
      if (unit >= whole.length) return null;
      unit += whole.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    return unit;
  }

  // --- texts

  const OTHER_ALPHABET = "[\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Armenian}]";
  // What must not pass as nothing, or as something else.
  const UNSEEN = new RegExp(
    [
      "(?:(?![\\t\\n ])[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Z}\\p{Default_Ignorable_Code_Point}\\u2800])+",
      // Padding that pushes what follows out of sight.
      " {60,}",
      "\\n{8,}",
      // Marks piled on one letter.
      "(?<=\\p{M}{4})\\p{M}+",
      // Letters with Latin doubles, beside Latin ones.
      `(?<=\\p{Script=Latin})${OTHER_ALPHABET}`,
      `${OTHER_ALPHABET}(?=\\p{Script=Latin})`,
    ].join("|"),
    "gu",
  );
  const DOUBLE = new RegExp(`^${OTHER_ALPHABET}$`, "u");
  const PADDING = /^(?: {60,}|\n{8,})$/u;
  const EMOJI_GLUE = /^[\u200d\ufe0f]{1,2}$/u;
  const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier})$/u;
  const POINT_NAMES = new Map(
    Object.entries({
      0x00: "null", 0x07: "bell", 0x08: "backspace", 0x0d: "carriage return", 0x1b: "escape", 0x7f: "delete", 0x9b: "control sequence introducer",
      0xa0: "no-break space", 0xad: "soft hyphen", 0x61c: "Arabic letter mark", 0x115f: "Hangul filler", 0x3164: "Hangul filler",
      0x200b: "zero width space", 0x200c: "zero width non-joiner", 0x200d: "zero width joiner", 0x200e: "left-to-right mark",
      0x200f: "right-to-left mark", 0x2028: "line separator", 0x2029: "paragraph separator", 0x202a: "left-to-right embedding",
      0x202b: "right-to-left embedding", 0x202c: "pop directional formatting", 0x202d: "left-to-right override",
      0x202e: "right-to-left override", 0x202f: "narrow no-break space", 0x2060: "word joiner", 0x2066: "left-to-right isolate",
      0x2067: "right-to-left isolate", 0x2068: "first strong isolate", 0x2069: "pop directional isolate", 0xfeff: "zero width no-break space",
    }).map(([point, name]) => [Number(point), name]),
  );

  // A text of the run: isolated in direction, what is invisible made visible, evidence marked, folded when long.
  function text(value, marks = [], fold = FOLD_SMALL) {
    const whole = String(value);
    const box = el("bdi", { class: "text" });
    let at = 0;
    for (const [from, to] of visibleRanges(whole, marks, fold)) {
      if (from > at) box.append(foldOf(whole, marks, at, from));
      box.append(piecesOf(whole, marks, from, to));
      at = to;
    }
    if (at < whole.length) box.append(foldOf(whole, marks, at, whole.length));
    return box;
  }

  function visibleRanges(whole, marks, fold) {
    if (whole.length <= fold * 1.25) return [[0, whole.length]];
    const around = marks.map(({ start, end }) => [Math.max(0, start - 200), Math.min(whole.length, Math.min(end, start + 1000) + 200)]);
    const ranges = [];
    for (const [from, to] of [[0, fold], ...around].sort((a, b) => a[0] - b[0])) {
      const last = ranges.at(-1);
      if (last && from <= last[1] + 80) last[1] = Math.max(last[1], to);
      else ranges.push([from, to]);
    }
    return ranges.map(([from, to]) => [wholePoint(whole, from), wholePoint(whole, to)]);
  }

  // Never cuts a code point in two.
  function wholePoint(whole, unit) {
    const code = whole.charCodeAt(unit);
    return code >= 0xdc00 && code <= 0xdfff && unit > 0 ? unit - 1 : unit;
  }

  function foldOf(whole, marks, from, to) {
    const box = el("span", { class: "fold" });
    const all = to - from <= PORTION;
    const button = el("button", { type: "button" }, all ? `Show all ${numbers.format(to - from)} characters` : `Show ${numbers.format(PORTION)} more of ${numbers.format(to - from)} characters`);
    button.addEventListener("click", () => {
      const end = all ? to : wholePoint(whole, from + PORTION);
      const pieces = [piecesOf(whole, marks, from, end)];
      if (end < to) pieces.push(foldOf(whole, marks, end, to));
      const home = box.closest("[tabindex], li, section, article");
      box.replaceWith(...pieces);
      home?.querySelector(".fold button")?.focus({ preventScroll: true });
    });
    box.append("… ", button, " …");
    return box;
  }

  function piecesOf(whole, marks, from, to) {
    const pieces = document.createDocumentFragment();
    const cuts = new Set([from, to]);
    for (const { start, end } of marks) for (const cut of [start, end]) if (cut > from && cut < to) cuts.add(cut);
    const places = [...cuts].sort((a, b) => a - b);
    for (let n = 0; n + 1 < places.length; n += 1) {
      const here = marks.filter(({ start, end }) => start <= places[n] && end >= places[n + 1] && start < end);
      const piece = whole.slice(places[n], places[n + 1]);
      if (here.length === 0) {
        appendVisible(pieces, piece);
        continue;
      }
      const mark = el("mark", { class: "evidence", "data-evidence": here.map(({ index }) => index).join(" ") });
      for (const { index } of here.filter(({ start }) => start === places[n])) mark.append(el("span", { class: "evidence-tag" }, `E${index + 1}`));
      appendVisible(mark, piece);
      pieces.append(mark);
    }
    return pieces;
  }

  function appendVisible(parent, piece) {
    let at = 0;
    for (const match of piece.matchAll(UNSEEN)) {
      if (EMOJI_GLUE.test(match[0]) && EMOJI.test(Array.from(piece.slice(Math.max(0, match.index - 2), match.index)).at(-1) ?? "")) continue;
      if (match.index > at) parent.append(piece.slice(at, match.index));
      parent.append(chipOf(match[0]));
      at = match.index + match[0].length;
    }
    if (at < piece.length) parent.append(piece.slice(at));
  }

  function chipOf(run) {
    const { label, title } = describe(run);
    return el("span", { class: "chip", title }, `⟦${label}⟧`);
  }

  // The same for places that hold no elements, such as an option of a list.
  function visible(value) {
    return String(value).replaceAll(UNSEEN, (run) => `⟦${describe(run).label}⟧`);
  }

  function describe(run) {
    if (PADDING.test(run)) {
      const breaks = run.split("\n").length - 1;
      const label = breaks > 0 ? `${numbers.format(breaks)} line breaks` : `${numbers.format(run.length)} spaces`;
      return { label, title: "padding" };
    }
    const points = Array.from(run, (character) => character.codePointAt(0));
    const first = points[0];
    if (DOUBLE.test(run)) return { label: `${run} ${codeOf(first)}`, title: "letter of another alphabet within a Latin word" };
    if (points.every((point) => point >= 0xe0020 && point <= 0xe007e)) {
      const hidden = String.fromCharCode(...points.slice(0, 2000).map((point) => point - 0xe0000));
      return { label: `tags: ${hidden}`, title: `${points.length} invisible tag characters, U+E0020 to U+E007E; they spell the text shown` };
    }
    if (points.length > 1 && points.every((point) => point === first)) return { label: `${codeOf(first)} ×${numbers.format(points.length)}`, title: nameOf(first) };
    const shown = points.slice(0, 12).map(codeOf).join(" ");
    const more = points.length > 12 ? ` and ${numbers.format(points.length - 12)} more` : "";
    return { label: shown + more, title: points.slice(0, 12).map(nameOf).join(", ") + more };
  }

  function codeOf(point) {
    return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  }

  function nameOf(point) {
    const named = POINT_NAMES.get(point);
    if (named) return named;
    if (/\p{M}/u.test(String.fromCodePoint(point))) return "combining mark";
    if (point < 0xa0) return "control character";
    if ((point >= 0xfe00 && point <= 0xfe0f) || (point >= 0xe0100 && point <= 0xe01ef)) return "variation selector";
    if (point >= 0xe0000 && point <= 0xe0fff) return "tag character";
    if (point >= 0xd800 && point <= 0xdfff) return "half of a surrogate pair";
    return /\p{Co}/u.test(String.fromCodePoint(point)) ? "private use character" : "character without a shape of its own";
  }

  // --- attack, twin and look-alike side by side

  function pairView(sample) {
    const partners = sample.pair_id ? samples.filter((other) => other.pair_id === sample.pair_id) : [];
    const columns = ROLES.map((role) => {
      const choices = partners.filter((other) => other.pair_role === role);
      return { role, choices, sample: choices.includes(sample) ? sample : (choices.find((other) => other.checkpoint === sample.checkpoint) ?? choices.at(-1)) };
    }).filter((column) => column.sample);
    if (columns.length < 2) {
      return el("p", { class: "note" }, sample.pair_id ? "No partner of this sample is in this report." : "This sample stands alone: no attack was paired with it.");
    }
    const box = el("div", { class: "pair" });
    drawPair(box, columns, sample);
    return box;
  }

  function drawPair(box, columns, open) {
    const base = columns.find(({ role }) => role === "twin") ?? columns.find(({ role }) => role === "lookalike") ?? columns[0];
    const grid = el("div", { class: `pair-grid columns-${columns.length}` });
    for (const column of columns) grid.append(pairHead(column, column === base, open, () => drawPair(box, columns, open)));
    for (const row of pairRows(columns, base)) {
      if (row.equal) grid.append(equalRow(row));
      else for (const column of columns) grid.append(pairCell(row, column, base));
    }
    box.replaceChildren(
      el(
        "p",
        { class: "legend" },
        `Word by word against the ${roleName(base.role)}: `,
        el("ins", {}, "only here"),
        " ",
        el("del", {}, `only in the ${roleName(base.role)}`),
        ". What is equal in all is folded; times of day are not compared.",
      ),
      grid,
    );
  }

  function roleName(role) {
    return role === "lookalike" ? "look-alike" : role;
  }

  function pairHead(column, isBase, open, redraw) {
    const { sample, choices, role } = column;
    const name = roleName(role);
    let choice = null;
    if (choices.length > 1) {
      choice = el("select", { "aria-label": `Checkpoint of the ${name}` }, ...choices.map((other, at) => el("option", { value: String(at) }, visible(shorten(`${words(other.checkpoint)}: ${words(other.label)}`, 60)))));
      choice.selectedIndex = choices.indexOf(sample);
      choice.addEventListener("change", () => {
        column.sample = choices[choice.selectedIndex];
        redraw();
        document.querySelector(`.pair select[aria-label="Checkpoint of the ${name}"]`)?.focus();
      });
    }
    const link = el("a", { href: `#${hashOf({ sample: sample.id, view: null })}` }, "Open");
    link.setAttribute("aria-label", `Open the ${name}`);
    return el(
      "div",
      { class: `pair-head role-${role}` },
      el("h4", {}, name.charAt(0).toUpperCase() + name.slice(1), isBase && el("span", { class: "base" }, " (compared with)")),
      el("p", {}, verdict(sample), " ", text(words(sample.label))),
      el("p", { class: "pair-where" }, choice || text(words(sample.checkpoint)), " ", sample === open ? el("span", { class: "base" }, "this one") : link),
    );
  }

  // Rows of parts, one part or none for each column: the header, each tool, each step.
  function pairRows(columns, base) {
    const rows = [];
    const push = (cells) => {
      const parts = columns.map((column) => cells.get(column));
      const equal = parts.every((part) => part && part.text === parts[0].text && part.title === parts[0].title && !part.violating);
      rows.push({ cells: equal ? cells : withoutCommonLines(cells, columns), equal, title: parts.find(Boolean).title });
    };
    push(new Map(columns.map((column) => [column, { title: "Session header", lines: flat(column.sample.session), text: flat(column.sample.session).join("\n") }])));
    const tools = new Map(columns.map((column) => [column, list(column.sample.tools).map(toolPart)]));
    const steps = new Map(columns.map((column) => [column, list(column.sample.steps).map((step, index) => stepPart(column.sample, step, index))]));
    for (const parts of [tools, steps]) for (const cells of weave(columns, base, parts)) push(cells);
    return mergeEqualTools(rows);
  }

  // Of the header and of tools, only the lines that some column lacks: each says where it stands.
  function withoutCommonLines(cells, columns) {
    if (cells.size < columns.length || ![...cells.values()].every((part) => part.lines)) return cells;
    const sets = [...cells.values()].map((part) => new Set(part.lines));
    const common = (line) => sets.every((lines) => lines.has(line));
    return new Map([...cells].map(([column, part]) => [column, { ...part, text: part.lines.filter((line) => !common(line)).join("\n"), note: `${part.lines.filter(common).length} equal entries left out` }]));
  }

  function mergeEqualTools(rows) {
    const merged = [];
    for (const row of rows) {
      const last = merged.at(-1);
      if (row.equal && row.title === "Tool" && last?.equal && last.title === "Tool") last.more.push(row);
      else merged.push({ ...row, more: [] });
    }
    return merged;
  }

  function toolPart(tool) {
    return { title: "Tool", key: `${tool?._meta?.server}.${tool?.name}`, lines: flat(tool), text: flat(tool).join("\n") };
  }

  function stepPart(sample, step, index) {
    const apart = ["step", "at", "kind", "text", "server", "tool", "call"];
    const lines = isContainer(step) ? Object.entries(step).filter(([key, value]) => !apart.includes(key) && value !== null && value !== false).flatMap(([key, value]) => flat(value, key)) : flat(step);
    const name = [step?.server, step?.tool].filter((part) => typeof part === "string").join(".");
    if (typeof step?.text === "string") lines.push(step.text);
    return {
      title: speakerOf(step ?? {}),
      key: `${step?.kind} ${step?.material ?? step?.event ?? ""}`,
      text: (name ? `${name}\n` : "") + lines.join("\n"),
      index,
      violating: list(sample.violating_steps).includes(index),
    };
  }

  // One line for each text or number within a value; what has a name stands under it.
  function flat(value, path = "") {
    if (!isContainer(value) || Object.keys(value).length === 0) return [`${path}${path && ": "}${typeof value === "string" ? value : compact(value)}`];
    return Object.entries(value).flatMap(([key, item]) => {
      const name = Array.isArray(value) && typeof item?.name === "string" ? item.name : key;
      return flat(item, path ? `${path}.${name}` : name);
    });
  }

  // Lines the columns up: partners of the base's parts beside them, what the base lacks in between.
  function weave(columns, base, parts) {
    const rows = parts.get(base).map((part) => new Map([[base, part]]));
    const gaps = Array.from({ length: rows.length + 1 }, () => []);
    for (const column of columns.filter((other) => other !== base)) {
      let at = 0;
      for (const [left, right] of align(parts.get(base), parts.get(column))) {
        if (left !== null) at = left + 1;
        if (right === null) continue;
        const part = parts.get(column)[right];
        if (left !== null) {
          rows[left].set(column, part);
          continue;
        }
        const beside = gaps[at].find((row) => !row.has(column) && likeness([...row.values()][0], part) > 0.5);
        if (beside) beside.set(column, part);
        else gaps[at].push(new Map([[column, part]]));
      }
    }
    return rows.reduce((all, row, at) => all.concat([row], gaps[at + 1]), [...gaps[0]]);
  }

  // Pairs of positions, or null where one side has no partner; the most alike in order.
  function align(left, right) {
    const width = right.length + 1;
    const best = new Float64Array((left.length + 1) * width);
    const alike = new Float64Array(left.length * right.length);
    for (let l = left.length - 1; l >= 0; l -= 1) {
      for (let r = right.length - 1; r >= 0; r -= 1) {
        const score = likeness(left[l], right[r]);
        alike[l * right.length + r] = score;
        const both = score > 0.3 ? score + best[(l + 1) * width + r + 1] : -1;
        best[l * width + r] = Math.max(both, best[(l + 1) * width + r], best[l * width + r + 1]);
      }
    }
    const pairs = [];
    let l = 0;
    let r = 0;
    while (l < left.length || r < right.length) {
      const score = l < left.length && r < right.length ? alike[l * right.length + r] : 0;
      if (score > 0.3 && best[l * width + r] === score + best[(l + 1) * width + r + 1]) pairs.push([l++, r++]);
      else if (r >= right.length || (l < left.length && best[l * width + r] === best[(l + 1) * width + r])) pairs.push([l++, null]);
      else pairs.push([null, r++]);
    }
    return pairs;
  }

  function likeness(one, other) {
    if (one.key !== other.key) return 0;
    if (one.text === other.text) return 2;
    const bag = (part) => (part.bag ??= new Set(part.text.slice(0, 6000).split(/[^\p{L}\p{N}_]+/u).slice(0, 600)));
    const [small, large] = [bag(one), bag(other)].sort((a, b) => a.size - b.size);
    let common = 0;
    for (const word of small) if (large.has(word)) common += 1;
    return 0.35 + common / Math.max(1, large.size);
  }

  function equalRow(row) {
    const part = [...row.cells.values()][0];
    const count = row.more.length + 1;
    const parts = [row, ...row.more].map((each) => [...each.cells.values()][0]);
    const gist = row.title === "Tool" ? (count > 1 ? `${count} tools` : shorten(part.key, 80)) : shorten(part.text.replaceAll("\n", " "), 90);
    return el(
      "details",
      { class: "pair-equal" },
      el("summary", {}, el("span", { class: "speaker" }, row.title === "Tool" ? "Tools" : text(row.title)), " equal ", el("span", { class: "gist" }, text(gist))),
      ...parts.map((each) => el("div", { class: "prose" }, text(each.text, [], FOLD))),
    );
  }

  function pairCell(row, column, base) {
    const part = row.cells.get(column);
    const name = roleName(column.role);
    if (!part) return el("div", { class: "pair-cell absent" }, el("span", { class: "pair-role" }, name), el("p", {}, "Not in this session"));
    const against = row.cells.get(base);
    const body = el("div", { class: "prose" });
    let { note } = part;
    if (column === base) body.append(text(part.text, [], FOLD));
    else if (!against) {
      note = `only in the ${name}`;
      body.append(el("ins", {}, text(part.text, [], part.lines ? FOLD_SMALL : FOLD)));
    } else if (against.text === part.text) {
      note = `as in the ${roleName(base.role)}`;
      body.append(text(part.text, [], FOLD));
    } else body.append(diffView(against.text, part.text));
    return el(
      "div",
      { class: `pair-cell${part.violating ? " violating" : ""}` },
      el(
        "div",
        { class: "step-head" },
        el("span", { class: "pair-role" }, name),
        part.index !== undefined && el("span", { class: "step-number" }, `${part.index}`),
        el("span", { class: "speaker" }, text(part.title)),
        part.violating && el("strong", { class: "violation" }, "Violating step"),
        note && el("span", { class: "base" }, note),
      ),
      body,
    );
  }

  function diffView(before, after) {
    const box = el("bdi", { class: "text" });
    for (const [kind, piece] of diff(before, after)) {
      if (kind === "same") box.append(text(piece, [], piece.length > FOLD ? 1000 : FOLD));
      else box.append(el(kind, {}, text(piece, [], FOLD)));
    }
    return box;
  }

  // --- words that differ

  // Runs of ["same" | "del" | "ins", text]. Texts with too little in common count as replaced.
  function diff(before, after) {
    const left = before.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^]/gu) || [];
    const right = after.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^]/gu) || [];
    let start = 0;
    while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
    let tail = 0;
    while (tail < left.length - start && tail < right.length - start && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
    const middle = [left.slice(start, left.length - tail), right.slice(start, right.length - tail)];
    const runs = [];
    const push = (kind, piece) => {
      if (piece === "") return;
      if (runs.at(-1)?.[0] === kind) runs.at(-1)[1] += piece;
      else runs.push([kind, piece]);
    };
    push("same", left.slice(0, start).join(""));
    for (const [kind, piece] of shortest(...middle) ?? [["del", middle[0].join("")], ["ins", middle[1].join("")]]) push(kind, piece);
    push("same", left.slice(left.length - tail).join(""));
    return joinAcrossSpaces(runs);
  }

  // Myers' shortest edit script; null when it would be long, and so of no use to a reader.
  function shortest(left, right, limit = 700) {
    if (left.length === 0 || right.length === 0) return null;
    const offset = limit + 1;
    const reach = new Int32Array(2 * limit + 3);
    const trace = [];
    for (let edits = 0; edits <= limit; edits += 1) {
      trace.push(reach.slice(offset - edits - 1, offset + edits + 2));
      for (let k = -edits; k <= edits; k += 2) {
        const down = k === -edits || (k !== edits && reach[offset + k - 1] < reach[offset + k + 1]);
        let x = down ? reach[offset + k + 1] : reach[offset + k - 1] + 1;
        while (x < left.length && x - k < right.length && left[x] === right[x - k]) x += 1;
        reach[offset + k] = x;
        if (x >= left.length && x - k >= right.length) return worthwhile(walkBack(trace, left, right), left, right);
      }
    }
    return null;
  }

  function walkBack(trace, left, right) {
    const runs = [];
    let x = left.length;
    let y = right.length;
    for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
      const reach = (k) => trace[edits][k + edits + 1];
      const k = x - y;
      const down = k === -edits || (k !== edits && reach(k - 1) < reach(k + 1));
      const fromX = edits === 0 ? 0 : down ? reach(k + 1) : reach(k - 1);
      const fromY = edits === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
      while (x > fromX && y > fromY) {
        runs.push(["same", left[x - 1]]);
        x -= 1;
        y -= 1;
      }
      if (edits > 0) runs.push(down ? ["ins", right[fromY]] : ["del", left[fromX]]);
      x = fromX;
      y = fromY;
    }
    return runs.reverse();
  }

  function worthwhile(runs, left, right) {
    const kept = runs.filter(([kind, piece]) => kind === "same" && /[\p{L}\p{N}]/u.test(piece)).length;
    const words = Math.min(left.length, right.length) / 2;
    return kept < words * 0.25 && words > 4 ? null : runs;
  }

  // "one two" against "three four" reads better as one change than as two with a space between them.
  function joinAcrossSpaces(runs) {
    const changes = [];
    let del = "";
    let ins = "";
    const flush = () => {
      if (del) changes.push(["del", del]);
      if (ins) changes.push(["ins", ins]);
      del = ins = "";
    };
    runs.forEach(([kind, piece], at) => {
      const between = kind === "same" && (del || ins) && /^[^\p{L}\p{N}\n]{1,2}$/u.test(piece) && at + 1 < runs.length;
      if (kind === "del" || between) del += piece;
      if (kind === "ins" || between) ins += piece;
      if (kind === "same" && !between) {
        flush();
        changes.push(["same", piece]);
      }
    });
    flush();
    return changes;
  }

  // --- small things

  function words(id) {
    const spaced = String(id ?? "none").replaceAll("_", " ");
    return spaced.charAt(0).toUpperCase() + spaced.slice(1);
  }

  function shorten(value, most) {
    const whole = String(value);
    return whole.length <= most ? whole : `${whole.slice(0, wholePoint(whole, most))}…`;
  }

  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
    return made;
  }

  setThemes();
  setHead();
  buildMissing();
  watchScrollers();
  if (samples.length > 0) startBrowser();
})();
