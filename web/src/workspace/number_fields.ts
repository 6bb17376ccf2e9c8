/** The numbers of the selected shape, in image pixels, to read and to type: for a box its place and size. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { Shape } from "../core/shapes.js";
import { SMALL } from "../ui/media.js";
import type { ShapeEditor } from "./editor.js";

export interface NumberField<S extends Shape> {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The shape with another number. */
  with(value: number): S;
}

export function renderNumbers<S extends Shape>(editor: ShapeEditor<S>): TemplateResult | typeof nothing {
  const { shape, fresh } = editor.selection;
  const { image } = editor.screen;
  if (shape === undefined || image === null || fresh) return nothing;
  const fields = editor.kind.numbers?.(shape, image) ?? [];
  if (fields.length === 0) return nothing;
  const locked = editor.visibility.locked.has(shape);
  return html`<div class="numbers">${fields.map((field) => renderField(editor, field, locked))}</div>`;
}

function renderField<S extends Shape>(editor: ShapeEditor<S>, { name, value, low, high, ...field }: NumberField<S>, locked: boolean): TemplateResult {
  const change = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const typed = Math.round(input.valueAsNumber);
    if (Number.isFinite(typed)) editor.replaceAll([field.with(Math.min(high, Math.max(low, typed)))]);
    // What was out of range, or no number, becomes what the shape has.
    input.value = String(editor.selection.shape === undefined ? value : valueNow(editor, name));
    event.stopPropagation();
  };
  return html`<label><span>${name}</span><input type="number" inputmode="numeric" min=${low} max=${high} step="1" .value=${String(value)}
    ?disabled=${locked} @change=${change} @keydown=${leave}></label>`;
}

function valueNow<S extends Shape>({ selection, kind, screen }: ShapeEditor<S>, name: string): number | "" {
  if (selection.shape === undefined || screen.image === null) return "";
  return kind.numbers?.(selection.shape, screen.image).find((field) => field.name === name)?.value ?? "";
}

/** Enter takes the number. It must not submit the task at the same time. */
function leave(event: KeyboardEvent): void {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  (event.target as HTMLElement).blur();
}

export const numberFieldStyles = css`
  .numbers {
    display: grid;
    flex: none;
    grid-template-columns: repeat(4, minmax(0, 1fr));
    gap: var(--tp-space-1);
    padding: var(--tp-space-2) var(--tp-space-3);
    border-top: 1px solid var(--tp-border);
  }
  .numbers span {
    display: block;
    overflow: hidden;
    color: var(--tp-text-muted);
    font-size: var(--tp-text-2xs);
    text-overflow: ellipsis;
  }
  .numbers input {
    width: 100%;
    height: 28px;
    padding: 0 4px;
    border: 1px solid var(--tp-border-strong);
    border-radius: var(--tp-radius-sm);
    background: var(--tp-surface);
    color: inherit;
    font: inherit;
    font-size: var(--tp-text-xs);
    font-variant-numeric: tabular-nums;
    appearance: textfield;
  }
  .numbers input::-webkit-inner-spin-button {
    display: none;
  }
  @media ${SMALL} {
    .numbers {
      display: none;
    }
  }
`;
