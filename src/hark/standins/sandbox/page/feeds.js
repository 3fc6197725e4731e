// The public places: posts with comments, mentions, reviews.

import { call } from "./api.js";
import { composer } from "./composer.js";
import { avatar, h, sync } from "./dom.js";
import { look, publicItem } from "./items.js";
import { author, me, state, threads } from "./state.js";
import { t, when } from "./words.js";

/** Fills `list` with threads: the first item, below it the others. */
function show(list, found, write, answerable) {
  const acts = { answer: answerable ? (item) => write.answer(item, author(item.author).name) : null, change: write.change };
  const flat = found.flatMap(({ head, below }) => [{ item: head, inner: false }, ...below.map((item) => ({ item, inner: true }))]);
  sync(list, flat, {
    key: ({ item }) => item.id,
    sign: ({ item }) => look(item),
    build: ({ item, inner }) => publicItem(item, { ...acts, inner }),
  });
}

export function posts() {
  const cards = state.posts.map(postCard);
  const node = h("div", { class: "feed" }, ...cards.map((card) => card.node));
  return { node, update: () => cards.forEach((card) => card.update()), leave() {} };
}

function postCard(post) {
  const list = h("ol", { class: "thread" });
  const empty = h("p", { class: "empty small" }, t("comments_none"));
  const write = composer({
    label: t("write_comment", { name: me().name }),
    button: t("publish"),
    files: true,
    submit: ({ text, media, answered, edited }) =>
      edited
        ? call("PATCH", `items/${edited.id}`, { text })
        : call("POST", "comment", { person: state.me, post: post.id, text, media, in_reply_to: answered?.id ?? null }),
  });
  const node = h(
    "article",
    { class: "card post" },
    h("header", { class: "by-line" }, avatar(state.account), h("div", { class: "title" }, h("strong", {}, state.account.name), h("time", { datetime: new Date(post.at).toISOString() }, when(post.at)))),
    h("p", { class: "words" }, post.text),
    post.picture ? h("img", { class: "cover", src: post.picture, alt: "" }) : null,
    list,
    empty,
    write.node,
  );
  function update() {
    const found = threads("comment", (item) => item.post === post.id).reverse();
    show(list, found, write, true);
    empty.hidden = found.length > 0;
    write.label(t("write_comment", { name: me().name }));
  }
  return { node, update };
}

export function mentions() {
  const write = composer({
    label: t("write_mention", { handle: state.account.handle }),
    button: t("publish"),
    files: true,
    submit: ({ text, media, answered, edited }) =>
      edited
        ? call("PATCH", `items/${edited.id}`, { text })
        : call("POST", "mention", { person: state.me, text: named(text, answered), media, in_reply_to: answered?.id ?? null }),
  });
  return feed("mention", "mentions_none", write, true);
}

function named(text, answered) {
  const name = `@${state.account.handle}`;
  return answered || text.includes(name) ? text : `${text} ${name}`.trim();
}

export function reviews() {
  const write = composer({
    label: t("write_review"),
    button: t("publish"),
    stars: true,
    submit: ({ text, edited, rating }) =>
      edited
        ? call("PATCH", `items/${edited.id}`, { text, rating })
        : call("POST", "review", { person: state.me, text, rating }),
  });
  return feed("review", "reviews_none", write, false);
}

function feed(source, none, write, answerable) {
  const list = h("ol", { class: "thread" });
  const empty = h("p", { class: "empty" }, t(none, { business: state.account.name }));
  const node = h("div", { class: "feed" }, h("div", { class: "card" }, write.node), h("div", { class: "card list-card" }, list, empty));
  function update() {
    const found = threads(source);
    show(list, found, write, answerable);
    empty.hidden = found.length > 0;
  }
  return { node, update, leave() {} };
}
