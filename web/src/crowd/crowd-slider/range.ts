/** The numbers of a slider: its ends, its steps, and where a number is between the ends. */

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** The range of the attributes; wrong ones count as missing. */
export function rangeOf(min: number, max: number, step: number): Range {
  const low = Number.isFinite(min) ? min : 0;
  const high = Number.isFinite(max) ? max : 100;
  return { min: low, max: Math.max(low, high), step: Number.isFinite(step) && step > 0 ? step : 1 };
}

/** The nearest number on a step. Its decimals are those of the step and the minimum: 0.1 + 0.2 is 0.3. */
export function onStep(value: number, { min, max, step }: Range): number {
  const steps = Math.min(Math.round((value - min) / step), Math.floor((max - min) / step + 1e-9));
  const decimals = Math.max(decimalsOf(step), decimalsOf(min));
  return Number((min + Math.max(0, steps) * step).toFixed(decimals));
}

/** From 0 at the minimum to 1 at the maximum. */
export function shareOf(value: number, { min, max }: Range): number {
  return max === min ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** A finite number from a template or a script; null for anything else. */
export function numberFrom(value: unknown): number | null {
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function decimalsOf(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  const decimals = (digits.split(".")[1] ?? "").length - Number(exponent);
  return Math.min(20, Math.max(0, decimals));
}
