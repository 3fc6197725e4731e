// Left: whom one plays. Right: the business account, and what the webhook carries.

import { attempt, call } from "./api.js";
import { avatar, h, iconButton, sync, toast } from "./dom.js";
import { state, unread } from "./state.js";
import { t, when } from "./words.js";

export function people(choose) {
  const list = document.getElementById("people");
  const form = document.getElementById("join");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = form.elements.name.value;
    const made = await attempt(() => call("POST", "people", { name, language: document.documentElement.lang }));
    if (!made) return;
    form.reset();
    toast(t("joined", { name: made.name }));
    choose(made.id);
  });
  return () =>
    sync(list, [...state.people.values()], {
      key: (person) => person.id,
      sign: (person) => JSON.stringify([person, unread(person.id), state.me === person.id, document.documentElement.lang]),
      build: (person) => personRow(person, choose),
    });
}

function personRow(person, choose) {
  const count = unread(person.id);
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "person", "aria-current": state.me === person.id ? "true" : null, onclick: () => choose(person.id) },
      h("span", { class: `face${person.online ? "" : " off"}` }, avatar(person)),
      h("span", { class: "title" }, h("strong", { dir: "auto" }, person.name), h("span", {}, `@${person.handle}`)),
      count ? h("span", { class: "badge", title: t("unread", { count }) }, String(count)) : null,
    ),
  );
}

export function business() {
  const card = document.getElementById("business");
  let before = "";
  return () => {
    const now = JSON.stringify([state.account, state.webhook, document.documentElement.lang]);
    if (now === before) return;
    before = now;
    const address = new URL(".", location.href).href.replace(/\/$/, "");
    card.replaceChildren(
      h("p", { class: "by-line" }, avatar(state.account), h("span", { class: "title" }, h("strong", {}, state.account.name), h("span", {}, `@${state.account.handle}`))),
      hookLine(),
      value(t("address"), address),
      value(t("token"), state.account.token, true),
    );
  };
}

function hookLine() {
  const hook = state.webhook;
  const step = !hook.url ? "none" : hook.failing_since ? (hook.verified ? "failing" : "waiting") : hook.verified ? "ok" : "waiting";
  const queue = hook.waiting && step !== "ok" ? ` · ${t("hook_queue", { count: hook.waiting })}` : "";
  return h("p", { class: `hook ${step}`, role: "status" }, h("span", { class: "dot", "aria-hidden": "true" }), t(`hook_${step}`) + queue);
}

function value(label, text, secret = false) {
  const copy = () => navigator.clipboard.writeText(text).then(() => toast(t("copied")), () => toast(text));
  return h(
    "div",
    { class: "value" },
    h("span", { class: "label" }, label),
    h("code", { title: secret ? null : text }, secret ? `${text.slice(0, 4)}••••••••` : text),
    iconButton("copy", `${t("copy")}: ${label}`, copy),
  );
}

export function events() {
  const list = document.getElementById("events");
  return () => {
    const none = { id: "none", kind: "", at: 0 };
    sync(list, state.events.length ? state.events : [none], {
      key: (event) => event.id,
      sign: () => document.documentElement.lang,
      build: (event) => (event === none ? h("li", { class: "hint" }, t("events_none")) : eventRow(event)),
    });
  };
}

function eventRow(event) {
  const key = event.status ? `k_receipt_${event.status}` : `k_${event.kind}`;
  return h(
    "li",
    {},
    h("span", { class: `kind ${event.kind}` }, t(key), event.echo ? h("em", {}, t("echo")) : null),
    h("span", { class: "what", dir: "auto" }, event.text ?? ""),
    h("time", {}, when(event.at)),
  );
}
