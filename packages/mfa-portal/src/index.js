// The element, defined once however often this file is loaded.

import { MfaPortal } from "./element.js";

globalThis.customElements?.get("mfa-portal") ?? globalThis.customElements?.define("mfa-portal", MfaPortal);

export { MfaPortal };
