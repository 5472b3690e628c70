// Finds out what an embedding page lacks, and shows each finding's own words: [data-embed-check].

import { VERSION, fitting, freshNonce } from "./embed-messages.js";

const ANSWERS_WITHIN_MS = 5000;
const NARROWEST = 320;
const CLOCK_APART_MS = 60_000;
const page = /** @type {HTMLElement} */ (document.querySelector("[data-embed-check]"));
const isFramed = parent !== window;

/** @param {string} name @param {boolean | null} outcome null where nobody knows */
function find(name, outcome) {
  const finding = /** @type {HTMLElement} */ (document.querySelector(`[data-finding="${name}"]`));
  const state = outcome === null ? "unknown" : outcome ? "good" : "bad";
  finding.dataset.state = state;
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (finding.querySelectorAll("[data-when]"))) {
    words.hidden = words.dataset.when !== state;
  }
}

function lookAtOnce() {
  find("framed", isFramed);
  find("secure", isSecureContext);
  find("origin", self.origin !== "null");
  find("referrer", isFramed ? /^https?:\/\/[^/]+\/$/.test(document.referrer) : null);
  find("width", innerWidth >= NARROWEST);
  find("clock", Math.abs(Date.now() - Number(page.dataset.now) * 1000) < CLOCK_APART_MS);
  const policy = /** @type {any} */ (document).featurePolicy;
  for (const name of ["publickey-credentials-create", "publickey-credentials-get", "clipboard-write", "otp-credentials"]) {
    find(name, policy?.features().includes(name) ? policy.allowsFeature(name) : null);
  }
  try {
    find("storage", Boolean(localStorage));
  } catch {
    find("storage", false);
  }
}

async function lookAtCookies() {
  try {
    const { data } = await (await fetch(page.dataset.cookieUrl ?? "")).json();
    find("cookies", data.came_back);
  } catch {
    find("cookies", false);
  }
}

function lookAtVisibility() {
  if (!("isVisible" in (globalThis.IntersectionObserverEntry?.prototype ?? {}))) return find("visible", null);
  const watcher = new IntersectionObserver(
    ([entry]) => find("visible", /** @type {any} */ (entry).isVisible),
    /** @type {any} */ ({ trackVisibility: true, delay: 100 }),
  );
  watcher.observe(/** @type {Element} */ (page.querySelector("h1")));
}

function greet() {
  if (!isFramed) {
    find("script", null);
    return find("ticket", null);
  }
  const nonce = freshNonce();
  const silence = setTimeout(() => {
    find("script", false);
    find("ticket", false);
  }, ANSWERS_WITHIN_MS);
  addEventListener("message", ({ source, data, ports: [port] }) => {
    const answer = fitting(data, ["connect"]);
    if (source !== parent || answer?.nonce !== nonce || !port) return;
    clearTimeout(silence);
    find("script", true);
    find("ticket", answer.ticket !== null);
    const tell = () => port.postMessage({ type: "resized", height: Math.ceil(page.getBoundingClientRect().height) + 32 });
    new ResizeObserver(tell).observe(page);
  });
  parent.postMessage({ type: "hello", v: VERSION, nonce }, "*");
}

/** @type {HTMLElement} */ (page.querySelector("[data-findings]")).hidden = false;
page.querySelector("[data-without-script]")?.remove();
lookAtOnce();
lookAtVisibility();
lookAtCookies();
greet();
