// Where a person writes: text, files, and what is being answered or changed.

import { attempt, upload } from "./api.js";
import { h, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

/**
 * `submit({text, media, answered, edited, rating})` publishes. `files` allows files, `stars` asks for a rating.
 * Gives {node, answer(item, name), change(item), label(text)}.
 */
export function composer({ label, button, submit, files = false, stars = false, extra = [] }) {
  let answered = null;
  let edited = null;
  let chosen = [];
  const rating = stars ? starInput() : null;
  const about = h("div", { class: "about", hidden: true });
  const chips = h("div", { class: "chips" });
  const text = h("textarea", { rows: 1, dir: "auto", placeholder: label, "aria-label": label, maxlength: 10000 });
  const picker = h("input", { type: "file", multiple: true, class: "hidden", tabindex: -1, "aria-hidden": "true" });
  const go = h("button", { type: "submit", class: "primary" }, button);
  const clip = files ? iconButton("clip", t("picture"), () => picker.click()) : null;
  const row = h("div", { class: "row" }, clip, ...extra, text, go);
  const node = h("form", { class: "composer" }, about, rating?.node, chips, row, files ? picker : null);

  function reset() {
    answered = edited = null;
    chosen = [];
    text.value = "";
    about.hidden = true;
    go.textContent = button;
    chips.replaceChildren();
    grow();
  }

  function say(words) {
    about.replaceChildren(h("span", { dir: "auto" }, words), iconButton("close", t("cancel"), reset));
    about.hidden = false;
    text.focus();
  }

  function grow() {
    text.rows = Math.min(6, Math.max(1, text.value.split("\n").length));
  }

  function show() {
    chips.replaceChildren(
      ...chosen.map((file) =>
        h("span", { class: "chip" }, file.name, iconButton("close", t("remove_picture", { name: file.name }), () => {
          chosen = chosen.filter((other) => other !== file);
          show();
        })),
      ),
    );
  }

  picker.addEventListener("change", () => {
    chosen = [...chosen, ...picker.files].slice(0, 4);
    picker.value = "";
    show();
    text.focus();
  });
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") reset();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    node.requestSubmit();
  });
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    const done = await attempt(async () => {
      const media = [];
      for (const file of chosen) media.push((await upload(file)).id);
      return submit({ text: text.value, media, answered, edited, rating: rating?.value() });
    });
    go.disabled = false;
    if (done) reset();
    text.focus();
  });

  return {
    node,
    answer(item, name) {
      reset();
      answered = item;
      say(t("answering", { name, text: short(item.text) }));
    },
    change(item) {
      reset();
      edited = item;
      text.value = item.text;
      rating?.set(item.rating);
      go.textContent = t("save");
      grow();
      say(t("editing", { text: short(item.text) }));
    },
    label(words) {
      text.placeholder = words;
      text.setAttribute("aria-label", words);
    },
  };
}

const short = (text) => (text.length > 60 ? `${text.slice(0, 58)}…` : text);

function starInput() {
  let value = 5;
  const buttons = [1, 2, 3, 4, 5].map((count) => {
    const input = h("input", { type: "radio", name: "rating", value: String(count), class: "hidden", onchange: () => set(count) });
    return h("label", { class: "star", title: t("stars", { count }) }, input, h("span", { class: "hidden" }, t("stars", { count })), icon("star", true));
  });
  const node = h("fieldset", { class: "stars" }, h("legend", { class: "hidden" }, t("rating")), ...buttons);

  function set(count) {
    value = count ?? 5;
    buttons.forEach((label, place) => {
      label.classList.toggle("on", place < value);
      label.querySelector("input").checked = place === value - 1;
    });
  }

  set(5);
  return { node, value: () => value, set };
}
