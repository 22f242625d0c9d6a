// The frame: themes, header, comparison.

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
            el("thead", {}, el("tr", {}, ...list(table.head).map((cell, column) => el("th", { scope: "col", class: isNumeric(rows, column) ? "number" : null }, text(cell))))),
            el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map(tableCell)))),
          ),
        ),
  );
}

function isNumeric(rows, column) {
  return column > 0 && rows.every((row) => row[column] === null || typeof row[column] === "number");
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
