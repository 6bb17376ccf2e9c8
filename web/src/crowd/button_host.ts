/** What elements that are buttons have in common: their place in a line of text, and where their focus goes. */
import { css } from "lit";

export const buttonHost = css`
  :host {
    display: inline-block;
    vertical-align: middle;
  }
`;

/** A click on the element's own label, or focus(), gives the focus to the button in it. */
export const FOCUS_INSIDE: ShadowRootInit = { mode: "open", delegatesFocus: true };
