/**
 * Modules: the ids in Flight's import rows in, ES modules out.
 *
 * react-server-dom-webpack asks three globals for modules and reads them while it is imported itself, so this module
 * stands before it. Ours are registered at start; any other id is the URL of an ES module.
 */
const modules = new Map<string, unknown>();

function requireModule(id: string): unknown {
  return modules.get(id);
}

requireModule.u = (chunk: string): string => chunk;

async function loadChunk(chunk: string): Promise<void> {
  modules.set(chunk, await import(/* @vite-ignore */ requireModule.u(chunk)));
}

Object.assign(globalThis, { __webpack_require__: requireModule, __webpack_chunk_load__: loadChunk });

/** Give import rows that name `id` these exports. */
export function registerModule(id: string, exports: object): void {
  modules.set(id, exports);
}
