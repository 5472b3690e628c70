// Shows every time[data-local-time] in the reader's own zone, and takes [data-until] away when its time is over.

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const SHOWN = {
  time: { hour: "2-digit", minute: "2-digit" },
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

for (const time of document.querySelectorAll("time[data-local-time]")) {
  const moment = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
  const shown = SHOWN[/** @type {HTMLTimeElement} */ (time).dataset.localTime ?? "full"];
  time.textContent = new Intl.DateTimeFormat(locale, shown).format(moment);
}

for (const passing of document.querySelectorAll("[data-until]")) {
  const left = Date.parse(/** @type {HTMLElement} */ (passing).dataset.until ?? "") - Date.now();
  setTimeout(() => passing.remove(), Math.max(0, left));
}
