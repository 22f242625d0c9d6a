// The door: from embedded text to rows.

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
