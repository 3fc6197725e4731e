// What the page knows, and who is told when it changes.

export const state = {
  account: null,
  people: new Map(),
  posts: [],
  items: new Map(),
  events: [],
  webhook: {},
  readByUs: {},
  typing: new Map(),
  me: localStorage.getItem("sandbox.person") ?? "ana",
  place: location.hash.slice(1) || "messages",
  autoRead: localStorage.getItem("sandbox.read") !== "no",
};

const KEPT_EVENTS = 60;
const TYPING_MS = 5000;

export function load(fresh) {
  state.account = fresh.account;
  state.people = new Map(fresh.people.map((person) => [person.id, person]));
  state.posts = [...fresh.posts].sort((a, b) => b.at - a.at);
  state.items = new Map(fresh.items.map((item) => [item.id, item]));
  state.events = fresh.events;
  state.webhook = fresh.webhook;
  state.readByUs = fresh.read_by_us;
  if (!state.people.has(state.me)) state.me = fresh.people[0].id;
}

/** Applies one change; gives false when everything has to be fetched again. */
export function apply(type, data) {
  if (type === "item") state.items.set(data.id, data);
  else if (type === "person") state.people.set(data.id, data);
  else if (type === "webhook") state.webhook = data;
  else if (type === "read") state.readByUs[data.thread] = data.at;
  else if (type === "typing") state.typing.set(data.thread, Date.now() + TYPING_MS);
  else if (type === "event") state.events = [data, ...state.events].slice(0, KEPT_EVENTS);
  else return false;
  if (type === "item" && isUs(data.author)) state.typing.delete(data.thread);
  return true;
}

export const isUs = (id) => id === state.account.id;
export const me = () => state.people.get(state.me);
export const author = (id) => (isUs(id) ? state.account : (state.people.get(id) ?? { name: id, handle: id }));

const inOrder = (a, b) => a.at - b.at || (a.id < b.id ? -1 : 1);

export const dms = (person) =>
  [...state.items.values()].filter((item) => item.source === "dm" && item.thread === person).sort(inOrder);

export const unread = (person) => dms(person).filter((item) => isUs(item.author) && !item.read_at && !item.deleted).length;

/** Public items of one source, first items with what stands below them, newest thread first. */
export function threads(source, fits = () => true) {
  const all = [...state.items.values()].filter((item) => item.source === source && fits(item)).sort(inOrder);
  const first = all.filter((item) => item.id === item.thread);
  return first.reverse().map((head) => ({ head, below: all.filter((item) => item.thread === head.id && item !== head) }));
}
