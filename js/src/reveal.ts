/**
 * Reveal: the late pieces of a document in, each in its place out. Stands in the document itself, while it arrives.
 *
 * Leaves the markers that React's own server would (wire-protocol D9), so a page is revealed with React or without.
 */
import { attributes } from "../../vectors/protocol.json";

interface Retried extends Comment {
  /** What React, once it is there, wants to do about this boundary. */
  _reactRetry?: () => void;
}

const seen = new Set<Element>();

function reveal(number: string): void {
  const content = document.getElementById(`S:${number}`) as HTMLTemplateElement | null;
  const place = document.getElementById(`B:${number}`);
  content?.remove();
  const start = place?.previousSibling as Retried | null | undefined;
  // React may have rendered the place itself meanwhile, or another page in its stead.
  if (content === null || start == null || start.parentNode === null) return;
  let node = start.nextSibling;
  for (let depth = 0; node !== null; ) {
    if (node instanceof Comment) {
      if (/^\/[$&]$/.test(node.data)) {
        if (depth === 0) break;
        depth -= 1;
      } else if (/^(\$[?~!]?|&)$/.test(node.data)) depth += 1;
    }
    const next: ChildNode | null = node.nextSibling;
    node.remove();
    node = next;
  }
  const source = content.hasAttribute("data-svg") ? content.content.firstElementChild : content.content;
  while (source?.firstChild != null) start.parentNode.insertBefore(source.firstChild, node);
  start.data = "$";
  start._reactRetry?.();
}

function look(): void {
  for (const mark of document.querySelectorAll(`body > template[${attributes.late}]`)) {
    if (seen.has(mark)) continue;
    seen.add(mark);
    reveal(mark.getAttribute(attributes.late) ?? "");
  }
}

new MutationObserver(look).observe(document.body, { childList: true });
look();
