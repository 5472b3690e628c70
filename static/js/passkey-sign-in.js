// Signs in with form[data-passkey-sign-in]: asks the browser for the passkey and sends what it signed.
// Each failure shows the words of its template[data-problem].

// What the browser's own errors mean (Web Authentication level 3, 5.1.4).
/** @type {Record<string, string>} */
const MEANING = {
  AbortError: "cancelled",
  NotAllowedError: "cancelled",
  SecurityError: "wrong_site",
  TimeoutError: "timed_out",
};
const WITHOUT_LIMIT_MS = 300_000;

/**
 * @param {string} text base64url without padding
 * @returns {ArrayBuffer}
 */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
}

/**
 * @param {ArrayBuffer | null} buffer
 * @returns {string | undefined} base64url without padding
 */
function text(buffer) {
  if (!buffer) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * @param {any} options PublicKeyCredentialRequestOptionsJSON
 * @returns {PublicKeyCredentialRequestOptions}
 */
function parsed(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  }
  const allowed = options.allowCredentials ?? [];
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: allowed.map((/** @type {any} */ each) => ({ ...each, id: bytes(each.id) })),
  };
}

/**
 * @param {any} credential
 * @returns {any} AuthenticationResponseJSON
 */
function written(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { response } = credential;
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
    },
  };
}

/**
 * Waits no longer than the options say, also where the browser would.
 * @param {PublicKeyCredentialRequestOptions} publicKey
 * @returns {Promise<any>}
 */
async function get(publicKey) {
  const limit = new AbortController();
  const reason = new DOMException("timed out", "TimeoutError");
  const timer = setTimeout(() => limit.abort(reason), publicKey.timeout ?? WITHOUT_LIMIT_MS);
  try {
    return await navigator.credentials.get({ publicKey, signal: limit.signal });
  } catch (problem) {
    throw limit.signal.aborted ? reason : problem;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {HTMLFormElement} form */
function enhance(form) {
  const place = /** @type {HTMLElement} */ (document.querySelector("[data-passkey-problem]"));
  const status = /** @type {HTMLElement} */ (form.querySelector("[data-passkey-status]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));

  /** @param {string} name */
  const show = (name) => {
    const words = document.querySelector(`template[data-problem="${CSS.escape(name)}"]`)
      ?? document.querySelector('template[data-problem="failed"]');
    place.replaceChildren(/** @type {HTMLTemplateElement} */ (words).content.cloneNode(true));
    place.dataset.passkeyProblem = name;
    place.hidden = false;
    place.focus();
  };

  document.querySelector("[data-passkey-without-script]")?.remove();
  if (!window.PublicKeyCredential || !navigator.credentials) return show("unsupported");
  form.hidden = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    place.hidden = true;
    place.replaceChildren();
    status.textContent = status.dataset.waiting ?? "";
    try {
      const credential = await get(parsed(JSON.parse(form.dataset.options ?? "{}")));
      field.value = JSON.stringify(written(credential));
      form.submit();
    } catch (problem) {
      status.textContent = "";
      button.disabled = false;
      show(MEANING[/** @type {Error} */ (problem).name] ?? "failed");
    }
  });
}

for (const form of document.querySelectorAll("form[data-passkey-sign-in]")) {
  enhance(/** @type {HTMLFormElement} */ (form));
}
