// Builds what is shipped from src/ and the portal's protocol, the same bytes each time.
// With --check it writes nothing and fails where what is shipped is something else.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const json = async (path) => JSON.parse(await readFile(here(path), "utf8"));
const { version } = await json("package.json");
const { version: v, directions, $defs } = await json("../../portal/embed/protocol.json");
export const protocol = JSON.stringify({ version: v, port: directions.port, defs: $defs });
// Tells without Node whether the protocol has changed since.
const stamp = createHash("sha256").update(protocol).digest("hex").slice(0, 12);

/** @param {string} entry @param {"esm" | "iife"} format @returns {Promise<string>} */
export async function built(entry, format) {
  const { outputFiles } = await build({
    absWorkingDir: here("."),
    entryPoints: [entry],
    format,
    bundle: true,
    minify: true,
    write: false,
    ignoreAnnotations: true,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: { __PROTOCOL__: JSON.stringify(protocol) },
    banner: { js: `/* mfa-portal ${version}, protocol ${v} ${stamp}, Apache-2.0 */` },
  });
  return outputFiles[0].text;
}

export const FILES = {
  "dist/mfa-portal.mjs": ["src/index.js", "esm"],
  "dist/mfa-portal.js": ["src/classic.js", "iife"],
  // Served by the portal. Files of earlier versions stay: pages name them, with their hash.
  [`../../static/embed/mfa-portal-${version}.js`]: ["src/classic.js", "iife"],
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, how] of Object.entries(FILES)) {
    const text = await built(...how);
    if (!process.argv.includes("--check")) await writeFile(here(path), text);
    else if ((await readFile(here(path), "utf8")) !== text) {
      console.error(`${path} is not what src/ and the protocol give: npm run build`);
      process.exitCode = 1;
    }
  }
}
