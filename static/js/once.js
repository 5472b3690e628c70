// Sends every form[data-submit-once] once: its buttons rest after the first press, until the page is shown again.

/** @param {HTMLFormElement} form */
function enhance(form) {
  /** @type {Set<HTMLButtonElement>} */
  const resting = new Set();

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // Later, since a disabled button would not send its own name and value.
    setTimeout(() => {
      for (const control of form.elements) {
        if (!(control instanceof HTMLButtonElement) || control.type !== "submit" || control.disabled) continue;
        control.disabled = true;
        resting.add(control);
      }
    });
  });

  // The browser may bring the page back as it was left, buttons resting.
  addEventListener("pageshow", () => {
    for (const button of resting) button.disabled = false;
    resting.clear();
  });
}

for (const form of document.querySelectorAll("form[data-submit-once]")) {
  enhance(/** @type {HTMLFormElement} */ (form));
}
