/**
 * Render: the Flight rows of a page in, its HTML by React out, piece by piece.
 *
 * The same rows that the browser gets, read by React's client for Node; the same tree that `client/root.tsx` shows, so
 * that the browser can take over what is printed here.
 */
import { Readable, Writable } from "node:stream";
import { renderToPipeableStream } from "react-dom/server.node";
import { createFromNodeStream } from "react-server-dom-webpack/client.node";
import { components as ours } from "../client/components.ts";
import { readFormState, readPage } from "../client/page.ts";
import { elements, module } from "../client/protocol.ts";
import { Shown } from "../client/root.tsx";
import { PrintedForm } from "./components.tsx";
import { createServerReference } from "./reference.ts";

/** Modules by the id that rows have, imported when the first page needs them. */
export type Components = Readonly<Record<string, () => Promise<unknown>>>;

export interface Asked {
  /** Of the inline scripts that React writes. */
  readonly nonce: string;
  /** All at once, for whoever runs no scripts; else what is there first, and the rest as it comes. */
  readonly whole: boolean;
}

export interface Hearing {
  html(text: Buffer): void;
  done(): void;
  /** There is no page. */
  failed(error: unknown): void;
  /** A component could not be rendered here; the browser will. */
  bailedOut(error: unknown): void;
}

const loaded = new Map<string, unknown>();

/** Give Flight's import rows these modules, and ours. */
export function openModules(components: Components): void {
  loaded.set(module.id, { ...ours, [module.form]: PrintedForm });
  const require = (id: string): unknown => (id.startsWith(REFERENCE) ? referenceOf(id.slice(REFERENCE.length)) : loaded.get(id));
  const load = async (id: string): Promise<void> => {
    if (!loaded.has(id)) loaded.set(id, await components[id]?.());
  };
  Object.assign(globalThis, { __webpack_require__: Object.assign(require, { u: String }), __webpack_chunk_load__: load });
}

const REFERENCE = "reference:";
const MOST_REFERENCES = 1000;
const references = new Map<string, unknown>();

/** The same function for the same id; React takes another one for another action. */
function referenceOf(id: string): unknown {
  const known = references.get(id);
  if (known !== undefined) return known;
  if (references.size >= MOST_REFERENCES) references.clear(); // signatures change with the secret
  const made = createServerReference(id);
  references.set(id, made);
  return made;
}

/** React asks this table for the functions that rows name. */
const REFERENCES = new Proxy(
  {},
  { get: (_, id) => (typeof id === "string" ? { id: REFERENCE + id, chunks: [], name: "*" } : undefined) },
);

/** Render one page. The result stops it: the browser does what is missing. */
export function render(rows: Readable, asked: Asked, hearing: Hearing): (reason: Error) => void {
  let abort = (_: Error): void => void rows.destroy();
  void begin();
  return (reason) => abort(reason);

  async function begin(): Promise<void> {
    try {
      const sent = await createFromNodeStream<unknown>(rows, { moduleMap: null, serverModuleMap: REFERENCES, moduleLoading: null });
      const page = readPage(sent);
      const out = destination(hearing);
      const pipe = (): unknown => stream.pipe(out);
      const stream = renderToPipeableStream(
        <html>
          <body>
            <div id={elements.container}>
              <Shown page={page} />
            </div>
          </body>
        </html>,
        {
          nonce: asked.nonce,
          formState: readFormState(page) as never, // its type names what React itself has made
          [asked.whole ? "onAllReady" : "onShellReady"]: pipe,
          onShellError: hearing.failed,
          onError: hearing.bailedOut,
          ...{ onBrowserBailout: hearing.bailedOut },
        },
      );
      abort = (reason) => stream.abort(reason);
    } catch (error) {
      hearing.failed(error);
    }
  }
}

/** Takes what React writes, and hands it on whenever React says that elements are whole. */
function destination(hearing: Hearing): Writable {
  let parts: Buffer[] = [];
  const flush = (): void => {
    if (parts.length === 0) return;
    hearing.html(Buffer.concat(parts));
    parts = [];
  };
  const out = new Writable({
    highWaterMark: Number.MAX_SAFE_INTEGER, // a page is small, and stopping in the middle would tear an element apart
    decodeStrings: true,
    write(chunk: Buffer, _, written) {
      parts.push(chunk);
      written();
    },
    final(ended) {
      flush();
      hearing.done();
      ended();
    },
  });
  out.on("error", hearing.failed);
  return Object.assign(out, { flush });
}
