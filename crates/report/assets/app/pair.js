// Attack, twin and look-alike side by side.

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
