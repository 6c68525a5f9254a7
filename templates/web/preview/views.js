// The parts of the page: frames, lines of a document, headers, findings. Nothing here sends a request.

export function createElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const formatNumber = (value) => value.toLocaleString("en");

/** Fills a fieldset with radio buttons, and hides it if there is nothing to choose. */
export function fillRadioGroup(fieldset, name, options, chosen, onChange) {
  const legend = fieldset.querySelector("legend");
  const hadFocus = fieldset.contains(document.activeElement);
  const labels = options.map(([value, text]) => {
    const input = createElement("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onChange(value) });
    return createElement("label", {}, input, createElement("span", {}, text));
  });
  fieldset.replaceChildren(legend, ...labels);
  fieldset.hidden = options.length < 2;
  if (hadFocus) fieldset.querySelector("input:checked")?.focus();
}

/** Fills a select with groups of options; a group without a label has no heading. */
export function fillSelect(select, groups, chosen) {
  const option = ([value, text]) => createElement("option", { value, selected: value === chosen }, text);
  const parts = groups.filter(([, options]) => options.length).map(([label, options]) =>
    label ? [createElement("optgroup", { label }, ...options.map(option))] : options.map(option));
  select.replaceChildren(...parts.flat());
}

const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** Shows frames side by side, each given as `[class, title, url]`. A frame that exists keeps its scroll position. */
export function showFrames(view, wanted, isDark) {
  let row = view.querySelector(":scope > .frames");
  const kinds = wanted.map(([kind]) => kind).join();
  if (row?.dataset.kinds !== kinds) {
    row = createElement("div", { class: "frames", "data-kinds": kinds });
    for (const [kind, title] of wanted) {
      const caption = createElement("figcaption", {}, title);
      const frame = createElement("iframe", { title, sandbox: SANDBOX });
      new ResizeObserver(() => { caption.textContent = `${title} · ${frame.clientWidth} px`; }).observe(frame);
      row.append(createElement("figure", { class: kind }, caption, frame));
    }
    view.replaceChildren(row);
  }
  row.classList.toggle("dark", isDark);
  const withoutAppearance = (url) => (url ?? "").split("&colors=")[0];
  wanted.forEach(([, , url], index) => {
    const frame = row.querySelectorAll("iframe")[index];
    const previous = frame.getAttribute("src");
    if (previous === url) return;
    const isSame = withoutAppearance(previous) === withoutAppearance(url);
    const scroll = isSame ? frame.contentWindow?.scrollY ?? 0 : 0;
    frame.addEventListener("load", () => frame.contentWindow?.scrollTo(0, scroll), { once: true });
    frame.setAttribute("src", url);
  });
}

/** Resolves when every frame has loaded its URL. */
export function waitForFrames(view) {
  const loading = [...view.querySelectorAll("iframe")].filter((frame) => {
    const page = frame.contentDocument;
    return !page || page.readyState !== "complete" || page.URL !== new URL(frame.getAttribute("src"), location.href).href;
  });
  return Promise.all(loading.map((frame) => new Promise((resolve) => { frame.addEventListener("load", resolve, { once: true }); })));
}

/** Shows the numbered lines of a document (`source`) or of a text part (`text`). */
export function showLines(view, text, label, kind = "source") {
  const items = text.replace(/\n$/, "").split("\n").map((line) =>
    createElement("li", {}, createElement("span", { dir: kind === "text" ? "auto" : "ltr" }, line)));
  view.replaceChildren(createElement("ol", { class: `lines ${kind}`, "aria-label": label }, ...items));
}

export function showHeaders(view, headers) {
  const rows = headers.map((header) =>
    createElement("tr", { "data-name": header.name.toLowerCase() },
      createElement("th", { scope: "row" }, header.name),
      createElement("td", {}, header.value, header.decoded ? createElement("span", { class: "decoded" }, header.decoded) : null)));
  view.replaceChildren(createElement("table", { class: "headers" }, createElement("tbody", {}, ...rows)));
}

/** Highlights a line and scrolls to it; returns false if there is no such line. */
export function highlightLine(view, line) {
  view.querySelectorAll(".highlighted").forEach((each) => each.classList.remove("highlighted"));
  view.querySelectorAll("mark").forEach((each) => each.replaceWith(each.textContent));
  const item = view.querySelectorAll(".lines > li")[line - 1];
  if (!item) return false;
  item.classList.add("highlighted");
  item.scrollIntoView({ block: "center" });
  return true;
}

// A comment, an element whose content is not parsed as HTML, or a start tag.
const TOKEN = /<!--[^]*?-->|<(style|script|title|textarea)\b[^>]*>[^]*?<\/\1\s*>|<([a-z][^\s/>]*)(?:[^<>"']|"[^"]*"|'[^']*')*>/gi;

/** Highlights the start tag of an element, given by a path such as `(//img)[2]`, in the lines of its document. */
export function highlightTag(view, source, path) {
  const [, tag, count] = path.match(/^\(\/\/([\w-]+)\)\[(\d+)\]$/) ?? [];
  if (!tag) return false;
  let remaining = Number(count);
  for (const token of source.matchAll(TOKEN)) {
    if ((token[1] ?? token[2] ?? "").toLowerCase() !== tag || (remaining -= 1)) continue;
    const length = token[1] ? token[0].indexOf(">") + 1 : token[0].length;
    const line = source.slice(0, token.index).split("\n").length;
    if (!highlightLine(view, line)) return false;
    const text = view.querySelector(".highlighted > span");
    const start = token.index - source.lastIndexOf("\n", token.index - 1) - 1;
    const content = text.textContent;
    const mark = createElement("mark", {}, content.slice(start, start + length));
    text.closest(".highlighted").classList.remove("highlighted");
    text.replaceChildren(content.slice(0, start), mark, content.slice(start + length));
    mark.scrollIntoView({ block: "center" });
    return true;
  }
  return false;
}

function findElement(page, place) {
  if (place.path?.startsWith("(//") || place.path?.startsWith("/")) {
    try {
      return page.evaluate(place.path, page, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
    } catch {
      // Not every path of a finding is an XPath expression.
      return null;
    }
  }
  return place.id ? [...page.querySelectorAll("[data-id]")].find((each) => each.dataset.id === place.id) : null;
}

/** Outlines the element of a finding in every frame; returns false if no frame shows it. */
export function outlineInFrames(view, place) {
  let isShown = false;
  for (const frame of view.querySelectorAll("iframe")) {
    const page = frame.contentDocument;
    if (!page) continue;
    for (const previous of page.querySelectorAll("[data-outlined]")) {
      previous.style.outline = previous.style.outlineOffset = "";
      previous.removeAttribute("data-outlined");
    }
    const element = findElement(page, place);
    const isVisible = element && element !== page.body && [...element.getClientRects()].some((box) => box.width && box.height);
    if (!isVisible) continue;
    element.setAttribute("data-outlined", "");
    element.style.outline = "3px solid #d4007a";
    element.style.outlineOffset = "2px";
    element.scrollIntoView({ block: "center" });
    isShown = true;
  }
  return isShown;
}

const SEVERITIES = { error: "Error", warning: "Warning", note: "Note" };
const formatPlace = ({ file, line }) => (file ? `${file}${line ? `:${line}` : ""}` : line ? `line ${line}` : "");

const MAX_OF_A_KIND = 3;

/** Lists findings and problems by kind, of each kind the first few; `goTo` shows the place of a finding. */
export function showFindings(list, findings, goTo) {
  const select = (event, finding) => {
    list.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
    event.currentTarget.setAttribute("aria-current", "true");
    goTo(finding);
  };
  const item = (finding) => {
    const text = [createElement("span", { class: "severity" }, SEVERITIES[finding.severity]), createElement("span", {}, finding.message)];
    const details = [finding.formatName, formatPlace(finding), finding.field, finding.rule].filter(Boolean);
    const head = goTo && finding.rule
      ? createElement("button", { type: "button", onclick: (event) => select(event, finding) }, ...text)
      : createElement("div", {}, ...text);
    return createElement("li", { class: finding.severity }, head,
      finding.hint ? createElement("p", {}, finding.hint) : null,
      details.length ? createElement("p", {}, createElement("code", {}, details.join(" · "))) : null);
  };
  const groups = new Map();
  for (const finding of findings) {
    if (!groups.has(finding.kind)) groups.set(finding.kind, []);
    groups.get(finding.kind).push(finding);
  }
  list.replaceChildren(...[...groups.values()].flatMap((group) => {
    const items = group.slice(0, MAX_OF_A_KIND).map(item);
    const more = group.slice(MAX_OF_A_KIND);
    if (!more.length) return items;
    const summary = createElement("summary", {}, `${formatNumber(more.length)} more like these`);
    const rest = createElement("details", { ontoggle: (event) => {
      // Created when it is opened: there may be thousands.
      if (event.target.open && !rest.querySelector("ol")) rest.append(createElement("ol", {}, ...more.map(item)));
    } }, summary);
    return [...items, createElement("li", {}, rest)];
  }));
}

/** Shows the sizes of an edition, and its share of the size at which Gmail clips a message. */
export function showSizes(box, sizes, shortened) {
  const largest = Math.max(sizes.html, sizes.encoded_html);
  const share = Math.round((largest / sizes.limit) * 100);
  const isClipped = largest > sizes.limit;
  const meter = createElement("div", { class: `meter${isClipped ? " over" : ""}`, role: "meter", "aria-label": "Share of the Gmail limit", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.min(share, 100), "aria-valuetext": `${share} %` }, createElement("span"));
  meter.firstChild.style.width = `${Math.min(share, 100)}%`;
  const rows = [["HTML", sizes.html], ["HTML, encoded", sizes.encoded_html], ["Gmail limit", sizes.limit], ["Whole message", sizes.message]];
  box.replaceChildren(
    createElement("p", {}, isClipped ? `Gmail clips this edition: it has ${share} % of the limit` : `${share} % of the Gmail limit`), meter,
    createElement("dl", { class: "sizes" }, ...rows.flatMap(([name, bytes]) => [
      createElement("dt", {}, name), createElement("dd", {}, `${formatNumber(bytes)} bytes`),
    ])),
    ...shortened.map((each) => createElement("p", { class: "note shortened" }, `Shortened: “${each.title}”, by ${formatNumber(each.saved)} bytes`)));
}

/** Shows an error in place of the preview, or hides the box. */
export function showAlert(box, error) {
  box.hidden = !error;
  if (!error) { box.replaceChildren(); return; }
  const place = [formatPlace(error), error.field && `field ${error.field}`, error.id].filter(Boolean).join(", ");
  // Only a sentence gets a capital; a file name, an address or a command stays as it is.
  const capitalize = (text) => (/^(?!syndicate )[a-z]+[\s,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);
  const more = [error.hint, error.file ? "Save the file to reload this page." : ""].filter(Boolean);
  box.replaceChildren(
    createElement("strong", {}, capitalize(error.message)),
    place ? createElement("code", {}, place) : "",
    ...more.map((text) => createElement("p", {}, capitalize(text))));
}
