/** The row of controls above the image: the tools that paint, and the settings of the chosen one. */
import { css, html, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import type { MaskTool } from "../../tools/masks/mask_tool.js";
import { clampDiameter, LARGEST_BRUSH, MOST_TOLERANCE, type PaintToolName, SMALLEST_BRUSH } from "../../tools/masks/settings.js";
import { icon } from "../../ui/icons.js";
import { NARROW } from "../../ui/media.js";
import { type IconButton, renderIconButton, titleWithKey } from "../../workspace/icon_button.js";
import type { ControlRow } from "../../workspace/shape_kind.js";

export interface MaskControls extends ControlRow {
  readonly tool: MaskTool;
  readonly isDrawing: boolean;
  readonly perObject: boolean;
  /** Of the label, or of the region that is painted. */
  readonly colour: string;
}

export function renderMaskControls(controls: MaskControls): TemplateResult {
  const { tool, keepFocus } = controls;
  return html`<div class="mask-controls" role="toolbar" aria-label=${t("Painting")} @mousedown=${keepFocus}>
    <div class="tools-group">${toolButtons(controls).map(renderIconButton)}</div>
    <span class="gap"></span>
    ${renderSettings(tool)}
    <span class="spacer"></span>
    ${renderTarget(controls)}
    <div class="tools-group switches">${maskSwitches(controls).map(renderIconButton)}</div>
  </div>`;
}

function toolButtons({ tool, isDrawing, keyOf }: MaskControls): IconButton[] {
  const button = (name: PaintToolName, label: string): IconButton => ({
    icon: name, label, keys: keyOf(`paint-${name}`), run: () => tool.set({ tool: name }), pressed: isDrawing && tool.settings.tool === name,
  });
  return [
    button("brush", t("Brush")),
    button("eraser", t("Eraser")),
    button("outline", t("Fill an outline")),
    button("box", t("Fill a box")),
    button("fill", t("Fill like colours")),
    button("assistant", t("Assistant")),
  ];
}

export function maskSwitches({ tool, keyOf }: Pick<MaskControls, "tool" | "keyOf">): IconButton[] {
  const { onlyEmpty, outlines, pressure } = tool.settings;
  const pen: IconButton = { icon: "pen", label: t("The pressure of the pen sets the size of the brush"), keys: keyOf("pen-pressure"), run: () => tool.set({ pressure: !pressure }), pressed: pressure };
  return [
    ...(tool.hasPen ? [pen] : []),
    { icon: "onlyEmpty", label: t("Paint only pixels that have no label"), keys: keyOf("only-empty"), run: () => tool.set({ onlyEmpty: !onlyEmpty }), pressed: onlyEmpty },
    { icon: "holes", label: t("Fill holes"), keys: keyOf("fill-holes"), run: () => tool.fillHoles() },
    { icon: "rim", label: t("Outlines"), keys: keyOf("outlines"), run: () => tool.set({ outlines: !outlines }), pressed: outlines },
  ];
}

function renderSettings(tool: MaskTool): TemplateResult {
  switch (tool.settings.tool) {
    case "brush":
    case "eraser":
      return renderSize(tool);
    case "fill":
      return renderTolerance(tool);
    case "assistant":
      return renderAssistant(tool);
    default:
      return html`<span class="hint">${tool.settings.tool === "box" ? t("Drag a box") : t("Click corners, or draw by hand")}</span>`;
  }
}

/** Equal steps of the slider are equal factors of the size. */
function renderSize(tool: MaskTool): TemplateResult {
  const { diameter } = tool.settings;
  const range = Math.log(LARGEST_BRUSH / SMALLEST_BRUSH);
  const slide = (event: Event): void => {
    tool.set({ diameter: clampDiameter(SMALLEST_BRUSH * Math.exp((range * Number((event.target as HTMLInputElement).value)) / 1000)) });
  };
  return html`<label class="setting"><span>${t("Size")}</span>
    <input type="range" min="0" max="1000" aria-label=${t("Size")} aria-valuetext=${t("{{count}} pixels", { count: diameter })}
      .value=${String(Math.round((1000 * Math.log(diameter / SMALLEST_BRUSH)) / range))} @input=${slide}>
    <output>${diameter} px</output></label>`;
}

function renderTolerance(tool: MaskTool): TemplateResult {
  const { tolerance } = tool.settings;
  return html`<label class="setting"><span>${t("Tolerance")}</span>
    <input type="range" min="0" max=${MOST_TOLERANCE} aria-label=${t("Tolerance")} .value=${String(tolerance)}
      @input=${(event: Event) => tool.set({ tolerance: Number((event.target as HTMLInputElement).value) })}>
    <output>${tolerance}</output></label>`;
}

function renderAssistant(tool: MaskTool): TemplateResult {
  return html`${tool.assistant.hasModel ? renderModelSwitch(tool) : nothing}${renderProposal(tool)}`;
}

function renderModelSwitch(tool: MaskTool): TemplateResult {
  const { useModel } = tool.settings;
  return html`<label class="setting model" title=${t("Off: proposals are made from the colours of the image")}>
    <input type="checkbox" .checked=${useModel} @change=${() => tool.set({ useModel: !useModel })}>${t("Model")}</label>`;
}

function renderProposal({ assistant }: MaskTool): TemplateResult {
  if (assistant.isBusy) return html`<span class="hint" role="status">${t("Looking for the object …")}</span>`;
  if (!assistant.hasProposal) {
    const hint = assistant.pointsSet === 0 ? t("Drag a box around an object, or click its four outermost points") : t("{{count}} points to go", { count: 4 - assistant.pointsSet });
    return html`<span class="hint">${hint}</span>`;
  }
  return html`<span class="hint">${t("Brush over what is missing; Alt: too much")}</span>
    <button class="button small primary" @click=${() => assistant.accept()}>${t("Paint it")} <kbd>Enter</kbd></button>
    <button class="button small" @click=${() => assistant.cancel()}>${t("Drop it")} <kbd>Esc</kbd></button>`;
}

/** What the next stroke extends. */
function renderTarget({ tool, colour, perObject, keyOf }: MaskControls): TemplateResult {
  const { target, targetLabel } = tool;
  const text = perObject && target === null ? t("New {{label}}", { label: targetLabel }) : targetLabel;
  return html`<span class="target" title=${t("The next stroke paints this")}><span class="swatch" style="background: ${colour}"></span>
    <span class="name">${text}</span></span>
    ${perObject ? html`<button class="button small" title=${titleWithKey(t("Begin the next object"), keyOf("next-object"))} aria-keyshortcuts=${keyOf("next-object") || nothing}
      ?disabled=${target === null} @click=${() => tool.beginObject()}>${icon("plus", 14)}${t("Add instance")}</button>` : nothing}`;
}

export const maskControlStyles = css`
  .mask-controls {
    grid-area: controls;
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    min-height: 42px;
    padding: 0 var(--tp-space-3);
    border-bottom: 1px solid var(--tp-border);
    background: var(--tp-surface);
    font-size: var(--tp-text-sm);
    overflow-x: auto;
    scrollbar-width: none;
  }
  .mask-controls > * {
    flex: none;
  }
  .mask-controls > .spacer {
    flex: 1;
  }
  .mask-controls .tools-group {
    display: flex;
    gap: 2px;
  }
  .mask-controls .gap {
    width: 1px;
    height: 18px;
    background: var(--tp-border);
  }
  .mask-controls .setting {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    color: var(--tp-text-muted);
  }
  .mask-controls input[type="range"] {
    width: 120px;
    accent-color: var(--tp-accent-600);
  }
  .mask-controls input[type="checkbox"] {
    margin: 0;
    accent-color: var(--tp-accent-600);
  }
  .mask-controls output {
    min-width: 52px;
    color: var(--tp-text);
    font-variant-numeric: tabular-nums;
  }
  .mask-controls .hint {
    flex: 0 1 auto;
    min-width: 140px;
    overflow: hidden;
    color: var(--tp-text-muted);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .mask-controls .target {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    max-width: 180px;
    font-weight: var(--tp-weight-medium);
  }
  .mask-controls .target .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .mask-controls .button.small {
    gap: var(--tp-space-1);
    height: 30px;
    padding: 0 var(--tp-space-2);
    font-size: var(--tp-text-sm);
  }
  @media (max-width: 1200px) {
    .mask-controls {
      gap: var(--tp-space-1);
      padding: 0 var(--tp-space-2);
    }
    .mask-controls input[type="range"] {
      width: 76px;
    }
    .mask-controls .setting span {
      display: none;
    }
    .mask-controls output {
      min-width: 46px;
    }
    .mask-controls .target {
      max-width: 96px;
    }
  }
  @media ${NARROW} {
    /* What does not fit is reached by a swipe: the tools come first. */
    .mask-controls > .tools-group:first-child,
    .mask-controls > .button {
      order: -1;
    }
    .mask-controls {
      border-top: 1px solid var(--tp-border);
      border-bottom: 0;
    }
    .mask-controls .icon-button {
      min-width: 44px;
      min-height: 44px;
    }
    .mask-controls kbd {
      display: none;
    }
  }
`;
