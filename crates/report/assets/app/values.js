// Values, and where evidence stands in them.

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
