/** The menu for how the image is seen: turned, brighter, with a crosshair. Its settings are kept for the next tasks. */
import { css, html, nothing, type LitElement, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";
import { titleWithKey } from "./icon_button.js";
import type { Keys } from "./keys.js";
import { keepEscape, placePopover } from "./popover.js";
import type { ImageStage } from "./stage/component.js";
import {
  type Adjustment,
  ADJUSTMENTS,
  GRIDS,
  isAdjusted,
  PLAIN_VIEW,
  RANGES,
  readViewSettings,
  type ViewSettings,
} from "./stage/view_settings.js";

const QUARTER = 90;

export class ViewMenu {
  private current: ViewSettings = PLAIN_VIEW;

  constructor(
    private readonly host: LitElement,
    /** The worker has changed a setting. */
    private readonly changed: (settings: ViewSettings) => void,
    /** Without drawing there is no crosshair. */
    private readonly options: { readonly draws: boolean } = { draws: true },
  ) {}

  get settings(): ViewSettings {
    return this.current;
  }

  /** Takes over the settings of earlier tasks, as far as they can be read. */
  restore(saved: unknown): void {
    this.current = readViewSettings(saved);
    this.host.requestUpdate();
  }

  /** The button, with the menu that it opens. Without a stage the button is disabled. */
  render(stage: ImageStage | null, keys: Keys): TemplateResult {
    const isChanged = isAdjusted(this.current) || (stage?.view.rotation ?? 0) !== 0;
    return html`<button class="icon-button view-button" title=${this.options.draws ? t("View: turn, brightness, crosshair") : t("View: turn, brightness")} aria-label=${t("View")}
        popovertarget="view-menu" data-changed=${isChanged || nothing} ?disabled=${stage === null}>${icon("view")}</button>
      <div id="view-menu" popover role="dialog" aria-label=${t("View")} @toggle=${placePopover} @keydown=${keepEscape}>
        ${stage === null ? nothing : html`${this.renderRotation(stage, keys)}${this.renderAdjustments()}${this.renderChoices()}`}
      </div>`;
  }

  private renderRotation(stage: ImageStage, keys: Keys): TemplateResult {
    const [left, right] = [keys.first("turn-left"), keys.first("turn-right")];
    const rotation = Math.round(stage.view.rotation ?? 0);
    // From the middle, so that a small turn to the left is near a small one to the right.
    const signed = rotation > 180 ? rotation - 360 : rotation;
    return html`<section><h3>${t("Turn")}</h3>
      <div class="turns">
        <button class="icon-button" title=${titleWithKey(t("Turn left"), left)} aria-label=${t("Turn left")} aria-keyshortcuts=${left || nothing}
          @click=${() => stage.turn(-QUARTER)}>${icon("turnLeft")}</button>
        <input type="range" min="-180" max="180" step="1" aria-label=${t("Angle in degrees")} .value=${String(signed)}
          @input=${(event: Event) => stage.turn(numberOf(event) - (stage.view.rotation ?? 0))}>
        <button class="icon-button" title=${titleWithKey(t("Turn right"), right)} aria-label=${t("Turn right")} aria-keyshortcuts=${right || nothing}
          @click=${() => stage.turn(QUARTER)}>${icon("turnRight")}</button>
        <button class="value" title=${t("Upright again")} aria-label=${t("{{angle}} degrees, upright again", { angle: signed })}
          @click=${() => stage.turn(-(stage.view.rotation ?? 0))}>${signed}°</button>
      </div></section>`;
  }

  private renderAdjustments(): TemplateResult {
    return html`<section><h3>${t("Colours")}<button class="button link" ?disabled=${!isAdjusted(this.current)}
        @click=${() => this.set({ ...PLAIN_VIEW, ...keptApart(this.current) })}>${t("Reset")}</button></h3>
      ${ADJUSTMENTS.map((name) => this.renderSlider(name))}</section>`;
  }

  private renderSlider(name: Adjustment): TemplateResult {
    const { min, max, step } = RANGES[name];
    const value = this.current[name];
    const text = name === "gamma" ? value.toFixed(1) : `${value} %`;
    return html`<label class="slider"><span>${adjustmentName(name)}</span>
      <input type="range" min=${min} max=${max} step=${step} .value=${String(value)} aria-valuetext=${text}
        @input=${(event: Event) => this.set({ [name]: numberOf(event) })}>
      <span class="value" aria-hidden="true">${text}</span></label>`;
  }

  private renderChoices(): TemplateResult {
    const { crosshair, wheel, showsMap, grid, isSmooth } = this.current;
    const grids = Object.fromEntries([["off", t("Off")], ...GRIDS.map((step) => [String(step), t("{{count}} pixels", { count: step })])]);
    return html`<section>
      ${this.options.draws ? choice(t("Crosshair"), crosshair, { lines: t("Long lines"), cross: t("Short cross"), off: t("Off") }, (value) => this.set({ crosshair: value })) : nothing}
      ${choice(t("Wheel"), wheel, { auto: t("Automatic"), zoom: t("Zooms"), pan: t("Moves the image") }, (value) => this.set({ wheel: value }))}
      ${choice(t("Grid"), String(grid), grids, (value) => this.set({ grid: GRIDS.find((step) => String(step) === value) ?? "off" }))}
      ${tick(t("Map when zoomed in far"), showsMap, (on) => this.set({ showsMap: on }))}
      ${tick(t("Smooth pixels when zoomed in far"), isSmooth, (on) => this.set({ isSmooth: on }))}
    </section>`;
  }

  private set(change: Partial<ViewSettings>): void {
    this.current = { ...this.current, ...change };
    this.host.requestUpdate();
    this.changed(this.current);
  }
}

/** What is not a matter of colours. */
function keptApart({ crosshair, wheel, showsMap, grid, isSmooth }: ViewSettings): Omit<ViewSettings, Adjustment> {
  return { crosshair, wheel, showsMap, grid, isSmooth };
}

function adjustmentName(name: Adjustment): string {
  switch (name) {
    case "brightness":
      return t("Brightness");
    case "contrast":
      return t("Contrast");
    case "saturation":
      return t("Saturation");
    case "gamma":
      return t("Gamma");
  }
}

function choice<V extends string>(name: string, value: V, options: Readonly<Record<V, string>>, choose: (value: V) => void): TemplateResult {
  return html`<label class="choice"><span>${name}</span><select class="input" @change=${(event: Event) => choose((event.target as HTMLSelectElement).value as V)}>
    ${Object.entries<string>(options).map(([option, text]) => html`<option value=${option} ?selected=${option === value}>${text}</option>`)}
  </select></label>`;
}

function tick(name: string, on: boolean, set: (on: boolean) => void): TemplateResult {
  return html`<label class="choice check"><input type="checkbox" .checked=${on}
    @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}>${name}</label>`;
}

function numberOf(event: Event): number {
  return (event.target as HTMLInputElement).valueAsNumber;
}

export const viewMenuStyles = css`
  .view-button[data-changed] {
    background: var(--tp-accent-50);
    color: var(--tp-accent-700);
  }
  #view-menu {
    width: min(316px, calc(100vw - 12px));
    max-height: calc(100dvh - 12px);
    margin: 0;
    padding: var(--tp-space-2) 0;
    overflow: auto;
    border: 1px solid var(--tp-border);
    border-radius: var(--tp-radius-lg);
    background: var(--tp-surface-raised);
    color: var(--tp-text);
    box-shadow: var(--tp-shadow-lg);
    font-size: var(--tp-text-sm);
  }
  #view-menu section {
    display: grid;
    gap: var(--tp-space-1);
    padding: var(--tp-space-2) var(--tp-space-4);
  }
  #view-menu section + section {
    border-top: 1px solid var(--tp-border);
  }
  #view-menu h3 {
    display: flex;
    justify-content: space-between;
    margin: 0;
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-weight: var(--tp-weight-semibold);
  }
  #view-menu .turns,
  #view-menu .slider,
  #view-menu .choice {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    min-height: var(--tp-hit);
  }
  #view-menu :is(.slider, .choice) > span:first-child {
    flex: 0 0 84px;
  }
  #view-menu input[type="range"] {
    flex: 1;
    min-width: 0;
    height: var(--tp-hit);
    margin: 0;
    accent-color: var(--tp-accent-600);
  }
  #view-menu .value {
    flex: 0 0 46px;
    min-height: var(--tp-hit);
    border-radius: var(--tp-radius-sm);
    color: var(--tp-text-muted);
    font-variant-numeric: tabular-nums;
    line-height: var(--tp-hit);
    text-align: right;
  }
  #view-menu button.value:hover {
    color: var(--tp-text);
    text-decoration: underline;
  }
  #view-menu select {
    flex: 1;
    min-width: 0;
    min-height: var(--tp-hit);
    padding: 2px 6px;
  }
`;
