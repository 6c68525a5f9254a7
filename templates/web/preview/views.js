// What is shown of a letter or a feed: frames, lines of a source, headers, findings. Nothing here asks the server.

export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const number = (value) => value.toLocaleString("en");

/** A set of radio buttons that look like one control. */
export function choose(fieldset, name, options, chosen, change) {
  const legend = fieldset.querySelector("legend");
  const had = fieldset.contains(document.activeElement);
  const labels = options.map(([value, text]) => {
    const input = make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => change(value) });
    return make("label", {}, input, make("span", {}, text));
  });
  fieldset.replaceChildren(legend, ...labels);
  fieldset.hidden = options.length < 2;
  if (had) fieldset.querySelector("input:checked")?.focus();
}

/** Options of a select; what was chosen stays so, as long as it is there. */
export function offer(select, groups, chosen) {
  const option = ([value, text]) => make("option", { value, selected: value === chosen }, text);
  const parts = groups.filter(([, options]) => options.length).map(([label, options]) =>
    label ? [make("optgroup", { label }, ...options.map(option))] : options.map(option));
  select.replaceChildren(...parts.flat());
}

const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** Frames side by side: `[class, title, address]` each. Those that are there already keep their place. */
export function frames(view, wanted, dark) {
  let row = view.querySelector(":scope > .frames");
  const kinds = wanted.map(([kind]) => kind).join();
  if (row?.dataset.kinds !== kinds) {
    row = make("div", { class: "frames", "data-kinds": kinds });
    for (const [kind, title] of wanted) {
      const caption = make("figcaption", {}, title);
      const frame = make("iframe", { title, sandbox: SANDBOX });
      new ResizeObserver(() => { caption.textContent = `${title} · ${frame.clientWidth} px`; }).observe(frame);
      row.append(make("figure", { class: kind }, caption, frame));
    }
    view.replaceChildren(row);
  }
  row.classList.toggle("dark", dark);
  wanted.forEach(([, , address], index) => {
    const frame = row.querySelectorAll("iframe")[index];
    const [former] = (frame.getAttribute("src") ?? "").split("&look=");
    if (frame.getAttribute("src") === address) return;
    const same = former === address.split("&look=")[0];
    const at = same ? frame.contentWindow?.scrollY ?? 0 : 0;
    frame.addEventListener("load", () => frame.contentWindow?.scrollTo(0, at), { once: true });
    // Replaced, not followed: the browser's Back is for pages, not for reloads.
    frame.setAttribute("src", address);
  });
}

/** When every frame shows what it was told to. */
export function ready(view) {
  const waiting = [...view.querySelectorAll("iframe")].filter((frame) => {
    const page = frame.contentDocument;
    return !page || page.readyState !== "complete" || page.URL !== new URL(frame.getAttribute("src"), location.href).href;
  });
  return Promise.all(waiting.map((frame) => new Promise((done) => { frame.addEventListener("load", done, { once: true }); })));
}

/** The lines of a source, or of the text part, each with its number. */
export function lines(view, text, label, kind = "source") {
  const items = text.replace(/\n$/, "").split("\n").map((line) => make("li", {}, make("span", { dir: kind === "text" ? "auto" : "ltr" }, line)));
  view.replaceChildren(make("ol", { class: `lines ${kind}`, "aria-label": label }, ...items));
}

export function headers(view, rows) {
  view.replaceChildren(make("table", { class: "headers" }, make("tbody", {}, ...rows.map((row) =>
    make("tr", { "data-name": row.name.toLowerCase() },
      make("th", { scope: "row" }, row.name),
      make("td", {}, row.value, row.read ? make("span", { class: "read" }, row.read) : null))))));
}

/** Marks a line and brings it into sight. */
export function pointAtLine(view, line) {
  view.querySelectorAll(".here").forEach((each) => each.classList.remove("here"));
  view.querySelectorAll("mark").forEach((each) => each.replaceWith(each.textContent));
  const item = view.querySelectorAll(".lines > li")[line - 1];
  if (!item) return false;
  item.classList.add("here");
  item.scrollIntoView({ block: "center" });
  return true;
}

// What holds no elements, or only text that looks like some.
const TOKEN = /<!--[^]*?-->|<(style|script|title|textarea)\b[^>]*>[^]*?<\/\1\s*>|<([a-z][^\s/>]*)(?:[^<>"']|"[^"]*"|'[^']*')*>/gi;

/** Marks the tag of an element, by a path such as `(//img)[2]`, in the lines of its source. */
export function pointAtTag(view, source, path) {
  const [, tag, count] = path.match(/^\(\/\/([\w-]+)\)\[(\d+)\]$/) ?? [];
  if (!tag) return false;
  let left = Number(count);
  for (const token of source.matchAll(TOKEN)) {
    if ((token[1] ?? token[2] ?? "").toLowerCase() !== tag || (left -= 1)) continue;
    const end = token[1] ? token[0].indexOf(">") + 1 : token[0].length;
    const line = source.slice(0, token.index).split("\n").length;
    if (!pointAtLine(view, line)) return false;
    const text = view.querySelector(".here > span");
    const start = token.index - source.lastIndexOf("\n", token.index - 1) - 1;
    const whole = text.textContent;
    const mark = make("mark", {}, whole.slice(start, start + end));
    text.closest(".here").classList.remove("here");
    text.replaceChildren(whole.slice(0, start), mark, whole.slice(start + end));
    mark.scrollIntoView({ block: "center" });
    return true;
  }
  return false;
}

function found(page, place) {
  if (place.path?.startsWith("(//") || place.path?.startsWith("/")) {
    try {
      return page.evaluate(place.path, page, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
    } catch { return null; }
  }
  return place.id ? [...page.querySelectorAll("[data-id]")].find((each) => each.dataset.id === place.id) : null;
}

/** Outlines what a finding is about in every frame; false where there is nothing to be seen of it. */
export function pointInFrames(view, place) {
  let shown = false;
  for (const frame of view.querySelectorAll("iframe")) {
    const page = frame.contentDocument;
    if (!page) continue;
    for (const former of page.querySelectorAll("[data-pointed]")) {
      former.style.outline = former.style.outlineOffset = "";
      former.removeAttribute("data-pointed");
    }
    const element = found(page, place);
    if (!element || element === page.body || ![...element.getClientRects()].some((box) => box.width && box.height)) continue;
    element.setAttribute("data-pointed", "");
    element.style.outline = "3px solid #d4007a";
    element.style.outlineOffset = "2px";
    element.scrollIntoView({ block: "center" });
    shown = true;
  }
  return shown;
}

const KINDS = { error: "Error", warning: "Warning", note: "Note" };

/** A list of findings, and of problems; `go` leads to the place of a finding. */
export function findings(list, items, go) {
  list.replaceChildren(...items.map((item) => {
    const words = [make("span", { class: "kind" }, KINDS[item.severity]), make("span", {}, item.message)];
    const place = item.file ? `${item.file}${item.line ? `:${item.line}` : ""}` : item.line ? `line ${item.line}` : "";
    const more = [item.of, place, item.field, item.rule].filter(Boolean);
    const head = go && item.rule ? make("button", { type: "button", onclick: (event) => {
      list.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
      event.currentTarget.setAttribute("aria-current", "true");
      go(item);
    } }, ...words) : make("div", {}, ...words);
    return make("li", { class: item.severity }, head,
      item.hint ? make("p", {}, item.hint) : null,
      more.length ? make("p", {}, make("code", {}, more.join(" · "))) : null);
  }));
}

/** How large a letter is, beside the size at which Gmail cuts it off. */
export function sizes(place, size, shortened) {
  const bar = (name, bytes) => [
    make("dt", {}, name), make("dd", {}, `${number(bytes)} bytes`),
  ];
  const most = Math.max(size.decoded, size.sent);
  const share = Math.round((most / size.limit) * 100);
  const meter = make("div", { class: `meter${most > size.limit ? " over" : ""}`, role: "meter", "aria-label": "Share of Gmail’s limit", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.min(share, 100), "aria-valuetext": `${share} %` }, make("span"));
  meter.firstChild.style.width = `${Math.min(share, 100)}%`;
  const over = most > size.limit;
  place.replaceChildren(
    make("p", {}, over ? `Gmail cuts this letter off: ${share} % of its limit` : `${share} % of what Gmail shows`), meter,
    make("dl", { class: "sizes" }, ...bar("HTML, decoded", size.decoded), ...bar("HTML, as sent", size.sent), ...bar("Gmail’s limit", size.limit), ...bar("Whole message", size.message)),
    ...shortened.map((each) => make("p", { class: "note short" }, `Shortened: “${each.title}”, ${number(each.saved)} bytes less`)));
}

export function trouble(place, error) {
  place.hidden = !error;
  if (!error) { place.replaceChildren(); return; }
  const where = [error.file && `${error.file}${error.line ? `:${error.line}` : ""}`, error.field && `field ${error.field}`, error.id].filter(Boolean).join(", ");
  // An address, a file's name or a command stays as it is written.
  const said = (text) => (/^(?!syndicate )[a-z]+[\s,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);
  const more = [error.hint, error.file ? "Save the file, and this page goes on." : ""].filter(Boolean);
  place.replaceChildren(make("strong", {}, said(error.message)), where ? make("code", {}, where) : "", ...more.map((text) => make("p", {}, said(text))));
}
