// The open sample: label, evidence, lineage.

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
