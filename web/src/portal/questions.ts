/** What the task page asks before a worker leaves a task. */
import type { Question } from "./dialog.js";

export const DECLINE: Question = {
  title: "Decline this task?",
  text: "Decline a task that has a fault, for example an image that does not load. You will not get it again.",
  confirm: "Decline task",
  cancel: "Keep working",
};

export const RELEASE: Question = {
  title: "Release this task?",
  text: "The task goes back to the pool for anybody to take. Your unfinished work comes back if you get the task again.",
  confirm: "Release task",
  cancel: "Keep working",
};

export const STOP: Question = {
  title: "Stop and resume later?",
  text: "Your work is saved, and the task stays in your job list. You can resume it until its time runs out.",
  confirm: "Stop for now",
  cancel: "Keep working",
};

export const SIGN_IN: Question = {
  title: "Please sign in again",
  text: "Your session has ended. Your work is kept in this browser. You can go on after you have signed in.",
  confirm: "Sign in",
};
