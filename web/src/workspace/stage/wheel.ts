/** What a turn of the wheel, or two fingers on a trackpad, do to the view. No DOM. */
import type { WheelUse } from "./view_settings.js";

/** The parts of a WheelEvent that matter. */
export interface WheelTurn {
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0: pixels, 1: lines, 2: pages. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly timeStamp: number;
}

export type WheelEffect = { readonly kind: "zoom"; readonly factor: number } | { readonly kind: "pan"; readonly dx: number; readonly dy: number };

const LINE = 33;
/** A mouse's wheel moves further than this in one step, fingers on a trackpad begin with less. */
const FINE = 40;
/** Wheel events in quicker succession belong to one movement, which does not change its effect. */
const PAUSE_MS = 400;

/**
 * Decision: browsers do not say whether a wheel event comes from a mouse or a trackpad. Small whole steps, or steps to
 * the side, are taken for a trackpad. A worker with a fine wheel can choose what it does.
 */
export class Wheel {
  private isTrackpad = false;
  private lastAt = Number.NEGATIVE_INFINITY;

  effect(turn: WheelTurn, use: WheelUse): WheelEffect {
    const unit = turn.deltaMode === 0 ? 1 : LINE;
    const dx = turn.deltaX * unit;
    const dy = turn.deltaY * unit;
    if (turn.timeStamp - this.lastAt > PAUSE_MS) this.isTrackpad = looksLikeTrackpad(turn);
    this.lastAt = turn.timeStamp;
    // A pinch on a trackpad arrives as small wheel steps with Ctrl.
    const pans = !turn.ctrlKey && (use === "pan" || (use === "auto" && this.isTrackpad));
    if (pans) return { kind: "pan", dx: -dx, dy: -dy };
    return { kind: "zoom", factor: 2 ** (-dy / (turn.ctrlKey ? 120 : 300)) };
  }
}

function looksLikeTrackpad({ deltaX, deltaY, deltaMode, shiftKey }: WheelTurn): boolean {
  if (deltaMode !== 0 || shiftKey) return false;
  return deltaX !== 0 || (Math.abs(deltaY) < FINE && Number.isInteger(deltaY));
}
