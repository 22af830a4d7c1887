/**
 * Panel: how many actions the server has run in, a button in the page out, which shows the last of them.
 *
 * In a shadow root, and what it shows in a frame, so that neither style sheet touches the other's elements. It is not
 * there until an action has run, and leaves the side where errors have their button.
 */
import { development } from "../../../../vectors/protocol.json";

const STYLE = `
  :host { position: fixed; inset: auto 0 0 0; z-index: 2147483647; pointer-events: none; font: 13px/1.5 system-ui, sans-serif }
  button, iframe { pointer-events: auto; color-scheme: light dark }
  button { display: block; margin: 0 .5rem .5rem auto; font: inherit; padding: .125rem .75rem; opacity: .8 }
  button[aria-expanded=true] { margin-bottom: 0 }
  iframe { display: block; box-sizing: border-box; width: 100%; height: 40vh; border: 0; border-top: 2px solid GrayText;
    background: Canvas }
`;
const OPEN = "jetbridge-panel-open";

let shown: { readonly button: HTMLButtonElement; readonly root: ShadowRoot } | undefined;
let frame: HTMLIFrameElement | undefined;

/** So many actions have run by now. */
export function showActions(count: number): void {
  if (count === 0) return;
  shown ??= place();
  shown.button.textContent = count === 1 ? "1 action" : `${count} actions`;
  if (frame !== undefined) frame.src = address(count);
}

function place(): NonNullable<typeof shown> {
  const host = document.createElement("jetbridge-panel");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.type = "button";
  button.title = "The last actions. Shown in development only.";
  button.setAttribute("aria-expanded", "false");
  root.append(button);
  document.documentElement.append(host);
  const placed = { button, root };
  button.addEventListener("click", () => toggle(placed));
  if (sessionStorage.getItem(OPEN) !== null) toggle(placed); // a form without React has loaded the page anew
  return placed;
}

function toggle({ button, root }: NonNullable<typeof shown>): void {
  if (frame === undefined) {
    frame = document.createElement("iframe");
    frame.title = "The last actions";
    frame.src = address(0);
    root.append(frame);
    sessionStorage.setItem(OPEN, "");
  } else {
    frame.remove();
    frame = undefined;
    sessionStorage.removeItem(OPEN);
  }
  button.setAttribute("aria-expanded", String(frame !== undefined));
}

/** With the count, so that a frame that is open loads anew. */
function address(count: number): string {
  return `${new URL(development.actions, import.meta.url).href}?${count}`;
}
