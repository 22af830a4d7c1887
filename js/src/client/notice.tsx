/**
 * Notice: an error that nothing on the page shows in, an alert over the page out.
 *
 * In a React root of its own beside the page's: the page stays as it is, with all that was typed.
 */
import type { CSSProperties } from "react";
import { createRoot, type Root } from "react-dom/client";
import { Failure } from "./boundary.tsx";
import { say } from "./words.ts";

/** Set through the DOM, which a Content-Security-Policy allows where it forbids style attributes. */
const OVER_THE_PAGE: CSSProperties = {
  position: "fixed",
  insetInline: 0,
  bottom: 0,
  zIndex: 2147483647,
  maxHeight: "50vh",
  overflow: "auto",
  padding: "0.5rem 1rem",
  borderTop: "2px solid",
  background: "Canvas",
  color: "CanvasText",
};

let root: Root | undefined;

/** Show an error until it is closed, or another submit begins. */
export function showNotice(error: unknown): void {
  root ??= createRoot(document.body.appendChild(document.createElement("div")));
  root.render(
    <div style={OVER_THE_PAGE}>
      <Failure error={error} label={say("close")} onPress={clearNotice} />
    </div>,
  );
}

/** Take the notice away. */
export function clearNotice(): void {
  root?.render(null);
}
