// The direct messages of the person one plays.

import { attempt, call } from "./api.js";
import { composer } from "./composer.js";
import { avatar, h, iconButton, sync, toast } from "./dom.js";
import { bubble, look } from "./items.js";
import { dms, isUs, me, state, unread } from "./state.js";
import { t } from "./words.js";

const READ_DELAY = 700;

export function chat() {
  const log = h("ol", { class: "log", role: "log", "aria-live": "polite", tabindex: 0, "aria-label": t("messages") });
  const empty = h("p", { class: "empty" });
  const typing = h("p", { class: "typing", "aria-live": "polite" });
  const head = h("header", { class: "head" });
  const poll = iconButton("poll", t("poll"), () => attempt(() => call("POST", "dm", { person: state.me, text: t("poll_question"), content: "poll" })));
  const write = composer({
    label: t("write_message", { business: state.account.name }),
    button: t("send"),
    files: true,
    extra: [poll],
    submit: ({ text, media, answered, edited }) =>
      edited
        ? call("PATCH", `items/${edited.id}`, { text })
        : call("POST", "dm", { person: state.me, text, media, quoted: answered?.id ?? null }),
  });
  const node = h("div", { class: "chat" }, head, log, empty, typing, write.node);
  let reading = 0;
  let shown = "";

  function settings() {
    const person = me();
    const flip = (change) => attempt(() => call("PATCH", `people/${person.id}`, change));
    head.replaceChildren(
      avatar(person),
      h("div", { class: "title" }, h("strong", { dir: "auto" }, person.name), h("span", {}, `@${person.handle} → ${state.account.name}`)),
      toggle(t("phone"), person.online, (on) => flip({ online: on })),
      toggle(t("auto_read"), state.autoRead, (on) => {
        state.autoRead = on;
        localStorage.setItem("sandbox.read", on ? "yes" : "no");
        update();
      }),
      toggle(t("blocked"), person.blocked, (on) => flip({ blocked: on })),
      iconButton("phone", t("call"), async () => {
        if (await attempt(() => call("POST", `people/${person.id}/call`))) toast(t("called", { name: person.name }));
      }),
      !state.autoRead && unread(person.id) ? h("button", { type: "button", class: "quiet", onclick: () => attempt(() => call("POST", `people/${person.id}/read`)) }, t("mark_read")) : "",
    );
  }

  function update() {
    const look_ = JSON.stringify([me(), state.autoRead, unread(state.me)]);
    if (head.dataset.look !== look_) {
      head.dataset.look = look_;
      settings();
    }
    const items = dms(state.me);
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || shown !== state.me;
    sync(log, items, {
      key: (item) => item.id,
      sign: (item) => look(item, (state.readByUs[item.thread] ?? 0) >= item.at, state.items.get(item.quoted ?? "")),
      build: (item) => bubble(item, { answer: (one) => write.answer(one, state.account.name), change: write.change }),
    });
    empty.hidden = items.length > 0;
    empty.textContent = t("messages_none", { business: state.account.name, name: me().name });
    if (atEnd) log.scrollTop = log.scrollHeight;
    shown = state.me;
    showTyping();
    readSoon(items);
  }

  function showTyping() {
    const left = (state.typing.get(state.me) ?? 0) - Date.now();
    typing.textContent = left > 0 ? t("typing", { business: state.account.name }) : "";
    if (left > 0) setTimeout(showTyping, left + 50);
  }

  function readSoon(items) {
    clearTimeout(reading);
    const person = state.me;
    const waiting = items.some((item) => isUs(item.author) && !item.read_at && !item.deleted);
    if (!waiting || !state.autoRead || document.hidden || !me().online) return;
    reading = setTimeout(() => attempt(() => call("POST", `people/${person}/read`)), READ_DELAY);
  }

  return { node, update, leave: () => clearTimeout(reading) };
}

function toggle(label, on, change) {
  return h("label", { class: "toggle" }, h("input", { type: "checkbox", checked: on, onchange: (event) => change(event.target.checked) }), h("span", {}, label));
}
