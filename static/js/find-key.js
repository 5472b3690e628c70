// The key "/" leads to input[data-find-box]; arrow keys move between the links of [data-results].

const box = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-find-box]"));
const links = [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-results] a"))];

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const at = event.target;
  return at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

/** @param {number} step */
function move(step) {
  const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || isTyping(event)) return;
  if (event.key === "/" && box) box.focus();
  else if (event.key === "ArrowDown" && links.length) move(1);
  else if (event.key === "ArrowUp" && links.length) move(-1);
  else return;
  event.preventDefault();
});
