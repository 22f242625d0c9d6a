// Small things that all others use.

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
