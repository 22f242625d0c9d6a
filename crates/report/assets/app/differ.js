// Words that differ between two texts.

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
