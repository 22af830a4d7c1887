/** Manifest: actions.json, as `jetbridge types` wrote it, in; which module has which actions out. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const NAME = "actions.json";
const VERSION = 1;

export interface ManifestModule {
  /** A digest of the declarations beside the module. */
  readonly types: string;
  /** Ids by the names that JavaScript has. */
  readonly actions: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly version: number;
  /** `module:app`, as Python imports it. */
  readonly app: string;
  /** Where the actions answer. */
  readonly url: string;
  /** By path, relative to the manifest. */
  readonly modules: Readonly<Record<string, ManifestModule>>;
  /** Files of client components in Python pages, relative to the manifest. */
  readonly components?: readonly string[];
}

/** The path of the manifest in `directory` or one above it; the one that would be in `directory` where there is none. */
export function findManifest(directory: string): string {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(join(at, NAME))) return join(at, NAME);
    if (at === dirname(at)) return join(directory, NAME);
  }
}

/** The manifest at `path`. Throws an error that says what to do where there is none. */
export function readManifest(path: string): Manifest {
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: run \`jetbridge types module:app\` where the Python package is, and commit it`);
  }
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  if (manifest.version !== VERSION) {
    throw new Error(`${path} was written by another version of jetbridge: run \`jetbridge types ${manifest.app}\` again`);
  }
  return manifest;
}

/** What the manifest at `path` calls the module in `file`. */
export function moduleName(path: string, file: string): string {
  return relative(dirname(path), file).split(sep).join("/");
}

/** The file of a module of the manifest at `path`. */
export function moduleFile(path: string, name: string): string {
  return resolve(dirname(path), name);
}

/** The modules whose declarations are not those that the manifest was written with. */
export function changedDeclarations(path: string, manifest: Manifest): string[] {
  return Object.entries(manifest.modules).flatMap(([name, { types }]) => {
    const file = moduleFile(path, name).replace(/\.py$/, ".d.py.ts");
    const digest = existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16) : "";
    return digest === types ? [] : [file];
  });
}

/** Up to three of `known` that look like `wanted`, the nearest first. */
export function nearest(wanted: string, known: readonly string[]): string[] {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return known
    .map((name) => ({ name, distance: distance(plain(wanted), plain(name)) }))
    .filter(({ distance }) => distance <= Math.max(1, wanted.length / 4))
    .sort((one, other) => one.distance - other.distance || one.name.localeCompare(other.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** How many letters to add, drop or change (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [place, wanted] of [...other].entries()) {
      const change = (row[place] as number) + Number(letter !== wanted);
      next.push(Math.min((row[place + 1] as number) + 1, (next[place] as number) + 1, change));
    }
    row = next;
  }
  return row[other.length] as number;
}
