// Holds the button of every form[data-countdown="seconds"] back until the time is over.
// The seconds are shown, not spoken; only the end is announced. The server keeps the rule either way.

// "in 5 seconds", as the page's language says it.
const distance = new Intl.RelativeTimeFormat(document.documentElement.lang);

/** @param {HTMLFormElement} form */
function enhance(form) {
  const button = form.querySelector("button");
  const text = form.querySelector("[data-countdown-text]");
  const shown = form.querySelector("[data-countdown-when]");
  const status = /** @type {HTMLElement | null} */ (form.querySelector("[data-countdown-status]"));
  const end = Date.now() + Number(form.dataset.countdown) * 1000;
  if (!button || !text || !shown || !status || !(end > Date.now())) return;

  /** @param {SubmitEvent} event */
  const refuse = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  // aria-disabled rather than disabled: the button keeps its focus and can be found.
  button.setAttribute("aria-disabled", "true");
  form.addEventListener("submit", refuse, { capture: true });

  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left > 0) {
      shown.textContent = distance.format(left, "second");
      return;
    }
    clearInterval(ticking);
    form.removeEventListener("submit", refuse, { capture: true });
    button.removeAttribute("aria-disabled");
    text.remove();
    status.textContent = status.dataset.ready ?? "";
  };
  const ticking = setInterval(tick, 250);
}

for (const form of document.querySelectorAll("form[data-countdown]")) {
  enhance(/** @type {HTMLFormElement} */ (form));
}
