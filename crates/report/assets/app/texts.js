// Texts: what cannot be seen is made visible, what is long is folded.

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
