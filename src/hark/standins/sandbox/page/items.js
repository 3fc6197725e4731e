// One item as it is shown, in a chat and in public.

import { attempt, call } from "./api.js";
import { avatar, h, icon, iconButton } from "./dom.js";
import { author, isUs, state } from "./state.js";
import { t, when } from "./words.js";

const EMOJI = ["❤️", "👍", "😂", "😮", "😢"];

/** What the look of an item depends on, besides the item. */
export const look = (item, ...more) => JSON.stringify([item, state.me, ...more]);

const mine = (item) => item.author === state.me && !item.deleted;

export function bubble(item, { answer, change }) {
  const us = isUs(item.author);
  const ours = mine(item) && item.content === "text";
  const actions = h(
    "div",
    { class: "actions" },
    us && !item.deleted ? EMOJI.map((emoji) => reactButton(item, emoji)) : null,
    us && !item.deleted ? iconButton("reply", t("reply"), () => answer(item)) : null,
    ours ? iconButton("edit", t("edit"), () => change(item)) : null,
    mine(item) ? iconButton("trash", t("delete"), () => remove(item)) : null,
  );
  return h(
    "li",
    { class: us ? "line theirs" : "line mine" },
    us ? avatar(state.account, "small") : null,
    h("div", { class: "stack" }, h("div", { class: "bubble" }, quoted(item), content(item)), reactions(item), foot(item, us)),
    actions,
  );
}

function quoted(item) {
  const above = item.quoted ? state.items.get(item.quoted) : null;
  return above ? h("blockquote", { dir: "auto" }, above.deleted ? t("deleted") : above.text) : null;
}

function content(item) {
  if (item.deleted) return h("p", { class: "gone" }, t("deleted"));
  if (item.content === "poll") return h("p", { class: "poll" }, icon("poll"), ` ${item.text || t("poll_text")}`);
  return [item.text ? h("p", { dir: "auto", class: "words" }, item.text) : null, ...item.files.map(file)];
}

function file(media) {
  const source = `play/media/${encodeURIComponent(media.id)}`;
  if (media.kind === "image") return h("img", { class: "picture", src: source, alt: media.name, loading: "lazy" });
  if (media.kind === "video") return h("video", { class: "picture", src: source, controls: true, preload: "metadata" });
  if (media.kind === "audio") return h("audio", { src: source, controls: true, preload: "none" });
  return h("a", { class: "file", href: source, download: media.name }, icon("clip"), ` ${media.name}`);
}

function foot(item, us) {
  const edited = item.edited_at && !item.deleted ? h("span", {}, t("edited")) : null;
  const seen = !us && (state.readByUs[item.thread] ?? 0) >= item.at && !item.deleted ? h("span", {}, t("seen")) : null;
  return h("div", { class: "foot" }, h("time", { datetime: new Date(item.at).toISOString() }, when(item.at)), edited, seen, us ? ticks(item) : null);
}

function ticks(item) {
  const step = item.read_at ? "read" : item.delivered_at ? "delivered" : "sent";
  return h("span", { class: `ticks ${step}` }, h("span", { "aria-hidden": "true" }, step === "sent" ? "✓" : "✓✓"), ` ${t(`tick_${step}`)}`);
}

function reactions(item) {
  const given = Object.entries(item.reactions).flatMap(([who, emoji]) => emoji.map((one) => ({ who, one })));
  if (!given.length || item.deleted) return null;
  return h("div", { class: "reactions", "aria-label": t("reactions") }, ...given.map(({ who, one }) => h("span", { title: author(who).name }, one)));
}

function reactButton(item, emoji) {
  const on = item.reactions[state.me]?.includes(emoji) ?? false;
  const label = t("react", { emoji });
  const act = () => attempt(() => call("PUT", `items/${item.id}/reaction`, { person: state.me, emoji: on ? [] : [emoji] }));
  return h("button", { type: "button", class: "emoji", title: label, "aria-label": label, "aria-pressed": String(on), onclick: act }, emoji);
}

export const remove = (item) => attempt(() => call("DELETE", `items/${item.id}`));

/** A comment, mention, review, or the answer to one. */
export function publicItem(item, { answer, change, inner = false }) {
  const who = author(item.author);
  const us = isUs(item.author);
  return h(
    "li",
    { class: `public${inner ? " inner" : ""}${us ? " us" : ""}${item.hidden ? " veiled" : ""}` },
    avatar(who, inner ? "small" : ""),
    h(
      "div",
      { class: "stack" },
      h("p", { class: "by" }, h("strong", { dir: "auto" }, who.name), h("span", {}, `@${who.handle}`), h("time", { datetime: new Date(item.at).toISOString() }, when(item.at)), item.edited_at && !item.deleted ? h("span", {}, t("edited")) : null),
      item.rating && !item.deleted ? starRow(item.rating) : null,
      content(item),
      marks(item),
      reactions(item),
      h(
        "div",
        { class: "below" },
        answer && !item.deleted ? h("button", { type: "button", class: "link", onclick: () => answer(item) }, t("reply")) : null,
        mine(item) ? h("button", { type: "button", class: "link", onclick: () => change(item) }, t("edit")) : null,
        mine(item) ? h("button", { type: "button", class: "link", onclick: () => remove(item) }, t("delete")) : null,
      ),
    ),
  );
}

function marks(item) {
  const business = state.account.name;
  const found = [
    item.liked ? h("span", { class: "mark like" }, icon("heart", true), t("liked", { business })) : null,
    item.hidden ? h("span", { class: "mark" }, icon("eye"), t("hidden", { business })) : null,
  ].filter(Boolean);
  return found.length ? h("p", { class: "marks" }, ...found) : null;
}

function starRow(count) {
  return h("p", { class: "star-row", role: "img", "aria-label": t("stars", { count }) }, ...[1, 2, 3, 4, 5].map((place) => h("span", { class: place <= count ? "on" : "" }, icon("star", true))));
}
