/** Entry: what the page loads as a module in, a live page and the names its own scripts may import out. */
import { boot } from "./boot.tsx";

export { ActionError, NetworkError, ServerError } from "./errors.ts";
export { navigate } from "./navigation.ts";

void boot();
