// Makes a passkey with form[data-passkey]: asks the portal for options, the browser for a passkey,
// and brings it back. Signs in with form[data-passkey-sign-in]: lets the browser sign the options of
// the page, and sends that. With form[data-passkey-autofill] the browser offers passkeys at a field of
// the page, as it offers passwords; where it cannot, nothing happens. Each other failure shows the words of its template[data-problem].

/** @typedef {{ id: string, type: "public-key", transports?: AuthenticatorTransport[] }} Named */

// What the browser's own errors mean (Web Authentication level 3, 5.1.3 and 5.1.4).
/** @type {Record<string, string>} */
const MEANING = {
  AbortError: "cancelled",
  ConstraintError: "no_verification",
  InvalidStateError: "already",
  NotAllowedError: "cancelled",
  NotSupportedError: "unsupported_device",
  SecurityError: "wrong_site",
  TimeoutError: "timed_out",
};
// Refusals after which the account may hold the passkey all the same.
const UNCLEAR = new Set(["", "failed", "unclear"]);
const WITHOUT_LIMIT_MS = 300_000;
const LONGER_MS = 30_000;

/** A refusal that has its words on the page. */
class Refused extends Error {}

/**
 * @param {string} text base64url without padding
 * @returns {ArrayBuffer}
 */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
}

/**
 * @param {ArrayBuffer | null | undefined} buffer
 * @returns {string | undefined} base64url without padding
 */
function text(buffer) {
  if (!buffer) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * @param {any} options PublicKeyCredentialCreationOptionsJSON
 * @returns {PublicKeyCredentialCreationOptions}
 */
function parsed(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  }
  /** @type {Named[]} */
  const excluded = options.excludeCredentials ?? [];
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: excluded.map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

/**
 * @param {any} options PublicKeyCredentialRequestOptionsJSON
 * @returns {PublicKeyCredentialRequestOptions}
 */
function parsedRequest(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  }
  /** @type {Named[]} */
  const allowed = options.allowCredentials ?? [];
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: allowed.map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

/**
 * @param {any} credential
 * @returns {any} RegistrationResponseJSON or AuthenticationResponseJSON
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
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.(),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
    },
  };
}

/**
 * Posts to the portal; whoever must sign in or prove themselves again starts over from this page.
 * @param {string} url
 * @param {string} token
 * @param {any} body
 * @returns {Promise<any>}
 */
async function ask(url, token, body) {
  const reply = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const is_json = reply.headers.get("Content-Type")?.startsWith("application/json");
  const answer = is_json ? await reply.json() : null;
  if (answer?.success) return answer.data;
  const code = answer?.error.code ?? "";
  if (reply.type === "opaqueredirect" || ["UNAUTHENTICATED", "REAUTHENTICATION_REQUIRED"].includes(code)) {
    location.reload();
    return new Promise(() => {});
  }
  throw new Refused(code.toLowerCase());
}

/**
 * The name of what went wrong. Browsers do not tell a cancelled check from one that cannot be made.
 * @param {Error} problem
 * @param {any} options
 * @returns {Promise<string>}
 */
async function nameOf(problem, options) {
  if (problem instanceof Refused) return problem.message;
  const must_verify = options?.authenticatorSelection?.userVerification === "required";
  if (problem.name === "NotAllowedError" && must_verify) {
    const can_verify = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
    return can_verify ? "cancelled" : "no_verification";
  }
  return MEANING[problem.name] ?? "failed";
}

/**
 * Lets the device forget a passkey that the account did not take, where the browser can say so.
 * @param {Error} problem
 * @param {any} options
 * @param {any} made
 */
async function forget(problem, options, made) {
  const was_refused = made && problem instanceof Refused && !UNCLEAR.has(problem.message);
  /** @type {any} */
  const browser = PublicKeyCredential;
  if (!was_refused || !browser.signalUnknownCredential) return;
  await browser.signalUnknownCredential({ rpId: options.rp.id, credentialId: made.id }).catch(() => {});
}

/**
 * Waits as long as the options say. The browser's own wait is longer: it ends like a refusal.
 * @template {{ timeout?: number }} Options
 * @param {Options} publicKey
 * @param {(asked: { publicKey: Options, signal: AbortSignal }) => Promise<any>} act
 * @returns {Promise<any>}
 */
async function inTime(publicKey, act) {
  const limit = new AbortController();
  const reason = new DOMException("timed out", "TimeoutError");
  const wait = publicKey.timeout ?? WITHOUT_LIMIT_MS;
  const timer = setTimeout(() => limit.abort(reason), wait);
  const patient = { ...publicKey, timeout: wait + LONGER_MS };
  try {
    return await act({ publicKey: patient, signal: limit.signal });
  } catch (problem) {
    throw limit.signal.aborted ? reason : problem;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Makes a passkey and brings it to the portal.
 * @param {HTMLFormElement} form
 */
async function register(form) {
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrfmiddlewaretoken")).value;
  let options, made;
  try {
    ({ options } = await ask(form.action, token, {}));
    made = await inTime(parsed(options), (asked) => navigator.credentials.create(asked));
    const done = await ask(form.dataset.passkeyFinish ?? "", token, written(made));
    location.assign(done.next);
  } catch (problem) {
    await forget(/** @type {Error} */ (problem), options, made);
    throw new Refused(await nameOf(/** @type {Error} */ (problem), options));
  }
}

/**
 * Lets the browser sign what stands in the page, and sends it as the form it is.
 * @param {HTMLFormElement} form
 */
async function signIn(form) {
  const used = await inTime(optionsOf(form), (asked) => navigator.credentials.get(asked));
  send(form, used);
}

/**
 * Waits, as long as the page is open, for a passkey to be chosen where the browser offers it.
 * @param {HTMLFormElement} form
 */
async function autofill(form) {
  const is_offered = await window.PublicKeyCredential?.isConditionalMediationAvailable?.();
  if (!is_offered) return;
  try {
    const publicKey = optionsOf(form);
    send(form, await navigator.credentials.get({ publicKey, mediation: "conditional" }));
  } catch {
    // Nobody pressed anything: the page stays as it is, and its link leads to the passkey, too.
  }
}

/** @param {HTMLFormElement} form */
function optionsOf(form) {
  return parsedRequest(JSON.parse(form.dataset.options ?? "{}"));
}

/**
 * @param {HTMLFormElement} form
 * @param {any} used
 */
function send(form, used) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
  field.value = JSON.stringify(written(used));
  form.submit();
}

/**
 * @param {HTMLFormElement} form
 * @param {(form: HTMLFormElement) => Promise<void>} ceremony
 */
function enhance(form, ceremony) {
  const place = /** @type {HTMLElement} */ (document.querySelector("[data-passkey-problem]"));
  const status = /** @type {HTMLElement} */ (form.querySelector("[data-passkey-status]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

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
      await ceremony(form);
    } catch (problem) {
      status.textContent = "";
      button.disabled = false;
      const name = await nameOf(/** @type {Error} */ (problem), null);
      show(name);
      // By the browser, not by the portal: in a frame there may be another way.
      if (Object.values(MEANING).includes(name)) document.dispatchEvent(new CustomEvent("passkey-refused"));
    }
  });
}

for (const [name, ceremony] of Object.entries({ passkey: register, "passkey-sign-in": signIn })) {
  for (const form of document.querySelectorAll(`form[data-${name}]`)) {
    enhance(/** @type {HTMLFormElement} */ (form), ceremony);
  }
}
for (const form of document.querySelectorAll("form[data-passkey-autofill]")) {
  autofill(/** @type {HTMLFormElement} */ (form));
}
