// Moves focus to where a person begins: the summary of errors, else the messages, else the first
// field of form[data-begin-here].

const summary = document.querySelector("[data-error-summary]");
const begin = summary
  ?? document.querySelector("[data-messages]")
  ?? document.querySelector("form[data-begin-here] input:not([type=hidden], [hidden])");
if (begin instanceof HTMLElement) begin.focus({ preventScroll: begin !== summary });

// A link of the summary leads to its control, not only to its place.
summary?.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const control = link && document.getElementById(link.hash.slice(1));
  if (!control) return;
  event.preventDefault();
  const label = document.querySelector(`label[for="${CSS.escape(control.id)}"]`);
  (control.closest("fieldset") ?? label ?? control).scrollIntoView();
  control.focus({ preventScroll: true });
});
