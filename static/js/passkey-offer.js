// Shows [data-passkey-offer] where this device can make a passkey by itself. Nobody is told, and no focus moves.

for (const offer of document.querySelectorAll("[data-passkey-offer]")) {
  window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.().then(
    (can) => { /** @type {HTMLElement} */ (offer).hidden = !can; },
    () => {}, // It cannot say: then nothing is offered.
  );
}
