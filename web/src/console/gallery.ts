/**
 * The gallery as one long list: only the tiles near the window are in the page, and the scroll bar spans all objects. Pages
 * of tiles are fetched when they come near. Without this script the gallery has pages with links.
 */
const FETCHED_AT_ONCE = 2;
const MOST_PAGES = 100;

export function activateGallery(root: ParentNode): void {
  const list = root.querySelector<HTMLElement>("[data-gallery]");
  if (list !== null && number(list, "count") > number(list, "page")) new Gallery(list).start();
  activateKeys(root);
}

/** The tiles that are in the page: places from `first` to `last`, which is not included, in whole rows. */
export function windowOf(scrolled: number, height: number, rowHeight: number, columns: number, count: number): { first: number; last: number } {
  const rows = Math.ceil(count / columns);
  const from = Math.max(0, Math.min(rows - 1, Math.floor((scrolled - height) / rowHeight)));
  const to = Math.min(rows, Math.ceil((scrolled + 2 * height) / rowHeight));
  return { first: from * columns, last: Math.min(count, Math.max(to, from + 1) * columns) };
}

class Gallery {
  private readonly pages = new Map<number, HTMLElement[]>();
  private readonly asked = new Set<number>();
  private readonly count: number;
  private readonly size: number;
  private shown = "";

  constructor(private readonly list: HTMLElement) {
    this.count = number(list, "count");
    this.size = number(list, "page");
  }

  start(): void {
    const place = number(this.list, "place");
    if (place % this.size === 0) this.pages.set(place / this.size, tilesIn(this.list));
    const pager = this.list.parentElement?.querySelector<HTMLElement>(".pager");
    if (pager) pager.hidden = true;
    let waits = false;
    const later = (): void => {
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => {
        waits = false;
        this.show();
      });
    };
    window.addEventListener("scroll", later, { passive: true });
    window.addEventListener("resize", later);
    document.querySelector<HTMLFormElement>("#send")?.addEventListener("submit", (event) => this.addChosen(event.target as HTMLFormElement));
    const { columns, rowHeight } = this.layout();
    this.show();
    if (place > 0) window.scrollTo(0, this.top() + Math.floor(place / columns) * rowHeight);
  }

  private layout(): { columns: number; rowHeight: number } {
    const style = getComputedStyle(this.list);
    const tile = this.list.querySelector<HTMLElement>(".tile:not(.is-empty)");
    return {
      columns: Math.max(1, style.gridTemplateColumns.split(" ").length),
      rowHeight: (tile?.offsetHeight || 176) + (Number.parseFloat(style.rowGap) || 0),
    };
  }

  private top(): number {
    return this.list.getBoundingClientRect().top + window.scrollY;
  }

  private show(): void {
    const { columns, rowHeight } = this.layout();
    const { first, last } = windowOf(window.scrollY - this.top(), window.innerHeight, rowHeight, columns, this.count);
    const from = Math.floor(first / this.size);
    const to = Math.floor((last - 1) / this.size);
    for (let page = from; page <= to; page += 1) this.fetch(page);
    const state = `${first} ${last} ${columns} ${[...this.pages.keys()].filter((page) => page >= from && page <= to).join()}`;
    if (state === this.shown) return;
    this.shown = state;
    const tiles: HTMLElement[] = [];
    for (let place = first; place < last; place += 1) tiles.push(this.pages.get(Math.floor(place / this.size))?.[place % this.size] ?? emptyTile());
    const rows = Math.ceil(this.count / columns);
    this.list.style.paddingTop = `${(first / columns) * rowHeight}px`;
    this.list.style.paddingBottom = `${Math.max(0, rows - Math.ceil(last / columns)) * rowHeight}px`;
    this.list.replaceChildren(...tiles);
  }

  private fetch(page: number): void {
    if (this.pages.has(page) || this.asked.has(page) || this.asked.size >= FETCHED_AT_ONCE) return;
    this.asked.add(page);
    const url = new URL(window.location.href);
    url.searchParams.set("at", String(page * this.size));
    void fetch(url, { headers: { accept: "text/html" } })
      .then(async (answer) => {
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector<HTMLElement>("[data-gallery]");
        this.pages.set(page, fresh === null ? [] : tilesIn(fresh).map((tile) => document.adoptNode(tile)));
        this.forget(page);
        this.asked.delete(page);
        this.show();
      })
      .catch(() => window.setTimeout(() => this.asked.delete(page), 2000)); // the next scroll asks again
  }

  /** Drops the pages that are farthest away, but none in which something is selected. */
  private forget(near: number): void {
    const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const page of far) {
      if (this.pages.size <= MOST_PAGES) return;
      if (!this.pages.get(page)?.some((tile) => tile.querySelector("input:checked") !== null)) this.pages.delete(page);
    }
  }

  /** Sends what is selected in tiles that are not in the page at the moment. */
  private addChosen(form: HTMLFormElement): void {
    for (const old of form.querySelectorAll("[data-chosen]")) old.remove();
    for (const tile of [...this.pages.values()].flat()) {
      if (tile.isConnected || tile.querySelector("input:checked") === null) continue;
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "object", value: tile.dataset["object"] ?? "" });
      field.dataset["chosen"] = "";
      form.append(field);
    }
  }
}

/** Arrow keys press the links that name them, unless somebody is typing. */
function activateKeys(root: ParentNode): void {
  if (root.querySelector("[data-key]") === null) return;
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (event.altKey || event.ctrlKey || event.metaKey || target?.closest("input, select, textarea, pre")) return;
    document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  });
}

function tilesIn(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(":scope > .tile")];
}

function emptyTile(): HTMLElement {
  const tile = document.createElement("li");
  tile.className = "tile is-empty";
  tile.innerHTML = '<span class="tile-picture"></span><span class="tile-line"></span>';
  return tile;
}

function number(element: HTMLElement, name: string): number {
  return Number(element.dataset[name] ?? 0) || 0;
}
