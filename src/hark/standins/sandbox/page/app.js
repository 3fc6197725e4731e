// The page: loads, follows, shows.

import { call, follow } from "./api.js";
import { chat } from "./chat.js";
import { h } from "./dom.js";
import { mentions, posts, reviews } from "./feeds.js";
import { business, events, people } from "./sides.js";
import { apply, load, state, unread } from "./state.js";
import { choose as chooseLanguage, fill, language, t } from "./words.js";

const PLACES = { messages: chat, posts, mentions, reviews };
const panel = document.getElementById("panel");
const tabs = document.getElementById("tabs");
const offline = document.getElementById("offline");

let view = null;
let sides = [];
let waiting = false;

function open(place) {
  state.place = place in PLACES ? place : "messages";
  history.replaceState(null, "", `#${state.place}`);
  view?.leave();
  view = PLACES[state.place]();
  panel.replaceChildren(view.node);
  panel.className = `panel ${state.place}`;
  panel.setAttribute("aria-labelledby", `tab-${state.place}`);
  update();
}

function play(person) {
  state.me = person;
  localStorage.setItem("sandbox.person", person);
  open(state.place);
}

function drawTabs() {
  const held = document.activeElement?.id;
  tabs.replaceChildren(
    ...Object.keys(PLACES).map((place) =>
      h(
        "button",
        { type: "button", role: "tab", id: `tab-${place}`, "aria-selected": String(place === state.place), "aria-controls": "panel", tabindex: place === state.place ? 0 : -1, onclick: () => open(place) },
        t(place),
        place === "messages" && unread(state.me) ? h("span", { class: "badge" }, String(unread(state.me))) : null,
      ),
    ),
  );
  if (held?.startsWith("tab-")) document.getElementById(`tab-${state.place}`).focus();
}

tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = Object.keys(PLACES);
  open(names[(names.indexOf(state.place) + step + names.length) % names.length]);
});

function update() {
  drawTabs();
  for (const side of sides) side();
  view.update();
}

/** Many changes, one drawing. */
function updateSoon() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    update();
  }, 16);
}

async function refresh() {
  load(await call("GET", "state"));
  offline.hidden = true;
  if (view) updateSoon();
  else begin();
}

function begin() {
  sides = [people(play), business(), events()];
  open(state.place);
}

function setLanguage(next) {
  chooseLanguage(next);
  fill();
  if (view) open(state.place);
}

function setTheme(next) {
  localStorage.setItem("sandbox.theme", next);
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}

const languages = document.getElementById("language");
const themes = document.getElementById("theme");
fill();
languages.value = language;
themes.value = localStorage.getItem("sandbox.theme") ?? "system";
languages.addEventListener("change", () => setLanguage(languages.value));
themes.addEventListener("change", () => setTheme(themes.value));
document.addEventListener("visibilitychange", () => view?.update());
window.addEventListener("hashchange", () => open(location.hash.slice(1)));

follow({
  onOpen: () => refresh().catch(() => (offline.hidden = false)),
  onChange: (type, data) => (apply(type, data) ? view && updateSoon() : refresh()),
  onLost: () => (offline.hidden = false),
});
