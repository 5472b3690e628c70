// Shows the copy button of every [data-copy] and copies its data-copy-text, saying aloud how it went.

const COPIED = "Copied";
const NOT_COPIED = "Copying did not work. Select the text above and copy it by hand.";
const SPOKEN_FOR_MS = 6000;

/** @param {HTMLElement} holder */
function enhance(holder) {
  const button = /** @type {HTMLButtonElement | null} */ (holder.querySelector("[data-copy-button]"));
  const status = holder.querySelector("[data-copy-status]");
  if (!button || !status || !navigator.clipboard) return;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let clearing;
  button.hidden = false;
  button.addEventListener("click", async () => {
    clearTimeout(clearing);
    try {
      await navigator.clipboard.writeText(holder.dataset.copyText ?? "");
      status.textContent = COPIED;
      clearing = setTimeout(() => { status.textContent = ""; }, SPOKEN_FOR_MS);
    } catch {
      status.textContent = NOT_COPIED;
    }
  });
}

for (const holder of document.querySelectorAll("[data-copy]")) {
  enhance(/** @type {HTMLElement} */ (holder));
}
