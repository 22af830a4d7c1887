// React's own Flight on Node's bare http: the least that a server of it costs. Run with --conditions=react-server.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, "../../js/package.json"));
const { decodeReply, renderToPipeableStream } = require("react-server-dom-webpack/server.node");

const table = Array.from({ length: 1000 }, (_, i) => ({
  id: i,
  name: `Name ${i}`,
  email: `user${i}@example.com`,
  active: i % 2 === 0,
  score: i / 7,
  created: new Date(Date.UTC(2024, 0, 1 + (i % 300), 12, 30, i % 60)),
}));

createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const args = await decodeReply(Buffer.concat(pieces).toString("utf8"), {});
  const value = request.url === "/count" ? args[0].length : table;
  response.setHeader("content-type", "text/x-component");
  renderToPipeableStream({ value }, {}).pipe(response);
}).listen(Number(process.argv[2]), "127.0.0.1");
