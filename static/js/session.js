// Warns two minutes before [data-session] ends, in its dialog, and asks the server for more time where there is any.

const WARN_MS = 120_000;
const CHECK_MS = 1000;

/** @param {HTMLElement} holder */
function enhance(holder) {
  const dialog = /** @type {HTMLDialogElement | null} */ (holder.querySelector("[data-session-dialog]"));
  const text = holder.querySelector("[data-session-text]");
  const form = /** @type {HTMLFormElement | null} */ (holder.querySelector("[data-session-stay]"));
  const shown = holder.querySelector("[data-session-until] time");
  if (!dialog || !text) return;

  // Seconds, not a time of day: this machine's clock may be wrong.
  let end = Date.now() + Number(holder.dataset.seconds) * 1000;
  let final = "final" in holder.dataset;
  let told = false;

  const warn = () => {
    const minutes = Math.max(1, Math.round((end - Date.now()) / 60_000));
    const when = `in ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
    text.textContent = final
      ? `You have been signed in for as long as is allowed, so you will be signed out ${when}. Finish what you are doing.`
      : `Nothing has happened here for a while, so you will be signed out ${when}. What you have typed would be lost.`;
    dialog.showModal();
    told = true;
  };

  const leave = () => {
    clearInterval(checking);
    // Another tab may have stayed: then the sign-in page leads straight back.
    location.replace(holder.dataset.leave ?? `/sign-in/?next=${encodeURIComponent(location.pathname)}`);
  };

  // A timer that is set once would sleep with the machine.
  const checking = setInterval(() => {
    const left = end - Date.now();
    if (left <= 0) leave();
    else if (left <= WARN_MS && !told) warn();
  }, CHECK_MS);

  const stay = async () => {
    if (!form) return;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(/** @type {any} */ (new FormData(form))),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      const { data } = await answer.json();
      end = Date.now() + data.seconds_left * 1000;
      final = data.is_final;
      told = false;
      if (shown instanceof HTMLTimeElement) {
        shown.dateTime = data.until;
        shown.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
          hour: "2-digit", minute: "2-digit",
        }).format(new Date(data.until));
      }
      dialog.close();
    } catch {
      // Signed out meanwhile, or no connection: the ordinary way says what is wrong.
      form.submit();
    }
  };

  holder.querySelector("[data-session-extend]")?.addEventListener("click", stay);
  holder.querySelector("[data-session-dismiss]")?.addEventListener("click", () => dialog.close());
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
}

for (const holder of document.querySelectorAll("[data-session]")) {
  enhance(/** @type {HTMLElement} */ (holder));
}
