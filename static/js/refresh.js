// Draws a part of the page anew while something goes on: [data-refresh="2"], in seconds.
// For two minutes only: a page that is left alone must not keep anybody signed in.

const MOST_MILLISECONDS = 120_000;
const began = Date.now();

const part = () => document.querySelector("[data-refresh]");
const seconds = () => Number(part()?.dataset.refresh ?? 0);

async function drawAnew() {
  const answer = await fetch(location.href, { redirect: "error" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const newer = page.querySelector("[data-refresh]");
  if (!answer.ok || !newer) return;
  if (newer.dataset.refresh === "0") {
    location.reload();
    return;
  }
  // A button that somebody is about to press stays where it is.
  if (!part().contains(document.activeElement)) part().replaceWith(newer);
  later();
}

function later() {
  if (!seconds() || Date.now() - began > MOST_MILLISECONDS) return;
  setTimeout(() => (document.hidden ? later() : drawAnew().catch(later)), seconds() * 1000);
}

later();
