/** Python: a program in, what `jetbridge types` said out. Run in development, and where a build is told to check. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The Python that was named, here or by JETBRIDGE_PYTHON; else that of a `.venv` in or above `directory`, or PATH's. */
export function findPython(directory: string, named = process.env["JETBRIDGE_PYTHON"]): string {
  if (named) return named;
  const own = process.platform === "win32" ? ".venv/Scripts/python.exe" : ".venv/bin/python";
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(join(at, own))) return join(at, own);
    if (at === dirname(at)) return process.platform === "win32" ? "python" : "python3";
  }
}

/** Why the declarations could not be written, in Python's words. */
export class PythonError extends Error {
  override readonly name = "PythonError";
  /** Where Python says that it went wrong. */
  readonly loc: { file: string; line: number; column: number } | undefined;

  constructor(
    output: string,
    /** There is no such program, or no jetbridge in it. */
    readonly isMissing = false,
  ) {
    super(output);
    const places = [...output.matchAll(/File "([^"<>]+)", line (\d+)/g)];
    const own = places.filter(([, file = ""]) => !/site-packages|importlib|[\\/]jetbridge[\\/]/.test(file)).at(-1);
    const named = own ?? /^([^\s:"]+\.py):(\d+)/m.exec(output);
    if (named) this.loc = { file: named[1] as string, line: Number(named[2]), column: 0 };
  }
}

/** Run `jetbridge types` for `app` in `directory`. Rejects with a PythonError. */
export function runTypes(python: string, directory: string, app: string, options: readonly string[] = []): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ["-m", "jetbridge", "types", app, ...options], {
      cwd: directory,
      env: { ...process.env, JETBRIDGE_ENV: "dev", PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    child.on("error", () => reject(new PythonError(`${python} cannot be run`, true)));
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new PythonError(output.trim(), /No module named '?jetbridge/.test(output)));
    });
  });
}
