// Shows every time[data-local-time] in the reader's own zone and way, and takes [data-until] away when its time is over.

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const SHOWN = {
  time: { timeStyle: "short" },
  date: { dateStyle: "long" },
  full: { dateStyle: "long", timeStyle: "short" },
};
const language = document.documentElement.lang;
// The reader's own kind of the page's language: British English writes a date its own way.
const reader = navigator.languages.find((each) => each.startsWith(language)) ?? language;
// In a frame the host may say it.
const locale = supported(document.documentElement.dataset.locale) ?? reader;

/** @param {string | undefined} tag */
function supported(tag) {
  try {
    return tag ? Intl.DateTimeFormat.supportedLocalesOf(tag)[0] : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Element | EventTarget | null} time */
function show(time) {
  if (!(time instanceof HTMLTimeElement)) return;
  const shown = SHOWN[time.dataset.localTime ?? "full"];
  time.textContent = new Intl.DateTimeFormat(locale, shown).format(new Date(time.dateTime));
}

for (const time of document.querySelectorAll("time[data-local-time]")) show(time);
// Whoever gives one another moment says so.
document.addEventListener("moment", (event) => show(event.target));

for (const passing of document.querySelectorAll("[data-until]")) {
  const left = Date.parse(/** @type {HTMLElement} */ (passing).dataset.until ?? "") - Date.now();
  setTimeout(() => passing.remove(), Math.max(0, left));
}
