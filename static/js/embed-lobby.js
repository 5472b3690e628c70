// The frame's first page: greets its parent, exchanges the ticket for a session, and shows the pages of the session.

import { VERSION, fitting, freshNonce } from "./embed-messages.js";

const HEIGHT_AT_MOST = 10_000;
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
  const body = { lobby: lobby.dataset.lobby, ticket, origin, ...looks };
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
    isFirst = false;
  };
  pages.src = data.start;
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
  measure(page);
  new ResizeObserver(() => measure(page)).observe(page.body);
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
  if (!isOpen) return;
  const answer = await post(lobby.dataset.appearanceUrl ?? "", look);
  if (answer.status === 401 || answer.status === 403) return expire();
  const { data } = await answer.json();
  if (data.theme_refused) fail("theme-refused");
  // What somebody is typing must not be lost for a colour.
  const sheet = /** @type {HTMLLinkElement | null} */ (inner()?.querySelector("link[data-theme]") ?? null);
  if (sheet) sheet.href = `${sheet.href.split("?")[0]}?${freshNonce()}`;
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

/** @param {MessageEvent} event */
function heard(event) {
  const message = fitting(event.data, ["theme", "locale", "ticket", "focus", "end"]);
  if (!message) return;
  if (message.type === "ticket") carefully(() => open(message.ticket));
  if (message.type === "theme") carefully(() => dress({ theme: message.theme }));
  if (message.type === "locale") carefully(() => dress({ locale: message.locale }));
  if (message.type === "end") carefully(end);
  if (message.type === "focus") /** @type {HTMLElement | null} */ ((inner() ?? document).querySelector("main"))?.focus();
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
  if (port) port.onmessage = heard;
  if (message.ticket === null) stop("sign-in");
  else carefully(() => open(message.ticket));
}

document.addEventListener("click", windowOpened);
if (parent !== window) {
  addEventListener("message", connect);
  parent.postMessage({ type: "hello", v: VERSION, nonce }, "*");
}
