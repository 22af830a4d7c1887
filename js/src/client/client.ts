/** Client: what the starter loads in, `boot` and the names a page's own scripts may import out. */
export { boot } from "./boot.tsx";
export { ActionError, NetworkError, ServerError, StaleError } from "./errors.ts";
export { navigate } from "./navigation.ts";
