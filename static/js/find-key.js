// The key "/" leads to input[data-find-box]; arrow keys move between the links of [data-results], from
// wherever one is, and between those of [data-arrows] from one of them: elsewhere they scroll.

const box = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-find-box]"));

/** @param {string} where */
function linksOf(where) {
  return [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(`${where} a`))];
}

const results = linksOf("[data-results]");
const listed = linksOf("[data-arrows]");

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const at = event.target;
  return at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

/** @param {HTMLAnchorElement[]} links @param {number} step */
function move(links, step) {
  const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || isTyping(event)) return;
  const links = document.activeElement?.closest("[data-arrows]") ? listed : results;
  if (event.key === "/" && box) box.focus();
  else if (event.key === "ArrowDown" && links.length) move(links, 1);
  else if (event.key === "ArrowUp" && links.length) move(links, -1);
  else return;
  event.preventDefault();
});
