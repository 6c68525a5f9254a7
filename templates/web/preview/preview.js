// The state of the page: what is chosen, the requests to the server, and reloading after a change.

import * as views from "./views.js";

const $ = (id) => document.getElementById(id);
const token = document.querySelector("meta[name=preview-token]").content;
const query = new URLSearchParams(location.search);
const DEFAULTS = { show: "", edition: "", subscriber: "", language: "", view: "", width: "", colors: "light", images: "on" };

const state = Object.fromEntries(Object.entries(DEFAULTS).map(([key, value]) => [key, query.get(key) ?? value]));
let contents = null;
let current = null;     // The edition or feed that is shown, as the server sent it.
let generation = 0;
let lastRequest = 0;    // Responses to earlier requests are ignored.

const isEdition = () => state.show.startsWith("newsletter:");
const shownName = () => state.show.slice(state.show.indexOf(":") + 1);

function setStatus(text, kind = "") {
  $("status").textContent = text;
  $("status").className = `status ${kind}`;
}

function requestQuery(more = {}) {
  const parameters = isEdition()
    ? { newsletter: shownName(), edition: state.edition, subscriber: state.subscriber, language: state.language }
    : { feed: shownName() };
  return new URLSearchParams({ ...parameters, ...more }).toString();
}

function saveStateInUrl() {
  const changed = Object.entries(state).filter(([key, value]) => value !== DEFAULTS[key]);
  history.replaceState(null, "", `?${new URLSearchParams(changed)}`);
}

async function getJson(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

function showConnectionError(error) {
  setStatus(`No answer (${error.message}). Is syndicate preview still running?`, "bad");
}

/** Requests everything again; `changed` names the changed file. */
async function reload(changed = "") {
  const request = ++lastRequest;
  if (changed) setStatus(`${changed} changed`, "busy");
  try {
    const response = await getJson("/contents");
    if (request !== lastRequest) return;
    generation = response.generation;
    if (response.error) {
      showError(response.error);
      return;
    }
    contents = response;
    fillChoices();
    await loadShown(request, changed);
  } catch (error) {
    if (request === lastRequest) showConnectionError(error);
  }
}

function showError(error) {
  current = null;
  views.showAlert($("alert"), error);
  $("summary").replaceChildren();
  $("view").replaceChildren();
  showFindings([]);
  for (const id of ["size", "send-section", "controls", "findings-section"]) $(id).hidden = true;
  $("choices").hidden = !contents;
  setStatus(error.file ? `Error in ${error.file}` : "Nothing to show", "bad");
}

function fillChoices() {
  $("site").textContent = contents.site;
  document.title = `Preview: ${contents.site}`;
  $("transport").textContent = contents.transport;
  const newsletters = contents.newsletters.map((each) => [`newsletter:${each.name}`, each.title]);
  const feeds = contents.feeds.map((each) => [`feed:${each.name}`, each.name]);
  const known = [...newsletters, ...feeds].map(([value]) => value);
  if (!known.includes(state.show)) state.show = known[0] ?? "";
  views.fillSelect($("show"), [["Newsletters", newsletters], ["Feeds", feeds]], state.show);
  const newsletter = contents.newsletters.find((each) => isEdition() && each.name === shownName());
  $("edition-choices").hidden = !newsletter;
  if (newsletter) {
    const editions = newsletter.editions.map((each) => [each.id, `No. ${each.number}: ${each.subject}`]);
    if (!editions.some(([id]) => id === state.edition)) state.edition = "";
    views.fillSelect($("edition"), [["", [["", "Next edition"]]], ["Composed editions", editions]], state.edition);
    $("subscribers").replaceChildren(...newsletter.subscribers.map((email) => views.createElement("option", { value: email })));
  }
  const languages = contents.languages.map((each) => [each.code, each.name]);
  if (!languages.some(([code]) => code === state.language)) state.language = "";
  const ownLanguage = state.subscriber ? "Language of the subscriber" : "Language of the newsletter";
  views.fillSelect($("language"), [["", [["", ownLanguage], ...languages]]], state.language);
  if (document.activeElement !== $("subscriber")) $("subscriber").value = state.subscriber;
  views.showFindings($("problems"), contents.problems, null);
  $("problems-section").hidden = !contents.problems.length;
}

async function loadShown(request = ++lastRequest, changed = "") {
  saveStateInUrl();
  if (!state.show) {
    showError({ message: "The config has no [[newsletter]] and no [[feed]]", hint: "Add one of them to see it here." });
    return;
  }
  const response = await getJson(`/${isEdition() ? "edition" : "feed"}?${requestQuery()}`);
  if (request !== lastRequest) return;
  generation = response.generation;
  if (response.error) {
    showError(response.error);
    return;
  }
  current = response;
  views.showAlert($("alert"), null);
  for (const id of ["choices", "controls", "findings-section"]) $(id).hidden = false;
  $("send-section").hidden = !isEdition();
  $("size").hidden = !isEdition();
  $("eml").href = `/edition.eml?${requestQuery()}`;
  showSummary();
  if (isEdition()) views.showSizes($("sizes"), current.sizes, current.shortened);
  showFindings(isEdition() ? [...current.findings, ...current.problems] : feedFindings());
  showView();
  const time = new Date().toLocaleTimeString("en-GB");
  setStatus(changed ? `Reloaded at ${time}: ${changed} changed` : `Up to date at ${time}`);
}

const BASIS_NOTES = {
  newest: "There are no new articles since the last edition. The newest articles are shown as an example.",
  sample: "There are no articles yet. A sample article is shown.",
};

function showSummary() {
  const box = $("summary");
  if (!isEdition()) {
    const count = current.entries === 1 ? "1 entry" : `${views.formatNumber(current.entries)} entries`;
    const files = current.files.map((each) => `${each.path}, ${views.formatNumber(each.size)} bytes`);
    box.replaceChildren(
      views.createElement("p", { class: "subject", dir: "auto" }, current.title),
      views.createElement("p", {}, [count, ...files].join(" · ")));
    return;
  }
  const subject = views.createElement("p", { class: "subject", dir: "auto" }, current.subject);
  if (current.preheader) subject.append(views.createElement("span", { class: "preheader" }, ` ${current.preheader.slice(0, 140)}`));
  box.replaceChildren(subject, views.createElement("p", {}, `From ${current.from} to ${current.to}`));
  if (BASIS_NOTES[current.basis]) box.append(views.createElement("p", { class: "basis" }, BASIS_NOTES[current.basis]));
}

const feedFindings = () => [
  ...current.files.flatMap((file) => file.findings.map((each) => ({ ...each, format: file.format, formatName: file.name }))),
  ...current.problems,
];

function showFindings(findings) {
  const count = (severity) => {
    const number = findings.filter((each) => each.severity === severity).length;
    return number ? `${number} ${severity}${number === 1 ? "" : "s"}` : "";
  };
  let summary = "";
  if (findings.length) summary = [count("error"), count("warning"), count("note")].filter(Boolean).join(", ");
  else if (current) summary = current.lint === "off" ? "the linter is off" : "none";
  if (count("error") && current.lint === "refuse") summary += "; compose refuses this edition";
  $("findings-count").textContent = summary;
  views.showFindings($("findings"), findings, goTo);
}

/** Shows the place of a finding. */
async function goTo(finding) {
  const view = $("view");
  if (!isEdition()) {
    if (state.view === "reader" && finding.id && views.outlineInFrames(view, { id: finding.id })) return;
    switchView(finding.format);
    views.highlightLine(view, finding.line ?? 1);
    return;
  }
  if (finding.path === "text") {
    switchView("text");
    views.highlightLine(view, finding.line);
    return;
  }
  if (finding.path?.startsWith("message")) {
    switchView("message");
    if (finding.line) views.highlightLine(view, finding.line);
    return;
  }
  const hasElement = finding.path?.startsWith("(//");
  if (hasElement && state.view !== "html") {
    switchView("mail");
    await views.waitForFrames(view);
    if (views.outlineInFrames(view, finding)) return;
  }
  switchView("html");
  if (!hasElement || !views.highlightTag(view, current.html, finding.path)) views.highlightLine(view, finding.line ?? 1);
}

function switchView(view) {
  if (state.view === view) return;
  state.view = view;
  saveStateInUrl();
  showView();
}

/** Shows the current edition or feed in the chosen view, without a request for its data. */
function showView() {
  const view = $("view");
  const kinds = isEdition()
    ? [["mail", "Mail"], ["text", "Text"], ["html", "HTML"], ["headers", "Headers"], ["message", "Raw message"]]
    : [["reader", "Feed reader"], ...(current.has_page ? [["page", "Web page"]] : []), ...current.files.map((each) => [each.format, each.name])];
  if (!kinds.some(([kind]) => kind === state.view)) state.view = kinds[0][0];
  const hasWidths = state.view === "mail" || state.view === "page";
  const isFramed = hasWidths || state.view === "reader";
  if (!["both", "phone", "desktop"].includes(state.width)) state.width = "";
  const available = view.clientWidth;
  const width = state.width || (available >= 960 ? "both" : available >= 560 ? "desktop" : "phone");
  const colorChoices = [["light", "Light"], ["dark", "Dark"], ["inverted", "Inverted"]].slice(0, state.view === "mail" ? 3 : 2);
  const colors = colorChoices.some(([value]) => value === state.colors) ? state.colors : "light";
  const change = (key) => (value) => { state[key] = value; saveStateInUrl(); showView(); };
  views.fillRadioGroup($("view-control"), "view", kinds, state.view, change("view"));
  views.fillRadioGroup($("width-control"), "width", hasWidths ? [["both", "Both"], ["phone", "Phone"], ["desktop", "Desktop"]] : [], width, change("width"));
  views.fillRadioGroup($("colors-control"), "colors", isFramed && state.view !== "page" ? colorChoices : [], colors, change("colors"));
  $("images-control").hidden = !isFramed;
  $("images").checked = state.images === "on";
  const appearance = { colors, images: state.images, generation };
  if (hasWidths) {
    const url = state.view === "mail" ? `/edition.html?${requestQuery(appearance)}` : `/feed.html?${requestQuery({ as: "page", ...appearance })}`;
    const both = [["phone", "Phone", url], ["desktop", "Desktop", url]];
    views.showFrames(view, width === "both" ? both : both.filter(([kind]) => kind === width), colors === "dark");
  } else if (state.view === "reader") {
    views.showFrames(view, [["reader", "As in a feed reader", `/feed.html?${requestQuery(appearance)}`]], colors === "dark");
  } else if (state.view === "text") {
    views.showLines(view, current.text, "Text part", "text");
  } else if (state.view === "headers") {
    views.showHeaders(view, current.headers);
  } else {
    const file = current.files?.find((each) => each.format === state.view);
    const label = file ? `Source of ${file.path}` : state.view === "message" ? "Raw message" : "HTML part";
    views.showLines(view, file ? file.source : current[state.view], label);
  }
  // Only an element that can have the focus can be scrolled with the keyboard.
  const attributes = { tabindex: "0", role: "region", "aria-label": kinds.find(([kind]) => kind === state.view)[1] };
  for (const [name, value] of Object.entries(attributes)) {
    if (isFramed) view.removeAttribute(name);
    else view.setAttribute(name, value);
  }
}

async function choose(event) {
  const { id } = event.target;
  const value = event.target.value.trim();
  if (state[id] === value) return;
  state[id] = value;
  if (id === "show") state.edition = "";
  if (contents) fillChoices();
  try {
    await loadShown();
  } catch (error) {
    showConnectionError(error);
  }
}

async function sendTestCopy(event) {
  event.preventDefault();
  const button = $("send").querySelector("button");
  if (button.getAttribute("aria-disabled") === "true") return;
  const address = $("address").value.trim();
  const showResult = (text, kind = "") => { $("send-result").textContent = text; $("send-result").className = `note ${kind}`; };
  button.setAttribute("aria-disabled", "true");
  showResult(`Sending to ${address}`);
  try {
    const response = await fetch("/send", {
      method: "POST",
      headers: { "content-type": "application/json", "x-preview-token": token },
      body: JSON.stringify({ ...Object.fromEntries(new URLSearchParams(requestQuery())), address }),
    });
    if (!response.ok) throw new Error(response.status === 403 ? "Reload this page: syndicate preview was restarted" : `The server answered ${response.status}`);
    const result = await response.json();
    if (result.error) throw new Error([result.error.message, result.error.hint].filter(Boolean).join(": "));
    showResult(`Sent to ${result.address} through ${result.transport}`, "good");
  } catch (error) {
    showResult(error.message, "bad");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

for (const id of ["show", "edition", "subscriber", "language"]) $(id).addEventListener("change", choose);
$("choices").addEventListener("submit", (event) => event.preventDefault());
$("send").addEventListener("submit", sendTestCopy);
$("images").addEventListener("change", (event) => {
  state.images = event.target.checked ? "on" : "off";
  saveStateInUrl();
  if (current) showView();
});

const events = new EventSource("/events");
events.addEventListener("connected", (event) => { if (JSON.parse(event.data).generation !== generation) reload(); });
events.addEventListener("change", (event) => reload(JSON.parse(event.data).changed));
events.addEventListener("error", () => setStatus("Not connected. Is syndicate preview still running?", "bad"));
