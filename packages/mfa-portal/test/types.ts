// Compiled, never run: what an application in TypeScript may write, and what it may not.

import { createElement } from "react";
import type { MfaPortal as Element } from "../mfa-portal.js";
import { MfaPortal } from "../react.js";

const element = document.createElement("mfa-portal") satisfies Element;
element.fetchTicket = async () => "ticket";
element.theme = { scheme: "dark", radius: 4 };
element.addEventListener("changed", ({ detail }) => detail.factor === "totp");
element.addEventListener("click", () => element.focus());

// @ts-expect-error  no such factor
element.addEventListener("changed", ({ detail }) => detail.factor === "fax");
// @ts-expect-error  no style sheets
element.theme = { css: "body{}" };

createElement(MfaPortal, {
  src: "https://mfa.example.com",
  client: "acme",
  fetchTicket: async () => null,
  frameTitle: "Anmeldung",
  onError: ({ detail }) => detail.code === "no-answer",
});
