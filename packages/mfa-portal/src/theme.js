// Whether a theme may be shown: named values, colours whole or not at all, and enough contrast.

import { fits } from "./protocol.js";

const COLOURS = ["background", "surface", "text", "accent", "accentText"];
const PAIRS = [
  ["text", "background"], ["text", "surface"],
  ["accent", "background"], ["accent", "surface"],
  ["accentText", "accent"],
];
const CONTRAST = 4.5; // WCAG 2.2, 1.4.3

/** @param {any} theme */
export function isTheme(theme) {
  if (!fits("themeValues", theme)) return false;
  const given = COLOURS.filter((name) => name in theme).length;
  if (!given) return true;
  return given === COLOURS.length && theme.scheme !== "auto"
    && PAIRS.every(([one, other]) => contrast(theme[one], theme[other]) >= CONTRAST);
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG's relative luminance of `#rgb`, `#rrggbb` or `rgb(r, g, b)`. @param {string} colour */
function luminance(colour) {
  const short = colour.length < 7;
  const parts = colour[0] === "#"
    ? (colour.match(short ? /[^#]/g : /[^#]{2}/g) ?? []).map((hex) => parseInt(short ? hex + hex : hex, 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  const [red, green, blue] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
