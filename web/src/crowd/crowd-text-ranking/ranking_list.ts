/** The order of the responses in one dimension: the worker drags them, clicks them in order, or moves them with keys. */
import { css, html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { joined, moved, placed, type Ranking, unranked, without } from "../../core/ranking.js";
import type { RankingDimension } from "../../formats/text_ranking.js";
import { t } from "../../language/index.js";
import { icon } from "../../ui/icons.js";
import { NARROW } from "../../ui/media.js";

export interface RankedDimension extends RankingDimension {
  readonly ranking: Ranking;
}

export interface RankingScreen {
  change(dimension: string, ranking: Ranking): void;
  /** Marks the card of a response; null for none. */
  hover(response: number | null): void;
  /** The letter of a response. */
  nameOf(response: number): string;
  announce(text: string): void;
}

/** Where a dragged response would go. */
interface Drop {
  readonly place: number;
  readonly joins: boolean;
}

interface Drag {
  readonly pointer: number;
  readonly dimension: string;
  readonly response: number;
  readonly startX: number;
  readonly startY: number;
  readonly moved: boolean;
  readonly drop: Drop | null;
}

const SLOP = 5;
/** A finger rolls during a tap. */
const FINGER_SLOP = 12;

export class RankingList implements ReactiveController {
  private drag: Drag | null = null;
  /** A drag ends with a click, which is none. */
  private hasDragged = false;

  constructor(
    private readonly host: ReactiveControllerHost & { readonly renderRoot: ParentNode },
    private readonly screen: RankingScreen,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.drag = null;
  }

  render(dimension: RankedDimension, count: number, asked: boolean): TemplateResult {
    const { name, ranking, allowTie } = dimension;
    const left = unranked(ranking, count);
    const drop = this.drag !== null && this.drag.dimension === name ? this.drag.drop : null;
    return html`<section class="dimension ${asked && left.length > 0 ? "asked" : ""}" data-dimension=${name}>
      <h2>${name}<span class="rule">${allowTie ? t("Ties are possible") : t("No ties")}</span></h2>
      <ol>${ranking.map((group, place) => html`<li class="rank ${drop?.place === place ? (drop.joins ? "joins" : "before") : ""}">
          <span class="number">${place + 1}</span>
          <span class="group">${repeat(group, (response) => response, (response) => this.renderChip(dimension, response))}</span></li>`)}
        ${drop !== null && drop.place === ranking.length ? html`<li class="rank before end" aria-hidden="true"></li>` : nothing}
      </ol>
      ${left.length === 0 ? nothing : html`<p class="hint">${ranking.length === 0 ? t("Choose the best response first.") : t("Choose the next best.")}</p>
        <div class="group left">${left.map((response) => this.renderChip(dimension, response))}</div>`}
    </section>`;
  }

  private renderChip(dimension: RankedDimension, response: number): TemplateResult {
    const place = dimension.ranking.findIndex((group) => group.includes(response));
    const letter = this.screen.nameOf(response);
    const isDragged = this.drag?.moved === true && this.drag.dimension === dimension.name && this.drag.response === response;
    const label = place < 0
      ? t("{{dimension}}: response {{letter}}, not ranked", { dimension: dimension.name, letter })
      : t("{{dimension}}: response {{letter}}, rank {{rank}}", { dimension: dimension.name, letter, rank: place + 1 });
    return html`<button type="button" class="chip ${isDragged ? "dragged" : ""}" data-response=${response} aria-label=${label}
      title=${place < 0 ? t("Click to rank it next, or drag it") : t("Drag it, or move it with the arrow keys. A click takes its rank away.")}
      @click=${(event: MouseEvent) => this.clicked(event, dimension, response)} @keydown=${(event: KeyboardEvent) => this.keyPressed(event, dimension, response)}
      @pointerdown=${(event: PointerEvent) => this.pressed(event, dimension, response)} @pointermove=${(event: PointerEvent) => this.dragged(event, dimension)}
      @pointerup=${(event: PointerEvent) => this.dropped(event, dimension)} @pointercancel=${(event: PointerEvent) => this.cancelled(event)}
      @pointerenter=${(event: PointerEvent) => this.hovered(event, response)} @pointerleave=${(event: PointerEvent) => this.hovered(event, null)}
      @focus=${() => this.screen.hover(response)} @blur=${() => this.screen.hover(null)}>
      ${letter}${place < 0 ? nothing : html`<span class="grip">${icon("list", 12)}</span>`}</button>`;
  }

  /**
   * Decision: a click or tap on a ranked response takes its rank away, because a phone has no Delete. Enter does not, so
   * that one press too many undoes nothing, nor does the second click of a double click.
   */
  private clicked({ detail }: MouseEvent, dimension: RankedDimension, response: number): void {
    const isEndOfDrag = this.hasDragged && detail > 0;
    this.hasDragged = false;
    if (isEndOfDrag) return;
    const { ranking } = dimension;
    const isRanked = ranking.some((group) => group.includes(response));
    if (!isRanked) this.change(dimension, response, placed(ranking, response, ranking.length));
    else if (detail === 1) this.change(dimension, response, without(ranking, response));
  }

  /** A finger does not hover: a browser that takes a tap for hovering would send no click. */
  private hovered({ pointerType }: PointerEvent, response: number | null): void {
    if (pointerType === "mouse") this.screen.hover(response);
  }

  private keyPressed(event: KeyboardEvent, dimension: RankedDimension, response: number): void {
    this.hasDragged = false;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const changed = this.afterKey(event, dimension, response);
    if (changed === null) return;
    event.preventDefault();
    this.change(dimension, response, changed);
  }

  /** Null for a key that does nothing here. */
  private afterKey({ key }: KeyboardEvent, { ranking, allowTie }: RankedDimension, response: number): Ranking | null {
    const place = ranking.findIndex((group) => group.includes(response));
    if (/^[1-9]$/.test(key)) return this.atRank(Number(key) - 1, ranking, response);
    if (place < 0) return null;
    if (key === "ArrowUp" || key === "ArrowLeft") return moved(ranking, response, -1);
    if (key === "ArrowDown" || key === "ArrowRight") return moved(ranking, response, 1);
    if (key === "Delete" || key === "Backspace") return without(ranking, response);
    return key === "=" && allowTie && place > 0 ? joined(ranking, response, place - 1) : null;
  }

  private atRank(place: number, ranking: Ranking, response: number): Ranking {
    const rest = without(ranking, response);
    return placed(rest, response, Math.min(place, rest.length));
  }

  private change({ name, ranking }: RankedDimension, response: number, changed: Ranking): void {
    if (JSON.stringify(ranking) === JSON.stringify(changed)) return;
    this.screen.change(name, changed);
    const rank = changed.findIndex((group) => group.includes(response)) + 1;
    const letter = this.screen.nameOf(response);
    this.screen.announce(rank === 0 ? t("Response {{letter}} is not ranked", { letter }) : t("Response {{letter}} has rank {{rank}}", { letter, rank }));
    // The response has moved to another place of the document, and its button with it.
    void this.host.updateComplete.then(() => {
      const section = [...this.host.renderRoot.querySelectorAll<HTMLElement>(".dimension")].find((each) => each.dataset["dimension"] === name);
      const next = section?.querySelector<HTMLElement>(".left .chip");
      const own = section?.querySelector<HTMLElement>(`.chip[data-response="${response}"]`);
      (ranking.some((group) => group.includes(response)) ? own : (next ?? own))?.focus();
    });
  }

  private pressed(event: PointerEvent, { name }: RankedDimension, response: number): void {
    if (event.button !== 0 || this.drag !== null) return; // a second finger
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.hasDragged = false;
    this.drag = { pointer: event.pointerId, dimension: name, response, startX: event.clientX, startY: event.clientY, moved: false, drop: null };
  }

  private dragged(event: PointerEvent, dimension: RankedDimension): void {
    const { drag } = this;
    if (drag?.pointer !== event.pointerId) return;
    const way = Math.max(Math.abs(event.clientX - drag.startX), Math.abs(event.clientY - drag.startY));
    if (!drag.moved && way <= (event.pointerType === "mouse" ? SLOP : FINGER_SLOP)) return;
    this.hasDragged = true;
    this.drag = { ...drag, moved: true, drop: this.dropAt(event, dimension) };
    this.host.requestUpdate();
  }

  private dropped({ pointerId }: PointerEvent, dimension: RankedDimension): void {
    const { drag } = this;
    if (drag?.pointer !== pointerId) return;
    this.end();
    if (drag.drop === null) return;
    const { place, joins } = drag.drop;
    const { ranking } = dimension;
    this.change(dimension, drag.response, joins ? joined(ranking, drag.response, place) : placed(ranking, drag.response, place));
  }

  private cancelled({ pointerId }: PointerEvent): void {
    if (this.drag?.pointer === pointerId) this.end();
  }

  private end(): void {
    this.drag = null;
    this.host.requestUpdate();
  }

  /** In the middle of a rank the response shares it, where ties are possible; else it goes before or after the rank. */
  private dropAt({ clientX, clientY }: PointerEvent, { name, allowTie }: RankedDimension): Drop {
    const section = [...this.host.renderRoot.querySelectorAll<HTMLElement>(".dimension")].find((each) => each.dataset["dimension"] === name);
    const rows = [...(section?.querySelectorAll(".rank:not(.end)") ?? [])].map((row) => row.getBoundingClientRect());
    const isInLines = section !== undefined && getComputedStyle(section).display === "flex";
    for (const [place, row] of rows.entries()) {
      const share = isInLines ? shareInLines(row, clientX, clientY) : (clientY - row.top) / row.height;
      if (share < (allowTie ? 0.3 : 0.5)) return { place, joins: false };
      if (allowTie && share <= 0.7) return { place, joins: true };
      if (share < 1) return { place: place + 1, joins: false };
    }
    return { place: rows.length, joins: false };
  }
}

/** How far a point is along a rank, where ranks follow each other in lines: negative before it, above 1 after it. */
function shareInLines({ left, top, bottom, width }: DOMRect, x: number, y: number): number {
  if (y < top) return -1;
  return y > bottom ? 2 : (x - left) / width;
}

export const rankingListStyles = css`
  .dimension {
    padding: var(--tp-space-3) var(--tp-space-4) var(--tp-space-4);
    border-bottom: 1px solid var(--tp-border);
  }
  .dimension.asked {
    background: var(--tp-warning-50);
  }
  .dimension h2 {
    display: flex;
    align-items: baseline;
    gap: var(--tp-space-2);
    margin: 0 0 var(--tp-space-2);
    font-size: var(--tp-text-md);
    font-weight: var(--tp-weight-semibold);
  }
  .rule {
    margin-left: auto;
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-weight: var(--tp-weight-normal);
  }
  .dimension ol {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .rank {
    position: relative;
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    min-height: calc(var(--tp-hit) + 8px);
    border-radius: var(--tp-radius-md);
  }
  .rank.joins {
    background: var(--tp-accent-50);
    box-shadow: inset 0 0 0 2px var(--tp-accent-500);
  }
  .rank.before::before {
    content: "";
    position: absolute;
    inset: -1px 0 auto;
    height: 2px;
    background: var(--tp-accent-500);
  }
  .rank.end {
    min-height: 2px;
  }
  .number {
    width: 20px;
    color: var(--tp-text-muted);
    font-size: var(--tp-text-sm);
    font-variant-numeric: tabular-nums;
    text-align: right;
  }
  .group {
    display: flex;
    flex-wrap: wrap;
    gap: var(--tp-space-2);
  }
  .hint {
    margin: var(--tp-space-2) 0;
    color: var(--tp-text-muted);
    font-size: var(--tp-text-sm);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-width: 44px;
    height: var(--tp-hit);
    padding: 0 var(--tp-space-3);
    border: 1px solid var(--tp-border-strong);
    border-radius: var(--tp-radius-full);
    background: var(--tp-surface);
    font-weight: var(--tp-weight-semibold);
    cursor: grab;
    touch-action: none;
  }
  .chip:hover {
    background: var(--tp-surface-hover);
  }
  .chip.dragged {
    border-color: var(--tp-accent-500);
    background: var(--tp-accent-50);
    cursor: grabbing;
  }
  .grip {
    color: var(--tp-text-faint);
  }
  /* The ranks of a dimension follow each other in a line, with what is left after them: the texts need the height. */
  @media ${NARROW} {
    .dimension {
      display: flex;
      flex-wrap: wrap;
      gap: var(--tp-space-1) var(--tp-space-3);
      padding-block: var(--tp-space-2);
    }
    .dimension h2 {
      flex: 0 0 100%;
      margin: 0;
    }
    .dimension ol {
      display: flex;
      flex-wrap: wrap;
      gap: var(--tp-space-1) var(--tp-space-3);
    }
    .dimension ol:not(:has(li)),
    .grip {
      display: none;
    }
    .rank,
    .group {
      gap: var(--tp-space-1);
    }
    .rank {
      min-height: var(--tp-hit);
    }
    .rank.before::before {
      inset: 0 auto 0 -7px;
      width: 2px;
      height: auto;
    }
    .rank.end {
      width: 2px;
    }
    .number {
      width: auto;
    }
    .hint {
      flex: 0 0 100%;
      order: 1;
      margin: 0;
    }
  }
`;
