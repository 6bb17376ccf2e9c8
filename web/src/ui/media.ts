/** The media queries of the task page's layouts. tokens.css and task.css have their own, for the sizes of controls. */
import { type CSSResult, unsafeCSS } from "lit";

const NARROW_QUERY = "(max-width: 860px) and (min-height: 481px), (max-width: 559px)";
const SHORT_QUERY = "(max-height: 480px) and (min-width: 560px)";

/** A phone, or a window like one: everything is below the image. */
export const NARROW: CSSResult = unsafeCSS(NARROW_QUERY);
/** A phone on its side: the labels are next to the image. */
export const SHORT: CSSResult = unsafeCSS(SHORT_QUERY);
export const SMALL: CSSResult = unsafeCSS(`${NARROW_QUERY}, ${SHORT_QUERY}`);
