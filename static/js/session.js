// Warns two minutes before [data-session] ends, in its dialog, and asks the server for more time where there is any.
// The seconds of the last minute are shown; spoken is every twentieth.

const WARN_MS = 120_000;
const CHECK_MS = 250;
const SPOKEN_EVERY_S = 20;
// "in 2 minutes", as the page's language says it.
const distance = new Intl.RelativeTimeFormat(document.documentElement.lang);

/** @param {number} seconds */
const when = (seconds) =>
  seconds > 60 ? distance.format(Math.ceil(seconds / 60), "minute") : distance.format(seconds, "second");

/**
 * A text that is the same is left alone: a screen reader speaks of every change.
 * @param {HTMLElement} place
 * @param {string} words
 */
const write = (place, words) => {
  if (place.textContent !== words) place.textContent = words;
};

/** @param {HTMLElement} holder */
function enhance(holder) {
  const dialog = /** @type {HTMLDialogElement | null} */ (holder.querySelector("[data-session-dialog]"));
  const text = /** @type {HTMLElement | null} */ (holder.querySelector("[data-session-text]"));
  const spoken = /** @type {HTMLElement | null} */ (holder.querySelector("[data-session-spoken]"));
  const extend = /** @type {HTMLElement | null} */ (holder.querySelector("[data-session-extend]"));
  const dismiss = /** @type {HTMLElement | null} */ (holder.querySelector("[data-session-dismiss]"));
  const form = /** @type {HTMLFormElement | null} */ (holder.querySelector("[data-session-stay]"));
  const shown = holder.querySelector("[data-session-until] time");
  if (!dialog || !text || !spoken) return;

  // Seconds, not a time of day: this machine's clock may be wrong.
  let end = Date.now() + Number(holder.dataset.seconds) * 1000;
  let final = "final" in holder.dataset;
  let told = false;

  /** @param {number} left */
  const tell = (left) => {
    const words = (final ? text.dataset.soonFinal : text.dataset.soon) ?? "";
    const seconds = Math.ceil(left / 1000);
    write(text, words.replace("{when}", when(seconds)));
    write(spoken, words.replace("{when}", when(Math.ceil(seconds / SPOKEN_EVERY_S) * SPOKEN_EVERY_S)));
  };

  /** @param {number} left */
  const warn = (left) => {
    tell(left);
    dialog.showModal();
    // Never on "Sign out": Enter may be on its way to the page behind.
    (extend ?? dismiss)?.focus();
    told = true;
  };

  const leave = () => {
    clearInterval(checking);
    // Another tab may have stayed: then the sign-in page leads straight back.
    location.replace(holder.dataset.leave ?? `/sign-in/?next=${encodeURIComponent(location.pathname)}`);
  };

  // A timer that is set once would sleep with the machine.
  const checking = setInterval(() => {
    const left = end - Date.now();
    if (left <= 0) leave();
    else if (left <= WARN_MS && !told) warn(left);
    else if (dialog.open) tell(left);
  }, CHECK_MS);

  const stay = async () => {
    if (!form) return;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(/** @type {any} */ (new FormData(form))),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      const { data } = await answer.json();
      end = Date.now() + data.seconds_left * 1000;
      final = data.is_final;
      told = false;
      if (shown instanceof HTMLTimeElement) {
        shown.dateTime = data.until;
        shown.dispatchEvent(new Event("moment", { bubbles: true }));
      }
      dialog.close();
    } catch {
      // Signed out meanwhile, or no connection: the ordinary way says what is wrong.
      form.submit();
    }
  };

  extend?.addEventListener("click", stay);
  dismiss?.addEventListener("click", () => dialog.close());
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
}

for (const holder of document.querySelectorAll("[data-session]")) {
  enhance(/** @type {HTMLElement} */ (holder));
}
