/** In an adjustment task: what the worker has changed of the labels that are reviewed, while a key or a button is held. */
import { css, html, nothing, type TemplateResult } from "lit";
import { type Differences, differences } from "../core/differences.js";
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { SMALL } from "../ui/media.js";
import type { LabelStyle } from "../ui/palette.js";
import type { ShapeEditor } from "./editor.js";

/** Told apart by sign, line and colour. */
const MARKS = {
  added: { sign: "+", colour: "#008700", dash: "" },
  removed: { sign: "−", colour: "#b41e3c", dash: "3 4" },
  before: { sign: "○", colour: "#4f5868", dash: "8 4" },
  after: { sign: "●", colour: "#4b87e1", dash: "" },
} as const;

type Mark = keyof typeof MARKS;

export class Comparison<S extends Shape> {
  private isHeld = false;
  private compared: readonly S[] | null = null;
  private found: Differences<S> = { added: [], removed: [], changed: [] };

  constructor(
    private readonly editor: ShapeEditor<S>,
    /** The shapes of the initial value; null in a task without one. */
    private readonly initial: () => readonly S[] | null,
    private readonly changed: () => void,
  ) {}

  get isShown(): boolean {
    return this.isHeld && this.initial() !== null;
  }

  get initialShapes(): readonly S[] {
    return this.initial() ?? [];
  }

  get isPossible(): boolean {
    return this.initial() !== null;
  }

  show(shown: boolean): void {
    if (this.isHeld === shown) return;
    this.isHeld = shown;
    this.changed();
  }

  /** The differences as shapes to draw. Their labels have a sign in front. */
  get shapes(): readonly S[] {
    const { added, removed, changed } = this.differences();
    const marked = (mark: Mark, shapes: readonly S[]): S[] =>
      shapes.map(({ confidence: _, ...shape }) => ({ ...(shape as unknown as S), id: `${mark} ${shape.id}`, label: `${MARKS[mark].sign} ${shape.label}` }));
    return [
      ...marked("removed", removed),
      ...marked("before", changed.map(({ before }) => before)),
      ...marked("after", changed.map(({ after }) => after)),
      ...marked("added", added),
    ];
  }

  styleOf(label: string): LabelStyle {
    const mark = Object.values(MARKS).find(({ sign }) => label.startsWith(`${sign} `)) ?? MARKS.after;
    return { colour: mark.colour, text: "#ffffff", rim: "rgb(255 255 255 / 0.75)", dash: mark.dash };
  }

  /** One line below the list: how much was changed, and a button to hold. */
  render(key: string): TemplateResult | typeof nothing {
    if (!this.isPossible) return nothing;
    const { added, removed, changed } = this.differences();
    const parts = [
      added.length > 0 ? t("+ {{number}} new", { number: added.length }) : "",
      removed.length > 0 ? t("− {{number}} gone", { number: removed.length }) : "",
      changed.length > 0 ? t("● {{number}} changed", { number: changed.length }) : "",
    ].filter((part) => part !== "");
    const show = (shown: boolean) => () => this.show(shown);
    return html`<div class="comparison"><span aria-live="off">${parts.length === 0 ? t("No changes") : parts.map(unbroken).join(" · ")}</span>
      <button class="button" aria-pressed=${this.isHeld} title=${t("Hold to see what you have changed. ○ is before, ● is now.")}
        ?disabled=${parts.length === 0} @pointerdown=${show(true)} @pointerup=${show(false)} @pointercancel=${show(false)} @pointerleave=${show(false)}
        @keydown=${(event: KeyboardEvent) => [" ", "Enter"].includes(event.key) && this.show(true)}
        @keyup=${show(false)} @blur=${show(false)}>${t("Compare")}${key === "" ? nothing : html`<kbd>${key}</kbd>`}</button></div>`;
  }

  private differences(): Differences<S> {
    const { shapes } = this.editor.store;
    const initial = this.initial();
    if (initial === null || shapes === this.compared) return this.found;
    this.compared = shapes;
    const { kind } = this.editor;
    this.found = kind.differences?.(initial, shapes) ?? differences(initial, shapes, kind.bounds);
    return this.found;
  }
}

/** A line ends between two counts, not in one. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}

export const comparisonStyles = css`
  .comparison {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    flex: none;
    gap: var(--tp-space-1) var(--tp-space-2);
    padding: var(--tp-space-2) var(--tp-space-3) var(--tp-space-2) var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
  }
  .comparison .button {
    height: max(28px, calc(var(--tp-hit) - 2px));
    padding: 0 var(--tp-space-2);
    font-size: var(--tp-text-xs);
    touch-action: none;
    user-select: none;
  }
  @media (max-width: 1200px) {
    .comparison kbd {
      display: none;
    }
  }
  @media ${SMALL} {
    .comparison .button {
      height: 44px;
      padding: 0 var(--tp-space-4);
    }
  }
`;
