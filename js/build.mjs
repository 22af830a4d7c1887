/**
 * Build: src/client in, the two bundles a Jetbridge server serves out, for production and for development.
 *
 * Beside them: manifest.json, which names them, and LICENSES.txt of the packages inside.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "../src/jetbridge/server/client");

const KINDS = [
  { kind: "production", name: "client", minify: true },
  { kind: "development", name: "client-dev", minify: false },
];

/**
 * Both bundles read rows with Flight's production client. Its development build wants seven-item elements, errors with
 * stacks and `eval` (which our Content-Security-Policy forbids), all to show JavaScript servers' debug information.
 */
export const FLIGHT = {
  "react-server-dom-webpack/client.browser":
    "./node_modules/react-server-dom-webpack/cjs/react-server-dom-webpack-client.browser.production.js",
};

export const BANNER = "/*! Jetbridge and React, MIT; see LICENSES.txt */";

async function bundle(kind, minify, external = [], entry = "src/client/entry.ts", format = "esm") {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format,
    target: "es2022",
    minify,
    external,
    alias: external.length === 0 ? FLIGHT : {},
    legalComments: "none",
    banner: format === "esm" ? { js: BANNER } : {},
    define: { "process.env.NODE_ENV": JSON.stringify(kind) },
  });
  return { code: outputFiles[0].contents, inputs: Object.keys(metafile.inputs) };
}

function sizesOf(code) {
  return { raw: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

/** The licence of every package that is in a bundle. */
export async function licences(inputs) {
  const packages = new Set(
    inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.slice(1, 2) ?? []),
  );
  const texts = [...packages].sort().map(async (name) => {
    const { version } = JSON.parse(await readFile(join(root, "node_modules", name, "package.json"), "utf8"));
    const text = await readFile(join(root, "node_modules", name, "LICENSE"), "utf8");
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(72)}\n\n`);
}

async function main() {
  await mkdir(out, { recursive: true });
  const before = await readdir(out);
  const manifest = { sizes: {} };
  for (const { kind, name, minify } of KINDS) {
    const { code, inputs } = await bundle(kind, minify);
    const hash = createHash("sha256").update(code).digest("hex").slice(0, 12);
    manifest[kind] = `${name}-${hash}.js`;
    manifest.sizes[kind] = sizesOf(code);
    await writeFile(join(out, manifest[kind]), code);
    await writeFile(join(out, "LICENSES.txt"), await licences(inputs)); // of both: they hold the same packages
  }
  const { code: reveal } = await bundle("production", true, [], "src/reveal.ts", "iife");
  manifest.reveal = `reveal-${createHash("sha256").update(reveal).digest("hex").slice(0, 12)}.js`;
  manifest.sizes.reveal = sizesOf(reveal);
  await writeFile(join(out, manifest.reveal), reveal);
  const own = await bundle("production", true, ["react", "react-dom", "react-server-dom-webpack", "scheduler"]);
  manifest.sizes.own = sizesOf(own.code);
  // Last, and only then what it no longer names: a server that runs meanwhile finds whole files.
  await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const stale = before.filter((file) => /^(client|reveal)-.*\.js$/.test(file) && !Object.values(manifest).includes(file));
  await Promise.all(stale.map((file) => rm(join(out, file))));
  for (const [kind, { raw, gzip }] of Object.entries(manifest.sizes)) {
    console.log(`${kind.padEnd(12)} ${manifest[kind] ?? "(our own code in production)"}  ${raw} bytes, ${gzip} gzip`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
