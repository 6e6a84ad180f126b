// The steps of a workshop, each with what the projector, the facilitator's desk and a phone show of it.
import * as decide from "./steps/decide.js";
import * as disagree from "./steps/disagree.js";
import * as frame from "./steps/frame.js";
import * as minutes from "./steps/minutes.js";
import * as predict from "./steps/predict.js";
import * as see from "./steps/see.js";
import * as attempt from "./steps/try.js";
import * as weigh from "./steps/weigh.js";

export const all = { frame, predict, see, weigh, disagree, try: attempt, decide, minutes };
