// A page within a frame: sends nothing while it is covered, and leads to a window of ours where a frame is not enough.

const LOOKED_AT_LATEST_MS = 100;
const isFramed = parent !== window;
const root = document.documentElement;

/** Whether the person can see what they press, as far as this browser can tell. */
function watchVisibility() {
  if (!isFramed || !("isVisible" in (globalThis.IntersectionObserverEntry?.prototype ?? {}))) return;
  /** @type {WeakMap<Element, boolean>} */
  const visible = new WeakMap();
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) visible.set(entry.target, /** @type {any} */ (entry).isVisible);
    },
    /** @type {any} */ ({ trackVisibility: true, delay: LOOKED_AT_LATEST_MS, threshold: [0, 0.5, 1] }),
  );
  for (const form of document.querySelectorAll("form")) {
    if (form.method !== "post") continue;
    for (const button of form.querySelectorAll("button")) watcher.observe(button);
    form.addEventListener(
      "submit",
      (event) => {
        const button = event.submitter ?? form.querySelector("button");
        // Unknown, too, is not seen: it is looked at well before anybody could have read it.
        if (!button || visible.get(button) === true) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        const said = /** @type {HTMLElement | null} */ (document.querySelector("[data-covered]"));
        if (said) said.hidden = false;
        document.dispatchEvent(new CustomEvent("frame-covered"));
      },
      true,
    );
  }
}

/** @param {HTMLAnchorElement} link @param {string} token */
async function prepare(link, token) {
  try {
    const answer = await fetch(link.dataset.prepare ?? "", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ reason: link.dataset.portalWindow }),
      redirect: "error",
    });
    const { data } = await answer.json();
    link.href = data.window;
    link.hidden = false;
  } catch {
    const said = /** @type {HTMLElement | null} */ (document.querySelector("[data-prepared]"));
    if (said) said.textContent = said.dataset.notPrepared ?? "";
  }
}

/** Two requests at once would both want the proof, and the one whose answer is lost may get it. @param {HTMLFormElement} form */
function once(form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
}

/** Somebody who comes back from the window goes on without a press. @param {HTMLFormElement} form */
function goOnWhenBack(form) {
  const goOn = () => document.visibilityState === "visible" && form.requestSubmit();
  addEventListener("focus", goOn);
  document.addEventListener("visibilitychange", goOn);
}

/**
 * Where the host gave the frame no passkeys, a window stands in place of the form that needs them.
 * @param {HTMLTemplateElement} instead `data-needs-passkeys` names the permission: create or get
 */
function offerWindowForPasskeys(instead) {
  const policy = /** @type {any} */ (document).featurePolicy;
  if (!isFramed || policy?.allowsFeature(`publickey-credentials-${instead.dataset.needsPasskeys}`)) return;
  if (!policy) return offerWindowOnceRefused(instead);
  root.dataset.noPasskeys = "";
  instead.replaceWith(instead.content);
  // The lobby listens once this page is loaded.
  addEventListener("load", () => setTimeout(() => document.dispatchEvent(new CustomEvent("frame-no-passkeys"))));
}

/**
 * Firefox and Safari do not tell beforehand. Once they have refused, the window stands beside the form: they
 * refuse alike where somebody only changed their mind.
 * @param {HTMLTemplateElement} instead
 */
function offerWindowOnceRefused(instead) {
  const offer = () => {
    instead.replaceWith(instead.content);
    readyLinks();
  };
  document.addEventListener("passkey-refused", offer, { once: true });
}

function readyLinks() {
  for (const form of document.querySelectorAll("[data-go-on]")) once(/** @type {HTMLFormElement} */ (form));
  for (const link of document.querySelectorAll("a[data-prepare]")) {
    const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-go-on]"));
    const token = form?.dataset.csrf ?? /** @type {HTMLElement} */ (link).dataset.csrf ?? "";
    prepare(/** @type {HTMLAnchorElement} */ (link), token);
    link.addEventListener("click", () => form && goOnWhenBack(form), { once: true });
  }
}

watchVisibility();
for (const template of document.querySelectorAll("template[data-needs-passkeys]")) {
  offerWindowForPasskeys(/** @type {HTMLTemplateElement} */ (template));
}
readyLinks();

