/**
 * `jetbridge/client`: actions of a Python server, called from a React front end.
 *
 * Functions imported from `.py` modules are made of `createServerReference`; `configure` says where the server is.
 */
import { watch } from "../client/watch.ts";
import { openCalls } from "./reference.ts";
import { callServer } from "./remote.ts";
import { settings } from "./settings.ts";

export { ActionError, NetworkError, ServerError, StaleError } from "../client/errors.ts";
export { createServerReference } from "./reference.ts";
export { callServer } from "./remote.ts";
export { configure, type Settings } from "./settings.ts";
export type { ActionState, CallOptions, FieldErrors, Progress, ServerAction } from "./types.ts";

openCalls(callServer);
watch({ failed: (error) => settings.onServerError?.(error) });
