/**
 * Announcer: a text in, heard by those who do not see the page, out.
 *
 * Two live regions beside the page's container: React, and what is hidden or moved in the page, leave them alone.
 */
const REGIONS = { status: "polite", alert: "assertive" } as const;

/** Not `hidden`, which would silence it too. Set through the DOM, which a Content-Security-Policy allows. */
const UNSEEN = { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" };

const regions = new Map<keyof typeof REGIONS, HTMLElement>();

function regionOf(kind: keyof typeof REGIONS): HTMLElement {
  const known = regions.get(kind);
  if (known?.isConnected) return known;
  const region = document.createElement("div");
  region.setAttribute("aria-live", REGIONS[kind]);
  Object.assign(region.style, UNSEEN);
  regions.set(kind, document.body.appendChild(region));
  return region;
}

/** Have the regions in the document: what one holds from the start is not read. */
export function openAnnouncer(): void {
  regionOf("status");
  regionOf("alert");
}

/** Say `text`, now for an alert, when there is a pause for a status. */
export function announce(text: string, kind: keyof typeof REGIONS = "status"): void {
  const region = regionOf(kind);
  region.textContent = "";
  // The same text again must be another change, or it is not read again.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

/** Leave nothing of what was said, for who reads on. To take a text away is not read. */
export function hush(): void {
  for (const region of regions.values()) region.textContent = "";
}

const LIVE = "[role=alert], [role=status], [aria-live=polite], [aria-live=assertive]";

/** What the page's own live regions say now. */
export function readLive(): Map<Element, string> {
  const own = new Set<Element>(regions.values());
  const live = [...document.querySelectorAll(LIVE)].filter((element) => !own.has(element));
  return new Map(live.map((element) => [element, element.textContent]));
}

/** Whether the page has said `text` by itself since `before`: in a region that is new or says something else now. */
export function hasSaid(text: string, before: Map<Element, string>): boolean {
  return [...readLive()].some(([element, now]) => now.includes(text) && before.get(element) !== now);
}
