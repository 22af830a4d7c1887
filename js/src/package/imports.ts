/** Imports: a compiled module in, the names it takes from `.py` modules out; and where its author wrote one. */

export interface PythonImport {
  readonly source: string;
  readonly name: string;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const PYTHON = /\.py$/;

/** Every name that is taken from a `.py` module, members of `import * as` included. */
export function pythonImports(program: { readonly body: unknown }): PythonImport[] {
  const found: PythonImport[] = [];
  const whole = new Map<string, string>();
  for (const statement of program.body as unknown as Node[]) {
    const source = (statement["source"] as { value?: unknown } | null | undefined)?.value;
    if (typeof source !== "string" || !PYTHON.test(source.split("?")[0] as string)) continue;
    for (const one of (statement["specifiers"] ?? []) as Node[]) {
      if (one.type === "ImportNamespaceSpecifier") whole.set(nameOf(one["local"]), source);
      else if (one.type === "ImportDefaultSpecifier") found.push({ source, name: "default" });
      else found.push({ source, name: nameOf(one.type === "ImportSpecifier" ? one["imported"] : one["local"]) });
    }
  }
  if (whole.size > 0) visit(program, whole, found);
  return found;
}

function visit(node: unknown, whole: ReadonlyMap<string, string>, found: PythonImport[]): void {
  if (Array.isArray(node)) {
    for (const one of node) visit(one, whole, found);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const one = node as Node;
  if (one.type === "MemberExpression" && one["computed"] === false) {
    const source = whole.get((one["object"] as Node)["name"] as string);
    if (source !== undefined) found.push({ source, name: nameOf(one["property"]) });
  }
  for (const inner of Object.values(one)) if (typeof inner === "object") visit(inner, whole, found);
}

function nameOf(node: unknown): string {
  const { name, value } = node as { name?: string; value?: string };
  return name ?? value ?? "";
}

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly frame: string;
}

/** Where `name` is imported from `source` in a file as its author wrote it; undefined where that cannot be said. */
export function placeOf(text: string, source: string, name: string | null): Place | undefined {
  const quoted = source.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const statement = new RegExp(`(?:import|export)\\b[^;"']*?from\\s*["']${quoted}["']|import\\s*\\(?\\s*["']${quoted}["']`);
  const at = statement.exec(text);
  if (at === null) return undefined;
  const inside = name === null ? -1 : at[0].search(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`));
  const before = text.slice(0, at.index + Math.max(inside, 0)).split("\n");
  const line = before.length;
  const column = (before.at(-1) as string).length;
  const lines = text.split("\n");
  const frame = [line - 1, line, line + 1]
    .filter((number) => lines[number - 1] !== undefined)
    .map((number) => `${String(number).padStart(4)} | ${lines[number - 1]}`);
  frame.splice(line > 1 ? 2 : 1, 0, `     | ${" ".repeat(column)}^`);
  return { line, column, frame: frame.join("\n") };
}
