import assert from "node:assert/strict";
import { test } from "node:test";
import { protocol } from "../build.mjs";

globalThis.__PROTOCOL__ = protocol;
const { fits } = await import("../src/protocol.js");
const { isTheme } = await import("../src/theme.js");
const { originOf } = await import("../src/element.js");

const COLOURS = { background: "#fff", surface: "#f4f4f4", text: "#1a1a1a", accent: "rgb(0, 60, 160)", accentText: "#ffffff" };

test("a theme holds named, bounded values and nothing else", () => {
  for (const theme of [
    {}, { scheme: "auto", font: "serif" }, { radius: 0, spacing: 20 }, COLOURS, { ...COLOURS, scheme: "dark" },
  ]) assert.ok(isTheme(theme), JSON.stringify(theme));
  for (const theme of [
    null, [], "dark", { css: "*{}" }, { font: "url(x)" }, { radius: 25 }, { radius: 1.5 }, { spacing: "8" },
    { scheme: "light", __proto__x: 1 }, { ...COLOURS, scheme: "auto" }, { background: "#fff" },
    { ...COLOURS, text: "red" }, { ...COLOURS, text: "#12345" }, { ...COLOURS, text: "rgb(256, 0, 0)" },
    { ...COLOURS, text: "#fff;}" }, { ...COLOURS, text: "#767676\n" },
  ]) assert.ok(!isTheme(theme), JSON.stringify(theme));
});

test("contrast under 4.5:1 is refused, in each of the pairs", () => {
  // 4.54 and 4.48 on white, as WebAIM's checker has them.
  const on = (text) => ({ ...COLOURS, surface: "#fff", text });
  assert.ok(isTheme(on("#767676")));
  assert.ok(!isTheme(on("#777")));
  assert.ok(!isTheme({ ...COLOURS, surface: "#000" }));
  assert.ok(!isTheme({ ...COLOURS, accent: "#9cf" }));
  assert.ok(!isTheme({ ...COLOURS, accentText: "#000" }));
});

test("a message has exactly its fields", () => {
  assert.ok(fits("changed", { type: "changed", factor: "totp", act: "added" }));
  assert.ok(!fits("changed", { type: "changed", factor: "totp", act: "added", username: "nora" }));
  assert.ok(!fits("changed", { type: "changed", factor: "totp" }));
  assert.ok(!fits("changed", ["changed"]));
  assert.ok(!fits("toString", {}));
});

test("a portal is at an https origin, or on this machine", () => {
  assert.equal(originOf("https://mfa.example.com/any/path"), "https://mfa.example.com");
  assert.equal(originOf("http://localhost:8000"), "http://localhost:8000");
  for (const src of [null, "", "mfa.example.com", "http://mfa.example.com", "javascript:alert(1)", "data:text/html,x", "http://localhost.example.com"]) {
    assert.throws(() => originOf(src), String(src));
  }
});

test("it can be imported where there is no document", async () => {
  const { MfaPortal } = await import("../dist/mfa-portal.mjs");
  assert.equal(typeof MfaPortal, "function");
});

test("the types name what the protocol names", async () => {
  const { readFile } = await import("node:fs/promises");
  const types = await readFile(new URL("../mfa-portal.d.ts", import.meta.url), "utf8");
  const { defs, port } = JSON.parse(protocol);
  const listed = port.frame.flatMap((name) => [
    name, ...Object.values(defs[name].properties).flatMap((rule) => rule.enum ?? []),
  ]);
  for (const name of [...listed, ...Object.keys(defs.themeValues.properties)]) {
    assert.match(types, new RegExp(`(["|]|\\b)${name}(["?:|]|\\b)`), name);
  }
});
