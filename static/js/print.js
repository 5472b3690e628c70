// Shows every [data-print] button and lets it print the page.

for (const button of document.querySelectorAll("[data-print]")) {
  const shown = /** @type {HTMLButtonElement} */ (button);
  shown.hidden = false;
  shown.addEventListener("click", () => print());
}
