/**
 * Worker: frames of Python's on stdin in, frames with HTML on stdout out. One process renders many pages at once.
 *
 * A frame is one letter, the number of its page and the length of what follows, both as four bytes, and that. It ends
 * when stdin does, so it never outlives its server.
 */
import { Console } from "node:console";
import { Readable } from "node:stream";
import { frames as names } from "../../../vectors/protocol.json";
import { openSlots } from "./reference.ts";
import { type Asked, type Components, openModules, render } from "./render.tsx";

interface Running {
  readonly rows: Readable;
  readonly stop: (reason: Error) => void;
}

const HEADER = 9;

/**
 * What a component cannot do here, such as reading `window`, is left to the browser, and is no error there: React takes
 * every error for one that was thrown to say so.
 */
function letBrowserTry(): void {
  Object.defineProperty(Error.prototype, Symbol.for("react.recoverable"), { value: true });
}

/** Serve pages with these components until stdin ends. The entry that the Vite plugin writes calls this. */
export function serve(components: Components): void {
  const write = process.stdout.write.bind(process.stdout) as (data: Buffer) => boolean;
  // What components print must not stand between frames.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  globalThis.console = new Console(process.stderr);
  process.on("unhandledRejection", (error) => console.error(error));
  letBrowserTry();
  openModules(components);

  const running = new Map<number, Running>();
  const send = (name: string, page: number, data: Buffer | string = ""): void => {
    const body = Buffer.from(data as string);
    const header = Buffer.alloc(HEADER);
    header.write(name, 0, "latin1");
    header.writeUInt32BE(page, 1);
    header.writeUInt32BE(body.length, 5);
    write(Buffer.concat([header, body]));
  };

  const takes: Readonly<Record<string, (page: number, data: Buffer) => void>> = {
    [names.init]: (_, data) => openSlots(data.toString()),
    [names.start]: (page, data) => {
      const rows = new Readable({ read: () => undefined });
      const end = (name: string, text = ""): void => {
        if (running.delete(page)) send(name, page, text);
      };
      const stop = render(rows, JSON.parse(data.toString()) as Asked, {
        html: (html) => running.has(page) && send(names.html, page, html),
        done: () => end(names.done, String(process.memoryUsage.rss())),
        failed: (error) => end(names.failed, told(error)),
        bailedOut: (error) => running.has(page) && send(names.log, page, told(error)),
      });
      running.set(page, { rows, stop });
    },
    [names.rows]: (page, data) => void running.get(page)?.rows.push(data),
    [names.end]: (page) => void running.get(page)?.rows.push(null),
    [names.abort]: (page) => running.get(page)?.stop(new Error("the time for this page was over")),
    [names.cancel]: (page) => {
      const one = running.get(page);
      running.delete(page);
      one?.stop(new Error("the page is no longer wanted"));
      one?.rows.destroy();
      send(names.done, page, String(process.memoryUsage.rss()));
    },
  };

  let read: Buffer = Buffer.alloc(0);
  process.stdin.on("data", (data: Buffer) => {
    read = read.length === 0 ? data : Buffer.concat([read, data]);
    while (read.length >= HEADER) {
      const length = read.readUInt32BE(5);
      if (read.length < HEADER + length) break;
      takes[String.fromCharCode(read[0] as number)]?.(read.readUInt32BE(1), read.subarray(HEADER, HEADER + length));
      read = read.subarray(HEADER + length);
    }
  });
  process.stdin.on("end", () => process.exit(0));
  send(names.ready, 0);
}

function told(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
