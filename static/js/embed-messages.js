// Reads what a host's page sends, and nothing else: each message with exactly its fields (portal/embed/protocol.json).

export const VERSION = 1;
const NONCE = /^[A-Za-z0-9_-]{22}$/;
const TICKET = /^[A-Za-z0-9_-]{43}$/;
const LOCALE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;

/** @param {RegExp} pattern @returns {(value: unknown) => boolean} */
const like = (pattern) => (value) => typeof value === "string" && pattern.test(value);
/** @param {(value: unknown) => boolean} check @returns {(value: unknown) => boolean} */
const orNull = (check) => (value) => value === null || check(value);
/** Its values are judged by the server, which knows the colours they stand beside. @param {unknown} value */
const isTheme = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @type {Record<string, Record<string, (value: unknown) => boolean>>} */
const FIELDS = {
  connect: {
    v: (value) => value === VERSION,
    nonce: like(NONCE),
    ticket: orNull(like(TICKET)),
    theme: orNull(isTheme),
    locale: orNull(like(LOCALE)),
  },
  theme: { theme: orNull(isTheme) },
  locale: { locale: orNull(like(LOCALE)) },
  ticket: { ticket: like(TICKET) },
  focus: {},
  end: {},
};

/** The message, where it is one of these types and fits; null else. @param {any} data @param {string[]} types */
export function fitting(data, types) {
  if (typeof data !== "object" || data === null || !types.includes(data.type)) return null;
  const fields = FIELDS[data.type] ?? {};
  const names = Object.keys(data).filter((name) => name !== "type");
  const fits = names.length === Object.keys(fields).length && names.every((name) => Object.hasOwn(fields, name) && fields[name]?.(data[name]));
  return fits ? data : null;
}

/** 128 random bits, in 22 characters. */
export function freshNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
}
