// The page's words. Both languages have the same keys.

const EN = {
  skip: "Skip to the content",
  claim: "A made-up network. Play a customer here; answer in Hark.",
  language: "Language",
  theme: "Theme",
  theme_system: "System",
  theme_light: "Light",
  theme_dark: "Dark",
  offline: "The network does not answer. Trying again …",
  people: "People",
  who: "Who are you?",
  join_name: "New person",
  join: "Add",
  joined: "{name} has joined.",
  places: "Places",
  behind: "Behind the scenes",
  business: "Business account",
  address: "Address",
  token: "Access token",
  copy: "Copy",
  copied: "Copied.",
  hook_none: "Not connected to Hark yet",
  hook_waiting: "Hark's address is not confirmed yet",
  hook_ok: "Connected: events arrive",
  hook_failing: "Events cannot be delivered; trying again",
  hook_queue: "{count} waiting",
  events: "What Hark is told",
  events_hint: "Every event that leaves through the webhook, newest first.",
  events_none: "Nothing yet. Write something.",
  messages: "Messages",
  posts: "Posts",
  mentions: "Mentions",
  reviews: "Reviews",
  messages_none: "No messages yet. Write to {business} as {name}.",
  mentions_none: "Nobody has mentioned {business} yet.",
  reviews_none: "No reviews yet.",
  comments_none: "No comments yet.",
  write_message: "Message to {business}",
  write_comment: "Comment as {name}",
  write_mention: "Say something about @{handle}",
  write_review: "What should others know?",
  send: "Send",
  publish: "Publish",
  save: "Save",
  cancel: "Cancel",
  picture: "Add a picture or file",
  remove_picture: "Remove {name}",
  answering: "Answering {name}: {text}",
  editing: "Changing: {text}",
  phone: "Phone on",
  auto_read: "Reads at once",
  mark_read: "Mark as read",
  blocked: "Business blocked",
  call: "Call",
  called: "{name} has called. Nobody answered.",
  poll: "Send a poll",
  reply: "Answer",
  edit: "Change",
  delete: "Delete",
  react: "React with {emoji}",
  reactions: "Reactions",
  deleted: "Deleted",
  edited: "changed",
  hidden: "Hidden by {business}",
  liked: "Liked by {business}",
  typing: "{business} is writing …",
  tick_sent: "Sent",
  tick_delivered: "Delivered",
  tick_read: "Read",
  seen: "Seen",
  stars: "{count} of 5 stars",
  rating: "Stars",
  poll_text: "Poll",
  poll_question: "Which roast next?",
  file: "File",
  you: "You",
  unread: "{count} unread",
  k_message: "Message",
  k_comment: "Comment",
  k_mention: "Mention",
  k_review: "Review",
  k_edit: "Change",
  k_delete: "Deletion",
  k_react: "Reaction",
  k_receipt_delivered: "Delivery receipt",
  k_receipt_read: "Read receipt",
  k_block: "Blocked",
  k_unblock: "Unblocked",
  k_call: "Missed call",
  k_typing: "Typing",
  echo: "echo",
};

const DE = {
  skip: "Zum Inhalt springen",
  claim: "Ein erfundenes Netzwerk. Hier die Kundschaft spielen, in Hark antworten.",
  language: "Sprache",
  theme: "Farben",
  theme_system: "System",
  theme_light: "Hell",
  theme_dark: "Dunkel",
  offline: "Das Netzwerk antwortet nicht. Neuer Versuch …",
  people: "Personen",
  who: "Wer sind Sie?",
  join_name: "Neue Person",
  join: "Anlegen",
  joined: "{name} ist beigetreten.",
  places: "Orte",
  behind: "Hinter den Kulissen",
  business: "Unternehmenskonto",
  address: "Adresse",
  token: "Zugangsschlüssel",
  copy: "Kopieren",
  copied: "Kopiert.",
  hook_none: "Noch nicht mit Hark verbunden",
  hook_waiting: "Die Adresse von Hark ist noch nicht bestätigt",
  hook_ok: "Verbunden: Ereignisse kommen an",
  hook_failing: "Ereignisse kommen nicht an; neuer Versuch läuft",
  hook_queue: "{count} warten",
  events: "Was Hark erfährt",
  events_hint: "Jedes Ereignis, das über den Webhook hinausgeht, das neueste zuerst.",
  events_none: "Noch nichts. Schreiben Sie etwas.",
  messages: "Nachrichten",
  posts: "Beiträge",
  mentions: "Erwähnungen",
  reviews: "Bewertungen",
  messages_none: "Noch keine Nachrichten. Schreiben Sie als {name} an {business}.",
  mentions_none: "Noch hat niemand {business} erwähnt.",
  reviews_none: "Noch keine Bewertungen.",
  comments_none: "Noch keine Kommentare.",
  write_message: "Nachricht an {business}",
  write_comment: "Als {name} kommentieren",
  write_mention: "Etwas über @{handle} sagen",
  write_review: "Was sollten andere wissen?",
  send: "Senden",
  publish: "Veröffentlichen",
  save: "Speichern",
  cancel: "Abbrechen",
  picture: "Bild oder Datei hinzufügen",
  remove_picture: "{name} entfernen",
  answering: "Antwort an {name}: {text}",
  editing: "Ändern: {text}",
  phone: "Telefon an",
  auto_read: "Liest sofort",
  mark_read: "Als gelesen melden",
  blocked: "Unternehmen blockiert",
  call: "Anrufen",
  called: "{name} hat angerufen. Niemand ging dran.",
  poll: "Umfrage senden",
  reply: "Antworten",
  edit: "Ändern",
  delete: "Löschen",
  react: "Mit {emoji} reagieren",
  reactions: "Reaktionen",
  deleted: "Gelöscht",
  edited: "geändert",
  hidden: "Von {business} verborgen",
  liked: "Gefällt {business}",
  typing: "{business} schreibt …",
  tick_sent: "Gesendet",
  tick_delivered: "Zugestellt",
  tick_read: "Gelesen",
  seen: "Gesehen",
  stars: "{count} von 5 Sternen",
  rating: "Sterne",
  poll_text: "Umfrage",
  poll_question: "Welche Röstung als Nächstes?",
  file: "Datei",
  you: "Sie",
  unread: "{count} ungelesen",
  k_message: "Nachricht",
  k_comment: "Kommentar",
  k_mention: "Erwähnung",
  k_review: "Bewertung",
  k_edit: "Änderung",
  k_delete: "Löschung",
  k_react: "Reaktion",
  k_receipt_delivered: "Zustellbestätigung",
  k_receipt_read: "Lesebestätigung",
  k_block: "Blockiert",
  k_unblock: "Entsperrt",
  k_call: "Verpasster Anruf",
  k_typing: "Schreibt",
  echo: "Echo",
};

const LANGUAGES = { en: EN, de: DE };

export let language = pick();

function pick() {
  const kept = localStorage.getItem("sandbox.language") ?? new URLSearchParams(location.search).get("language");
  const wanted = kept ?? navigator.language.slice(0, 2);
  return wanted in LANGUAGES ? wanted : "en";
}

export function choose(next) {
  language = next in LANGUAGES ? next : "en";
  localStorage.setItem("sandbox.language", language);
}

export function t(key, values = {}) {
  const text = LANGUAGES[language][key] ?? EN[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Fills the fixed parts of the document. */
export function fill(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of root.querySelectorAll("[data-t-placeholder]")) node.placeholder = t(node.dataset.tPlaceholder);
}

const clock = () => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = () => new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** The hour for today, the day for what is older. */
export function when(at) {
  const then = new Date(at);
  return (then.toDateString() === new Date().toDateString() ? clock() : day()).format(then);
}
