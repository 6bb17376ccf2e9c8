/** How a worker wants to see images: their brightness and the like, the crosshair, what the wheel does. No DOM. */

export type Crosshair = "lines" | "cross" | "off";
export type WheelUse = "auto" | "zoom" | "pan";

/** The distance of the lines of the grid, in image pixels. */
export const GRIDS = [10, 50, 100, 500] as const;
export type Grid = "off" | (typeof GRIDS)[number];

export interface ViewSettings {
  /** In percent, as in a CSS filter; 100 leaves the image as it is. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** 1 leaves the image as it is; more shows what is in dark parts. */
  readonly gamma: number;
  readonly crosshair: Crosshair;
  readonly wheel: WheelUse;
  readonly showsMap: boolean;
  readonly grid: Grid;
  /** Pixels that are seen as squares when zoomed in far are smoothed instead. */
  readonly isSmooth: boolean;
}

export const PLAIN_VIEW: ViewSettings = {
  brightness: 100, contrast: 100, saturation: 100, gamma: 1, crosshair: "lines", wheel: "auto", showsMap: true, grid: "off", isSmooth: false,
};

export const RANGES = {
  brightness: { min: 20, max: 300, step: 5 },
  contrast: { min: 20, max: 300, step: 5 },
  saturation: { min: 0, max: 300, step: 5 },
  gamma: { min: 0.3, max: 3, step: 0.1 },
} as const;

export type Adjustment = keyof typeof RANGES;
export const ADJUSTMENTS = Object.keys(RANGES) as readonly Adjustment[];

export function isAdjusted(settings: ViewSettings): boolean {
  return ADJUSTMENTS.some((name) => settings[name] !== PLAIN_VIEW[name]);
}

/** The CSS filter of the image. `gammaFilter` is the address of an SVG filter for the gamma. */
export function filterOf(settings: ViewSettings, gammaFilter: string): string {
  const { brightness, contrast, saturation, gamma } = settings;
  const parts = [
    ...(gamma === 1 ? [] : [`url(${gammaFilter})`]),
    ...(brightness === 100 ? [] : [`brightness(${brightness}%)`]),
    ...(contrast === 100 ? [] : [`contrast(${contrast}%)`]),
    ...(saturation === 100 ? [] : [`saturate(${saturation}%)`]),
  ];
  return parts.length === 0 ? "none" : parts.join(" ");
}

/** The settings that were kept, as far as they can be read. */
export function readViewSettings(saved: unknown): ViewSettings {
  const found = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
  const adjusted = Object.fromEntries(
    ADJUSTMENTS.map((name) => {
      const value = found[name];
      const { min, max } = RANGES[name];
      return [name, typeof value === "number" && value >= min && value <= max ? value : PLAIN_VIEW[name]];
    }),
  );
  const { crosshair, wheel, showsMap, grid, isSmooth } = found;
  return {
    ...PLAIN_VIEW,
    ...adjusted,
    ...(crosshair === "lines" || crosshair === "cross" || crosshair === "off" ? { crosshair } : {}),
    ...(wheel === "auto" || wheel === "zoom" || wheel === "pan" ? { wheel } : {}),
    ...(typeof showsMap === "boolean" ? { showsMap } : {}),
    ...(GRIDS.some((step) => step === grid) ? { grid: grid as Grid } : {}),
    ...(typeof isSmooth === "boolean" ? { isSmooth } : {}),
  };
}
