/** The part of react-server-dom-webpack's client for Node that we use; the package ships no types. */
declare module "react-server-dom-webpack/client.node" {
  export interface Modules {
    readonly moduleMap: null;
    readonly serverModuleMap: object;
    readonly moduleLoading: null;
  }
  export function createFromNodeStream<T>(stream: import("node:stream").Readable, modules: Modules): Promise<T>;
  export function registerServerReference<F extends object>(reference: F, id: string): F;
}
