// Shows the copy button of every [data-copy] and copies its data-copy-text, saying aloud how it went
// in the words of its [data-copy-status].

const SPOKEN_FOR_MS = 6000;

/** @param {HTMLElement} holder */
function enhance(holder) {
  const button = /** @type {HTMLButtonElement | null} */ (holder.querySelector("[data-copy-button]"));
  const status = /** @type {HTMLElement | null} */ (holder.querySelector("[data-copy-status]"));
  if (!button || !status || !navigator.clipboard) return;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let clearing;
  button.hidden = false;
  button.addEventListener("click", async () => {
    clearTimeout(clearing);
    try {
      await navigator.clipboard.writeText(holder.dataset.copyText ?? "");
      status.textContent = status.dataset.copied ?? "";
      clearing = setTimeout(() => { status.textContent = ""; }, SPOKEN_FOR_MS);
    } catch {
      status.textContent = status.dataset.notCopied ?? "";
    }
  });
}

for (const holder of document.querySelectorAll("[data-copy]")) {
  enhance(/** @type {HTMLElement} */ (holder));
}
