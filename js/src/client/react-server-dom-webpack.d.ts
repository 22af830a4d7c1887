/** The part of react-server-dom-webpack's browser client that we use; the package ships no types. */
declare module "react-server-dom-webpack/client.browser" {
  export interface Options {
    callServer(id: string, args: unknown[]): Promise<unknown>;
  }
  export function createFromReadableStream<T>(stream: ReadableStream<Uint8Array>, options: Options): Promise<T>;
  export function createServerReference(id: string, callServer: Options["callServer"]): (...args: unknown[]) => Promise<unknown>;
  export function encodeReply(value: unknown): Promise<string | FormData>;
}
