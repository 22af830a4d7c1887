/**
 * Develop: saved Python files in, declarations, references and the browser brought up to date out.
 *
 * What Python says of a mistake stands in Vite's overlay, also for a page that is loaded later, until it is mended.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, sep } from "node:path";
import type { ErrorPayload, ViteDevServer } from "vite";
import { PythonError, runTypes } from "./python.ts";

interface About {
  /** Of the manifest. */
  readonly path: string;
  readonly python: string;
  app(): string;
  /** Read the manifest again; the ids of the modules that may be others now. */
  changed(): string[];
}

const QUIET = 100; // milliseconds without a change, after which saving several files is over
const IGNORED = /[\\/](node_modules|\.venv|venv|__pycache__|\.git|dist)[\\/]/;

/** Keep a development server and the Python beside it together. */
export function follow(server: ViteDevServer, about: About): void {
  const directory = dirname(about.path);
  let shown: ErrorPayload["err"] | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function update(): Promise<void> {
    const before = contents(about.path);
    try {
      await runTypes(about.python, directory, about.app());
    } catch (problem) {
      if (problem instanceof PythonError && problem.isMissing) {
        server.config.logger.warn(`jetbridge: ${problem.message}; the declarations stay as they are`);
      } else report(problem);
      return;
    }
    const isMended = shown !== undefined;
    shown = undefined;
    if (contents(about.path) === before && !isMended) return;
    for (const id of about.changed()) {
      for (const { moduleGraph } of Object.values(server.environments)) {
        const module = moduleGraph.getModuleById(id);
        if (module !== undefined) moduleGraph.invalidateModule(module);
      }
    }
    server.ws.send({ type: "full-reload" });
  }

  function report(problem: unknown): void {
    const { message } = problem as Error;
    shown = {
      message: message.trim().split("\n").at(-1) ?? message,
      stack: message,
      plugin: "jetbridge",
      ...(problem instanceof PythonError && problem.loc !== undefined ? { loc: problem.loc, id: problem.loc.file } : {}),
    };
    server.config.logger.error(`jetbridge: ${message}`);
    server.ws.send({ type: "error", err: shown });
  }

  function onChange(file: string): void {
    if (!file.endsWith(".py") || IGNORED.test(file) || !file.startsWith(directory + sep)) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      running = running.then(update);
    }, QUIET);
  }

  server.watcher.add(directory);
  for (const event of ["add", "change", "unlink"] as const) server.watcher.on(event, onChange);
  server.ws.on("connection", () => {
    if (shown !== undefined) server.ws.send({ type: "error", err: shown });
  });
  server.ws.on("jetbridge:error", ({ message, stack }: { message: string; stack: string }, client) => {
    client.send({ type: "error", err: { message, stack, plugin: "jetbridge" } });
  });
  // The files of a server are no files for browsers.
  server.middlewares.use((request, response, next) => {
    const asked = decodeURI(request.url?.split("?")[0] ?? "");
    if (!asked.endsWith(".py")) return next();
    response.statusCode = 404;
    response.end();
  });
  running = running.then(update);
}

function contents(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
