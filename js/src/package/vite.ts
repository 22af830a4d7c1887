/**
 * `jetbridge/vite`: imports of `.py` modules in, references to their actions out.
 *
 * The manifest that `jetbridge types` wrote says which actions there are; no Python source is read here. In development
 * Python runs whenever one of its files changes, so that types and references follow; a build takes what is committed.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type InlineConfig, type Plugin, type ResolvedConfig, type Rollup, type UserConfig } from "vite";
import { follow } from "./develop.ts";
import { placeOf, pythonImports } from "./imports.ts";
import { changedDeclarations, findManifest, type Manifest, moduleName, nearest, readManifest } from "./manifest.ts";
import { findPython, runTypes } from "./python.ts";

export interface Options {
  /** `module:app`, as `jetbridge types` takes it; the manifest knows it once it is written. */
  app?: string;
  /** Path of `actions.json`, from Vite's root; else it is looked for there and in the directories above. */
  manifest?: string;
  /** The Python to run; else JETBRIDGE_PYTHON, `.venv` or PATH. With this or the variable a build checks the manifest. */
  python?: string;
  /** Where Python serves in development; else JETBRIDGE_SERVER, or http://127.0.0.1:8000. */
  server?: string;
  /** Whether Vite's overlay shows unexpected errors of actions in development; true if not said. */
  overlay?: boolean;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const PREFIX = "\0jetbridge:";
const PYTHON = /\.py($|\?)/;
const ASSET = /new\s+URL\(\s*["'`]([^"'`]+\.py)["'`]\s*,\s*import\.meta\.url/;
const BUILT = ".vite/jetbridge.json";
const PAGES = "jetbridge/pages";
const SERVED = ["client", "pages", "ssr"];
/** The module of a build for Node that holds all components; what follows is which. */
const RENDERER = "jetbridge-renderer";
const RENDERER_FOLDER = "server";
const FOLDER = "assets";

/** Vite's plugin: `plugins: [react(), jetbridge()]`. */
export function jetbridge(options: Options = {}): Plugin[] {
  let config: ResolvedConfig;
  let path = "";
  let manifest: Manifest | undefined;
  const known = (): Manifest => (manifest ??= readManifest(path));

  const references: Plugin = {
    name: "jetbridge",
    enforce: "pre",

    async config(given, { command }) {
      const root = resolve(given.root ?? process.cwd());
      path = options.manifest === undefined ? findManifest(root) : resolve(root, options.manifest);
      const app = options.app ?? process.env["JETBRIDGE_APP"];
      if (command === "serve" && app !== undefined && !existsSync(path)) {
        await runTypes(findPython(root, options.python), dirname(path), app);
      }
      const mount = existsSync(path) ? known().url.replace(/\/$/, "") : "";
      const target = options.server ?? process.env["JETBRIDGE_SERVER"] ?? "http://127.0.0.1:8000";
      const isOurs = command === "serve" && mount.startsWith("/") && !(mount in (given.server?.proxy ?? {}));
      return {
        ...(command === "build" && existsSync(path) ? pagesBuild(known(), dirname(path), given) : {}),
        // One React, and one client for the application and the references.
        resolve: { dedupe: ["react", "react-dom"] },
        optimizeDeps: { exclude: ["jetbridge"], include: ["react", "react-dom"] },
        // The Host stays what the browser sent: actions compare it with the Origin.
        ...(isOurs ? { server: { proxy: { [mount]: { target, changeOrigin: false } } } } : {}),
      };
    },

    configResolved(resolved) {
      config = resolved;
      resolved.server.fs.allow.push(HERE);
    },

    configureServer(server) {
      const python = findPython(config.root, options.python);
      const changed = (): string[] => {
        manifest = undefined;
        return Object.keys(known().modules).map((name) => idOf(name));
      };
      follow(server, { path, python, app: () => options.app ?? process.env["JETBRIDGE_APP"] ?? known().app, changed });
    },

    async buildStart() {
      if (config.command !== "build") return;
      manifest = undefined;
      // `jetbridge dev` writes it anew when Python changes, and the build follows.
      if (this.meta.watchMode) this.addWatchFile(path);
      const python = options.python ?? process.env["JETBRIDGE_PYTHON"];
      if (python && !this.meta.watchMode) await runTypes(python, dirname(path), options.app ?? known().app, ["--check"]);
      const changed = changedDeclarations(path, known()).map((file) => relative(dirname(path), file));
      if (changed.length > 0) {
        this.error(`${changed.join(", ")} and ${path} are not of one run; run \`jetbridge types ${known().app}\``);
      }
    },

    async resolveId(source, importer) {
      const [, entry = ""] = /^jetbridge\/(\w+)$/.exec(source) ?? [];
      if (source === PAGES && config.mode === "development") return join(HERE, "pages-development.js");
      if (SERVED.includes(entry)) return join(HERE, `${entry}.js`);
      if (!PYTHON.test(source) || source.startsWith("\0")) return null;
      const from = importer?.split("?")[0] ?? config.root;
      if (source.includes("?")) this.error(notForBrowsers(source, from));
      const found = await this.resolve(source, importer, { skipSelf: true });
      const file = found?.id ?? resolve(dirname(from), source);
      const name = moduleName(path, file);
      if (!(name in known().modules)) this.error(noAction(source, null, name, from));
      return idOf(name);
    },

    load(id) {
      if (id.startsWith(PREFIX)) {
        const { url, modules } = known();
        const overlay = config.command === "serve" && options.overlay !== false;
        const from = this.environment.name === "client" ? "jetbridge/client" : "jetbridge/ssr";
        return { code: referencesOf(modules[nameOf(id)]?.actions ?? {}, url, from, overlay), map: { mappings: "" } };
      }
      if (PYTHON.test(id)) this.error(notForBrowsers(id, config.root));
      return null;
    },

    transform(code, id) {
      const asset = id.includes("/node_modules/") ? null : ASSET.exec(code);
      if (asset !== null) this.error(notForBrowsers(asset[1] as string, id), asset.index);
      return null;
    },

    async generateBundle(_, bundle) {
      if (this.environment.name !== "client") return;
      const texts: string[] = [];
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") texts.push(file.code);
        else if ([...file.originalFileNames, ...file.names].some((name) => PYTHON.test(name))) {
          this.error(notForBrowsers(file.fileName, "an asset"));
        }
      }
      const whole = known();
      const pages = whole.components === undefined ? undefined : pagesOf(whole.components, dirname(path), bundle, config.mode === "development");
      if (pages !== undefined) {
        for (const { fileName, code } of await rendererOf(pages, dirname(path), config)) {
          this.emitFile({ type: "asset", fileName: `${RENDERER_FOLDER}/${fileName}`, source: code });
          if (fileName.startsWith("renderer-")) pages.renderer = `${RENDERER_FOLDER}/${fileName}`;
        }
      }
      this.emitFile({ type: "asset", fileName: BUILT, source: manifestOf(whole, texts, pages) });
    },
  };

  /** After TypeScript and JSX are compiled, when what is still imported is meant. */
  const names: Plugin = {
    name: "jetbridge:names",
    enforce: "post",

    async transform(code, id) {
      const file = id.split("?")[0] as string;
      if (id.startsWith("\0") || !code.includes(".py") || !/\.[cm]?[jt]sx?$/.test(file)) return null;
      for (const { source, name } of pythonImports(this.parse(code))) {
        const target = await this.resolve(source, id);
        if (!target?.id.startsWith(PREFIX)) continue;
        const module = nameOf(target.id);
        if (!(name in (known().modules[module]?.actions ?? {}))) this.error(noAction(source, name, module, file));
      }
      return null;
    },
  };

  /** The error about what is no action: it says where, and which are. */
  function noAction(source: string, name: string | null, module: string, importer: string): Error & { plugin: string } {
    const { modules, app } = known();
    const place = existsSync(importer) ? placeOf(readFileSync(importer, "utf8"), source, name) : undefined;
    const at = relative(config.root, importer) + (place === undefined ? "" : `:${place.line}:${place.column + 1}`);
    const all = name === null ? Object.keys(modules) : Object.keys(modules[module]?.actions ?? {});
    const near = nearest(name ?? module, all);
    const what = name === null ? `${source} has no actions` : `${JSON.stringify(name)} is not an action of ${source}`;
    const hint =
      near.length > 0
        ? `; there is ${near.join(", ")}`
        : `; run \`jetbridge types ${app}\` if it is new` + (all.length > 0 ? ` (there is ${all.join(", ")})` : "");
    const error = Object.assign(new Error(`${at}: ${what}${hint}`), { plugin: "jetbridge", id: importer });
    return place === undefined
      ? error
      : Object.assign(error, { loc: { file: importer, line: place.line, column: place.column }, frame: place.frame });
  }

  return [references, names];
}

function idOf(module: string): string {
  return `${PREFIX}${module}.js`; // so that no tool takes it for another language
}

function nameOf(id: string): string {
  return id.slice(PREFIX.length, -".js".length);
}

function notForBrowsers(source: string, from: string): string {
  return `${source} (in ${from}): the source of a Python module is not for browsers`;
}

/** The module that stands for a Python one: nothing of it but names and ids. */
function referencesOf(
  actions: Readonly<Record<string, string>>,
  url: string,
  from: string,
  overlay: boolean,
): string {
  const lines = [`import { createServerReference } from ${JSON.stringify(from)};`];
  for (const [index, [name, id]] of Object.entries(actions).entries()) {
    const reference = `createServerReference(${JSON.stringify(id)}, ${JSON.stringify(url)})`;
    lines.push(`const a${index} = /* @__PURE__ */ ${reference};`, `export { a${index} as ${name} };`);
  }
  if (overlay) {
    lines.push(
      'import { configure } from "jetbridge/client";',
      "configure({ onServerError: ({ message, traceback }) =>",
      '  import.meta.hot?.send("jetbridge:error", { message, stack: traceback ?? "" }) });',
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The manifest of what is in a bundle: all that its server has to answer. */
function manifestOf(whole: Manifest, texts: readonly string[], pages: Pages | undefined): string {
  const isIn = (id: string): boolean => texts.some((text) => text.includes(id));
  const modules = Object.entries(whole.modules).map(([name, { types, actions }]) => {
    const bundled = Object.entries(actions).filter(([, id]) => isIn(id));
    return [name, { types, actions: Object.fromEntries(bundled) }] as const;
  });
  const used = modules.filter(([, { actions }]) => Object.keys(actions).length > 0);
  return `${JSON.stringify({ ...whole, modules: Object.fromEntries(used), pages }, null, 2)}\n`;
}

/** What is built where Python pages have client components: those, and the client that shares React with them. */
function pagesBuild({ components }: Manifest, directory: string, { build: given }: UserConfig): UserConfig {
  if (components === undefined || given?.ssr) return {};
  const input = [PAGES, ...components.map((name) => resolve(directory, name))];
  return {
    base: "./", // the server may stand below any path
    build: {
      assetsDir: FOLDER,
      rollupOptions: { input, preserveEntrySignatures: "exports-only" },
      ...(given?.watch ? { emptyOutDir: false } : {}), // pages are shown while the next build is made
    },
  };
}

/** Names of files in the folder of a build, for its server. */
interface Pages {
  readonly client: string;
  readonly styles: readonly string[];
  readonly components: Readonly<Record<string, string>>;
  /** What Node runs to render them on the server, beside that folder. */
  renderer?: string;
}

/** The files of a build for Node, by the same configuration: React's server renderer with all components. */
async function rendererOf(pages: Pages, directory: string, config: ResolvedConfig): Promise<Rollup.OutputChunk[]> {
  const components = Object.entries(pages.components).map(
    ([name, file]) => `${JSON.stringify(`./${file}`)}: () => import(${JSON.stringify(resolve(directory, name))})`,
  );
  const virtual: Plugin = {
    name: "jetbridge:renderer",
    resolveId: (source) => (source === RENDERER ? `\0${RENDERER}` : null),
    load: (id) => (id === `\0${RENDERER}` ? `import { serve } from "jetbridge/ssr";\nserve({ ${components.join(", ")} });` : null),
  };
  const settings: InlineConfig = {
    root: config.root,
    mode: config.mode,
    ...(config.configFile === undefined ? { configFile: false } : { configFile: config.configFile }),
    logLevel: "warn",
    plugins: [virtual],
    define: { "process.env.NODE_ENV": JSON.stringify(config.isProduction ? "production" : "development") },
    // All in a few files, so that where it runs nothing need be installed.
    ssr: { noExternal: true, target: "node" },
    build: {
      ssr: true,
      write: false,
      watch: null,
      minify: false, // for the sake of what an error says
      rollupOptions: {
        input: { renderer: RENDERER },
        output: { format: "es", entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  };
  const built = (await build(settings)) as Rollup.RollupOutput | Rollup.RollupOutput[];
  return [built].flat().flatMap(({ output }) => output.filter((file) => file.type === "chunk"));
}

function pagesOf(
  components: readonly string[],
  directory: string,
  bundle: Rollup.OutputBundle,
  isDevelopment: boolean,
): Pages {
  const short = (name: string): string => name.slice(FOLDER.length + 1);
  const entries = new Map<string, string>();
  const styles: string[] = [];
  for (const file of Object.values(bundle)) {
    if (file.type === "chunk" && file.isEntry) entries.set(file.facadeModuleId ?? "", short(file.fileName));
    if (file.type === "asset" && file.fileName.endsWith(".css")) styles.push(short(file.fileName));
  }
  const of = (file: string): string => {
    const found = entries.get(file);
    if (found === undefined) throw new Error(`${file} was not built`);
    return found;
  };
  return {
    client: of(join(HERE, isDevelopment ? "pages-development.js" : "pages.js")),
    styles: styles.sort(),
    components: Object.fromEntries(components.map((name) => [name, of(resolve(directory, name))])),
  };
}
