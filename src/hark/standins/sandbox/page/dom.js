// Elements from plain calls. Text is always a text node; nothing a person wrote becomes markup.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * Makes `parent` show `things` in order, building only what is new or has changed, so that focus and scroll stay.
 * `sign(thing)` says what its look depends on.
 */
export function sync(parent, things, { key, sign, build }) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const nodes = things.map((thing) => {
    const name = key(thing);
    const look = sign(thing);
    const kept = old.get(name);
    if (kept && kept.dataset.look === look) return kept;
    const node = build(thing);
    node.dataset.key = name;
    node.dataset.look = look;
    return node;
  });
  const wanted = new Set(nodes);
  for (const node of [...parent.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
}

const PATHS = {
  clip: "M8 12.5l6.2-6.2a2.6 2.6 0 0 1 3.7 3.7l-7.8 7.8a4.4 4.4 0 0 1-6.2-6.2l7.4-7.4",
  reply: "M9 7L4 12l5 5M4 12h9a6 6 0 0 1 6 6",
  edit: "M5 19l1-4L16 5l3 3L9 18z",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
  close: "M7 7l10 10M17 7L7 17",
  phone: "M6 4h3l2 5-2.5 1.5a10 10 0 0 0 5 5L15 13l5 2v3a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  poll: "M5 19V11M12 19V5M19 19v-6",
  copy: "M9 9h10v10H9zM5 15V5h10",
  heart: "M12 19s-7-4.4-7-9.3A3.9 3.9 0 0 1 12 7.5a3.9 3.9 0 0 1 7 2.2C19 14.6 12 19 12 19z",
  star: "M12 4l2.4 5 5.6.8-4 3.9.9 5.5-4.9-2.6-4.9 2.6.9-5.5-4-3.9 5.6-.8z",
  eye: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
};

export function icon(name, filled = false) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", filled ? "icon filled" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, extra = {}) {
  return h("button", { type: "button", class: "icon-button", title: label, "aria-label": label, onclick, ...extra }, icon(name));
}

export function avatar(who, size = "") {
  const letters = who.name.split(/\s+/).map((part) => [...part][0]).slice(0, 2).join("");
  return h("span", { class: `avatar hue-${who.color ?? "us"} ${size}`, "aria-hidden": "true" }, letters);
}

export function toast(text, bad = false) {
  const node = h("p", { class: bad ? "toast bad" : "toast" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 5000);
}
