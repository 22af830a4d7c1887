/**
 * Build: src in, what a Jetbridge server serves out: client and starter, for production and for development.
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

const CLIENT = "src/client/client.ts";
const KINDS = [
  { kind: "production", suffix: "", minify: true, entry: CLIENT },
  { kind: "development", suffix: "-dev", minify: false, entry: "src/client/development/client.ts" },
];
export const BANNER = "/*! Jetbridge and React, MIT; see LICENSES.txt */";

/**
 * Both bundles read rows with Flight's production client. Its development build wants seven-item elements, errors with
 * stacks and `eval` (which our Content-Security-Policy forbids), all to show JavaScript servers' debug information.
 */
export const FLIGHT = {
  "react-server-dom-webpack/client.browser":
    "./node_modules/react-server-dom-webpack/cjs/react-server-dom-webpack-client.browser.production.js",
  "react-server-dom-webpack/client.node":
    "./node_modules/react-server-dom-webpack/cjs/react-server-dom-webpack-client.node.production.js",
};

async function bundle(entry, { kind = "production", minify = true, external = [], format = "esm", client } = {}) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format,
    target: "es2022",
    minify,
    external: client === undefined ? external : [`./${client}`],
    alias: external.length === 0 ? FLIGHT : {},
    legalComments: "none",
    banner: KINDS.some((one) => one.entry === entry) ? { js: BANNER } : {},
    define: {
      "process.env.NODE_ENV": JSON.stringify(kind),
      ...(client === undefined ? {} : { CLIENT: JSON.stringify(`./${client}`) }),
    },
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
  const manifest = { files: {}, sizes: {} };
  async function write(name, stem, code) {
    const hash = createHash("sha256").update(code).digest("hex").slice(0, 12);
    manifest.files[name] = `${stem}-${hash}.js`;
    manifest.sizes[name] = sizesOf(code);
    await writeFile(join(out, manifest.files[name]), code);
    return manifest.files[name];
  }
  for (const { kind, suffix, minify, entry } of KINDS) {
    const { code, inputs } = await bundle(entry, { kind, minify });
    const client = await write(`client${suffix}`, `client${suffix}`, code);
    const starter = await bundle("src/starter.ts", { kind, minify, client });
    await write(`starter${suffix}`, `starter${suffix}`, starter.code);
    if (kind === "development") {
      const follower = await bundle("src/client/development/follow.ts", { kind, minify, client });
      await write("follower-dev", "follower-dev", follower.code);
    }
    await writeFile(join(out, "LICENSES.txt"), await licences(inputs)); // of both: they hold the same packages
  }
  await write("reveal", "reveal", (await bundle("src/reveal.ts", { format: "iife" })).code);
  const external = ["react", "react-dom", "react-server-dom-webpack", "scheduler"];
  manifest.sizes.own = sizesOf((await bundle(CLIENT, { external })).code);
  // Last, and only then what it no longer names: a server that runs meanwhile finds whole files.
  await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const stale = before.filter((file) => /^(client|starter|follower|reveal)-.*\.js$/.test(file) && !Object.values(manifest.files).includes(file));
  await Promise.all(stale.map((file) => rm(join(out, file))));
  for (const [kind, { raw, gzip }] of Object.entries(manifest.sizes)) {
    console.log(`${kind.padEnd(12)} ${manifest.files[kind] ?? "(of the client, without React)"}  ${raw} bytes, ${gzip} gzip`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
