/**
 * Overlay: the digest of an error in, the server's page about it over the page that is shown out.
 *
 * In a shadow root, so that neither style sheet touches the other's elements. The page below stays as it is.
 */
import { assets, development, root as application } from "../protocol.ts";

const STYLE = `
  dialog { box-sizing: border-box; display: flex; flex-direction: column; width: 100vw; height: 100vh; max-width: none;
    max-height: none; padding: 0; border: 0; border-top: 4px solid #b00020; color-scheme: light dark; background: Canvas;
    color: CanvasText; font: 15px/1.5 system-ui, sans-serif }
  header { display: flex; justify-content: space-between; align-items: center; padding: .5rem 1.5rem }
  button { font: inherit; padding: .25rem 1rem }
  iframe { flex: 1; border: 0 }
`;

let shown: { readonly digest: string; readonly host: HTMLElement } | undefined;

/** Show all about an error. It can be closed, and closes by itself once the page comes without. */
export function openOverlay(digest: string): void {
  if (shown?.digest === digest) return;
  closeOverlay();
  const host = document.createElement("jetbridge-overlay");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE); // which a Content-Security-Policy allows where it forbids style elements
  root.adoptedStyleSheets = [sheet];
  const dialog = document.createElement("dialog");
  const header = document.createElement("header");
  const close = document.createElement("button");
  const frame = document.createElement("iframe");
  dialog.setAttribute("aria-label", "Error on the server");
  header.append("The server has failed. This is shown in development only.", close);
  close.append("Close");
  close.addEventListener("click", closeOverlay);
  // By the Escape key; the event comes late, when there may be another one.
  dialog.addEventListener("close", () => shown?.host === host && closeOverlay());
  frame.title = "The error";
  frame.src = application + assets.slice(1) + development.failure + digest;
  frame.addEventListener("load", () => {
    frame.contentDocument?.addEventListener("keydown", (event) => {
      if (event.key === "Escape") closeOverlay();
    });
  });
  dialog.append(header, frame);
  root.append(dialog);
  document.body.append(host);
  shown = { digest, host };
  dialog.showModal();
}

/** Take it away; the focus goes back to where it was. */
export function closeOverlay(): void {
  const host = shown?.host;
  shown = undefined;
  host?.shadowRoot?.querySelector("dialog")?.close();
  host?.remove();
}
