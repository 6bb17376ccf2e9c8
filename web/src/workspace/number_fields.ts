/** The numbers of the selected shape, in image pixels, to read and to type: of a box its place and size, of a path a point. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { Shape } from "../core/shapes.js";
import type { NumberField, Numbers } from "../tools/numbers.js";
import { SMALL } from "../ui/media.js";
import type { ShapeEditor } from "./editor.js";

export function renderNumbers<S extends Shape>(editor: ShapeEditor<S>): TemplateResult | typeof nothing {
  const numbers = numbersNow(editor);
  const { shape, fresh } = editor.selection;
  if (numbers === null || shape === undefined || fresh) return nothing;
  const { caption, fields } = numbers;
  const locked = editor.visibility.locked.has(shape);
  return html`<div class="numbers">${caption === "" ? nothing : html`<p>${caption}</p>`}${fields.map((field) => renderField(editor, field, locked))}</div>`;
}

function numbersNow<S extends Shape>({ selection, screen, tool }: ShapeEditor<S>): Numbers | null {
  return selection.shape === undefined || screen.image === null ? null : tool.numbers(selection.shape);
}

function renderField<S extends Shape>(editor: ShapeEditor<S>, { name, value, low, high, set }: NumberField, locked: boolean): TemplateResult {
  const change = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const typed = Math.round(input.valueAsNumber);
    if (Number.isFinite(typed)) set(Math.min(high, Math.max(low, typed)));
    // What was out of range, or no number, becomes what the shape has.
    input.value = String(numbersNow(editor)?.fields.find((field) => field.name === name)?.value ?? "");
    event.stopPropagation();
  };
  return html`<label><span>${name}</span><input type="number" inputmode="numeric" min=${low} max=${high} step="1" .value=${String(value)}
    ?disabled=${locked} @change=${change} @keydown=${leave}></label>`;
}

/** Enter takes the number. It must not submit the task at the same time. */
function leave(event: KeyboardEvent): void {
  if (event.isComposing) return;
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
  .numbers p {
    grid-column: 1 / -1;
    margin: 0;
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
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
