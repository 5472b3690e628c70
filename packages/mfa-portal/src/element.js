// <mfa-portal>: the pages of a Cognito MFA portal in a frame, and a private line to them.

import { EVENTS, VERSION, fits } from "./protocol.js";
import { isTheme } from "./theme.js";

const TITLE = "Sign-in settings";
const PERMISSIONS = [
  "publickey-credentials-create", "publickey-credentials-get", "clipboard-write", "otp-credentials",
];
const ATTRIBUTES = ["src", "client", "locale", "theme"];
const [LOWEST, FIRST, HIGHEST] = [160, 480, 4000]; // of the frame, in CSS pixels
const GREETS_WITHIN_MS = 20_000;
// Asked more often than this without a page to show for it, the host is told and left alone.
const TICKETS_IN_A_ROW = 3;
const LOOK = ":host{display:block}:host([hidden]){display:none}iframe{border:0;display:block;width:100%}";

/** The origin of a portal: https, or http on this machine. @param {string | null} src */
export function originOf(src) {
  const { origin, protocol, hostname } = new URL(src ?? "");
  const here = protocol === "http:" && ["localhost", "127.0.0.1"].includes(hostname);
  if (protocol !== "https:" && !here) throw new TypeError("https is needed");
  return origin;
}

// On a server there is no HTMLElement, and nothing to show.
export class MfaPortal extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ATTRIBUTES;

  #origin = "";
  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  /** @type {MessagePort | null} */
  #port = null;
  /** @type {(() => Promise<string | null>) | null} */
  #fetchTicket = null;
  /** Who gets the next ticket. @type {((ticket: string | null) => unknown) | null} */
  #waiting = null;
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #late;

  get fetchTicket() { return this.#fetchTicket; }
  set fetchTicket(given) {
    this.#fetchTicket = given;
    this.#asked = 0;
    if (given && this.#waiting) this.#ask(this.#waiting);
  }

  get src() { return this.getAttribute("src"); }
  set src(given) { this.#reflect("src", given); }
  get client() { return this.getAttribute("client"); }
  set client(given) { this.#reflect("client", given); }
  get locale() { return this.getAttribute("locale"); }
  set locale(given) { this.#reflect("locale", given); }
  get theme() { return JSON.parse(this.getAttribute("theme") || "null"); }
  // Also as the attribute has it: React sets a property where there is one.
  set theme(given) { this.#reflect("theme", given && typeof given === "object" ? JSON.stringify(given) : given); }

  connectedCallback() {
    // What was set before the element was defined lies in front of the accessors.
    for (const name of [...ATTRIBUTES, "fetchTicket"]) {
      if (!Object.hasOwn(this, name)) continue;
      const { [name]: value } = /** @type {any} */ (this);
      delete /** @type {any} */ (this)[name];
      /** @type {any} */ (this)[name] = value;
    }
    addEventListener("message", this.#hear);
    document.addEventListener("securitypolicyviolation", this.#seeRefusal);
    this.#open();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    document.removeEventListener("securitypolicyviolation", this.#seeRefusal);
    this.#close();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (!this.#frame || before === now) return;
    if (name === "theme") this.#send({ type: "theme", theme: this.#theme() });
    else if (name === "locale") this.#send({ type: "locale", locale: this.#locale() });
    else this.#open();
  }

  /** Take the keyboard focus to the beginning of the frame's page. */
  focus() {
    this.#frame?.focus();
    this.#send({ type: "focus" });
  }

  /** End the frame's session; `closed` follows. */
  end() {
    this.#send({ type: "end" });
  }

  #open() {
    this.#close();
    this.#asked = 0;
    try {
      this.#origin = originOf(this.src);
    } catch {
      return this.#fail("src-refused");
    }
    const frame = document.createElement("iframe");
    frame.title = this.getAttribute("frame-title") || TITLE;
    frame.allow = PERMISSIONS.map((name) => `${name} ${this.#origin}`).join("; ");
    frame.referrerPolicy = "strict-origin";
    frame.style.height = `${FIRST}px`;
    const page = this.hasAttribute("check") ? "check" : "";
    frame.src = `${this.#origin}/embed/${page}?client=${encodeURIComponent(this.client ?? "")}`;
    this.#frame = frame;
    this.#room().append(frame);
    this.#late = setTimeout(() => this.#fail("no-answer"), GREETS_WITHIN_MS);
  }

  #close() {
    clearTimeout(this.#late);
    this.#hangUp();
    this.#waiting = null;
    this.#frame?.remove();
    this.#frame = null;
  }

  #hangUp() {
    this.#port?.close();
    this.#port = null;
  }

  /** Where the frame stands, out of reach of the page's style sheets. */
  #room() {
    if (this.shadowRoot) return this.shadowRoot;
    const root = this.attachShadow({ mode: "open", delegatesFocus: false });
    // A sheet made by script is allowed under any style-src.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    root.adoptedStyleSheets = [sheet];
    return root;
  }

  /** The frame's greeting; whatever else comes to this window is not ours. @param {MessageEvent} event */
  #hear = ({ source, origin, data }) => {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin) return;
    if (!fits("hello", data)) {
      if (data?.type === "hello" && data.v !== VERSION) this.#fail("version-refused");
      return;
    }
    clearTimeout(this.#late);
    this.#hangUp();
    this.#ask((ticket) => this.#connect(data.nonce, ticket));
  };

  /** @param {string} nonce @param {string | null} ticket */
  #connect(nonce, ticket) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#port === port1 && this.#take(data);
    const answer = { type: "connect", v: VERSION, nonce, ticket, theme: this.#theme(), locale: this.#locale() };
    this.#frame?.contentWindow?.postMessage(answer, this.#origin, [port2]);
  }

  /** What the frame says on the port. @param {any} said */
  #take(said) {
    if (!EVENTS.includes(said?.type) || !fits(said.type, said)) return;
    const { type, ...detail } = said;
    if (type === "resized") this.#grow(detail.height);
    if (type === "ready") this.#asked = 0;
    if (type === "closed") this.#hangUp();
    const goOn = this.dispatchEvent(new CustomEvent(type, { detail, cancelable: true }));
    if (goOn && (type === "session-expired" || detail.code === "ticket-refused")) this.#ask(this.#renew);
  }

  /** @param {string | null} ticket */
  #renew = (ticket) => ticket && this.#send({ type: "ticket", ticket });

  /** Get a ticket from the host for whoever waits for one. @param {(ticket: string | null) => unknown} use */
  async #ask(use) {
    this.#waiting = use;
    if (!this.#fetchTicket) return;
    let ticket = null;
    let failed = false;
    try {
      if (this.#asked++ >= TICKETS_IN_A_ROW) throw new RangeError();
      ticket = await this.#fetchTicket();
      if (ticket !== null && !fits("ticketText", ticket)) throw new TypeError();
    } catch {
      ticket = null;
      failed = true;
    }
    // Meanwhile the frame may have been loaded again, or taken away.
    if (this.#waiting !== use) return;
    // A host that could not get one sets fetchTicket again when it can.
    this.#waiting = failed ? this.#renew : null;
    use(ticket);
    if (failed) this.#fail("ticket-unavailable");
  }

  /** @param {number} height */
  #grow(height) {
    if (this.#frame) this.#frame.style.height = `${Math.min(Math.max(height, LOWEST), HIGHEST)}px`;
  }

  /** @param {object} message */
  #send(message) {
    this.#port?.postMessage(message);
  }

  #theme() {
    const given = this.getAttribute("theme");
    if (!given) return null;
    try {
      const theme = JSON.parse(given);
      if (isTheme(theme)) return theme;
    } catch { /* no JSON: refused like any other */ }
    this.#fail("theme-refused");
    return null;
  }

  #locale() {
    return fits("localeTag", this.locale) ? this.locale : null;
  }

  /** @param {string} code */
  #fail(code) {
    this.dispatchEvent(new CustomEvent("error", { detail: { code } }));
  }

  /** The page's own policy may forbid the frame. @param {SecurityPolicyViolationEvent} refusal */
  #seeRefusal = ({ blockedURI, effectiveDirective, disposition }) => {
    const ours = effectiveDirective === "frame-src" && disposition === "enforce";
    if (ours && this.#frame && blockedURI.startsWith(this.#origin)) this.#fail("frame-forbidden");
  };

  /** @param {string} name @param {string | null | undefined} value */
  #reflect(name, value) {
    if (value == null) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }
}
