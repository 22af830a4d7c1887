/**
 * Arriving: the data blocks of a document in, its Flight rows out, while the document still loads.
 */
import { attributes } from "./protocol.ts";

/**
 * The rows in `first` and in all blocks that follow it. A document that breaks off leaves them open, so that what is
 * missing keeps its fallback; `onCut` is told.
 */
export function readRows(first: HTMLElement, onCut: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytesOf(first));
      if (first.hasAttribute(attributes.more)) follow(controller, onCut);
      else controller.close();
    },
  });
}

function follow(controller: ReadableStreamDefaultController<Uint8Array>, onCut: () => void): void {
  const seen = new Set<Element>();
  /** A mark stands after a block, so the parser is through with it. */
  function look(): void {
    for (const mark of document.querySelectorAll(`body > template[${attributes.late}]`)) {
      if (seen.has(mark)) continue;
      seen.add(mark);
      if (mark.getAttribute(attributes.late) === "end") {
        observer.disconnect();
        removeEventListener("DOMContentLoaded", cut);
        controller.close();
        return;
      }
      controller.enqueue(bytesOf(mark.previousElementSibling as HTMLElement));
    }
  }
  function cut(): void {
    look();
    observer.disconnect();
    if (![...seen].some((mark) => mark.getAttribute(attributes.late) === "end")) onCut();
  }
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true });
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", cut);
  else cut();
  look();
}

function bytesOf(block: HTMLElement): Uint8Array {
  const text = block.textContent ?? "";
  const encoded = block.getAttribute(attributes.encoding) === "base64";
  return encoded ? Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) : new TextEncoder().encode(text);
}
