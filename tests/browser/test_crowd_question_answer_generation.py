"""crowd-question-answer-generation: questions, answers, tags and parts of the text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from helpers.crowd_pages import Task, open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

TEMPLATE = """<crowd-form><crowd-question-answer-generation name="qa" text="👋 The Amazon is a forest in Brazil."
  min-questions=2 max-questions=3 question-min-words=2 question-max-words=6 answer-max-words=3
  question-tags='["What", "Where"]' allow-custom-question-tags=true>
  <short-instructions>Write two.</short-instructions></crowd-question-answer-generation></crowd-form>"""


def question(task: Task, number: int) -> Locator:
    return task.frame.get_by_role("region", name=f"Question {number}", exact=True)


def write(task: Task, number: int, words: str, answer: str) -> None:
    question(task, number).get_by_role("textbox", name="Question").fill(words)
    question(task, number).get_by_role("textbox", name="Answer").fill(answer)


def test_questions_are_written_with_tags_and_parts_of_the_text(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE) as task:
        write(task, 1, "What is the Amazon?", "A forest")
        question(task, 1).get_by_role("button", name="What", exact=True).click()
        question(task, 1).get_by_label("Another tag").fill("Easy")
        task.press("Enter")
        task.frame.get_by_role("application").focus()
        task.press("Control+Home", *["Control+ArrowRight"] * 4, "Shift+Control+ArrowRight", "Space")
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.locator("footer")).to_contain_text("Write at least 2 questions with their answers.")

        task.frame.get_by_role("button", name="Add a question").click()
        write(task, 2, "Where is this forest, and how big is it?", "In Brazil")
        task.frame.get_by_role("button", name="Submit").click()
        expect(question(task, 2).get_by_role("alert")).to_have_text("Question 2 has more than 6 words.")
        assert_accessible(task.frame)
        write(task, 2, "Where is it?", "In Brazil")
        saved = task.wait_for("change")["state"]
        assert saved["fields"][0]["name"] == "qa"

        question(task, 1).get_by_role("button", name="Delete question 1").click()
        expect(question(task, 1).get_by_role("textbox", name="Question")).to_have_value("Where is it?")
        task.frame.get_by_role("button", name="Undo").last.click()
        expect(question(task, 1).get_by_role("textbox", name="Question")).to_have_value("What is the Amazon?")
        task.press("Control+Enter")
        assert task.wait_for("submit")["answer"] == {
            "questionAnswerPairs": [
                {
                    "question": "What is the Amazon?",
                    "answer": "A forest",
                    "questionTags": ["What", "Easy"],
                    "textReferences": [{"startOffset": 18, "endOffset": 24, "text": "forest"}],
                },
                {
                    "question": "Where is it?",
                    "answer": "In Brazil",
                    "questionTags": [],
                    "textReferences": [],
                },
            ]
        }


def test_unfinished_work_comes_back_and_a_wrong_set_up_is_explained(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE) as task:
        write(task, 1, "What is it?", "A forest")
        task.press("Tab")
        saved = task.frame.evaluate("document.querySelector('crowd-form').saveState()")
        write(task, 1, "", "")
        task.say(type="restore", state=saved)
        expect(question(task, 1).get_by_role("textbox", name="Question")).to_have_value("What is it?")
        task.frame.evaluate(
            "document.querySelector('crowd-question-answer-generation').setAttribute('max-questions', '1')"
        )
        notice = task.frame.locator(".setup-problem")
        expect(notice).to_contain_text("its limits of questions are not possible: at least 2, at most 1")
