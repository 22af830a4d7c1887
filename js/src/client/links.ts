/**
 * Links: clicks on links in, pages shown without loading a document out (docs/decisions/011).
 *
 * Only what a browser would follow in this tab, to another page of this application. All else stays the browser's.
 */
import { navigate } from "./navigation.ts";
import { here } from "./page.ts";
import { elements, root } from "./protocol.ts";

/** Follow links from now on. After all others who listen: one of them may have prevented it. */
export function watchLinks(): void {
  addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement && one.hasAttribute("href"));
    if (link === undefined || !isOurs(link as HTMLAnchorElement)) return;
    event.preventDefault();
    void follow((link as HTMLAnchorElement).href);
  });
}

function isOurs(link: HTMLAnchorElement): boolean {
  if (link.target !== "" && link.target !== "_self") return false;
  if (link.hasAttribute("download") || link.hasAttribute("ping") || link.relList.contains("external")) return false;
  if (link.isContentEditable || link.origin !== location.origin) return false;
  if (!`${link.pathname}/`.startsWith(root)) return false;
  return link.pathname + link.search !== here() || !link.href.includes("#"); // a fragment of what is shown
}

let following = 0;

async function follow(url: string): Promise<void> {
  const container = document.getElementById(elements.container);
  following += 1;
  container?.setAttribute("aria-busy", "true");
  try {
    await navigate(url, { anew: true });
  } finally {
    following -= 1;
    if (following === 0) container?.removeAttribute("aria-busy");
  }
}
