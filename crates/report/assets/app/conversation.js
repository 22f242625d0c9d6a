// The session as a conversation.

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
