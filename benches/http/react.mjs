// React's own Flight on Node's bare http: the least that a server of it costs. Run with --conditions=react-server.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, "../../js/package.json"));
const { decodeReply, renderToPipeableStream } = require("react-server-dom-webpack/server.node");

const tables = new Map();
let users = 0;

function tableOf(rows) {
  if (!tables.has(rows)) {
    const row = (_, i) => ({
      id: i,
      name: `Name ${i}`,
      email: `user${i}@example.com`,
      active: i % 2 === 0,
      score: i / 7,
      created: new Date(Date.UTC(2024, 0, 1 + (i % 300), 12, 30, i % 60)),
    });
    tables.set(rows, Array.from({ length: rows }, row));
  }
  return tables.get(rows);
}

function create({ name, email }) {
  if (typeof name !== "string" || name.length < 1 || name.length > 100) throw new Error("name");
  if (typeof email !== "string" || email.length > 100 || !email.includes("@")) throw new Error("email");
  return { success: true, userId: ++users };
}

const ACTIONS = {
  "/create": create,
  "/rows": tableOf,
  "/count": (table) => table.length,
  "/echo": (text) => text.length,
};

createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const action = ACTIONS[request.url];
  if (action === undefined) {
    response.end("home");
    return;
  }
  const args = await decodeReply(Buffer.concat(pieces).toString("utf8"), {});
  response.setHeader("content-type", "text/x-component");
  renderToPipeableStream({ value: action(...args) }, {}).pipe(response);
}).listen(Number(process.argv[2]), "127.0.0.1");
