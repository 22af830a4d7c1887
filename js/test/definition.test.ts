import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const HERE = dirname(fileURLToPath(import.meta.url));
const APP = join(HERE, "app");

interface Definition {
  file: string;
  start: { line: number; offset: number };
}

/** What an editor gets that asks TypeScript 5.9's server for the definition of the name at `line` and `offset`. */
function definition(file: string, line: number, offset: number): Promise<Definition[]> {
  const server = spawn(process.execPath, [join(HERE, "../node_modules/typescript5/lib/tsserver.js")], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const asked = { open: { file }, definition: { file, line, offset } };
  for (const [seq, [command, about]] of Object.entries(asked).entries()) {
    server.stdin.write(`${JSON.stringify({ seq, type: "request", command, arguments: about })}\n`);
  }
  return new Promise((resolve) => {
    let output = "";
    server.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      const answer = output.split("\n").find((text) => text.includes('"command":"definition"') && text.endsWith("]}"));
      if (answer === undefined) return;
      server.kill();
      resolve((JSON.parse(answer) as { body: Definition[] }).body);
    });
  });
}

test("go to definition opens the Python file at the function", async () => {
  const lines = readFileSync(join(APP, "src/main.tsx"), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("import { createUser"));
  const python = readFileSync(join(APP, "backend/actions.py"), "utf8").split("\n");
  const [found] = await definition(join(APP, "src/main.tsx"), line + 1, (lines[line] as string).indexOf("createUser") + 1);

  expect(found?.file).toBe(join(APP, "backend/actions.py"));
  expect(python[(found?.start.line ?? 0) - 1]).toContain("async def create_user(");
});
