// What may be said between page and frame: the portal's own schema, put in by build.mjs.

/** @type {{ version: number, port: { frame: string[] }, defs: Record<string, any> }} */
// @ts-expect-error  a constant of the build
const PROTOCOL = JSON.parse(__PROTOCOL__);

export const VERSION = PROTOCOL.version;
export const EVENTS = PROTOCOL.port.frame;

/** Whether a value is what the schema calls by this name. @param {string} name @param {any} value */
export function fits(name, value) {
  return Object.hasOwn(PROTOCOL.defs, name) && follows(PROTOCOL.defs[name], value);
}

/** The part of JSON Schema that the protocol uses. @param {any} rule @param {any} value @returns {boolean} */
function follows(rule, value) {
  if (rule.$ref) return fits(rule.$ref.slice("#/$defs/".length), value);
  if (rule.anyOf) return rule.anyOf.some((/** @type {any} */ each) => follows(each, value));
  if ("const" in rule) return value === rule.const;
  if (rule.enum) return rule.enum.includes(value);
  switch (rule.type) {
    case "null": return value === null;
    case "string": return typeof value === "string" && new RegExp(rule.pattern).test(value);
    case "integer": return Number.isInteger(value) && value >= rule.minimum && value <= rule.maximum;
    default: return isObject(value)
      && (rule.required ?? []).every((/** @type {string} */ name) => Object.hasOwn(value, name))
      && Object.keys(value).every((name) => Object.hasOwn(rule.properties, name) && follows(rule.properties[name], value[name]));
  }
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
