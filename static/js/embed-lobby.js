// The frame's first page: greets its parent, exchanges the ticket for a session, and shows the pages of the session.

import { VERSION, fitting, freshNonce } from "./embed-messages.js";

const HEIGHT_AT_MOST = 10_000;
const SETTLED_MS = 200;
const WORDS = "h1, p, a";
const lobby = /** @type {HTMLElement} */ (document.querySelector("[data-lobby]"));
const pages = /** @type {HTMLIFrameElement} */ (document.querySelector("[data-pages]"));
const origins = /** @type {string[]} */ (JSON.parse(document.getElementById("origins")?.textContent ?? "[]"));

let nonce = freshNonce();
/** @type {MessagePort | null} */
let port = null;
let origin = "";
let csrf = "";
let isOpen = false;
let height = -1;
/** @type {Record<string, unknown>} */
let looks = { theme: null, locale: null };
/** The locale that the lobby's own words were asked for with. */
let spoken = "";
/** @type {string | null} A locale that the server has taken, and the page within may not show yet. */
let awaited = null;
let isSent = false;
/** @type {Promise<unknown>} */
let dressed = Promise.resolve();

/** @param {Record<string, unknown>} message */
const tell = (message) => port?.postMessage(message);
/** @param {string} code */
const fail = (code) => tell({ type: "error", code });

/** Show one of the sections in place of the pages. @param {string} name */
function stop(name) {
  pages.hidden = true;
  lobby.querySelector("[data-waiting]")?.setAttribute("hidden", "");
  for (const section of lobby.querySelectorAll("[data-stopped]")) {
    /** @type {HTMLElement} */ (section).hidden = /** @type {HTMLElement} */ (section).dataset.stopped !== name;
  }
  measure(document);
}

function expire() {
  if (!isOpen) return;
  isOpen = false;
  pages.src = "about:blank";
  stop("over");
  tell({ type: "session-expired" });
}

/** @param {string} url @param {unknown} body */
const post = (url, body) =>
  fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(body),
    redirect: "error",
  });

/** @param {string} ticket */
async function open(ticket) {
  isOpen = false;
  const then = looks;
  const body = { lobby: lobby.dataset.lobby, ticket, origin, ...then };
  const answer = await post(lobby.dataset.sessionUrl ?? "", body);
  if (answer.status >= 500) throw new TypeError("unreachable");
  if (!answer.ok) {
    stop("over");
    return fail("ticket-refused");
  }
  const { data } = await answer.json();
  csrf = data.csrf;
  const link = /** @type {HTMLAnchorElement} */ (lobby.querySelector("[data-window-link]"));
  link.href = data.window;
  if (data.theme_refused) fail("theme-refused");
  const probe = await fetch(lobby.dataset.probeUrl ?? "", { headers: { Accept: "application/json" } });
  if (probe.status === 401) {
    stop("cookies");
    return fail("cookies-blocked");
  }
  if (!probe.ok) throw new TypeError("unreachable");
  isOpen = true;
  let isFirst = true;
  pages.onload = () => {
    shown();
    if (isFirst) tell({ type: "ready" });
    else fromItsTop();
    isFirst = false;
  };
  pages.src = data.start;
  if (looks !== then) await dress(looks);
}

/** The page within, or null where it is not ours: the browser's own, or one that may not be shown here. */
function inner() {
  try {
    const page = pages.contentDocument;
    return page?.documentElement.dataset.frame ? page : null;
  } catch {
    return null;
  }
}

/** Look at the page that has just been loaded. */
function shown() {
  if (!isOpen) return;
  const page = inner();
  const state = page?.documentElement.dataset.frame;
  if (!page || state === "over") return expire();
  for (const section of lobby.querySelectorAll("[data-stopped], [data-waiting]")) section.setAttribute("hidden", "");
  pages.hidden = false;
  pages.title = page.title;
  if (state === "problem") fail("page-failed");
  if (state === "prove") tell({ type: "proof-needed", where: page.querySelector("[data-portal-window]") ? "window" : "frame" });
  for (const { factor, act } of JSON.parse(page.getElementById("frame-events")?.textContent ?? "[]")) {
    tell({ type: "changed", factor, act });
  }
  page.addEventListener("click", windowOpened);
  page.addEventListener("frame-covered", () => fail("covered"));
  page.addEventListener("frame-no-passkeys", () => fail("passkeys-not-allowed"));
  page.addEventListener("submit", (event) => { isSent ||= !event.defaultPrevented; });
  measure(page);
  new ResizeObserver(() => measure(page)).observe(page.body);
  isSent = false;
  catchUp(page);
}

/**
 * Show the page in the host's language, as it is now asked for anew; where that would lose something, the next page has it.
 * @param {Document} page
 */
function catchUp(page) {
  const { locale } = page.documentElement.dataset;
  if (awaited === null || locale === undefined) return;
  const isLate = locale !== awaited;
  if (isLate && (isSent || isTypedOn(page))) return;
  // Once, whatever comes: another frame of this browser may have said another language since.
  awaited = null;
  if (isLate) page.location.reload();
}

/** Whether something is typed here, or the page answers what was. @param {Document} page */
function isTypedOn(page) {
  const isAnswer = "answer" in page.documentElement.dataset;
  return isAnswer || [...page.querySelectorAll("input, textarea, select")].some(isTyped);
}

/** Of the page within, which has classes of its own: `instanceof` would not know it. @param {any} control */
function isTyped(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  const first = [...control.options].findIndex((option) => option.defaultSelected);
  return control.selectedIndex !== Math.max(0, first);
}

/** Whoever went on at the end of a long page sees the next one from its top, though it is the host's page that is scrolled. */
function fromItsTop() {
  const page = inner();
  const isTheirs = document.hasFocus() && page?.activeElement === page?.body;
  if (isTheirs) page?.body.firstElementChild?.scrollIntoView({ block: "nearest" });
}

/** @param {Event} event */
function windowOpened(event) {
  // Of the page within, which has an Element of its own: `instanceof` would not know it.
  const link = /** @type {HTMLElement | null} */ (/** @type {Element | null} */ (event.target)?.closest?.("[data-portal-window]") ?? null);
  if (link) tell({ type: "window-opened", reason: link.dataset.portalWindow });
}

/** Tell the host how high the content is, and make room for the page within. @param {Document} page */
function measure(page) {
  const needed = page === document ? lobby.getBoundingClientRect().height : page.body.getBoundingClientRect().height;
  const next = Math.min(HEIGHT_AT_MOST, Math.ceil(needed));
  if (page !== document) pages.style.height = `${next}px`;
  if (next === height) return;
  height = next;
  tell({ type: "resized", height });
}

/** @param {Record<string, unknown>} look */
async function dress(look) {
  looks = { ...looks, ...look };
  speak();
  if (!isOpen) return;
  const answer = await post(lobby.dataset.appearanceUrl ?? "", look);
  if (answer.status === 401 || answer.status === 403) return expire();
  const { data } = await answer.json();
  if (data.theme_refused) fail("theme-refused");
  // What somebody is typing must not be lost for a colour.
  const sheet = /** @type {HTMLLinkElement | null} */ (inner()?.querySelector("link[data-theme]") ?? null);
  if (sheet) sheet.href = `${sheet.href.split("?")[0]}?${freshNonce()}`;
  if (!("locale" in look)) return;
  awaited = String(look.locale ?? "");
  const page = inner();
  if (page) catchUp(page);
}

/** Say the lobby's own few words in the host's language, too. It was loaded before the host could name one. */
async function speak() {
  const locale = String(looks.locale ?? "");
  if (locale === spoken) return;
  spoken = locale;
  const root = document.documentElement;
  if (`${locale}-`.toLowerCase().startsWith(`${root.lang}-`)) return;
  const address = new URL(location.href);
  address.searchParams.set("locale", locale);
  try {
    // Without cookies: a session that is being opened must not meet an answer to an older one.
    const answer = await fetch(address, { credentials: "omit", headers: { Accept: "text/html" } });
    if (!answer.ok || spoken !== locale) return;
    const other = new DOMParser().parseFromString(await answer.text(), "text/html");
    [root.lang, root.dir] = [other.documentElement.lang, other.documentElement.dir];
    reword([...lobby.querySelectorAll(WORDS)], [...other.querySelectorAll(`[data-lobby] :is(${WORDS})`)]);
  } catch {
    // They stay as they are, which is better than nothing.
  }
}

/** To the beginning of the page. Between sites the focus moves in its own time: what came before may take it away once more. */
function begin() {
  const focus = () => /** @type {HTMLElement | null} */ ((inner() ?? document).querySelector("main"))?.focus();
  focus();
  setTimeout(() => { if (inner()?.activeElement === inner()?.body) focus(); }, SETTLED_MS);
}

/** Where each link leads and has the focus stays as it is. @param {Element[]} mine @param {Element[]} theirs */
function reword(mine, theirs) {
  for (const [place, element] of mine.entries()) {
    if (!element.childElementCount) element.textContent = theirs[place]?.textContent ?? "";
  }
  if (pages.hidden) measure(document);
}

async function end() {
  if (isOpen) await post(lobby.dataset.closeUrl ?? "", {});
  isOpen = false;
  pages.src = "about:blank";
  stop("over");
  tell({ type: "closed" });
  port?.close();
  port = null;
}

/** @param {() => Promise<unknown> | unknown} act */
async function carefully(act) {
  try {
    await act();
  } catch {
    stop("unreachable");
    fail("unreachable");
  }
}

/** One after the other, so that what the host said last is what stays. @param {Record<string, unknown>} look */
function inTurn(look) {
  dressed = dressed.then(() => carefully(() => dress(look)));
}

/** @param {MessageEvent} event */
function heard(event) {
  const message = fitting(event.data, ["theme", "locale", "ticket", "focus", "end"]);
  if (!message) return;
  if (message.type === "ticket") carefully(() => open(message.ticket));
  if (message.type === "theme") inTurn({ theme: message.theme });
  if (message.type === "locale") inTurn({ locale: message.locale });
  if (message.type === "end") carefully(end);
  if (message.type === "focus") begin();
}

/** @param {MessageEvent} event */
function connect(event) {
  if (event.source !== parent || !origins.includes(event.origin) || event.ports.length !== 1) return;
  const message = fitting(event.data, ["connect"]);
  if (!message || message.nonce !== nonce || !nonce) return;
  nonce = "";
  removeEventListener("message", connect);
  origin = event.origin;
  port = event.ports[0] ?? null;
  looks = { theme: message.theme, locale: message.locale };
  speak();
  if (port) port.onmessage = heard;
  if (message.ticket === null) stop("sign-in");
  else carefully(() => open(message.ticket));
}

document.addEventListener("click", windowOpened);
if (parent === window) {
  stop("alone");
} else {
  addEventListener("message", connect);
  parent.postMessage({ type: "hello", v: VERSION, nonce }, "*");
}
