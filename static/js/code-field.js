// Keeps only digits in the input of every [data-code-field], so "123 456" can be pasted. Never submits.

/**
 * @param {string} text
 * @returns {string}
 */
function digits(text) {
  return text.normalize("NFKC").replace(/\D/g, "");
}

/** @param {HTMLInputElement} input */
function enhance(input) {
  // Before maxlength cuts a pasted "123 456" short.
  input.addEventListener("paste", (event) => {
    const pasted = digits(event.clipboardData?.getData("text") ?? "");
    if (!pasted) return;
    event.preventDefault();
    input.setRangeText(pasted, input.selectionStart ?? 0, input.selectionEnd ?? input.value.length, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  input.addEventListener("input", () => {
    const cleaned = digits(input.value);
    if (cleaned === input.value) return;
    const caret = digits(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
    input.value = cleaned;
    input.setSelectionRange(caret, caret);
  });
}

for (const input of document.querySelectorAll("[data-code-field] input")) {
  enhance(/** @type {HTMLInputElement} */ (input));
}
