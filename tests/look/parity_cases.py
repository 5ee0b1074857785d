"""Every component that our macros draw, in each state, with the values that mean the same to the library's macros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ERROR, HINT = "Enter the name", "As they write it"


@dataclass(frozen=True)
class Case:
    """A component: the values for our macro, and the params that mean the same to the library's."""

    name: str
    macro: str
    values: Mapping[str, Any]
    library: str
    params: Mapping[str, Any]


def states(
    name: str,
    macro: str,
    values: Mapping[str, Any],
    library: str,
    params: Mapping[str, Any],
    *,
    heading: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
    in_error: Mapping[str, Any] | None = None,
) -> list[Case]:
    """A field plain, with a hint, in error, with both, and as the heading of its page."""
    wrong = in_error or params
    hint, error = {"hint": {"text": HINT}}, {"errorMessage": {"text": ERROR}}
    found = [
        Case(f"{name}, plain", macro, values, library, params),
        Case(f"{name}, hint", macro, {**values, "hint": HINT}, library, {**params, **hint}),
        Case(f"{name}, error", macro, {**values, "error": [ERROR]}, library, {**wrong, **error}),
        Case(
            f"{name}, both",
            macro,
            {**values, "hint": HINT, "error": ERROR},
            library,
            {**wrong, **hint, **error},
        ),
    ]
    if heading is not None:
        more, changed = heading
        found.append(Case(f"{name}, heading", macro, {**values, **more}, library, {**params, **changed}))
    return found


def label(text: str = "Full name") -> dict[str, Any]:
    return {"label": {"text": text}}


LABEL_HEADING = (
    {"label_is_heading": True},
    {"label": {"text": "Full name", "isPageHeading": True, "classes": "govuk-label--l"}},
)


def legend(text: str, size: str = "m", *, heading: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"text": text, "classes": f"govuk-fieldset__legend--{size}"}
    return {"fieldset": {"legend": said | ({"isPageHeading": True} if heading else {})}}


def legend_heading(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"legend_is_heading": True}, legend(text, "l", heading=True)


OPTIONS = [("a", "One"), ("b", "Two", "More on two")]
ITEMS = [{"value": "a", "text": "One"}, {"value": "b", "text": "Two", "hint": {"text": "More on two"}}]
ROWS = [("Name", "Amira"), ("Job", "Cook", "/job"), ("Academy", "Mill Road", "/academy", "Read again")]
SUMMARY_ROWS: list[dict[str, Any]] = [
    {"key": {"text": "Name"}, "value": {"text": "Amira"}},
    {
        "key": {"text": "Job"},
        "value": {"text": "Cook"},
        "actions": {"items": [{"href": "/job", "text": "Change", "visuallyHiddenText": "job"}]},
    },
    {
        "key": {"text": "Academy"},
        "value": {"text": "Mill Road"},
        "actions": {"items": [{"href": "/academy", "text": "Read again", "visuallyHiddenText": "academy"}]},
    },
]


DAY = {"day": "31", "month": "8", "year": "2027"}


def day_boxes(wrong: Sequence[str] = ()) -> dict[str, Any]:
    """What the library needs to draw a day; which boxes are in error is the page's to say."""
    widths = {"day": 2, "month": 2, "year": 4}
    boxes = [
        {
            "name": part,
            "value": DAY[part],
            "classes": f"govuk-input--width-{width}" + (" govuk-input--error" if part in wrong else ""),
        }
        for part, width in widths.items()
    ]
    return {"id": "on", "namePrefix": "on", "items": boxes, **legend("Which day?")}


FIELDS = [
    *states(
        "text input",
        "text_input",
        {"name": "name", "label": "Full name", "value": "Łukasz", "autocomplete": "name", "width": "20"},
        "Input",
        {
            "id": "name",
            "name": "name",
            "value": "Łukasz",
            "autocomplete": "name",
            "classes": "govuk-input--width-20",
            **label(),
        },
        heading=LABEL_HEADING,
    ),
    Case(
        "text input, code",
        "text_input",
        {
            "name": "code",
            "label": "Code",
            "inputmode": "text",
            "spellcheck": "false",
            "autocapitalize": "characters",
        },
        "Input",
        {
            "id": "code",
            "name": "code",
            "inputmode": "text",
            "spellcheck": False,
            "autocapitalize": "characters",
            **label("Code"),
        },
    ),
    *states(
        "password",
        "password_input",
        {"name": "password", "label": "Password"},
        "PasswordInput",
        {"id": "password", "name": "password", **label("Password")},
    ),
    *states(
        "text area",
        "textarea",
        {"name": "why", "label": "Full name", "value": "Because", "rows": 4},
        "Textarea",
        {"id": "why", "name": "why", "value": "Because", "rows": "4", **label()},
        heading=LABEL_HEADING,
    ),
    *states(
        "file",
        "file_input",
        {"name": "file", "label": "The file", "accept": ".txt,.md"},
        "FileUpload",
        {"id": "file", "name": "file", "attributes": {"accept": ".txt,.md"}, **label("The file")},
    ),
    *states(
        "select",
        "select",
        {"name": "job", "label": "Full name", "options": [("a", "One"), ("b", "Two")], "value": "b"},
        "Select",
        {
            "id": "job",
            "name": "job",
            "items": [{"value": "a", "text": "One"}, {"value": "b", "text": "Two"}],
            "value": "b",
            **label(),
        },
        heading=LABEL_HEADING,
    ),
    *states(
        "radios",
        "radios",
        {"name": "way", "legend": "Which way?", "options": OPTIONS, "value": "b"},
        "Radios",
        {"name": "way", "items": ITEMS, "value": "b", **legend("Which way?")},
        heading=legend_heading("Which way?"),
    ),
    Case(
        "radios, inline cards",
        "radios",
        {
            "name": "way",
            "legend": "Which way?",
            "options": OPTIONS,
            "inline": True,
            "cards": True,
            "size": "s",
        },
        "Radios",
        {
            "name": "way",
            "items": ITEMS,
            "classes": "govuk-radios--inline app-cards",
            **legend("Which way?", "s"),
        },
    ),
    *states(
        "checkboxes",
        "checkboxes",
        {"name": "all", "legend": "Which of them?", "options": OPTIONS, "values": ["a"]},
        "Checkboxes",
        {"name": "all", "items": ITEMS, "values": ["a"], **legend("Which of them?")},
        heading=legend_heading("Which of them?"),
    ),
    *(
        Case(
            f"one box, {state}",
            "checkbox",
            {"name": "ticked", "text": "I have read it", "checked": True, **ours_more},
            "Checkboxes",
            {
                "name": "ticked",
                "items": [{"value": "yes", "text": "I have read it", "checked": True, **item_more}],
                **more,
            },
        )
        for state, ours_more, item_more, more in (
            ("plain", {}, {}, {}),
            ("hint", {"hint": HINT}, {"hint": {"text": HINT}}, {}),
            ("error", {"error": [ERROR]}, {}, {"errorMessage": {"text": ERROR}}),
            (
                "both",
                {"hint": HINT, "error": ERROR},
                {"hint": {"text": HINT}},
                {"errorMessage": {"text": ERROR}},
            ),
        )
    ),
    *states(
        "date",
        "date_input",
        {"name": "on", "legend": "Which day?", "value": DAY},
        "DateInput",
        day_boxes(),
        heading=legend_heading("Which day?"),
        in_error=day_boxes(wrong=("day", "month", "year")),
    ),
    Case(
        "date, one box wrong",
        "date_input",
        {"name": "on", "legend": "Which day?", "value": DAY, "error": ERROR, "wrong": ["month"]},
        "DateInput",
        {**day_boxes(wrong=("month",)), "errorMessage": {"text": ERROR}},
    ),
]

OTHERS = [
    Case("button", "button", {"text": "Go on"}, "Button", {"text": "Go on", "preventDoubleClick": True}),
    Case(
        "button, named",
        "button",
        {"text": "No", "style": "secondary", "name": "answer", "value": "no"},
        "Button",
        {
            "text": "No",
            "classes": "govuk-button--secondary",
            "name": "answer",
            "value": "no",
            "preventDoubleClick": True,
        },
    ),
    Case(
        "button, warning",
        "button",
        {"text": "Stop", "style": "warning"},
        "Button",
        {"text": "Stop", "classes": "govuk-button--warning", "preventDoubleClick": True},
    ),
    Case(
        "button, link", "button", {"text": "Go on", "href": "/on"}, "Button", {"text": "Go on", "href": "/on"}
    ),
    Case(
        "button, start",
        "button",
        {"text": "Start", "href": "/start", "style": "start"},
        "Button",
        {"text": "Start", "href": "/start", "isStartButton": True},
    ),
    Case("back link", "back_link", {"href": "/"}, "BackLink", {"href": "/", "text": "Back"}),
    Case(
        "error summary",
        "error_summary",
        {"errors": [("name", ERROR), "Try again"]},
        "ErrorSummary",
        {
            "titleText": "There is a problem",
            "errorList": [{"href": "#name", "text": ERROR}, {"text": "Try again"}],
        },
    ),
    Case("tag", "tag", {"text": "Done"}, "Tag", {"text": "Done"}),
    Case(
        "tag, green",
        "tag",
        {"text": "Done", "colour": "green"},
        "Tag",
        {"text": "Done", "classes": "govuk-tag--green"},
    ),
    Case("summary list", "summary_list", {"rows": ROWS}, "SummaryList", {"rows": SUMMARY_ROWS}),
    Case(
        "summary list, no borders",
        "summary_list",
        {"rows": ROWS[:1], "borders": False},
        "SummaryList",
        {"rows": SUMMARY_ROWS[:1], "classes": "govuk-summary-list--no-border"},
    ),
    Case(
        "panel",
        "panel",
        {"title": "Signed", "reference": "R-1"},
        "Panel",
        {
            "titleText": "Signed",
            "classes": "app-panel",
            "html": 'Your reference<br><strong class="app-panel__reference">R-1</strong>',
        },
    ),
    Case(
        "notification",
        "notice",
        {"text": "It ends soon"},
        "NotificationBanner",
        {"text": "It ends soon", "titleId": "notice-title"},
    ),
    Case(
        "confirmation",
        "confirmation",
        {"text": "Kept"},
        "NotificationBanner",
        {"text": "Kept", "titleText": "Done", "type": "success", "titleId": "confirmation-title"},
    ),
    Case("warning", "warning", {"text": "Take care"}, "WarningText", {"text": "Take care"}),
    Case("inset", "inset", {"text": "So it is"}, "InsetText", {"text": "So it is"}),
    Case(
        "details",
        "details",
        {"summary": "Why", "html": "Because", "open": True},
        "Details",
        {"summaryText": "Why", "text": "Because", "open": True},
    ),
    Case(
        "task list",
        "task_list",
        {
            "tasks": [
                ("Read", "/read", "Done", "8 rules"),
                ("Answer", "/answer", "Not started"),
                ("Sign", "", "Cannot start yet"),
            ]
        },
        "TaskList",
        {
            "idPrefix": "task",
            "items": [
                {
                    "title": {"text": "Read"},
                    "href": "/read",
                    "hint": {"text": "8 rules"},
                    "status": {"text": "Done"},
                },
                {"title": {"text": "Answer"}, "href": "/answer", "status": {"text": "Not started"}},
                {
                    "title": {"text": "Sign"},
                    "status": {
                        "text": "Cannot start yet",
                        "classes": "govuk-task-list__status--cannot-start-yet",
                    },
                },
            ],
        },
    ),
    Case(
        "table",
        "table",
        {"head": ["Name", "Times"], "rows": [["Amira", "3"]], "caption": "Who", "numeric": [1]},
        "Table",
        {
            "caption": "Who",
            "captionClasses": "govuk-table__caption--m",
            "classes": "app-table",
            "firstCellIsHeader": True,
            "head": [{"text": "Name"}, {"text": "Times", "format": "numeric"}],
            "rows": [[{"text": "Amira", "classes": "app-table__name"}, {"text": "3", "format": "numeric"}]],
        },
    ),
]
CASES = [*FIELDS, *OTHERS]
