/** What the task page asks before a worker leaves a task. */
import type { Question } from "./dialog.js";
import { t } from "../language/index.js";

export function decline(): Question {
  return {
    title: t("Decline this task?"),
    text: t("Decline a task that has a fault, for example an image that does not load. You will not get it again."),
    confirm: t("Decline task"),
    cancel: t("Keep working"),
  };
}

export function release(): Question {
  return {
    title: t("Release this task?"),
    text: t("The task goes back to the pool for anybody to take. Your unfinished work comes back if you get the task again."),
    confirm: t("Release task"),
    cancel: t("Keep working"),
  };
}

export function stop(): Question {
  return {
    title: t("Stop and resume later?"),
    text: t("Your work is saved, and the task stays in your job list. You can resume it until its time runs out."),
    confirm: t("Stop for now"),
    cancel: t("Keep working"),
  };
}

export function signIn(): Question {
  return {
    title: t("Please sign in again"),
    text: t("Your session has ended. Your work is kept in this browser. You can go on after you have signed in."),
    confirm: t("Sign in"),
  };
}
