import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import * as vite8 from "vite";
import { findManifest, nearest, readManifest } from "../src/package/manifest.ts";
import { placeOf } from "../src/package/imports.ts";
import type { Options } from "../src/package/vite.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const APP = join(HERE, "app");
// As it is installed: beside the client that references import.
const { jetbridge } = (await import("../dist/vite.js" as string)) as typeof import("../src/package/vite.ts");
const vite7 = (await import("vite7" as string)) as typeof vite8;
const made: string[] = [];

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** A copy of the application, with files of its own, where the packages are found as they are here. */
function copy(files: Record<string, string> = {}): string {
  const directory = mkdtempSync(join(HERE, "..", ".app-"));
  made.push(directory);
  cpSync(APP, directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

async function build(vite: typeof vite8, root: string, options: Options = {}): Promise<Record<string, string>> {
  await vite.build({
    root,
    configFile: false,
    logLevel: "silent",
    resolve: { alias: { "@backend": join(root, "backend") } },
    plugins: [jetbridge(options)],
    build: { sourcemap: true, minify: false },
  });
  const out = join(root, "dist");
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(out.length + 1), readFileSync(file, "utf8")];
    }),
  );
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => expect.unreachable("the build should have failed"),
    (error: Error) => error.message,
  );
}

describe.each([
  ["Vite 7", vite7],
  ["Vite 8", vite8],
])("%s", (name, vite) => {
  test("is the version that it is called", () => {
    expect(`Vite ${vite.version.split(".")[0]}`).toBe(name);
  });

  test("a build holds the ids that the server knows, and a manifest of those that it can call", async () => {
    const root = copy();
    const files = await build(vite, root);
    const { modules } = readManifest(join(root, "actions.json"));
    const code = Object.entries(files).flatMap(([file, text]) => (file.endsWith(".js") ? [text] : []));
    const built = JSON.parse(files[".vite/jetbridge.json"] as string) as typeof modules & { modules: typeof modules };
    const called = ["createUser", "delete", "renameUser", "words"];
    const ids = called.map((action) => modules["backend/actions.py"]?.actions[action] as string);

    expect(ids.filter((id) => !code.join("").includes(id))).toEqual([]);
    expect(Object.keys(built.modules["backend/actions.py"]?.actions ?? {})).toEqual(called);
    expect(Object.keys(built.modules["backend/notes.py"]?.actions ?? {})).toEqual(["addNote"]);
    expect(code.join("")).toContain('"/actions/"');
  });

  test("nothing of a server module is in what is built, source maps included", async () => {
    const files = await build(vite, copy());
    const secrets = ["never-in-a-bundle", "SECRET_OF_THE_SERVER", "async def", "use server", "nobody_imports_this", "pydantic"];
    const found = Object.entries(files).flatMap(([file, text]) =>
      secrets.filter((secret) => text.includes(secret)).map((secret) => `${file}: ${secret}`),
    );

    expect(Object.keys(files).some((file) => file.endsWith(".js.map"))).toBe(true);
    expect(found).toEqual([]);
  });

  test.each([
    [
      'import {\n  createUsers,\n} from "../backend/actions.py";\ncreateUsers;',
      'src/main.tsx:2:3: "createUsers" is not an action of ../backend/actions.py; there is createUser',
    ],
    ['import { SECRET_OF_THE_SERVER as s } from "@backend/actions.py";\ns;', '"SECRET_OF_THE_SERVER" is not an action of @backend'],
    ['import * as all from "../backend/notes.py";\nall.addNotes("x");', '"addNotes" is not an action of ../backend/notes.py; there is addNote'],
    ['import all from "../backend/notes.py";\nall();', '"default" is not an action'],
    ['export { nope } from "../backend/notes.py";', 'src/main.tsx:1:10: "nope" is not an action'],
    ['import { add } from "../backend/note.py";\nadd;', "src/main.tsx:1:1: ../backend/note.py has no actions; there is backend/notes.py"],
    ['import text from "../backend/actions.py?raw";\ntext;', "the source of a Python module is not for browsers"],
    ['import text from "../backend/actions.py?url";\ntext;', "the source of a Python module is not for browsers"],
    ['new URL("../backend/actions.py", import.meta.url);', "the source of a Python module is not for browsers"],
    ['console.log(import.meta.glob("../backend/*.py", { query: "?raw", eager: true }));', "the source of a Python module is not for browsers"],
  ])("%j is refused", async (source, message) => {
    const root = copy({ "src/main.tsx": source });

    expect(await failure(build(vite, root))).toContain(message);
  });

  test("declarations that are not of the manifest's run are refused, with what to do", async () => {
    const root = copy();
    writeFileSync(join(root, "backend/notes.d.py.ts"), "export {};\n");

    expect(await failure(build(vite, root))).toContain("run `jetbridge types backend.main:app`");
  });

  test("a build runs no Python, unless it is told where one is", async () => {
    const root = copy({ "no-python": "" });
    await build(vite, root);

    expect(await failure(build(vite, root, { python: join(root, "no-python") }))).toContain("cannot be run");
  });

  test("without a manifest it says what to run", async () => {
    const root = mkdtempSync(join(tmpdir(), "jetbridge-"));
    made.push(root);
    copyFileSync(join(APP, "index.html"), join(root, "index.html"));

    expect(await failure(build(vite, root))).toContain("run `jetbridge types module:app`");
  });
});

test.each([
  ["creatUser", ["createUser"]],
  ["create_user", ["createUser"]],
  ["renameuser", ["renameUser"]],
  ["somethingElse", []],
])("near %s are %j", (wanted, expected) => {
  expect(nearest(wanted, ["createUser", "renameUser", "add"])).toEqual(expected);
});

test("a manifest is looked for upwards", () => {
  expect(findManifest(join(APP, "src"))).toBe(join(APP, "actions.json"));
});

test("a name's place is the one in its import statement", () => {
  const text = 'const addNote = 1;\nimport { x } from "./b.py";\nimport { addNotes, addNote } from "./a.py";\n';

  expect(placeOf(text, "./a.py", "addNote")).toMatchObject({ line: 3, column: 19 });
});
