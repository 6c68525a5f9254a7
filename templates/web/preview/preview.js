// The page's course: what is chosen, what is asked of the server, and what happens when a file changes.

import * as views from "./views.js";

const $ = (id) => document.getElementById(id);
const token = document.querySelector("meta[name=preview-token]").content;
const asked = new URLSearchParams(location.search);

const state = {
  show: asked.get("show") ?? "",
  edition: asked.get("edition") ?? "",
  subscriber: asked.get("subscriber") ?? "",
  language: asked.get("language") ?? "",
  view: asked.get("view") ?? "",
  width: asked.get("width") ?? "",
  look: asked.get("look") ?? "light",
  images: asked.get("images") ?? "on",
};
let contents = null;
let current = null;   // What the server told of the letter or feed that is shown.
let generation = 0;
let turn = 0;         // Of answers only the last one asked for counts.

const letter = () => state.show.startsWith("letter:");
const name = () => state.show.slice(state.show.indexOf(":") + 1);
const widest = () => $("view").clientWidth;

function say(text, kind = "") {
  $("status").textContent = text;
  $("status").className = `status ${kind}`;
}

function query(more = {}) {
  const parts = letter()
    ? { newsletter: name(), edition: state.edition, subscriber: state.subscriber, language: state.language }
    : { feed: name() };
  return new URLSearchParams({ ...parts, ...more }).toString();
}

function keep() {
  const kept = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value && !(key === "look" && value === "light") && !(key === "images" && value === "on")) kept.set(key, value);
  history.replaceState(null, "", `?${kept}`);
}

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

/** Asks again for everything; `what` has changed. */
async function refresh(what = "") {
  const mine = ++turn;
  if (what) say(`${what} changed`, "busy");
  try {
    const found = await ask("/contents");
    if (mine !== turn) return;
    generation = found.generation;
    if (found.error) {
      stop(found.error);
      return;
    }
    contents = found;
    offerAll();
    await showAll(mine, what);
  } catch (error) {
    if (mine === turn) say(`No answer (${error.message}). Does syndicate preview still run?`, "bad");
  }
}

function stop(error) {
  current = null;
  views.trouble($("trouble"), error);
  $("envelope").replaceChildren();
  $("view").replaceChildren();
  tellFindings([]);
  for (const id of ["size", "send-set", "views", "findings-set"]) $(id).hidden = true;
  $("pick").hidden = !contents;
  say(error.file ? `Mistake in ${error.file}` : "Nothing to show", "bad");
}

function offerAll() {
  $("site").textContent = contents.site;
  document.title = `Preview: ${contents.site}`;
  $("transport").textContent = contents.transport;
  const letters = contents.newsletters.map((each) => [`letter:${each.name}`, each.title]);
  const feeds = contents.feeds.map((each) => [`feed:${each.name}`, each.name]);
  const known = [...letters, ...feeds].map(([value]) => value);
  if (!known.includes(state.show)) state.show = known[0] ?? "";
  views.offer($("show"), [["Newsletters", letters], ["Feeds", feeds]], state.show);
  const newsletter = contents.newsletters.find((each) => letter() && each.name === name());
  $("letter-picks").hidden = !newsletter;
  if (newsletter) {
    const editions = newsletter.editions.map((each) => [each.id, `No. ${each.number}: ${each.subject}`]);
    if (!editions.some(([id]) => id === state.edition)) state.edition = "";
    views.offer($("edition"), [["", [["", "The next one"]]], ["As composed", editions]], state.edition);
    $("people").replaceChildren(...newsletter.people.map((email) => views.make("option", { value: email })));
  }
  const languages = contents.languages.map((each) => [each.code, each.name]);
  if (!languages.some(([code]) => code === state.language)) state.language = "";
  views.offer($("language"), [["", [["", state.subscriber ? "The subscriber’s" : "The newsletter’s"], ...languages]]], state.language);
  if (document.activeElement !== $("subscriber")) $("subscriber").value = state.subscriber;
  views.findings($("problems"), contents.problems, null);
  $("sources").hidden = !contents.problems.length;
}

async function showAll(mine = ++turn, what = "") {
  keep();
  if (!state.show) {
    stop({ message: "The config has no [[newsletter]] and no [[feed]]", hint: "Add one, and it is shown here" });
    return;
  }
  const found = await ask(`/${letter() ? "letter" : "feed"}?${query()}`);
  if (mine !== turn) return;
  generation = found.generation;
  if (found.error) {
    stop(found.error);
    return;
  }
  current = found;
  views.trouble($("trouble"), null);
  for (const id of ["pick", "views", "findings-set"]) $(id).hidden = false;
  $("send-set").hidden = !letter();
  $("size").hidden = !letter();
  $("eml").href = `/letter.eml?${query()}`;
  envelope();
  if (letter()) views.sizes($("sizes"), current.sizes, current.shortened);
  tellFindings(letter() ? [...current.findings, ...current.problems] : ofFeed());
  draw();
  const time = new Date().toLocaleTimeString("en-GB");
  say(what ? `Reloaded at ${time}: ${what} changed` : `Up to date at ${time}`);
}

const SHOWS = {
  newest: "Nothing is new since the last edition: this shows the newest articles, as an example.",
  sample: "There is no article yet: this shows a made-up one.",
};

function envelope() {
  const box = $("envelope");
  if (!letter()) {
    const count = current.entries === 1 ? "1 article" : `${views.number(current.entries)} articles`;
    box.replaceChildren(views.make("p", { class: "subject", dir: "auto" }, current.title), views.make("p", {}, `${count} · ${current.files.map((each) => `${each.path}, ${views.number(each.size)} bytes`).join(" · ")}`));
    return;
  }
  const subject = views.make("p", { class: "subject", dir: "auto" }, current.subject);
  if (current.preheader) subject.append(views.make("span", { class: "more" }, ` ${current.preheader.slice(0, 140)}`));
  box.replaceChildren(subject, views.make("p", {}, `${current.from} to ${current.to}`));
  if (SHOWS[current.shows]) box.append(views.make("p", { class: "said" }, SHOWS[current.shows]));
}

const ofFeed = () => [
  ...current.files.flatMap((file) => file.findings.map((each) => ({ ...each, kind: file.kind, of: file.name }))),
  ...current.problems,
];

function tellFindings(items) {
  const errors = items.filter((each) => each.severity === "error").length;
  const warnings = items.filter((each) => each.severity === "warning").length;
  const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  $("findings-count").textContent = items.length ? [errors && counted(errors, "error"), warnings && counted(warnings, "warning")].filter(Boolean).join(", ") : !current ? "" : current.lint === "off" ? "the linter is off" : "none";
  if (errors && current.lint === "refuse") $("findings-count").textContent += "; compose refuses it";
  views.findings($("findings"), items, go);
}

/** Leads to the place that a finding is about. */
async function go(item) {
  const view = $("view");
  if (letter()) {
    if (item.path === "text") { look("text"); views.pointAtLine(view, item.line); return; }
    if (item.path?.startsWith("message")) {
      look("sent");
      if (item.line) views.pointAtLine(view, item.line);
      return;
    }
    const inMail = item.path?.startsWith("(//");
    if (inMail && state.view !== "source") {
      look("mail");
      await views.ready(view);
      if (views.pointInFrames(view, item)) return;
    }
    look("source");
    if (!inMail || !views.pointAtTag(view, current.source, item.path)) views.pointAtLine(view, item.line ?? 1);
    return;
  }
  if (state.view === "reader" && item.id && views.pointInFrames(view, { id: item.id })) return;
  look(item.kind);
  views.pointAtLine(view, item.line ?? 1);
}

function look(view) {
  if (state.view === view) return;
  state.view = view;
  keep();
  draw();
}

/** Draws what is known already. */
function draw() {
  const view = $("view");
  const kinds = letter()
    ? [["mail", "Mail"], ["text", "Text"], ["source", "Source"], ["headers", "Headers"], ["sent", "As sent"]]
    : [["reader", "Reader"], ...(current.page ? [["page", "Page"]] : []), ...current.files.map((each) => [each.kind, each.name])];
  if (!kinds.some(([kind]) => kind === state.view)) state.view = kinds[0][0];
  const framed = ["mail", "reader", "page"].includes(state.view);
  if (!["both", "phone", "desktop"].includes(state.width)) state.width = "";
  const width = state.width || (widest() >= 960 ? "both" : widest() >= 560 ? "desktop" : "phone");
  const set = (key) => (value) => { state[key] = value; keep(); draw(); };
  views.choose($("view-set"), "view", kinds, state.view, set("view"));
  views.choose($("width-set"), "width", state.view === "mail" || state.view === "page" ? [["both", "Both"], ["phone", "Phone"], ["desktop", "Desktop"]] : [], width, set("width"));
  const looks = [["light", "Light"], ["dark", "Dark"], ["inverted", "Inverted"]].slice(0, state.view === "mail" ? 3 : 2);
  const shade = looks.some(([value]) => value === state.look) ? state.look : "light";
  views.choose($("look-set"), "look", framed && state.view !== "page" ? looks : [], shade, set("look"));
  $("images-set").hidden = !framed;
  $("images").checked = state.images === "on";
  const more = { look: shade, images: state.images, generation };
  if (state.view === "mail" || state.view === "page") {
    const address = state.view === "mail" ? `/letter.html?${query(more)}` : `/feed.html?${query({ as: "page", ...more })}`;
    const both = [["phone", "Phone", address], ["desktop", "Desktop", address]];
    views.frames(view, width === "both" ? both : both.filter(([kind]) => kind === width), shade === "dark");
  } else if (state.view === "reader") {
    views.frames(view, [["reader", "As a feed reader shows it", `/feed.html?${query(more)}`]], shade === "dark");
  } else if (state.view === "text") {
    views.lines(view, current.text, "Text part", "text");
  } else if (state.view === "headers") {
    views.headers(view, current.headers);
  } else {
    const file = current.files?.find((each) => each.kind === state.view);
    const label = file ? `Source of ${file.path}` : state.view === "sent" ? "The message as it is sent" : "Source of the HTML part";
    views.lines(view, file ? file.source : current[state.view], label);
  }
  // What cannot be focused cannot be scrolled from the keyboard.
  view.toggleAttribute("tabindex", false);
  if (!framed) {
    view.setAttribute("tabindex", "0");
    view.setAttribute("role", "region");
    view.setAttribute("aria-label", kinds.find(([kind]) => kind === state.view)[1]);
  } else {
    view.removeAttribute("role");
    view.removeAttribute("aria-label");
  }
}

async function pick(event) {
  const { id, value } = event.target;
  if (state[id] === value.trim()) return;
  state[id] = value.trim();
  if (id === "show") state.edition = "";
  if (contents) offerAll();
  try { await showAll(); } catch (error) { say(`No answer (${error.message})`, "bad"); }
}

async function send(event) {
  event.preventDefault();
  const button = $("send").querySelector("button");
  if (button.getAttribute("aria-disabled") === "true") return;
  const to = $("to").value.trim();
  const told = (text, kind) => { $("sent").textContent = text; $("sent").className = `note ${kind}`; };
  button.setAttribute("aria-disabled", "true");
  told(`Sending to ${to}`, "");
  try {
    const answer = await fetch("/send", {
      method: "POST",
      headers: { "content-type": "application/json", "x-preview-token": token },
      body: JSON.stringify({ ...Object.fromEntries(new URLSearchParams(query())), to }),
    });
    if (!answer.ok) throw new Error(answer.status === 403 ? "Load this page again: the preview was started anew" : `The server answered ${answer.status}`);
    const found = await answer.json();
    if (found.error) throw new Error([found.error.message, found.error.hint].filter(Boolean).join(": "));
    told(`Sent to ${found.to} by ${found.transport}`, "good");
  } catch (error) {
    told(error.message, "bad");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

for (const id of ["show", "edition", "subscriber", "language"]) $(id).addEventListener("change", pick);
$("pick").addEventListener("submit", (event) => event.preventDefault());
$("send").addEventListener("submit", send);
$("images").addEventListener("change", (event) => { state.images = event.target.checked ? "on" : "off"; keep(); if (current) draw(); });

const events = new EventSource("/events");
events.addEventListener("now", (event) => { if (JSON.parse(event.data).generation !== generation) refresh(); });
events.addEventListener("change", (event) => refresh(JSON.parse(event.data).what));
events.addEventListener("error", () => say("Not connected. Does syndicate preview still run?", "bad"));
