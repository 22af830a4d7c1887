/**
 * Package: src/package in, dist/ out: what `npm install` of this directory gives, and what is published from dist/.
 *
 * React's Flight client is inside, so that no front end installs webpack, which react-server-dom-webpack asks for.
 * React itself is the front end's own.
 */
import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { BANNER, FLIGHT, licences } from "./build.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "dist");
const OWN = ["react", "react-dom"];
/** What the Flight client for Node asks for in the same way. */
const NODE = ["util"];
const VERSION = "../src/jetbridge/version.py"; // of the Python package: both are released together
const LARGEST = 20 * 1024;

/** The Flight client asks for react-dom as CommonJS does; a browser has no such thing. */
const esmReact = {
  name: "esm-react",
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${[...OWN, ...NODE].join("|")})$`);
    onResolve({ filter }, ({ path, kind, namespace }) =>
      kind === "require-call" && namespace !== "esm-react" ? { path, namespace: "esm-react" } : { path, external: true },
    );
    onLoad({ filter: /.*/, namespace: "esm-react" }, ({ path }) => ({
      contents: `import * as all from ${JSON.stringify(path)}; export default all.default ?? all; export * from ${JSON.stringify(path)};`,
    }));
  },
};

async function bundle(entries, options) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map((entry) => [entry, `src/package/${entry}.ts`])),
    outdir: out,
    bundle: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    banner: { js: BANNER },
    ...options,
  });
  return Object.keys(metafile.inputs);
}

async function main() {
  await rm(out, { recursive: true, force: true });
  const inputs = await bundle(["client", "pages", "pages-development", "ssr"], {
    platform: "browser",
    splitting: true, // what they share is there once
    external: ["react/jsx-runtime", "react-dom/client", "react-dom/server.node", "node:*"],
    alias: FLIGHT,
    plugins: [esmReact],
    minifySyntax: true,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  await bundle(["vite"], { platform: "node", packages: "external" });
  // With their own extensions gone, the declarations mean the same to every TypeScript.
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.package.json"], {
    cwd: root,
    stdio: "inherit",
  });
  await writeFile(join(out, "LICENSES.txt"), await licences(inputs));
  const { name, description, license, type, engines, exports, peerDependencies, peerDependenciesMeta } =
    JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const version = /__version__ = "([^"]+)"/.exec(await readFile(join(root, VERSION), "utf8"))?.[1];
  if (version === undefined) throw new Error(`${VERSION} holds no version`);
  const published = {
    ...{ name, version, description, license, type, engines },
    exports: JSON.parse(JSON.stringify(exports).replaceAll("./dist/", "./")),
    ...{ peerDependencies, peerDependenciesMeta },
  };
  await writeFile(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  await printSize();
}

async function printSize() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["dist/client.js"],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    external: OWN,
  });
  const gzip = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`jetbridge/client  ${outputFiles[0].contents.length} bytes, ${gzip} gzip, React's Flight client included`);
  if (gzip > LARGEST) throw new Error(`jetbridge/client is larger than ${LARGEST} bytes`);
}

await main();
