/** `jetbridge/pages` in development: with the overlay, and with what lets the page follow changes. */
import "../client/development/client.ts";
import "./pages.ts";

export { refresh } from "../client/navigation.ts";
